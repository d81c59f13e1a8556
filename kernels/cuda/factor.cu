/* factor.cu - LU and Cholesky: factors, determinants, inverses, solutions, for batches of matrices of moderate size
 *
 * A block takes a matrix, or one right side; each step of the plain algorithm is shared by its threads. As on the CPU, where only the
 * factors' use counts the row-major matrix is factored as if it lay by columns, which gives the factors of its transpose.
 * Holds: matrices wider than MOST go to the CPU, where LAPACK has them; `info` says where a matrix is singular.
 * Read next: kernels/cpu/factor.c, core/ops/decompose_lu.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/number.h"

extern "C" {
#include "core/device.h"
}

enum { MOST = 1024, THREADS = 256 };

/* ---- factors ---- */

/* The row from k on with the largest size at column k; the first of equals. NaN is only taken where it stands already. */
template <class T> static __device__ int find_pivot(const T *a, int64_t row, int64_t col, int m, int k, real_of<T> *size, int *at)
{
    const int t = (int)threadIdx.x;
    real_of<T> best = -1;
    int where = k;
    for (int r = k + t; r < m; r += THREADS) {
        real_of<T> v = number<T>::size(a[r * row + k * col]);
        if (r == k && v != v) v = INFINITY;
        if (v > best) best = v, where = r;
    }
    size[t] = best;
    at[t] = where;
    __syncthreads();
    for (int half = THREADS / 2; half; half /= 2) {
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

/* Element (r, c) of the m x n matrix i lies at i m n + r row + c col. lost: where to say (1) that the matrix had a NaN, or NULL. */
template <class T> static __global__ void factor_lu(int64_t count, int m, int n, int64_t row, int64_t col, T *all, int32_t *pivots, int32_t *info,
                                                    int32_t *lost)
{
    __shared__ real_of<T> size[THREADS];
    __shared__ int at[THREADS];
    const int t = (int)threadIdx.x, steps = m < n ? m : n;
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        T *a = all + i * m * n;
        int bad = 0, nan = 0;
        for (int64_t e = t; e < (int64_t)m * n && lost; e += THREADS) nan |= is_nan(a[e]);
        nan = __syncthreads_or(nan);
        if (lost && !t) lost[i] = nan != 0;
        for (int k = 0; k < steps; k++) {
            const int p = find_pivot(a, row, col, m, k, size, at);
            const T pivot = a[p * row + k * col];
            if (!t) pivots[i * steps + k] = p + 1;
            __syncthreads();
            if (number<T>::size(pivot) == 0) {
                if (!bad) bad = k + 1;
                continue;
            }
            for (int c = t; c < n && p != k; c += THREADS) {
                T keep = a[k * row + c * col];
                a[k * row + c * col] = a[p * row + c * col];
                a[p * row + c * col] = keep;
            }
            __syncthreads();
            for (int r = k + 1 + t; r < m; r += THREADS) a[r * row + k * col] = number<T>::divide(a[r * row + k * col], pivot);
            __syncthreads();
            const int below = m - k - 1, right = n - k - 1;
            for (int64_t e = t; e < (int64_t)below * right; e += THREADS) { /* neighbours in memory go to neighbouring threads */
                const int r = k + 1 + (int)(col == 1 ? e / right : e % below), c = k + 1 + (int)(col == 1 ? e % right : e / below);
                a[r * row + c * col] = minus_product(a[r * row + c * col], a[r * row + k * col], a[k * row + c * col]);
            }
            __syncthreads();
        }
        if (info && !t) info[i] = bad;
    }
}

/* The lower triangle (by row and col), zeros above it. */
template <class T> static __global__ void factor_cholesky(int64_t count, int n, int64_t row, int64_t col, T *all, int32_t *info)
{
    const int t = (int)threadIdx.x;
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        T *a = all + i * n * n;
        int bad = 0;
        for (int k = 0; k < n && !bad; k++) {
            const real_of<T> pivot = number<T>::re(a[k * row + k * col]);
            __syncthreads();
            if (!(pivot > 0)) {
                bad = k + 1;
                continue;
            }
            const T root = number<T>::of(sqrt(pivot));
            for (int r = k + t; r < n; r += THREADS)
                a[r * row + k * col] = r == k ? root : number<T>::divide(a[r * row + k * col], root);
            __syncthreads();
            const int left = n - k - 1;
            for (int64_t e = t; e < (int64_t)left * left; e += THREADS) {
                const int r = k + 1 + (int)(e / left), c = k + 1 + (int)(e % left);
                const T other = number<T>::conjugate(a[c * row + k * col]);
                if (c <= r) a[r * row + c * col] = minus_product(a[r * row + c * col], a[r * row + k * col], other);
            }
            __syncthreads();
        }
        for (int64_t e = t; e < (int64_t)n * n; e += THREADS)
            if (e % n > e / n) a[e / n * row + e % n * col] = T{};
        if (!t) info[i] = bad;
        __syncthreads();
    }
}

