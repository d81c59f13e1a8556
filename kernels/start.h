/* start.h - making the library usable. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_START_H
#define LUN_KERNELS_START_H
#include "core/apply.h"
#include "core/backend.h"
#include "core/context.h"

/* Reads the op table and puts the CPU's kernels in place. Idempotent, safe from any thread; false after lun_fail. */
bool lun_start(void);
/* The CPU's table (kernels/cpu/backend.c): looks at CPUID (override LUNETTE_ISA) and warms up OpenBLAS. NULL after lun_fail. */
const lun_backend *lun_cpu_backend(void);
/* lunette_cuda.so (kernels/cuda/backend.c) has `const lun_backend *lun_cuda_backend(uint64_t program)`: it looks for a driver and devices,
 * and gives its table, or NULL after lun_fail with the reason. It is loaded at the first use of a device. `program` is the program's mark. */
typedef const lun_backend *lun_cuda_opener(uint64_t program);
/* What program and module have in common, in one number: how many rows there are, and how large what both read is. */
static inline uint64_t lun_module_mark(void)
{
    const uint64_t parts[] = {LUN_OP_COUNT, sizeof(lun_backend), sizeof(lun_call), sizeof(lun_context), sizeof(lun_op), sizeof(lun_tensor),
                              sizeof(lun_storage)};
    uint64_t mark = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) mark = (mark ^ parts[i]) * 1099511628211U;
    return mark;
}
#endif
