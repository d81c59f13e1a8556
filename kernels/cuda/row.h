/* row.h - a row of elements held in the registers of the threads that share it
 *
 * softmax, the losses and the norms read a row once, compute with it, and write once. A row belongs to `lanes` threads: a warp,
 * beside other rows of the block, or the whole block. Thread t holds K packs of 16 bytes; where rows do not begin at multiples
 * of 16 bytes it holds single elements `lanes` apart. What lies past the end is filled with `none`.
 * Holds: lun_row_shape chooses the threads by length and dtype only. Rows too long for that have kernels that walk them.
 * Read next: kernels/cuda/softmax.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ROW_H
#define LUN_KERNELS_CUDA_ROW_H
#include "kernels/cuda/block.h"

#include <math.h>

/* K > 0: K packs for each thread; K < 0: -K single elements. */
template <class T, int K> struct lun_row {
    enum { PACKED = K > 0, V = PACKED ? (int)lun_pack<T>::COUNT : 1, PARTS = PACKED ? K : -K, COUNT = PARTS * V };
    lun_wide<T> at[COUNT];

    /* Which element of the row at[e] is. */
    static __device__ __forceinline__ int place(int e, int t, int lanes) { return (e / V * lanes + t) * V + e % V; }
    __device__ __forceinline__ void load(const T *x, int n, int t, int lanes, lun_wide<T> none)
    {
        const T nothing = lun_store<T>(none);
        LUN_UNROLL
        for (int k = 0; k < PARTS; k++) {
            int i = (k * lanes + t) * V;
            if constexpr (PACKED) {
                lun_pack<T> some;
                LUN_UNROLL
                for (int j = 0; j < V; j++) some.at[j] = nothing; /* left unset, nvcc lets each load wait for the one before */
                if (i < n) some = *(const lun_pack<T> *)(const void *)(x + i);
                LUN_UNROLL
                for (int j = 0; j < V; j++) at[k * V + j] = lun_load(some.at[j]);
            } else {
                at[k] = i < n ? lun_load(x[i]) : none;
            }
        }
    }
    __device__ __forceinline__ void store(T *y, int n, int t, int lanes) const
    {
        LUN_UNROLL
        for (int k = 0; k < PARTS; k++) {
            int i = (k * lanes + t) * V;
            if constexpr (PACKED) {
                lun_pack<T> some;
                LUN_UNROLL
                for (int j = 0; j < V; j++) some.at[j] = lun_store<T>(at[k * V + j]);
                if (i < n) *(lun_pack<T> *)(void *)(y + i) = some;
            } else {
                if (i < n) y[i] = lun_store<T>(at[k]);
            }
        }
    }
};

/* Folds v over the row's threads; every one gets the result. */
template <class S, class J> __device__ __forceinline__ S lun_row_fold(S v, int lanes, S none, S *room, J join)
{
    return lanes > LUN_WARP ? lun_block_fold(v, none, room, join) : lun_warp_fold(v, join);
}

/* f(i, element) for elements first, first + stride, ... below n of a line whose elements lie `step` apart; four are on their
 * way at once. */
template <class T, class F>
__device__ __forceinline__ void lun_line_each(const T *x, int64_t step, int64_t first, int64_t n, int64_t stride, F f)
{
    enum { TOGETHER = 4 };
    int64_t i = first;
    for (; i + (TOGETHER - 1) * stride < n; i += TOGETHER * stride) {
        T some[TOGETHER];
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) some[u] = x[(i + u * stride) * step];
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) f(i + u * stride, lun_load(some[u]));
    }
    for (; i < n; i += stride) f(i, lun_load(x[i * step]));
}

/* The largest element so far and the sum of exp(x - most), found in one walk. A NaN is passed over by the one and makes the
 * other NaN. */
