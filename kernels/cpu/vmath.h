/* vmath.h - elementary functions on float that compilers vectorise
 *
 * Written without branches, tables, calls or intrinsics: gcc and clang turn a loop over any of them into SIMD code with
 * -O3 -fno-trapping-math -fno-math-errno (no fast-math). A ternary here is a select; one that guards a computation with an `if`
 * would stop gcc. Polynomials are our own minimax fits (t/kernels/vmath.c holds each to its bound against libm).
 * Holds: NaN, infinities, signed zeros and denormals come out as C's functions give them; largest errors in ulp:
 *   exp 1  log 0.8  log1p 1.5  expm1 1.5  tanh 2.3  erf 1.5  sin and cos 1.4 (|x| <= 2^28)  pow 0.6
 * sin and cos of larger arguments are not computed here (kernels/cpu/map.c). For double see vmath64.h.
 * Read next: kernels/cpu/words.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_VMATH_H
#define LUN_KERNELS_CPU_VMATH_H
#include <float.h>
#include <math.h>
#include <stdint.h>

#ifdef __CUDACC__ /* kernels on a GPU use these too */
#define LUN_INLINE static __host__ __device__ __forceinline__ __attribute__((unused))
#else
#define LUN_INLINE static inline __attribute__((always_inline, unused))
#endif

/* a * b + c, rounded once where the machine can; elsewhere a library call would cost hundreds of cycles. */
#if defined(__FMA__) || defined(__CUDA_ARCH__) || defined(__ARM_FEATURE_FMA)
LUN_INLINE float lun_fma32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
LUN_INLINE double lun_fma64(double a, double b, double c) { return __builtin_fma(a, b, c); }
#else
LUN_INLINE float lun_fma32(float a, float b, float c) { return a * b + c; }
LUN_INLINE double lun_fma64(double a, double b, double c) { return a * b + c; }
#endif

LUN_INLINE uint32_t lun_bits32(float x) { union { float f; uint32_t u; } v = {x}; return v.u; }
LUN_INLINE float lun_from32(uint32_t u) { union { uint32_t u; float f; } v = {u}; return v.f; }
LUN_INLINE uint64_t lun_bits64(double x) { union { double f; uint64_t u; } v = {x}; return v.u; }
LUN_INLINE double lun_from64(uint64_t u) { union { uint64_t u; double f; } v = {u}; return v.f; }
LUN_INLINE float lun_sign_of32(float magnitude, float sign)
{
    return lun_from32((lun_bits32(magnitude) & 0x7fffffffU) | (lun_bits32(sign) & 0x80000000U));
}

/* Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits, with no conversion that NaN would make undefined. */
#define LUN_ROUND32 12582912.0f
#define LUN_ROUND64 6755399441055744.0
/* 2^k for k in -126..127 */
LUN_INLINE float lun_power_of_two32(uint32_t k) { return lun_from32((k + 127U) << 23); }

/* e^r - 1 for |r| <= ln(2)/2 */
LUN_INLINE float lun_expm1_core32(float r)
{
    float p = 1.99143018e-4f;
    p = lun_fma32(p, r, 1.39411027e-3f);
    p = lun_fma32(p, r, 8.33327323e-3f);
    p = lun_fma32(p, r, 4.1666355e-2f);
    p = lun_fma32(p, r, 1.66666672e-1f);
    p = lun_fma32(p, r, 0.5f);
    return lun_fma32(p * r, r, r);
}

/* x = k ln(2) + r; k is left in the low bits of *k */
LUN_INLINE float lun_reduce_exp32(float x, uint32_t *k)
{
    float t = lun_fma32(x, 1.44269504f, LUN_ROUND32), n = t - LUN_ROUND32;
    *k = lun_bits32(t) - lun_bits32(LUN_ROUND32);
    return lun_fma32(n, 2.12194440e-4f, lun_fma32(n, -0.693359375f, x));
}

