/* shape.h - rules named by the rows of core/ops/shape.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_SHAPE_H
#define LUN_CORE_OPS_SHAPE_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_view(lun_call *c);
bool lun_infer_permute(lun_call *c);
bool lun_infer_transpose(lun_call *c);
bool lun_infer_t(lun_call *c);
bool lun_infer_squeeze(lun_call *c);
bool lun_infer_unsqueeze(lun_call *c);
bool lun_infer_expand(lun_call *c);
bool lun_infer_slice(lun_call *c);
bool lun_infer_narrow(lun_call *c);
bool lun_infer_select(lun_call *c);
bool lun_infer_slice_gradient(lun_call *c);
/* Of a slice_gradient: the region of its (zero) result that a slice, narrow or select had looked at, and what is to be copied there,
 * with the dim that select dropped. False when there is nothing to copy. */
bool lun_slice_region(const lun_call *c, lun_tensor *region, lun_tensor *whole);
bool lun_compose_reshape(lun_call *c);
bool lun_compose_flatten(lun_call *c);
void lun_vjp_reshape(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_permute(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_transpose(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_t(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_expand(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_slice(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_select(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_slice_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
