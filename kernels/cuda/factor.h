/* factor.h - what factors of matrices and solutions by them share: views of batches, steps by panels
 *
 * A matrix with more than LUN_WHOLE rows or columns is worked on in panels of LUN_PANEL columns: a kernel computes in the panel,
 * where each step waits for the one before, and a product (kernels/cuda/product.h) takes off what the panel says about the rest.
 * Holds: nothing waits, so that all of it can be recorded in graphs. Read next: kernels/cuda/factor.cu, solve.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FACTOR_H
#define LUN_KERNELS_CUDA_FACTOR_H
#include "kernels/cuda/number.h"

enum { LUN_PANEL = 32, LUN_WHOLE = 128 };

/* Element (r, c) of matrix i lies at i step + r row + c col; row or col is 1. */
struct lun_strided {
    lun_dtype type;
    int64_t count;
    char *data;
    int64_t row, col, step;
};

/* The matrices of x; turned: as if they lay by columns. x is contiguous. */
static inline lun_strided lun_strided_of(const lun_tensor *x, bool turned)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1];
    return {(lun_dtype)x->dtype, lun_shape_numel(x->ndim - 2, x->dims), (char *)lun_data(x), turned ? 1 : n, turned ? n : 1,
            m * n};
}
/* What begins at element (r, c) of each. */
static inline lun_strided lun_strided_from(lun_strided v, int64_t r, int64_t c)
{
    v.data += (r * v.row + c * v.col) * (int64_t)lun_dtype_size(v.type);
    return v;
}
template <class T>
static __device__ __forceinline__ T *lun_element_at(const lun_strided &v, int64_t i, int64_t r, int64_t c)
{
    return (T *)v.data + i * v.step + r * v.row + c * v.col;
}

/* x into `to`, which is contiguous. */
bool lun_copy_matrices(const lun_tensor *to, lun_tensor *x);
/* False after lun_fail: too many rows or columns for the numbers that count them. */
bool lun_factor_takes(const lun_tensor *x);
/* L and U in place of the m x n matrices of a; pivots count from 1; info: the step (from 1) whose pivot was 0, lost: whether
 * there was a NaN (both may be NULL). */
bool lun_factor_lu(lun_strided a, int64_t m, int64_t n, int32_t *pivots, int32_t *info, int32_t *lost);

/* A triangle of at most LUN_PANEL rows, and right sides that are overwritten by the solutions: element r of a side is b's
 * (r, side). */
struct lun_sides {
    int width;
    int64_t sides;
    bool lower, unit, conjugate; /* conjugate: the triangle's conjugate counts */
    lun_strided a, b, mirror;       /* mirror: where the solutions' conjugates go as well; no data: nowhere */
};
bool lun_substitute(const lun_sides &s);
/* Exchanges the rows first..last of b, of `columns` columns except those from skip[0] to skip[1], as pivots[0..each] of each
 * matrix say; back: the other way round. */
bool lun_exchange(lun_strided b, int64_t columns, const int64_t skip[2], const int32_t *pivots, int64_t each, int64_t first,
                  int64_t last, bool back);
/* c -= a b for m x k and k x n matrices. */
bool lun_take_product(int64_t m, int64_t n, int64_t k, lun_strided a, lun_strided b, lun_strided c);
#endif
