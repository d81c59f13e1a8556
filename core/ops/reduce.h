/* reduce.h - rules named by the rows of core/ops/reduce.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_REDUCE_H
#define LUN_CORE_OPS_REDUCE_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_reduce(lun_call *c);      /* dims in attribute 0, keepdim in 1; dtype stays */
const lun_op *lun_variant_var(lun_call *c);
const lun_op *lun_variant_std(lun_call *c);
bool lun_compose_var_of_parts(lun_call *c);
bool lun_infer_sum(lun_call *c);         /* whole numbers and bool give int64; dtype in attribute 2 if the row has it */
bool lun_infer_mean(lun_call *c);
bool lun_infer_reduce_bool(lun_call *c);
bool lun_infer_extremum(lun_call *c);
bool lun_infer_amax(lun_call *c);
bool lun_infer_arg_extremum(lun_call *c);
void lun_vjp_sum(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_mean(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_prod(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_std(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_var(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_extremum(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_amax(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
