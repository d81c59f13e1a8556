/* special.c - error functions, their inverses, and Bessel functions
 *
 * Methods: inverses by Halley's and Newton's steps on C's erf and erfc (in logarithms where a tail would underflow); Bessel
 * functions by their power series and, far out, their asymptotic series (Abramowitz and Stegun 9.6.10, 9.7.1).
 * Read next: core/special_gamma.c. SPDX-License-Identifier: MIT
 */
#include "core/special.h"

#include <math.h>

static const double sqrt_pi = 1.7724538509055160273, sqrt_2 = 1.4142135623730950488, log_2 = 0.69314718055994530942;

/* exp(x^2) with the rounding of the square put back. */
LUN_SPECIAL_PART double exp_square(double x)
{
    double square = x * x, lost = fma(x, x, -square);
    return square > 709.0 ? INFINITY : exp(square) * (1 + lost);
}

LUN_SPECIAL double lun_erfcx(double x)
{
    if (x < -26.7) return INFINITY;
    if (x < 25) return exp_square(x) * erfc(x);
    double over = 1 / (2 * x * x), sum = 1, term = 1; /* A&S 7.1.23 */
    for (int k = 1; k < 12; k++) sum += term *= -over * (2 * k - 1);
    return sum / (x * sqrt_pi);
}

/* Winitzki's closed form, right to 0.002. */
LUN_SPECIAL_PART double erfinv_guess(double p, double rest)
{
    double l = log(rest * (1 + p)), a = 2 / (3.14159265358979 * 0.147) + l / 2;
    return sqrt(sqrt(a * a - l / 0.147) - a);
}

LUN_SPECIAL double lun_erfinv(double p)
{
    double size = fabs(p), rest = 1 - size; /* exact from 0.5 on */
    if (!(size < 1)) return size == 1 ? copysign(INFINITY, p) : NAN;
    if (size < 1e-9) return p * (sqrt_pi / 2);
    double y = erfinv_guess(size, rest);
    for (int k = 0; k < 2; k++) { /* each step triples the digits: 0.002, 1e-8, all */
        double off = size < 0.5 ? erf(y) - size : rest - erfc(y), step = off * exp(y * y) * (sqrt_pi / 2);
        y -= step / (1 + y * step);
    }
    return copysign(y, p);
}

/* The y >= 0 with erfc(y) = 2 p, for small p: Newton's steps on log(erfcx(y)) - y^2. */
LUN_SPECIAL_PART double tail(double p)
{
    double wanted = log(p) + log_2, y = sqrt(-wanted);
    for (int k = 0; k < 8; k++) {
        double e = lun_erfcx(y), step = (log(e) - y * y - wanted) * e * (sqrt_pi / 2);
        y += step;
        if (fabs(step) <= 1e-16 * y) break;
    }
    return y;
}

LUN_SPECIAL double lun_ndtri(double p)
{
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    if (p < 0.1) return -sqrt_2 * tail(p);
    if (p > 0.9) return sqrt_2 * tail(1 - p);
    return sqrt_2 * lun_erfinv(2 * p - 1);
}

LUN_SPECIAL double lun_log_ndtr(double x)
{
    double t = x / sqrt_2;
    if (x < -1) return log(lun_erfcx(-t) / 2) - t * t;
    return log1p(-erfc(t) / 2);
}

/* exp(-x) times the Bessel function of order `order`, for x >= 0. */
LUN_SPECIAL_PART double bessel_scaled(int order, double x)
{
    double sum = 1, term = 1;
    if (x > 40) {
        if (x > 1e300) return 0;
        for (int k = 1; k < 40; k++) {
            double odd = 2 * k - 1;
            sum += term *= (odd * odd - 4.0 * order * order) / (8 * x * k);
            if (fabs(term) < 1e-17) break;
        }
        return sum / sqrt(6.28318530717958647692 * x);
    }
    double quarter = x * x / 4;
    for (int k = 1; k < 200; k++) {
        sum += term *= quarter / ((double)k * (k + order));
        if (term < 1e-17 * sum) break;
    }
    return exp(-x) * sum * (order ? x / 2 : 1);
}

LUN_SPECIAL double lun_i0e(double x) { return x != x ? x : bessel_scaled(0, fabs(x)); }
LUN_SPECIAL double lun_i1e(double x) { return x != x ? x : copysign(bessel_scaled(1, fabs(x)), x); }

/* exp in two halves, because the whole overflows sooner than the product. */
LUN_SPECIAL_PART double unscaled(double scaled, double x)
{
    double half = exp(fabs(x) / 2);
    return isinf(half) ? copysign(INFINITY, scaled) : scaled * half * half;
}

LUN_SPECIAL double lun_i0(double x) { return x != x ? x : unscaled(lun_i0e(x), x); }
LUN_SPECIAL double lun_i1(double x) { return x != x || x == 0 ? x : unscaled(isinf(x) ? x : lun_i1e(x), x); }
