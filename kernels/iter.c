/* iter.c - merging dims, and moving ranges of strided elements to and from plain memory
 *
 * Holds: moving looks at an element's size only, never at its dtype; inner runs that are contiguous are memcpy.
 * Read next: kernels/cpu/map.c. SPDX-License-Identifier: MIT
 */
#include "kernels/iter.h"
#include <math.h>
#include <string.h>

void lun_iter_begin(lun_iter *it, int ndim, const int64_t *dims)
{
    it->ndim = ndim;
    it->count = 0;
    it->numel = 1;
    for (int d = 0; d < ndim; d++) {
        it->dims[d] = dims[d];
        it->numel *= dims[d];
    }
}

void lun_iter_add_memory(lun_iter *it, void *data, lun_dtype dtype, const int64_t *strides)
{
    lun_operand *o = &it->operand[it->count++];
    o->data = data;
    o->dtype = dtype;
    o->size = (int64_t)lun_dtype_size(dtype);
    for (int d = 0; d < it->ndim; d++) {
        o->strides[d] = it->dims[d] == 1 ? 0 : strides[d] * o->size;
    }
}

void lun_iter_add(lun_iter *it, const lun_tensor *x)
{
    int64_t strides[LUN_MAX_DIMS];
    lun_shape_broadcast_strides(x->ndim, x->dims, x->strides, it->ndim, it->dims, strides);
    lun_iter_add_memory(it, lun_data(x), (lun_dtype)x->dtype, strides);
}

static void exchange_dims(lun_iter *it, int a, int b)
{
    int64_t n = it->dims[a];
    it->dims[a] = it->dims[b];
    it->dims[b] = n;
    for (int k = 0; k < it->count; k++) {
        int64_t *s = it->operand[k].strides, t = s[a];
        s[a] = s[b];
        s[b] = t;
    }
}

/* Largest stride of the written operand first, so that it is walked in the order of memory. */
static void sort_dims(lun_iter *it)
{
    for (int d = 1; d < it->ndim; d++) {
        for (int e = d; e > 0 && it->operand[0].strides[e - 1] < it->operand[0].strides[e]; e--) {
            exchange_dims(it, e - 1, e);
        }
    }
}

static void drop_single_dims(lun_iter *it)
{
    int kept = 0;
    for (int d = 0; d < it->ndim; d++) {
        if (it->dims[d] != 1) {
            it->dims[kept] = it->dims[d];
            for (int k = 0; k < it->count; k++) {
                it->operand[k].strides[kept] = it->operand[k].strides[d];
            }
            kept++;
        }
    }
    it->ndim = kept;
}

/* May dim d be joined with the one kept last? */
static bool joins(const lun_iter *it, int last, int d)
{
    for (int k = 0; k < it->count; k++) {
        const int64_t *s = it->operand[k].strides;
        if (s[last] != s[d] * it->dims[d]) {
            return false;
        }
    }
    return true;
}

void lun_iter_merge(lun_iter *it)
{
    drop_single_dims(it);
    if (it->ndim == 0) {
        it->ndim = 1;
        it->dims[0] = 1;
        for (int k = 0; k < it->count; k++) {
            it->operand[k].strides[0] = it->operand[k].size;
        }
        return;
    }
    sort_dims(it);
    int last = 0;
    for (int d = 1; d < it->ndim; d++) {
        bool joined = joins(it, last, d);
        last += !joined;
        it->dims[last] = joined ? it->dims[last] * it->dims[d] : it->dims[d];
        for (int k = 0; k < it->count; k++) {
            it->operand[k].strides[last] = it->operand[k].strides[d];
        }
    }
    it->ndim = last + 1;
}

bool lun_operand_flat(const lun_iter *it, int k)
{
    int64_t expected = it->operand[k].size;
    for (int d = it->ndim - 1; d >= 0; d--) {
        if (it->operand[k].strides[d] != expected) {
            return false;
        }
        expected *= it->dims[d];
    }
    return true;
}

bool lun_operand_single(const lun_iter *it, int k)
{
    for (int d = 0; d < it->ndim; d++) {
        if (it->operand[k].strides[d] != 0) {
            return it->numel == 1;
        }
    }
    return true;
}

