/* whole_range.h - whole numbers between two ends in equal steps, exact where doubles have too few digits
 *
 * Included by the kernels of the CPU and of CUDA, so that both make the same numbers. Read next: core/ops/create.def (linspace).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_WHOLE_RANGE_H
#define LUN_CORE_OPS_WHOLE_RANGE_H
#include "core/dtype.h"

/* Do the ends need it? Up to 2^53 doubles hold all whole numbers. gaps: between the numbers, one less than there are. */
static inline bool lun_range_is_wide(int64_t a, int64_t b, int64_t gaps)
{
    const int64_t most = INT64_C(1) << 53;
    return (a > most || a < -most || b > most || b < -most) && gaps <= UINT32_MAX;
}

/* Number k (from 0) of those from a to b: what lies between two whole ones is cut off, towards 0. */
static inline LUN_ON_DEVICE int64_t lun_range_whole(int64_t a, int64_t b, int64_t k, int64_t gaps)
{
    if (gaps < 1) return a;
    uint64_t n = (uint64_t)gaps, span = b >= a ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    uint64_t rest = span % n * (uint64_t)k, far = span / n * (uint64_t)k + rest / n;
    int64_t v = (int64_t)(b >= a ? (uint64_t)a + far : (uint64_t)a - far);
    if (rest % n == 0) return v;
    return b >= a ? v + (v < 0) : v - (v > 0);
}
#endif
