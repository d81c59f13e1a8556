/* map_c128.c - the formula rows that stand for complex numbers too, compiled for complex128
 *
 * Products are the plain formula and quotients Smith's (-fcx-fortran-rules where the compiler has it), as PyTorch computes them;
 * functions are those of libm. Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c128.h"

#define LUN_TYPE_ID c128
#define LUN_TYPE double _Complex
#define LUN_WIDE double _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((double)(p))
#define K(c) ((double)(c))
#include "kernels/cpu/map.inc"
