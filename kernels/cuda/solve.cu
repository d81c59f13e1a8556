/* solve.cu - systems of equations and inverses of batches of matrices, by their factors
 *
 * Up to LUN_WHOLE rows a block takes one right side, which lies in shared memory, through both triangles. Beyond, panels of all
 * right sides are solved, a thread for each side, and a product takes them off the rest (kernels/cuda/factor.h).
 * Holds: an inverse of a matrix without one is NaN. Read next: kernels/cuda/factor.cu, core/ops/decompose_solve.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/dense.h"
#include "kernels/cuda/factor.h"
#include "kernels/cuda/product.h"

enum { THREADS = 128 };

struct sides {
    int64_t count, k; /* matrices, with k right sides each */
    int n;
    bool left, turned; /* a x = b rather than x a = b; with the factored matrix turned */
    bool triangle, lower, unit;
    const void *a, *b; /* b NULL: the columns of the identity */
    const int32_t *pivots, *info, *lost; /* info, lost: matrices without an inverse become NaN; or NULL */
    void *to;
};

/* ---- a block for each right side ---- */

/* x of t x = b for a triangle whose element (r, c) lies at r row + c col. */
template <class T> static __device__ void substitute(int n, const T *a, int64_t row, int64_t col, bool lower, bool unit, T *x)
{
    for (int step = 0; step < n; step++) {
        const int k = lower ? step : n - 1 - step;
        if (!threadIdx.x && !unit) x[k] = number<T>::divide(x[k], a[k * row + k * col]);
        __syncthreads();
        const T v = x[k];
        for (int r = (lower ? k + 1 : 0) + (int)threadIdx.x; r < (lower ? n : k); r += THREADS)
            x[r] = minus_product(x[r], a[r * row + k * col], v);
        __syncthreads();
    }
}

/* The exchanges of rows, or (back) the other way round. */
template <class T> static __device__ void exchange(int n, const int32_t *pivots, bool back, T *x)
{
    for (int step = 0; step < n && !threadIdx.x; step++) {
        const int k = back ? n - 1 - step : step, p = pivots[k] - 1;
        T keep = x[k];
        x[k] = x[p];
        x[p] = keep;
    }
    __syncthreads();
}

template <class T> static __global__ void solve(sides s)
{
    LUN_SHARED(T, x);
    const int n = s.n;
    for (int64_t at = blockIdx.x; at < s.count * s.k; at += gridDim.x) {
        const int64_t i = at / s.k, side = at % s.k, matrix = (int64_t)n * n, from = i * n * s.k;
        const T *a = (const T *)s.a + i * matrix;
        const bool nothing = s.info && (s.info[i] || s.lost[i]);
        const T lost = rounded<T>(lun_c128{NAN, NAN});
        for (int r = (int)threadIdx.x; r < n; r += THREADS)
            x[r] = !s.b ? number<T>::of(r == side) : ((const T *)s.b)[from + (s.left ? r * s.k + side : side * n + r)];
        __syncthreads();
        if (s.triangle) {
            substitute(n, a, s.turned ? 1 : n, s.turned ? n : 1, s.lower, s.unit, x);
        } else if (!s.turned) { /* the factored matrix lies by columns */
            exchange(n, s.pivots + i * n, false, x);
            substitute(n, a, 1, n, true, true, x);
            substitute(n, a, 1, n, false, false, x);
        } else {
            substitute(n, a, n, 1, true, false, x);
            substitute(n, a, n, 1, false, true, x);
            exchange(n, s.pivots + i * n, true, x);
        }
        for (int r = (int)threadIdx.x; r < n; r += THREADS)
            ((T *)s.to)[from + (s.left ? r * s.k + side : side * n + r)] = nothing ? lost : x[r];
        __syncthreads();
    }
}

/* ---- panels of all right sides ---- */

/* A thread for each right side; the triangle lies in shared memory. */
template <class T> static __global__ void __launch_bounds__(THREADS) substitute_panel(lun_sides s)
{
    __shared__ T a[LUN_PANEL][LUN_PANEL];
    const int64_t groups = (s.sides + THREADS - 1) / THREADS;
    for (int64_t g = blockIdx.x; g < s.b.count * groups; g += gridDim.x) {
        const int64_t i = g / groups, side = g % groups * THREADS + threadIdx.x;
        for (int e = (int)threadIdx.x; e < s.width * s.width; e += THREADS) {
            const T v = *lun_element_at<T>(s.a, i, e / s.width, e % s.width);
            a[e / s.width][e % s.width] = s.conjugate ? number<T>::conjugate(v) : v;
        }
        __syncthreads();
        T x[LUN_PANEL];
        for (int step = 0; step < s.width && side < s.sides; step++) {
            const int k = s.lower ? step : s.width - 1 - step;
            T *to = lun_element_at<T>(s.b, i, k, side), v = *to;
            for (int l = s.lower ? 0 : k + 1; l < (s.lower ? k : s.width); l++) v = minus_product(v, a[k][l], x[l]);
            x[k] = *to = s.unit ? v : number<T>::divide(v, a[k][k]);
            if (s.mirror.data) *lun_element_at<T>(s.mirror, i, k, side) = number<T>::conjugate(x[k]);
        }
        __syncthreads();
    }
}

