/* words_c64.h - what map.inc wants to know of complex64: the type and the words of formulas
 *
 * Read next: kernels/cpu/map_c64.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_C64_H
#define LUN_KERNELS_CPU_WORDS_C64_H
#include "kernels/cpu/words_complex.h"

#define LUN_TYPE_ID c64
#define LUN_TYPE float _Complex
#define LUN_WIDE float _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))

#define conj(v) conjf(v)
#define exp(v) cexpf(v)
#define log(v) clogf(v)
#define sqrt(v) csqrtf(v)
#define sin(v) csinf(v)
#define cos(v) ccosf(v)
#define tan(v) ctanf(v)
#define tanh(v) ctanhf(v)
#define asin(v) casinf(v)
#define acos(v) cacosf(v)
#define atan(v) catanf(v)
#define sinh(v) csinhf(v)
#define cosh(v) ccoshf(v)
#define asinh(v) casinhf(v)
#define acosh(v) cacoshf(v)
#define atanh(v) catanhf(v)
#define exp2(v) cexpf((v) * 0.6931471805599453f)
#define log2(v) (clogf(v) * 1.4426950408889634f)
#define log10(v) (clogf(v) * 0.4342944819032518f)
#define log1p(v) ((float _Complex)lun_log1p_c128(v))
#define expm1(v) ((float _Complex)lun_expm1_c128(v))
#define pow(a, b) lun_pow_c64(a, b)
#endif
