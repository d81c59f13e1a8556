/* health.h - which of NaN and infinity are in a tensor, as fast as memory can be read
 *
 * Read next: kernels/cpu/health.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_HEALTH_H
#define LUN_KERNELS_CPU_HEALTH_H
#include "core/backend.h"
#include "kernels/cpu/isa.h"

typedef unsigned lun_health_loop(int64_t n, const void *x); /* LUN_HAS_NAN | LUN_HAS_INFINITY */
typedef struct lun_health_table { lun_health_loop *f16, *bf16, *f32, *f64; } lun_health_table;
LUN_EACH_ISA(const lun_health_table, lun_health_loops);

/* Of a float tensor with any strides. */
unsigned lun_cpu_health(const lun_tensor *x);
#endif
