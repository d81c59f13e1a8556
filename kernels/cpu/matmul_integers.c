/* matmul_integers.c - products of whole numbers, which BLAS does not know
 *
 * Holds: wraps around like the dtype does; computed on unsigned types of the same width, for which that is defined.
 * Read next: kernels/cpu/matmul.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

typedef struct job {
    int64_t m, n, k;
    int ndim;
    int64_t dims[LUN_MAX_DIMS], a_batch[LUN_MAX_DIMS], b_batch[LUN_MAX_DIMS];
    const void *a, *b;
    void *c;
} job;

typedef unsigned int wide; /* two uint16_t would be multiplied as int, which may overflow */
#define PRODUCT(T, W)                                                                       \
    static void rows_##T(const job *j, int64_t a_at, int64_t b_at, int64_t row)             \
    {                                                                                       \
        const T *a = (const T *)j->a + a_at, *b = (const T *)j->b + b_at;                   \
        T *c = (T *)j->c + row * j->n;                                                      \
        for (int64_t i = 0; i < j->n; i++) c[i] = 0;                                        \
        for (int64_t l = 0; l < j->k; l++)                                                  \
            for (int64_t i = 0; i < j->n; i++) c[i] = (T)(c[i] + (W)a[l] * b[l * j->n + i]); \
    }
PRODUCT(uint64_t, uint64_t)
PRODUCT(uint32_t, uint32_t)
PRODUCT(uint16_t, wide)
PRODUCT(uint8_t, wide)
#undef PRODUCT

typedef struct rows_job {
    job j;
    size_t size;
} rows_job;

static void piece(int64_t row, void *argument)
{
    const rows_job *r = argument;
    const job *j = &r->j;
    int64_t batch = row / j->m, a_at = row % j->m * j->k, b_at = 0;
    for (int d = j->ndim - 1; d >= 0; d--) {
        int64_t at = batch % j->dims[d];
        batch /= j->dims[d];
        a_at += at * j->a_batch[d];
        b_at += at * j->b_batch[d];
    }
    switch (r->size) {
    case 1: rows_uint8_t(j, a_at, b_at, row); return;
    case 2: rows_uint16_t(j, a_at, b_at, row); return;
    case 4: rows_uint32_t(j, a_at, b_at, row); return;
    default: rows_uint64_t(j, a_at, b_at, row); return;
    }
}

bool lun_matmul_integers(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    const lun_tensor *x = c->in[0], *y = c->in[1];
    rows_job r = {.size = lun_dtype_size((lun_dtype)x->dtype)};
    job *j = &r.j;
    j->m = x->ndim > 1 ? x->dims[x->ndim - 2] : 1;
    j->k = x->dims[x->ndim - 1];
    j->n = y->ndim > 1 ? y->dims[y->ndim - 1] : 1;
    j->a = f.in[0].data;
    j->b = f.in[1].data;
    j->c = f.out[0].data;
    int nx = x->ndim > 2 ? x->ndim - 2 : 0, ny = y->ndim > 2 ? y->ndim - 2 : 0;
    int64_t strides[LUN_MAX_DIMS];
    lun_shape_broadcast(nx, x->dims, ny, y->dims, &j->ndim, j->dims);
    lun_shape_strides(x->ndim, x->dims, strides);
    lun_shape_broadcast_strides(nx, x->dims, strides, j->ndim, j->dims, j->a_batch);
    lun_shape_strides(y->ndim, y->dims, strides);
    lun_shape_broadcast_strides(ny, y->dims, strides, j->ndim, j->dims, j->b_batch);
    int64_t rows = c->out[0]->numel / j->n;
    return lun_frame_close(&f, lun_parallel(rows, piece, &r, (double)c->out[0]->numel * (double)j->k));
}
