/* words_f64.h - what map.inc wants to know of double: the type; the words are in map_f64.c and map_special_f64.c
 *
 * Read next: kernels/cpu/words.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_F64_H
#define LUN_KERNELS_CPU_WORDS_F64_H
#include "kernels/cpu/words.h"

#define LUN_TYPE_ID f64
#define LUN_TYPE double
#define LUN_WIDE double
#define LUN_IS_FLOAT 1
#define LUN_IS_COMPLEX 0
#define LUN_IS_BOOL 0
#define LUN_PARAM(p) ((double)(p))
#define K(c) ((double)(c))
#endif
