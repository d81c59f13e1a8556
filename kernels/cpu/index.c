/* index.c - gather, scatter, scatter_add: one element for each element of an index tensor
 *
 * The index tensor is walked row by row (its last dim); with dim it says where in the other tensor an element is found.
 * Holds: two pieces never write to the same place, and within a piece places are written in the order of the index tensor, so that
 * of several writes the last counts and sums have the same bits however many threads there are.
 * Read next: kernels/cpu/place.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/index.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <string.h>


typedef struct job {
    int ndim, dim;
    int64_t dims[LUN_MAX_DIMS];                        /* of the index tensor, at least one */
    int64_t far[LUN_MAX_DIMS], near[LUN_MAX_DIMS];     /* strides in elements; far: the one that index points into */
    char *far_data, *near_data;
    const int64_t *index;
    int64_t size;
    lun_row_mover *move;
    int64_t rows, rows_per_piece, columns_per_piece, column_pieces;
} job;

#define PICK(T)                                                                                                        \
    static void pick_##T(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index) \
    {                                                                                                                  \
        const T *x = far;                                                                                              \
        T *out = near;                                                                                                 \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            out[j * near_step] = x[index[j] * along + j * step];                                                       \
        }                                                                                                              \
    }
#define PUT(T)                                                                                                         \
    static void put_##T(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index) \
    {                                                                                                                  \
        T *out = far;                                                                                                  \
        const T *source = near;                                                                                        \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            out[index[j] * along + j * step] = source[j * near_step];                                                  \
        }                                                                                                              \
    }
#define ADD(name, T, sum)                                                                                              \
    static void add_##name(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index) \
    {                                                                                                                  \
        T *out = far;                                                                                                  \
        const T *source = near;                                                                                        \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            T *a = &out[index[j] * along + j * step];                                                                  \
            const T b = source[j * near_step];                                                                         \
            *a = (T)(sum);                                                                                             \
        }                                                                                                              \
    }
PICK(uint8_t) PICK(uint16_t) PICK(uint32_t) PICK(uint64_t) PICK(lun_c128)
PUT(uint8_t) PUT(uint16_t) PUT(uint32_t) PUT(uint64_t) PUT(lun_c128)
ADD(F32, float, *a + b) ADD(F64, double, *a + b)
ADD(F16, lun_f16, lun_f16_from_float(lun_f16_to_float(*a) + lun_f16_to_float(b)))
ADD(I8, int8_t, *a + b) ADD(U8, uint8_t, *a + b) ADD(I16, int16_t, *a + b) ADD(I32, int32_t, *a + b) ADD(I64, int64_t, *a + b)
ADD(BOOL, uint8_t, *a | b)
ADD(C64, float _Complex, *a + b) ADD(C128, double _Complex, *a + b)

static void add_BF16(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index)
{
    lun_bf16 *out = far;
    const lun_bf16 *source = near;
    for (int64_t j = 0; j < n; j++) {
        lun_bf16 *a = &out[index[j] * along + j * step];
        *a = lun_bf16_from_float(lun_bf16_to_float(*a) + lun_bf16_to_float(source[j * near_step]));
    }
}

static lun_row_mover *picker(size_t size)
{
    return size == 1 ? pick_uint8_t : size == 2 ? pick_uint16_t : size == 4 ? pick_uint32_t : size == 8 ? pick_uint64_t : pick_lun_c128;
}
static lun_row_mover *putter(size_t size)
{
    return size == 1 ? put_uint8_t : size == 2 ? put_uint16_t : size == 4 ? put_uint32_t : size == 8 ? put_uint64_t : put_lun_c128;
}
static lun_row_mover *const adders[LUN_DTYPE_COUNT] = {
    [LUN_F32] = add_F32, [LUN_F64] = add_F64, [LUN_F16] = add_F16, [LUN_BF16] = add_BF16, [LUN_I8] = add_I8,
    [LUN_U8] = add_U8,   [LUN_I16] = add_I16, [LUN_I32] = add_I32, [LUN_I64] = add_I64,   [LUN_BOOL] = add_BOOL,
    [LUN_C64] = add_C64, [LUN_C128] = add_C128,
};

