/* late.h - work of streams that is done as late as may be
 *
 * Usually a stream has done its work when a call returns. LUNETTE_HOST_DEVICE_LAZY=1 keeps it in queues until somebody waits for it, so that
 * a wait that is missing shows as a wrong result. Read next: kernels/cuda/host/stream.cpp. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_LATE_H
#define LUN_KERNELS_CUDA_HOST_LATE_H
#include "kernels/cuda/host/runtime_api.h"

/* The stream of launches (kernels/cuda/device.h). */
extern "C" cudaStream_t lun_cuda_stream(void);
/* Does the work in this stream, after what is there; lun_host_do(work) in that of launches. */
cudaError_t lun_host_do_in(cudaStream_t stream, const std::function<cudaError_t()> &work);
/* Is work queued now? */
bool lun_host_is_late(void);
/* All work of all streams is done. */
cudaError_t lun_host_drain(void);
#endif
