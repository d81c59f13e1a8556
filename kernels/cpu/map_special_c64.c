/* map_special_c64.c - the rows of core/ops/special.def that stand for complex numbers too, for complex64
 *
 * Read next: kernels/cpu/map_c64.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c64.h"

#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_c64
#define LUN_TYPE_ID c64
#define LUN_TYPE float _Complex
#define LUN_WIDE float _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))
#include "kernels/cpu/map.inc"
