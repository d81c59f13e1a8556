/* samplers.h - the samplers of kernels/cpu/samplers.c on the device, from the same text
 *
 * Read next: kernels/cpu/draw.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SAMPLERS_H
#define LUN_KERNELS_CUDA_SAMPLERS_H
#include "kernels/cuda/special.h"

#define LUN_SAMPLER LUN_SPECIAL
#define LUN_SAMPLER_PART LUN_SPECIAL
extern "C" {
#include "core/random.h"
}
namespace lun_samplers {
using namespace lun_special;
#include "kernels/cpu/samplers.c"
}
using lun_samplers::lun_stream;
using lun_samplers::lun_stream_of;
#endif
