/* map_f32.c - the formula rows compiled for float, with the functions of vmath.h
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_f32.h"

#include "kernels/cpu/map.inc"
