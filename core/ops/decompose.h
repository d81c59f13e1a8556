/* decompose.h - rules named by the rows of core/ops/decompose.def, and what its files share. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_DECOMPOSE_H
#define LUN_CORE_OPS_DECOMPOSE_H
#include "core/apply.h"
#include "core/op_id.h"
struct lun_node;

/* What the files of this family share: decompose.c */

/* Is x a matrix or a batch of them (square), float or complex? Are all tensors of one dtype? False after lun_fail. */
bool lun_check_matrices(const lun_tensor *x);
bool lun_check_square(const lun_tensor *x);
bool lun_check_one_dtype(const lun_call *c);
static inline int64_t lun_rows_of(const lun_tensor *x) { return x->dims[x->ndim - 2]; }
static inline int64_t lun_columns_of(const lun_tensor *x) { return x->dims[x->ndim - 1]; }
/* Result k with x's batch and dtype, of rows x columns. */
void lun_result_matrices(lun_call *c, int k, const lun_tensor *x, int64_t rows, int64_t columns);
/* *x and *y with a common batch (dims but the last two); false after lun_fail. */
bool lun_expand_batches(lun_tensor **x, lun_tensor **y);
/* Runs op id on n tensors with boolean attributes; results in k->out. */
bool lun_parts(lun_call *k, lun_op_id id, int n, lun_tensor *const *in, int n_values, const bool *values);
/* info (int32, 0 is well) as an error: of matrix number i of the batch, saying `what` with its info in it ("%d"). */
bool lun_check_info(const lun_tensor *info, const char *what, const char *hint);
lun_tensor *lun_eye_like(lun_tensor *x, int64_t n, int64_t m); /* of x's dtype, without batch */
lun_tensor *lun_triangle(lun_tensor *x, bool upper, int64_t diagonal);
lun_tensor *lun_main_diagonal(lun_tensor *x);                  /* of the last two dims */
lun_tensor *lun_diagonal_matrix(lun_tensor *d);                /* [..., n] -> [..., n, n] */
lun_tensor *lun_scale_columns(lun_tensor *x, lun_tensor *d);   /* x diag(d) */
lun_tensor *lun_scale_rows(lun_tensor *x, lun_tensor *d);      /* diag(d) x */
lun_tensor *lun_solve_triangle(lun_tensor *a, lun_tensor *b, bool upper, bool left, bool unit);
lun_tensor *lun_solve(lun_tensor *a, lun_tensor *b, bool left); /* batches equal; a singular matrix gives infinities */
lun_tensor *lun_inverse(lun_tensor *a);                        /* error when singular */
bool lun_svd(lun_tensor *x, bool full, lun_tensor **out);      /* U, S, Vh */
/* Does the backward pass that runs need derivatives itself? Then saved factors cannot be used, as they are constants. */
bool lun_again(void);

/* decompose_lu.c */
bool lun_infer_lu_parts(lun_call *c);
void lun_vjp_lu_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_pivot_order(lun_call *c);
bool lun_compose_lu_factor(lun_call *c); /* lu_factor, lu_factor_ex */
bool lun_compose_lu(lun_call *c);
bool lun_compose_lu_unpack(lun_call *c);
bool lun_compose_lu_solve(lun_call *c);
bool lun_infer_lu_det(lun_call *c);
void lun_vjp_lu_det(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_lu_slogdet(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_det(lun_call *c);
bool lun_compose_slogdet(lun_call *c);
bool lun_compose_logdet(lun_call *c);

/* decompose_solve.c */
bool lun_infer_inverse_parts(lun_call *c);
void lun_vjp_inverse_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_inv(lun_call *c);       /* inv, inv_ex */
bool lun_infer_solve_parts(lun_call *c);
void lun_vjp_solve_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_solve_again(lun_call *c);
bool lun_compose_solve(lun_call *c);     /* solve, solve_ex */
/* PyTorch's rule for the right side: b is a vector, or a batch of vectors with exactly a's batch. */
bool lun_is_vector_side(const lun_tensor *a, const lun_tensor *b);
bool lun_infer_solve_triangle(lun_call *c);
void lun_vjp_solve_triangle(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_solve_triangular(lun_call *c);
bool lun_compose_triangular_solve(lun_call *c);
bool lun_infer_cholesky_parts(lun_call *c);
void lun_vjp_cholesky_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_cholesky(lun_call *c);  /* cholesky, cholesky_ex */
bool lun_compose_cholesky_solve(lun_call *c);
bool lun_compose_cholesky_inverse(lun_call *c);

/* decompose_orthogonal.c */
bool lun_infer_qr(lun_call *c);
void lun_vjp_qr(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_geqrf(lun_call *c);
bool lun_infer_reflections_product(lun_call *c);
bool lun_compose_householder_product(lun_call *c);
bool lun_compose_ormqr(lun_call *c);
bool lun_infer_lstsq_parts(lun_call *c);
void lun_vjp_lstsq_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_lstsq(lun_call *c);

/* decompose_spectrum.c */
bool lun_infer_eigh_parts(lun_call *c);
void lun_vjp_eigh_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_eigh(lun_call *c);      /* eigh, eigvalsh */
bool lun_infer_svd_parts(lun_call *c);
void lun_vjp_svd_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_svd(lun_call *c);
bool lun_compose_svdvals(lun_call *c);
bool lun_infer_pinv_parts(lun_call *c);
void lun_vjp_pinv_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
lun_tensor *lun_pinv_gradient(lun_tensor *g, lun_tensor *pinv, lun_tensor *a);
bool lun_compose_pinv(lun_call *c);
bool lun_compose_pinverse(lun_call *c);
bool lun_compose_matrix_rank(lun_call *c);

/* decompose_eig.c */
bool lun_infer_eig_parts(lun_call *c);
void lun_vjp_eig_parts(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_eig(lun_call *c);       /* eig, eigvals */
#endif
