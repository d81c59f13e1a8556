/* factor.cu - LU and Cholesky: factors and determinants of batches of matrices
 *
 * A block takes a matrix, or a panel of a large one (kernels/cuda/factor.h); each step of the plain algorithm is shared by its
 * threads. As on the CPU, where only the factors' use counts the row-major matrix is factored as if it lay by columns, which
 * gives the factors of its transpose.
 * Holds: `info` says where a matrix is singular; pivots are chosen by the same rule whatever the size.
 * Read next: kernels/cuda/solve.cu, kernels/cpu/factor.c, core/ops/decompose_lu.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/dense.h"
#include "kernels/cuda/factor.h"

enum { THREADS = 256, MANY = 1024 }; /* MANY: where there are more rows than that */

/* ---- LU ---- */

struct lu_panel {
    lun_strided a;
    int m, n, first, last; /* of m x n matrices, columns first..last, all rows from `first` on */
    int32_t *pivots, *info, *lost;
};

/* The row from k on with the largest size at column k; the first of equals. NaN is only taken where it stands already. */
template <class T> static __device__ int find_pivot(const T *a, int64_t row, int64_t col, int m, int k, real_of<T> *size, int *at)
{
    const int t = (int)threadIdx.x, threads = (int)blockDim.x;
    real_of<T> best = -1;
    int where = k;
    for (int r = k + t; r < m; r += threads) {
        real_of<T> v = number<T>::size(a[r * row + k * col]);
        if (r == k && v != v) v = INFINITY;
        if (v > best) best = v, where = r;
    }
    size[t] = best;
    at[t] = where;
    __syncthreads();
    for (int half = threads / 2; half; half /= 2) {
        if (t < half && (size[t + half] > size[t] || (size[t + half] == size[t] && at[t + half] < at[t]))) {
            size[t] = size[t + half];
            at[t] = at[t + half];
        }
        __syncthreads();
    }
    int found = at[0];
    __syncthreads();
    return found;
}

/* Row p and row k of columns first..last change places, what stands below the pivot is divided by it, and its row taken off
 * below. */
template <class T> static __device__ void eliminate(const lu_panel &j, T *a, int k, int p, T pivot)
{
    const int t = (int)threadIdx.x, threads = (int)blockDim.x, below = j.m - k - 1, right = j.last - k - 1;
    const int64_t row = j.a.row, col = j.a.col;
    for (int c = j.first + t; c < j.last && p != k; c += threads) {
        T keep = a[k * row + c * col];
        a[k * row + c * col] = a[p * row + c * col];
        a[p * row + c * col] = keep;
    }
    __syncthreads();
    for (int r = k + 1 + t; r < j.m; r += threads) a[r * row + k * col] = number<T>::divide(a[r * row + k * col], pivot);
    __syncthreads();
    for (int64_t e = t; e < (int64_t)below * right; e += threads) { /* neighbours in memory go to neighbouring threads */
        const int64_t across = lun_divide(e, col == 1 ? right : below), along = e - across * (col == 1 ? right : below);
        const int64_t r = k + 1 + (col == 1 ? across : along), c = k + 1 + (col == 1 ? along : across);
        a[r * row + c * col] = minus_product(a[r * row + c * col], a[r * row + k * col], a[k * row + c * col]);
    }
    __syncthreads();
}

/* lost: where to say (1) that the matrix had a NaN, or NULL. */
template <class T> static __global__ void __launch_bounds__(MANY) factor_lu(lu_panel j)
{
    __shared__ real_of<T> size[MANY];
    __shared__ int at[MANY];
    const int t = (int)threadIdx.x, threads = (int)blockDim.x, steps = j.m < j.n ? j.m : j.n;
    for (int64_t i = blockIdx.x; i < j.a.count; i += gridDim.x) {
        T *a = (T *)j.a.data + i * j.a.step;
        int bad = 0, nan = 0;
        for (int64_t e = t; e < (int64_t)j.m * j.n && j.lost && !j.first; e += threads) nan |= is_nan(a[e]);
        nan = __syncthreads_or(nan);
        if (j.lost && !j.first && !t) j.lost[i] = nan != 0;
        for (int k = j.first; k < j.last && k < steps; k++) {
            const int p = find_pivot(a, j.a.row, j.a.col, j.m, k, size, at);
            const T pivot = a[p * j.a.row + k * j.a.col];
            if (!t) j.pivots[i * steps + k] = p + 1;
            __syncthreads();
            if (number<T>::size(pivot) != 0) eliminate(j, a, k, p, pivot);
            else if (!bad) bad = k + 1;
        }
        if (j.info && !t && (!j.first || !j.info[i])) j.info[i] = bad;
    }
}

