/* place.c - index_select, index_add, index_copy, index_fill: whole slices of one dim, by a list of positions
 *
 * A tensor is seen as [outer, positions, inner]. Picking copies runs of `inner` elements. Placing is cut up along outer and inner
 * only, and each piece goes through the whole list in order, so that sums have the same bits however many threads there are.
 * Holds: sources and results are contiguous here. Read next: kernels/cpu/write.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/place.h"
#include "kernels/threads.h"

#include <string.h>

typedef struct job {
    char *out;
    const char *source;
    const int64_t *index;
    int64_t outer, count, out_length, source_length, inner; /* lengths: positions of the dim */
    int64_t size, chunk, chunks, rows;
    lun_slice_placer *place;
    double alpha;
} job;

enum { ELEMENTS_PER_PIECE = 8192 };

static bool run(lun_piece *body, int64_t pieces, job *j, double cost)
{
    return lun_parallel(pieces, body, j, cost * (double)j->outer * (double)j->count * (double)j->inner) || lun_fail_interrupted();
}

static void split_dims(job *j, const lun_tensor *x, int dim)
{
    j->outer = j->inner = 1;
    for (int d = 0; d < dim; d++) {
        j->outer *= x->dims[d];
    }
    for (int d = dim + 1; d < x->ndim; d++) {
        j->inner *= x->dims[d];
    }
    j->size = (int64_t)lun_dtype_size((lun_dtype)x->dtype);
}

static int dim_of(const lun_call *c)
{
    int64_t dim = lun_param_int(&c->params, 0, 0);
    int ndim = c->in[0]->ndim ? c->in[0]->ndim : 1;
    return (int)(dim < 0 ? dim + ndim : dim);
}

/* ---- picking ---- */

static void pick_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t from = piece * j->rows, to = from + j->rows, total = j->outer * j->count, bytes = j->inner * j->size;
    to = to < total ? to : total;
    for (int64_t row = from; row < to; row++) {
        int64_t at = row / j->count * j->source_length + j->index[row % j->count];
        const char *source = j->source + at * bytes;
        char *out = j->out + row * bytes;
        switch (bytes) { /* single elements, without a call */
        case 4: memcpy(out, source, 4); break;
        case 8: memcpy(out, source, 8); break;
        default: memcpy(out, source, (size_t)bytes);
        }
    }
}

bool lun_cpu_index_select(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int dim = dim_of(c);
    job j = {.out = lun_data(c->out[0]), .index = lun_data(c->in[1]), .count = c->in[1]->numel,
             .source_length = x->ndim ? x->dims[dim] : 1};
    lun_dense dense;
    if (!lun_dense_read(&dense, x, (lun_dtype)x->dtype)) {
        return false;
    }
    split_dims(&j, x, dim);
    j.source = dense.data;
    j.rows = ELEMENTS_PER_PIECE / j.inner + 1;
    bool done = run(pick_piece, (j.outer * j.count + j.rows - 1) / j.rows, &j, 0.1 + 1.0 / (double)j.inner);
    lun_dense_end(&dense);
    return done;
}

/* ---- placing ---- */

#define ADD(name, T, sum)                                                                        \
    static void add_##name(int64_t n, void *to, const void *from, double alpha)                  \
    {                                                                                            \
        T *a = to;                                                                               \
        const T *b = from;                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                        \
            a[i] = (T)(sum);                                                                     \
        }                                                                                        \
    }
ADD(F32, float, a[i] + (float)alpha * b[i])
ADD(F64, double, a[i] + alpha * b[i])
ADD(F16, lun_f16, lun_f16_from_float(lun_f16_to_float(a[i]) + (float)alpha * lun_f16_to_float(b[i])))
ADD(I8, int8_t, a[i] + (int64_t)alpha * b[i])
ADD(U8, uint8_t, a[i] + (int64_t)alpha * b[i])
ADD(I16, int16_t, a[i] + (int64_t)alpha * b[i])
ADD(I32, int32_t, a[i] + (int64_t)alpha * b[i])
ADD(I64, int64_t, a[i] + (int64_t)alpha * b[i])
ADD(BOOL, uint8_t, a[i] | (alpha != 0 && b[i]))
ADD(C64, float _Complex, a[i] + (float)alpha * b[i])
ADD(C128, double _Complex, a[i] + alpha * b[i])

static void add_BF16(int64_t n, void *to, const void *from, double alpha)
{
    lun_bf16 *a = to;
    const lun_bf16 *b = from;
    for (int64_t i = 0; i < n; i++) {
        a[i] = lun_bf16_from_float(lun_bf16_to_float(a[i]) + (float)alpha * lun_bf16_to_float(b[i]));
    }
}