template <class W> struct lun_peak {
    W most, sum;
    static __device__ __forceinline__ lun_peak none() { return lun_peak{-(W)INFINITY, 0}; }
    static __device__ __forceinline__ W factor(W from, W to) { return from == to ? 1 : exp(from - to); }
    __device__ __forceinline__ void add(W v)
    {
        if (v > most) {
            sum = sum * factor(most, v) + 1;
            most = v;
        } else {
            sum += factor(v, most);
        }
    }
};
struct lun_peak_join {
    template <class W> __device__ lun_peak<W> operator()(lun_peak<W> a, lun_peak<W> b) const
    {
        W most = b.most > a.most ? b.most : a.most;
        return lun_peak<W>{most, a.sum * lun_peak<W>::factor(a.most, most) + b.sum * lun_peak<W>::factor(b.most, most)};
    }
};

/* Which threads hold a row of n. Kernels say __launch_bounds__(LUN_ROW_THREADS), so that their registers suffice for all. */
enum { LUN_ROW_THREADS = 512 };
struct lun_row_shape {
    int parts, lanes, threads; /* parts: K, 0 when the row is too long; threads of a block */
    unsigned blocks;
};
/* Which of the row's threads this one is, and which of the block's `each` rows that is. lanes is a warp's number or the block's, so there
 * is nothing to divide. */
struct lun_row_seat {
    int t, each, own;
    __device__ __forceinline__ explicit lun_row_seat(int lanes)
    {
        const bool warp = lanes == LUN_WARP;
        t = warp ? (int)threadIdx.x % LUN_WARP : (int)threadIdx.x;
        own = warp ? (int)threadIdx.x / LUN_WARP : 0;
        each = warp ? (int)blockDim.x / LUN_WARP : 1;
    }
};

static inline bool lun_row_aligned(const void *x) { return (uintptr_t)x % 16 == 0; }
/* How many packs a lane may hold when a warp has the row alone: of a kernel that keeps one row, 32 floats are few enough for the
 * registers, and a warp folds without a barrier. */
enum { LUN_ROW_PARTS = 4 };
template <class T> constexpr int lun_row_single = sizeof(T) == 4 ? 8 : LUN_ROW_PARTS;
/* aligned: do all tensors that are read and written so begin at multiples of 16 bytes? */
static inline lun_row_shape lun_row_for(int64_t rows, int64_t n, size_t element, bool aligned, int alone = LUN_ROW_PARTS)
{
    enum { MOST = LUN_ROW_PARTS };
    lun_row_shape s{};
    int64_t v = 16 / (int64_t)element;
    bool packed = aligned && n % v == 0;
    int64_t parts = packed ? n / v : n;
    s.lanes = LUN_WARP;
    s.threads = 128;
    if (parts <= (packed ? alone : MOST) * LUN_WARP) {
        s.parts = parts <= LUN_WARP ? 1 : packed && parts <= 2 * LUN_WARP ? 2 : parts <= MOST * LUN_WARP ? MOST : alone;
    } else if (parts <= MOST * LUN_ROW_THREADS) {
        s.parts = packed && parts <= LUN_ROW_THREADS ? 2 : MOST;
        s.lanes = s.threads = (int)((parts + s.parts * LUN_WARP - 1) / (s.parts * LUN_WARP)) * LUN_WARP;
    }
    s.parts = packed ? s.parts : -s.parts;
    s.blocks = lun_blocks(rows, s.threads / s.lanes);
    return s;
}

/* Calls f with K as lun_parts<K>; `alone` as lun_row_for was told. */
template <int K> struct lun_parts { enum { COUNT = K }; };
template <int alone = LUN_ROW_PARTS, class F> static inline bool lun_by_parts(int parts, F f)
{
    if constexpr (alone > LUN_ROW_PARTS)
        if (parts == alone) return f(lun_parts<alone>{});
    switch (parts) {
    case 1: return f(lun_parts<1>{});
    case 2: return f(lun_parts<2>{});
    case 4: return f(lun_parts<4>{});
    case -1: return f(lun_parts<-1>{});
    default: return f(lun_parts<-4>{});
    }
}

/* A tensor around a dim: outer x n x inner. */
struct lun_lines { int64_t outer, n, inner; };
static inline lun_lines lun_lines_of(const lun_tensor *x, int dim)
{
    lun_lines l = {1, 1, 1};
    for (int d = 0; d < x->ndim; d++) *(d < dim ? &l.outer : d == dim ? &l.n : &l.inner) *= x->dims[d];
    return l;
}
#endif
