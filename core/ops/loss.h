/* loss.h - rules named by the rows of core/ops/loss.def
 *
 * Read next: core/ops/loss.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_LOSS_H
#define LUN_CORE_OPS_LOSS_H
#include "core/apply.h"
struct lun_node;

/* 0 none, 1 mean, 2 sum; -1 after lun_fail. */
int lun_nn_reduction(const char *word);

/* Makes inputs 0..n-1 floats that formulas can compute in: float32, or float64 when one is; sets *dtype to what the result is to
 * be. False after lun_fail: no float among them. */
bool lun_loss_begin(lun_call *c, int n, lun_dtype *dtype);
/* The same, where whole numbers are taken as float32. */
bool lun_loss_begin_numbers(lun_call *c, int n, lun_dtype *dtype);
/* A number beside tensor x, for formulas. */
lun_tensor *lun_loss_number(const lun_tensor *x, double v);
/* A formula (core/expression.h) over up to four tensors. */
lun_tensor *lun_loss_formula(const char *text, int n, lun_tensor **in);
/* Reduces terms as attribute k says and sets the result. */
bool lun_loss_end(lun_call *c, lun_tensor *terms, int k, lun_dtype dtype);
/* Have inputs a and b one shape? */
bool lun_loss_same_shape(const lun_call *c, int a, int b);

/* loss_labels.c */
bool lun_compose_cross_entropy(lun_call *c);
bool lun_infer_cross_entropy_labels(lun_call *c);
void lun_vjp_cross_entropy_labels(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_cross_entropy_gradient(lun_call *c);
bool lun_infer_nll_loss(lun_call *c);
void lun_vjp_nll_loss(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_label_weights(lun_call *c);
/* loss.c */
bool lun_compose_mse_loss(lun_call *c);
bool lun_compose_l1_loss(lun_call *c);
bool lun_compose_smooth_l1_loss(lun_call *c);
bool lun_compose_huber_loss(lun_call *c);
bool lun_compose_soft_margin_loss(lun_call *c);
bool lun_compose_hinge_embedding_loss(lun_call *c);
/* loss_likelihood.c */
bool lun_compose_binary_cross_entropy(lun_call *c);
bool lun_infer_binary_terms(lun_call *c);
void lun_vjp_binary_terms(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_bce_with_logits(lun_call *c);
bool lun_compose_kl_div(lun_call *c);
bool lun_compose_gaussian_nll_loss(lun_call *c);
bool lun_compose_poisson_nll_loss(lun_call *c);
bool lun_compose_sigmoid_focal_loss(lun_call *c);
/* loss_margin.c */
bool lun_compose_margin_ranking_loss(lun_call *c);
bool lun_compose_cosine_embedding_loss(lun_call *c);
bool lun_compose_triplet_margin_loss(lun_call *c);
bool lun_compose_multi_margin_loss(lun_call *c);
bool lun_compose_multilabel_margin_loss(lun_call *c);
bool lun_infer_label_counts(lun_call *c);
bool lun_compose_multilabel_soft_margin_loss(lun_call *c);
/* loss_ctc.c */
bool lun_compose_ctc_loss(lun_call *c);
bool lun_infer_ctc(lun_call *c);
void lun_vjp_ctc(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_ctc_gradient(lun_call *c);
#endif
