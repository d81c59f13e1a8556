/* fft_loops.c - the passes of the Fourier transform for float and double. Read next: kernels/cpu/fft.inc. SPDX-License-Identifier: MIT */
#include "kernels/cpu/fft.h"
#include "kernels/cpu/vmath.h"
#include "kernels/threads.h"

#include <string.h>

#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t q = 0; q < s; q++)
#else
#define EACH _Pragma("GCC ivdep") for (int64_t q = 0; q < s; q++)
#endif
#define PASTE_2(a, b) a##_##b
#define PASTE(a, b) PASTE_2(a, b)
#define OWN(name) PASTE(name, ID)

#define T float
#define ID f32
#include "kernels/cpu/fft.inc"
#undef T
#undef ID
#define T double
#define ID f64
#include "kernels/cpu/fft.inc"

const lun_fft_loops LUN_HERE(lun_fft_f32) = {run_f32};
const lun_fft_loops LUN_HERE(lun_fft_f64) = {run_f64};
