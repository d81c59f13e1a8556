/* attention_tensor.cu - attention on tensor cores, for half precision and rows of at most 128 elements
 *
 * Four warps, each with 16 rows or a multiple. A tile of scores stays in the registers of the warp that computed it and is multiplied
 * on from there; tiles of keys and values (in the backward also of queries and gradients) come into shared memory while the last
 * ones are being used. The backward computes the scores twice: once for dq, once (transposed) for dk and dv.
 * Holds: sums are float; weights are rounded to half precision before they are multiplied. Scores are in units of log 2.
 * Read next: kernels/cuda/tensor_core.h, kernels/cuda/attention_plain.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/attention.h"
#include "kernels/cuda/tensor_core.h"

enum { WARPS = 4, THREADS = WARPS * 32 };
#define LOG2E 1.4426950408889634F
#define LN2 0.6931471805599453F

/* The rows of one head, of which a thread brings every (THREADS / (D / 8))th, 16 bytes of it. What is not there becomes 0. */
template <class T, int D> struct source {
    enum { APART = THREADS / (D / 8) };
    const T *data;
    int64_t step;
    bool inside;
    __device__ __forceinline__ source(const T *head, int64_t step_, int64_t columns) : step(step_)
    {
        const int c = (int)threadIdx.x % (D / 8) * 8;
        inside = c < columns;
        data = inside ? head + (int)threadIdx.x / (D / 8) * step + c : head;
    }
    /* a tile of ROWS rows, of which the head has `rows` */
    template <int ROWS> __device__ __forceinline__ void bring(T *to, int64_t first, int64_t rows) const
    {
        const int own = (int)threadIdx.x / (D / 8), there = inside ? (rows < ROWS ? (int)rows : ROWS) - own : 0;
        const T *from = data + first * step;
        to += own * (D + 8) + (int)threadIdx.x % (D / 8) * 8;
#pragma unroll
        for (int r = 0; r < ROWS; r += APART) {
            const bool real = r < there;
            lun_copy_begin(to + r * (D + 8), real ? from + r * step : data, real);
        }
    }
};

