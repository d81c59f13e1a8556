/* embedding.h - rules named by the rows of core/ops/embedding.def
 *
 * Read next: core/ops/embedding.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_EMBEDDING_H
#define LUN_CORE_OPS_EMBEDDING_H
#include "core/apply.h"
struct lun_node;

/* embedding.c */
bool lun_infer_embedding(lun_call *c);
void lun_vjp_embedding(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_embedding_gradient(lun_call *c);
void lun_vjp_embedding_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_one_hot(lun_call *c);
bool lun_infer_one_hot_classes(lun_call *c);
bool lun_compose_dropout(lun_call *c);
bool lun_infer_dropout_mask(lun_call *c);
void lun_vjp_dropout_mask(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
