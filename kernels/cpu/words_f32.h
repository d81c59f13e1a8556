/* words_f32.h - what map.inc wants to know of float: the type and the words of formulas
 *
 * Read next: kernels/cpu/words.h, kernels/cpu/vmath.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_F32_H
#define LUN_KERNELS_CPU_WORDS_F32_H
#include "kernels/cpu/words.h"

#define LUN_TYPE_ID f32
#define LUN_TYPE float
#define LUN_WIDE float
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 0
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))

#define exp(v) lun_exp32(v)
#define log(v) lun_log32(v)
#define log1p(v) lun_log1p32(v)
#define expm1(v) lun_expm132(v)
#define tan(v) lun_tan32(v)
#define tanh(v) lun_tanh32(v)
#define erf(v) lun_erf32(v)
#define sin(v) lun_sin32(v)
#define cos(v) lun_cos32(v)
#define sqrt(v) sqrtf(v)
#define fabs(v) fabsf(v)
#define floor(v) floorf(v)
#define ceil(v) ceilf(v)
#define rint(v) rintf(v)
#define trunc(v) truncf(v)
#define asin(v) asinf(v)
#define acos(v) acosf(v)
#define atan(v) atanf(v)
#define sinh(v) sinhf(v)
#define cosh(v) coshf(v)
#define asinh(v) asinhf(v)
#define acosh(v) acoshf(v)
#define atanh(v) atanhf(v)
#define erfc(v) erfcf(v)
#define cbrt(v) cbrtf(v)
#define exp2(v) lun_exp232(v)
#define log2(v) lun_log232(v)
#define log10(v) lun_log1032(v)
#define j0(v) j0f(v)
#define j1(v) j1f(v)
#define y0(v) y0f(v)
#define y1(v) y1f(v)
#define pow(a, b) lun_pow32(a, b)
#define floordiv(a, b) lun_floordiv32(a, b)
#define floormod(a, b) lun_floormod32(a, b)
#define atan2(a, b) atan2f(a, b)
#define hypot(a, b) hypotf(a, b)
#define fmod(a, b) fmodf(a, b)
#define far_sin(v) sinf(v)
#define far_cos(v) cosf(v)
#define far_tan(v) tanf(v)
#define truncdiv(a, b) lun_truncdiv32(a, b)
#define copysign(a, b) lun_sign_of32(a, b)
#define nextafter(a, b) nextafterf(a, b)
/* computed in double */
#define lgamma(v) (float)lun_lgamma(v)
#define erfcx(v) (float)lun_erfcx(v)
#define erfinv(v) (float)lun_erfinv(v)
#define ndtri(v) (float)lun_ndtri(v)
#define log_ndtr(v) (float)lun_log_ndtr(v)
#define digamma(v) (float)lun_digamma(v)
#define i0(v) (float)lun_i0(v)
#define i0e(v) (float)lun_i0e(v)
#define i1(v) (float)lun_i1(v)
#define i1e(v) (float)lun_i1e(v)
#define polygamma(a, b) (float)lun_polygamma(a, b)
#define zeta(a, b) (float)lun_zeta(a, b)
#define gammainc(a, b) (float)lun_gammainc(a, b)
#define gammaslope(a, b) (float)lun_gamma_quantile_slope(a, b)
#define gammaincc(a, b) (float)lun_gammaincc(a, b)
#endif
