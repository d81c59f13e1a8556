/* matrix_exp.cu - the exponential of matrices, by scaling, a Taylor polynomial and squaring
 *
 * As kernels/cpu/matrix_exp.c, for the whole batch at once and always with 16 terms. How often the matrix with the largest
 * norm must be
 * squared is read back; the others stand still once they are done.
 * Holds: a matrix gives the same bits in any batch. Read next: kernels/cuda/product.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/columns.h"
#include "kernels/cuda/product.h"

extern "C" {
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/runtime.h"
}

#include <string.h>

enum { TERMS = 16, NOT_FINITE = -1 };

/* A block for each matrix: x over the power of two that brings its norm to `most`; squarings: that power, or NOT_FINITE. */
template <class T> static __global__ void scale_down(int64_t count, int64_t n, double most, const T *x, T *to, int32_t *squarings)
{
    __shared__ double norms[LUN_CUDA_BLOCK];
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        double norm = 0;
        for (int64_t r = threadIdx.x; r < n; r += blockDim.x) {
            double sum = 0;
            for (int64_t c = 0; c < n; c++) {
                const T v = x[(i * n + r) * n + c];
                sum += (double)number<T>::size(v);
            }
            if (!(sum <= norm)) norm = sum; /* NaN stays */
        }
        norms[threadIdx.x] = norm;
        __syncthreads();
        for (int half = LUN_CUDA_BLOCK / 2; half; half /= 2) {
            if ((int)threadIdx.x < half) {
                const double a = norms[threadIdx.x], b = norms[threadIdx.x + half];
                norms[threadIdx.x] = a <= b || b != b ? b : a;
            }
            __syncthreads();
        }
        norm = norms[0];
        __syncthreads();
        const int times = !isfinite(norm) ? (int)NOT_FINITE : norm > most ? (int)ceil(log2(norm / most)) : 0;
        const real_of<T> by = (real_of<T>)(times > 0 ? ldexp(1.0, -times) : 1.0);
        for (int64_t e = threadIdx.x; e < n * n; e += blockDim.x) {
            const T v = x[i * n * n + e];
            to[i * n * n + e] = times < 0 ? T{} : rounded<T>(lun_c128{(double)(number<T>::re(v) * by),
                                                                      (double)(number<T>::im(v) * by)});
        }
        if (!threadIdx.x) squarings[i] = times;
    }
}

struct taylor { double c[5]; };

/* to = c[0] 1 + c[1] p1 + c[2] p2 + c[3] p3 + (last ? c[4] p4 : what is in to) */
template <class T> static __global__ void combine(int64_t all, int64_t n, taylor t, bool last, const T *p1, const T *p2,
                                                  const T *p3, const T *p4, T *to)
{
    using R = real_of<T>;
    for (int64_t e = lun_thread<int64_t>(); e < all; e += lun_threads<int64_t>()) {
        const T a = p1[e], b = p2[e], c = p3[e];
        const T d = last ? p4[e] : to[e];
        const R by = last ? (R)t.c[4] : 1, one = e / n % n == e % n ? (R)t.c[0] : 0;
        const R c1 = (R)t.c[1], c2 = (R)t.c[2], c3 = (R)t.c[3];
        const R re = number<T>::re(d) * by + (c1 * number<T>::re(a) + c2 * number<T>::re(b) + c3 * number<T>::re(c)) + one;
        const R im = number<T>::im(d) * by + (c1 * number<T>::im(a) + c2 * number<T>::im(b) + c3 * number<T>::im(c));
        to[e] = rounded<T>(lun_c128{(double)re, (double)im});
    }
}

/* The matrices that need more than `done` squarings take the new value. */
template <class T> static __global__ void step_on(int64_t all, int64_t each, int done, const int32_t *squarings, const T *next,
                                                  T *sum)
{
    for (int64_t e = lun_thread<int64_t>(); e < all; e += lun_threads<int64_t>())
        if (squarings[e / each] > done) sum[e] = next[e];
}

/* What is not finite has no exponential, but for a real number. */
template <class T> static __global__ void finish(int64_t all, int64_t each, bool number_alone, const int32_t *squarings,
                                                 const T *x, T *sum)
{
    for (int64_t e = lun_thread<int64_t>(); e < all; e += lun_threads<int64_t>())
        if (squarings[e / each] < 0)
            sum[e] = number_alone ? rounded<T>(lun_c128{exp((double)number<T>::re(x[e])), 0}) : rounded<T>(lun_c128{NAN, NAN});
}

struct job {
    lun_dtype type;
    int64_t n, count, all;
    const lun_tensor *like;
};

