/* map_int.c - the formula rows compiled for int32 and int64
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_int.h"

#define LUN_IS_BOOL 0

#define LUN_TYPE_ID i32
#define LUN_TYPE int32_t
#define LUN_WIDE int32_t
#define LUN_WIDTH i32
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH

#define LUN_TYPE_ID i64
#define LUN_TYPE int64_t
#define LUN_WIDE int64_t
#define LUN_WIDTH i64
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH
