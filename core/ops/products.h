/* products.h - rules named by the rows of core/ops/products.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_PRODUCTS_H
#define LUN_CORE_OPS_PRODUCTS_H
#include "core/apply.h"
struct lun_node;

/* products.c */
lun_tensor *lun_widened(lun_tensor *x);    /* f16 and bf16 as f32, so that a composition rounds once */
bool lun_compose_add_product(lun_call *c); /* addmm, baddbmm, addbmm, addmv, addr */
bool lun_compose_inner(lun_call *c);
bool lun_compose_vecdot(lun_call *c);      /* vdot, vecdot */
bool lun_compose_tensordot(lun_call *c);
bool lun_compose_bilinear(lun_call *c);
bool lun_compose_cross(lun_call *c);       /* cross, linalg_cross */
bool lun_compose_kron(lun_call *c);
bool lun_compose_trace(lun_call *c);
bool lun_compose_linalg_diagonal(lun_call *c);
bool lun_compose_linalg_vander(lun_call *c);

/* matrix_power.c */
bool lun_compose_multi_dot(lun_call *c);   /* multi_dot, chain_matmul */
bool lun_compose_matrix_power(lun_call *c);
bool lun_infer_matrix_exp(lun_call *c);
void lun_vjp_matrix_exp(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_tensorinv(lun_call *c);
bool lun_compose_tensorsolve(lun_call *c);

/* matrix_norm.c */
bool lun_compose_vector_norm(lun_call *c);
bool lun_compose_matrix_norm(lun_call *c);
bool lun_compose_linalg_norm(lun_call *c);
bool lun_compose_cond(lun_call *c);
/* The row norm with a number, over n dims of x (n = 0: all). NULL after lun_fail. */
lun_tensor *lun_p_norm(lun_tensor *x, double p, int n, const int64_t *dims, bool keepdim);

/* distance.c */
bool lun_infer_row_distances(lun_call *c);
void lun_vjp_row_distances(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_cdist(lun_call *c);
bool lun_compose_pdist(lun_call *c);
bool lun_compose_pairwise_distance(lun_call *c);
bool lun_compose_cosine_similarity(lun_call *c);
#endif
