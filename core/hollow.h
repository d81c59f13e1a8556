/* hollow.h - tensors that have a dtype, a shape, strides and a device, but no memory
 *
 * A dry run (context.dry) makes its results hollow: any size costs nothing, and whoever asks for an element gets the error
 * LUN_E_VALUES, so a shape that depends on elements is never made up. lun_data of a hollow tensor gives zeros to read that
 * all of them share, because its callers do not expect NULL; the pending error says that they mean nothing.
 * Read next: core/apply.c, lua_bindings/dry.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_HOLLOW_H
#define LUN_CORE_HOLLOW_H
#include "core/tensor.h"

static inline bool lun_is_hollow(const lun_tensor *x) { return x->storage && x->storage->slot == LUN_HOLLOW; }
/* For those who will read elements of x: false after lun_fail when it has none. */
bool lun_needs_values(const lun_tensor *x);
/* Contiguous; NULL after lun_fail, also when it is larger than the address space that could be had. */
lun_tensor *lun_hollow_empty(lun_dtype dtype, int ndim, const int64_t *dims, lun_device device);
/* The same dtype, shape, strides and device as x, over no memory; a leaf that requires grad stays one, other graph is left
 * behind. */
lun_tensor *lun_hollow_like(const lun_tensor *x);
#endif