static void run_row(const job *j, int64_t row, int64_t from, int64_t n)
{
    int last = j->ndim - 1;
    int64_t far = 0, near = 0, step = j->dim == last ? 0 : j->far[last], rest = row;
    for (int d = last - 1; d >= 0; d--) {
        int64_t at = rest % j->dims[d];
        rest /= j->dims[d];
        far += d == j->dim ? 0 : at * j->far[d];
        near += at * j->near[d];
    }
    far += from * step;
    near += from * j->near[last];
    j->move(n, j->far_data + far * j->size, j->far[j->dim], step, j->near_data + near * j->size, j->near[last],
            j->index + row * j->dims[last] + from);
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t width = j->dims[j->ndim - 1], column = piece % j->column_pieces * j->columns_per_piece;
    int64_t from = piece / j->column_pieces * j->rows_per_piece, to = from + j->rows_per_piece;
    int64_t n = width - column < j->columns_per_piece ? width - column : j->columns_per_piece;
    for (int64_t row = from; row < to && row < j->rows; row++) {
        run_row(j, row, column, n);
    }
}

enum { ELEMENTS_PER_PIECE = 8192 };
static const double ns_per_element = 1.5;

/* A picked element may be written by any piece; one that is placed belongs to the piece of its line along dim. */
static bool run(job *j, bool places)
{
    int last = j->ndim - 1;
    int64_t width = j->dims[last], together = 1;
    j->rows = 1;
    for (int d = 0; d < last; d++) {
        j->rows *= j->dims[d];
        together *= places && d >= j->dim ? j->dims[d] : 1;
    }
    int64_t groups = ELEMENTS_PER_PIECE / (together * width) + 1; /* of rows that must stay together */
    j->rows_per_piece = groups * together < j->rows ? groups * together : j->rows;
    j->columns_per_piece = width;
    if (places && together == j->rows && j->dim != last && width > 64) {
        j->columns_per_piece = ELEMENTS_PER_PIECE / j->rows / 64 * 64 + 64;
    }
    j->column_pieces = (width + j->columns_per_piece - 1) / j->columns_per_piece;
    int64_t pieces = (j->rows + j->rows_per_piece - 1) / j->rows_per_piece * j->column_pieces;
    return lun_parallel(pieces, run_piece, j, ns_per_element * (double)j->rows * (double)width) || lun_fail_interrupted();
}

static void describe(job *j, const lun_call *c, const lun_tensor *far)
{
    const lun_tensor *index = c->in[1];
    j->ndim = index->ndim ? index->ndim : 1;
    j->dims[0] = 1;
    memcpy(j->dims, index->dims, (size_t)index->ndim * sizeof *j->dims);
    int64_t dim = lun_param_int(&c->params, 0, 0);
    j->dim = (int)(dim < 0 ? dim + j->ndim : dim);
    j->index = lun_data(index);
    j->size = (int64_t)lun_dtype_size((lun_dtype)far->dtype);
    j->far_data = lun_data(far);
    j->far[0] = 1;
    memcpy(j->far, far->strides, (size_t)far->ndim * sizeof *j->far);
}

bool lun_cpu_gather(lun_call *c)
{
    job j;
    describe(&j, c, c->in[0]);
    j.near_data = lun_data(c->out[0]);
    lun_shape_strides(j.ndim, j.dims, j.near);
    j.move = picker((size_t)j.size);
    return run(&j, false);
}

bool lun_scatter_rows(const lun_call *c, void *out, const void *source, bool one, size_t size, lun_row_mover *move)
{
    const lun_tensor *shape = c->in[2];
    union { const void *given; void *used; } near = {source}; /* movers that place only read it */
    job j;
    describe(&j, c, c->out[0]);
    j.far_data = out;
    j.near_data = near.used;
    j.size = (int64_t)size;
    memset(j.near, 0, sizeof j.near); /* one value is read everywhere */
    if (!one) lun_shape_strides(shape->ndim, shape->dims, j.near);
    j.move = move;
    return run(&j, true);
}

lun_row_mover *lun_row_putter(size_t size) { return putter(size); }

static bool place(lun_call *c, bool adds)
{
    lun_tensor *out = c->out[0];
    size_t size = lun_dtype_size((lun_dtype)out->dtype);
    if (!lun_copy_tensor(out, c->in[0])) {
        return false;
    }
    if (c->in[1]->numel == 0) {
        return true;
    }
    lun_dense dense;
    if (!lun_dense_read(&dense, c->in[2], (lun_dtype)out->dtype)) {
        return false;
    }
    bool done = lun_scatter_rows(c, lun_data(out), dense.data, false, size, adds ? adders[out->dtype] : putter(size));
    lun_dense_end(&dense);
    return done;
}

bool lun_cpu_scatter(lun_call *c)
{
    return lun_param_given(&c->params, 1) ? lun_cpu_scatter_fold(c) : place(c, false);
}

bool lun_cpu_scatter_add(lun_call *c) { return place(c, true); }
