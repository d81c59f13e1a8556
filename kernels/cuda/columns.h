/* columns.h - row-major matrices as cuSOLVER wants them, by columns, and back; what keeps NaN and infinity from it
 *
 * Holds: as on the CPU the library never sees a matrix that is not finite: it is cleared, its info becomes -1 and its results
 * NaN.
 * Read next: kernels/cuda/solver.h, kernels/cuda/orthogonal.cu, kernels/cuda/spectrum.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_COLUMNS_H
#define LUN_KERNELS_CUDA_COLUMNS_H
#include "kernels/cuda/copy.h"
#include "kernels/cuda/dense.h"
#include "kernels/cuda/number.h"
#include "kernels/cuda/solver.h"

static inline int64_t lun_matrix_count(const lun_tensor *x) { return lun_shape_numel(x->ndim - 2, x->dims); }

/* `memory` as matrices shaped as `like` is, but m x n: element (r, c) at r row + c col, each matrix `step` elements after the
 * one before.
 * Outside any graph. */
static inline lun_tensor *lun_strided_view(lun_tensor *memory, const lun_tensor *like, int64_t m, int64_t n, int64_t row,
                                           int64_t col, int64_t step)
{
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    const int last = like->ndim - 1;
    dims[last] = n;
    dims[last - 1] = m;
    strides[last] = col;
    strides[last - 1] = row;
    for (int d = last - 2; d >= 0; d--) {
        dims[d] = like->dims[d];
        strides[d] = step;
        step *= dims[d];
    }
    return lun_tensor_as(memory, like->ndim, dims, strides, 0);
}

/* New memory for m x `wide` matrices by columns, as many as x has; the first columns of each are x's. */
static inline lun_tensor *lun_by_columns(const lun_tensor *x, int64_t wide)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], all = lun_matrix_count(x) * m * wide;
    lun_tensor *memory = lun_tensor_empty((lun_dtype)x->dtype, 1, &all, lun_tensor_device(x));
    lun_tensor *to = memory ? lun_strided_view(memory, x, m, n, 1, m, m * wide) : NULL;
    return to && lun_cuda_assign(to, x) ? memory : NULL;
}

/* The first columns of matrices by columns, m x `wide` each, into row-major `to`. */
static inline bool lun_from_columns(const lun_tensor *to, lun_tensor *memory, int64_t wide)
{
    const int64_t m = to->dims[to->ndim - 2], n = to->dims[to->ndim - 1];
    lun_tensor *from = lun_strided_view(memory, to, m, n, 1, m, m * wide);
    return from && lun_cuda_assign(to, from);
}

static inline lun_matrices lun_matrices_of(const lun_tensor *like, lun_tensor *memory, int64_t count, int64_t m, int64_t n)
{
    return lun_matrices{(lun_dtype)memory->dtype, like, count, m, n, lun_data(memory), m * n};
}

/* ---- the kernels around a call ---- */

template <class T> static __device__ __forceinline__ bool lun_number_finite(T v)
{
    return isfinite(number<T>::re(v)) && isfinite(number<T>::im(v));
}

/* A block for each matrix of n elements. bad: -1 where it was not finite, and is 0 now; else 0. */
template <class T> static __global__ void lun_hide_bad(int64_t count, int64_t n, T *all, int32_t *bad)
{
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        T *a = all + i * n;
        int found = 0;
        for (int64_t e = threadIdx.x; e < n; e += blockDim.x) found |= !lun_number_finite(a[e]);
        found = __syncthreads_or(found);
        for (int64_t e = threadIdx.x; e < n && found; e += blockDim.x) a[e] = T{};
        if (!threadIdx.x) bad[i] = found ? -1 : 0;
    }
}

static __global__ void lun_join_info(int64_t count, const int32_t *bad, int32_t *info)
{
    for (int64_t i = lun_thread<int64_t>(); i < count; i += lun_threads<int64_t>())
        if (bad[i]) info[i] = bad[i];
}

/* The `each` numbers of a matrix whose info is not 0 become NaN. */
template <class T> static __global__ void lun_spoil(int64_t n, int64_t each, const int32_t *info, T *x)
{
    for (int64_t e = lun_thread<int64_t>(); e < n; e += lun_threads<int64_t>())
        if (info[lun_divide(e, each)]) x[e] = rounded<T>(lun_c128{NAN, NAN});
}

template <class T> static __global__ void lun_conjugate(int64_t n, T *x)
{
    for (int64_t e = lun_thread<int64_t>(); e < n; e += lun_threads<int64_t>()) x[e] = number<T>::conjugate(x[e]);
}

/* Ones on the diagonals of n elements of row-major matrices. */
template <class T> static __global__ void lun_mark_diagonal(int64_t n, int64_t rows, int64_t columns, T *x)
{
    for (int64_t e = lun_thread<int64_t>(); e < n; e += lun_threads<int64_t>())
        if (e / columns % rows == e % columns) x[e] = number<T>::of(1);
}

/* ---- and their launches ---- */

static inline bool lun_launch_hide_bad(lun_tensor *memory, int64_t count, int32_t *bad)
{
    return lun_by_number((lun_dtype)memory->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("look for NaN", lun_hide_bad<T>, lun_blocks(count, 1, LUN_CUDA_GRID), LUN_CUDA_BLOCK, 0, count,
                               memory->numel / count, lun_at<T>(memory), bad);
    });
}

static inline bool lun_launch_join_info(const lun_tensor *info, const int32_t *bad)
{
    return lun_cuda_over("say what was not finite", lun_join_info, info->numel, info->numel, bad, lun_at<int32_t>(info));
}

/* x, a row-major result, of the matrices that info tells of. */
static inline bool lun_launch_spoil(const lun_tensor *x, const lun_tensor *info)
{
    return !x->numel || lun_by_number((lun_dtype)x->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("write NaN", lun_spoil<T>, x->numel, x->numel, x->numel / info->numel, lun_at<int32_t>(info),
                             lun_at<T>(x));
    });
}

static inline bool lun_launch_conjugate(const lun_tensor *x)
{
    if (!lun_dtype_is_complex((lun_dtype)x->dtype)) return true;
    return lun_by_number((lun_dtype)x->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("conjugate", lun_conjugate<T>, x->numel, x->numel, lun_at<T>(x));
    });
}

static inline bool lun_fill_identity(const lun_tensor *x)
{
    return !x->numel || (lun_cuda_fill_zero(x) && lun_by_number((lun_dtype)x->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("mark the diagonal", lun_mark_diagonal<T>, x->numel, x->numel, x->dims[x->ndim - 2],
                             x->dims[x->ndim - 1], lun_at<T>(x));
    }));
}

/* All results 0: what a batch of matrices without elements gives. */
static inline bool lun_fill_results(const lun_call *c)
{
    for (int k = 0; k < c->n_out; k++)
        if (c->out[k]->numel && !lun_cuda_fill_zero(c->out[k])) return false;
    return true;
}
#endif
