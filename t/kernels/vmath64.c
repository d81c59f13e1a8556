/* vmath64.c - each function of double stays within its bound against libm's long double, and treats the odd values as C does
 *
 * Read next: kernels/cpu/vmath64.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/vmath64.h"
#include "t/tap.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct trial {
    const char *name;
    double (*mine)(double);
    long double (*theirs)(long double);
    double bound, from, to; /* a grid, and powers of two up to `reach` */
    double reach;
} trial;

#define WRAP(name) static double mine_##name(double x) { return lun_##name##64(x); }
WRAP(exp) WRAP(log) WRAP(log1p) WRAP(expm1) WRAP(tanh) WRAP(sin) WRAP(cos) WRAP(erf)

static const trial trials[] = {
    {"exp", mine_exp, expl, 2, -746, 710, DBL_MAX},    {"log", mine_log, logl, 2, 0, 10, DBL_MAX},
    {"log1p", mine_log1p, log1pl, 3, -1, 3, DBL_MAX},  {"expm1", mine_expm1, expm1l, 3, -40, 40, DBL_MAX},
    {"tanh", mine_tanh, tanhl, 4, -20, 20, DBL_MAX},   {"sin", mine_sin, sinl, 3, -400, 400, 1e6},
    {"cos", mine_cos, cosl, 3, -400, 400, 1e6},
    {"erf", mine_erf, erfl, 3, -7, 7, DBL_MAX},
};

static double ulps(double got, long double want)
{
    double rounded = (double)want;
    if (isnan(rounded) || isinf(rounded)) {
        return (isnan(rounded) && isnan(got)) || got == rounded ? 0 : INFINITY;
    }
    if (want == 0) {
        return got == 0 && signbit(got) == signbit(rounded) ? 0 : INFINITY;
    }
    int e;
    frexp(rounded, &e);
    return (double)(fabsl((long double)got - want) / ldexpl(1, (e < -1021 ? -1021 : e) - 53));
}

static double worst, worst_at;
static void keep_worst(const trial *t, double x)
{
    double u = ulps(t->mine(x), t->theirs((long double)x));
    if (u > worst) {
        worst = u;
        worst_at = x;
    }
}

static void check(const trial *t)
{
    static const double odd[] = {0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN, DBL_MIN, -DBL_MIN, 5e-324, -5e-324, 1e-310, -1e-310,
                                 DBL_MAX, -DBL_MAX, 709.782, 709.79, -708.4, -744.4, -745.2, 3.141592653589793, 1.5707963267948966};
    worst = 0;
    for (int i = 0; i <= 300000; i++) {
        keep_worst(t, t->from + (t->to - t->from) * i / 300000);
    }
    for (int e = -1074; e < 1024; e++) {
        for (int i = 0; i < 16; i++) {
            double x = ldexp(1 + i / 16.0 + 0.0123, e);
            if (x <= t->reach) {
                keep_worst(t, x);
                keep_worst(t, -x);
            }
        }
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (!(fabs(odd[i]) > t->reach) || isinf(odd[i])) {
            keep_worst(t, odd[i]);
        }
    }
    ok(worst <= t->bound, "%s: largest error %.2f ulp (at %.17g), bound %g", t->name, worst, worst_at, t->bound);
}

int main(void)
{
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        check(&trials[i]);
    }
    return done_testing();
}
