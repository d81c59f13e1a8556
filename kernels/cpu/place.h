/* place.h - writing slices of one dim at listed positions. Read next: kernels/cpu/place.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_PLACE_H
#define LUN_KERNELS_CPU_PLACE_H
#include "core/tensor.h"

/* n elements of `from` into (or onto) those of `to` */
typedef void lun_slice_placer(int64_t n, void *to, const void *from, double alpha);
lun_slice_placer *lun_slice_copier(int64_t size);

/* Slice k of source goes to position index[k] (from 0, int64, contiguous) of dim; `one`: source is one slice for all positions.
 * out is contiguous, source too and of its dtype. False after lun_fail (interrupt). */
bool lun_place_slices(const lun_tensor *out, int dim, const lun_tensor *index, const void *source, bool one, lun_slice_placer *place,
                      double alpha);
#endif
