/* conv_loops.c - the loop of kernels/cpu/conv_few.c for float and double
 *
 * Holds: eight outputs at a time stay in registers while all elements of the window go by; vectors are 64 bytes, which the compiler
 * splits where registers are narrower. Read next: kernels/cpu/conv_few.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/conv_loops.h"

#include <string.h>

#define FEW(T, NAME)                                                                                                        \
    typedef T vec_##NAME __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));                                   \
    static void few_##NAME(int64_t n, int64_t k, const int64_t *restrict offset, const void *from, const void *weights,     \
                           const void *start, int outs, int64_t plane, void *to)                                            \
    {                                                                                                                       \
        enum { LANES = 64 / sizeof(T) };                                                                                    \
        const T *x = from, *w = weights, *b = start;                                                                        \
        T *y = to;                                                                                                          \
        for (int64_t i = 0; i < n; i += LANES) {                                                                            \
            vec_##NAME sum[LUN_CONV_FEW];                                                                                   \
            for (int o = 0; o < LUN_CONV_FEW; o++) sum[o] = (vec_##NAME){0} + b[o];                                         \
            for (int64_t e = 0; e < k; e++) {                                                                               \
                vec_##NAME v = *(const vec_##NAME *)(const void *)(x + offset[e] + i);                                      \
                for (int o = 0; o < LUN_CONV_FEW; o++) sum[o] += v * w[e * LUN_CONV_FEW + o];                               \
            }                                                                                                               \
            size_t bytes = (size_t)(n - i < LANES ? n - i : LANES) * sizeof(T);                                             \
            for (int o = 0; o < outs; o++) memcpy(y + o * plane + i, &sum[o], bytes);                                       \
        }                                                                                                                   \
    }
FEW(float, f32)
FEW(double, f64)

const lun_conv_cells LUN_HERE(lun_conv_cells_f32) = {few_f32};
const lun_conv_cells LUN_HERE(lun_conv_cells_f64) = {few_f64};