static lun_slice_placer *const adders[LUN_DTYPE_COUNT] = {
    [LUN_F32] = add_F32, [LUN_F64] = add_F64, [LUN_F16] = add_F16, [LUN_BF16] = add_BF16, [LUN_I8] = add_I8,
    [LUN_U8] = add_U8,   [LUN_I16] = add_I16, [LUN_I32] = add_I32, [LUN_I64] = add_I64,   [LUN_BOOL] = add_BOOL,
    [LUN_C64] = add_C64, [LUN_C128] = add_C128,
};

static void copy1(int64_t n, void *to, const void *from, double alpha) { (void)alpha, memcpy(to, from, (size_t)n); }
static void copy2(int64_t n, void *to, const void *from, double alpha) { (void)alpha, memcpy(to, from, (size_t)n * 2); }
static void copy4(int64_t n, void *to, const void *from, double alpha) { (void)alpha, memcpy(to, from, (size_t)n * 4); }
static void copy8(int64_t n, void *to, const void *from, double alpha) { (void)alpha, memcpy(to, from, (size_t)n * 8); }

static void copy16(int64_t n, void *to, const void *from, double alpha) { (void)alpha, memcpy(to, from, (size_t)n * 16); }

lun_slice_placer *lun_slice_copier(int64_t size)
{
    return size == 1 ? copy1 : size == 2 ? copy2 : size == 4 ? copy4 : size == 8 ? copy8 : copy16;
}

static void place_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t first = piece % j->chunks * j->chunk, outer = piece / j->chunks;
    int64_t n = j->inner - first < j->chunk ? j->inner - first : j->chunk;
    char *out = j->out + (outer * j->out_length * j->inner + first) * j->size;
    const char *source = j->source + (outer * j->source_length * j->inner + first) * j->size;
    int64_t source_step = j->source_length ? j->inner * j->size : 0;
    for (int64_t k = 0; k < j->count; k++) {
        j->place(n, out + j->index[k] * j->inner * j->size, source + k * source_step, j->alpha);
    }
}

bool lun_place_slices(const lun_tensor *out, int dim, const lun_tensor *index, const void *source, bool one,
                      lun_slice_placer *place, double alpha)
{
    job j = {.out = lun_data(out), .source = source, .index = lun_data(index), .count = index->numel, .place = place,
             .alpha = alpha};
    if (!out->numel || !j.count) {
        return true;
    }
    split_dims(&j, out, dim);
    j.out_length = out->ndim ? out->dims[dim] : 1;
    j.source_length = one ? 0 : j.count;
    if (one) { /* the same slice for every position and every outer place */
        j.chunk = j.inner;
    } else {
        j.chunk = (ELEMENTS_PER_PIECE / j.count + 1 + 63) / 64 * 64;
        j.chunk = j.chunk < j.inner ? j.chunk : j.inner;
    }
    j.chunks = (j.inner + j.chunk - 1) / j.chunk;
    return run(place_piece, j.outer * j.chunks, &j, 0.3 + 1.0 / (double)j.inner);
}

static bool place(lun_call *c, lun_slice_placer *how, double alpha)
{
    lun_tensor *out = c->out[0];
    lun_dense dense;
    if (!lun_copy_tensor(out, c->in[0]) || !c->in[1]->numel) {
        return !lun_failed();
    }
    if (!lun_dense_read(&dense, c->in[2], (lun_dtype)out->dtype)) {
        return false;
    }
    bool done = lun_place_slices(out, dim_of(c), c->in[1], dense.data, false, how, alpha);
    lun_dense_end(&dense);
    return done;
}

bool lun_cpu_index_add(lun_call *c) { return place(c, adders[c->out[0]->dtype], lun_param_float(&c->params, 1, 1)); }

bool lun_cpu_index_copy(lun_call *c)
{
    return place(c, lun_slice_copier((int64_t)lun_dtype_size((lun_dtype)c->out[0]->dtype)), 1);
}

bool lun_cpu_index_fill(lun_call *c)
{
    const lun_tensor *out = c->out[0], *index = c->in[1];
    if (!lun_copy_tensor(out, c->in[0])) {
        return false;
    }
    lun_tensor value = *out; /* one slice filled with the value would need memory; fill the places themselves */
    int dim = dim_of(c);
    _Alignas(16) char element[16];
    if (!lun_copy_flat(element, (lun_dtype)out->dtype, c->in[2])) {
        return false;
    }
    const int64_t *at = lun_data(index);
    int64_t stride = out->ndim ? out->strides[dim] : 0;
    if (out->ndim) {
        value.dims[dim] = 1;
        value.numel = out->dims[dim] ? out->numel / out->dims[dim] : 0;
    }
    for (int64_t k = 0; k < index->numel && value.numel; k++) {
        value.offset = out->offset + at[k] * stride;
        if (!lun_fill_tensor(&value, element)) {
            return false;
        }
    }
    return true;
}
