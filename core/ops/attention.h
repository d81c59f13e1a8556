/* attention.h - rules named by the rows of core/ops/attention.def
 *
 * Read next: core/ops/attention.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_ATTENTION_H
#define LUN_CORE_OPS_ATTENTION_H
#include "core/apply.h"
struct lun_node;

bool lun_compose_attention(lun_call *c);
bool lun_compose_multi_head(lun_call *c); /* attention_heads.c */
bool lun_infer_attention(lun_call *c);
void lun_vjp_attention(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_attention_gradient(lun_call *c);
bool lun_infer_attention_dropout(lun_call *c);

typedef struct lun_attention { bool causal; double scale, dropout; } lun_attention;
/* Attention of q [*, heads, l, e] over k and v [*, heads / groups, s, .]; mask may be LUN_NONE. When `weights` is not NULL, the
 * scores after softmax (and dropout) are kept there as [*, heads, l, s], at the price of their memory. */
lun_tensor *lun_attend(lun_tensor *q, lun_tensor *k, lun_tensor *v, lun_tensor *mask, const lun_attention *how, lun_tensor **weights);
#endif
