/* derive.h - rules named by the rows of core/ops/derive.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_DERIVE_H
#define LUN_CORE_OPS_DERIVE_H
#include "core/apply.h"

bool lun_compose_new(lun_call *c); /* new_zeros, new_ones, new_full */
bool lun_compose_logspace(lun_call *c);
bool lun_compose_scalar_tensor(lun_call *c);
bool lun_compose_sum_to_size(lun_call *c);
bool lun_compose_unravel_index(lun_call *c);
#endif
