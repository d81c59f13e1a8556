/* complex.h - complex numbers on the device: arithmetic, and the functions that formulas call
 *
 * Products are the plain formula and quotients Smith's, as kernels/cpu compiles them (-fcx-fortran-rules). The functions exist for
 * double; those of complex64 are computed in double and rounded. Inverse functions are Kahan's ("Branch cuts for complex elementary
 * functions", 1987). Holds: signed zeros choose the side of a cut; the values at infinity and NaN are C's, with the
 * signs that it leaves open as glibc has them, so that they are the CPU's.
 * Read next: kernels/cuda/words.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_COMPLEX_H
#define LUN_KERNELS_CUDA_COMPLEX_H
#include "kernels/cuda/device.h"

template <class R> struct lun_complex {
    R re, im;
    lun_complex() = default;
    __host__ __device__ constexpr lun_complex(R real, R imaginary = 0) : re(real), im(imaginary) {}
};
using lun_complex64 = lun_complex<float>;
using lun_complex128 = lun_complex<double>;

#define LUN_COMPLEX template <class R> static __device__ __forceinline__
/* The parameter that is not deduced, so that a real number may stand there. */
template <class R> struct lun_real_of { using type = R; };
template <class R> using lun_real = typename lun_real_of<R>::type;

LUN_COMPLEX lun_complex<R> operator-(lun_complex<R> a) { return {-a.re, -a.im}; }
LUN_COMPLEX lun_complex<R> operator+(lun_complex<R> a, lun_complex<R> b) { return {a.re + b.re, a.im + b.im}; }
LUN_COMPLEX lun_complex<R> operator-(lun_complex<R> a, lun_complex<R> b) { return {a.re - b.re, a.im - b.im}; }
LUN_COMPLEX lun_complex<R> operator*(lun_complex<R> a, lun_complex<R> b)
{
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
LUN_COMPLEX lun_complex<R> operator/(lun_complex<R> a, lun_complex<R> b)
{
    if (fabs(b.re) < fabs(b.im)) {
        R ratio = b.re / b.im, size = b.re * ratio + b.im;
        return {(a.re * ratio + a.im) / size, (a.im * ratio - a.re) / size};
    }
    R ratio = b.im / b.re, size = b.im * ratio + b.re;
    return {(a.im * ratio + a.re) / size, (a.im - a.re * ratio) / size};
}
LUN_COMPLEX lun_complex<R> operator+(lun_real<R> a, lun_complex<R> b) { return {a + b.re, b.im}; }
LUN_COMPLEX lun_complex<R> operator+(lun_complex<R> a, lun_real<R> b) { return {a.re + b, a.im}; }
LUN_COMPLEX lun_complex<R> operator-(lun_real<R> a, lun_complex<R> b) { return {a - b.re, -b.im}; }
LUN_COMPLEX lun_complex<R> operator-(lun_complex<R> a, lun_real<R> b) { return {a.re - b, a.im}; }
LUN_COMPLEX lun_complex<R> operator*(lun_real<R> a, lun_complex<R> b) { return {a * b.re, a * b.im}; }
LUN_COMPLEX lun_complex<R> operator*(lun_complex<R> a, lun_real<R> b) { return {a.re * b, a.im * b}; }
LUN_COMPLEX lun_complex<R> operator/(lun_real<R> a, lun_complex<R> b) { return lun_complex<R>(a) / b; }
LUN_COMPLEX lun_complex<R> operator/(lun_complex<R> a, lun_real<R> b) { return {a.re / b, a.im / b}; }
LUN_COMPLEX bool operator==(lun_complex<R> a, lun_complex<R> b) { return a.re == b.re && a.im == b.im; }
LUN_COMPLEX bool operator!=(lun_complex<R> a, lun_complex<R> b) { return !(a == b); }
LUN_COMPLEX bool operator==(lun_complex<R> a, lun_real<R> b) { return a.re == b && a.im == 0; }
LUN_COMPLEX bool operator!=(lun_complex<R> a, lun_real<R> b) { return !(a == b); }
#undef LUN_COMPLEX

/* --- functions, for double ---------------------------------------------------------------------------------------------------- */

#define LUN_COMPLEX static __device__ __forceinline__
LUN_COMPLEX lun_complex128 lun_cexp(lun_complex128 z)
{
    if (z.im == 0) return {exp(z.re), z.im};
    if (!isfinite(z.im)) {
        if (z.re == -(double)INFINITY) return {0, copysign(0.0, z.im)};
        if (z.re == (double)INFINITY) return {z.re, (double)NAN};
        return {(double)NAN, (double)NAN};
    }
    double half = z.re > 700 && isfinite(z.re) ? 350 : 0, size = exp(z.re - half), more = half != 0 ? exp(half) : 1;
    return {size * cos(z.im) * more, size * sin(z.im) * more};
}
/* log |z|; near the unit circle of |z|^2 - 1, whose parts are exact */
LUN_COMPLEX double lun_clog_size(double a, double b)
{
    a = fabs(a);
    b = fabs(b);
    double size = hypot(a, b);
    if (size > 0.5 && size < 2) {
        double p = a * a, q = b * b, rest = fma(a, a, -p) + fma(b, b, -q), excess = a > b ? (p - 1) + q : (q - 1) + p;
        return 0.5 * log1p(excess + rest);
    }
    if (isinf(size) && isfinite(a) && isfinite(b)) return log(hypot(a / 2, b / 2)) + 0.69314718055994530942;
    if (size < 1e-300 && size > 0) return log(hypot(a * 0x1p100, b * 0x1p100)) - 69.314718055994530942;
    return log(size);
}
LUN_COMPLEX lun_complex128 lun_clog(lun_complex128 z) { return {lun_clog_size(z.re, z.im), atan2(z.im, z.re)}; }

LUN_COMPLEX lun_complex128 lun_csqrt(lun_complex128 z)
{
    double a = z.re, b = z.im, scale = 1;
    if (a == 0 && b == 0) return {0, b};
    if (isinf(b)) return {(double)INFINITY, b};
    if (a != a) return {a, a};
    if (isinf(a)) {
        if (a < 0) return {b != b ? b : 0, copysign((double)INFINITY, b)};
        return {a, b != b ? b : copysign(0.0, b)};
    }
    if (fabs(a) > 1e300 || fabs(b) > 1e300) a *= 0.25, b *= 0.25, scale = 2;
    else if (fabs(a) < 1e-290 && fabs(b) < 1e-290) a *= 0x1p200, b *= 0x1p200, scale = 0x1p-100;
    double t = sqrt((fabs(a) + hypot(a, b)) / 2);
    if (a >= 0) return {t * scale, b / (2 * t) * scale};
    return {fabs(b) / (2 * t) * scale, copysign(t, b) * scale};
}
/* e^|a| / 2 times each of two factors, where cosh(a) would be infinite before the product is */
LUN_COMPLEX lun_complex128 lun_cbig(double a, double re, double im)
{
    double half = exp(fabs(a) / 2);
    return {half * re * (half / 2), half * im * (half / 2)};
}
LUN_COMPLEX lun_complex128 lun_csinh(lun_complex128 z)
{
    if (z.im == 0) return {sinh(z.re), z.im};
    if (!isfinite(z.im)) return {z.re == 0 ? z.re : isinf(z.re) ? (double)INFINITY : (double)NAN, (double)NAN};
    if (z.re == 0) return {z.re * cos(z.im), sin(z.im)};
    if (fabs(z.re) > 700) return lun_cbig(z.re, copysign(cos(z.im), z.re * cos(z.im)), sin(z.im));
    return {sinh(z.re) * cos(z.im), cosh(z.re) * sin(z.im)};
}
LUN_COMPLEX lun_complex128 lun_ccosh(lun_complex128 z)
{
    if (z.im == 0) return {cosh(z.re), z.re != z.re ? z.im : copysign(1.0, z.re) * z.im};
    if (!isfinite(z.im)) return {isinf(z.re) ? (double)INFINITY : (double)NAN, z.re == 0 ? 0 : (double)NAN};
    if (z.re == 0) return {cos(z.im), z.re * sin(z.im)};
    if (fabs(z.re) > 700) return lun_cbig(z.re, cos(z.im), copysign(sin(z.im), z.re * sin(z.im)));
    return {cosh(z.re) * cos(z.im), sinh(z.re) * sin(z.im)};
}
LUN_COMPLEX lun_complex128 lun_ctanh(lun_complex128 z)
{
    if (z.im == 0) return {tanh(z.re), z.im};
    if (!isfinite(z.im)) {
        if (isinf(z.re)) return {copysign(1.0, z.re), copysign(0.0, z.im)};
        return {z.re == 0 ? z.re : (double)NAN, (double)NAN};
    }
    if (fabs(z.re) > 22) return {copysign(1.0, z.re), 4 * sin(z.im) * cos(z.im) * exp(-2 * fabs(z.re))};
    double t = tan(z.im), beta = 1 + t * t, s = sinh(z.re), rho = sqrt(1 + s * s), size = 1 + beta * s * s;
    return {beta * rho * s / size, t / size};
}
LUN_COMPLEX bool lun_cfinite(lun_complex128 z) { return isfinite(z.re) && isfinite(z.im); }
/* asin(z) where z is not finite */
LUN_COMPLEX lun_complex128 lun_casin_far(lun_complex128 z)
{
    const double quarter = 1.57079632679489661923, nan = (double)NAN;
    if (isinf(z.re)) return {z.im != z.im ? nan : copysign(isinf(z.im) ? quarter / 2 : quarter, z.re), copysign((double)INFINITY, z.im)};
    return {z.re == 0 || (isinf(z.im) && z.re == z.re) ? copysign(0.0, z.re) : nan, isinf(z.im) ? z.im : nan};
}
LUN_COMPLEX lun_complex128 lun_casin(lun_complex128 z)
{
    if (!lun_cfinite(z)) return lun_casin_far(z);
    lun_complex128 low = lun_csqrt({1 - z.re, -z.im}), high = lun_csqrt({1 + z.re, z.im});
    return {atan2(z.re, low.re * high.re - low.im * high.im), asinh(low.re * high.im - low.im * high.re)};
}
LUN_COMPLEX lun_complex128 lun_cacos(lun_complex128 z)
{
    if (!lun_cfinite(z)) {
        lun_complex128 w = lun_casin_far(z);
        return {1.57079632679489661923 - w.re, -w.im};
    }
    lun_complex128 low = lun_csqrt({1 - z.re, -z.im}), high = lun_csqrt({1 + z.re, z.im});
    return {2 * atan2(low.re, high.re), asinh(high.re * low.im - high.im * low.re)};
}
LUN_COMPLEX lun_complex128 lun_cacosh(lun_complex128 z)
{
    if (!lun_cfinite(z)) {
        lun_complex128 w = lun_cacos(z);
        return {fabs(w.im), z.im != z.im ? w.re : copysign(w.re, z.im)};
    }
    lun_complex128 low = lun_csqrt({z.re - 1, z.im}), high = lun_csqrt({z.re + 1, z.im});
    return {asinh(low.re * high.re + low.im * high.im), 2 * atan2(low.im, high.re)};
}
LUN_COMPLEX lun_complex128 lun_catanh(lun_complex128 z)
{
    const double a = z.re, b = z.im, quarter = 1.57079632679489661923;
    if (!lun_cfinite(z)) {
        if (isinf(b)) return {copysign(0.0, a), copysign(quarter, b)};
        if (isinf(a) || a == 0) return {copysign(0.0, a), b != b ? b : copysign(quarter, b)};
        return {(double)NAN, (double)NAN};
    }
    if (fabs(a) > 1e100 || fabs(b) > 1e100) { /* 1/z is left, and a quarter turn */
        double re = 0.25 * (lun_complex128(1) / (0.25 * z)).re;
        return {copysign(re, a), copysign(quarter, b)};
    }
    double size = fabs(a), re = 0.25 * log1p(4 * size / ((1 - size) * (1 - size) + b * b));
    return {copysign(re, a), 0.5 * atan2(2 * b, (1 - a) * (1 + a) - b * b)};
}
/* f(iz) / i, which is what sin is to sinh, tan to tanh, asinh to asin and atan to atanh */
#define LUN_TURNED(name, of)                                               \
    LUN_COMPLEX lun_complex128 name(lun_complex128 z)                      \
    {                                                                      \
        lun_complex128 w = of({-z.im, z.re});                              \
        return {w.im, -w.re};                                              \
    }
LUN_TURNED(lun_ctan, lun_ctanh)
LUN_TURNED(lun_casinh, lun_casin)
LUN_TURNED(lun_catan, lun_catanh)
LUN_TURNED(lun_csin_near, lun_csinh)
#undef LUN_TURNED
LUN_COMPLEX lun_complex128 lun_csin(lun_complex128 z)
{
    if (isinf(z.im) && !isfinite(z.re)) return {(double)NAN, (double)INFINITY};
    return lun_csin_near(z);
}
LUN_COMPLEX lun_complex128 lun_ccos(lun_complex128 z) { return lun_ccosh({-z.im, z.re}); }

/* exp(z) - 1 and log(1 + z) as kernels/cpu/words_complex.h has them */
LUN_COMPLEX lun_complex128 lun_cexpm1(lun_complex128 z)
{
    double half = sin(z.im / 2);
    return {expm1(z.re) * cos(z.im) - 2 * half * half, exp(z.re) * sin(z.im)};
}
LUN_COMPLEX lun_complex128 lun_clog1p(lun_complex128 z)
{
    double a = z.re, b = z.im, size = hypot(1 + a, b), excess = a * (2 + a) + b * b;
    return {size > 0.5 && size < 2 ? 0.5 * log1p(excess) : log(size), atan2(b, 1 + a)};
}
/* An infinite number's parts as corners and sides of a square: ±1 where infinite, else ±0 */
LUN_COMPLEX lun_complex128 lun_cside(lun_complex128 z)
{
    return {copysign(isinf(z.re) ? 1.0 : 0.0, z.re), copysign(isinf(z.im) ? 1.0 : 0.0, z.im)};
}
LUN_COMPLEX lun_complex128 lun_cnumber(lun_complex128 z)
{
    return {z.re == z.re ? z.re : copysign(0.0, z.re), z.im == z.im ? z.im : copysign(0.0, z.im)};
}
/* The product as C's appendix G has it: infinite where a factor is, though the plain formula says NaN */
LUN_COMPLEX lun_complex128 lun_cproduct(lun_complex128 a, lun_complex128 b)
{
    lun_complex128 plain = a * b;
    if (plain.re == plain.re || plain.im == plain.im) return plain;
    bool a_far = isinf(a.re) || isinf(a.im), b_far = isinf(b.re) || isinf(b.im);
    bool over = isinf(a.re * b.re) || isinf(a.im * b.im) || isinf(a.re * b.im) || isinf(a.im * b.re);
    if (!a_far && !b_far && !over) return plain;
    plain = (a_far ? lun_cside(a) : lun_cnumber(a)) * (b_far ? lun_cside(b) : lun_cnumber(b));
    return {(double)INFINITY * plain.re, (double)INFINITY * plain.im};
}
LUN_COMPLEX lun_complex128 lun_cpow(lun_complex128 x, lun_complex128 y)
{
    return y == 0.0 ? lun_complex128(1) : x == 0.0 ? lun_complex128(0) : lun_cexp(lun_cproduct(y, lun_clog(x)));
}
#undef LUN_COMPLEX
#endif
