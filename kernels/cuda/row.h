/* row.h - a row of elements held in the registers of the threads that share it
 *
 * softmax, the losses and the norms read a row once, compute with it, and write once. A row belongs to `lanes` threads: a warp, beside
 * other rows of the block, or the whole block. Thread t holds K packs of 16 bytes; where rows do not begin at multiples of 16
 * bytes it holds single elements `lanes` apart. What lies past the end is filled with `none`.
 * Holds: lun_row_shape chooses the threads by length and dtype only. Rows too long for that have kernels that walk them.
 * Read next: kernels/cuda/softmax.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ROW_H
#define LUN_KERNELS_CUDA_ROW_H
#include "kernels/cuda/block.h"

enum { LUN_ROW_THREADS = 1024 }; /* of a block, at most: what kernels that get a lun_row_shape name as their launch bound */

template <class T, int K> struct lun_row {
    enum { V = lun_pack<T>::COUNT, COUNT = K * V };
    lun_wide<T> at[COUNT];

    /* Which element of the row at[e] is. */
    static __device__ __forceinline__ int place(int e, int t, int lanes, bool packed)
    {
        return packed ? (e / V * lanes + t) * V + e % V : e * lanes + t;
    }
    __device__ __forceinline__ void load(const T *x, int n, int t, int lanes, bool packed, lun_wide<T> none)
    {
        if (packed) {
            LUN_UNROLL
            for (int k = 0; k < K; k++) {
                int i = (k * lanes + t) * V;
                lun_pack<T> some;
                if (i < n) some = *(const lun_pack<T> *)(const void *)(x + i);
                LUN_UNROLL
                for (int j = 0; j < V; j++) at[k * V + j] = i < n ? lun_load(some.at[j]) : none;
            }
            return;
        }
        LUN_UNROLL
        for (int e = 0; e < COUNT; e++) {
            int i = e * lanes + t;
            at[e] = i < n ? lun_load(x[i]) : none;
        }
    }
    __device__ __forceinline__ void store(T *y, int n, int t, int lanes, bool packed) const
    {
        if (packed) {
            LUN_UNROLL
            for (int k = 0; k < K; k++) {
                int i = (k * lanes + t) * V;
                lun_pack<T> some;
                LUN_UNROLL
                for (int j = 0; j < V; j++) some.at[j] = lun_store<T>(at[k * V + j]);
                if (i < n) *(lun_pack<T> *)(void *)(y + i) = some;
            }
            return;
        }
        LUN_UNROLL
        for (int e = 0; e < COUNT; e++) {
            int i = e * lanes + t;
            if (i < n) y[i] = lun_store<T>(at[e]);
        }
    }
};

/* Folds v over the row's threads; every one gets the result. */
template <class S, class J> __device__ __forceinline__ S lun_row_fold(S v, int lanes, S none, S *room, J join)
{
    return lanes > LUN_WARP ? lun_block_fold(v, none, room, join) : lun_warp_fold(v, join);
}

/* Which threads hold a row of n. */
struct lun_row_shape {
    int packs, lanes, threads; /* packs: K, 0 when the row is too long; threads of a block */
    bool packed;
    unsigned blocks;
};

/* `others`: everything else that is read and written in the same packs. */
static inline bool lun_row_aligned(const void *x) { return (uintptr_t)x % 16 == 0; }
static inline lun_row_shape lun_row_for(int64_t rows, int64_t n, size_t element, bool aligned)
{
    lun_row_shape s{};
    int64_t v = 16 / (int64_t)element, packs = (n + v - 1) / v;
    s.packed = aligned && n % v == 0;
    s.lanes = LUN_WARP;
    s.threads = 128;
    if (packs <= 4 * LUN_WARP) {
        s.packs = packs <= LUN_WARP ? 1 : packs <= 2 * LUN_WARP ? 2 : 4;
    } else if (packs <= 4 * LUN_ROW_THREADS) {
        s.packs = packs <= 2 * 256 ? 2 : 4;
        s.lanes = s.threads = (int)((packs + s.packs * LUN_WARP - 1) / (s.packs * LUN_WARP)) * LUN_WARP;
    }
    s.blocks = lun_blocks(rows, s.threads / s.lanes);
    return s;
}

/* Calls f with K as lun_packs<K>. */
template <int K> struct lun_packs { enum { COUNT = K }; };
template <class F> static inline bool lun_by_packs(int packs, F f)
{
    switch (packs) {
    case 1: return f(lun_packs<1>{});
    case 2: return f(lun_packs<2>{});
    default: return f(lun_packs<4>{});
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