static char *seek(const lun_iter *it, int k, int64_t start, int64_t *index)
{
    char *at = it->operand[k].data;
    for (int d = it->ndim - 1; d >= 0; d--) {
        index[d] = start % it->dims[d];
        start /= it->dims[d];
        at += index[d] * it->operand[k].strides[d];
    }
    return at;
}

char *lun_operand_at(const lun_iter *it, int k, int64_t start)
{
    int64_t index[LUN_MAX_DIMS];
    return seek(it, k, start, index);
}

/* To the beginning of the next inner run; the inner index is 0 from now on. */
static char *next_run(const lun_iter *it, int k, char *at, int64_t *index)
{
    int inner = it->ndim - 1;
    const int64_t *strides = it->operand[k].strides;
    at -= index[inner] * strides[inner];
    index[inner] = 0;
    for (int d = inner - 1; d >= 0; d--) {
        at += strides[d];
        if (++index[d] < it->dims[d]) {
            return at;
        }
        at -= index[d] * strides[d];
        index[d] = 0;
    }
    return at;
}

#define LUN_MOVE_CASE(T)                                                                                     \
    case (int64_t)sizeof(T):                                                                                 \
        if (to_step == size && from_step == 0) {                                                             \
            const T one = *(const T *)(const void *)from;                                                    \
            for (int64_t i = 0; i < n; i++) {                                                                \
                ((T *)(void *)to)[i] = one;                                                                  \
            }                                                                                                \
            return;                                                                                          \
        }                                                                                                    \
        for (int64_t i = 0; i < n; i++) {                                                                    \
            *(T *)(void *)(to + i * to_step) = *(const T *)(const void *)(from + i * from_step);             \
        }                                                                                                    \
        return;

typedef struct { uint64_t low, high; } sixteen_bytes;

void lun_move_run(int64_t n, int64_t size, char *to, int64_t to_step, const char *from, int64_t from_step)
{
    if (to_step == size && from_step == size) {
        memcpy(to, from, (size_t)(n * size));
        return;
    }
    switch (size) {
        LUN_MOVE_CASE(uint8_t)
        LUN_MOVE_CASE(uint16_t)
        LUN_MOVE_CASE(uint32_t)
        LUN_MOVE_CASE(uint64_t)
        LUN_MOVE_CASE(sixteen_bytes)
    }
}

static void move_range(const lun_iter *it, int k, int64_t start, int64_t n, char *flat, bool gathers)
{
    const lun_operand *o = &it->operand[k];
    int inner = it->ndim - 1;
    int64_t index[LUN_MAX_DIMS], step = o->strides[inner];
    char *at = seek(it, k, start, index);
    while (n > 0) {
        int64_t run = it->dims[inner] - index[inner];
        run = run < n ? run : n;
        if (gathers) {
            lun_move_run(run, o->size, flat, o->size, at, step);
        } else {
            lun_move_run(run, o->size, at, step, flat, o->size);
        }
        flat += run * o->size;
        n -= run;
        if (n > 0) {
            at = next_run(it, k, at, index);
        }
    }
}

void lun_gather(const lun_iter *it, int k, int64_t start, int64_t n, void *to) { move_range(it, k, start, n, to, true); }

void lun_scatter(const lun_iter *it, int k, int64_t start, int64_t n, const void *from)
{
    union { const void *given; void *used; } flat = {from}; /* move_range only reads it */
    move_range(it, k, start, n, flat.used, false);
}

int64_t lun_piece_size(int64_t numel, double cost)
{
    const double most = 4000 / cost < 65536 ? 4000 / cost : 65536, least = 500 / cost; /* 4 us of work; 0.5 us where that is all */
    double rounds = (double)numel / 4 / most; /* pieces come in fours: shares of two and four threads end where they end in other jobs */
    rounds = rounds < 1 ? 1 : rounds < 64 ? ceil(rounds) : 64;
    double size = (double)numel / 4 / rounds;
    size = size < least ? least : size;
    size = size < 64 ? 64 : size;
    return ((int64_t)size + 63) / 64 * 64;
}
