/* layout.h - rules named by the rows of core/ops/layout.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_LAYOUT_H
#define LUN_CORE_OPS_LAYOUT_H
#include "core/apply.h"
struct lun_node;

/* layout.c */
bool lun_compose_movedim(lun_call *c);
bool lun_compose_like_other(lun_call *c); /* expand_as, view_as, reshape_as */
bool lun_compose_broadcast_to(lun_call *c);
bool lun_compose_unflatten(lun_call *c);
bool lun_compose_ravel(lun_call *c);
bool lun_compose_adjoint(lun_call *c);
bool lun_compose_rot90(lun_call *c);
bool lun_compose_flip_named(lun_call *c); /* fliplr, flipud */
bool lun_infer_view_dtype(lun_call *c);
/* layout_window.c */
bool lun_infer_unfold(lun_call *c);
void lun_vjp_unfold(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_as_strided(lun_call *c);
void lun_vjp_as_strided(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
/* layout_copy.c */
bool lun_compose_narrow_copy(lun_call *c);
bool lun_compose_diag_embed(lun_call *c);
bool lun_compose_diagflat(lun_call *c);
bool lun_compose_diagonal_scatter(lun_call *c);
bool lun_compose_select_scatter(lun_call *c);
bool lun_compose_slice_scatter(lun_call *c);
bool lun_compose_repeat_interleave(lun_call *c);
bool lun_compose_vander(lun_call *c);
bool lun_compose_triangle_indices(lun_call *c); /* tril_indices, triu_indices */
#endif
