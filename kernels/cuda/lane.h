/* lane.h - the types that elementwise kernels compute with, and how elements of each dtype come into them and go back
 *
 * A lane is one of float (float32, float16 and bfloat16 elements), double, lun_whole<int32_t> (bool and all integers up to 32 bits),
 * lun_whole<int64_t>, lun_complex<float>, lun_complex<double>; or raw bytes of an element's size, for kernels that only move. So a
 * kernel exists once per lane, not per dtype: which dtype an operand has is asked at run time, alike for all threads.
 * Holds: whole numbers wrap around (the arithmetic is that of unsigned numbers, which C++ defines); half precision is rounded to
 * nearest even. Read next: kernels/cuda/map.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_LANE_H
#define LUN_KERNELS_CUDA_LANE_H
#include "kernels/cuda/complex.h"
#include "kernels/cuda/device.h"
#include <type_traits>

/* A whole number as formulas compute with it: its operators wrap around. */
template <class S> struct lun_whole {
    using bits = typename std::make_unsigned<S>::type;
    S v;
    lun_whole() = default;
    __host__ __device__ constexpr lun_whole(S value) : v(value) {}
};
#define LUN_WHOLE_OPERATOR(sign)                                                                             \
    template <class S> __device__ __forceinline__ lun_whole<S> operator sign(lun_whole<S> a, lun_whole<S> b) \
    {                                                                                                        \
        using U = typename lun_whole<S>::bits;                                                               \
        return (S)((U)a.v sign (U)b.v);                                                                      \
    }
LUN_WHOLE_OPERATOR(+)
LUN_WHOLE_OPERATOR(-)
LUN_WHOLE_OPERATOR(*)
LUN_WHOLE_OPERATOR(&)
LUN_WHOLE_OPERATOR(|)
LUN_WHOLE_OPERATOR(^)
#undef LUN_WHOLE_OPERATOR
#define LUN_WHOLE_COMPARES(sign) \
    template <class S> __device__ __forceinline__ bool operator sign(lun_whole<S> a, lun_whole<S> b) { return a.v sign b.v; }
LUN_WHOLE_COMPARES(==)
LUN_WHOLE_COMPARES(!=)
LUN_WHOLE_COMPARES(<)
LUN_WHOLE_COMPARES(<=)
LUN_WHOLE_COMPARES(>)
LUN_WHOLE_COMPARES(>=)
#undef LUN_WHOLE_COMPARES
template <class S> __device__ __forceinline__ lun_whole<S> operator-(lun_whole<S> a) { return lun_whole<S>(0) - a; }
template <class S> __device__ __forceinline__ lun_whole<S> operator~(lun_whole<S> a) { return (S)~a.v; }

/* n elements that are read and written in one access */
template <class E, int n> struct alignas(sizeof(E) * n) lun_pack { E e[n]; };

/* width: elements of a thread. each(dtype, f): f(lun_tag<E>) with the type that elements of the dtype have in memory. */
template <class W> struct lun_lane { /* raw bytes */
    enum { width = 16 / (int)sizeof(W) };
    template <class F> static __device__ __forceinline__ void each(int, F f) { f(lun_tag<W>{}); }
};
template <> struct lun_lane<double> {
    enum { width = 2 };
    template <class F> static __device__ __forceinline__ void each(int, F f) { f(lun_tag<double>{}); }
};
template <> struct lun_lane<lun_whole<int64_t>> {
    enum { width = 2 };
    template <class F> static __device__ __forceinline__ void each(int, F f) { f(lun_tag<int64_t>{}); }
};
template <> struct lun_lane<float> {
    enum { width = 4 };
    template <class F> static __device__ __forceinline__ void each(int dtype, F f)
    {
        switch (dtype) {
        case LUN_F16: f(lun_tag<lun_half>{}); break;
        case LUN_BF16: f(lun_tag<lun_bf16>{}); break;
        default: f(lun_tag<float>{});
        }
    }
};
template <> struct lun_lane<lun_whole<int32_t>> {
    enum { width = 4 };
    template <class F> static __device__ __forceinline__ void each(int dtype, F f)
    {
        switch (dtype) {
        case LUN_I8: f(lun_tag<int8_t>{}); break;
        case LUN_U8: case LUN_BOOL: f(lun_tag<uint8_t>{}); break;
        case LUN_I16: f(lun_tag<int16_t>{}); break;
        default: f(lun_tag<int32_t>{});
        }
    }
};

/* An element as its lane has it, and back. */
template <class W, class E> __device__ __forceinline__ W lun_widen(E e)
{
    if constexpr (std::is_same<W, E>::value) return e;
    else return W(lun_load(e));
}
template <class E, class W> __device__ __forceinline__ E lun_narrow(W w)
{
    if constexpr (std::is_same<W, E>::value) return w;
    else return lun_store<E>(w);
}
template <class E, class S> __device__ __forceinline__ E lun_narrow(lun_whole<S> w) { return (E)w.v; }

/* The lanes by number, as tables are indexed; LUN_LANES for a dtype that has none. */
enum { LUN_LANE_F32, LUN_LANE_F64, LUN_LANE_I32, LUN_LANE_I64, LUN_LANE_C64, LUN_LANE_C128, LUN_LANES };
static inline int lun_lane_of(lun_dtype t)
{
    switch (t) {
    case LUN_F32: case LUN_F16: case LUN_BF16: return LUN_LANE_F32;
    case LUN_F64: return LUN_LANE_F64;
    case LUN_I8: case LUN_U8: case LUN_I16: case LUN_I32: case LUN_BOOL: return LUN_LANE_I32;
    case LUN_I64: return LUN_LANE_I64;
    case LUN_C64: return LUN_LANE_C64;
    case LUN_C128: return LUN_LANE_C128;
    default: return LUN_LANES;
    }
}
#endif
