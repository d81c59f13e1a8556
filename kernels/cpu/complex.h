/* complex.h - loops of complex numbers that are no formula: absolute value, angle, sgn, conjugate, tests for NaN and infinity
 *
 * They run as elementwise loops (kernels/cpu/map.h); an absolute value reads complex and writes real numbers.
 * Read next: kernels/cpu/complex_loops.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_COMPLEX_H
#define LUN_KERNELS_CPU_COMPLEX_H
#include "kernels/cpu/map.h"

typedef struct lun_complex_loops { lun_loop *abs, *angle, *sgn, *conj, *isnan, *isinf, *isfinite, *real_angle; } lun_complex_loops;
LUN_EACH_ISA(const lun_complex_loops, lun_complex_c64);
LUN_EACH_ISA(const lun_complex_loops, lun_complex_c128);

/* abs, angle, sgn, conj_physical, isnan, isinf, isfinite of complex tensors; angle and conj_physical of real ones too */
bool lun_cpu_complex_part(struct lun_call *c);
bool lun_cpu_complex_prod(struct lun_call *c); /* prod of complex tensors */
#endif