bool lun_substitute(const lun_sides &s)
{
    return s.sides < 1 || lun_by_number(s.b.type, [&](auto zero) {
        const int64_t groups = (s.sides + THREADS - 1) / THREADS;
        return lun_cuda_launch("solve", substitute_panel<decltype(zero)>, lun_blocks(groups * s.b.count, 1), THREADS, 0, s);
    });
}

struct exchanges {
    lun_strided b;
    int64_t columns, skip[2], each, first, last;
    const int32_t *pivots;
    bool back;
};
template <class T> static __global__ void exchange_rows(exchanges x)
{
    for (int64_t at = lun_thread<int64_t>(); at < x.b.count * x.columns; at += lun_threads<int64_t>()) {
        const int64_t i = lun_divide(at, x.columns), column = at - i * x.columns;
        if (column >= x.skip[0] && column < x.skip[1]) continue;
        for (int64_t step = x.first; step < x.last; step++) {
            const int64_t k = x.back ? x.first + x.last - 1 - step : step, p = x.pivots[i * x.each + k] - 1;
            T *here = lun_element_at<T>(x.b, i, k, column), *there = lun_element_at<T>(x.b, i, p, column), keep = *here;
            if (p == k) continue;
            *here = *there;
            *there = keep;
        }
    }
}

bool lun_exchange(lun_strided b, int64_t columns, const int64_t skip[2], const int32_t *pivots, int64_t each, int64_t first,
                  int64_t last, bool back)
{
    const exchanges x = {b, columns, {skip[0], skip[1]}, each, first, last, pivots, back};
    return lun_by_number(b.type, [&](auto zero) {
        return lun_cuda_over("exchange rows", exchange_rows<decltype(zero)>, b.count * columns, x);
    });
}

bool lun_take_product(int64_t m, int64_t n, int64_t k, lun_strided a, lun_strided b, lun_strided c)
{
    const bool turned = c.col != 1; /* then its transpose lies by rows */
    const lun_factor first = {a.data, a.row, a.col, a.step}, second = {b.data, b.row, b.col, b.step};
    lun_product p{};
    p.type = c.type;
    p.m = turned ? n : m;
    p.n = turned ? m : n;
    p.k = k;
    p.batches = c.count;
    p.a = turned ? lun_factor{b.data, b.col, b.row, b.step} : first;
    p.b = turned ? lun_factor{a.data, a.col, a.row, a.step} : second;
    p.c = c.data;
    p.c_row = turned ? c.col : c.row;
    p.c_batch = c.step;
    p.less = true;
    return lun_cuda_product(&p);
}

/* All right sides of a triangle of any size. */
static bool solve_triangle(lun_strided a, int64_t n, bool lower, bool unit, lun_strided b, int64_t k)
{
    bool good = true;
    for (int64_t done = 0, width; done < n && good; done += width) {
        width = n - done < LUN_PANEL ? n - done : (int64_t)LUN_PANEL;
        const int64_t first = lower ? done : n - done - width, rest = lower ? first + width : 0, rows = n - done - width;
        const lun_sides s = {(int)width, k, lower, unit, false, lun_strided_from(a, first, first), lun_strided_from(b, first, 0),
                             {}};
        good = lun_substitute(s) &&
               lun_take_product(rows, k, width, lun_strided_from(a, rest, first), s.b, lun_strided_from(b, rest, 0));
    }
    return good;
}

template <class T> static __global__ void put_identity(int64_t count, int64_t n, T *to)
{
    for (int64_t e = lun_thread<int64_t>(); e < count * n * n; e += lun_threads<int64_t>()) {
        const int64_t r = lun_divide(e, n), c = e - r * n;
        to[e] = number<T>::of(r % n == c);
    }
}
template <class T> static __global__ void put_nan(int64_t count, int64_t matrix, const int32_t *info, const int32_t *lost, T *to)
{
    for (int64_t e = lun_thread<int64_t>(); e < count * matrix; e += lun_threads<int64_t>()) {
        const int64_t i = lun_divide(e, matrix);
        if (info[i] || lost[i]) to[e] = rounded<T>(lun_c128{NAN, NAN});
    }
}

