/* words_int.h - what map.inc wants to know of whole numbers and bool: the words of formulas, by LUN_WIDTH (i32 or i64)
 *
 * Read next: kernels/cpu/words.h, kernels/cpu/map_int.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_INT_H
#define LUN_KERNELS_CPU_WORDS_INT_H
#include "kernels/cpu/words.h"

#define LUN_IS_FLOAT 0
#define LUN_IS_COMPLEX 0
#define LUN_PARAM(p) LUN_PASTE(lun_param, LUN_WIDTH)(p)
#define K(c) ((LUN_WIDE)(c))
/* rounding leaves whole numbers alone */
#define floor(v) (v)
#define ceil(v) (v)
#define rint(v) (v)
#define trunc(v) (v)
#define fabs(v) LUN_PASTE(lun_abs, LUN_WIDTH)(v)
#define pow(a, b) LUN_PASTE(lun_pow, LUN_WIDTH)(a, b)
#define floordiv(a, b) LUN_PASTE(lun_floordiv, LUN_WIDTH)(a, b)
#define floormod(a, b) LUN_PASTE(lun_floormod, LUN_WIDTH)(a, b)
#define truncdiv(a, b) LUN_PASTE(lun_truncdiv, LUN_WIDTH)(a, b)
#define fmod(a, b) LUN_PASTE(lun_truncmod, LUN_WIDTH)(a, b)
#define gcd(a, b) LUN_PASTE(lun_gcd, LUN_WIDTH)(a, b)
#define lcm(a, b) LUN_PASTE(lun_lcm, LUN_WIDTH)(a, b)
#define lshift(a, b) LUN_PASTE(lun_lshift, LUN_WIDTH)(a, b, 8 * (int)sizeof(LUN_TYPE))
#define rshift(a, b) LUN_PASTE(lun_rshift, LUN_WIDTH)(a, b, 8 * (int)sizeof(LUN_TYPE))
#endif
