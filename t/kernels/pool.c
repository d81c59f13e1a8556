/* pool.c - pooling against its definition, and gradients of both orders. Read next: kernels/cpu/pool.c. SPDX-License-Identifier: MIT */
#include "kernels/start.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>

static const lun_device cpu = {LUN_CPU, 0};

typedef struct geometry { int64_t h, w, kh, kw, stride, pad, dilation; bool ceil, count; int64_t divisor, out_h, out_w; } geometry;
static const geometry *now;

static lun_tensor *pool(lun_op_id id, lun_tensor *x)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, 2, (int64_t[]){now->kh, now->kw});
    if (now->stride) lun_params_int(&c.params, now->stride);
    else lun_params_none(&c.params);
    lun_params_int(&c.params, now->pad);
    if (id == LUN_OP_max_pool2d) lun_params_int(&c.params, now->dilation);
    lun_params_bool(&c.params, now->ceil);
    if (id == LUN_OP_avg_pool2d) {
        lun_params_bool(&c.params, now->count);
        if (now->divisor) lun_params_int(&c.params, now->divisor);
    }
    return lun_apply1(&c);
}

static lun_tensor *adaptive(lun_tensor *x)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_adaptive_avg_pool2d));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, 2, (int64_t[]){now->kh, now->kw});
    return lun_apply1(&c);
}

/* Largest value or mean of one window. */
static double window(lun_tensor *x, int64_t plane, int64_t oy, int64_t ox, bool mean)
{
    int64_t sy = now->stride ? now->stride : now->kh, sx = now->stride ? now->stride : now->kw, d = mean ? 1 : now->dilation, inside = 0;
    int64_t y0 = oy * sy - now->pad, x0 = ox * sx - now->pad;
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < now->kh; i++)
        for (int64_t j = 0; j < now->kw; j++) {
            int64_t y = y0 + i * d, z = x0 + j * d;
            if (y < 0 || y >= now->h || z < 0 || z >= now->w) continue;
            double v = lun_get_double(x, (plane * now->h + y) * now->w + z);
            most = fmax(most, v);
            sum += v;
            inside++;
        }
    int64_t y1 = y0 + now->kh < now->h + now->pad ? y0 + now->kh : now->h + now->pad;
    int64_t x1 = x0 + now->kw < now->w + now->pad ? x0 + now->kw : now->w + now->pad;
    int64_t padded = (y1 - y0) * (x1 - x0);
    return mean ? sum / (double)(now->divisor ? now->divisor : now->count ? padded : inside) : most;
}

