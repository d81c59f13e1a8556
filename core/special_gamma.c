/* special_gamma.c - the gamma function's relatives
 *
 * Methods: digamma by reflection, recurrence and its asymptotic series; zeta by Euler and Maclaurin's formula, its left side by
 * reflection of the sum; incomplete gamma by series and continued fraction (Abramowitz and Stegun 6.5.29, 6.5.31), and for large
 * parameters, where these are slow, by integrating the density numerically (double exponential quadrature).
 * Holds: every loop has a fixed bound. Read next: core/special.h. SPDX-License-Identifier: MIT
 */
#include "core/special.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;
enum { BERNOULLI = 11 };
LUN_SPECIAL_PART double bernoulli(int k) /* B2, B4 ... */
{
    static const double numbers[BERNOULLI] = {1.0 / 6, -1.0 / 30,     1.0 / 42,      -1.0 / 30,       5.0 / 66,      -691.0 / 2730,
                                              7.0 / 6, -3617.0 / 510, 43867.0 / 798, -174611.0 / 330, 854513.0 / 138};
    return numbers[k];
}

LUN_SPECIAL double lun_lgamma(double x)
{
#ifdef __CUDACC__
    return lgamma(x);
#else
    int sign;
    return lgamma_r(x, &sign);
#endif
}

LUN_SPECIAL double lun_digamma(double x)
{
    double result = 0;
    if (x == 0) return copysign(INFINITY, -x);
    if (x < 0) {
        double part = x - rint(x); /* exact, so that it keeps what is near a pole */
        if (part == 0 || isinf(x)) return NAN;
        result = -pi / tan(pi * part);
        x = 1 - x;
    }
    if (isinf(x)) return x;
    while (x < 10) result -= 1 / x++;
    double square = 1 / (x * x), power = square, sum = 0;
    for (int k = 0; k < 8; k++, power *= square) sum += bernoulli(k) * power / (2 * (k + 1));
    return result + (log(x) - 0.5 / x - sum);
}

/* q > 0 */
LUN_SPECIAL_PART double zeta_right(double s, double q)
{
    double sum = 0, a = q;
    if (isinf(q)) return 0;
    for (int k = 0; k < 12; k++, a++) {
        double term = pow(a, -s);
        sum += term;
        if (term <= 1e-17 * sum) return sum;
    }
    double last = pow(a, -s), factor = s, power = last / a;
    sum += last * a / (s - 1) + last / 2;
    for (int k = 0; k < BERNOULLI; k++) { /* B2j / (2j)! s (s+1) .. (s+2j-2) a^(-s-2j+1) */
        double even = 2 * (k + 1), term;
        factor /= even * (k ? even - 1 : 1);
        term = bernoulli(k) * factor * power;
        sum += term;
        if (fabs(term) < 1e-17 * fabs(sum)) break;
        factor *= (s + even - 1) * (s + even);
        power /= a * a;
    }
    return sum;
}

LUN_SPECIAL double lun_zeta(double s, double q)
{
    if (s != s || q != q) return NAN;
    if (s == 1) return INFINITY;
    if (s < 1) return NAN;
    if (q > 0) return zeta_right(s, q);
    if (q == floor(q)) return INFINITY;
    if (s != floor(s)) return NAN;
    /* the terms below 0, mirrored: (-1)^s times the sum of (a + j)^-s for j = 0 .. n-1 */
    double n = floor(-q) + 1, a = 1 - n - q, sign = fmod(s, 2.0) == 0 ? 1 : -1;
    double below = zeta_right(s, a);
    if (!isinf(below)) below -= zeta_right(s, a + n);
    return sign * below + zeta_right(s, q + n);
}

LUN_SPECIAL double lun_polygamma(double n, double x)
{
    if (n == 0) return lun_digamma(x);
    return (fmod(n, 2.0) == 0 ? -1 : 1) * exp(lun_lgamma(n + 1)) * lun_zeta(n + 1, x);
}

/* ---- incomplete gamma ---- */

/* log of x^a e^-x / gamma(a), for large a without cancellation (Stirling's series) */
LUN_SPECIAL_PART double log_weight(double a, double x)
{
    if (a < 20) return a * log(x) - x - lun_lgamma(a);
    double d = (x - a) / a, near = fabs(d) < 0.5 ? log1p(d) - d : log(x / a) - d, over = 1 / (a * a);
    double correction = (1.0 / 12 - over * (1.0 / 360 - over * (1.0 / 1260 - over / 1680))) / a;
    return a * near + 0.5 * log(a / (2 * pi)) - correction;
}

enum { MOST_TERMS = 2000, SLOW = 200 };
static const double far = 1e12;

