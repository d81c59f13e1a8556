/* gemm_bf16.h - products of bf16 by the processor's instruction for them. Read next: kernels/cpu/gemm_bf16.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_GEMM_BF16_H
#define LUN_KERNELS_CPU_GEMM_BF16_H
#include "kernels/cpu/gemm.h"

enum { LUN_BF16_PANEL = 32 }; /* columns of b that are packed together */

/* Does the processor have it? Else the functions below must not be called. */
bool lun_gemm_bf16_there(void);
/* lun_gemm_cut with blocks that begin at a panel. */
lun_gemm_blocks lun_gemm_bf16_cut(int64_t m, int64_t n, int64_t k);
/* Bytes of a packed b, k x n, and of the scratch memory of one thread; both aligned to 64. */
size_t lun_gemm_bf16_packed(int64_t n, int64_t k);
size_t lun_gemm_bf16_room(void);
/* Packs one panel of b, k x n of bf16 with any strides; there are n / 32 of them, rounded up. */
void lun_gemm_bf16_pack(int64_t n, int64_t k, lun_matrix b, int64_t panel, void *packed);
/* c = a b for the columns of b from `col` (where a panel begins) to col + cols, plus `bias`, which has as many numbers, if it is not NULL. a is
 * m x k of bf16, with any strides, b k x n, packed; c is bf16, row-major, rows `ldc` apart, and begins with column `col`; k > 0. False when an
 * interrupt arrived. */
bool lun_gemm_bf16(int64_t m, int64_t n, int64_t k, lun_matrix a, void *packed, int64_t col, int64_t cols, const float *bias, uint16_t *c,
                   int64_t ldc, void *room);
#endif
