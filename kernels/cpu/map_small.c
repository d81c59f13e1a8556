/* map_small.c - the formula rows compiled for the narrow integers, computed in int32 and wrapped
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words.h"

#define LUN_IS_FLOAT 0
#define LUN_IS_COMPLEX 0
#define LUN_IS_BOOL 0
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

#define LUN_TYPE_ID i8
#define LUN_TYPE int8_t
#define LUN_WIDE int32_t
#define LUN_WIDTH i32
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH

#define LUN_TYPE_ID u8
#define LUN_TYPE uint8_t
#define LUN_WIDE int32_t
#define LUN_WIDTH i32
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH

#define LUN_TYPE_ID i16
#define LUN_TYPE int16_t
#define LUN_WIDE int32_t
#define LUN_WIDTH i32
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH
