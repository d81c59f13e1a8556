/* multiply.h - a b + c, rounded once
 *
 * The kernels are compiled with --fmad=false, so that formulas give the CPU's bits; sums of products, whose order differs anyway, ask for
 * fused operations by name. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_MULTIPLY_H
#define LUN_KERNELS_CUDA_MULTIPLY_H
#include "kernels/cuda/device.h"

static __device__ __forceinline__ float lun_multiply_add(float a, float b, float c) { return __fmaf_rn(a, b, c); }
static __device__ __forceinline__ double lun_multiply_add(double a, double b, double c) { return __fma_rn(a, b, c); }
/* whole numbers wrap */
static __device__ __forceinline__ uint32_t lun_multiply_add(uint32_t a, uint32_t b, uint32_t c) { return a * b + c; }
static __device__ __forceinline__ uint64_t lun_multiply_add(uint64_t a, uint64_t b, uint64_t c) { return a * b + c; }
static __device__ __forceinline__ lun_c64 lun_multiply_add(lun_c64 a, lun_c64 b, lun_c64 c)
{
    return lun_c64{__fmaf_rn(-a.im, b.im, __fmaf_rn(a.re, b.re, c.re)), __fmaf_rn(a.im, b.re, __fmaf_rn(a.re, b.im, c.im))};
}
static __device__ __forceinline__ lun_c128 lun_multiply_add(lun_c128 a, lun_c128 b, lun_c128 c)
{
    return lun_c128{__fma_rn(-a.im, b.im, __fma_rn(a.re, b.re, c.re)), __fma_rn(a.im, b.re, __fma_rn(a.re, b.im, c.im))};
}
#endif
