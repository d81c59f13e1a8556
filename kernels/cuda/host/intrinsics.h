/* intrinsics.h - CUDA's device functions for bits, conversions and arithmetic, where C++ has no function of that name
 *
 * Holds: conversions saturate and turn NaN to 0, as the device's do. "Fast" functions (__expf) are the exact ones here.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_INTRINSICS_H
#define LUN_KERNELS_CUDA_HOST_INTRINSICS_H
#include "kernels/cuda/host/language.h"

/* --- bits --------------------------------------------------------------------------------------------------------------------- */

template <class To, class From> static inline To lun_host_bits(From v)
{
    static_assert(sizeof(To) == sizeof(From), "bits of another size");
    To to;
    memcpy(&to, &v, sizeof to);
    return to;
}
static inline float __uint_as_float(unsigned v) { return lun_host_bits<float>(v); }
static inline float __int_as_float(int v) { return lun_host_bits<float>(v); }
static inline unsigned __float_as_uint(float v) { return lun_host_bits<unsigned>(v); }
static inline int __float_as_int(float v) { return lun_host_bits<int>(v); }
static inline double __longlong_as_double(long long v) { return lun_host_bits<double>(v); }
static inline long long __double_as_longlong(double v) { return lun_host_bits<long long>(v); }
static inline int __double2hiint(double v) { return (int)(lun_host_bits<uint64_t>(v) >> 32); }
static inline int __double2loint(double v) { return (int)lun_host_bits<uint64_t>(v); }
static inline double __hiloint2double(int hi, int lo) { return lun_host_bits<double>((uint64_t)(unsigned)hi << 32 | (unsigned)lo); }

