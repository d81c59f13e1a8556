/* gemm_plain.c - a matrix product in plain loops, for machines without OpenBLAS
 *
 * Holds: the terms of each sum are added in the order of k, whatever the strides. Some ten times slower than OpenBLAS.
 * Read next: kernels/cpu/gemm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/gemm.h"

#include <string.h>

enum { PANEL = 256 }; /* terms of a sum for which a piece of b is used while it is near */

/* c += a b with each row of b in order in memory; else the innermost loop is a dot product. */
#define PRODUCT(name, T)                                                                                                           \
    static void name(int64_t m, int64_t n, int64_t k, lun_matrix x, lun_matrix y, T *restrict c, int64_t ldc)                      \
    {                                                                                                                              \
        const T *a = x.data, *b = y.data;                                                                                          \
        for (int64_t from = 0; from < k; from += PANEL) {                                                                          \
            int64_t to = k - from < PANEL ? k : from + PANEL;                                                                      \
            for (int64_t i = 0; i < m; i++) {                                                                                      \
                T *restrict row = c + i * ldc;                                                                                     \
                if (y.col == 1)                                                                                                    \
                    for (int64_t p = from; p < to; p++) {                                                                          \
                        const T s = a[i * x.row + p * x.col], *restrict terms = b + p * y.row;                                     \
                        for (int64_t j = 0; j < n; j++) row[j] += s * terms[j];                                                    \
                    }                                                                                                              \
                else                                                                                                               \
                    for (int64_t j = 0; j < n; j++) {                                                                              \
                        T sum = row[j];                                                                                            \
                        for (int64_t p = from; p < to; p++) sum += a[i * x.row + p * x.col] * b[p * y.row + j * y.col];            \
                        row[j] = sum;                                                                                              \
                    }                                                                                                              \
            }                                                                                                                      \
        }                                                                                                                          \
    }
PRODUCT(product_f32, float)
PRODUCT(product_f64, double)
PRODUCT(product_c64, float _Complex)
PRODUCT(product_c128, double _Complex)

void lun_gemm_plain(lun_dtype type, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add)
{
    const size_t size = lun_dtype_size(type);
    for (int64_t i = 0; !add && i < m; i++) memset((char *)c + (size_t)(i * ldc) * size, 0, (size_t)n * size);
    if (type == LUN_C128) product_c128(m, n, k, a, b, c, ldc);
    else if (type == LUN_C64) product_c64(m, n, k, a, b, c, ldc);
    else if (type == LUN_F64) product_f64(m, n, k, a, b, c, ldc);
    else product_f32(m, n, k, a, b, c, ldc);
}
