/* linalg.h - rules named by the rows of core/ops/linalg.def (infer, vjp, compose). SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_LINALG_H
#define LUN_CORE_OPS_LINALG_H
#include "core/apply.h"
struct lun_node;

bool lun_infer_matmul(lun_call *c);
bool lun_infer_mm(lun_call *c);
bool lun_infer_mv(lun_call *c);
bool lun_infer_bmm(lun_call *c);
bool lun_infer_int_mm(lun_call *c);
bool lun_infer_dot(lun_call *c);
void lun_vjp_matmul(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_linear(lun_call *c);
const struct lun_op *lun_variant_linear(lun_call *c); /* whole numbers: linear_whole */
bool lun_compose_linear_whole(lun_call *c);
void lun_vjp_linear(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_outer(lun_call *c);
bool lun_compose_einsum(lun_call *c); /* einsum.c */
#endif
