/* scan.h - running sums and products of LUN_SCAN_ROWS rows of n elements, which follow each other. out may be x.
 * Read next: kernels/cpu/scan_loops.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_SCAN_H
#define LUN_KERNELS_CPU_SCAN_H
#include "kernels/cpu/isa.h"

#include <stdint.h>

enum { LUN_SCAN_ROWS = 8 };
typedef void lun_scan_f32(const float *x, float *out, int64_t n);
typedef void lun_scan_f64(const double *x, double *out, int64_t n);
LUN_EACH_ISA(lun_scan_f32, lun_scan_sum_f32);
LUN_EACH_ISA(lun_scan_f32, lun_scan_product_f32);
LUN_EACH_ISA(lun_scan_f64, lun_scan_sum_f64);
LUN_EACH_ISA(lun_scan_f64, lun_scan_product_f64);
#endif
