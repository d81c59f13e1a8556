/* assign.c - gradients through assignment (x[spec] = v) and through what is composed, and second derivatives of picking
 *
 * The checks are finite differences in float64; t/ops.lua does the same for every row's sample.
 * Read next: core/ops/index_write.c. SPDX-License-Identifier: MIT
 */
#include "core/lun.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

static lun_tensor *ramp(int ndim, const int64_t *dims, double from)
{
    lun_tensor *x = lun_tensor_empty(LUN_F64, ndim, dims, cpu);
    for (int64_t i = 0; x && i < x->numel; i++) lun_set_double(x, i, from + sin((double)i * 1.7));
    return x;
}

static lun_tensor *list(int n, const int64_t *v) { return lun_tensor_copy_of(v, LUN_I64, 1, (int64_t[]){n}); }

static lun_tensor *mask(void)
{
    static const uint8_t v[12] = {1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0};
    return lun_tensor_copy_of(v, LUN_BOOL, 2, (int64_t[]){3, 4});
}

/* Functions of x (3 by 4) and v, whose results are weighed and summed. */
typedef lun_tensor *function(lun_tensor *x, lun_tensor *v);

static lun_tensor *into_slice(lun_tensor *x, lun_tensor *v)
{
    return lun_set_slice(lun_mul_number(x, 2), v, (int64_t[]){0, 2, 2, 1, 3, 1}, 0);
}
static lun_tensor *into_row(lun_tensor *x, lun_tensor *v)
{
    return lun_set_slice(lun_mul(x, x), lun_reshape(v, 1, (int64_t[]){3}), (int64_t[]){1, 1, 1, 1, 3, 1}, 1);
}
static lun_tensor *twice(lun_tensor *x, lun_tensor *v)
{
    lun_tensor *y = into_slice(x, v); /* v is used, overwritten in part, and used again */
    return lun_set_slice(lun_mul(y, y), lun_exp(v), (int64_t[]){1, 2, 1, 0, 3, 1}, 0);
}
static lun_tensor *into_places(lun_tensor *x, lun_tensor *v)
{
    return lun_set_index(lun_mul_number(x, 2), list(2, (int64_t[]){3, 1}), lun_sum_dim(v, 1, true)); /* [1,1] over [2,4] */
}
static lun_tensor *into_mask(lun_tensor *x, lun_tensor *v)
{
    return lun_set_index(lun_mul_number(x, 2), mask(), lun_index_select(lun_reshape(v, 1, (int64_t[]){3}), 0, list(5, (int64_t[]){1, 2, 3, 3, -2})));
}
static lun_tensor *all_of(lun_tensor *x, lun_tensor *v)
{
    (void)v;
    return lun_add(lun_masked_fill(x, mask(), 3), lun_pad(lun_narrow(x, 1, 1, 2), 2, (int64_t[]){2, 0}, 0));
}
static lun_tensor *products(lun_tensor *x, lun_tensor *v) { return lun_cumprod(lun_mul(x, lun_sum_dim(v, 1, true)), 1); }
static lun_tensor *products_with_zeros(lun_tensor *x, lun_tensor *v)
{
    (void)v;
    return lun_cumprod(lun_mul(x, lun_to_dtype(mask(), LUN_F64)), 1);
}
static lun_tensor *picked(lun_tensor *x, lun_tensor *v)
{
    return lun_mul(lun_index(lun_mul(x, x), list(4, (int64_t[]){2, -1, 2, 1})), lun_sum_dim(v, 1, true));
}

static double value_of(function *f, lun_tensor *x, lun_tensor *v)
{
    lun_tensor *y = f(x, v);
    double sum = 0;
    for (int64_t i = 0; y && i < y->numel; i++) sum += lun_get_double(y, i) * cos((double)i);
    return y ? sum : NAN;
}

/* The same as a tensor, with a graph. */
static lun_tensor *weighed(function *f, lun_tensor *x, lun_tensor *v)
{
    lun_tensor *y = f(x, v), *w = y ? lun_tensor_empty(LUN_F64, y->ndim, y->dims, cpu) : NULL;
    for (int64_t i = 0; w && i < w->numel; i++) lun_set_double(w, i, cos((double)i));
    return lun_sum(lun_mul(y, w), 0, NULL, false);
}

