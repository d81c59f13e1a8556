/* optim.h - loops of the optimisers' steps, per instruction set and type
 *
 * v: parameter, gradient, then the state, n elements each, side by side; the parameter and the state are changed.
 * Read next: kernels/cpu/optim_loops.c, kernels/cpu/optim.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_OPTIM_H
#define LUN_KERNELS_CPU_OPTIM_H
#include "kernels/cpu/isa.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct lun_step {
    double rate;                        /* SGD: lr; Adam: lr / (1 - beta1^step) */
    double weight_decay, shrink;        /* added to the gradient; the decoupled form's factor of the parameter */
    double momentum, dampening;         /* SGD */
    double beta1, beta2, eps, scale;    /* Adam; scale: sqrt(1 - beta2^step) */
    bool nesterov, first;
} lun_step;

typedef void lun_step_loop(int64_t n, void *const *v, const lun_step *s);
typedef struct lun_step_table { lun_step_loop *sgd[2], *sgd_momentum[2], *adam[2]; } lun_step_table; /* [0] float, [1] double */
LUN_EACH_ISA(const lun_step_table, lun_step_loops);
#endif
