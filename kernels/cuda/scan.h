/* scan.h - running folds over the threads of a block
 *
 * Read next: kernels/cuda/scan.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SCAN_H
#define LUN_KERNELS_CUDA_SCAN_H
#include "kernels/cuda/block.h"

/* What the threads before this one hold, joined in order (`none` for the first); *all: what all hold.
 * join(earlier, later) need not commute. `room` is shared memory for 32 states; every thread of the block takes part. */
template <class S, class J> __device__ __forceinline__ S lun_block_scan(S v, S none, S *room, J join, S *all)
{
    int lane = (int)threadIdx.x % LUN_WARP, warp = (int)threadIdx.x / LUN_WARP, warps = (int)blockDim.x / LUN_WARP;
    for (int by = 1; by < LUN_WARP; by *= 2) {
        S before = lun_lane_before(v, by);
        if (lane >= by) v = join(before, v);
    }
    S prefix = lun_lane_before(v, 1), sum = none;
    if (lane == 0) prefix = none;
    __syncthreads(); /* what an earlier scan left there has been read */
    if (lane == LUN_WARP - 1) room[warp] = v;
    __syncthreads();
    for (int w = 0; w < warps; w++) {
        if (w == warp) prefix = join(sum, prefix);
        sum = join(sum, room[w]);
    }
    *all = sum;
    return prefix;
}
#endif