/* ---- solutions: a block for each right side, which lies in shared memory ---- */

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

struct sides {
    int64_t count;    /* matrices */
    int n, k;         /* n x n, with k right sides */
    bool left, turned; /* a x = b rather than x a = b; with the factored matrix turned */
    bool triangle, lower, unit;
    const void *a, *b; /* b NULL: the columns of the identity */
    const int32_t *pivots, *info, *lost; /* info, lost: matrices without an inverse become NaN; or NULL */
    void *to;
};

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
            x[r] = !s.b ? number<T>::of(r == side) : ((const T *)s.b)[from + (s.left ? r * (int64_t)s.k + side : side * n + r)];
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
            ((T *)s.to)[from + (s.left ? r * (int64_t)s.k + side : side * n + r)] = nothing ? lost : x[r];
        __syncthreads();
    }
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
static __global__ void multiply_diagonal(int64_t count, int n, const T *lu, const int32_t *pivots, T *product, real_of<T> *logarithm)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < count; i += (int64_t)gridDim.x * blockDim.x) {
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
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < count; i += (int64_t)gridDim.x * blockDim.x) {
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

static bool takes(const lun_tensor *x) { return x->dims[x->ndim - 2] <= MOST && x->dims[x->ndim - 1] <= MOST; }
static bool elsewhere(lun_call *c) { return lun_device_fallback(c, lun_tensor_device(c->out[0])); }
static int64_t matrices(const lun_tensor *x) { return lun_shape_numel(x->ndim - 2, x->dims); }
template <class F> static bool by_number(const lun_tensor *x, F f) { return lun_by_number((lun_dtype)x->dtype, f); }

static bool copy(lun_tensor *to, lun_tensor *x)
{
    x = lun_contiguous(x);
    return x && (!x->numel || lun_cuda_check(cudaMemcpyAsync(lun_data(to), lun_data(x), lun_tensor_bytes(x), cudaMemcpyDeviceToDevice,
                                                             lun_cuda_stream()), "copy matrices"));
}

/* Factors what is in `a`: as it lies, or (turned) as if it lay by columns. */
static bool factors(lun_tensor *a, bool turned, lun_tensor *pivots, lun_tensor *info, lun_tensor *lost)
{
    const int64_t count = matrices(a), m = a->dims[a->ndim - 2], n = a->dims[a->ndim - 1];
    return !count || by_number(a, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("factor", factor_lu<T>, lun_blocks(count, 1), THREADS, 0, count, (int)m, (int)n, turned ? 1 : n, turned ? n : 1,
                               lun_at<T>(a), lun_at<int32_t>(pivots), info ? lun_at<int32_t>(info) : NULL, lost ? lun_at<int32_t>(lost) : NULL);
    });
}

static bool run(const sides &s, const lun_tensor *a)
{
    return !s.count || !s.k || !s.n || by_number(a, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("solve", solve<T>, lun_blocks(s.count * s.k, 1), THREADS, (size_t)s.n * sizeof(T), s);
    });
}

static sides sides_of(const lun_tensor *a, const lun_tensor *b, bool left, const lun_tensor *to)
{
    sides s{};
    s.count = matrices(a);
    s.n = (int)a->dims[a->ndim - 1];
    s.k = (int)b->dims[b->ndim - (left ? 1 : 2)];
    s.left = left;
    s.to = lun_data(to);
    return s;
}

