/* scan_loops.c - cumsum and cumprod of eight rows at once; compiled once per instruction set
 *
 * A running sum waits for each addition, so one row leaves the processor idle. Eight rows become eight columns in registers, are added up side
 * by side in double, and become rows again: each row's sums are those of one row alone, to the bit.
 * Read next: kernels/cpu/scan.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/scan.h"

#include <string.h>

enum { ROWS = LUN_SCAN_ROWS };
typedef float float8 __attribute__((vector_size(32)));
typedef double double8 __attribute__((vector_size(64)));

/* Three times over, the first half of the rows is interleaved with the second: then they are columns. */
#define TRANSPOSE(V, r)                                                                             \
    for (int round = 0; round < 3; round++) {                                                       \
        V t[ROWS];                                                                                  \
        for (int i = 0; i < ROWS / 2; i++) {                                                        \
            t[2 * i] = __builtin_shufflevector(r[i], r[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);           \
            t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);     \
        }                                                                                           \
        memcpy(r, t, sizeof t);                                                                     \
    }

#define SCAN(name, T, V, start, step)                                                               \
    void LUN_HERE(name)(const T *x, T *out, int64_t n)                                              \
    {                                                                                               \
        double8 total = {start, start, start, start, start, start, start, start};                   \
        int64_t k = 0;                                                                              \
        for (; k + ROWS <= n; k += ROWS) {                                                          \
            V r[ROWS];                                                                              \
            for (int i = 0; i < ROWS; i++) memcpy(&r[i], x + i * n + k, sizeof r[i]);               \
            TRANSPOSE(V, r)                                                                         \
            for (int i = 0; i < ROWS; i++) {                                                        \
                total = total step __builtin_convertvector(r[i], double8);                          \
                r[i] = __builtin_convertvector(total, V);                                           \
            }                                                                                       \
            TRANSPOSE(V, r)                                                                         \
            for (int i = 0; i < ROWS; i++) memcpy(out + i * n + k, &r[i], sizeof r[i]);             \
        }                                                                                           \
        for (int i = 0; i < ROWS; i++) {                                                            \
            double one = total[i];                                                                  \
            for (int64_t rest = k; rest < n; rest++) {                                              \
                one = one step (double)x[i * n + rest];                                             \
                out[i * n + rest] = (T)one;                                                         \
            }                                                                                       \
        }                                                                                           \
    }
SCAN(lun_scan_sum_f32, float, float8, 0, +)
SCAN(lun_scan_product_f32, float, float8, 1, *)
SCAN(lun_scan_sum_f64, double, double8, 0, +)
SCAN(lun_scan_product_f64, double, double8, 1, *)
