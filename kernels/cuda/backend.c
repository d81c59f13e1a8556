/* backend.c - CUDA's table of kernels
 *
 * An op without a line is a view, is made of other ops, or has no CUDA kernel yet: then the door runs the CPU's on copies and says so once.
 * Read next: kernels/cuda/device.h, kernels/cuda/runtime.cu. SPDX-License-Identifier: MIT
 */
#include "core/device.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/runtime.h"

static const lun_backend table = {
    .name = "cuda", .get = lun_cuda_get, .put = lun_cuda_put, .to_host = lun_cuda_to_host, .from_host = lun_cuda_from_host,
    .synchronize = lun_cuda_synchronize, .count = lun_cuda_count, .copy = lun_cuda_copy, .begin = lun_cuda_begin,
    .positions = lun_cuda_positions, .add_one = lun_cuda_add_one,
    .summarize = lun_cuda_summarize, .pick = lun_cuda_pick,
    .cuda = &lun_cuda_services,
    .kernel = {
        [LUN_OP_to_device] = lun_device_arrived,
    },
};

const lun_backend *lun_cuda_backend(void);
const lun_backend *lun_cuda_backend(void) { return lun_cuda_count() ? &table : NULL; }
