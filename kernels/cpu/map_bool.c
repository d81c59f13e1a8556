/* map_bool.c - the formula rows compiled for bool: sums are or, products are and, and bitwise words keep to one bit
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_int.h"

#define LUN_IS_BOOL 1

#undef bool /* stdbool.h makes it _Bool, which would end up in the names that map.inc pastes */
#define LUN_TYPE_ID bool
#define LUN_TYPE uint8_t
#define LUN_WIDE int32_t
#define LUN_WIDTH i32
#include "kernels/cpu/map.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_WIDTH
