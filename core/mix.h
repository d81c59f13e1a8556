/* mix.h - which dtype an op computes in. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_MIX_H
#define LUN_CORE_MIX_H
#include "core/apply.h"

/* Casts the tensor inputs as the row's class and mix say (PyTorch's result_type: tensors with dims outweigh 0-d ones, those outweigh
 * wrapped numbers, within one kind). False after lun_fail when the class forbids a dtype. */
bool lun_mix_dtypes(lun_call *c);
/* Only the class check, for composed ops. */
bool lun_check_class(lun_call *c);
/* Does the row take the dtype? False after the lun_fail that names those it takes. */
bool lun_check_taken(const lun_op *op, lun_dtype t);
/* Are the results' dtypes such that the row has kernels for them? (A real row cannot give complex numbers.) */
bool lun_check_results(const lun_call *c);
/* PyTorch's result_type of the call's inputs from `first` on. */
lun_dtype lun_common_dtype(const lun_call *c, int first);
#endif
