/* kernels.h - every CPU kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cpu/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_KERNELS_H
#define LUN_KERNELS_CPU_KERNELS_H
#include "core/apply.h"

/* formulas kept as text: expression.c */
bool lun_cpu_expression(lun_call *);

/* matrices: matmul.c */
bool lun_cpu_matmul(lun_call *);
bool lun_matmul_integers(lun_call *); /* the part of matmul that BLAS cannot do: matmul_integers.c */
bool lun_cpu_linear(lun_call *);
#endif
