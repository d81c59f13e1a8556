/* map_f64.c - the formula rows compiled for double, with the functions of libm
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words.h"

#define LUN_TYPE_ID f64
#define LUN_TYPE double
#define LUN_WIDE double
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 0
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((double)(p))
#define K(c) ((double)(c))
/* libm has the rest by their own names */
#define floordiv(a, b) lun_floordiv64(a, b)
#define floormod(a, b) lun_floormod64(a, b)
#define truncdiv(a, b) lun_truncdiv64(a, b)
#include "kernels/cpu/map.inc"
