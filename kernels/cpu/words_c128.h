/* words_c128.h - what map.inc wants to know of complex128: the type and the words of formulas
 *
 * Read next: kernels/cpu/map_c128.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_C128_H
#define LUN_KERNELS_CPU_WORDS_C128_H
#include "kernels/cpu/words_complex.h"

#define LUN_TYPE_ID c128
#define LUN_TYPE double _Complex
#define LUN_WIDE double _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((double)(p))
#define K(c) ((double)(c))

#define exp(v) cexp(v)
#define log(v) clog(v)
#define sqrt(v) csqrt(v)
#define sin(v) csin(v)
#define cos(v) ccos(v)
#define tan(v) ctan(v)
#define tanh(v) ctanh(v)
#define asin(v) casin(v)
#define acos(v) cacos(v)
#define atan(v) catan(v)
#define sinh(v) csinh(v)
#define cosh(v) ccosh(v)
#define asinh(v) casinh(v)
#define acosh(v) cacosh(v)
#define atanh(v) catanh(v)
#define exp2(v) cexp((v) * 0.6931471805599453)
#define log2(v) (clog(v) * 1.4426950408889634)
#define log10(v) (clog(v) * 0.4342944819032518)
#define log1p(v) lun_log1p_c128(v)
#define expm1(v) lun_expm1_c128(v)
#define pow(a, b) lun_pow_c128(a, b)
#endif
