/* count.h - rules named by the rows of core/ops/count.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_COUNT_H
#define LUN_CORE_OPS_COUNT_H
#include "core/apply.h"

/* count.c */
bool lun_compose_msort(lun_call *c);
bool lun_compose_searchsorted(lun_call *c); /* and bucketize */
bool lun_infer_search_sorted(lun_call *c);
bool lun_compose_isin(lun_call *c);
bool lun_infer_histc(lun_call *c);
bool lun_compose_histogram(lun_call *c);
bool lun_compose_bincount(lun_call *c);
/* count_unique.c */
bool lun_compose_unique(lun_call *c); /* and unique_consecutive */
#endif
