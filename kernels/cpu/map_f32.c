/* map_f32.c - the formula rows compiled for float, with the functions of vmath.h
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words.h"

#define LUN_TYPE_ID f32
#define LUN_TYPE float
#define LUN_WIDE float
#define LUN_IS_FLOAT 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))
/* the same names, for float */
#define exp(v) lun_exp32(v)
#define log(v) lun_log32(v)
#define log1p(v) lun_log1p32(v)
#define expm1(v) lun_expm132(v)
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
#define lgamma(v) lgammaf(v)
#define cbrt(v) cbrtf(v)
#define pow(a, b) lun_pow32(a, b)
#define floordiv(a, b) lun_floordiv32(a, b)
#define floormod(a, b) lun_floormod32(a, b)
#define atan2(a, b) atan2f(a, b)
#define hypot(a, b) hypotf(a, b)
#define fmod(a, b) fmodf(a, b)
#include "kernels/cpu/map.inc"
