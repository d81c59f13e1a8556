/* number.h - arithmetic of real and complex numbers under one name, for kernels of matrices
 *
 * Read next: kernels/cuda/factor.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_NUMBER_H
#define LUN_KERNELS_CUDA_NUMBER_H
#include "kernels/cuda/multiply.h"

template <class T> struct number { /* float, double */
    using real = T;
    static __device__ __forceinline__ T of(real v) { return v; }
    static __device__ __forceinline__ real re(T v) { return v; }
    static __device__ __forceinline__ real im(T) { return 0; }
    static __device__ __forceinline__ real size(T v) { return fabs(v); }
    static __device__ __forceinline__ T negative(T v) { return -v; }
    static __device__ __forceinline__ T conjugate(T v) { return v; }
    static __device__ __forceinline__ T divide(T a, T b) { return a / b; }
};
template <class T, class R> struct complex_number {
    using real = R;
    static __device__ __forceinline__ T of(R v) { return T{v, 0}; }
    static __device__ __forceinline__ R re(T v) { return v.re; }
    static __device__ __forceinline__ R im(T v) { return v.im; }
    static __device__ __forceinline__ R size(T v) { return fabs(v.re) + fabs(v.im); } /* as LAPACK compares pivots */
    static __device__ __forceinline__ T negative(T v) { return T{-v.re, -v.im}; }
    static __device__ __forceinline__ T conjugate(T v) { return T{v.re, -v.im}; }
    static __device__ __forceinline__ T divide(T a, T b) /* Smith's way, which does not overflow in between */
    {
        if (fabs(b.re) >= fabs(b.im)) {
            R ratio = b.im / b.re, below = b.re + b.im * ratio;
            return T{(a.re + a.im * ratio) / below, (a.im - a.re * ratio) / below};
        }
        R ratio = b.re / b.im, below = b.re * ratio + b.im;
        return T{(a.re * ratio + a.im) / below, (a.im * ratio - a.re) / below};
    }
};
template <> struct number<lun_c64> : complex_number<lun_c64, float> {};
template <> struct number<lun_c128> : complex_number<lun_c128, double> {};
template <class T> using real_of = typename number<T>::real;
template <class T> static __device__ __forceinline__ bool is_nan(T v)
{
    return number<T>::re(v) != number<T>::re(v) || number<T>::im(v) != number<T>::im(v);
}
template <class T> static __device__ __forceinline__ T rounded(lun_c128 v) { return (T)v.re; }
template <> __device__ __forceinline__ lun_c64 rounded<lun_c64>(lun_c128 v) { return lun_c64{(float)v.re, (float)v.im}; }
template <> __device__ __forceinline__ lun_c128 rounded<lun_c128>(lun_c128 v) { return v; }
/* f(zero) with a zero of the element type. */
template <class F> static inline bool lun_by_number(lun_dtype type, F f)
{
    switch (type) {
    case LUN_F32: return f(float());
    case LUN_F64: return f(double());
    case LUN_C64: return f(lun_c64());
    case LUN_C128: return f(lun_c128());
    default: return lun_no_such_kernel(type);
    }
}
/* c - a b */
template <class T> static __device__ __forceinline__ T minus_product(T c, T a, T b) { return lun_multiply_add(number<T>::negative(a), b, c); }
#endif
