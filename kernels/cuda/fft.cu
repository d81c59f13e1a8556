/* fft.cu - discrete Fourier transforms along a dim
 *
 * Passes of radix 4, 2, 3, 5 and 7 in Stockham's order (no bit reversal). Rows that fit go through all passes in shared memory, in one
 * launch; longer ones pass by pass through memory; a length with a larger prime becomes a convolution of a power of two (Bluestein).
 * Holds: transforms are forward and not scaled; the inverse exchanges real and imaginary parts on the way in and out.
 * Read next: kernels/cpu/fft.c, core/ops/fft.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/device.h"

extern "C" {
#include "core/op_id.h"
}

enum direction { COMPLEX, TO_REAL, FROM_REAL };
enum { MOST_PASSES = 64, SHARED_BYTES = 64 * 1024, THREADS = 256 };

template <class T> struct number { T re, im; };

/* Where rows come from and go to: tensors seen as [outer, length, inner]. */
struct job {
    direction kind;
    bool inverse;
    int64_t n, given, made; /* of the transform; positions of a row in the input and in the result */
    int64_t rows, inner;
    const void *in;
    void *out;
    double scale;
    int passes, radix[MOST_PASSES];
};

template <class T> static __device__ __forceinline__ number<T> times(number<T> a, number<T> b)
{
    return number<T>{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
/* exp(-2 pi i k / n) for 0 <= k < n */
static __device__ __forceinline__ number<double> turn(double, int64_t k, int64_t n)
{
    number<double> v;
    sincospi(-2.0 * (double)k / (double)n, &v.im, &v.re);
    return v;
}
static __device__ __forceinline__ number<float> turn(float, int64_t k, int64_t n)
{
    if (n > 4096) {
        number<double> v = turn(0.0, k, n);
        return number<float>{(float)v.re, (float)v.im};
    }
    number<float> v;
    sincospif(-2.0F * (float)k / (float)n, &v.im, &v.re);
    return v;
}

/* ---- a pass: x[j + k n/r], k < r, becomes y[q + s (r p + k)], where j = q + s p ---- */

template <class T, int R> static __device__ __forceinline__ void butterfly(const number<T> *x, number<T> *y, int64_t n, int64_t s, int64_t j)
{
    const int64_t p = j / s, q = j - p * s, m = n / (s * R);
    number<T> a[R], roots[R];
    for (int k = 0; k < R; k++) a[k] = x[j + k * (n / R)];
    for (int k = 0; k < R; k++) roots[k] = turn(T(0), k, R);
    if (R == 2) roots[1] = number<T>{-1, 0};
    if (R == 4) roots[1] = number<T>{0, -1}, roots[2 % R] = number<T>{-1, 0}, roots[3 % R] = number<T>{0, 1};
#pragma unroll
    for (int k = 0; k < R; k++) {
        number<T> sum = a[0];
#pragma unroll
        for (int i = 1; i < R; i++) {
            number<T> v = times(a[i], roots[i * k % R]);
            sum = number<T>{sum.re + v.re, sum.im + v.im};
        }
        y[q + s * (R * p + k)] = k && p ? times(sum, turn(T(0), p * k, m * R)) : sum;
    }
}

template <class T> static __device__ __forceinline__ void any_butterfly(int radix, const number<T> *x, number<T> *y, int64_t n, int64_t s, int64_t j)
{
    switch (radix) {
    case 2: butterfly<T, 2>(x, y, n, s, j); break;
    case 3: butterfly<T, 3>(x, y, n, s, j); break;
    case 4: butterfly<T, 4>(x, y, n, s, j); break;
    case 5: butterfly<T, 5>(x, y, n, s, j); break;
    default: butterfly<T, 7>(x, y, n, s, j); break;
    }
}

/* ---- elements of tensors ---- */

static __device__ __forceinline__ int64_t place(const job &f, int64_t row, int64_t length, int64_t k)
{
    return (row / f.inner * length + k) * f.inner + row % f.inner;
}

template <class T> static __device__ __forceinline__ number<T> load(const job &f, int64_t row, int64_t k)
{
    const T *x = (const T *)f.in;
    if (f.kind == FROM_REAL) return number<T>{k < f.given ? x[place(f, row, f.given, k)] : T(0), 0};
    const bool mirror = f.kind == TO_REAL && 2 * k > f.n; /* the other half of a real row's coefficients */
    const int64_t c = mirror ? f.n - k : k;
    number<T> v{0, 0};
    if (c < f.given) v = ((const number<T> *)f.in)[place(f, row, f.given, c)];
    if (f.kind == TO_REAL) v.im = c == 0 || 2 * c == f.n ? 0 : mirror ? -v.im : v.im; /* what such a row has no use for is not looked at */
    return f.inverse ? number<T>{v.im, v.re} : v;
}

template <class T> static __device__ __forceinline__ void store(const job &f, int64_t row, int64_t k, number<T> v)
{
    if (k >= f.made) return;
    if (f.inverse) v = number<T>{v.im, v.re};
    const int64_t at = place(f, row, f.made, k);
    if (f.kind == TO_REAL) ((T *)f.out)[at] = (T)f.scale * v.re;
    else ((number<T> *)f.out)[at] = number<T>{(T)f.scale * v.re, (T)f.scale * v.im};
}

/* ---- rows in shared memory: `together` of them in a block ---- */

template <class T> static __global__ void transform_rows(job f, int together)
{
    LUN_SHARED(number<T>, x);
    const int64_t n = f.n, groups = (f.rows + together - 1) / together;
    for (int64_t group = blockIdx.x; group < groups; group += gridDim.x) {
        const int64_t first = group * together, rows = f.rows - first < together ? f.rows - first : together;
        number<T> *from = x, *to = x + n * together;
        for (int64_t i = threadIdx.x; i < rows * n; i += blockDim.x) from[i] = load<T>(f, first + i / n, i % n);
        __syncthreads();
        int64_t s = 1;
        for (int pass = 0; pass < f.passes; pass++) {
            const int radix = f.radix[pass];
            const int64_t each = n / radix;
            for (int64_t i = threadIdx.x; i < rows * each; i += blockDim.x) {
                int64_t row = i / each;
                any_butterfly<T>(radix, from + row * n, to + row * n, n, s, i - row * each);
            }
            __syncthreads();
            number<T> *other = from;
            from = to;
            to = other;
            s *= radix;
        }
        for (int64_t i = threadIdx.x; i < rows * n; i += blockDim.x) store<T>(f, first + i / n, i % n, from[i]);
        __syncthreads();
    }
}

/* ---- rows in memory ---- */

template <class T, int R> static __global__ void one_pass(int64_t rows, int64_t n, int64_t s, const number<T> *x, number<T> *y)
{
    const int64_t each = n / R;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < rows * each; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t row = i / each;
        butterfly<T, R>(x + row * n, y + row * n, n, s, i - row * each);
    }
}

/* exp(-i pi k^2 / n) */
template <class T> static __device__ __forceinline__ number<T> chirp(int64_t k, int64_t n)
{
    number<double> v = turn(0.0, (int64_t)((uint64_t)k * (uint64_t)k % (uint64_t)(2 * n)), 2 * n);
    return number<T>{(T)v.re, (T)v.im};
}

/* Rows of `width` from the tensor; for Bluestein's convolution turned by the chirp, with zeros behind. */
template <class T> static __global__ void bring_rows(job f, int64_t width, number<T> *to)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < f.rows * width; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t row = i / width, k = i - row * width;
        number<T> v{0, 0};
        if (k < f.n) v = load<T>(f, row, k);
        to[i] = width == f.n || k >= f.n ? v : times(v, chirp<T>(k, f.n));
    }
}

