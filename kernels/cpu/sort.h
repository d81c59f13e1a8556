/* sort.h - the order of one line, for kernels by rank. Read next: kernels/cpu/sort.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_SORT_H
#define LUN_KERNELS_CPU_SORT_H
#include "core/dtype.h"

/* The positions of the k smallest of n elements (F64 or I64, side by side) in order, NaN last, equal ones as they stand; n < 2^32.
 * scratch has lun_order_bytes(n), at has room for k. */
void lun_order_first(lun_dtype wide, const void *line, int64_t n, int64_t k, void *scratch, uint32_t *at);
size_t lun_order_bytes(int64_t n);
#endif
