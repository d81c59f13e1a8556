/* map_special_f32.c - the rows of core/ops/special.def for float, computed in double where C has no function for float
 *
 * Compiled once, not per instruction set: these functions take one number at a time. Read next: kernels/cpu/map.inc.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_f32.h"

#undef sin
#undef cos /* not in a SIMD loop anyway, so with the whole range */
#define sin(v) sinf(v)
#define cos(v) cosf(v)
#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_f32
#include "kernels/cpu/map.inc"
