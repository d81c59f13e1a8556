/* product.cu - matrix products without cuBLAS
 *
 * Each block computes a square of the result: slices of both factors go through shared memory, each thread keeps a few results in
 * registers. Where there are few results of many terms, a block computes one, its threads sharing the terms.
 * Holds: terms are added in one order, whatever the grid. Whole numbers wrap around. Read next: kernels/cuda/matmul.cu.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/multiply.h"
#include "kernels/cuda/product.h"

/* ---- what elements are computed in ---- */

template <class T> struct number { /* floats */
    using sum = lun_wide<T>;
    static __device__ __forceinline__ sum load(T v) { return lun_load(v); }
    static __device__ __forceinline__ T store(sum v) { return lun_store<T>(v); }
};
template <> struct number<lun_c64> {
    using sum = lun_c64;
    static __device__ __forceinline__ sum load(lun_c64 v) { return v; }
    static __device__ __forceinline__ lun_c64 store(sum v) { return v; }
};
template <> struct number<lun_c128> {
    using sum = lun_c128;
    static __device__ __forceinline__ sum load(lun_c128 v) { return v; }
    static __device__ __forceinline__ lun_c128 store(sum v) { return v; }
};
/* unsigned, for which wrapping around is defined; narrow ones wrap at the end */
template <class T, class S> struct whole {
    using sum = S;
    static __device__ __forceinline__ S load(T v) { return v; }
    static __device__ __forceinline__ T store(S v) { return (T)v; }
};
template <> struct number<uint8_t> : whole<uint8_t, uint32_t> {};
template <> struct number<uint16_t> : whole<uint16_t, uint32_t> {};
template <> struct number<uint32_t> : whole<uint32_t, uint32_t> {};
template <> struct number<uint64_t> : whole<uint64_t, uint64_t> {};

template <class S> static __device__ __forceinline__ S plus(S a, S b) { return a + b; }
static __device__ __forceinline__ lun_c64 plus(lun_c64 a, lun_c64 b) { return lun_c64{a.re + b.re, a.im + b.im}; }
static __device__ __forceinline__ lun_c128 plus(lun_c128 a, lun_c128 b) { return lun_c128{a.re + b.re, a.im + b.im}; }
template <class S> static __device__ __forceinline__ S minus(S a, S b) { return a - b; }
static __device__ __forceinline__ lun_c64 minus(lun_c64 a, lun_c64 b) { return lun_c64{a.re - b.re, a.im - b.im}; }
static __device__ __forceinline__ lun_c128 minus(lun_c128 a, lun_c128 b) { return lun_c128{a.re - b.re, a.im - b.im}; }

/* ---- kernels ---- */

template <class T> static __device__ __forceinline__ void finish(const lun_product &p, T *c, int64_t row, int64_t col, typename number<T>::sum v)
{
    T *to = c + row * p.c_row + col;
    if (p.bias) v = plus(v, number<T>::load(((const T *)p.bias)[col]));
    if (p.add) v = plus(v, number<T>::load(*to));
    if (p.less) v = minus(number<T>::load(*to), v);
    *to = number<T>::store(v);
}

enum { SIDE = 16, SLICE = 16, THREADS = SIDE * SIDE };

/* Elements row..row + TILE of a slice of columns from..from + SLICE, as to[column][row]; what lies outside is 0. Neighbouring threads read
 * neighbouring elements. */
template <class T, int TILE>
static __device__ void load_slice(typename number<T>::sum (*to)[TILE + 1], const T *x, int64_t rows, int64_t cols, int64_t row_step,
                                  int64_t col_step, int64_t row, int64_t from)
{
    for (int e = (int)threadIdx.x; e < TILE * SLICE; e += THREADS) {
        int r = col_step == 1 ? e / SLICE : e % TILE, c = col_step == 1 ? e % SLICE : e / TILE;
        typename number<T>::sum v{};
        if (row + r < rows && from + c < cols) v = number<T>::load(x[(row + r) * row_step + (from + c) * col_step]);
        to[c][r] = v;
    }
}

template <class T, int EACH> static __global__ void multiply(lun_product p)
{
    using S = typename number<T>::sum;
    constexpr int TILE = SIDE * EACH;
    __shared__ S a[SLICE][TILE + 1], b[SLICE][TILE + 1];
    int64_t down = (p.m + TILE - 1) / TILE, across = (p.n + TILE - 1) / TILE, tiles = down * across;
    int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    for (int64_t t = blockIdx.x; t < tiles * p.batches; t += gridDim.x) {
        int64_t batch = t / tiles, row = t % tiles / across * TILE, col = t % tiles % across * TILE;
        const T *from_a = (const T *)p.a.data + batch * p.a.batch, *from_b = (const T *)p.b.data + batch * p.b.batch;
        S sum[EACH][EACH] = {};
        for (int64_t k = 0; k < p.k; k += SLICE) {
            load_slice<T, TILE>(a, from_a, p.m, p.k, p.a.row, p.a.col, row, k);
            load_slice<T, TILE>(b, from_b, p.n, p.k, p.b.col, p.b.row, col, k);
            __syncthreads();
            for (int l = 0; l < SLICE; l++)
#pragma unroll
                for (int i = 0; i < EACH; i++)
#pragma unroll
                    for (int j = 0; j < EACH; j++) sum[i][j] = lun_multiply_add(a[l][y + i * SIDE], b[l][x + j * SIDE], sum[i][j]);
            __syncthreads();
        }
        T *c = (T *)p.c + batch * p.c_batch;
#pragma unroll
        for (int i = 0; i < EACH; i++)
#pragma unroll
            for (int j = 0; j < EACH; j++)
                if (row + y + i * SIDE < p.m && col + x + j * SIDE < p.n) finish<T>(p, c, row + y + i * SIDE, col + x + j * SIDE, sum[i][j]);
    }
}

