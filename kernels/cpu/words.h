/* words.h - what the words of a formula mean for each type that formulas are computed in
 *
 * map.inc makes exp(x) in a row's text mean lun_exp32, exp or nothing at all, by LUN_TYPE. Here are the meanings that neither libm
 * nor vmath.h has: integer powers, and division rounded down as // and % want it.
 * Holds: integers wrap around; whoever divides integers has made sure that no divisor is 0 (kernels/cpu/map.c).
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_H
#define LUN_KERNELS_CPU_WORDS_H
#include "core/special.h"
#include "kernels/cpu/vmath.h"

#ifndef LUN_RTC /* kernels/cuda/rtc.h, which has no vectors */
LUN_INLINE float lun_tan32(float x) { return lun_sin32(x) / lun_cos32(x); }
#endif
LUN_INLINE float lun_floormod32(float x, float y)
{
    float r = fmodf(x, y);
    return r != 0.0f && ((r < 0.0f) != (y < 0.0f)) ? r + y : r;
}
LUN_INLINE float lun_floordiv32(float x, float y)
{
    float r = fmodf(x, y), q = (x - r) / y; /* nearly whole; rintf makes it so */
    float down = r != 0.0f && ((r < 0.0f) != (y < 0.0f)) ? 1.0f : 0.0f;
    float whole = rintf(q - down);
    whole = whole == 0.0f ? lun_sign_of32(0.0f, x / y) : whole;
    return y == 0.0f ? x / y : whole;
}
LUN_INLINE float lun_truncdiv32(float x, float y) { return truncf(x / y); }
LUN_INLINE double lun_truncdiv64(double x, double y) { return trunc(x / y); }
LUN_INLINE double lun_floormod64(double x, double y)
{
    double r = fmod(x, y);
    return r != 0.0 && ((r < 0.0) != (y < 0.0)) ? r + y : r;
}
LUN_INLINE double lun_floordiv64(double x, double y)
{
    double r = fmod(x, y), q = (x - r) / y;
    double down = r != 0.0 && ((r < 0.0) != (y < 0.0)) ? 1.0 : 0.0;
    double whole = rint(q - down);
    whole = whole == 0.0 ? copysign(0.0, x / y) : whole;
    return y == 0.0 ? x / y : whole;
}

/* Integers: T is int32_t or int64_t, at least as wide as what is computed. */
#define LUN_INTEGER_WORDS(T, U, bits)                                                      \
    LUN_INLINE T lun_abs_i##bits(T x) { return x < 0 ? (T)-x : x; }                        \
    LUN_INLINE T lun_floordiv_i##bits(T x, T y)                                            \
    {                                                                                      \
        if (y == -1) { /* the one quotient that may not fit */                             \
            return (T)((U)0 - (U)x);                                                       \
        }                                                                                  \
        T q = x / y;                                                                       \
        return q - (T)(x % y != 0 && ((x < 0) != (y < 0)));                                \
    }                                                                                      \
    LUN_INLINE T lun_floormod_i##bits(T x, T y)                                            \
    {                                                                                      \
        if (y == -1) {                                                                     \
            return 0;                                                                      \
        }                                                                                  \
        T r = x % y;                                                                       \
        return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;                                 \
    }                                                                                      \
    LUN_INLINE T lun_truncdiv_i##bits(T x, T y) { return y == -1 ? (T)((U)0 - (U)x) : x / y; }  \
    LUN_INLINE T lun_truncmod_i##bits(T x, T y) { return y == -1 ? 0 : x % y; }            \
    LUN_INLINE T lun_gcd_i##bits(T x, T y)                                                 \
    {                                                                                      \
        U a = x < 0 ? (U)0 - (U)x : (U)x, b = y < 0 ? (U)0 - (U)y : (U)y;                  \
        while (b) {                                                                        \
            U r = a % b;                                                                   \
            a = b;                                                                         \
            b = r;                                                                         \
        }                                                                                  \
        return (T)a;                                                                       \
    }                                                                                      \
    LUN_INLINE T lun_lcm_i##bits(T x, T y)                                                 \
    {                                                                                      \
        T g = lun_gcd_i##bits(x, y), product;                                              \
        if (g == 0) {                                                                      \
            return 0;                                                                      \
        }                                                                                  \
        product = (T)((U)lun_truncdiv_i##bits(x, g) * (U)y);                               \
        return product < 0 ? (T)((U)0 - (U)product) : product;                             \
    }                                                                                      \
    /* `width` is the type's; what is moved further than it has bits is 0, or all sign */  \
    LUN_INLINE T lun_lshift_i##bits(T x, T y, int width)                                   \
    {                                                                                      \
        return y < 0 || y >= width ? 0 : (T)((U)x << y);                                   \
    }                                                                                      \
    LUN_INLINE T lun_rshift_i##bits(T x, T y, int width)                                   \
    {                                                                                      \
        const int most = width < bits ? width : bits - 1;                                  \
        return x >> (y < 0 || y > most ? most : y);                                        \
    }                                                                                      \
    LUN_INLINE T lun_pow_i##bits(T x, T y)                                                 \
    {                                                                                      \
        if (y < 0) { /* 1/x rounded towards zero */                                        \
            return x == 1 ? 1 : x == -1 ? ((y & 1) ? -1 : 1) : 0;                          \
        }                                                                                  \
        U base = (U)x, result = 1;                                                         \
        for (T e = y; e > 0; e >>= 1) {                                                    \
            result = (e & 1) ? result * base : result;                                     \
            base *= base;                                                                  \
        }                                                                                  \
        return (T)result;                                                                  \
    }                                                                                      \
    /* a parameter given as double, kept within what T holds */                            \
    LUN_INLINE T lun_param_i##bits(double p)                                               \
    {                                                                                      \
        const T least = (T)((U)1 << (bits - 1));                                           \
        return p != p ? 0 : p <= (double)least ? least : p >= -(double)least ? (T)~least : (T)p; \
    }
LUN_INTEGER_WORDS(int32_t, uint32_t, 32)
LUN_INTEGER_WORDS(int64_t, uint64_t, 64)
#endif
