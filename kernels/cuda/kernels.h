/* kernels.h - every CUDA kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cuda/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_KERNELS_H
#define LUN_KERNELS_CUDA_KERNELS_H
#include "core/backend.h"

#endif