template <class T> static __global__ void lay_rows(job f, int64_t width, const number<T> *from)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < f.rows * f.n; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t row = i / f.n, k = i - row * f.n;
        number<T> v = from[row * width + k];
        if (width != f.n) { /* the convolution's inverse is a forward transform of exchanged parts */
            v = number<T>{v.im / (T)width, v.re / (T)width};
            v = times(v, chirp<T>(k, f.n));
        }
        store<T>(f, row, k, v);
    }
}

/* What the rows are convolved with: the conjugate chirp, on both sides of 0. */
template <class T> static __global__ void write_chirp(int64_t n, int64_t width, number<T> *to)
{
    for (int64_t k = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; k < width; k += (int64_t)gridDim.x * blockDim.x) {
        int64_t at = k < n ? k : width - k;
        number<T> v{0, 0};
        if (at < n) v = chirp<T>(at, n);
        to[k] = number<T>{v.re, -v.im};
    }
}

/* x = exchanged parts of x times the spectrum */
template <class T> static __global__ void convolve(int64_t rows, int64_t width, number<T> *x, const number<T> *spectrum)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < rows * width; i += (int64_t)gridDim.x * blockDim.x) {
        number<T> v = times(x[i], spectrum[i % width]);
        x[i] = number<T>{v.im, v.re};
    }
}

/* ---- the host's part ---- */

/* The radices of n; false when it has a larger prime. */
static bool factor(int64_t n, job *f)
{
    f->passes = 0;
    for (int r : {4, 2, 3, 5, 7})
        for (; n % r == 0; n /= r) f->radix[f->passes++] = r;
    return n == 1;
}

template <class T> static bool fits(int64_t n) { return 2 * n * (int64_t)sizeof(number<T>) <= SHARED_BYTES; }

template <class T> static bool in_shared(const job &f)
{
    int64_t together = 1024 / f.n < 1 ? 1 : 1024 / f.n;
    together = together > f.rows ? f.rows : together;
    size_t bytes = (size_t)(2 * f.n * together) * sizeof(number<T>);
    if (bytes > 48 * 1024 &&
        !lun_cuda_check(cudaFuncSetAttribute(transform_rows<T>, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)SHARED_BYTES), "transform"))
        return false;
    return lun_cuda_launch("transform", transform_rows<T>, lun_blocks(f.rows, together), THREADS, bytes, f, (int)together);
}