/* s = rows `row`.. of x times the rows of y */
template <class T, int D, int M, int N>
static __device__ __forceinline__ void scores(float (*s)[N / 8][4], const T *x, int row, const T *y)
{
    const lun_tile<T, D + 8> left{x}, right{y};
#pragma unroll
    for (int m = 0; m < M; m++)
#pragma unroll
        for (int n = 0; n < N / 8; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) s[m][n][i] = 0;
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

/* sum += weights times y */
template <class T, int D, int M, int N>
static __device__ __forceinline__ void weigh(float (*sum)[D / 8][4], const float (*weights)[N / 8][4], const T *y)
{
    const lun_tile<T, D + 8> right{y};
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
                if (n * 8 < columns)
                    *(uint32_t *)(to + row * columns + n * 8 + 2 * t) =
                        lun_pair<T>(sum[r / 2][n][r % 2 * 2] * factor[r], sum[r / 2][n][r % 2 * 2 + 1] * factor[r]);
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

static __device__ __forceinline__ float of_four(float v, bool largest)
{
    for (int by = 1; by < 4; by *= 2) {
        float other = __shfl_xor_sync(0xffffffff, v, by);
        v = largest ? fmaxf(v, other) : v + other;
    }
    return v;
}

template <class T, int D, int M, int KEYS, bool EXTRA> static __global__ void __launch_bounds__(THREADS) forward(lun_attend a)
{
    constexpr int QUERIES = WARPS * 16 * M, PITCH = D + 8, STAGE = 2 * KEYS * PITCH;
    LUN_SHARED(T, q);
    T *stages = q + QUERIES * PITCH;
    const int warp = (int)threadIdx.x / 32, g = lun_lane() / 4, t = lun_lane() % 4;
    const int64_t tiles = (a.length + QUERIES - 1) / QUERIES, head = blockIdx.x / tiles, first = (tiles - 1 - blockIdx.x % tiles) * QUERIES;
    const int64_t rows = a.length - first < QUERIES ? a.length - first : QUERIES, last = a.causal && first + rows < a.keys ? first + rows : a.keys;
    const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head), own = first + warp * 16 * M + g;
    const source<T, D> all_k(lun_key_head<T>(a, a.k, head), a.k.row, a.e), all_v(lun_key_head<T>(a, a.v, head), a.v.row, a.ev);
    const float unit = EXTRA ? 1 : (float)a.scale * LOG2E;
    float top[2 * M], total[2 * M], sum[M][D / 8][4] = {};
    auto bring_stage = [&](int64_t from, int stage) {
        all_k.template bring<KEYS>(stages + stage * STAGE, from, a.keys - from);
        all_v.template bring<KEYS>(stages + stage * STAGE + KEYS * PITCH, from, a.keys - from);
    };
    for (int r = 0; r < 2 * M; r++) top[r] = -INFINITY, total[r] = 0;
    source<T, D>(lun_query_head<T>(a, a.q, head), a.q.row, a.e).template bring<QUERIES>(q, first, rows);
    bring_stage(0, 0);
    lun_copy_commit();
    int stage = 0;
    for (int64_t from = 0; from < last; from += KEYS, stage ^= 1) {
        float s[M][KEYS / 8][4], shrink[2 * M];
        const T *k = stages + stage * STAGE, *v = k + KEYS * PITCH;
        lun_copy_wait<0>();
        __syncthreads(); /* this stage is there, and nobody reads the other any more */
        if (from + KEYS < last) bring_stage(from + KEYS, stage ^ 1);
        lun_copy_commit();
        scores<T, D, M, KEYS>(s, q, warp * 16 * M, k);
        if (EXTRA || from + KEYS > a.keys || (a.causal && from + KEYS > first)) hide<M, KEYS, EXTRA>(a, mask_at, s, own, from);
        bool higher = false;
#pragma unroll
        for (int r = 0; r < 2 * M; r++) {
            float best = top[r];
#pragma unroll
            for (int i = 0; i < KEYS / 4; i++) best = fmaxf(best, s[r / 2][i / 2][r % 2 * 2 + i % 2]);
            best = of_four(best, true);
            const float base = best == -INFINITY ? 0 : best * unit;
            higher |= best != top[r];
            shrink[r] = lun_exp2(__fmaf_rn(top[r], unit, -base));
            top[r] = best;
            total[r] *= shrink[r];
#pragma unroll
            for (int i = 0; i < KEYS / 4; i++) {
                float *one = &s[r / 2][i / 2][r % 2 * 2 + i % 2];
                *one = lun_exp2(__fmaf_rn(*one, unit, -base));
                total[r] += *one;
            }
            if (EXTRA && a.dropout > 0)
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++) {
                    float factor[2];
                    const int64_t row = own + r / 2 * 16 + r % 2 * 8;
                    lun_attention_factors<2>(a, head * a.length + row, from + n * 8 + 2 * t, factor);
                    s[r / 2][n][r % 2 * 2] *= factor[0];
                    s[r / 2][n][r % 2 * 2 + 1] *= factor[1];
                }
        }
        if (__any_sync(0xffffffff, higher)) /* else all would be multiplied by 1 */
#pragma unroll
            for (int r = 0; r < 2 * M; r++)
#pragma unroll
                for (int n = 0; n < D / 8; n++) {
                    sum[r / 2][n][r % 2 * 2] *= shrink[r];
                    sum[r / 2][n][r % 2 * 2 + 1] *= shrink[r];
                }
        weigh<T, D, M, KEYS>(sum, s, v);
    }
    float factor[2 * M];
#pragma unroll
    for (int r = 0; r < 2 * M; r++) {
        const int64_t row = own + r / 2 * 16 + r % 2 * 8;
        total[r] = of_four(total[r], false);
        bool nothing = total[r] == 0; /* such a query gets zeros; its exponentials are 0 in the backward too */
        factor[r] = nothing ? 0 : 1 / total[r];
        if (!t && row < a.length) ((float *)a.logsumexp)[head * a.length + row] = nothing ? INFINITY : top[r] * unit * LN2 + logf(total[r]);
    }
    put<T, D, M>((T *)a.out + head * a.length * a.ev, first + warp * 16 * M, a.length, a.ev, sum, factor);
}