static bool solve_panels(const sides &s, lun_dtype type)
{
    const int64_t n = s.n, matrix = n * n, all = s.count * n * s.k, none[2] = {0, 0};
    const bool by_columns = s.triangle ? s.turned : !s.turned;
    const lun_strided a = {type, s.count, (char *)s.a, by_columns ? 1 : n, by_columns ? n : 1, matrix};
    const lun_strided b = {type, s.count, (char *)s.to, s.left ? s.k : 1, s.left ? 1 : n, n * s.k};
    const size_t bytes = (size_t)all * lun_dtype_size(type);
    const bool begun = s.b ? lun_cuda_check(cudaMemcpyAsync(s.to, s.b, bytes, cudaMemcpyDeviceToDevice, lun_cuda_stream()),
                                            "copy right sides")
                           : lun_by_number(type, [&](auto zero) {
                                 using T = decltype(zero);
                                 return lun_cuda_over("put ones", put_identity<T>, all, s.count, n, (T *)s.to);
                             });
    if (!begun) return false;
    if (s.triangle) return solve_triangle(a, n, s.lower, s.unit, b, s.k);
    const bool solved = s.turned ? solve_triangle(a, n, true, false, b, s.k) && solve_triangle(a, n, false, true, b, s.k) &&
                                       lun_exchange(b, s.k, none, s.pivots, n, 0, n, true)
                                 : lun_exchange(b, s.k, none, s.pivots, n, 0, n, false) &&
                                       solve_triangle(a, n, true, true, b, s.k) && solve_triangle(a, n, false, false, b, s.k);
    return solved && (!s.info || lun_by_number(type, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("put NaN", put_nan<T>, all, s.count, matrix, s.info, s.lost, (T *)s.to);
    }));
}

/* ---- the rows ---- */

static bool run(const sides &s, const lun_tensor *a)
{
    const lun_dtype type = (lun_dtype)a->dtype;
    if (!s.count || !s.k || !s.n) return true;
    return s.n > LUN_WHOLE ? solve_panels(s, type) : lun_by_number(type, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("solve", solve<T>, lun_blocks(s.count * s.k, 1), THREADS, (size_t)s.n * sizeof(T), s);
    });
}

static sides sides_of(const lun_tensor *a, const lun_tensor *b, bool left, const lun_tensor *to)
{
    sides s{};
    s.count = lun_shape_numel(a->ndim - 2, a->dims);
    s.n = (int)a->dims[a->ndim - 1];
    s.k = b->dims[b->ndim - (left ? 1 : 2)];
    s.left = left;
    s.to = lun_data(to);
    return s;
}

extern "C" bool lun_cuda_inverse(lun_call *c)
{
    lun_tensor *x = c->in[0], *info = c->out[1];
    const int64_t n = x->dims[x->ndim - 1];
    lun_tensor *lu = lun_clone(x), *lost = lun_tensor_empty(LUN_I32, info->ndim, info->dims, lun_tensor_device(x));
    if (!lu || !lost || !lun_factor_takes(x)) return false;
    if (!lun_factor_lu(lun_strided_of(lu, true), n, n, lun_at<int32_t>(c->out[2]), lun_at<int32_t>(info), lun_at<int32_t>(lost)))
        return false;
    sides s = sides_of(x, x, true, c->out[0]);
    s.turned = true;
    s.a = lun_data(lu);
    s.pivots = lun_at<int32_t>(c->out[2]);
    s.info = lun_at<int32_t>(info);
    s.lost = lun_at<int32_t>(lost);
    return run(s, x);
}

extern "C" bool lun_cuda_solve(lun_call *c)
{
    lun_tensor *a = c->in[0], *b = lun_contiguous(c->in[1]);
    const int64_t n = a->dims[a->ndim - 1];
    lun_tensor *info = c->out[1], *lu = c->out[2], *pivots = c->out[3];
    if (!b || !lun_factor_takes(a) || !lun_copy_matrices(lu, a)) return false;
    if (!lun_factor_lu(lun_strided_of(lu, true), n, n, lun_at<int32_t>(pivots), lun_at<int32_t>(info), NULL)) return false;
    sides s = sides_of(a, b, lun_param_bool(&c->params, 0, true), c->out[0]);
    s.turned = s.left;
    s.a = lun_data(lu);
    s.b = lun_data(b);
    s.pivots = lun_at<int32_t>(pivots);
    return run(s, a);
}

extern "C" bool lun_cuda_solve_again(lun_call *c)
{
    lun_tensor *lu = lun_contiguous(c->in[0]), *pivots = lun_contiguous(c->in[1]), *b = lun_contiguous(c->in[2]);
    if (!lu || !pivots || !b || !lun_factor_takes(lu)) return false;
    sides s = sides_of(lu, b, lun_param_bool(&c->params, 0, true), c->out[0]);
    s.turned = s.left != lun_param_bool(&c->params, 1, false);
    s.a = lun_data(lu);
    s.b = lun_data(b);
    s.pivots = lun_at<int32_t>(pivots);
    return run(s, lu);
}

extern "C" bool lun_cuda_solve_triangle(lun_call *c)
{
    lun_tensor *a = lun_contiguous(c->in[0]), *b = lun_contiguous(c->in[1]);
    if (!a || !b || !lun_factor_takes(a)) return false;
    sides s = sides_of(a, b, lun_param_bool(&c->params, 1, true), c->out[0]);
    s.triangle = true;
    s.turned = !s.left; /* x a = b is the transposed system */
    s.lower = lun_param_bool(&c->params, 0, true) == s.turned;
    s.unit = lun_param_bool(&c->params, 2, false);
    s.a = lun_data(a);
    s.b = lun_data(b);
    return run(s, a);
}
