/* norm.h - rules named by the rows of core/ops/norm.def
 *
 * Read next: core/ops/nn_norm.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_NORM_H
#define LUN_CORE_OPS_NORM_H
#include "core/apply.h"
struct lun_node;

/* nn_norm.c */
bool lun_compose_batch_norm(lun_call *c);
void lun_vjp_channel_affine(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_channel_norm(lun_call *c);
void lun_vjp_channel_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_channel_norm_gradient(lun_call *c);
bool lun_infer_layer_norm(lun_call *c);
void lun_vjp_layer_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_layer_norm_gradient(lun_call *c);
bool lun_infer_rms_norm(lun_call *c);
void lun_vjp_rms_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_rms_norm_gradient(lun_call *c);
/* eps of rms_norm for x: attribute 1, or the distance from 1 to the next number of x's dtype. */
double lun_rms_norm_eps(const lun_params *p, const lun_tensor *x);
/* What the other norms share: the running = (1 - momentum) running + momentum seen of statistics; the normalisation by given
 * statistics; one number for each channel of x, or lun_fail. */
bool lun_norm_move_running(lun_tensor *running, lun_tensor *seen, double momentum);
lun_tensor *lun_norm_by_running(lun_call *c, double eps);
bool lun_norm_channel_sized(const lun_call *c);
/* The gradient of a norm by ordinary ops; see nn_norm.c. */
lun_tensor *lun_norm_input_gradient(lun_tensor *g, lun_tensor *x, lun_tensor *w, int n, const int64_t *folded, double eps, lun_tensor **normal);
lun_dtype lun_norm_statistics_dtype(const lun_tensor *x);

/* nn_norm_group.c */
bool lun_infer_group_norm(lun_call *c);
void lun_vjp_group_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_group_norm_gradient(lun_call *c);
bool lun_compose_instance_norm(lun_call *c);
bool lun_compose_local_response_norm(lun_call *c);
bool lun_compose_normalize(lun_call *c);
#endif
