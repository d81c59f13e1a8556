/* pick.h - copying rows of bytes by a list of positions. Read next: kernels/cuda/index.cu. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CUDA_PICK_H
#define LUN_KERNELS_CUDA_PICK_H
#include "kernels/cuda/dense.h"

/* to[o, k] = from[o, index[k]] for o < outer, k < count: rows of `bytes` bytes, of which `from` has `length` for each o. */
bool lun_cuda_pick_rows(void *to, const void *from, const int64_t *index, int64_t outer, int64_t count, int64_t length,
                        int64_t bytes);
#endif
