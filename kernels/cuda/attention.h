/* attention.h - what the kernels of attention are told, and how they find a head
 *
 * Heads are counted through the dims before the last two. Heads of queries that share keys follow each other: head h looks at the keys
 * of set h / groups. A row of scores has the number head * length + row, which is also its place in logsumexp and in dropout's numbers.
 * Holds: rows have their elements side by side. Read next: kernels/cuda/attention.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ATTENTION_H
#define LUN_KERNELS_CUDA_ATTENTION_H
#include "kernels/cuda/device.h"

/* One of q, k, v and the gradient of the result. */
struct lun_heads {
    const void *data;
    int64_t row;                  /* elements from one row to the next */
    int64_t step[LUN_MAX_DIMS];   /* of the dims in front */
};

typedef enum { LUN_MASK_NONE, LUN_MASK_BOOL, LUN_MASK_F32, LUN_MASK_F64, LUN_MASK_F16, LUN_MASK_BF16 } lun_mask_kind;

struct lun_attend {
    int lead;                     /* dims in front */
    int64_t q_dims[LUN_MAX_DIMS], k_dims[LUN_MAX_DIMS];
    int64_t heads, groups, length, keys, e, ev;
    lun_heads q, k, v, g, mask;
    lun_mask_kind mask_kind;
    int64_t mask_key;             /* elements of the mask from one key to the next */
    bool causal;
    double scale, dropout;        /* dropout 0: none is drawn */
    uint64_t seed, offset;
    /* contiguous: [heads, length, ev] and [heads, length] */
    void *out, *logsumexp;
    void *inner;                  /* backward: sum of g out, for each row of scores */
    void *dq, *dk, *dv;
};

static __device__ __forceinline__ int64_t lun_head_at(const lun_attend &a, const int64_t *dims, const lun_heads &x, int64_t head)
{
    int64_t at = 0;
    for (int d = a.lead - 1; d >= 0; d--) {
        at += head % dims[d] * x.step[d];
        head /= dims[d];
    }
    return at;
}
template <class T> static __device__ __forceinline__ const T *lun_query_head(const lun_attend &a, const lun_heads &x, int64_t head)
{
    return (const T *)x.data + lun_head_at(a, a.q_dims, x, head);
}
template <class T> static __device__ __forceinline__ const T *lun_key_head(const lun_attend &a, const lun_heads &x, int64_t head)
{
    return (const T *)x.data + lun_head_at(a, a.k_dims, x, head / a.groups);
}

/* What the mask adds to a score; `at` is lun_head_at of the mask. */
template <class W> static __device__ __noinline__ W lun_mask_value(const lun_attend &a, int64_t at, int64_t row, int64_t key)
{
    at += row * a.mask.row + key * a.mask_key;
    switch (a.mask_kind) {
    case LUN_MASK_BOOL: return ((const uint8_t *)a.mask.data)[at] ? (W)0 : -(W)INFINITY;
    case LUN_MASK_F32: return (W)((const float *)a.mask.data)[at];
    case LUN_MASK_F64: return (W)((const double *)a.mask.data)[at];
    case LUN_MASK_F16: return (W)lun_load(((const lun_half *)a.mask.data)[at]);
    case LUN_MASK_BF16: return (W)lun_load(((const lun_bf16 *)a.mask.data)[at]);
    default: return 0;
    }
}

/* Dropout's factors of keys key..key + N - 1 (N divides 4, and key by N): 0 or 1 / (1 - p). A row begins at a new group of four numbers. */
template <int N, class W> static __device__ __noinline__ void lun_attention_factors(const lun_attend &a, int64_t score_row, int64_t key, W *to)
{
    uint32_t numbers[4];
    const W keep = a.dropout < 1 ? (W)(1 / (1 - a.dropout)) : (W)0;
    lun_philox(a.seed, a.offset + (uint64_t)(score_row * ((a.keys + 3) / 4) + key / 4), numbers);
    for (int i = 0; i < N; i++) {
        int which = (int)(key & 3) + i;
        uint32_t n = which == 0 ? numbers[0] : which == 1 ? numbers[1] : which == 2 ? numbers[2] : numbers[3];
        to[i] = (double)(n >> 8) * 0x1p-24 < a.dropout ? (W)0 : keep;
    }
}

/* More than causal and a scale that leaves the scores in their order? */
static inline bool lun_attention_extra(const lun_attend &a) { return a.mask_kind != LUN_MASK_NONE || a.dropout > 0 || !(a.scale > 0); }

/* Queue the kernels; false after lun_fail. By ordinary arithmetic, for every dtype and size; and by tensor cores, where lun_attention_fits. */
bool lun_attention_forward(lun_dtype type, const lun_attend &a);
bool lun_attention_backward(lun_dtype type, const lun_attend &a);
bool lun_attention_fits(lun_dtype type, const lun_attend &a, bool backward);
bool lun_attention_tensor_forward(lun_dtype type, const lun_attend &a);
bool lun_attention_tensor_backward(lun_dtype type, const lun_attend &a);
#endif
