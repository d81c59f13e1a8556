/* element.h - elements as they lie in memory, and as they are computed with
 *
 * Read by device.h, and by the texts that are compiled while the program runs (rtc.h). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ELEMENT_H
#define LUN_KERNELS_CUDA_ELEMENT_H

/* Half precision as it lies in memory. It is computed in float: lun_wide<f16> is float. */
struct lun_half { uint16_t bits; };
/* lun_bf16, lun_c64, lun_c128 are core's (core/dtype.h). bool elements are uint8_t, 0 or 1. */

static __device__ __forceinline__ float lun_load(float v) { return v; }
static __device__ __forceinline__ double lun_load(double v) { return v; }
static __device__ __forceinline__ int8_t lun_load(int8_t v) { return v; }
static __device__ __forceinline__ uint8_t lun_load(uint8_t v) { return v; }
static __device__ __forceinline__ int16_t lun_load(int16_t v) { return v; }
static __device__ __forceinline__ int32_t lun_load(int32_t v) { return v; }
static __device__ __forceinline__ int64_t lun_load(int64_t v) { return v; }
static __device__ __forceinline__ float lun_load(lun_bf16 v) { return __uint_as_float((unsigned)v.bits << 16); }
#ifdef LUN_CUDA_HOST
static inline float lun_load(lun_half v) { return lun_f16_to_float(v.bits); }
static inline lun_half lun_half_of(float v) { return lun_half{lun_f16_from_float(v)}; }
static inline lun_bf16 lun_bf16_of(float v) { return lun_bf16_from_float(v); }
#elif defined(LUN_RTC) /* which has no headers */
static __device__ __forceinline__ float lun_load(lun_half v)
{
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(v.bits));
    return wide;
}
static __device__ __forceinline__ lun_half lun_half_of(float v)
{
    lun_half half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half.bits) : "f"(v));
    return half;
}
static __device__ __forceinline__ lun_bf16 lun_bf16_of(float v)
{
    lun_bf16 half;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(half.bits) : "f"(v));
    return half;
}
#else
static __device__ __forceinline__ float lun_load(lun_half v) { return __half2float(__ushort_as_half(v.bits)); }
static __device__ __forceinline__ lun_half lun_half_of(float v) { return lun_half{__half_as_ushort(__float2half_rn(v))}; }
static __device__ __forceinline__ lun_bf16 lun_bf16_of(float v) { return lun_bf16{__bfloat16_as_ushort(__float2bfloat16_rn(v))}; }
#endif

/* lun_wide<T>: what T is computed in. lun_store<T>(v): back to T, rounded to nearest even. */
template <class T> struct lun_element { using wide = T; };
template <> struct lun_element<lun_half> { using wide = float; };
template <> struct lun_element<lun_bf16> { using wide = float; };
template <class T> using lun_wide = typename lun_element<T>::wide;

template <class T> __device__ __forceinline__ T lun_store(lun_wide<T> v) { return v; }
template <> __device__ __forceinline__ lun_half lun_store<lun_half>(float v) { return lun_half_of(v); }
template <> __device__ __forceinline__ lun_bf16 lun_store<lun_bf16>(float v) { return lun_bf16_of(v); }

template <class T> struct lun_tag { using type = T; };
#endif
