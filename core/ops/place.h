/* place.h - rules named by the rows of core/ops/place.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_PLACE_H
#define LUN_CORE_OPS_PLACE_H
#include "core/apply.h"
struct lun_node;

/* place.c */
bool lun_compose_take(lun_call *c);
bool lun_compose_put(lun_call *c);
bool lun_compose_masked_scatter(lun_call *c);
/* x with slices of source written, or added, at positions of its first dim. */
lun_tensor *lun_placed(lun_tensor *x, lun_tensor *index, lun_tensor *source, bool accumulate);
/* place_index.c */
bool lun_compose_index_put(lun_call *c);
/* place_fold.c */
bool lun_compose_scatter_reduce(lun_call *c);
bool lun_compose_index_reduce(lun_call *c);
bool lun_infer_scatter_fold(lun_call *c);
void lun_vjp_scatter_fold(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
