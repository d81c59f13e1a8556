/* statistics.h - rules named by the rows of core/ops/statistics.def, and of std and norm. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_STATISTICS_H
#define LUN_CORE_OPS_STATISTICS_H
#include "core/apply.h"
struct lun_node;

/* statistics.c */
bool lun_compose_norm(lun_call *c);
bool lun_compose_std_of_parts(lun_call *c);
bool lun_compose_std_mean(lun_call *c); /* and var_mean */
bool lun_compose_nansum(lun_call *c);   /* and nanmean */
bool lun_compose_aminmax(lun_call *c);
bool lun_compose_count_nonzero(lun_call *c);
bool lun_compose_dist(lun_call *c);
bool lun_compose_renorm(lun_call *c);
bool lun_compose_cov(lun_call *c);      /* and corrcoef */
/* statistics_rank.c */
bool lun_infer_median(lun_call *c);     /* and nanmedian */
bool lun_infer_kthvalue(lun_call *c);
bool lun_infer_mode(lun_call *c);
void lun_vjp_median(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_picked(const struct lun_node *n, lun_tensor **g, lun_tensor **dx); /* kthvalue, mode */
bool lun_compose_quantile(lun_call *c); /* and nanquantile */
#endif
