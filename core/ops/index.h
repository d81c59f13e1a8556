/* index.h - rules named by the rows of core/ops/index.def (infer, vjp, compose). SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_INDEX_H
#define LUN_CORE_OPS_INDEX_H
#include "core/apply.h"
struct lun_node;

/* index_join.c */
bool lun_infer_cat(lun_call *c);
void lun_vjp_cat(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_stack(lun_call *c);
bool lun_compose_tile(lun_call *c);
bool lun_compose_roll(lun_call *c);
bool lun_infer_flip(lun_call *c);
void lun_vjp_flip(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
/* index_pad.c */
bool lun_compose_pad(lun_call *c);
bool lun_compose_constant_pad(lun_call *c);
/* index_diagonal.c */
bool lun_infer_triangle(lun_call *c);
void lun_vjp_triangle(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_diagonal(lun_call *c);
void lun_vjp_diagonal(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_diag(lun_call *c);
bool lun_infer_diagonal_gradient(lun_call *c);
void lun_vjp_diagonal_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
/* index_pick.c */
bool lun_infer_index_select(lun_call *c);
void lun_vjp_index_select(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_index_put(lun_call *c);
void lun_vjp_index_add(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_index_copy(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_index_fill(lun_call *c);
void lun_vjp_index_fill(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_gather(lun_call *c);
void lun_vjp_gather(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_take_along_dim(lun_call *c);
bool lun_infer_scatter(lun_call *c);
void lun_vjp_scatter(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_scatter_add(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
/* index_mask.c */
bool lun_infer_masked_fill(lun_call *c);
void lun_vjp_masked_fill(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_masked_select(lun_call *c);
bool lun_compose_nonzero(lun_call *c);
bool lun_infer_nonzero_positions(lun_call *c);
/* index_write.c */
bool lun_infer_set_slice(lun_call *c);
void lun_vjp_set_slice(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_set_mask(lun_call *c);
void lun_vjp_set_mask(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_set_index(lun_call *c);
void lun_vjp_set_index(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
/* index_order.c */
bool lun_infer_sort(lun_call *c);
void lun_vjp_sort(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_argsort(lun_call *c);
bool lun_infer_topk(lun_call *c);
bool lun_infer_cumulative(lun_call *c);
void lun_vjp_cumsum(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_cumprod(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
