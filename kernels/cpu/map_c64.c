/* map_c64.c - the formula rows that stand for complex numbers too, compiled for complex64
 *
 * Products are the plain formula and quotients Smith's (-fcx-fortran-rules where the compiler has it), as PyTorch computes them;
 * functions are those of libm. Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c64.h"

#define LUN_TYPE_ID c64
#define LUN_TYPE float _Complex
#define LUN_WIDE float _Complex
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 1
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((float)(p))
#define K(c) ((float)(c))
#include "kernels/cpu/map.inc"