static double largest_difference(function *f, lun_tensor *x, lun_tensor *v, lun_tensor *of, const lun_tensor *grad)
{
    double most = 0, h = 1e-6;
    for (int64_t i = 0; i < of->numel; i++) {
        double keep = lun_get_double(of, i), up, down;
        lun_set_double(of, i, keep + h);
        up = value_of(f, x, v);
        lun_set_double(of, i, keep - h);
        down = value_of(f, x, v);
        lun_set_double(of, i, keep);
        double got = grad && !lun_is_none(grad) ? lun_get_double(grad, i) : 0, d = fabs((up - down) / (2 * h) - got);
        if (!(d <= most)) most = d;
    }
    return most;
}

static void check(const char *name, function *f)
{
    lun_tensor *x = ramp(2, (int64_t[]){3, 4}, 0.3), *v = ramp(2, (int64_t[]){1, 3}, 1.5), *none = LUN_NONE;
    lun_set_requires_grad(x, true);
    lun_set_requires_grad(v, true);
    lun_tensor *loss = weighed(f, x, v);
    if (!ok(loss && lun_backward(1, &loss, &none, false, false), "%s goes back: %s", name, lun_error_get()->message)) {
        lun_error_clear();
        return;
    }
    lun_tensor *dx = x->grad, *dv = v->grad;
    double a = largest_difference(f, lun_detach(x), lun_detach(v), lun_detach(x), dx);
    double b = largest_difference(f, lun_detach(x), lun_detach(v), lun_detach(v), dv);
    ok(a < 1e-7 && b < 1e-7, "%s: gradients agree with differences (%g, %g)", name, a, b);
}

/* sum(grad^2) differentiated again. */
static double penalty(function *f, lun_tensor *x, lun_tensor *v, lun_tensor **second)
{
    lun_tensor *none = LUN_NONE, *g, *p, *loss;
    lun_tensor *leaf = lun_clone(lun_detach(x));
    lun_set_requires_grad(leaf, true);
    loss = weighed(f, leaf, v);
    if (!loss || !lun_gradients(1, &loss, &none, 1, &leaf, &g, true, true, false)) return NAN;
    p = lun_sum(lun_mul(g, g), 0, NULL, false);
    if (second && !lun_gradients(1, &p, &none, 1, &leaf, second, false, false, true)) return NAN;
    return p ? lun_get_double(p, 0) : NAN;
}

static void check_second(const char *name, function *f)
{
    lun_tensor *x = ramp(2, (int64_t[]){3, 4}, 0.3), *v = ramp(2, (int64_t[]){1, 3}, 1.5), *second = NULL;
    double most = isfinite(penalty(f, x, v, &second)) ? 0 : INFINITY, h = 1e-5;
    for (int64_t i = 0; most < 1 && i < x->numel; i++) {
        double keep = lun_get_double(x, i), up, down, got = lun_is_none(second) ? 0 : lun_get_double(second, i);
        lun_set_double(x, i, keep + h);
        up = penalty(f, x, v, NULL);
        lun_set_double(x, i, keep - h);
        down = penalty(f, x, v, NULL);
        lun_set_double(x, i, keep);
        double d = fabs((up - down) / (2 * h) - got);
        if (!(d <= most)) most = d;
    }
    ok(most < 1e-5, "%s: second derivatives agree with differences (%g) %s", name, most, lun_error_get()->message);
    lun_error_clear();
}

static void leaves_are_safe(void)
{
    lun_tensor *x = ramp(1, (int64_t[]){3}, 0);
    lun_set_requires_grad(x, true);
    ok(!lun_set_slice(x, lun_tensor_integer(0), (int64_t[]){0, 1, 1}, 0), "a leaf that requires grad is not written to: %s", lun_error_get()->message);
    lun_error_clear();
    lun_tensor *y = lun_exp(x), *none = LUN_NONE;
    lun_set_slice(y, lun_tensor_integer(0), (int64_t[]){0, 1, 1}, 0); /* exp saved its result */
    lun_tensor *sum = lun_sum(y, 0, NULL, false);
    ok(!lun_backward(1, &sum, &none, false, false), "a saved value that was assigned to is noticed: %s", lun_error_get()->message);
    lun_error_clear();
}

int main(void)
{
    if (!lun_start()) return 1;
    check("x[region] = v", into_slice);
    check("x[row] = v", into_row);
    check("two assignments", twice);
    check("x[idx] = v", into_places);
    check("x[mask] = v", into_mask);
    check("masked_fill and pad", all_of);
    check("cumprod", products);
    check("cumprod with zeros", products_with_zeros);
    check("x[idx]", picked);
    check_second("two assignments", twice);
    check_second("cumprod", products);
    check_second("x[idx]", picked);
    leaves_are_safe();
    lun_scope_drain(0);
    return done_testing();
}
