/* running.h - rules named by the rows of core/ops/running.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_RUNNING_H
#define LUN_CORE_OPS_RUNNING_H
#include "core/apply.h"
struct lun_node;

/* running.c */
bool lun_infer_cumextreme(lun_call *c);
void lun_vjp_cumextreme(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_logcumsumexp(lun_call *c);
void lun_vjp_logcumsumexp(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_diff(lun_call *c);
bool lun_compose_trapezoid(lun_call *c); /* and cumulative_trapezoid */
/* running_gradient.c */
bool lun_compose_gradient(lun_call *c);
#endif