static bool lu_columns(lun_strided a, int64_t m, int64_t n, int64_t first, int64_t last, int32_t *pivots, int32_t *info,
                       int32_t *lost)
{
    const lu_panel j = {a, (int)m, (int)n, (int)first, (int)last, pivots, info, lost};
    return lun_by_number(a.type, [&](auto zero) {
        return lun_cuda_launch("factor", factor_lu<decltype(zero)>, lun_blocks(a.count, 1), m - first > MANY ? MANY : THREADS, 0,
                               j);
    });
}

bool lun_factor_lu(lun_strided a, int64_t m, int64_t n, int32_t *pivots, int32_t *info, int32_t *lost)
{
    const int64_t steps = m < n ? m : n;
    bool good = true;
    if (!a.count) return true;
    if ((m <= LUN_WHOLE && n <= LUN_WHOLE) || !steps) return lu_columns(a, m, n, 0, n, pivots, info, lost);
    for (int64_t first = 0, last; first < steps && good; first = last) {
        last = steps - first < LUN_PANEL ? steps : first + LUN_PANEL;
        const int64_t panel[2] = {first, last};
        const lun_sides upper = {(int)(last - first), n - last, true, true, false, lun_strided_from(a, first, first),
                                 lun_strided_from(a, first, last), {}};
        good = lu_columns(a, m, n, first, last, pivots, info, lost) &&
               lun_exchange(a, n, panel, pivots, steps, first, last, false) && lun_substitute(upper) &&
               lun_take_product(m - last, n - last, last - first, lun_strided_from(a, last, first), upper.b,
                                lun_strided_from(a, last, last));
    }
    return good;
}

/* ---- Cholesky ---- */

/* The lower triangle of rows and columns first..last; with the last of n, zeros above the whole one. Nothing more is done to a
 * matrix once info says where it failed. */
template <class T> static __global__ void factor_cholesky(lun_strided x, int n, int first, int last, int32_t *info)
{
    const int t = (int)threadIdx.x;
    const int64_t row = x.row, col = x.col;
    for (int64_t i = blockIdx.x; i < x.count; i += gridDim.x) {
        T *a = (T *)x.data + i * x.step;
        int bad = first ? info[i] : 0;
        for (int k = first; k < last && !bad; k++) {
            const real_of<T> pivot = number<T>::re(a[k * row + k * col]);
            __syncthreads();
            if (!(pivot > 0)) {
                bad = k + 1;
                continue;
            }
            const T root = number<T>::of(sqrt(pivot));
            for (int r = k + t; r < last; r += THREADS)
                a[r * row + k * col] = r == k ? root : number<T>::divide(a[r * row + k * col], root);
            __syncthreads();
            const int left = last - k - 1;
            for (int e = t; e < left * left; e += THREADS) {
                const int r = k + 1 + e / left, c = k + 1 + e % left;
                const T other = number<T>::conjugate(a[c * row + k * col]);
                if (c <= r) a[r * row + c * col] = minus_product(a[r * row + c * col], a[r * row + k * col], other);
            }
            __syncthreads();
        }
        for (int64_t e = t; e < (int64_t)n * n && last == n; e += THREADS) {
            const int64_t r = lun_divide(e, n), c = e - r * n;
            if (c > r) a[r * row + c * col] = T{};
        }
        __syncthreads();
        if (!t) info[i] = bad;
    }
}

/* Beside the panel L21 its adjoint is written above the diagonal, which nothing else needs: then the product that takes L21 L21^H
 * off finds both its factors in place. */
static bool cholesky(lun_strided a, int64_t n, int32_t *info)
{
    const int64_t wide = n <= LUN_WHOLE ? n : (int64_t)LUN_PANEL;
    bool good = true;
    for (int64_t first = 0, last; (first < n || !n) && good; first = last) {
        last = n - first < wide ? n : first + wide;
        good = lun_by_number(a.type, [&](auto zero) {
            return lun_cuda_launch("factor", factor_cholesky<decltype(zero)>, lun_blocks(a.count, 1), THREADS, 0, a, (int)n,
                                   (int)first, (int)last, info);
        });
        if (last == n) break;
        lun_strided below = lun_strided_from(a, last, first), beside = lun_strided_from(a, first, last), turned = below;
        turned.row = below.col; /* a side is a row of L21 */
        turned.col = below.row;
        const lun_sides panel = {(int)(last - first), n - last, true, false, true, lun_strided_from(a, first, first), turned,
                                 beside};
        good = good && lun_substitute(panel) &&
               lun_take_product(n - last, n - last, last - first, below, beside, lun_strided_from(a, last, last));
    }
    return good;
}

/* ---- determinants and orders ---- */

