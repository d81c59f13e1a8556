/* attention_tensor_backward.cu - attention on tensor cores: backward
 *
 * The scores are computed twice: once for dq, tile by tile of queries, once (transposed) for dk and dv, tile by tile of keys, so that every
 * result has one owner and no sum depends on the order of blocks.
 * Read next: kernels/cuda/attention_tiles.h, kernels/cuda/attention_tensor.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/attention_tiles.h"

/* dq of a tile of queries; also writes inner. */
template <class T, int D, int M, int KEYS, bool EXTRA> static __global__ void __launch_bounds__(THREADS) backward_queries(lun_attend a)
{
    constexpr int QUERIES = WARPS * 16 * M, PITCH = pitch<T, D>, STAGE = 2 * KEYS * PITCH;
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
template <class T, int D, int M, int QUERIES, bool EXTRA>
static __global__ void __launch_bounds__(THREADS, D > 64 ? 2 : 3) backward_keys(lun_attend a)
{
    constexpr int KEYS = WARPS * 16 * M, PITCH = pitch<T, D>, STAGE = 2 * QUERIES * PITCH;
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

template <class T, int D, bool EXTRA> static bool run(const lun_attend &a)
{
    constexpr bool WIDE = sizeof(T) == 4;
    constexpr int BY_QUERIES = 1, KEYS = WIDE ? (D > 64 ? 16 : 32) : D > 64 ? 32 : 64, BY_KEYS = 1, QUERIES = D > 64 ? KEYS : 32;
    auto room = [](int m, int other) { return (2 * WARPS * 16 * m + 4 * other) * pitch<T, D> * sizeof(T); };
    return start("attend backward", backward_queries<T, D, BY_QUERIES, KEYS, EXTRA>,
                 a.heads * tiles_of(a.length, WARPS * 16 * BY_QUERIES), room(BY_QUERIES, KEYS), a) &&
           start("attend backward", backward_keys<T, D, BY_KEYS, QUERIES, EXTRA>,
                 a.heads / a.groups * tiles_of(a.keys, WARPS * 16 * BY_KEYS), room(BY_KEYS, QUERIES) + 4 * QUERIES * sizeof(float), a);
}

template <class T> static bool by_size(const lun_attend &a)
{
    const bool extra = lun_attention_extra(a);
    if (a.e > 64 || a.ev > 64) return extra ? run<T, 128, true>(a) : run<T, 128, false>(a);
    return extra ? run<T, 64, true>(a) : run<T, 64, false>(a);
}

bool lun_attention_tensor_backward(lun_dtype type, const lun_attend &a)
{
    return type == LUN_F16 ? by_size<lun_half>(a) : type == LUN_BF16 ? by_size<lun_bf16>(a) : by_size<float>(a);
}
