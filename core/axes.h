/* axes.h - the dims of a tensor that a reduction folds away, and those that it keeps
 *
 * Holds: what reductions of all devices walk over, so that they part alike. Read next: kernels/cpu/reduce_plan.h, kernels/cuda/reduce.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_AXES_H
#define LUN_CORE_AXES_H
#include "core/tensor.h"

typedef struct lun_axes {
    int n;
    int64_t numel;
    int64_t dims[LUN_MAX_DIMS], in[LUN_MAX_DIMS], out[LUN_MAX_DIMS]; /* strides of the input and of the result, in elements */
} lun_axes;

/* Parts x's dims by the mask `folded`; each part is sorted by x's strides and merged (`in_order`: places matter, so folded dims keep their
 * order). A part can be without axes. */
void lun_axes_part(const lun_tensor *x, uint32_t folded, bool in_order, lun_axes *kept, lun_axes *gone);
#endif
