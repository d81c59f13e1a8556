/* map_small.c - the formula rows compiled for the narrow integers, computed in int32 and wrapped
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_int.h"

#define LUN_IS_BOOL 0

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
