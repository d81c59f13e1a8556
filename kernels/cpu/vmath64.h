/* vmath64.h - functions of double that loops turn into SIMD code, like vmath.h for float
 *
 * Reduction by multiples of ln(2) or pi/2 in two to four parts, then Taylor's polynomial (the reduced arguments are small enough that
 * a minimax fit would save one term); log by the series of the inverse hyperbolic tangent.
 * Holds: NaN, infinities, signed zeros and denormals come out as C's functions give them; largest errors in ulp:
 *   exp 1  log 1  log1p 1.5  expm1 2  tanh 2.6  erf 2  sin and cos 2.4 (|x| <= 10^6, beyond which kernels/cpu/map.c takes C's)
 * Read next: kernels/cpu/vmath.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_VMATH64_H
#define LUN_KERNELS_CPU_VMATH64_H
#include "kernels/cpu/vmath.h"

/* 2^k for k in -1022..1023, given in two's complement */
LUN_INLINE double lun_power_of_two64(uint64_t k) { return lun_from64((k + 1023U) << 52); }

/* x = k ln(2) + r; k is left in the low bits of *k, and as a double in *whole */
LUN_INLINE double lun_reduce_exp64(double x, uint64_t *k, double *whole)
{
    double t = lun_fma64(x, 1.4426950408889634, LUN_ROUND64), n = t - LUN_ROUND64;
    *k = lun_bits64(t) - lun_bits64(LUN_ROUND64);
    *whole = n;
    return lun_fma64(n, -1.9082149292705877e-10, lun_fma64(n, -0.6931471803691238, x));
}

/* e^r - 1 for |r| <= ln(2)/2 */
LUN_INLINE double lun_expm1_core64(double r)
{
    double p = 1.6059043836821613e-10;
    p = lun_fma64(p, r, 2.08767569878681e-09);
    p = lun_fma64(p, r, 2.505210838544172e-08);
    p = lun_fma64(p, r, 2.755731922398589e-07);
    p = lun_fma64(p, r, 2.7557319223985893e-06);
    p = lun_fma64(p, r, 2.48015873015873e-05);
    p = lun_fma64(p, r, 0.0001984126984126984);
    p = lun_fma64(p, r, 0.001388888888888889);
    p = lun_fma64(p, r, 0.008333333333333333);
    p = lun_fma64(p, r, 0.041666666666666664);
    p = lun_fma64(p, r, 0.16666666666666666);
    p = lun_fma64(p, r, 0.5);
    return lun_fma64(p * r, r, r);
}

LUN_INLINE double lun_exp64(double x)
{
    x = x > 710.0 ? 710.0 : x; /* NaN stays */
    x = x < -746.0 ? -746.0 : x;
    uint64_t k;
    double n, p = lun_expm1_core64(lun_reduce_exp64(x, &k, &n)) + 1.0;
    double t = lun_fma64(n, 0.5, LUN_ROUND64); /* in two steps, so that denormal results round once */
    uint64_t half = lun_bits64(t) - lun_bits64(LUN_ROUND64);
    return p * lun_power_of_two64(half) * lun_power_of_two64(k - half);
}

LUN_INLINE double lun_expm164(double x)
{
    double y = x > 710.0 ? 710.0 : x;
    y = y < -40.0 ? -40.0 : y;
    uint64_t k;
    double n, p = lun_expm1_core64(lun_reduce_exp64(y, &k, &n));
    double s = lun_power_of_two64(k - 1U); /* half of 2^k, which may not be a double */
    y = lun_fma64(s, p, s - 0.5);
    y = y + y;
    double ax = fabs(x);
    return ax < 1e-17 ? x : y;
}

LUN_INLINE double lun_tanh64(double x)
{
    double a = fabs(x), z = a + a;
    z = z > 44.0 ? 44.0 : z;
    uint64_t k;
    double n, p = lun_expm1_core64(lun_reduce_exp64(z, &k, &n)), s = lun_power_of_two64(k);
    double e = lun_fma64(s, p, s - 1.0); /* e^2a - 1 */
    double y = e / (e + 2.0);
    y = lun_from64((lun_bits64(y) & 0x7fffffffffffffffULL) | (lun_bits64(x) & 0x8000000000000000ULL));
    return a < 1e-9 ? x : y;
}

