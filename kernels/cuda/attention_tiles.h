/* attention_tiles.h - attention on tensor cores: tiles of one head in shared memory, products of them, what is hidden of a tile of scores
 *
 * WARPS warps, each with 16 rows of a tile of scores or a multiple M of that, which stay in its registers: s[m][n] is 16 x 8 of them, as
 * tensor_core.h has c. Scores are in units of log 2. Of floats each product is made of three, so their results are those of plain floats
 * to about 2^-23 of the sum of the magnitudes.
 * Read next: kernels/cuda/attention_tensor.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ATTENTION_TILES_H
#define LUN_KERNELS_CUDA_ATTENTION_TILES_H
#include "kernels/cuda/attention.h"
#include "kernels/cuda/tensor_core.h"

enum { WARPS = 4, THREADS = WARPS * 32 };
#define LOG2E 1.4426950408889634F
#define LN2 0.6931471805599453F

/* Elements from one row of a tile in shared memory to the next: 16 bytes more than a row has. */
template <class T, int D> constexpr int pitch = D + 16 / (int)sizeof(T);

/* The rows of one head, of which a thread brings every APARTth, 16 bytes of it. What is not there becomes 0. */
template <class T, int D> struct source {
    enum { PIECE = 16 / sizeof(T), ACROSS = D / PIECE, APART = THREADS / ACROSS };
    const T *data;
    int64_t step;
    bool inside;
    __device__ __forceinline__ source(const T *head, int64_t step_, int64_t columns) : step(step_)
    {
        const int c = (int)threadIdx.x % ACROSS * PIECE;
        inside = c < columns;
        data = inside ? head + (int)threadIdx.x / ACROSS * step + c : head;
    }
    /* a tile of ROWS rows, of which the head has `rows` */
    template <int ROWS> __device__ __forceinline__ void bring(T *to, int64_t first, int64_t rows) const
    {
        const int own = (int)threadIdx.x / ACROSS, there = inside ? (rows < ROWS ? (int)rows : ROWS) - own : 0;
        const T *from = data + first * step;
        to += own * pitch<T, D> + (int)threadIdx.x % ACROSS * PIECE;
#pragma unroll
        for (int r = 0; r < ROWS; r += APART) {
            const bool real = r < there;
            lun_copy_begin(to + r * pitch<T, D>, real ? from + r * step : data, real);
        }
    }
};

/* s += rows `row`.. of x times the rows of y; sum += weights times y: of floats. A lane's pairs of weights stand at neighbouring keys, so
 * weigh() takes the keys in that order. */
template <int D, int M, int N> static __device__ __forceinline__ void split_scores(float (*s)[N / 8][4], const float *x, int row, const float *y)
{
    constexpr int PITCH = pitch<float, D>;
    const int g = lun_lane() / 4, t = lun_lane() % 4;
    x += (row + g) * PITCH + t;
    y += g * PITCH + t;
#pragma unroll
    for (int k = 0; k < D; k += 8) {
        lun_split_floats<4> a[M];
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
            for (int i = 0; i < 4; i++) a[m].set(i, x[(m * 16 + i % 2 * 8) * PITCH + k + i / 2 * 4]);
#pragma unroll
        for (int n = 0; n < N / 8; n++) {
            lun_split_floats<2> b;
            b.set(0, y[n * 8 * PITCH + k]);
            b.set(1, y[n * 8 * PITCH + k + 4]);
#pragma unroll
            for (int m = 0; m < M; m++) lun_multiply_split(s[m][n], a[m], b);
        }
    }
}
template <int D, int M, int N>
static __device__ __forceinline__ void split_weigh(float (*sum)[D / 8][4], const float (*weights)[N / 8][4], const float *y)
{
    constexpr int PITCH = pitch<float, D>;
    y += 2 * (lun_lane() % 4) * PITCH + lun_lane() / 4;
#pragma unroll
    for (int k = 0; k < N / 8; k++) {
        lun_split_floats<4> a[M];
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
            for (int i = 0; i < 4; i++) a[m].set(i, weights[m][k][i % 2 * 2 + i / 2]);
#pragma unroll
        for (int d = 0; d < D / 8; d++) {
            lun_split_floats<2> b;
            b.set(0, y[k * 8 * PITCH + d * 8]);
            b.set(1, y[(k * 8 + 1) * PITCH + d * 8]);
#pragma unroll
            for (int m = 0; m < M; m++) lun_multiply_split(sum[m][d], a[m], b);
        }
    }
}

/* s = rows `row`.. of x times the rows of y */
template <class T, int D, int M, int N>
static __device__ __forceinline__ void scores(float (*s)[N / 8][4], const T *x, int row, const T *y)
{
#pragma unroll
    for (int m = 0; m < M; m++)
#pragma unroll
        for (int n = 0; n < N / 8; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) s[m][n][i] = 0;
    if constexpr (sizeof(T) == 4) split_scores<D, M, N>(s, x, row, y);
    else {
        const lun_tile<T, pitch<T, D>> left{x}, right{y};
#pragma unroll
        for (int k = 0; k < D; k += 16) {
            uint32_t a[M][4];
#pragma unroll
            for (int m = 0; m < M; m++) left.left(a[m], row + m * 16, k);
#pragma unroll
            for (int n = 0; n < N / 16; n++) {
                uint32_t b[4];
                right.right(b, n * 16, k);
#pragma unroll
                for (int m = 0; m < M; m++) {
                    lun_multiply_matrices<T>(s[m][2 * n], a[m], b[0], b[1]);
                    lun_multiply_matrices<T>(s[m][2 * n + 1], a[m], b[2], b[3]);
                }
            }
        }
    }
}