extern "C" bool lun_cuda_lu_factor(lun_call *c)
{
    return takes(c->in[0]) ? copy(c->out[0], c->in[0]) && factors(c->out[0], false, c->out[1], c->out[2], NULL) : elsewhere(c);
}

extern "C" bool lun_cuda_lu_det(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const bool logarithm = c->n_out == 4;
    lun_tensor *lu = c->out[logarithm ? 2 : 1], *pivots = c->out[logarithm ? 3 : 2];
    const int64_t count = matrices(x), n = x->dims[x->ndim - 1];
    if (!takes(x)) return elsewhere(c);
    return copy(lu, x) && factors(lu, true, pivots, NULL, NULL) && (!count || by_number(x, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("multiply the diagonal", multiply_diagonal<T>, lun_blocks(count, THREADS), THREADS, 0, count, (int)n, lun_at<T>(lu),
                               lun_at<int32_t>(pivots), lun_at<T>(c->out[0]), logarithm ? lun_at<real_of<T>>(c->out[1]) : NULL);
    }));
}

extern "C" bool lun_cuda_inverse(lun_call *c)
{
    lun_tensor *x = c->in[0], *info = c->out[1];
    if (!takes(x)) return elsewhere(c);
    lun_tensor *lu = lun_clone(x), *lost = lun_tensor_empty(LUN_I32, info->ndim, info->dims, lun_tensor_device(x));
    if (!lu || !lost || !factors(lu, true, c->out[2], info, lost)) return false;
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
    if (!takes(a)) return elsewhere(c);
    if (!b || !copy(c->out[2], a) || !factors(c->out[2], true, c->out[3], c->out[1], NULL)) return false;
    sides s = sides_of(a, b, lun_param_bool(&c->params, 0, true), c->out[0]);
    s.turned = s.left;
    s.a = lun_data(c->out[2]);
    s.b = lun_data(b);
    s.pivots = lun_at<int32_t>(c->out[3]);
    return run(s, a);
}

extern "C" bool lun_cuda_solve_again(lun_call *c)
{
    lun_tensor *lu = lun_contiguous(c->in[0]), *pivots = lun_contiguous(c->in[1]), *b = lun_contiguous(c->in[2]);
    if (!takes(c->in[0])) return elsewhere(c);
    if (!lu || !pivots || !b) return false;
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
    if (!takes(c->in[0])) return elsewhere(c);
    if (!a || !b) return false;
    sides s = sides_of(a, b, lun_param_bool(&c->params, 1, true), c->out[0]);
    s.triangle = true;
    s.turned = !s.left; /* x a = b is the transposed system */
    s.lower = lun_param_bool(&c->params, 0, true) == s.turned;
    s.unit = lun_param_bool(&c->params, 2, false);
    s.a = lun_data(a);
    s.b = lun_data(b);
    return run(s, a);
}

extern "C" bool lun_cuda_cholesky(lun_call *c)
{
    lun_tensor *x = c->in[0], *to = c->out[0];
    const int64_t count = matrices(x), n = x->dims[x->ndim - 1];
    const bool upper = lun_param_bool(&c->params, 0, false);
    if (!takes(x)) return elsewhere(c);
    return copy(to, x) && (!count || by_number(x, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("factor", factor_cholesky<T>, lun_blocks(count, 1), THREADS, 0, count, (int)n, upper ? 1 : n, upper ? n : 1,
                               lun_at<T>(to), lun_at<int32_t>(c->out[1]));
    }));
}

extern "C" bool lun_cuda_pivot_order(lun_call *c)
{
    lun_tensor *pivots = c->in[0];
    const int64_t k = pivots->dims[pivots->ndim - 1], count = lun_shape_numel(pivots->ndim - 1, pivots->dims);
    return !count || lun_cuda_launch("order rows", follow_exchanges, lun_blocks(count, THREADS), THREADS, 0, count, k,
                                     lun_param_int(&c->params, 0, k), lun_at<int64_t>(pivots), lun_at<int64_t>(c->out[0]));
}
