/* cuda_host.h - the host device: what a .cu file sees in place of CUDA's headers when g++ compiles it
 *
 * The host device runs kernels on the CPU, block after block, each thread of a block as a fiber (launch.cpp), so that indices, barriers
 * and reductions are tested, and watched by the sanitizers, on machines without a GPU. It is not fast and not meant to be.
 * Holds: device memory can be read by the host only inside launches and copies; a barrier that can never open is an error that says
 * who waits where; LUNETTE_HOST_DEVICE_ORDER=N runs threads and blocks in an order shuffled by N, so that races show as differences.
 * Read next: language.h (keywords, barriers, warps, atomics), intrinsics.h (arithmetic), runtime_api.h (memory, streams, events).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_CUDA_HOST_H
#define LUN_KERNELS_CUDA_HOST_CUDA_HOST_H
#include "kernels/cuda/host/language.h"
#include "kernels/cuda/host/atomics.h"
#include "kernels/cuda/host/intrinsics.h"
#include "kernels/cuda/host/runtime_api.h"
#endif