/* sum += weights times y */
template <class T, int D, int M, int N>
static __device__ __forceinline__ void weigh(float (*sum)[D / 8][4], const float (*weights)[N / 8][4], const T *y)
{
    if constexpr (sizeof(T) == 4) split_weigh<D, M, N>(sum, weights, y);
    else {
        const lun_tile<T, pitch<T, D>> right{y};
#pragma unroll
        for (int k = 0; k < N / 16; k++) {
            uint32_t a[M][4];
#pragma unroll
            for (int m = 0; m < M; m++)
#pragma unroll
                for (int i = 0; i < 4; i++) a[m][i] = lun_pair<T>(weights[m][2 * k + i / 2][i % 2 * 2], weights[m][2 * k + i / 2][i % 2 * 2 + 1]);
#pragma unroll
            for (int d = 0; d < D / 16; d++) {
                uint32_t b[4];
                right.straight(b, k * 16, d * 16);
#pragma unroll
                for (int m = 0; m < M; m++) {
                    lun_multiply_matrices<T>(sum[m][2 * d], a[m], b[0], b[1]);
                    lun_multiply_matrices<T>(sum[m][2 * d + 1], a[m], b[2], b[3]);
                }
            }
        }
    }
}

/* Rows of sum times factor[row] go to `to`, which has `columns` of them side by side. */
template <class T, int D, int M>
static __device__ __forceinline__ void put(T *to, int64_t first, int64_t rows, int64_t columns, const float (*sum)[D / 8][4], const float *factor)
{
    const int g = lun_lane() / 4, t = lun_lane() % 4;
#pragma unroll
    for (int r = 0; r < 2 * M; r++) {
        int64_t row = first + r / 2 * 16 + r % 2 * 8 + g;
        if (row < rows)
#pragma unroll
            for (int n = 0; n < D / 8; n++)
                if (n * 8 < columns) {
                    T *at = to + row * columns + n * 8 + 2 * t;
                    const float low = sum[r / 2][n][r % 2 * 2] * factor[r], high = sum[r / 2][n][r % 2 * 2 + 1] * factor[r];
                    if constexpr (sizeof(T) == 4) at[0] = low, at[1] = high;
                    else *(uint32_t *)at = lun_pair<T>(low, high);
                }
    }
}

/* A score's masked and scaled value, in units of log 2. Kernels without EXTRA know neither mask nor dropout nor a scale that turns the order
 * of the scores around: they scale within the exponential and look for what is masked at the edges alone. */
static __device__ __forceinline__ float adjusted(const lun_attend &a, int64_t mask_at, int64_t row, int64_t key, float s)
{
    if (row >= a.length || key >= a.keys || (a.causal && key > row)) return -INFINITY;
    s *= (float)a.scale * LOG2E;
    return a.mask_kind == LUN_MASK_NONE ? s : s + lun_mask_value<float>(a, mask_at, row, key) * LOG2E;
}

/* How many keys of the tile that begins at key `from` the query `row` may look at: at most `most`. */
static __device__ __forceinline__ int visible(const lun_attend &a, int64_t row, int64_t from, int most)
{
    const int64_t n = (a.causal && row < a.keys ? row + 1 : a.keys) - from;
    return n < most ? (int)n : most;
}

/* The scores of what queries `row`.. may not look at become -inf, or all are adjusted (EXTRA). */
template <int M, int N, bool EXTRA>
static __device__ __forceinline__ void hide(const lun_attend &a, int64_t mask_at, float (*s)[N / 8][4], int64_t own, int64_t from)
{
    const int t = lun_lane() % 4;
#pragma unroll
    for (int r = 0; r < 2 * M; r++) {
        const int64_t row = own + r / 2 * 16 + r % 2 * 8;
        const int end = visible(a, row, from, N);
#pragma unroll
        for (int i = 0; i < N / 4; i++) {
            const int key = i / 2 * 8 + 2 * t + i % 2;
            float *one = &s[r / 2][i / 2][r % 2 * 2 + i % 2];
            if (EXTRA) *one = adjusted(a, mask_at, row, from + key, *one);
            else if (key >= end) *one = -INFINITY;
        }
    }
}

/* v of the four lanes that share a row: their largest, or their sum */
static __device__ __forceinline__ float of_four(float v, bool largest)
{
    for (int by = 1; by < 4; by *= 2) {
        float other = __shfl_xor_sync(0xffffffff, v, by);
        v = largest ? fmaxf(v, other) : v + other;
    }
    return v;
}

/* More shared memory than kernels have unasked: allowed once for each of them. */
template <class K> static inline bool start(const char *what, K *kernel, int64_t blocks, size_t shared, const lun_attend &a)
{
    if (shared > 48 * 1024 &&
        !lun_cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared), "attend")) return false;
    return lun_cuda_launch(what, kernel, lun_blocks(blocks, 1), THREADS, shared, a);
}

static inline int64_t tiles_of(int64_t n, int64_t each) { return (n + each - 1) / each; }

#endif
