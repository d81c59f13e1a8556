/* map_special_c128.c - the rows of core/ops/special.def that stand for complex numbers too, for complex128
 *
 * Read next: kernels/cpu/map_c128.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c128.h"

#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_c128
#include "kernels/cpu/map.inc"