static bool multiply(const job &j, const void *a, const void *b, void *to)
{
    const int64_t n = j.n, each = n * n;
    lun_product p = {};
    p.type = j.type;
    p.m = p.n = p.k = p.c_row = n;
    p.batches = j.count;
    p.a = lun_factor{a, n, 1, each};
    p.b = lun_factor{b, n, 1, each};
    p.c = to;
    p.c_batch = each;
    return lun_cuda_product(&p);
}

static bool most_squarings(const job &j, const int32_t *squarings, int *most)
{
    const size_t bytes = (size_t)j.count * sizeof *squarings;
    int64_t size = j.count;
    lun_tensor *list = lun_tensor_empty(LUN_I32, 1, &size, lun_device{LUN_CPU, 0});
    if (!list || !lun_cuda_to_host(lun_data(list), squarings, bytes, lun_tensor_device(j.like).index)) return false;
    *most = 0;
    for (int64_t i = 0; i < j.count; i++)
        if (lun_at<int32_t>(list)[i] > *most) *most = lun_at<int32_t>(list)[i];
    return true;
}

/* 1 + x + x^2 / 2 + ... by powers up to the fourth. `sum` and `next` may change places. */
template <class T> static bool polynomial(const job &j, T *const power[5], T **sum, T **next)
{
    double c[TERMS + 1] = {1};
    for (int k = 1; k <= TERMS; k++) c[k] = c[k - 1] / k;
    if (!multiply(j, power[1], power[1], power[2]) || !multiply(j, power[2], power[1], power[3]) || !multiply(j, power[2],
        power[2], power[4]))
        return false;
    for (int k = TERMS - 4; k >= 0; k -= 4) {
        taylor t;
        memcpy(t.c, c + k, sizeof t.c);
        const bool last = k == TERMS - 4; /* of the terms; the first to be added */
        if (!last) {
            if (!multiply(j, *sum, power[4], *next)) return false;
            T *keep = *sum;
            *sum = *next;
            *next = keep;
        }
        if (!lun_cuda_over("combine powers", combine<T>, j.all, j.all, j.n, t, last, power[1], power[2], power[3], power[4],
                           *sum)) return false;
    }
    return true;
}

template <class T> static bool run(const job &j, const T *x, const lun_tensor *out)
{
    const double most = sizeof(real_of<T>) == 8 ? 0.8 : 2.4; /* the largest norm for which 16 terms are exact to the last bit */
    T *power[5] = {};
    int32_t *squarings = lun_cuda_room<int32_t>(j.like, j.count);
    int64_t size = j.all;
    lun_tensor *made[2] = {lun_tensor_empty(j.type, 1, &size, lun_tensor_device(j.like)), lun_tensor_empty(j.type, 1, &size,
        lun_tensor_device(j.like))};
    for (int k = 1; k < 5; k++)
        if (!(power[k] = lun_cuda_room<T>(j.like, j.all))) return false;
    if (!squarings || !made[0] || !made[1]) return false;
    T *sum = lun_at<T>(made[0]), *next = lun_at<T>(made[1]);
    int times;
    if (!lun_cuda_launch("scale matrices", scale_down<T>, lun_blocks(j.count, 1, LUN_CUDA_GRID), LUN_CUDA_BLOCK, 0, j.count,
        j.n, most, x, power[1], squarings) || !polynomial<T>(j, power, &sum, &next) || !most_squarings(j, squarings,
            &times)) return false;
    for (int done = 0; done < times; done++)
        if (!multiply(j, sum, sum, next) || !lun_cuda_over("square matrices", step_on<T>, j.all, j.all, j.n * j.n, done,
                                                           squarings, next, sum))
            return false;
    const bool alone = j.n == 1 && !lun_dtype_is_complex(j.type);
    if (!lun_cuda_over("exponential", finish<T>, j.all, j.all, j.n * j.n, alone, squarings, x, sum)) return false;
    lun_tensor *memory = sum == lun_at<T>(made[0]) ? made[0] : made[1];
    lun_tensor *result = lun_tensor_as(memory, out->ndim, out->dims, out->strides, 0);
    return result && lun_cuda_assign(out, result);
}

extern "C" bool lun_cuda_matrix_exp(lun_call *c)
{
    lun_tensor *x = c->in[0], *out = c->out[0];
    const lun_dtype t = (lun_dtype)x->dtype, type = t == LUN_F16 || t == LUN_BF16 ? LUN_F32 : t;
    if (!x->numel) return true;
    const job j = {type, x->dims[x->ndim - 1], lun_matrix_count(x), x->numel, x};
    const lun_tensor *dense = lun_cuda_dense(x, type);
    return dense && lun_by_number(type, [&](auto zero) { return run(j, lun_at<decltype(zero)>(dense), out); });
}