/* dq of a tile of queries; also writes inner. */
template <class T, int D, int M, int KEYS, bool EXTRA> static __global__ void __launch_bounds__(THREADS) backward_queries(lun_attend a)
{
    constexpr int QUERIES = WARPS * 16 * M, PITCH = D + 8, STAGE = 2 * KEYS * PITCH;
    LUN_SHARED(T, q);
    T *grad = q + QUERIES * PITCH, *stages = grad + QUERIES * PITCH;
    const int warp = (int)threadIdx.x / 32, g = lun_lane() / 4, t = lun_lane() % 4;
    const int64_t tiles = (a.length + QUERIES - 1) / QUERIES, head = blockIdx.x / tiles, first = (tiles - 1 - blockIdx.x % tiles) * QUERIES;
    const int64_t rows = a.length - first < QUERIES ? a.length - first : QUERIES, last = a.causal && first + rows < a.keys ? first + rows : a.keys;
    const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head), own = first + warp * 16 * M + g;
    const source<T, D> all_k(lun_key_head<T>(a, a.k, head), a.k.row, a.e), all_v(lun_key_head<T>(a, a.v, head), a.v.row, a.ev);
    const T *from_g = lun_query_head<T>(a, a.g, head);
    const float unit = EXTRA ? 1 : (float)a.scale * LOG2E;
    auto bring_stage = [&](int64_t from, int stage) {
        all_k.template bring<KEYS>(stages + stage * STAGE, from, a.keys - from);
        all_v.template bring<KEYS>(stages + stage * STAGE + KEYS * PITCH, from, a.keys - from);
    };
    source<T, D>(lun_query_head<T>(a, a.q, head), a.q.row, a.e).template bring<QUERIES>(q, first, rows);
    source<T, D>(from_g, a.g.row, a.ev).template bring<QUERIES>(grad, first, rows);
    bring_stage(0, 0);
    lun_copy_commit();
    float total[2 * M], inner[2 * M], factor[2 * M], sum[M][D / 8][4] = {};
#pragma unroll
    for (int r = 0; r < 2 * M; r++) { /* four lanes share a row */
        const int64_t row = own + r / 2 * 16 + r % 2 * 8, at = head * a.length + row;
        float part = 0;
        for (int64_t c = t; c < a.ev && row < a.length; c += 4)
            part = __fmaf_rn(lun_load(from_g[row * a.g.row + c]), lun_load(((const T *)a.out)[at * a.ev + c]), part);
        inner[r] = of_four(part, false);
        total[r] = row < a.length ? ((const float *)a.logsumexp)[at] * LOG2E : INFINITY;
        factor[r] = (float)a.scale;
        if (!t && row < a.length) ((float *)a.inner)[at] = inner[r];
    }
    int stage = 0;
    for (int64_t from = 0; from < last; from += KEYS, stage ^= 1) {
        float s[M][KEYS / 8][4], d[M][KEYS / 8][4];
        const T *k = stages + stage * STAGE, *v = k + KEYS * PITCH;
        lun_copy_wait<0>();
        __syncthreads(); /* this stage is there, and nobody reads the other any more */
        if (from + KEYS < last) bring_stage(from + KEYS, stage ^ 1);
        lun_copy_commit();
        scores<T, D, M, KEYS>(s, q, warp * 16 * M, k);
        scores<T, D, M, KEYS>(d, grad, warp * 16 * M, v);
        if (EXTRA || from + KEYS > a.keys || (a.causal && from + KEYS > first)) hide<M, KEYS, EXTRA>(a, mask_at, s, own, from);
#pragma unroll
        for (int r = 0; r < 2 * M; r++)
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) {
                float drop[2] = {1, 1};
                if (EXTRA && a.dropout > 0)
                    lun_attention_factors<2>(a, head * a.length + own + r / 2 * 16 + r % 2 * 8, from + n * 8 + 2 * t, drop);
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    float *one = &s[r / 2][n][r % 2 * 2 + i], slope = d[r / 2][n][r % 2 * 2 + i] * drop[i] - inner[r];
                    *one = lun_exp2(__fmaf_rn(*one, unit, -total[r])) * slope;
                }
            }
        weigh<T, D, M, KEYS>(sum, s, k);
    }
    put<T, D, M>((T *)a.dq + head * a.length * a.e, first + warp * 16 * M, a.length, a.e, sum, factor);
}

