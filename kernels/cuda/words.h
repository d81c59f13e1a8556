/* words.h - what the words of a formula mean on the device: exp, floor, pow ... for each lane
 *
 * The text of the rows of core/ops/math.def and special.def is compiled in the namespace lun_rows, where these overloads are
 * found. What kernels/cpu/words.h defines (division rounded down, whole powers ...) is taken from there; elementary functions are CUDA's.
 * Holds: whole numbers are never divided by 0 (the quotient is 0 instead; kernels/cuda/map.cu reports it).
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_WORDS_H
#define LUN_KERNELS_CUDA_WORDS_H
#include "kernels/cuda/lane.h"
#if !defined(LUN_RTC) || defined(LUN_RTC_SPECIAL)
#include "kernels/cuda/special.h" /* before words.h */
#endif
#include "kernels/cpu/words.h"

namespace lun_rows {

/* K(c) in a row's text: the number in the lane's type; of complex lanes the parts' type, as C has it. */
template <class W> struct number_type { using type = W; };
template <class R> struct number_type<lun_complex<R>> { using type = R; };
template <class S> struct number_type<lun_whole<S>> { using type = S; };
template <class W> __device__ __forceinline__ auto constant(double c)
{
    using N = typename number_type<W>::type;
    if constexpr (std::is_same<W, N>::value || !std::is_integral<N>::value) return (N)c;
    else return W((N)c);
}

#define WORD(type, name, ...) __device__ __forceinline__ type name(__VA_ARGS__)
/* functions of one number: word, for float, for double */
#define ONE_NUMBER(X)                                                                                                       \
    X(exp, ::expf(v), ::exp(v)) X(log, ::logf(v), ::log(v)) X(log1p, ::log1pf(v), ::log1p(v)) X(expm1, ::expm1f(v), ::expm1(v)) \
    X(sqrt, ::sqrtf(v), ::sqrt(v)) X(tanh, ::tanhf(v), ::tanh(v)) X(erf, ::erff(v), ::erf(v)) X(sin, ::sinf(v), ::sin(v))   \
    X(cos, ::cosf(v), ::cos(v)) X(tan, ::tanf(v), ::tan(v)) X(fabs, ::fabsf(v), ::fabs(v)) X(floor, ::floorf(v), ::floor(v)) \
    X(ceil, ::ceilf(v), ::ceil(v)) X(rint, ::rintf(v), ::rint(v)) X(trunc, ::truncf(v), ::trunc(v))                         \
    X(asin, ::asinf(v), ::asin(v)) X(acos, ::acosf(v), ::acos(v)) X(atan, ::atanf(v), ::atan(v))                            \
    X(sinh, ::sinhf(v), ::sinh(v)) X(cosh, ::coshf(v), ::cosh(v)) X(asinh, ::asinhf(v), ::asinh(v))                         \
    X(acosh, ::acoshf(v), ::acosh(v)) X(atanh, ::atanhf(v), ::atanh(v)) X(erfc, ::erfcf(v), ::erfc(v))                      \
    X(cbrt, ::cbrtf(v), ::cbrt(v)) X(exp2, ::exp2f(v), ::exp2(v)) X(log2, ::log2f(v), ::log2(v)) X(log10, ::log10f(v), ::log10(v)) \
    X(far_sin, ::sinf(v), ::sin(v)) X(far_cos, ::cosf(v), ::cos(v)) X(far_tan, ::tanf(v), ::tan(v))
/* the same, computed in double for float too */
#define ONE_DOUBLE(X) X(j0, ::j0) X(j1, ::j1) X(y0, ::y0) X(y1, ::y1)
#define ONE_WIDE(X)                                                                                               \
    X(lgamma, lun_special::lun_lgamma) X(erfcx, lun_special::lun_erfcx) \
    X(erfinv, lun_special::lun_erfinv) X(ndtri, lun_special::lun_ndtri) X(log_ndtr, lun_special::lun_log_ndtr)       \
    X(digamma, lun_special::lun_digamma) X(i0, lun_special::lun_i0) X(i0e, lun_special::lun_i0e) X(i1, lun_special::lun_i1) \
    X(i1e, lun_special::lun_i1e)
#define TWO_NUMBERS(X)                                                                                            \
    X(floordiv, ::lun_floordiv32(a, b), ::lun_floordiv64(a, b)) X(floormod, ::lun_floormod32(a, b), ::lun_floormod64(a, b)) \
    X(atan2, ::atan2f(a, b), ::atan2(a, b)) X(hypot, ::hypotf(a, b), ::hypot(a, b)) X(fmod, ::fmodf(a, b), ::fmod(a, b)) \
    X(truncdiv, ::truncf(a / b), ::trunc(a / b)) X(copysign, ::copysignf(a, b), ::copysign(a, b))                 \
    X(nextafter, ::nextafterf(a, b), ::nextafter(a, b))                                                           \
    X(pow, b == 3 ? a * a * a : ::powf(a, b), b == 3 ? a * a * a : ::pow(a, b)) /* a cube as the CPU has it */
#define TWO_WIDE(X)                                                                                               \
    X(polygamma, lun_special::lun_polygamma) X(zeta, lun_special::lun_zeta) X(gammainc, lun_special::lun_gammainc)   \
    X(gammaincc, lun_special::lun_gammaincc) X(gammaslope, lun_special::lun_gamma_quantile_slope)

#define X(name, of32, of64) WORD(float, name, float v) { return of32; } WORD(double, name, double v) { return of64; }
ONE_NUMBER(X)
#undef X
#define X(name, of) WORD(float, name, float v) { return (float)of((double)v); } WORD(double, name, double v) { return of(v); }
ONE_DOUBLE(X)
#if !defined(LUN_RTC) || defined(LUN_RTC_SPECIAL)
ONE_WIDE(X)
#endif
#undef X
#define X(name, of32, of64) WORD(float, name, float a, float b) { return of32; } WORD(double, name, double a, double b) { return of64; }
TWO_NUMBERS(X)
#undef X
#if !defined(LUN_RTC) || defined(LUN_RTC_SPECIAL)
#define X(name, of)                                                                            \
    WORD(float, name, float a, float b) { return (float)of((double)a, (double)b); }            \
    WORD(double, name, double a, double b) { return of(a, b); }
TWO_WIDE(X)
#undef X
#endif

#ifndef LUN_RTC
/* complex numbers */
__device__ __forceinline__ lun_complex128 wide(lun_complex64 z) { return {z.re, z.im}; }
__device__ __forceinline__ lun_complex64 narrow(lun_complex128 z) { return {(float)z.re, (float)z.im}; }
#define COMPLEX_WORDS(X)                                                                                          \
    X(exp, lun_cexp(z)) X(log, lun_clog(z)) X(sqrt, lun_csqrt(z)) X(sin, lun_csin(z)) X(cos, lun_ccos(z)) X(tan, lun_ctan(z)) \
    X(tanh, lun_ctanh(z)) X(asin, lun_casin(z)) X(acos, lun_cacos(z)) X(atan, lun_catan(z)) X(sinh, lun_csinh(z)) \
    X(cosh, lun_ccosh(z)) X(asinh, lun_casinh(z)) X(acosh, lun_cacosh(z)) X(atanh, lun_catanh(z))                 \
    X(log2, lun_clog(z) * 1.4426950408889634)                                                                     \
    X(log10, lun_clog(z) * 0.4342944819032518) X(log1p, lun_clog1p(z)) X(expm1, lun_cexpm1(z))
#define X(name, value)                                                                                            \
    WORD(lun_complex128, name, lun_complex128 z) { return value; }                                                \
    WORD(lun_complex64, name, lun_complex64 v) { lun_complex128 z = wide(v); return narrow(value); }
COMPLEX_WORDS(X)
#undef X
WORD(lun_complex128, exp2, lun_complex128 z) { return lun_cexp(z * 0.6931471805599453); }
WORD(lun_complex64, exp2, lun_complex64 z) { return narrow(lun_cexp(wide(z * 0.6931471805599453f))); }
WORD(lun_complex128, pow, lun_complex128 a, lun_complex128 b) { return lun_cpow(a, b); }
WORD(lun_complex64, pow, lun_complex64 a, lun_complex64 b) { return narrow(lun_cpow(wide(a), wide(b))); }
template <class R> WORD(lun_complex<R>, conjugate, lun_complex<R> z) { return {z.re, -z.im}; }
template <class W> WORD(W, conjugate, W v) { return v; }
#endif

/* whole numbers: rounding leaves them alone */
#define X(name) template <class S> WORD(lun_whole<S>, name, lun_whole<S> v) { return v; }
X(floor) X(ceil) X(rint) X(trunc)
#undef X
template <class S> WORD(lun_whole<S>, fabs, lun_whole<S> v) { return v.v < 0 ? -v : v; }
#define X(name, call)                                                                                             \
    WORD(lun_whole<int32_t>, name, lun_whole<int32_t> a, lun_whole<int32_t> b) { return call(32); }               \
    WORD(lun_whole<int64_t>, name, lun_whole<int64_t> a, lun_whole<int64_t> b) { return call(64); }
#define DIVIDED_32(f) b.v == 0 ? 0 : f##_i32(a.v, b.v)
#define DIVIDED_64(f) b.v == 0 ? 0 : f##_i64(a.v, b.v)
#define FLOORDIV(bits) DIVIDED_##bits(lun_floordiv)
#define FLOORMOD(bits) DIVIDED_##bits(lun_floormod)
#define TRUNCDIV(bits) DIVIDED_##bits(lun_truncdiv)
#define TRUNCMOD(bits) DIVIDED_##bits(lun_truncmod)
#define POWER(bits) lun_pow_i##bits(a.v, b.v)
#define GCD(bits) lun_gcd_i##bits(a.v, b.v)
#define LCM(bits) lun_lcm_i##bits(a.v, b.v)
X(floordiv, FLOORDIV) X(floormod, FLOORMOD) X(truncdiv, TRUNCDIV) X(fmod, TRUNCMOD) X(pow, POWER) X(gcd, GCD) X(lcm, LCM)
#undef X
#undef DIVIDED_32
#undef DIVIDED_64
#undef FLOORDIV
#undef FLOORMOD
#undef TRUNCDIV
#undef TRUNCMOD
#undef POWER
#undef GCD
#undef LCM
/* bits: of the elements' dtype */
#define X(name, of)                                                                                                           \
    WORD(lun_whole<int32_t>, name, lun_whole<int32_t> a, lun_whole<int32_t> b, int bits) { return of##_i32(a.v, b.v, bits); } \
    WORD(lun_whole<int64_t>, name, lun_whole<int64_t> a, lun_whole<int64_t> b, int bits) { return of##_i64(a.v, b.v, bits); }
X(shifted_left, lun_lshift) X(shifted_right, lun_rshift)
#undef X
#undef WORD

} /* namespace lun_rows */
#endif