/* One result per block. */
template <class T> static __global__ void multiply_long(lun_product p)
{
    using S = typename number<T>::sum;
    __shared__ S part[THREADS];
    for (int64_t t = blockIdx.x; t < p.m * p.n * p.batches; t += gridDim.x) {
        int64_t batch = t / (p.m * p.n), row = t % (p.m * p.n) / p.n, col = t % p.n;
        const T *a = (const T *)p.a.data + batch * p.a.batch + row * p.a.row, *b = (const T *)p.b.data + batch * p.b.batch + col * p.b.col;
        S sum{};
        for (int64_t k = threadIdx.x; k < p.k; k += THREADS)
            sum = lun_multiply_add(number<T>::load(a[k * p.a.col]), number<T>::load(b[k * p.b.row]), sum);
        part[threadIdx.x] = sum;
        __syncthreads();
        for (int half = THREADS / 2; half; half /= 2) {
            if ((int)threadIdx.x < half) part[threadIdx.x] = plus(part[threadIdx.x], part[threadIdx.x + half]);
            __syncthreads();
        }
        if (!threadIdx.x) finish<T>(p, (T *)p.c + batch * p.c_batch, row, col, part[0]);
        __syncthreads();
    }
}

template <class T> static bool launch(const lun_product *p)
{
    const int64_t results = p->m * p->n * p->batches, large = SIDE * 4;
    if (p->k >= 1024 && results <= 4096)
        return lun_cuda_launch("multiply", multiply_long<T>, lun_blocks(results, 1), THREADS, 0, *p);
    int64_t many = ((p->m + large - 1) / large) * ((p->n + large - 1) / large) * p->batches;
    if (p->m > SIDE && p->n > SIDE && many >= 64 && sizeof(T) <= 8)
        return lun_cuda_launch("multiply", multiply<T, 4>, lun_blocks(many, 1), THREADS, 0, *p);
    int64_t blocks = ((p->m + SIDE - 1) / SIDE) * ((p->n + SIDE - 1) / SIDE) * p->batches;
    return lun_cuda_launch("multiply", multiply<T, 1>, lun_blocks(blocks, 1), THREADS, 0, *p);
}

static bool own_product(const lun_product *p)
{
    if (lun_dtype_is_float(p->type)) return lun_by_float(p->type, [&](auto tag) { return launch<typename decltype(tag)::type>(p); });
    switch (p->type) {
    case LUN_C64: return launch<lun_c64>(p);
    case LUN_C128: return launch<lun_c128>(p);
    case LUN_I8: case LUN_U8: return launch<uint8_t>(p);
    case LUN_I16: return launch<uint16_t>(p);
    case LUN_I32: return launch<uint32_t>(p);
    case LUN_I64: return launch<uint64_t>(p);
    default: return lun_no_such_kernel(p->type);
    }
}

/* ---- a bias that cuBLAS cannot add ---- */

template <class T> static __global__ void fill_rows(lun_product p)
{
    const int64_t matrix = p.m * p.n;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < matrix * p.batches; i += (int64_t)gridDim.x * blockDim.x)
        ((T *)p.c)[i / matrix * p.c_batch + i % matrix / p.n * p.c_row + i % p.n] = ((const T *)p.bias)[i % p.n];
}

/* The bias first, the product added to it. */
static bool add_to_bias(const lun_product *p)
{
    lun_product rest = *p;
    rest.bias = NULL;
    rest.add = true;
    return lun_by_size(p->type, [&](auto tag) {
        return lun_cuda_launch("fill rows", fill_rows<typename decltype(tag)::type>, lun_blocks(p->m * p->n * p->batches, 256), 256, 0, *p);
    }) && lun_cuda_product(&rest);
}

extern "C" bool lun_cuda_product(const lun_product *p)
{
    if (!p->m || !p->n || !p->batches) return true;
    lun_blas_answer answer = lun_blas_product(p);
    if (answer != LUN_BLAS_ABSENT) return answer == LUN_BLAS_DONE;
    return p->bias && p->k && lun_blas_knows(p->type) ? add_to_bias(p) : own_product(p);
}
