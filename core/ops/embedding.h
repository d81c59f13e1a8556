/* embedding.h - rules named by the rows of core/ops/embedding.def
 *
 * Read next: core/ops/embedding.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_EMBEDDING_H
#define LUN_CORE_OPS_EMBEDDING_H
#include "core/apply.h"
struct lun_node;

/* embedding.c */
bool lun_compose_embedding(lun_call *c);
bool lun_infer_embedding(lun_call *c);
void lun_vjp_embedding(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_embedding_gradient(lun_call *c);
void lun_vjp_embedding_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_embedding_renorm(lun_call *c);
bool lun_infer_embedding_add(lun_call *c);
bool lun_infer_token_frequency(lun_call *c);
bool lun_compose_one_hot(lun_call *c);
bool lun_infer_one_hot_classes(lun_call *c);
/* x's rows of weight, after max_norm has been seen to; padding is attribute k of c, by_frequency as scale_grad_by_freq. */
lun_tensor *lun_embedding_rows(const lun_call *c, lun_tensor *x, lun_tensor *weight, int padding_at, int max_norm_at, int by_frequency_at,
                               int sparse_at);
/* embedding_bag.c */
bool lun_compose_embedding_bag(lun_call *c);
bool lun_infer_bag_argmax(lun_call *c);
/* dropout.c */
bool lun_compose_dropout(lun_call *c);
bool lun_infer_dropout_mask(lun_call *c);
void lun_vjp_dropout_mask(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_feature_dropout(lun_call *c);
bool lun_compose_alpha_dropout(lun_call *c);
#endif
