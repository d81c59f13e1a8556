/* gemm_bf16.h - products of bf16 by the processor's instruction for them. Read next: kernels/cpu/gemm_bf16.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_GEMM_BF16_H
#define LUN_KERNELS_CPU_GEMM_BF16_H
#include "kernels/cpu/gemm.h"

/* Does the processor have it? Else the function below must not be called. */
bool lun_gemm_bf16_there(void);
/* Bytes of scratch memory, aligned to 64, that one thread needs. */
size_t lun_gemm_bf16_room(void);
/* lun_gemm_cut with blocks of whole panels. */
lun_gemm_blocks lun_gemm_bf16_cut(int64_t m, int64_t n, int64_t k);
/* c = a b, or c += a b when `add`; a is m x k and b k x n of bf16, with any strides; c is float, row-major, rows `ldc` apart; k > 0.
 * False when an interrupt arrived. */
bool lun_gemm_bf16(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, float *c, int64_t ldc, bool add, void *room);
#endif
