/* rtc.h - what a text that is compiled while the program runs has in place of device.h: NVRTC knows no standard headers
 *
 * Also read by g++ where the host device stands in for a GPU (LUN_CUDA_HOST). Core's dtypes are in the text itself.
 * Read next: kernels/cuda/fused_text.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_RTC_H
#define LUN_KERNELS_CUDA_RTC_H

#ifdef LUN_CUDA_HOST
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <type_traits>
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __grid_constant__
struct lun_rtc_index { unsigned x, y, z; };
extern "C" {
extern const lun_rtc_index *lun_rtc_thread, *lun_rtc_block, *lun_rtc_size; /* set by who loads the text */
float lun_f16_to_float(uint16_t h);
uint16_t lun_f16_from_float(float f);
}
#define threadIdx (*lun_rtc_thread)
#define blockIdx (*lun_rtc_block)
#define blockDim (*lun_rtc_size)
static inline float __uint_as_float(unsigned v)
{
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}
static inline double __longlong_as_double(long long v)
{
    double d;
    memcpy(&d, &v, sizeof d);
    return d;
}
#else
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807L - 1)
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#define DBL_EPSILON 2.2204460492503131e-16
namespace std {
template <class A, class B> struct is_same { enum { value = 0 }; };
template <class A> struct is_same<A, A> { enum { value = 1 }; };
template <class A> struct is_integral { enum { value = 0 }; };
template <> struct is_integral<int32_t> { enum { value = 1 }; };
template <> struct is_integral<int64_t> { enum { value = 1 }; };
template <class A> struct make_unsigned;
template <> struct make_unsigned<int32_t> { using type = uint32_t; };
template <> struct make_unsigned<int64_t> { using type = uint64_t; };
}
#endif

typedef struct { uint16_t bits; } lun_bf16;
template <class R> struct lun_complex; /* no text computes with them */
#ifdef LUN_CUDA_HOST
static inline lun_bf16 lun_bf16_from_float(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return lun_bf16{f != f ? (uint16_t)((u >> 16) | 0x40U) : (uint16_t)((u + 0x7fffU + ((u >> 16) & 1U)) >> 16)};
}
#endif
/* of kernels/cpu/vmath.h, which is about vectors */
#define LUN_INLINE static __device__ __forceinline__
LUN_INLINE float lun_sign_of32(float magnitude, float sign) { return copysignf(magnitude, sign); }
#endif
