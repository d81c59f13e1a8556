/* map_c64.c - the formula rows that stand for complex numbers too, compiled for complex64
 *
 * Products are the plain formula and quotients Smith's (-fcx-fortran-rules where the compiler has it), as PyTorch computes them;
 * functions are those of libm. Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_c64.h"

#include "kernels/cpu/map.inc"
