/* health_loops.c - which of NaN and infinity are among n floats? One loop for each format, once per instruction set
 *
 * A float whose exponent is all ones is not finite: adding the exponent's lowest bit to it then carries into the sign's place. Only
 * where that is so the mantissas are looked at. Read next: kernels/cpu/health.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/health.h"

#define LOOP(NAME, WORD, EXPONENT, SIGN)                                                                     \
    static unsigned NAME(int64_t n, const void *from)                                                        \
    {                                                                                                        \
        const WORD *restrict x = from;                                                                       \
        WORD carry = 0, nan = 0, infinity = 0;                                                               \
        for (int64_t i = 0; i < n; i++) carry |= (WORD)((x[i] & EXPONENT) + (EXPONENT & -EXPONENT));         \
        if (!(carry & SIGN)) return 0;                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                                    \
            WORD size = (WORD)(x[i] & (SIGN - 1));                                                           \
            nan |= size > EXPONENT;                                                                          \
            infinity |= size == EXPONENT;                                                                    \
        }                                                                                                    \
        return (nan ? LUN_HAS_NAN : 0U) | (infinity ? LUN_HAS_INFINITY : 0U);                                \
    }
LOOP(f16, uint16_t, 0x7c00U, 0x8000U)
LOOP(bf16, uint16_t, 0x7f80U, 0x8000U)
LOOP(f32, uint32_t, 0x7f800000U, 0x80000000U)
LOOP(f64, uint64_t, 0x7ff0000000000000U, 0x8000000000000000U)

const lun_health_table LUN_HERE(lun_health_loops) = {.f16 = f16, .bf16 = bf16, .f32 = f32, .f64 = f64};
