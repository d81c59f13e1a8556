/* window.h - a window that moves over planes, as kernels take it. Read next: core/ops/window.h, kernels/cuda/pool.cu.
 * SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CUDA_WINDOW_H
#define LUN_KERNELS_CUDA_WINDOW_H
#include "kernels/cuda/dense.h"
extern "C" {
#include "core/ops/spatial.h"
}

/* core's lun_window in 32 bits; depth, height, width. */
struct lun_moving {
    int in[LUN_SPACE], out[LUN_SPACE], kernel[LUN_SPACE], stride[LUN_SPACE], pad[LUN_SPACE], dilation[LUN_SPACE];
    int64_t in_plane, out_plane; /* elements */
};
static inline lun_moving lun_moving_of(const lun_window *w)
{
    lun_moving m{};
    m.in_plane = m.out_plane = 1;
    for (int d = 0; d < LUN_SPACE; d++) {
        m.in[d] = (int)w->in[d];
        m.out[d] = (int)w->out[d];
        m.kernel[d] = (int)w->kernel[d];
        m.stride[d] = (int)w->stride[d];
        m.pad[d] = (int)w->pad[d];
        m.dilation[d] = (int)w->dilation[d];
        m.in_plane *= w->in[d];
        m.out_plane *= w->out[d];
    }
    return m;
}

/* A position of a row-major array of planes of `sizes`: its plane, and where it lies there. */
struct lun_place {
    int64_t plane;
    int z, y, x;
};
static __device__ __forceinline__ lun_place lun_place_of(int64_t t, const int *sizes)
{
    int64_t row = lun_divide(t, sizes[2]), slice = lun_divide(row, sizes[1]), plane = lun_divide(slice, sizes[0]);
    return lun_place{plane, (int)(slice - plane * sizes[0]), (int)(row - slice * sizes[1]), (int)(t - row * sizes[2])};
}
#endif
