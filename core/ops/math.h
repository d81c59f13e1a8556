/* math.h - rules named by the rows of core/ops/math.def (infer, vjp). SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_MATH_H
#define LUN_CORE_OPS_MATH_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_compare(lun_call *c);
bool lun_infer_as_bool(lun_call *c);
bool lun_infer_where(lun_call *c);
bool lun_infer_expression(lun_call *c); /* core/expression.c */
void lun_vjp_expression(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_unary(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_binary(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_add(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_sub(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_pow(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_mul(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_div(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_where(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
