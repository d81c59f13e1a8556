/* folds.h - what happens where several elements come to one place: they are added, multiplied or compared
 *
 * Holds: half precision is folded in float; whole numbers wrap around; of bools sums are "or" and products "and"; NaN wins
 * comparisons. Read next: kernels/cuda/place.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FOLDS_H
#define LUN_KERNELS_CUDA_FOLDS_H
#include "kernels/cuda/device.h"

/* A bool element, which is no uint8_t here. */
struct lun_truth {
    uint8_t bit;
};
static __device__ __forceinline__ lun_truth lun_load(lun_truth v) { return v; }
static __device__ __forceinline__ lun_c64 lun_load(lun_c64 v) { return v; }
static __device__ __forceinline__ lun_c128 lun_load(lun_c128 v) { return v; }

static __device__ __forceinline__ float lun_plus(float a, float b) { return a + b; }
static __device__ __forceinline__ double lun_plus(double a, double b) { return a + b; }
static __device__ __forceinline__ int64_t lun_plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static __device__ __forceinline__ lun_truth lun_plus(lun_truth a, lun_truth b) { return lun_truth{(uint8_t)(a.bit | b.bit)}; }
static __device__ __forceinline__ lun_c64 lun_plus(lun_c64 a, lun_c64 b) { return lun_c64{a.re + b.re, a.im + b.im}; }
static __device__ __forceinline__ lun_c128 lun_plus(lun_c128 a, lun_c128 b) { return lun_c128{a.re + b.re, a.im + b.im}; }
template <class T> static __device__ __forceinline__ T lun_plus(T a, T b) { return (T)((uint32_t)a + (uint32_t)b); }

static __device__ __forceinline__ float lun_times(float a, float b) { return a * b; }
static __device__ __forceinline__ double lun_times(double a, double b) { return a * b; }
static __device__ __forceinline__ int64_t lun_times(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static __device__ __forceinline__ lun_truth lun_times(lun_truth a, lun_truth b)
{
    return lun_truth{(uint8_t)(a.bit & b.bit)};
}
static __device__ __forceinline__ lun_c64 lun_times(lun_c64 a, lun_c64 b)
{
    return lun_c64{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
static __device__ __forceinline__ lun_c128 lun_times(lun_c128 a, lun_c128 b)
{
    return lun_c128{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
template <class T> static __device__ __forceinline__ T lun_times(T a, T b) { return (T)((uint32_t)a * (uint32_t)b); }

/* alpha times a */
static __device__ __forceinline__ float lun_scaled(float a, double alpha) { return (float)alpha * a; }
static __device__ __forceinline__ double lun_scaled(double a, double alpha) { return alpha * a; }
static __device__ __forceinline__ lun_truth lun_scaled(lun_truth a, double alpha)
{
    return lun_truth{(uint8_t)(alpha != 0 && a.bit)};
}
static __device__ __forceinline__ lun_c64 lun_scaled(lun_c64 a, double alpha)
{
    return lun_c64{(float)alpha * a.re, (float)alpha * a.im};
}
static __device__ __forceinline__ lun_c128 lun_scaled(lun_c128 a, double alpha)
{
    return lun_c128{alpha * a.re, alpha * a.im};
}
template <class T> static __device__ __forceinline__ T lun_scaled(T a, double alpha)
{
    return (T)((uint64_t)(int64_t)alpha * (uint64_t)a);
}

static __device__ __forceinline__ bool lun_is_nan(float a) { return a != a; }
static __device__ __forceinline__ bool lun_is_nan(double a) { return a != a; }
template <class T> static __device__ __forceinline__ bool lun_is_nan(T) { return false; }
static __device__ __forceinline__ bool lun_less(lun_truth a, lun_truth b) { return a.bit < b.bit; }
template <class T> static __device__ __forceinline__ bool lun_less(T a, T b) { return a < b; }

/* A fold of elements of type W: `of` takes what is there first, then what comes. */
struct lun_fold_sum {
    template <class W> static __device__ W of(W a, W b) { return lun_plus(a, b); }
};
struct lun_fold_prod {
    template <class W> static __device__ W of(W a, W b) { return lun_times(a, b); }
};
struct lun_fold_max {
    template <class W> static __device__ W of(W a, W b) { return lun_less(a, b) || lun_is_nan(b) ? b : a; }
};
struct lun_fold_min {
    template <class W> static __device__ W of(W a, W b) { return lun_less(b, a) || lun_is_nan(b) ? b : a; }
};

/* Calls f with the tag of an element type: numbers, bool as lun_truth, and complex numbers. */
template <class F> static inline bool lun_by_number(lun_dtype t, F f)
{
    return t == LUN_BOOL ? f(lun_tag<lun_truth>{}) : lun_by_real(t, f);
}
template <class F> static inline bool lun_by_any(lun_dtype t, F f)
{
    return t == LUN_C64 ? f(lun_tag<lun_c64>{}) : t == LUN_C128 ? f(lun_tag<lun_c128>{}) : lun_by_number(t, f);
}
#endif
