/* random.h - rules named by the rows of core/ops/random.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_RANDOM_H
#define LUN_CORE_OPS_RANDOM_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_draw(lun_call *c);
bool lun_infer_draw_into(lun_call *c);
bool lun_infer_normal(lun_call *c);
bool lun_infer_uniform_into(lun_call *c);
bool lun_infer_normal_into(lun_call *c);
bool lun_infer_multinomial(lun_call *c);
bool lun_infer_random_into(lun_call *c);
bool lun_infer_randint_like(lun_call *c);
/* What is drawn into `to`: of complex numbers, which are always new tensors and so in a row, their parts, one after the other. */
lun_tensor lun_random_parts(const lun_tensor *to);
void lun_vjp_standard_gamma(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_gamma_slope(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
