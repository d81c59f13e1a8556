/* attention_loops.c - the loops of kernels/cpu/attention.h for float and double
 *
 * Holds: sums are taken in 16 lanes in one order, so bits depend on sizes only. Read next: kernels/cpu/attention.inc.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/attention.h"
#include "kernels/cpu/vmath.h"

enum { LANES = 16, WIDTH = LUN_ATTENTION_KEYS };

#define TABLE                                                                                                        \
    {                                                                                                                \
        .step = NAME(step), .again = NAME(again), .score_gradient = NAME(score_gradient), .scale_rows = NAME(scale_rows), \
        .multiply = NAME(multiply), .inner = NAME(inner)                                                             \
    }

#define T float
#define NAME(x) x##_f32
#define EXP lun_exp32
#include "kernels/cpu/attention.inc"
const lun_attention_loops LUN_HERE(lun_attention_f32) = TABLE;
#undef T
#undef NAME
#undef EXP

#define T double
#define NAME(x) x##_f64
#define EXP exp
#include "kernels/cpu/attention.inc"
const lun_attention_loops LUN_HERE(lun_attention_f64) = TABLE;