/* log of a positive number; what else comes in goes out as garbage */
LUN_INLINE double lun_log_core64(double x)
{
    double scaled = x * 18014398509481984.0; /* 2^54 */
    double lift = x < DBL_MIN ? 54.0 : 0.0;
    uint64_t bits = lun_bits64(x < DBL_MIN ? scaled : x);
    uint64_t e = (bits - 0x3fe6a09e667f3bcdULL) & 0xfff0000000000000ULL;
    double f = lun_from64(bits - e) - 1.0;
    /* the exponent as a double, without a 64-bit conversion that SSE2 and AVX2 lack */
    double n = lun_from64(((e >> 52) ^ 0x800ULL) | 0x4330000000000000ULL) - 4503599627372544.0;
    n = (n >= 2047.0 ? n - 4096.0 : n) - lift;
    double s = f / (2.0 + f), z = s * s, p = 0.08695652173913043;
    p = lun_fma64(p, z, 0.09523809523809523);
    p = lun_fma64(p, z, 0.10526315789473684);
    p = lun_fma64(p, z, 0.11764705882352941);
    p = lun_fma64(p, z, 0.13333333333333333);
    p = lun_fma64(p, z, 0.15384615384615385);
    p = lun_fma64(p, z, 0.18181818181818182);
    p = lun_fma64(p, z, 0.2222222222222222);
    p = lun_fma64(p, z, 0.2857142857142857);
    p = lun_fma64(p, z, 0.4);
    p = lun_fma64(p, z, 0.6666666666666666);
    double square = 0.5 * f * f; /* log(1 + f) = f - square + s (square + z p) */
    double low = lun_fma64(n, 1.9082149292705877e-10, s * lun_fma64(z, p, square));
    return lun_fma64(n, 0.6931471803691238, f - (square - low));
}

LUN_INLINE double lun_log64(double x)
{
    double y = lun_log_core64(x);
    y = x > DBL_MAX ? x : y;
    double odd = x == 0.0 ? -(double)INFINITY : (double)NAN;
    return x > 0.0 ? y : odd;
}

LUN_INLINE double lun_log1p64(double x)
{
    double u = 1.0 + x, lost = x - (u - 1.0); /* u + lost = 1 + x exactly, for |x| <= 1 and near enough beyond */
    double big = 1.0 - (u - x);
    lost = x > 1.0 ? big : lost;
    double y = lun_log_core64(u) + lost / u;
    y = x > DBL_MAX ? x : y;
    double odd = u == 0.0 ? -(double)INFINITY : (double)NAN;
    y = u > 0.0 ? y : odd;
    double ax = fabs(x);
    return ax < 1e-17 ? x : y;
}