template <class K, class... A> static bool over(int64_t n, K *kernel, A... arguments)
{
    return lun_cuda_launch("transform", kernel, lun_blocks(n, THREADS), THREADS, 0, arguments...);
}

/* Transforms [rows][n] at *x, with *y as room; the result is at *x. */
template <class T> static bool in_memory(int64_t rows, int64_t n, number<T> **x, number<T> **y)
{
    job f{};
    factor(n, &f);
    f.n = f.given = f.made = n;
    f.rows = rows;
    f.inner = 1;
    f.in = f.out = *x;
    f.scale = 1;
    if (fits<T>(n)) return in_shared<T>(f);
    int64_t s = 1;
    for (int pass = 0; pass < f.passes; pass++) {
        int64_t items = rows * (n / f.radix[pass]);
        bool done = false;
        switch (f.radix[pass]) {
        case 2: done = over(items, one_pass<T, 2>, rows, n, s, *x, *y); break;
        case 3: done = over(items, one_pass<T, 3>, rows, n, s, *x, *y); break;
        case 4: done = over(items, one_pass<T, 4>, rows, n, s, *x, *y); break;
        case 5: done = over(items, one_pass<T, 5>, rows, n, s, *x, *y); break;
        default: done = over(items, one_pass<T, 7>, rows, n, s, *x, *y); break;
        }
        if (!done) return false;
        std::swap(*x, *y);
        s *= f.radix[pass];
    }
    return true;
}

template <class T> static number<T> *room(int64_t count, lun_device device)
{
    int64_t bytes = count * (int64_t)sizeof(number<T>);
    lun_tensor *x = lun_tensor_empty(LUN_U8, 1, &bytes, device);
    return x ? (number<T> *)lun_data(x) : NULL;
}

template <class T> static bool long_rows(const job &f, lun_device device)
{
    number<T> *x = room<T>(f.rows * f.n, device), *y = room<T>(f.rows * f.n, device);
    return x && y && over(f.rows * f.n, bring_rows<T>, f, f.n, x) && in_memory<T>(f.rows, f.n, &x, &y) &&
           over(f.rows * f.n, lay_rows<T>, f, f.n, x);
}

template <class T> static bool by_convolution(const job &f, lun_device device)
{
    int64_t width = 1;
    while (width < 2 * f.n - 1) width *= 2;
    number<T> *x = room<T>(f.rows * width, device), *y = room<T>(f.rows * width, device);
    number<T> *spectrum = room<T>(width, device), *other = room<T>(width, device);
    return x && y && spectrum && other && over(width, write_chirp<T>, f.n, width, spectrum) && in_memory<T>(1, width, &spectrum, &other) &&
           over(f.rows * width, bring_rows<T>, f, width, x) && in_memory<T>(f.rows, width, &x, &y) &&
           over(f.rows * width, convolve<T>, f.rows, width, x, spectrum) && in_memory<T>(f.rows, width, &x, &y) &&
           over(f.rows * f.n, lay_rows<T>, f, width, x);
}

template <class T> static bool transform(job *f, lun_device device)
{
    if (!factor(f->n, f)) return by_convolution<T>(*f, device);
    return fits<T>(f->n) ? in_shared<T>(*f) : long_rows<T>(*f, device);
}

extern "C" bool lun_cuda_fft(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    if (type == LUN_F16 || type == LUN_BF16) type = LUN_F32;
    lun_tensor *x = lun_contiguous(lun_to_dtype(c->in[0], type)), *y = c->out[0];
    if (!x) return false;
    job f{};
    int64_t dim = lun_param_int(&c->params, 1, 0), outer = 1;
    dim += dim < 0 ? x->ndim : 0;
    f.n = lun_param_int(&c->params, 0, 1);
    f.kind = c->op->id == LUN_OP_fft_r2c ? FROM_REAL : c->op->id == LUN_OP_fft_c2r ? TO_REAL : COMPLEX;
    f.inverse = f.kind == TO_REAL || (f.kind == COMPLEX && lun_param_bool(&c->params, 2, false));
    f.scale = lun_param_float(&c->params, 3, 1);
    f.inner = 1;
    for (int d = 0; d < x->ndim; d++) {
        outer *= d < dim ? x->dims[d] : 1;
        f.inner *= d > dim ? x->dims[d] : 1;
    }
    f.rows = outer * f.inner;
    f.given = x->dims[dim];
    f.made = y->dims[dim];
    f.in = lun_data(x);
    f.out = lun_data(y);
    lun_device device = lun_tensor_device(y);
    return lun_dtype_real(type) == LUN_F64 ? transform<double>(&f, device) : transform<float>(&f, device);
}