LUN_INLINE float lun_exp32(float x)
{
    x = x > 89.0f ? 89.0f : x; /* NaN stays */
    x = x < -105.0f ? -105.0f : x;
    uint32_t k;
    float r = lun_reduce_exp32(x, &k), p = 1.38144672e-3f;
    p = lun_fma32(p, r, 8.36878084e-3f);
    p = lun_fma32(p, r, 4.16683927e-2f);
    p = lun_fma32(p, r, 1.66665196e-1f);
    p = lun_fma32(p, r, 0.49999994f);
    p = lun_fma32(p * r, r, r) + 1.0f;
    uint32_t half = (uint32_t)((int32_t)k >> 1); /* in two steps, so that denormal results round once */
    return p * lun_power_of_two32(half) * lun_power_of_two32(k - half);
}

/* 2^x: whole powers are exact */
LUN_INLINE float lun_exp232(float x)
{
    x = x > 129.0f ? 129.0f : x; /* NaN stays */
    x = x < -151.0f ? -151.0f : x;
    float t = x + LUN_ROUND32, r = (x - (t - LUN_ROUND32)) * 0.69314718f;
    uint32_t k = lun_bits32(t) - lun_bits32(LUN_ROUND32), half = (uint32_t)((int32_t)k >> 1);
    float p = lun_expm1_core32(r) + 1.0f;
    return p * lun_power_of_two32(half) * lun_power_of_two32(k - half);
}

LUN_INLINE float lun_expm132(float x)
{
    float y = x > 89.0f ? 89.0f : x;
    y = y < -20.0f ? -20.0f : y;
    uint32_t k;
    float p = lun_expm1_core32(lun_reduce_exp32(y, &k));
    float s = lun_power_of_two32(k - 1U); /* half of 2^k, which may not be a float */
    y = lun_fma32(s, p, s - 0.5f);
    y = y + y;
    float ax = fabsf(x);
    return ax < 1e-8f ? x : y;
}

LUN_INLINE float lun_tanh32(float x)
{
    float a = fabsf(x), z = a + a;
    z = z > 20.0f ? 20.0f : z;
    uint32_t k;
    float p = lun_expm1_core32(lun_reduce_exp32(z, &k)), s = lun_power_of_two32(k);
    float e = lun_fma32(s, p, s - 1.0f); /* e^2a - 1 */
    float y = lun_sign_of32(e / (e + 2.0f), x);
    return a < 1e-8f ? x : y;
}

/* log of a positive normal or denormal number times 2^0; what else comes in goes out as garbage */
LUN_INLINE float lun_log_core32(float x)
{
    float scaled = x * 8388608.0f;
    float lift = x < FLT_MIN ? -23.0f : 0.0f;
    uint32_t bits = lun_bits32(x < FLT_MIN ? scaled : x);
    int32_t e = (int32_t)(bits - 0x3f3504f3U) >> 23;
    float f = lun_from32(bits - ((uint32_t)e << 23)) - 1.0f, n = (float)e + lift, z = f * f;
    float p = 0.0691553131f;
    p = lun_fma32(p, f, -0.117900163f);
    p = lun_fma32(p, f, 0.118730143f);
    p = lun_fma32(p, f, -0.123843178f);
    p = lun_fma32(p, f, 0.142186493f);
    p = lun_fma32(p, f, -0.166692525f);
    p = lun_fma32(p, f, 0.200022265f);
    p = lun_fma32(p, f, -0.249999866f);
    p = lun_fma32(p, f, 0.333333105f);
    p = p * (f * z);
    p = lun_fma32(n, -2.12194440e-4f, p);
    p = lun_fma32(z, -0.5f, p);
    return lun_fma32(n, 0.693359375f, f + p);
}

LUN_INLINE float lun_log32(float x)
{
    float y = lun_log_core32(x);
    y = x > FLT_MAX ? x : y;
    float odd = x == 0.0f ? -INFINITY : NAN;
    return x > 0.0f ? y : odd;
}

