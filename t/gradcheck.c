/* gradcheck.c - gradients against differences. Read next: t/gradcheck.h. SPDX-License-Identifier: MIT */
#include "t/gradcheck.h"

#include "t/tap.h"

#include <math.h>

enum { INPUTS = 6 };
static const lun_device cpu = {LUN_CPU, 0};
static uint64_t state = 12345;

double random_in(double low, double high)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

lun_tensor *random_tensor(lun_dtype t, int ndim, const int64_t *dims, double low, double high)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, cpu);
    for (int64_t i = 0; x && i < x->numel; i++) lun_set_double(x, i, random_in(low, high));
    return x;
}

lun_tensor *strided(lun_tensor *x, int64_t a, int64_t b) { return lun_transpose(lun_clone(lun_transpose(x, a, b)), a, b); }

double distance(lun_tensor *a, lun_tensor *b)
{
    double most = 0;
    if (!a || !b || !lun_shape_same(a->ndim, a->dims, b->ndim, b->dims)) return INFINITY;
    for (int64_t i = 0; i < a->numel; i++) {
        double x = lun_get_double(a, i), y = lun_get_double(b, i), d = fabs(x - y);
        if (x == y || (isnan(x) && isnan(y))) continue;
        if (!(d <= most)) most = isnan(d) ? INFINITY : d;
    }
    return most;
}

/* A fixed weighting of y, so that a scalar depends on every element differently. */
static lun_tensor *weigh(lun_tensor *y)
{
    if (!y) return NULL;
    lun_tensor *v = lun_tensor_empty(LUN_F64, y->ndim, y->dims, cpu);
    for (int64_t i = 0; v && i < v->numel; i++) lun_set_double(v, i, cos(1.7 * (double)i + 0.3));
    return lun_sum(lun_mul(y, v), 0, NULL, false);
}

/* Gradients of the weighted f at x. */
static bool slopes(gradcheck_function *f, int n, lun_tensor **x, lun_tensor **g, bool create_graph)
{
    lun_tensor *none = LUN_NONE, *y = weigh(f(x));
    return y && lun_gradients(1, &y, &none, n, x, g, create_graph, create_graph, true);
}

/* What is differentiated: the weighted f, or the sum of its weighted gradients. */
static double level(gradcheck_function *f, int n, lun_tensor **x, bool twice)
{
    lun_tensor *g[INPUTS];
    double sum = 0;
    if (!twice) {
        lun_tensor *y = weigh(f(x));
        return y ? lun_get_double(y, 0) : NAN;
    }
    if (!slopes(f, n, x, g, false)) return NAN;
    for (int i = 0; i < n; i++) {
        lun_tensor *w = lun_is_none(g[i]) ? NULL : weigh(g[i]);
        if (w) sum += lun_get_double(w, 0);
    }
    return sum;
}

static bool analytic(gradcheck_function *f, int n, lun_tensor **x, lun_tensor **g, bool twice)
{
    if (!twice) return slopes(f, n, x, g, false);
    lun_tensor *first[INPUTS], *sum = NULL, *none = LUN_NONE;
    if (!slopes(f, n, x, first, true)) return false;
    for (int i = 0; i < n; i++) {
        if (lun_is_none(first[i])) continue;
        lun_tensor *w = weigh(first[i]);
        sum = sum ? lun_add(sum, w) : w;
    }
    for (int i = 0; i < n; i++) g[i] = LUN_NONE;
    if (sum && !lun_requires_grad(sum)) return true; /* linear: the second derivative is 0 */
    return sum && lun_gradients(1, &sum, &none, n, x, g, false, false, true);
}

static double compare(gradcheck_function *f, int n, lun_tensor **x, bool twice)
{
    const double step = 1e-5;
    lun_tensor *g[INPUTS];
    double worst = 0;
    if (!analytic(f, n, x, g, twice)) return INFINITY;
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k < x[i]->numel; k++) {
            size_t mark = lun_scope_mark();
            double at = lun_get_double(x[i], k);
            lun_set_double(x[i], k, at + step);
            double up = level(f, n, x, twice);
            lun_set_double(x[i], k, at - step);
            double down = level(f, n, x, twice);
            lun_set_double(x[i], k, at);
            double want = (up - down) / (2 * step), got = lun_is_none(g[i]) ? 0 : lun_get_double(g[i], k);
            double d = fabs(got - want) / fmax(1, fabs(want));
            if (!(d <= worst)) {
                worst = isnan(d) ? INFINITY : d;
                if (d > 1e-5) note("input %d element %d: gradient %.10g, differences %.10g", i + 1, (int)k + 1, got, want);
            }
            lun_scope_drain(mark);
        }
    return worst;
}

bool gradcheck(const char *name, gradcheck_function *f, int n, lun_tensor **x, bool twice)
{
    bool good = true;
    for (int i = 0; i < n; i++) lun_set_requires_grad(x[i], true);
    for (int order = 1; order <= 1 + twice; order++) {
        double d = compare(f, n, x, order == 2);
        good = ok(d < 1e-5, "%s: gradient of order %d (off by %.2g)", name, order, d) && good;
        if (lun_failed()) note("%s", lun_error_get()->message);
        lun_error_clear();
    }
    for (int i = 0; i < n; i++) lun_set_requires_grad(x[i], false);
    return good;
}
