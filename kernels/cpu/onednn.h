/* onednn.h - oneDNN, where it is installed, for the larger products of floats and of bytes. Read next: kernels/cpu/onednn.c.
 * SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_ONEDNN_H
#define LUN_KERNELS_CPU_ONEDNN_H
#include "kernels/cpu/gemm.h"

/* Is oneDNN found, and of use on this processor? Loads it. */
bool lun_onednn_there(void);
/* As lun_gemm for F32, on one thread. False, and nothing done, when it is not there or the product is small. */
bool lun_onednn_product(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, float *c, int64_t ldc, bool add);

/* Is a product of bytes worth a call, and the processor one that sums it without losing bits (AVX512_VNNI)? */
bool lun_onednn_takes_bytes(int64_t m, int64_t n, int64_t k);
/* c = a b on one thread, in int32, which wraps around; a is uint8, or int8 with `signs`, b int8. lun_onednn_takes_bytes has been asked. */
bool lun_onednn_bytes(int64_t m, int64_t n, int64_t k, lun_matrix a, bool signs, lun_matrix b, int32_t *c, int64_t ldc);
#endif