LUN_INLINE double lun_erf64(double x)
{
    double a = fabs(x), z = x * x, p = 2.8067128195611264e-13; /* erf(x) / x - 1, |x| <= 1 */
    p = lun_fma64(p, z, -6.1967364287877e-12);
    p = lun_fma64(p, z, 9.323723518153027e-11);
    p = lun_fma64(p, z, -1.2277734486795524e-09);
    p = lun_fma64(p, z, 1.4806027146128752e-08);
    p = lun_fma64(p, z, -1.636576864883207e-07);
    p = lun_fma64(p, z, 1.6462110782018636e-06);
    p = lun_fma64(p, z, -1.4925650236967501e-05);
    p = lun_fma64(p, z, 0.00012055332978879483);
    p = lun_fma64(p, z, -0.0008548327023403001);
    p = lun_fma64(p, z, 0.005223977625441674);
    p = lun_fma64(p, z, -0.026866170645131218);
    p = lun_fma64(p, z, 0.11283791670955126);
    p = lun_fma64(p, z, -0.37612638903183754);
    p = lun_fma64(p, z, 0.1283791670955126);
    double near_zero = lun_fma64(p, x, x);
    /* beyond: 1 - e^(-x^2) erfcx(x), and erfcx(x) / t as a polynomial of t = 2 / (2 + x) */
    double b = a > 6.0 ? 6.0 : a, t = 2.0 / (2.0 + b), u = lun_fma64(t, 4.517307692307693, -2.1153846153846154), q = 9.655214351226833e-13;
    q = lun_fma64(q, u, -1.1705501878303342e-11);
    q = lun_fma64(q, u, 1.948116276384906e-11);
    q = lun_fma64(q, u, 1.8869485389360916e-10);
    q = lun_fma64(q, u, -9.916505422233235e-10);
    q = lun_fma64(q, u, -8.014113991965574e-10);
    q = lun_fma64(q, u, 2.3348748168292204e-08);
    q = lun_fma64(q, u, -4.319637822252659e-08);
    q = lun_fma64(q, u, -4.547675616247455e-07);
    q = lun_fma64(q, u, 1.941120161190863e-06);
    q = lun_fma64(q, u, 9.962304256625213e-06);
    q = lun_fma64(q, u, -6.443510158732987e-05);
    q = lun_fma64(q, u, -0.00037035717615808083);
    q = lun_fma64(q, u, 0.0018061986228533812);
    q = lun_fma64(q, u, 0.026662199578561994);
    q = lun_fma64(q, u, 0.14437082814204813);
    q = lun_fma64(q, u, 0.4895550331392014);
    double far = 1.0 - lun_exp64(-b * b) * q * t;
    far = lun_from64((lun_bits64(far) & 0x7fffffffffffffffULL) | (lun_bits64(x) & 0x8000000000000000ULL));
    far = x != x ? x : far;
    return a > 1.0 ? far : near_zero;
}

/* r = x - n pi/2; quadrant in the low bits of *n */
LUN_INLINE double lun_reduce_trig64(double x, uint64_t *n)
{
    double t = lun_fma64(x, 0.6366197723675814, LUN_ROUND64), k = t - LUN_ROUND64;
    *n = lun_bits64(t);
    double r = lun_fma64(k, -1.5707963267341256, x); /* 33 bits a part: the products are exact */
    r = lun_fma64(k, -6.077100506303966e-11, r);
    r = lun_fma64(k, -2.0222662487111665e-21, r);
    return lun_fma64(k, -8.4784276603689e-32, r);
}

LUN_INLINE double lun_sin_quadrant64(double r, uint64_t n)
{
    double z = r * r, s = 2.8114572543455206e-15, c = -1.5619206968586225e-16;
    s = lun_fma64(s, z, -7.647163731819816e-13);
    s = lun_fma64(s, z, 1.6059043836821613e-10);
    s = lun_fma64(s, z, -2.505210838544172e-08);
    s = lun_fma64(s, z, 2.7557319223985893e-06);
    s = lun_fma64(s, z, -0.0001984126984126984);
    s = lun_fma64(s, z, 0.008333333333333333);
    s = lun_fma64(s, z, -0.16666666666666666);
    s = lun_fma64(s * z, r, r);
    c = lun_fma64(c, z, 4.779477332387385e-14);
    c = lun_fma64(c, z, -1.1470745597729725e-11);
    c = lun_fma64(c, z, 2.08767569878681e-09);
    c = lun_fma64(c, z, -2.755731922398589e-07);
    c = lun_fma64(c, z, 2.48015873015873e-05);
    c = lun_fma64(c, z, -0.001388888888888889);
    c = lun_fma64(c, z, 0.041666666666666664);
    c = lun_fma64(c, z, -0.5);
    c = lun_fma64(c, z, 1.0);
    double y = (n & 1U) ? c : s;
    return lun_from64(lun_bits64(y) ^ ((n & 2U) << 62));
}

LUN_INLINE double lun_sin64(double x)
{
    uint64_t n;
    double r = lun_reduce_trig64(x, &n);
    double y = lun_sin_quadrant64(r, n);
    double tiny = fabs(x);
    return tiny < 1e-8 ? x : y; /* keeps -0 and denormals */
}

LUN_INLINE double lun_cos64(double x)
{
    uint64_t n;
    double r = lun_reduce_trig64(x, &n);
    return lun_sin_quadrant64(r, n + 1U);
}
#endif
