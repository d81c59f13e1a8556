/* start.h - making the library usable. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_START_H
#define LUN_KERNELS_START_H
#include "core/backend.h"

/* Reads the op table and puts the CPU's kernels in place. Idempotent, safe from any thread; false after lun_fail. */
bool lun_start(void);
/* The CPU's table (kernels/cpu/backend.c): looks at CPUID (override LUNETTE_ISA) and warms up OpenBLAS. NULL after lun_fail. */
const lun_backend *lun_cpu_backend(void);
/* lunette_cuda.so (kernels/cuda/backend.c) has `const lun_backend *lun_cuda_backend(void)`: it looks for a driver and devices, and gives
 * its table, or NULL after lun_fail with the reason. It is loaded at the first use of a device. */
#endif
