/* touched.c - gradients that know their rows. Read next: core/touched.h. SPDX-License-Identifier: MIT */
#include "core/touched.h"

#include "core/alloc.h"
#include "core/functional.h"

#include <string.h>

enum { WAITING = 4 };

/* What a storage's owner is. One block: the record, the rows noted, a bit for each row. */
typedef struct touched {
    char *data;
    int64_t total, row_bytes, count;
    uint32_t version;
    bool declared;
    int64_t rows[];
} touched;

static touched *waiting[WAITING]; /* taken and put by exchange: handles go on any thread */

static size_t record_bytes(int64_t total) { return sizeof(touched) + (size_t)total * sizeof(int64_t) + (size_t)total / 8 + 1; }
static unsigned char *bits(touched *t) { return (unsigned char *)(t->rows + t->total); }

static void free_record(touched *t)
{
    if (!t) return;
    lun_data_put(t->data, (size_t)(t->total * t->row_bytes));
    lun_data_put(t, record_bytes(t->total));
}

static void give_back(lun_storage *s)
{
    touched *t = s->owner;
    bool known = s->version == t->version;
    for (int64_t i = 0; known && i < t->count; i++) {
        memset(t->data + t->rows[i] * t->row_bytes, 0, (size_t)t->row_bytes);
        bits(t)[t->rows[i] / 8] = 0;
    }
    for (int i = 0; known && t && i < WAITING; i++) t = __atomic_exchange_n(&waiting[i], t, __ATOMIC_ACQ_REL);
    free_record(t); /* it was written elsewhere, or it is the one that waited longest */
}

static touched *take(int64_t total, int64_t row_bytes)
{
    touched *found = NULL;
    for (int i = 0; i < WAITING && !found; i++) {
        found = __atomic_exchange_n(&waiting[i], NULL, __ATOMIC_ACQ_REL);
        if (!found || (found->total == total && found->row_bytes == row_bytes)) continue;
        free_record(__atomic_exchange_n(&waiting[i], found, __ATOMIC_ACQ_REL));
        found = NULL;
    }
    return found;
}

void lun_touched_empty(void)
{
    for (int i = 0; i < WAITING; i++) free_record(__atomic_exchange_n(&waiting[i], NULL, __ATOMIC_ACQ_REL));
}

lun_tensor *lun_touched_zeros(int64_t rows, int64_t n, lun_dtype dtype, bool declared)
{
    int64_t row_bytes = n * (int64_t)lun_dtype_size(dtype), dims[2] = {rows, n};
    size_t bytes = (size_t)(rows * row_bytes);
    touched *t = take(rows, row_bytes);
    if (!t) {
        char *data = lun_data_get(bytes);
        t = data ? lun_data_get(record_bytes(rows)) : NULL;
        if (!t) return lun_data_put(data, bytes), NULL;
        *t = (touched){.data = memset(data, 0, bytes), .total = rows, .row_bytes = row_bytes};
        memset(bits(t), 0, (size_t)rows / 8 + 1);
    }
    t->count = 0;
    t->version = 0;
    t->declared = declared;
    lun_storage *s = lun_storage_wrap(t->data, bytes, give_back, t);
    if (!s) return free_record(t), NULL;
    return lun_tensor_on(s, dtype, 2, dims);
}

/* What x knows, if x is all of its storage. */
static touched *of(const lun_tensor *x)
{
    touched *t = x->storage->release == give_back ? x->storage->owner : NULL;
    return t && x->ndim == 2 && x->dims[0] == t->total && !x->offset && lun_is_contiguous(x) ? t : NULL;
}

void lun_touched_note(lun_tensor *x, const int64_t *rows, int64_t count)
{
    touched *t = of(x);
    for (int64_t i = 0; t && i < count; i++) {
        int64_t row = rows[i];
        if (row < 0 || bits(t)[row / 8] >> row % 8 & 1) continue;
        bits(t)[row / 8] |= (unsigned char)(1 << row % 8);
        t->rows[t->count++] = row;
    }
    if (t) t->version = x->storage->version;
}

const int64_t *lun_touched_rows(const lun_tensor *x, int64_t *count)
{
    touched *t = of(x);
    if (!t || t->version != x->storage->version) return NULL;
    *count = t->count;
    return t->rows;
}

lun_tensor *lun_touched_positions(const lun_tensor *x)
{
    int64_t count = 0;
    const int64_t *rows = lun_touched_rows(x, &count);
    if (!rows) return LUN_NONE;
    lun_tensor *at = lun_tensor_empty(LUN_I64, 1, &count, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0; at && i < count; i++) ((int64_t *)lun_data(at))[i] = rows[i] + 1;
    return at;
}

void lun_touched_still(lun_tensor *x)
{
    touched *t = of(x);
    if (t) t->version = x->storage->version;
}

bool lun_touched_declared(const lun_tensor *x)
{
    touched *t = of(x);
    return t && t->declared;
}

bool lun_touched_add(lun_tensor *x, lun_tensor *y, lun_tensor **sum)
{
    int64_t count, had;
    const int64_t *rows = lun_touched_rows(y, &count);
    if (!rows || x->dtype != y->dtype || !lun_shape_same(x->ndim, x->dims, y->ndim, y->dims) || x->storage->device.type != LUN_CPU) return false;
    bool known = lun_touched_rows(x, &had) != NULL;
    lun_tensor *at = lun_touched_positions(y);
    *sum = lun_call3(LUN_OP_embedding_add_, x, lun_index_select(y, 0, at), at);
    if (*sum && known) lun_touched_note(x, rows, count);
    return true;
}