/* dk and dv of a tile of keys: rows of the tile of scores are keys here, columns are queries. */
template <class T, int D, int M, int QUERIES, bool EXTRA> static __global__ void __launch_bounds__(THREADS) backward_keys(lun_attend a)
{
    constexpr int KEYS = WARPS * 16 * M, PITCH = D + 8, STAGE = 2 * QUERIES * PITCH;
    LUN_SHARED(T, k);
    T *v = k + KEYS * PITCH, *stages = v + KEYS * PITCH;
    float *told = (float *)(stages + 2 * STAGE); /* of each stage's rows: logsumexp in units of log 2, then inner */
    const int warp = (int)threadIdx.x / 32, g = lun_lane() / 4, t = lun_lane() % 4;
    const int64_t tiles = (a.keys + KEYS - 1) / KEYS, set = blockIdx.x / tiles, first = blockIdx.x % tiles * KEYS;
    const int64_t rows = a.keys - first < KEYS ? a.keys - first : KEYS, own = first + warp * 16 * M + g;
    const int64_t begin = a.causal ? first / QUERIES * QUERIES : 0;
    float dk[M][D / 8][4] = {}, dv[M][D / 8][4] = {}, one[2 * M], scale[2 * M];
    const float unit = (float)a.scale * LOG2E;
    for (int r = 0; r < 2 * M; r++) one[r] = 1, scale[r] = (float)a.scale;
    source<T, D>(lun_key_head<T>(a, a.k, set * a.groups), a.k.row, a.e).template bring<KEYS>(k, first, rows);
    source<T, D>(lun_key_head<T>(a, a.v, set * a.groups), a.v.row, a.ev).template bring<KEYS>(v, first, rows);
    int stage = 0;
    for (int64_t head = set * a.groups; head < (set + 1) * a.groups; head++) { /* all that share these keys */
        const source<T, D> all_q(lun_query_head<T>(a, a.q, head), a.q.row, a.e), all_g(lun_query_head<T>(a, a.g, head), a.g.row, a.ev);
        const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head);
        const float *logsumexp = (const float *)a.logsumexp + head * a.length, *inners = (const float *)a.inner + head * a.length;
        auto bring_stage = [&](int64_t from, int to_stage) {
            all_q.template bring<QUERIES>(stages + to_stage * STAGE, from, a.length - from);
            all_g.template bring<QUERIES>(stages + to_stage * STAGE + QUERIES * PITCH, from, a.length - from);
            float *to = told + to_stage * 2 * QUERIES;
            for (int i = (int)threadIdx.x; i < QUERIES; i += THREADS) {
                const bool real = from + i < a.length;
                to[i] = real ? logsumexp[from + i] * LOG2E : INFINITY;
                to[QUERIES + i] = real ? inners[from + i] : 0;
            }
        };
        __syncthreads(); /* nobody reads the last head's stages any more */
        if (begin < a.length) bring_stage(begin, stage);
        lun_copy_commit();
        for (int64_t from = begin; from < a.length; from += QUERIES, stage ^= 1) {
            float s[M][QUERIES / 8][4], d[M][QUERIES / 8][4];
            const T *q = stages + stage * STAGE, *grad = q + QUERIES * PITCH;
            const float *totals = told + stage * 2 * QUERIES, *inner = totals + QUERIES;
            lun_copy_wait<0>();
            __syncthreads();
            if (from + QUERIES < a.length) bring_stage(from + QUERIES, stage ^ 1);
            lun_copy_commit();
            scores<T, D, M, QUERIES>(s, k, warp * 16 * M, q);
            scores<T, D, M, QUERIES>(d, v, warp * 16 * M, grad);
#pragma unroll
            for (int r = 0; r < 2 * M; r++) {
                const int64_t key = own + r / 2 * 16 + r % 2 * 8;
                const int hidden = a.causal && from < first + KEYS ? (int)(key - from) : 0; /* columns, from the first on */
#pragma unroll
                for (int i = 0; i < QUERIES / 4; i++) { /* a column, which is a query */
                    const int column = i / 2 * 8 + 2 * t + i % 2;
                    float drop = 1, p, *score = &s[r / 2][i / 2][r % 2 * 2 + i % 2], *slope = &d[r / 2][i / 2][r % 2 * 2 + i % 2];
                    if (EXTRA && a.dropout > 0) lun_attention_factors<1>(a, head * a.length + from + column, key, &drop);
                    if (EXTRA) p = lun_exp2(adjusted(a, mask_at, from + column, key, *score) - totals[column]);
                    else p = column < hidden ? 0 : lun_exp2(__fmaf_rn(*score, unit, -totals[column]));
                    *score = p * drop;
                    *slope = p * (*slope * drop - inner[column]);
                }
            }
            weigh<T, D, M, QUERIES>(dv, s, grad);
            weigh<T, D, M, QUERIES>(dk, d, q);
        }
    }
    put<T, D, M>((T *)a.dk + set * a.keys * a.e, first + warp * 16 * M, a.keys, a.e, dk, scale);
    put<T, D, M>((T *)a.dv + set * a.keys * a.ev, first + warp * 16 * M, a.keys, a.ev, dv, one);
}

