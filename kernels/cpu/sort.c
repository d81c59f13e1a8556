/* sort.c - sort and topk: stable, by whole-number keys
 *
 * An element becomes an unsigned key that orders as it does (NaN largest, -0 equal to 0; inverted for descending order) beside its
 * position. Short lines are merged, long ones sorted by digits of 11 bits, skipping digits that are all the same. topk keeps the
 * best k in a heap when k is small.
 * Holds: equal keys stay in the order of their positions, so that the result is one and the same on every machine.
 * Read next: kernels/cpu/sort.inc. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/sort.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, MERGE_BELOW = 300, RUN = 12 };

/* Keys of one element. The sign bit is turned so that unsigned order is signed order; of negative floats all bits are. */
static uint32_t key_of_float(float v)
{
    union { float f; uint32_t u; } bits = {v == 0 ? 0 : v};
    return isnan(v) ? UINT32_MAX : bits.u >> 31 ? ~bits.u : bits.u | 0x80000000U;
}
static uint64_t key_of_double(double v)
{
    union { double f; uint64_t u; } bits = {v == 0 ? 0 : v};
    return isnan(v) ? UINT64_MAX : bits.u >> 63 ? ~bits.u : bits.u | (uint64_t)1 << 63;
}

/* A long line is one piece of work: it looks for Ctrl-C itself. `stopped` NULL: never. */
static bool now_and_then(int64_t i) { return !(i & 0x3ffff); }
static bool given_up(bool *stopped) { return stopped && lun_stopped(stopped); }

#define KEY uint32_t
#define NAME(x) x##_32
#include "kernels/cpu/sort.inc"
#undef KEY
#undef NAME
#define KEY uint64_t
#define NAME(x) x##_64
#include "kernels/cpu/sort.inc"
#undef KEY
#undef NAME

typedef struct job {
    const lun_tensor *x;
    const char *from;
    char *values;
    int64_t *indices;
    int64_t lines, n, k, inner; /* k of n elements of each line are wanted; elements of a line lie `inner` apart in the results */
    int64_t line_dims[LUN_MAX_DIMS], line_strides[LUN_MAX_DIMS], stride;
    int line_ndim;
    bool descending, wide;
    int64_t lines_per_piece;
    size_t scratch_bytes; /* of a piece */
    char *scratch;
    bool stopped;
} job;

#define READ(T, value)                                                                            \
    for (int64_t i = 0; i < n; i++) {                                                            \
        const T v = ((const T *)(const void *)from)[i * stride];                                 \
        to[i].key = (value) ^ flip;                                                               \
        to[i].at = (uint32_t)i;                                                                  \
    }                                                                                            \
    return

static void read_keys_32(lun_dtype t, const char *from, int64_t n, int64_t stride, uint32_t flip, pair_32 *to)
{
    switch (t) {
    case LUN_F32: READ(float, key_of_float(v));
    case LUN_F16: READ(lun_f16, key_of_float(lun_f16_to_float(v)));
    case LUN_BF16: READ(lun_bf16, key_of_float(lun_bf16_to_float(v)));
    case LUN_I8: READ(int8_t, (uint32_t)(v + 128));
    case LUN_I16: READ(int16_t, (uint32_t)(v + 32768));
    case LUN_I32: READ(int32_t, (uint32_t)v ^ 0x80000000U);
    default: READ(uint8_t, (uint32_t)v);
    }
}

static void read_keys_64(lun_dtype t, const char *from, int64_t n, int64_t stride, uint64_t flip, pair_64 *to)
{
    if (t == LUN_F64) {
        READ(double, key_of_double(v));
    }
    READ(int64_t, (uint64_t)v ^ (uint64_t)1 << 63);
}

static void move_value(size_t size, char *to, const char *from)
{
    switch (size) {
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    case 4: memcpy(to, from, 4); break;
    default: memcpy(to, from, 8);
    }
}

