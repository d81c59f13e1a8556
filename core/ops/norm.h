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
bool lun_infer_channel_norm(lun_call *c);
void lun_vjp_channel_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_channel_norm_gradient(lun_call *c);
bool lun_infer_layer_norm(lun_call *c);
void lun_vjp_layer_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_layer_norm_gradient(lun_call *c);
#endif
