/* kernels.h - every CUDA kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cuda/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_KERNELS_H
#define LUN_KERNELS_CUDA_KERNELS_H
#include "core/backend.h"

/* memory, copies, errors: runtime.cu */
bool lun_cuda_open(void); /* looks for a driver and devices once; false after lun_fail with the reason */
void *lun_cuda_get(size_t bytes, int index);
void lun_cuda_put(void *data, size_t bytes, int index);
bool lun_cuda_to_host(void *host, const void *device, size_t bytes, int index);
bool lun_cuda_from_host(void *device, const void *host, size_t bytes, int index);
bool lun_cuda_synchronize(int index);
int lun_cuda_count(void);
bool lun_cuda_copy(void *to, int to_index, const void *from, int from_index, size_t bytes);
bool lun_cuda_begin(int index, const lun_call *c);
lun_tensor *lun_cuda_positions(const lun_call *c, int i, bool labels);
bool lun_cuda_add_one(lun_tensor *x);
#endif
