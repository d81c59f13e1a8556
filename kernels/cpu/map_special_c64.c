/* map_special_c64.c - the rows of core/ops/special.def that stand for complex numbers too, for complex64
 *
 * Read next: kernels/cpu/map_c64.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c64.h"

#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_c64
#include "kernels/cpu/map.inc"
