/* select.h - finding the element of a rank in a line, by a block
 *
 * The digits of its key are found one after the other, highest first: each time the block counts the next digit of the keys that
 * agree so far. Then one walk finds which of the elements with that key it is. In a walk each warp has a part of the line, in
 * order.
 * Read next: kernels/cuda/rank.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SELECT_H
#define LUN_KERNELS_CUDA_SELECT_H
#include "kernels/cuda/sort.h"

enum { LUN_SELECT_THREADS = 512, LUN_SELECT_WARPS = LUN_SELECT_THREADS / LUN_WARP, LUN_SELECT_DIGITS = 256 };

struct lun_select_room {
    unsigned count[LUN_SELECT_DIGITS], digit, before;
    uint32_t scan[LUN_WARP];
    int64_t less[LUN_SELECT_WARPS], equal[LUN_SELECT_WARPS];
};

/* The key of the element of rank k (from 1); *less: how many have a smaller one. */
template <class T>
__device__ typename lun_sort_key<T>::type lun_select_key(const T *x, int64_t n, int64_t k, typename lun_sort_key<T>::type flip,
                                                         lun_select_room *room, int64_t *less)
{
    using K = typename lun_sort_key<T>::type;
    K found = 0, known = 0;
    int64_t left = k;
    for (int shift = lun_sort_key<T>::BITS - 8; shift >= 0; shift -= 8) {
        uint32_t all;
        __syncthreads();
        if (threadIdx.x < LUN_SELECT_DIGITS) room->count[threadIdx.x] = 0;
        __syncthreads();
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
            K key = (K)(lun_key_of(x[i]) ^ flip);
            if ((key & known) == found) atomicAdd(&room->count[(unsigned)(key >> shift) & (LUN_SELECT_DIGITS - 1)], 1U);
        }
        __syncthreads();
        uint32_t some = threadIdx.x < LUN_SELECT_DIGITS ? room->count[threadIdx.x] : 0;
        uint32_t before = lun_block_scan(some, 0U, room->scan, [](uint32_t a, uint32_t b) { return a + b; }, &all);
        if ((int64_t)before < left && left <= (int64_t)before + some) {
            room->digit = threadIdx.x;
            room->before = before;
        }
        __syncthreads();
        found |= (K)room->digit << shift;
        known |= (K)(LUN_SELECT_DIGITS - 1) << shift;
        left -= room->before;
    }
    *less = k - left;
    return found;
}

/* Calls smaller(i, rank) for each element i whose key is smaller than `key`, and equal(i, rank) for each that has it,
 * where rank counts those of its kind in the order of positions, from 0. */
template <class T, class F, class G>
__device__ void lun_select_walk(const T *x, int64_t n, typename lun_sort_key<T>::type key, typename lun_sort_key<T>::type flip,
                                lun_select_room *room, F equal, G smaller)
{
    using K = typename lun_sort_key<T>::type;
    int lane = (int)threadIdx.x % LUN_WARP, warp = (int)threadIdx.x / LUN_WARP, warps = (int)blockDim.x / LUN_WARP;
    int64_t part = ((n + warps - 1) / warps + LUN_WARP - 1) / LUN_WARP * LUN_WARP;
    int64_t from = warp * part, to = from + part < n ? from + part : n;
    int64_t less = 0, same = 0;
    unsigned earlier = (1U << lane) - 1;
    for (int64_t i = from; i < to; i += LUN_WARP) {
        bool real = i + lane < to;
        K own = real ? (K)(lun_key_of(x[i + lane]) ^ flip) : 0;
        less += __popc(__ballot_sync(LUN_LANES, real && own < key));
        same += __popc(__ballot_sync(LUN_LANES, real && own == key));
    }
    __syncthreads();
    if (lane == 0) {
        room->less[warp] = less;
        room->equal[warp] = same;
    }
    __syncthreads();
    less = same = 0;
    for (int w = 0; w < warp; w++) {
        less += room->less[w];
        same += room->equal[w];
    }
    for (int64_t i = from; i < to; i += LUN_WARP) {
        bool real = i + lane < to;
        K own = real ? (K)(lun_key_of(x[i + lane]) ^ flip) : 0;
        unsigned low = __ballot_sync(LUN_LANES, real && own < key), level = __ballot_sync(LUN_LANES, real && own == key);
        if (real && own < key) smaller(i + lane, less + __popc(low & earlier));
        if (real && own == key) equal(i + lane, same + __popc(level & earlier));
        less += __popc(low);
        same += __popc(level);
    }
}
#endif
