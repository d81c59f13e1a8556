/* attention_tensor.cu - attention on tensor cores, for f32, f16 and bf16 and rows of at most 128 elements: forward
 *
 * Tiles of keys and values come into shared memory while the last ones are being used; a tile of scores stays in the registers of the warp
 * that computed it and is multiplied on from there.
 * Holds: sums are float; weights are rounded to half precision before they are multiplied, where that is the dtype.
 * Read next: kernels/cuda/attention_tiles.h, kernels/cuda/attention_tensor_backward.cu, kernels/cuda/attention_plain.cu.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/attention_tiles.h"

template <class T, int D, int M, int KEYS, bool EXTRA> static __global__ void __launch_bounds__(THREADS) forward(lun_attend a)
{
    constexpr int QUERIES = WARPS * 16 * M, PITCH = pitch<T, D>, STAGE = 2 * KEYS * PITCH;
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

/* ---- launches ---- */

template <class T, int D, bool EXTRA> static bool run(const lun_attend &a)
{
    constexpr bool WIDE = sizeof(T) == 4;
    constexpr int M = WIDE && D > 64 ? 1 : 2, KEYS = WIDE || D > 64 ? 32 : 64, QUERIES = WARPS * 16 * M;
    return start("attend", forward<T, D, M, KEYS, EXTRA>, a.heads * tiles_of(a.length, QUERIES),
                 (QUERIES + 4 * KEYS) * pitch<T, D> * sizeof(T), a);
}

template <class T> static bool by_size(const lun_attend &a)
{
    const bool extra = lun_attention_extra(a);
    if (a.e > 64 || a.ev > 64) return extra ? run<T, 128, true>(a) : run<T, 128, false>(a);
    return extra ? run<T, 64, true>(a) : run<T, 64, false>(a);
}

bool lun_attention_tensor_forward(lun_dtype type, const lun_attend &a)
{
    return type == LUN_F16 ? by_size<lun_half>(a) : type == LUN_BF16 ? by_size<lun_bf16>(a) : by_size<float>(a);
}

/* Rows must come in pieces of 16 bytes. */
static bool in_pieces(lun_dtype type, const lun_attend &a, const lun_heads &x)
{
    const int64_t piece = 16 / lun_dtype_size(type);
    bool fits = (uintptr_t)x.data % 16 == 0 && x.row % piece == 0;
    for (int d = 0; d < a.lead; d++) fits &= x.step[d] % piece == 0;
    return fits;
}

bool lun_attention_fits(lun_dtype type, const lun_attend &a, bool backward)
{
    if (type != LUN_F16 && type != LUN_BF16 && type != LUN_F32) return false;
    if (a.e > 128 || a.ev > 128 || a.e % 8 || a.ev % 8) return false;
    if (a.heads * (tiles_of(a.length, 64) + tiles_of(a.keys, 64)) > 0x7fffffff) return false;
    return in_pieces(type, a, a.q) && in_pieces(type, a, a.k) && in_pieces(type, a, a.v) && (!backward || in_pieces(type, a, a.g));
}
