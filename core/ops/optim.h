/* optim.h - rules named by the rows of core/ops/optim.def (infer). SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_OPTIM_H
#define LUN_CORE_OPS_OPTIM_H
#include "core/apply.h"
bool lun_infer_sgd_step(lun_call *c);
bool lun_infer_adam_step(lun_call *c);
#endif