/* As in kernels/cpu/factor.c. */
static __device__ lun_c128 times(lun_c128 a, lun_c128 b)
{
    if (a.im == 0 && b.im == 0) return lun_c128{a.re * b.re, 0};
    return lun_c128{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static __device__ lun_c128 sign(lun_c128 u, double size)
{
    if (size == 0) return u;
    return u.im == 0 && isinf(size) ? lun_c128{copysign(1.0, u.re), 0} : lun_c128{u.re / size, u.im / size};
}

/* The product of the diagonal, or (logarithm) its sign and the sum of its logarithms; in double, rounded once. */
template <class T>
static __global__ void multiply_diagonal(int64_t count, int n, const T *lu, const int32_t *pivots, T *product,
                                         real_of<T> *logarithm)
{
    for (int64_t i = lun_thread<int64_t>(); i < count; i += lun_threads<int64_t>()) {
        lun_c128 all = {1, 0};
        double sum = 0;
        for (int k = 0; k < n; k++) {
            const T at = lu[(i * n + k) * n + k];
            lun_c128 u = {(double)number<T>::re(at), (double)number<T>::im(at)};
            double size = u.im == 0 ? fabs(u.re) : hypot(u.re, u.im);
            if (pivots[i * n + k] != k + 1) u = lun_c128{-u.re, -u.im};
            all = times(all, logarithm ? sign(u, size) : u);
            sum += log(size);
        }
        product[i] = rounded<T>(all);
        if (logarithm) logarithm[i] = (real_of<T>)sum;
    }
}

static __global__ void follow_exchanges(int64_t count, int64_t k, int64_t m, const int64_t *pivots, int64_t *order)
{
    for (int64_t i = lun_thread<int64_t>(); i < count; i += lun_threads<int64_t>()) {
        int64_t *to = order + i * m;
        for (int64_t r = 0; r < m; r++) to[r] = r;
        for (int64_t r = 0; r < k && r < m; r++) {
            int64_t p = pivots[i * k + r], keep = to[r];
            to[r] = to[p];
            to[p] = keep;
        }
    }
}

/* ---- the rows ---- */

bool lun_copy_matrices(const lun_tensor *to, lun_tensor *x)
{
    x = lun_contiguous(x);
    if (!x || !x->numel) return x != NULL;
    const cudaError_t result = cudaMemcpyAsync(lun_data(to), lun_data(x), lun_tensor_bytes(x), cudaMemcpyDeviceToDevice,
                                               lun_cuda_stream());
    return lun_cuda_check(result, "copy matrices");
}

bool lun_factor_takes(const lun_tensor *x)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], most = 1 << 30;
    if (m <= most && n <= most) return true;
    lun_fail(LUN_E_SHAPE, "work on parts of it", "a matrix of %lld x %lld is too large", (long long)m, (long long)n);
    return false;
}

extern "C" bool lun_cuda_lu_factor(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    return lun_factor_takes(x) && lun_copy_matrices(c->out[0], c->in[0]) &&
           lun_factor_lu(lun_strided_of(c->out[0], false), x->dims[x->ndim - 2], x->dims[x->ndim - 1], lun_at<int32_t>(c->out[1]),
                         lun_at<int32_t>(c->out[2]), NULL);
}

extern "C" bool lun_cuda_lu_det(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const bool logarithm = c->n_out == 4;
    lun_tensor *lu = c->out[logarithm ? 2 : 1], *pivots = c->out[logarithm ? 3 : 2];
    const int64_t count = lun_shape_numel(x->ndim - 2, x->dims), n = x->dims[x->ndim - 1];
    if (!lun_factor_takes(x) || !lun_copy_matrices(lu, x)) return false;
    return lun_factor_lu(lun_strided_of(lu, true), n, n, lun_at<int32_t>(pivots), NULL, NULL) &&
           (!count || lun_by_number((lun_dtype)x->dtype, [&](auto zero) {
               using T = decltype(zero);
               return lun_cuda_over("multiply the diagonal", multiply_diagonal<T>, count, count, (int)n, lun_at<T>(lu),
                                    lun_at<int32_t>(pivots), lun_at<T>(c->out[0]),
                                    logarithm ? lun_at<real_of<T>>(c->out[1]) : NULL);
           }));
}

extern "C" bool lun_cuda_cholesky(lun_call *c)
{
    lun_tensor *x = c->in[0], *to = c->out[0];
    const lun_strided a = lun_strided_of(to, lun_param_bool(&c->params, 0, false));
    return lun_factor_takes(x) && lun_copy_matrices(to, x) &&
           (!a.count || cholesky(a, x->dims[x->ndim - 1], lun_at<int32_t>(c->out[1])));
}

extern "C" bool lun_cuda_pivot_order(lun_call *c)
{
    lun_tensor *pivots = c->in[0];
    const int64_t k = pivots->dims[pivots->ndim - 1], count = lun_shape_numel(pivots->ndim - 1, pivots->dims);
    return lun_cuda_over("order rows", follow_exchanges, count, count, k, lun_param_int(&c->params, 0, k),
                         lun_at<int64_t>(pivots), lun_at<int64_t>(c->out[0]));
}
