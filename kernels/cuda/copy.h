/* copy.h - moving elements on the device: copies of any strides, conversions, one value everywhere
 *
 * All on the current stream, without waiting. Tensors have n >= 1 elements; target and source do not overlap, or are the same element
 * by element. False after lun_fail. Read next: kernels/cuda/copy.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_COPY_H
#define LUN_KERNELS_CUDA_COPY_H
#include "kernels/cuda/map.h"

bool lun_cuda_copy_tensor(const lun_tensor *to, const lun_tensor *x); /* broadcasts x; converts */
bool lun_cuda_fill_tensor(const lun_tensor *to, const void *value);   /* value: one element of its dtype, in host memory */
bool lun_cuda_fill_zero(const lun_tensor *to);
#endif
