/* copy.h - moving, converting and filling tensors of any strides
 *
 * Read next: kernels/cpu/copy.c, kernels/cpu/fill.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_COPY_H
#define LUN_KERNELS_CPU_COPY_H
#include "core/apply.h"
#include "kernels/iter.h"

/* Operand 1 into operand 0 of a merged iteration, converted. False after lun_fail (interrupt). */
bool lun_copy_run(const lun_iter *it);
/* x into `to`, broadcast and converted; `to` may be strided. */
bool lun_copy_tensor(const lun_tensor *to, const lun_tensor *x);
/* x as plain memory in row-major order, of the dtype given; `to` has room for it. */
bool lun_copy_flat(void *to, lun_dtype dtype, const lun_tensor *x);
/* One value (a single element of to's dtype) into every element of `to`. */
bool lun_fill_tensor(const lun_tensor *to, const void *value);
bool lun_fill_zero(const lun_tensor *to);

/* Kernels. */
bool lun_cpu_copy(lun_call *c);        /* cast, clone: in[0] into out[0] */
bool lun_cpu_copy_(lun_call *c);       /* in[1] into in[0] */
bool lun_cpu_fill(lun_call *c);        /* full, full_like, fill_, zeros, ones ... */
bool lun_cpu_empty(lun_call *c);
bool lun_cpu_eye(lun_call *c);
bool lun_cpu_range(lun_call *c);       /* arange, range */
bool lun_cpu_linspace(lun_call *c);
bool lun_cpu_slice_gradient(lun_call *c);
#endif
