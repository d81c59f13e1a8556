/* special.h - the special functions of core/special.h on the device, from the same text
 *
 * The sources of the core are read once more here, as functions that kernels call (LUN_SPECIAL); they are long, so they are not
 * put into their callers. Read next: core/special.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SPECIAL_H
#define LUN_KERNELS_CUDA_SPECIAL_H
#include "kernels/cuda/device.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

#ifdef LUN_CORE_SPECIAL_H
#error "core/special.h came before kernels/cuda/special.h"
#endif
#ifdef LUN_CUDA_HOST
#define LUN_SPECIAL static inline __attribute__((unused))
#else
#define LUN_SPECIAL static __noinline__ __device__ __attribute__((unused))
#endif
#define LUN_SPECIAL_PART LUN_SPECIAL
namespace lun_special {
#include "core/special.c"
}
namespace lun_special {
#include "core/special_gamma.c"
}
#endif
