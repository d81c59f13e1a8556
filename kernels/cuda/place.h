/* place.h - slices added or written at listed positions. Read next: kernels/cuda/place.cu, kernels/cuda/segments.h.
 * SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CUDA_PLACE_H
#define LUN_KERNELS_CUDA_PLACE_H
#include "kernels/cuda/segments.h"

/* Adds slices [outer, count, inner] of the dtype given at index (from 0) of out [outer, length, inner], in the order of the
 * index. x says which device. Without s.keep all of `out` is written, with 0 where nothing comes. */
bool lun_cuda_add_slices(const lun_tensor *x, lun_dtype dtype, void *out, const void *source, const int64_t *index,
                         const lun_slices &s);
/* Writes them; of several for one position the last stays. */
bool lun_cuda_put_slices(const lun_tensor *x, lun_dtype dtype, void *out, const void *source, const int64_t *index,
                         const lun_slices &s);
#endif
