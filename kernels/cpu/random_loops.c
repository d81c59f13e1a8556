/* random_loops.c - Philox on many counters at once, and its numbers made uniform or normal
 *
 * Holds: numbers() gives what lun_philox gives, group by group (t/kernels/random.c compares them).
 * Read next: kernels/cpu/random.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/random.h"
#include "kernels/cpu/vmath.h"

enum { LANES = 16 };

static void sixteen_groups(uint64_t seed, uint64_t counter, uint32_t *to)
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < LANES; i++) {
        uint64_t c = counter + (uint64_t)i;
        c0[i] = (uint32_t)c;
        c1[i] = (uint32_t)(c >> 32);
        c2[i] = c3[i] = 0;
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < LANES; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53U * c0[i], p1 = (uint64_t)0xCD9E8D57U * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)p1;
            c3[i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    for (int i = 0; i < LANES; i++) {
        to[4 * i] = c0[i];
        to[4 * i + 1] = c1[i];
        to[4 * i + 2] = c2[i];
        to[4 * i + 3] = c3[i];
    }
}

static void numbers(lun_generator g, int64_t first_group, int64_t groups, uint32_t *to)
{
    uint64_t counter = g.offset + (uint64_t)first_group;
    for (; groups >= LANES; groups -= LANES, counter += LANES, to += 4 * LANES) {
        sixteen_groups(g.seed, counter, to);
    }
    for (; groups > 0; groups--, counter++, to += 4) {
        lun_philox(g.seed, counter, to);
    }
}

static void uniform(int64_t n, const uint32_t *restrict in, float low, float span, float *restrict to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = low + span * ((float)(int32_t)(in[i] >> 8) * 0x1p-24f);
    }
}

/* The angle comes in quarters: two bits turn, thirty bits lie within a quarter, so no reduction is needed. */
static void normal(int64_t pairs, const uint32_t *restrict in, float mean, float deviation, float *restrict to)
{
    for (int64_t q = 0; q < pairs; q++) {
        uint32_t a = in[2 * q], b = in[2 * q + 1];
        float u = ((float)(int32_t)(a >> 16) * 65536.0f + (float)(int32_t)(a & 0xffffU) + 1.0f) * 0x1p-32f;
        float l = -2.0f * lun_log_core32(u), r = deviation * sqrtf(l < 0.0f ? 0.0f : l);
        float t = (float)((int32_t)(b & 0x3fffffffU) - 0x20000000) * 1.46291807926715968e-09f; /* pi/2 / 2^30 */
        to[2 * q] = mean + r * lun_sin_quadrant32(t, (b >> 30) + 1U);
        to[2 * q + 1] = mean + r * lun_sin_quadrant32(t, b >> 30);
    }
}

LUN_INLINE double fraction(uint32_t a, uint32_t b)
{
    return (double)(int64_t)(((uint64_t)a << 21) | (b >> 11)) * 0x1p-53;
}

static void uniform_double(int64_t n, const uint32_t *restrict in, double low, double span, double *restrict to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = low + span * fraction(in[2 * i], in[2 * i + 1]);
    }
}

static void normal_double(int64_t pairs, const uint32_t *restrict in, double mean, double deviation, double *restrict to)
{
    for (int64_t q = 0; q < pairs; q++) {
        double u = fraction(in[4 * q], in[4 * q + 1]), v = fraction(in[4 * q + 2], in[4 * q + 3]);
        double r = deviation * sqrt(-2 * log(1 - u)), t = 6.283185307179586 * v;
        to[2 * q] = mean + r * cos(t);
        to[2 * q + 1] = mean + r * sin(t);
    }
}

const lun_random_loops LUN_HERE(lun_random) = {numbers, uniform, normal, uniform_double, normal_double};
