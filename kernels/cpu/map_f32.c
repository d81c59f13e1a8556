/* map_f32.c - the formula rows compiled for float, with the functions of vmath.h
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words.h"
#include "kernels/cpu/words_f32.h"

#define LUN_TYPE_ID f32
#define LUN_TYPE float
#define LUN_WIDE float
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 0
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))
#include "kernels/cpu/map.inc"
