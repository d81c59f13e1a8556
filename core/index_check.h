/* index_check.h - tensors that hold positions. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_INDEX_CHECK_H
#define LUN_CORE_INDEX_CHECK_H
#include "core/apply.h"

/* Replaces every index and label input of a call by a checked, 0-based, contiguous int64 copy. Positions run 1..call->bound, and for
 * indices -bound..-1 from the end; call->ignore passes unchanged in labels. False after lun_fail naming the first bad one. */
bool lun_check_indices(lun_call *c);
#endif
