/* random.h - counter-based random numbers: Philox4x32-10
 *
 * A generator is two integers. The k-th group of four 32-bit numbers of a draw is philox(seed, offset + k): the same on every
 * device and for every split of the work. A draw of n numbers moves offset by ceil(n / 4).
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_RANDOM_H
#define LUN_CORE_RANDOM_H
#include "core/dtype.h"

typedef struct lun_generator { uint64_t seed, offset; } lun_generator;

/* `again` counts further groups at the same place, for whoever cannot say beforehand how many it takes. */
static inline LUN_ON_DEVICE void lun_philox_round(uint64_t seed, uint64_t counter, uint32_t again, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = again, c3 = 0;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0, p1 = (uint64_t)0xCD9E8D57U * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static inline LUN_ON_DEVICE void lun_philox(uint64_t seed, uint64_t counter, uint32_t out[4]) { lun_philox_round(seed, counter, 0, out); }
#endif
