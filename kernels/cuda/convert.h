/* convert.h - a value of any lane as another lane has it
 *
 * Read next: kernels/cuda/lane.h, kernels/cuda/copy.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_CONVERT_H
#define LUN_KERNELS_CUDA_CONVERT_H
#include "kernels/cuda/lane.h"

template <class W> struct convert {}; /* to W, from the value of any lane */
/* What does not fit becomes the smallest whole number, as the CPU's instructions have it. */
template <class R> static __device__ __forceinline__ int32_t whole_of(R v, int32_t)
{
    return v >= (R)-2147483648.0 && v < (R)2147483648.0 ? (int32_t)v : INT32_MIN;
}
template <class R> static __device__ __forceinline__ int64_t whole_of(R v, int64_t)
{
    return v >= (R)-9223372036854775808.0 && v < (R)9223372036854775808.0 ? (int64_t)v : INT64_MIN;
}
template <class S> struct convert<lun_whole<S>> {
    static __device__ __forceinline__ lun_whole<S> of(float v) { return whole_of(v, S()); }
    static __device__ __forceinline__ lun_whole<S> of(double v) { return whole_of(v, S()); }
    template <class T> static __device__ __forceinline__ lun_whole<S> of(lun_whole<T> v) { return (S)v.v; }
    template <class R> static __device__ __forceinline__ lun_whole<S> of(lun_complex<R> v) { return of(v.re); }
};
#define TO_REAL(R)                                                                         \
    template <> struct convert<R> {                                                        \
        template <class T> static __device__ __forceinline__ R of(T v) { return (R)v; }    \
        template <class T> static __device__ __forceinline__ R of(lun_whole<T> v) { return (R)v.v; } \
        template <class T> static __device__ __forceinline__ R of(lun_complex<T> v) { return (R)v.re; } \
    };
TO_REAL(float)
TO_REAL(double)
#undef TO_REAL
template <class R> struct convert<lun_complex<R>> {
    template <class T> static __device__ __forceinline__ lun_complex<R> of(T v) { return convert<R>::of(v); }
    template <class T> static __device__ __forceinline__ lun_complex<R> of(lun_complex<T> v) { return {(R)v.re, (R)v.im}; }
};
/* to bool: is it not 0? */
template <> struct convert<uint8_t> {
    template <class T> static __device__ __forceinline__ uint8_t of(T v) { return v != 0; }
    template <class S> static __device__ __forceinline__ uint8_t of(lun_whole<S> v) { return v.v != 0; }
    template <class R> static __device__ __forceinline__ uint8_t of(lun_complex<R> v) { return v.re != 0 || v.im != 0; }
};
#endif