LUN_SPECIAL_PART double lower_series(double a, double x)
{
    double sum = 1 / a, term = sum;
    for (int k = 1; k < MOST_TERMS && term > 1e-17 * sum; k++) sum += term *= x / (a + k);
    return sum * exp(log_weight(a, x));
}

LUN_SPECIAL_PART double upper_fraction(double a, double x) /* modified Lentz */
{
    const double tiny = 1e-300;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, result = d;
    for (int k = 1; k < MOST_TERMS; k++) {
        double step = k * (a - k);
        b += 2;
        d = step * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + step / c;
        c = fabs(c) < tiny ? tiny : c;
        result *= d * c;
        if (fabs(d * c - 1) < 1e-16) break;
    }
    return result * exp(log_weight(a, x));
}

/* The density integrated from x to where nothing is left, on the side away from the mean. */
LUN_SPECIAL_PART double tail_integral(double a, double x, bool above)
{
    double reach = 12 * sqrt(a) + 60, end = above ? fmax(x, a) + reach : fmax(fmin(x, a) - reach, 0.0), half = (end - x) / 2, sum = 0;
    const double step = 1.0 / 16;
    for (int k = -56; k <= 56; k++) {
        double u = k * step, inner = pi / 2 * sinh(u), at = tanh(inner), weight = pi / 2 * cosh(u) / (cosh(inner) * cosh(inner));
        double t = x + half * (1 + at);
        if (t > 0) sum += weight * exp(log_weight(a, t)) / t;
    }
    return fabs(half) * step * sum;
}

/* Beyond any quadrature: the normal distribution with its first correction (Edgeworth). */
LUN_SPECIAL_PART double lower_far(double a, double x)
{
    double root = sqrt(a), z = (x - a) / root;
    return 0.5 * erfc(-z / sqrt(2.0)) - exp(-z * z / 2) / sqrt(2 * pi) * (z * z - 1) / (3 * root);
}

/* 1 - lower_series for small a, where that would cancel: x^a / gamma(a + 1) = 1 + small. */
LUN_SPECIAL_PART double upper_series(double a, double x)
{
    double term = 1, sum = 0, log_gamma = a < 1e-8 ? -0.57721566490153286 * a : lun_lgamma(1 + a), power = a * log(x) - log_gamma;
    for (int k = 1; k < 100; k++) {
        term *= -x / k;
        sum += term * a / (a + k);
        if (fabs(term) < 1e-17 * fabs(sum)) break;
    }
    return -expm1(power) - exp(power) * sum;
}

LUN_SPECIAL_PART bool edges(double a, double x, double *lower)
{
    *lower = NAN;
    if (!(a >= 0) || !(x >= 0) || (isinf(a) && isinf(x)) || (a == 0 && x == 0)) return true;
    *lower = a == 0 || isinf(x) ? 1 : 0;
    return a == 0 || x == 0 || isinf(a) || isinf(x);
}

LUN_SPECIAL double lun_gammainc(double a, double x)
{
    double value;
    if (edges(a, x, &value)) return value;
    if (a > far) return lower_far(a, x);
    if (a > SLOW && fabs(x - a) < a / 2) return x < a ? tail_integral(a, x, false) : 1 - tail_integral(a, x, true);
    return x < a + 1 ? lower_series(a, x) : 1 - upper_fraction(a, x);
}

LUN_SPECIAL double lun_gammaincc(double a, double x)
{
    double value;
    if (edges(a, x, &value)) return 1 - value;
    if (a > far) return 1 - lower_far(a, x);
    if (x < 1.1 && a < 0.5) return upper_series(a, x);
    if (a > SLOW && fabs(x - a) < a / 2) return x < a ? 1 - tail_integral(a, x, false) : tail_integral(a, x, true);
    return x < a + 1 ? 1 - lower_series(a, x) : upper_fraction(a, x);
}

/* -(d/da gammainc) / (d/dx gammainc), both from the power series x^a e^-x sum of x^n / gamma(a + n + 1). */
LUN_SPECIAL double lun_gamma_quantile_slope(double a, double x)
{
    if (!(a > 0) || !(x >= 0)) return NAN;
    if (x == 0) return 0;
    if (a > 1e4) { /* Cornish and Fisher's expansion, differentiated */
        double z = (x - a) / sqrt(a);
        return 1 + z / (2 * sqrt(a));
    }
    double term = x / a, sum = term, weighted, psi = lun_digamma(a + 1);
    weighted = term * (log(x) - psi);
    for (int k = 1; k < 4 * MOST_TERMS && term > 1e-17 * sum; k++) {
        psi += 1 / (a + k);
        sum += term *= x / (a + k);
        weighted += term * (log(x) - psi);
    }
    return -weighted;
}
