/* conv.h - the geometry of a convolution, for the kernels that stand in where there is no cuDNN
 *
 * Read next: kernels/cuda/conv.cu, kernels/cuda/conv_depthwise.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_CONV_H
#define LUN_KERNELS_CUDA_CONV_H
#include "kernels/cuda/window.h"

struct lun_conv {
    lun_moving w;
    int64_t images, groups, in, out; /* channels of one group */
    int64_t window;                  /* elements */
    lun_dtype dtype;
    const void *x, *weight, *g, *bias; /* contiguous; those that the call has */
    void *to;
};

/* Reads the geometry of a convolution of x with w giving y, for the tensors in their forward roles. False after lun_fail. */
bool lun_cuda_conv_read(lun_conv *v, const lun_call *c, const lun_tensor *x, const lun_tensor *w, const lun_tensor *y);

/* Products and sums: in float for half precision, wrapping around for int64. */
static __device__ __forceinline__ float lun_add_product(float sum, float a, float b) { return fmaf(a, b, sum); }
static __device__ __forceinline__ double lun_add_product(double sum, double a, double b) { return fma(a, b, sum); }
static __device__ __forceinline__ int64_t lun_add_product(int64_t sum, int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)sum + (uint64_t)a * (uint64_t)b);
}
template <class F> static inline bool lun_by_conv(lun_dtype t, F f)
{
    return t == LUN_I64 ? f(lun_tag<int64_t>{}) : lun_by_float(t, f);
}

/* One input channel per group: conv_depthwise.cu */
bool lun_cuda_conv_depthwise(const lun_conv *v);
bool lun_cuda_conv_depthwise_input_gradient(const lun_conv *v);
bool lun_cuda_conv_depthwise_weight_gradient(const lun_conv *v);
#endif