static const geometry cases[] = {
    {6, 6, 2, 2, 0, 0, 1, false, true, 0, 3, 3}, {7, 8, 3, 2, 2, 1, 1, false, true, 0, 4, 5},  {7, 8, 3, 3, 2, 1, 1, true, false, 0, 4, 5},
    {5, 5, 2, 2, 2, 0, 1, true, true, 0, 3, 3},  {9, 9, 3, 3, 1, 1, 2, false, true, 0, 7, 7},   {4, 5, 2, 3, 1, 0, 1, false, true, 5, 3, 3},
    {3, 3, 3, 3, 3, 1, 1, true, true, 0, 2, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

static void check(lun_tensor *x, bool mean, double tolerance)
{
    lun_tensor *y = pool(mean ? LUN_OP_avg_pool2d : LUN_OP_max_pool2d, x);
    double worst = y ? 0 : INFINITY;
    int64_t out = y ? y->dims[2] * y->dims[3] : 0;
    for (int64_t i = 0; y && i < y->numel; i++)
        worst = fmax(worst, fabs(lun_get_double(y, i) - window(x, i / out, i % out / y->dims[3], i % y->dims[3], mean)));
    if (lun_failed()) note("%s", lun_error_get()->message);
    ok(worst <= tolerance, "case %d: %s in %s (off by %.2g)", (int)(now - cases), mean ? "means" : "largest", lun_dtypes[x->dtype].name, worst);
}

static lun_tensor *largest(lun_tensor **x) { return pool(LUN_OP_max_pool2d, x[0]); }
static lun_tensor *mean(lun_tensor **x) { return pool(LUN_OP_avg_pool2d, x[0]); }
static lun_tensor *adapted(lun_tensor **x) { return adaptive(x[0]); }

static void fixed_windows(void)
{
    for (int i = 0; i < CASES; i++) {
        now = &cases[i];
        int64_t dims[4] = {2, 3, now->h, now->w};
        check(random_tensor(LUN_F32, 4, dims, -1, 1), false, 0);
        check(random_tensor(LUN_F64, 4, dims, -1, 1), false, 0);
        check(strided(random_tensor(LUN_BF16, 4, dims, -1, 1), 1, 2), false, 0);
        if (now->dilation > 1) continue;
        check(random_tensor(LUN_F32, 4, dims, -1, 1), true, 1e-6);
        check(strided(random_tensor(LUN_F64, 4, dims, -1, 1), 0, 3), true, 1e-12);
        lun_tensor *x = random_tensor(LUN_F64, 4, (int64_t[]){1, 2, now->h, now->w}, -1, 1);
        gradcheck("max_pool2d", largest, 1, &x, i < 2);
        gradcheck("avg_pool2d", mean, 1, &x, i < 2);
    }
}

static void adaptive_windows(void)
{
    static const geometry g = {.kh = 2, .kw = 3}, one = {.kh = 1, .kw = 1}, larger = {.kh = 7, .kw = 9};
    lun_tensor *x = random_tensor(LUN_F64, 4, (int64_t[]){2, 2, 5, 7}, -1, 1), *y;
    now = &g;
    y = adaptive(x);
    ok(y && y->dims[2] == 2 && y->dims[3] == 3, "adaptive_avg_pool2d gives the size asked for");
    double sum = 0; /* window (1, 1) of plane 3: rows 2..4, columns 2..4 */
    for (int i = 2; i < 5; i++)
        for (int j = 2; j < 5; j++) sum += lun_get_double(x, (3 * 5 + i) * 7 + j);
    near(lun_get_double(y, 3 * 6 + 4), sum / 9, 1e-12, "windows overlap where sizes do not divide");
    gradcheck("adaptive_avg_pool2d", adapted, 1, &x, true);
    now = &one;
    near(distance(adaptive(x), lun_mean(x, 2, (int64_t[]){2, 3}, true)), 0, 1e-12, "size 1 is the mean of the plane");
    now = &larger;
    gradcheck("adaptive_avg_pool2d to a larger size", adapted, 1, &x, false);
}

static void specials(void)
{
    now = &cases[0];
    lun_tensor *x = lun_full(4, (int64_t[]){1, 1, 6, 6}, -INFINITY, LUN_F32, cpu), *none = LUN_NONE, *g;
    near(lun_get_double(pool(LUN_OP_max_pool2d, x), 0), -INFINITY, 0, "a window of -inf");
    lun_set_double(x, 7, NAN);
    ok(isnan(lun_get_double(pool(LUN_OP_max_pool2d, x), 0)), "NaN wins");
    x = lun_full(4, (int64_t[]){1, 1, 6, 6}, 3, LUN_F32, cpu);
    lun_set_requires_grad(x, true);
    lun_tensor *s = lun_sum(pool(LUN_OP_max_pool2d, x), 0, NULL, false);
    ok(lun_gradients(1, &s, &none, 1, &x, &g, false, false, false) && lun_get_double(g, 0) == 1 && lun_get_double(g, 1) == 0,
       "of equal values the first gets the gradient");
    static const geometry large = {2, 2, 5, 5, 0, 0, 1, false, true, 0, 0, 0}, padded = {6, 6, 2, 2, 0, 2, 1, false, true, 0, 0, 0};
    now = &large;
    ok(!pool(LUN_OP_max_pool2d, random_tensor(LUN_F32, 4, (int64_t[]){1, 1, 2, 2}, 0, 1)), "a window larger than the image: %s",
       lun_error_get()->message);
    lun_error_clear();
    now = &padded;
    ok(!pool(LUN_OP_avg_pool2d, random_tensor(LUN_F32, 4, (int64_t[]){1, 1, 6, 6}, 0, 1)), "too much padding: %s", lun_error_get()->message);
    lun_error_clear();
}

static void one_dimension(void)
{
    lun_call c;
    lun_tensor *x = lun_tensor_copy_of((float[]){1, 5, 2, 7, 3, 4}, LUN_F32, 3, (int64_t[]){1, 1, 6});
    lun_call_begin(&c, lun_op_at(LUN_OP_max_pool1d));
    lun_call_input(&c, x);
    lun_params_int(&c.params, 2);
    lun_tensor *y = lun_apply1(&c);
    ok(y && y->ndim == 3 && y->dims[2] == 3, "max_pool1d halves the length");
    near(lun_get_double(y, 1), 7, 0, "and takes the larger of two");
}

int main(void)
{
    if (!lun_start()) return 1;
    fixed_windows();
    adaptive_windows();
    specials();
    one_dimension();
    return done_testing();
}
