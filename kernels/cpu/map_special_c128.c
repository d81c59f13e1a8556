/* map_special_c128.c - the rows of core/ops/special.def that stand for complex numbers too, for complex128
 *
 * Read next: kernels/cpu/map_c128.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c128.h"

#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_c128
#define LUN_TYPE_ID c128
#define LUN_TYPE double _Complex
#define LUN_WIDE double _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((double)(p))
#define K(c) ((double)(c))
#include "kernels/cpu/map.inc"