static void do_line(job *j, int64_t line, char *scratch)
{
    size_t size = lun_dtype_size((lun_dtype)j->x->dtype);
    int64_t offset = 0, rest = line;
    for (int d = j->line_ndim - 1; d >= 0; d--) {
        offset += rest % j->line_dims[d] * j->line_strides[d];
        rest /= j->line_dims[d];
    }
    const char *from = j->from + offset * (int64_t)size;
    int64_t out = line / j->inner * j->k * j->inner + line % j->inner;
    const void *best;
    if (j->wide) {
        pair_64 *a = (void *)scratch;
        read_keys_64((lun_dtype)j->x->dtype, from, j->n, j->stride, j->descending ? UINT64_MAX : 0, a);
        best = order_64(a, a + j->n, j->n, j->k, &j->stopped);
    } else {
        pair_32 *a = (void *)scratch;
        read_keys_32((lun_dtype)j->x->dtype, from, j->n, j->stride, j->descending ? UINT32_MAX : 0, a);
        best = order_32(a, a + j->n, j->n, j->k, &j->stopped);
    }
    for (int64_t i = 0; i < j->k; i++) {
        if (now_and_then(i) && i && given_up(&j->stopped)) {
            return;
        }
        int64_t at = j->wide ? ((const pair_64 *)best)[i].at : ((const pair_32 *)best)[i].at;
        j->indices[out + i * j->inner] = at;
        move_value(size, j->values + (size_t)(out + i * j->inner) * size, from + at * j->stride * (int64_t)size);
    }
}

static void run_piece(int64_t piece, void *argument)
{
    job *j = argument;
    int64_t from = piece * j->lines_per_piece, to = from + j->lines_per_piece;
    for (int64_t line = from; line < to && line < j->lines; line++) {
        do_line(j, line, j->scratch + (size_t)piece * j->scratch_bytes);
    }
}

static void describe(job *j, const lun_call *c, int dim, int64_t k)
{
    const lun_tensor *x = c->in[0];
    j->x = x;
    j->from = lun_data(x);
    j->values = lun_data(c->out[0]);
    j->indices = lun_data(c->out[1]);
    j->n = x->ndim ? x->dims[dim] : 1;
    j->k = k;
    j->stride = x->ndim ? x->strides[dim] : 1;
    j->inner = 1;
    for (int d = 0; d < x->ndim; d++) {
        if (d == dim) {
            continue;
        }
        j->line_dims[j->line_ndim] = x->dims[d];
        j->line_strides[j->line_ndim++] = x->strides[d];
        j->inner *= d > dim ? x->dims[d] : 1;
    }
    j->lines = x->numel / j->n;
    j->wide = lun_dtype_size((lun_dtype)x->dtype) == 8;
}

static bool run(job *j)
{
    if (j->n > UINT32_MAX) {
        lun_fail(LUN_E_SHAPE, NULL, "a dim of %lld positions is too long to be sorted", (long long)j->n);
        return false;
    }
    enum { PIECES = 64 };
    int64_t least = (j->lines + PIECES - 1) / PIECES, some = 4096 / j->n + 1;
    j->lines_per_piece = some > least ? some : least;
    int64_t pieces = (j->lines + j->lines_per_piece - 1) / j->lines_per_piece;
    size_t pair = j->wide ? sizeof(pair_64) : sizeof(pair_32);
    j->scratch_bytes = (2 * (size_t)j->n * pair + 63) / 64 * 64;
    size_t bytes = (size_t)pieces * j->scratch_bytes;
    j->scratch = lun_data_get(bytes);
    if (!j->scratch) {
        return false;
    }
    bool done = lun_parallel(pieces, run_piece, j, 10.0 * (double)j->n * (double)j->lines) && !j->stopped;
    lun_data_put(j->scratch, bytes);
    return done || lun_fail_interrupted();
}

static int dim_of(const lun_call *c, int k)
{
    int64_t dim = lun_param_int(&c->params, k, -1);
    int ndim = c->in[0]->ndim ? c->in[0]->ndim : 1;
    return (int)(dim < 0 ? dim + ndim : dim);
}

size_t lun_order_bytes(int64_t n) { return (2 * (size_t)n * sizeof(pair_64) + 63) / 64 * 64; }

void lun_order_first(lun_dtype wide, const void *line, int64_t n, int64_t k, void *scratch, uint32_t *at)
{
    pair_64 *a = scratch;
    read_keys_64(wide, line, n, 1, 0, a);
    const pair_64 *best = order_64(a, a + n, n, k, NULL);
    for (int64_t i = 0; i < k; i++) {
        at[i] = best[i].at;
    }
}

bool lun_cpu_sort(lun_call *c)
{
    job j = {.descending = lun_param_bool(&c->params, 1, false)};
    int dim = dim_of(c, 0);
    describe(&j, c, dim, c->in[0]->ndim ? c->in[0]->dims[dim] : 1);
    return run(&j);
}

bool lun_cpu_topk(lun_call *c)
{
    job j = {.descending = lun_param_bool(&c->params, 2, true)};
    describe(&j, c, dim_of(c, 1), lun_param_int(&c->params, 0, 0));
    return run(&j);
}
