/* reduce_float.c - the folds of float and double
 *
 * Read next: kernels/cpu/reduce.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/reduce.h"
#include <math.h>

#define LUN_TYPE_ID f32
#define LUN_TYPE float
#define LUN_WIDE double
#define LUN_LANE float
#define LUN_IS_FLOAT 1
#define LUN_LOWEST (float)-INFINITY
#define LUN_HIGHEST (float)INFINITY
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST

#define LUN_TYPE_ID f64
#define LUN_TYPE double
#define LUN_WIDE double
#define LUN_LANE double
#define LUN_IS_FLOAT 1
#define LUN_LOWEST (double)-INFINITY
#define LUN_HIGHEST (double)INFINITY
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST
