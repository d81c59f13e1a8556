/* recurrent.h - loops over the hidden units of one row, one copy per instruction set
 *
 * `pre` are a row's gates before activation, `kept` what the gradient needs (core/ops/recurrent.h says in which order).
 * Read next: kernels/cpu/recurrent_loops.c, kernels/cpu/recurrent.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_RECURRENT_H
#define LUN_KERNELS_CPU_RECURRENT_H
#include "kernels/cpu/isa.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lun_recurrent_loops {
    void (*plain)(int64_t n, bool relu, const void *pre, void *h);
    void (*lstm)(int64_t n, void *kept, void *c, void *h); /* kept: pre, then what is kept; c: the one before, then the new one */
    void (*gru)(int64_t n, const void *pre, const void *hidden, void *kept, void *h); /* hidden: w_hh h + b_hh; h: before, then new */
    void (*plain_gradient)(int64_t n, bool relu, const void *h, const void *dh, void *dpre);
    /* more: gradient of kept, or NULL; c: the one before; dc: in and out */
    void (*lstm_gradient)(int64_t n, const void *kept, const void *more, const void *c, const void *dh, void *dc, void *dpre);
    /* dh: in, and out what goes straight to the h before; dpre and dhidden: of pre and of hidden */
    void (*gru_gradient)(int64_t n, const void *kept, const void *more, const void *h, void *dh, void *dpre, void *dhidden);
} lun_recurrent_loops;
LUN_EACH_ISA(const lun_recurrent_loops, lun_recurrent_f32);
LUN_EACH_ISA(const lun_recurrent_loops, lun_recurrent_f64);
#endif