/* ---- launches ---- */

/* More shared memory than kernels have unasked: allowed once for each of them. */
template <class K> static bool start(const char *what, K *kernel, int64_t blocks, size_t shared, const lun_attend &a)
{
    if (shared > 48 * 1024 &&
        !lun_cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared), "attend")) return false;
    return lun_cuda_launch(what, kernel, lun_blocks(blocks, 1), THREADS, shared, a);
}

static int64_t tiles_of(int64_t n, int64_t each) { return (n + each - 1) / each; }

template <class T, int D, bool EXTRA> static bool run_forward(const lun_attend &a)
{
    constexpr int M = 2, KEYS = D > 64 ? 32 : 64, QUERIES = WARPS * 16 * M;
    return start("attend", forward<T, D, M, KEYS, EXTRA>, a.heads * tiles_of(a.length, QUERIES), (QUERIES + 4 * KEYS) * (D + 8) * sizeof(T), a);
}

template <class T, int D, bool EXTRA> static bool run_backward(const lun_attend &a)
{
    constexpr int M = 1, OTHER = D > 64 ? 32 : 64, OWN = WARPS * 16 * M;
    const size_t shared = (2 * OWN + 4 * OTHER) * (D + 8) * sizeof(T), told = 4 * OTHER * sizeof(float);
    return start("attend backward", backward_queries<T, D, M, OTHER, EXTRA>, a.heads * tiles_of(a.length, OWN), shared, a) &&
           start("attend backward", backward_keys<T, D, M, OTHER, EXTRA>, a.heads / a.groups * tiles_of(a.keys, OWN), shared + told, a);
}

template <class T, int D> static bool run(const lun_attend &a, bool back)
{
    if (a.mask_kind != LUN_MASK_NONE || a.dropout > 0 || !(a.scale > 0)) return back ? run_backward<T, D, true>(a) : run_forward<T, D, true>(a);
    return back ? run_backward<T, D, false>(a) : run_forward<T, D, false>(a);
}

template <class T> static bool by_size(const lun_attend &a, bool back)
{
    return a.e > 64 || a.ev > 64 ? run<T, 128>(a, back) : run<T, 64>(a, back);
}

static bool by_type(lun_dtype type, const lun_attend &a, bool back)
{
    return type == LUN_F16 ? by_size<lun_half>(a, back) : by_size<lun_bf16>(a, back);
}

bool lun_attention_tensor_forward(lun_dtype type, const lun_attend &a) { return by_type(type, a, false); }
bool lun_attention_tensor_backward(lun_dtype type, const lun_attend &a) { return by_type(type, a, true); }

/* Rows must come in pieces of 16 bytes. */
static bool in_pieces(const lun_attend &a, const lun_heads &x)
{
    bool fits = (uintptr_t)x.data % 16 == 0 && x.row % 8 == 0;
    for (int d = 0; d < a.lead; d++) fits &= x.step[d] % 8 == 0;
    return fits;
}

bool lun_attention_fits(lun_dtype type, const lun_attend &a, bool backward)
{
    if (type != LUN_F16 && type != LUN_BF16) return false;
    if (a.e > 128 || a.ev > 128 || a.e % 8 || a.ev % 8) return false;
    if (a.heads * (tiles_of(a.length, 64) + tiles_of(a.keys, 64)) > 0x7fffffff) return false;
    return in_pieces(a, a.q) && in_pieces(a, a.k) && in_pieces(a, a.v) && (!backward || in_pieces(a, a.g));
}
