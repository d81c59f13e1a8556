/* expression.h - block loops of the operations that formulas are made of
 *
 * Read next: kernels/cpu/expression_loops.c (the loops), kernels/cpu/expression.c (who runs them). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_EXPRESSION_H
#define LUN_KERNELS_CPU_EXPRESSION_H
#include "core/expression.h"
#include "kernels/cpu/isa.h"

/* n elements side by side; `to` may be one of the sources. Truth is 1 or 0 in the elements' own type. */
typedef void lun_block_loop(int64_t n, void *to, const void *a, const void *b, const void *c);
typedef struct lun_block_loops {
    lun_block_loop *operation[LUN_TERM_KINDS];     /* NAME: a copy; none for NUMBER and CALL */
    lun_block_loop *function[LUN_FUNCTION_COUNT];
} lun_block_loops;
LUN_EACH_ISA(const lun_block_loops, lun_blocks_f32);
LUN_EACH_ISA(const lun_block_loops, lun_blocks_f64);
#endif