static inline int __popc(unsigned v) { return __builtin_popcount(v); }
static inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
static inline int __clz(int v) { return v ? __builtin_clz((unsigned)v) : 32; }
static inline int __clzll(long long v) { return v ? __builtin_clzll((unsigned long long)v) : 64; }
static inline int __ffs(int v) { return __builtin_ffs(v); }
static inline int __ffsll(long long v) { return __builtin_ffsll(v); }
static inline unsigned long long __brevll(unsigned long long v)
{
    unsigned long long turned = 0;
    for (int i = 0; i < 64; i++) turned |= (v >> i & 1) << (63 - i);
    return turned;
}
static inline unsigned __brev(unsigned v) { return (unsigned)(__brevll(v) >> 32); }
static inline unsigned __byte_perm(unsigned a, unsigned b, unsigned select)
{
    uint64_t bytes = (uint64_t)b << 32 | a;
    unsigned out = 0;
    for (int i = 0; i < 4; i++) out |= (unsigned)(bytes >> 8 * (select >> 4 * i & 7) & 0xff) << 8 * i;
    return out;
}
static inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned by)
{
    return (unsigned)((((uint64_t)hi << 32 | lo) << (by & 31)) >> 32);
}
static inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned by) { return (unsigned)(((uint64_t)hi << 32 | lo) >> (by & 31)); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
/* c plus the products of the four signed bytes of a and b; wraps around */
static inline int __dp4a(int a, int b, int c)
{
    for (int i = 0; i < 32; i += 8) c = (int)((unsigned)c + (unsigned)((int8_t)((unsigned)a >> i) * (int8_t)((unsigned)b >> i)));
    return c;
}
static inline int __mulhi(int a, int b) { return (int)((int64_t)a * b >> 32); }
__extension__ typedef unsigned __int128 lun_host_u128;
__extension__ typedef __int128 lun_host_i128;
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{
    return (unsigned long long)((lun_host_u128)a * b >> 64);
}
static inline long long __mul64hi(long long a, long long b) { return (long long)((lun_host_i128)a * b >> 64); }

/* --- loads and stores that say how they are cached ------------------------------------------------------------------------------ */

template <class T> static inline T __ldg(const T *at) { return *at; }
template <class T> static inline T __ldca(const T *at) { return *at; }
template <class T> static inline T __ldcg(const T *at) { return *at; }
template <class T> static inline T __ldcs(const T *at) { return *at; }
template <class T> static inline T __ldcv(const T *at) { return *at; }
template <class T> static inline T __ldlu(const T *at) { return *at; }
template <class T> static inline void __stcg(T *at, T v) { *at = v; }
template <class T> static inline void __stcs(T *at, T v) { *at = v; }
template <class T> static inline void __stwb(T *at, T v) { *at = v; }
template <class T> static inline void __stwt(T *at, T v) { *at = v; }

/* --- conversions -------------------------------------------------------------------------------------------------------------- */

/* rounded must hold a whole number already. */
template <class To, class From> static inline To lun_host_saturate(From rounded)
{
    if (!(rounded == rounded)) return 0;
    if (rounded >= (From)std::numeric_limits<To>::max()) return std::numeric_limits<To>::max();
    if (rounded <= (From)std::numeric_limits<To>::min()) return std::numeric_limits<To>::min();
    return (To)rounded;
}
#define LUN_HOST_TO_INTEGER(from, From, to, To)                                                                                  \
    static inline To __##from##2##to##_rn(From v) { return lun_host_saturate<To>(std::nearbyint(v)); }                           \
    static inline To __##from##2##to##_rz(From v) { return lun_host_saturate<To>(std::trunc(v)); }                               \
    static inline To __##from##2##to##_rd(From v) { return lun_host_saturate<To>(std::floor(v)); }                               \
    static inline To __##from##2##to##_ru(From v) { return lun_host_saturate<To>(std::ceil(v)); }
LUN_HOST_TO_INTEGER(float, float, int, int)
LUN_HOST_TO_INTEGER(float, float, uint, unsigned)
LUN_HOST_TO_INTEGER(float, float, ll, long long)
LUN_HOST_TO_INTEGER(float, float, ull, unsigned long long)
LUN_HOST_TO_INTEGER(double, double, int, int)
LUN_HOST_TO_INTEGER(double, double, uint, unsigned)
LUN_HOST_TO_INTEGER(double, double, ll, long long)
LUN_HOST_TO_INTEGER(double, double, ull, unsigned long long)
#undef LUN_HOST_TO_INTEGER
static inline float __int2float_rn(int v) { return (float)v; }
static inline float __uint2float_rn(unsigned v) { return (float)v; }
static inline float __ll2float_rn(long long v) { return (float)v; }
static inline float __ull2float_rn(unsigned long long v) { return (float)v; }
static inline double __int2double_rn(int v) { return v; }
static inline double __uint2double_rn(unsigned v) { return v; }
static inline double __ll2double_rn(long long v) { return (double)v; }
static inline double __ull2double_rn(unsigned long long v) { return (double)v; }
static inline float __double2float_rn(double v) { return (float)v; }

/* --- arithmetic ----------------------------------------------------------------------------------------------------------------- */

static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __frcp_rn(float a) { return 1 / a; }
static inline float __fsqrt_rn(float a) { return sqrtf(a); }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dsub_rn(double a, double b) { return a - b; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline double __drcp_rn(double a) { return 1 / a; }
static inline double __dsqrt_rn(double a) { return sqrt(a); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }

/* The C library has declared functions of these names. */
#define __expf(a) expf(a)
#define __exp10f(a) powf(10, (a))
#define __logf(a) logf(a)
#define __log2f(a) log2f(a)
#define __log10f(a) log10f(a)
#define __sinf(a) sinf(a)
#define __cosf(a) cosf(a)
#define __tanf(a) tanf(a)
#define __powf(a, b) powf((a), (b))
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __saturatef(float a) { return a > 0 ? (a < 1 ? a : 1) : 0; }

static inline float rsqrtf(float a) { return 1 / sqrtf(a); }
static inline double rsqrt(double a) { return 1 / sqrt(a); }
static inline float rcbrtf(float a) { return 1 / cbrtf(a); }
static inline double rcbrt(double a) { return 1 / cbrt(a); }
static inline double sinpi(double a) { return sin(M_PI * remainder(a, 2)); }
static inline float sinpif(float a) { return (float)sinpi(a); }
static inline double cospi(double a) { return cos(M_PI * remainder(a, 2)); }
static inline float cospif(float a) { return (float)cospi(a); }
static inline void sincospif(float a, float *sine, float *cosine) { *sine = sinpif(a), *cosine = cospif(a); }
static inline void sincospi(double a, double *sine, double *cosine) { *sine = sinpi(a), *cosine = cospi(a); }
static inline float normcdff(float a) { return 0.5F * erfcf(a * -0.70710678F); }
static inline double normcdf(double a) { return 0.5 * erfc(a * -M_SQRT1_2); }

/* min and max of integers; of floats as fmin and fmax, which pass NaN over. */
#define LUN_HOST_MINMAX(T)                                                                                                       \
    static inline T min(T a, T b) { return a < b ? a : b; }                                                                      \
    static inline T max(T a, T b) { return a > b ? a : b; }
LUN_HOST_MINMAX(int)
LUN_HOST_MINMAX(unsigned)
LUN_HOST_MINMAX(long)
LUN_HOST_MINMAX(unsigned long)
LUN_HOST_MINMAX(long long)
LUN_HOST_MINMAX(unsigned long long)
#undef LUN_HOST_MINMAX
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
#endif
