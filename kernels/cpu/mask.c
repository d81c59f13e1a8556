/* mask.c - masked_fill, the positions of non-zero elements, triangles
 *
 * Read next: kernels/cpu/write.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

#include <string.h>

enum { BLOCK = 1024 };

/* ---- masked_fill ---- */

typedef struct fill_job {
    lun_iter it; /* result, mask */
    int64_t piece;
    _Alignas(8) char value[16];
} fill_job;

#define FILL(T)                                                                                  \
    static void fill_##T(int64_t n, void *to, const uint8_t *mask, const void *value)            \
    {                                                                                            \
        T *out = to;                                                                             \
        const T v = *(const T *)value;                                                           \
        for (int64_t i = 0; i < n; i++) {                                                        \
            out[i] = mask[i] ? v : out[i];                                                       \
        }                                                                                        \
    }
FILL(uint8_t) FILL(uint16_t) FILL(uint32_t) FILL(uint64_t) FILL(lun_c128)

static void fill_piece(int64_t piece, void *argument)
{
    const fill_job *j = argument;
    const lun_operand *o = &j->it.operand[0];
    int64_t from = piece * j->piece, end = from + j->piece;
    uint8_t mask[BLOCK];
    end = end < j->it.numel ? end : j->it.numel;
    for (int64_t n; from < end; from += n) {
        n = end - from < BLOCK ? end - from : BLOCK;
        lun_gather(&j->it, 1, from, n, mask);
        void *to = o->data + from * o->size;
        switch (o->size) {
        case 1: fill_uint8_t(n, to, mask, j->value); break;
        case 2: fill_uint16_t(n, to, mask, j->value); break;
        case 4: fill_uint32_t(n, to, mask, j->value); break;
        case 8: fill_uint64_t(n, to, mask, j->value); break;
        default: fill_lun_c128(n, to, mask, j->value);
        }
    }
}

bool lun_cpu_masked_fill(lun_call *c)
{
    const lun_tensor *out = c->out[0], *mask = c->in[1];
    fill_job j = {0};
    if (!lun_copy_tensor(out, c->in[0]) || !lun_copy_flat(j.value, (lun_dtype)out->dtype, c->in[2])) {
        return false;
    }
    lun_iter_begin(&j.it, out->ndim, out->dims);
    lun_iter_add(&j.it, out);
    lun_iter_add(&j.it, mask);
    lun_iter_merge(&j.it);
    j.piece = lun_piece_size(j.it.numel, 0.5);
    return lun_parallel((j.it.numel + j.piece - 1) / j.piece, fill_piece, &j, 0.5 * (double)j.it.numel) || lun_fail_interrupted();
}

/* ---- positions ---- */

static void write_position(int64_t *to, int64_t linear, const lun_tensor *x)
{
    for (int d = x->ndim - 1; d >= 0; d--) {
        to[d] = linear % x->dims[d];
        linear /= x->dims[d];
    }
}

bool lun_cpu_nonzero_positions(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t *to = lun_data(c->out[0]), count = c->out[0]->dims[0], found = 0;
    bool flat = lun_param_bool(&c->params, 1, false);
    lun_dense dense;
    if (!lun_dense_read(&dense, x, LUN_BOOL)) {
        return false;
    }
    const uint8_t *set = dense.data;
    for (int64_t i = 0; flat && i < x->numel && found < count; i++) {
        to[found] = i; /* without a branch: masks are hard to foresee */
        found += set[i] != 0;
    }
    for (int64_t i = 0; !flat && i < x->numel && found < count; i++) {
        if (set[i]) {
            write_position(to + found++ * x->ndim, i, x);
        }
    }
    lun_dense_end(&dense);
    if (found == count) {
        return true;
    }
    lun_fail(LUN_E_INTERNAL, NULL, "the tensor changed while its non-zero elements were counted");
    return false;
}

/* ---- triangles ---- */

typedef struct triangle_job {
    char *out;
    int64_t size, rows, columns, diagonal, all_rows, rows_per_piece;
    bool lower;
} triangle_job;

static void triangle_piece(int64_t piece, void *argument)
{
    const triangle_job *j = argument;
    int64_t from = piece * j->rows_per_piece, to = from + j->rows_per_piece;
    for (int64_t row = from; row < to && row < j->all_rows; row++) {
        int64_t edge = row % j->rows + j->diagonal + (j->lower ? 1 : 0); /* first column above, or first kept one */
        edge = edge < 0 ? 0 : edge > j->columns ? j->columns : edge;
        char *start = j->out + row * j->columns * j->size;
        if (j->lower) {
            memset(start + edge * j->size, 0, (size_t)((j->columns - edge) * j->size));
        } else {
            memset(start, 0, (size_t)(edge * j->size));
        }
    }
}

bool lun_cpu_triangle(lun_call *c)
{
    const lun_tensor *out = c->out[0];
    int64_t rows = out->dims[out->ndim - 2], columns = out->dims[out->ndim - 1], diagonal = lun_param_int(&c->params, 0, 0);
    int64_t reach = rows > columns ? rows : columns;
    diagonal = diagonal > reach ? reach : diagonal < -reach ? -reach : diagonal;
    triangle_job j = {lun_data(out), (int64_t)lun_dtype_size((lun_dtype)out->dtype), rows, columns, diagonal,
                      out->numel / columns, 0,
                      c->op->id == LUN_OP_tril};
    j.rows_per_piece = 65536 / columns + 1;
    if (!lun_copy_tensor(out, c->in[0])) {
        return false;
    }
    return lun_parallel((j.all_rows + j.rows_per_piece - 1) / j.rows_per_piece, triangle_piece, &j, 0.1 * (double)out->numel) ||
           lun_fail_interrupted();
}
