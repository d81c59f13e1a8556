/* scan.h - running folds over the threads of a block
 *
 * Read next: kernels/cuda/scan.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SCAN_H
#define LUN_KERNELS_CUDA_SCAN_H
#include "kernels/cuda/block.h"

/* What the lanes up to this one hold, joined in order. */
template <class S, class J> __device__ __forceinline__ S lun_warp_scan(S v, J join)
{
    int lane = (int)threadIdx.x % LUN_WARP;
    LUN_UNROLL
    for (int by = 1; by < LUN_WARP; by *= 2) {
        S before = lun_lane_before(v, by);
        if (lane >= by) v = join(before, v);
    }
    return v;
}

/* What the warps before this one hold, of which each warp's last lane says its own; the rest is as below. */
template <class S, class J> __device__ __forceinline__ S lun_warps_scan(S v, S none, S *room, J join, S *all)
{
    int lane = (int)threadIdx.x % LUN_WARP, warp = (int)threadIdx.x / LUN_WARP, warps = (int)blockDim.x / LUN_WARP;
    S before = none, sum = none;
    __syncthreads(); /* what an earlier scan left there has been read */
    if (lane == LUN_WARP - 1) room[warp] = v;
    __syncthreads();
    for (int w = 0; w < warps; w++) {
        if (w == warp) before = sum;
        sum = join(sum, room[w]);
    }
    *all = sum;
    return before;
}

/* What the threads before this one hold, joined in order (`none` for the first); *all: what all hold.
 * join(earlier, later) need not commute. `room` is shared memory for 32 states; every thread of the block takes part. */
template <class S, class J> __device__ __forceinline__ S lun_block_scan(S v, S none, S *room, J join, S *all)
{
    int lane = (int)threadIdx.x % LUN_WARP;
    v = lun_warp_scan(v, join);
    S prefix = lun_lane_before(v, 1), before = lun_warps_scan(v, none, room, join, all);
    return join(before, lane ? prefix : none);
}
#endif
