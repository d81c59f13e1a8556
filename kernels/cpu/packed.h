/* packed.h - products of a few rows with a matrix that is put in order once and multiplied with many times
 *
 * What a library's gemm does before each product, lay its right operand out in panels, costs as much as the product itself when that has
 * eight rows and its matrix is the same at each step of a sequence.
 * Holds: an element of a result is summed in the order of k whatever the number of rows, so how rows are cut is not seen in the bits.
 * Read next: kernels/cpu/packed_loops.c, kernels/cpu/recurrent.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_PACKED_H
#define LUN_KERNELS_CPU_PACKED_H
#include "kernels/cpu/isa.h"
#include <stdint.h>

typedef struct lun_packed_loops {
    int64_t panel; /* columns of a panel; k x n numbers take k x (n rounded up to panels) */
    /* b is k x n, its elements `row` and `col` apart */
    void (*pack)(int64_t k, int64_t n, const void *b, int64_t row, int64_t col, void *to);
    /* to = x b + start + bias, rows of `to` `apart` numbers apart, all others side by side; start (which may be `to`) and bias may be NULL */
    void (*product)(int64_t rows, int64_t k, int64_t n, const void *x, const void *packed, const void *start, const void *bias, void *to,
                    int64_t apart);
} lun_packed_loops;
LUN_EACH_ISA(const lun_packed_loops, lun_packed_f32);
LUN_EACH_ISA(const lun_packed_loops, lun_packed_f64);
#endif
