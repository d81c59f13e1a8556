/* nn.h - rules named by the rows of core/ops/nn.def (infer, vjp, compose)
 *
 * Fused gradients are hidden ops without a gradient of their own; while a backward pass is itself recorded (create_graph) the rules
 * write the same gradient with ordinary ops instead, so that every derivative exists. Linear rows (convolution, pooling) are each
 * other's gradients and need no second form. Read next: core/ops/nn_softmax.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_NN_H
#define LUN_CORE_OPS_NN_H
#include "core/apply.h"
#include "core/op.h"
#include "core/op_id.h"
struct lun_node;

/* A call of `id` with n inputs; attributes and lun_apply follow. */
void lun_nn_begin(lun_call *c, lun_op_id id, int n, lun_tensor *const *in);
/* Appends a copy of attributes first..last of p. */
bool lun_nn_copy_params(lun_params *to, const lun_params *p, int first, int last);
/* Is a backward pass being recorded? */
bool lun_nn_differentiable(void);

/* nn_softmax.c */
const lun_op *lun_variant_softmax(lun_call *c);
bool lun_compose_gumbel_softmax(lun_call *c);
bool lun_infer_softmax(lun_call *c);
void lun_vjp_softmax(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_log_softmax(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_logsumexp(lun_call *c);
bool lun_infer_row_logsumexp(lun_call *c);
void lun_vjp_row_logsumexp(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
