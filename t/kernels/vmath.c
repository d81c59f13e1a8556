/* vmath.c - each elementary function stays within its bound against libm, and treats the odd values as C does
 *
 * The header states the errors seen; the bounds here leave room for another compiler.
 * Read next: kernels/cpu/vmath.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/vmath.h"
#include "t/tap.h"
#include <stdbool.h>
#include <string.h>

/* Distance from the true value in units of the last place of a float of that size. */
static double ulps(float got, double want)
{
    if (isnan(want) || isinf((float)want)) {
        return (isnan(want) && isnan(got)) || got == (float)want ? 0 : INFINITY;
    }
    if (want == 0) {
        return got == 0 && signbit(got) == signbit((float)want) ? 0 : INFINITY;
    }
    int e;
    frexp(want, &e);
    double unit = ldexp(1, (e < -125 ? -125 : e) - 24);
    return fabs((double)got - want) / unit;
}

typedef struct trial {
    const char *name;
    float (*mine)(float);
    double (*theirs)(double);
    double bound;
    float from, to; /* a dense grid; outside it the bit patterns are walked coarsely */
} trial;

#define WRAP(name) static float mine_##name(float x) { return lun_##name##32(x); }
WRAP(exp) WRAP(log) WRAP(log1p) WRAP(expm1) WRAP(tanh) WRAP(erf) WRAP(sin) WRAP(cos)

static const trial trials[] = {
    {"exp", mine_exp, exp, 2, -104, 89},
    {"log", mine_log, log, 2, 0, 10},
    {"log1p", mine_log1p, log1p, 3, -1, 3},
    {"expm1", mine_expm1, expm1, 3, -20, 20},
    {"tanh", mine_tanh, tanh, 4, -10, 10},
    {"erf", mine_erf, erf, 3, -4, 4},
    {"sin", mine_sin, sin, 1.5, -400, 400},
    {"cos", mine_cos, cos, 1.5, -400, 400},
};

static double worst, worst_at;
static void keep_worst(const trial *t, float x)
{
    double u = ulps(t->mine(x), t->theirs((double)x));
    if (u > worst) {
        worst = u;
        worst_at = (double)x;
    }
}

static void check(const trial *t, float reach)
{
    static const float odd[] = {0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, NAN, FLT_MIN, -FLT_MIN, 1e-45f, -1e-45f,
                                1e-40f, -1e-40f, FLT_MAX, -FLT_MAX, 88.72283f, 88.72284f, -87.33655f, -103.97f, -104.1f};
    worst = 0;
    for (int i = 0; i <= 400000; i++) {
        keep_worst(t, t->from + (t->to - t->from) * (float)i / 400000.0f);
    }
    for (uint32_t bits = 0; bits < 0x7f800000U; bits += 9973U) {
        float x = lun_from32(bits);
        if (x <= reach) {
            keep_worst(t, x);
            keep_worst(t, -x);
        }
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (!(fabsf(odd[i]) > reach) || isinf(odd[i])) {
            keep_worst(t, odd[i]);
        }
    }
    ok(worst <= t->bound, "%s: largest error %.2f ulp (at %.9g), bound %g", t->name, worst, worst_at, t->bound);
}

static void check_pow(void)
{
    static const float odd[] = {0.0f, -0.0f, 1.0f, -1.0f, 2.0f, -2.0f, 3.0f, -3.0f, 0.5f, -0.5f, -1.5f, 1e-40f, -1e-40f, 1e30f,
                                -1e30f, 8388607.0f, 8388608.0f, 8388609.0f, -8388609.0f, 16777216.0f, 33554432.0f,
                                INFINITY, -INFINITY, NAN, 1.0000001f, 0.99999994f, -0.99999994f};
    enum { ODD = sizeof odd / sizeof *odd };
    int wrong = 0;
    for (int i = 0; i < ODD; i++) {
        for (int k = 0; k < ODD; k++) {
            double want = pow((double)odd[i], (double)odd[k]);
            float got = lun_pow32(odd[i], odd[k]);
            if (ulps(got, (double)(float)want) > 1 && wrong++ < 10) {
                note("pow(%.9g, %.9g) = %.9g, want %.9g", (double)odd[i], (double)odd[k], (double)got, want);
            }
        }
    }
    is_int(wrong, 0, "pow of odd values");
    double most = 0, at_x = 0, at_y = 0;
    for (int i = 1; i <= 600; i++) {
        for (int k = -300; k <= 300; k++) {
            float x = (float)i * 0.0173f, y = (float)k * 0.1237f;
            double u = ulps(lun_pow32(x, y), pow((double)x, (double)y));
            if (u > most) {
                most = u;
                at_x = (double)x;
                at_y = (double)y;
            }
        }
    }
    ok(most <= 1, "pow: largest error %.2f ulp (at %g, %g), bound 1", most, at_x, at_y);
}

int main(void)
{
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        bool trig = !strcmp(trials[i].name, "sin") || !strcmp(trials[i].name, "cos");
        check(&trials[i], trig ? 2.7e8f : FLT_MAX);
    }
    check_pow();
    return done_testing();
}