LUN_INLINE float lun_log1p32(float x)
{
    float u = 1.0f + x, lost = x - (u - 1.0f); /* u + lost = 1 + x exactly, for |x| <= 1 and near enough beyond */
    float big = 1.0f - (u - x);
    lost = x > 1.0f ? big : lost;
    float y = lun_log_core32(u) + lost / u;
    y = x > FLT_MAX ? x : y;
    float odd = u == 0.0f ? -INFINITY : NAN;
    y = u > 0.0f ? y : odd;
    float ax = fabsf(x);
    return ax < 1e-8f ? x : y;
}

LUN_INLINE float lun_erf32(float x)
{
    float t = fabsf(x), z = x * x;
    float p = -5.9768965e-4f; /* erf(x) / x - 1, |x| <= 0.93 */
    p = lun_fma32(p, z, 4.99098096e-3f);
    p = lun_fma32(p, z, -2.67655682e-2f);
    p = lun_fma32(p, z, 0.112818025f);
    p = lun_fma32(p, z, -0.376124948f);
    p = lun_fma32(p, z, 0.128379151f);
    float near_zero = lun_fma32(p, x, x);
    float b = t > 4.0f ? 4.0f : t, g = 2.81247281e-4f; /* log2(1 - erf(t)) */
    g = lun_fma32(g, b, -4.37667966e-3f);
    g = lun_fma32(g, b, 3.20130289e-2f);
    g = lun_fma32(g, b, -0.149832964f);
    g = lun_fma32(g, b, -0.919380307f);
    g = lun_fma32(g, b, -1.62682235f);
    g = lun_fma32(g, b, -2.98659346e-4f);
    float u = g + LUN_ROUND32, r = g - (u - LUN_ROUND32), q = 1.32647273e-3f; /* 2^r: what is lost in it is a fifth as much below */
    q = lun_fma32(q, r, 9.67151299e-3f);
    q = lun_fma32(q, r, 5.55073358e-2f);
    q = lun_fma32(q, r, 0.240222424f);
    q = lun_fma32(q, r, 0.693147004f);
    q = lun_fma32(q, r, 1.0f);
    float e = lun_from32(lun_bits32(q) + (lun_bits32(u) << 23)); /* times a power of two no less than 2^-26 */
    float far = lun_from32(lun_bits32(1.0f - e) | (lun_bits32(x) & 0x80000000U));
    return t > 0.92f ? far : near_zero; /* NaN is near zero */
}

/* r = x - n pi/2 in double, then two float polynomials; quadrant in the low bits of *n */
LUN_INLINE float lun_reduce_trig32(float x, uint64_t *n)
{
    double d = (double)x;
    double t = lun_fma64(d, 0.63661977236758134, LUN_ROUND64), k = t - LUN_ROUND64;
    *n = lun_bits64(t);
    d = lun_fma64(k, -1.5707963109016418, d); /* 25 bits of pi/2: the product is exact up to k = 2^28 */
    d = lun_fma64(k, -1.5893254773528196e-08, d);
    return (float)d;
}

LUN_INLINE float lun_sin_quadrant32(float r, uint32_t n)
{
    float z = r * r, s = 2.71823728e-6f, c = -2.72095491e-7f;
    s = lun_fma32(s, z, -1.98393274e-4f);
    s = lun_fma32(s, z, 8.33332911e-3f);
    s = lun_fma32(s, z, -0.166666672f);
    s = lun_fma32(s * z, r, r);
    c = lun_fma32(c, z, 2.47995122e-5f);
    c = lun_fma32(c, z, -1.38888834e-3f);
    c = lun_fma32(c, z, 4.16666679e-2f);
    c = lun_fma32(c, z, -0.5f);
    c = lun_fma32(c, z, 1.0f);
    float y = (n & 1U) ? c : s;
    return lun_from32(lun_bits32(y) ^ ((n & 2U) << 30));
}

LUN_INLINE float lun_sin32(float x)
{
    uint64_t n;
    float r = lun_reduce_trig32(x, &n);
    float y = lun_sin_quadrant32(r, (uint32_t)n);
    float tiny = fabsf(x);
    return tiny < 1e-4f ? x : y; /* keeps -0 and denormals */
}

LUN_INLINE float lun_cos32(float x)
{
    uint64_t n;
    float r = lun_reduce_trig32(x, &n);
    return lun_sin_quadrant32(r, (uint32_t)n + 1U);
}

/* log2 of a positive float, to about 2^-42 */
LUN_INLINE double lun_log2_of32(float x)
{
    uint64_t bits = lun_bits64((double)x); /* no float is a denormal double */
    uint64_t e = (bits - 0x3fe6a09e667f3bcdULL) & 0xfff0000000000000ULL;
    double m = lun_from64(bits - e), s = (m - 1.0) / (m + 1.0), z = s * s;
    /* the exponent as a double, without a 64-bit conversion that SSE2 and AVX2 lack */
    double n = lun_from64(((e >> 52) ^ 0x800ULL) | 0x4330000000000000ULL) - 4503599627372544.0;
    n = n >= 2047.0 ? n - 4096.0 : n;
    double p = 0.28293695397123741;
    p = lun_fma64(p, z, 0.31990317207880214);
    p = lun_fma64(p, z, 0.41220931272004574);
    p = lun_fma64(p, z, 0.57707794178062355);
    p = lun_fma64(p, z, 0.96179669411529167);
    p = lun_fma64(p, z, 2.8853900817778508);
    return lun_fma64(p, s, n);
}

LUN_INLINE float lun_log232(float x)
{
    float y = (float)lun_log2_of32(x);
    y = x > FLT_MAX ? x : y;
    float odd = x == 0.0f ? -INFINITY : NAN;
    return x > 0.0f ? y : odd;
}

LUN_INLINE float lun_log1032(float x)
{
    float y = (float)(lun_log2_of32(x) * 0.30102999566398120);
    y = x > FLT_MAX ? x : y;
    float odd = x == 0.0f ? -INFINITY : NAN;
    return x > 0.0f ? y : odd;
}

/* 2^z rounded to float; |z| <= 1000 */
LUN_INLINE float lun_exp2_of64(double z)
{
    double t = z + LUN_ROUND64, r = z - (t - LUN_ROUND64);
    uint64_t k = lun_bits64(t) - lun_bits64(LUN_ROUND64);
    double p = 1.317575899006667e-06;
    p = lun_fma64(p, r, 1.5309851534163432e-05);
    p = lun_fma64(p, r, 1.5403853118158229e-04);
    p = lun_fma64(p, r, 1.3333451638019112e-03);
    p = lun_fma64(p, r, 9.6181285393731747e-03);
    p = lun_fma64(p, r, 5.5504109397784995e-02);
    p = lun_fma64(p, r, 2.4022650698905049e-01);
    p = lun_fma64(p, r, 6.931471805464049e-01);
    p = lun_fma64(p, r, 1.0);
    return (float)(p * lun_from64((k + 1023ULL) << 52));
}

LUN_INLINE float lun_pow32(float x, float y)
{
    float ax = fabsf(x), ay = fabsf(y);
    double l = lun_log2_of32(ax);
    l = ax == 0.0f ? -(double)INFINITY : l;
    l = ax > FLT_MAX ? (double)INFINITY : l;
    double z = (double)y * l;
    z = z > 1000.0 ? 1000.0 : z;
    z = z < -1000.0 ? -1000.0 : z;
    float m = lun_exp2_of64(z);
    m = ax == 1.0f ? 1.0f : m;
    /* a negative base wants a whole exponent; an odd one keeps the sign */
    float whole = ay >= 8388608.0f ? ay : (ay + 8388608.0f) - 8388608.0f;
    uint32_t odd = ay < 16777216.0f ? lun_bits32(ay + 8388608.0f) & 1U : 0U;
    odd = ay >= 8388608.0f && ay < 16777216.0f ? lun_bits32(ay) & 1U : odd;
    odd = whole == ay ? odd : 0U;
    m = lun_from32(lun_bits32(m) | (lun_bits32(x) & (odd << 31)));
    float base = x < 0.0f && x >= -FLT_MAX && whole != ay ? NAN : m;
    base = x != x || y != y ? x + y : base;
    base = y == 0.0f || x == 1.0f ? 1.0f : base;
    return base;
}
#endif
