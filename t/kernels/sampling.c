/* sampling.c - resizing and grid_sample against plain formulas; group_norm likewise; the same bits on any number of threads
 *
 * Read next: kernels/cpu/resize.c, kernels/cpu/grid.c, kernels/cpu/norm_group.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

/* ---- resizing ---- */

static lun_tensor *resize(lun_tensor *x, int64_t h, int64_t w, const char *mode, bool align)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_interpolate));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, 2, (int64_t[]){h, w});
    lun_params_none(&c.params);
    lun_params_string(&c.params, mode);
    lun_params_bool(&c.params, align);
    return lun_apply1(&c);
}

static double at(lun_tensor *x, int64_t plane, int64_t i, int64_t j)
{
    int64_t h = x->dims[2], w = x->dims[3];
    i = i < 0 ? 0 : i >= h ? h - 1 : i;
    j = j < 0 ? 0 : j >= w ? w - 1 : j;
    return lun_get_double(x, (plane * h + i) * w + j);
}

static double weight(bool cubic, double x)
{
    x = fabs(x);
    if (!cubic) return x < 1 ? 1 - x : 0;
    if (x < 1) return 1.25 * x * x * x - 2.25 * x * x + 1;
    return x < 2 ? -0.75 * x * x * x + 3.75 * x * x - 6 * x + 3 : 0;
}

static double place(int64_t o, int64_t in, int64_t out, bool align)
{
    if (align) return out > 1 ? (double)o * (double)(in - 1) / (double)(out - 1) : 0;
    return ((double)o + 0.5) * (double)in / (double)out - 0.5;
}

static double resized(lun_tensor *x, int64_t plane, double y, double z, bool cubic)
{
    double sum = 0;
    int64_t i0 = (int64_t)floor(y), j0 = (int64_t)floor(z);
    for (int64_t i = i0 - 1; i <= i0 + 2; i++)
        for (int64_t j = j0 - 1; j <= j0 + 2; j++) sum += weight(cubic, y - (double)i) * weight(cubic, z - (double)j) * at(x, plane, i, j);
    return sum;
}

static void resizing(void)
{
    static const int64_t sizes[][2] = {{7, 9}, {3, 4}, {5, 6}, {1, 13}, {20, 2}};
    for (int k = 0; k < 20; k++) {
        int64_t h = sizes[k / 4][0], w = sizes[k / 4][1];
        bool cubic = k & 1, align = k & 2;
        lun_tensor *x = random_tensor(LUN_F64, 4, (int64_t[]){2, 2, 5, 6}, -1, 1), *y = resize(x, h, w, cubic ? "bicubic" : "bilinear", align);
        double worst = y ? 0 : INFINITY;
        for (int64_t i = 0; y && i < y->numel; i++)
            worst = fmax(worst, fabs(lun_get_double(y, i) - resized(x, i / h / w, place(i / w % h, 5, h, align), place(i % w, 6, w, align), cubic)));
        ok(worst < 1e-12, "%s to %d x %d%s (off by %.2g)", cubic ? "bicubic" : "bilinear", (int)h, (int)w, align ? ", corners aligned" : "", worst);
        near(distance(resize(strided(x, 1, 3), h, w, cubic ? "bicubic" : "bilinear", align), y), 0, 0, "the same of a strided one");
    }
    lun_tensor *x = lun_full(4, (int64_t[]){1, 1, 2, 2}, INFINITY, LUN_F32, cpu);
    ok(isinf(lun_get_double(resize(x, 3, 3, "bilinear", true), 0)), "infinity at a corner stays infinity: a weight of 0 is not counted");
}

/* ---- grid_sample ---- */

static lun_tensor *sample(lun_tensor *x, lun_tensor *grid, const char *mode, const char *padding, bool align)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_grid_sample));
    lun_call_input(&c, x);
    lun_call_input(&c, grid);
    lun_params_string(&c.params, mode);
    lun_params_string(&c.params, padding);
    lun_params_bool(&c.params, align);
    return lun_apply1(&c);
}

static double sampled(lun_tensor *x, int64_t plane, double gx, double gy, bool align, bool border)
{
    double h = (double)x->dims[2], w = (double)x->dims[3], sum = 0;
    double y = align ? (gy + 1) * (h - 1) / 2 : ((gy + 1) * h - 1) / 2, z = align ? (gx + 1) * (w - 1) / 2 : ((gx + 1) * w - 1) / 2;
    if (border) {
        y = fmin(fmax(y, 0), h - 1);
        z = fmin(fmax(z, 0), w - 1);
    }
    for (int64_t i = 0; i < x->dims[2]; i++)
        for (int64_t j = 0; j < x->dims[3]; j++) sum += weight(false, y - (double)i) * weight(false, z - (double)j) * at(x, plane, i, j);
    return sum;
}

static void sampling(void)
{
    lun_tensor *x = random_tensor(LUN_F64, 4, (int64_t[]){2, 3, 5, 6}, -1, 1), *grid = random_tensor(LUN_F64, 4, (int64_t[]){2, 13, 17, 2}, -1.6, 1.6);
    for (int k = 0; k < 4; k++) {
        bool align = k & 1, border = k & 2;
        lun_tensor *y = sample(x, grid, "bilinear", border ? "border" : "zeros", align), *narrow;
        double worst = y ? 0 : INFINITY;
        for (int64_t i = 0; y && i < y->numel; i++) {
            int64_t place = i % 221 + i / 221 / 3 * 221;
            worst = fmax(worst, fabs(lun_get_double(y, i) - sampled(x, i / 221, lun_get_double(grid, 2 * place), lun_get_double(grid, 2 * place + 1),
                                                                    align, border)));
        }
        ok(worst < 1e-12, "grid_sample, %s%s (off by %.2g)", border ? "border" : "zeros", align ? ", corners aligned" : "", worst);
        narrow = sample(lun_to_dtype(x, LUN_F32), lun_to_dtype(grid, LUN_F32), "bilinear", border ? "border" : "zeros", align);
        ok(distance(narrow, y) < 1e-5, "in float32 (off by %.2g)", distance(narrow, y));
    }
}

static void not_finite(void)
{
    lun_tensor *x = lun_full(4, (int64_t[]){1, 1, 3, 3}, 1, LUN_F32, cpu), *grid = lun_full(4, (int64_t[]){1, 1, 3, 2}, 9, LUN_F32, cpu), *y;
    lun_set_double(x, 8, NAN);
    lun_set_double(grid, 0, -9);
    lun_set_double(grid, 4, NAN);
    static const char *const modes[] = {"bilinear", "nearest", "bicubic"};
    for (int k = 0; k < 3; k++) {
        y = sample(x, grid, modes[k], "zeros", false);
        near(lun_get_double(y, 1), 0, 0, "%s: a place far outside is 0 though the nearest corner is NaN", modes[k]);
        near(lun_get_double(y, 2), 0, 0, "and so is a place that is NaN");
        ok(sample(x, grid, modes[k], "reflection", true) != NULL, "and any place is reflected to somewhere");
    }
}

/* ---- group_norm ---- */

static lun_tensor *group_norm(lun_tensor *x, int64_t groups, lun_tensor *w, lun_tensor *b)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_group_norm));
    lun_call_input(&c, x);
    lun_params_int(&c.params, groups);
    lun_call_input(&c, w);
    lun_call_input(&c, b);
    return lun_apply1(&c);
}

static void groups(lun_dtype t, int64_t rest, double tolerance)
{
    lun_tensor *x = random_tensor(t, 3, (int64_t[]){3, 6, rest}, 0, 2), *w = random_tensor(t, 1, (int64_t[]){6}, -1, 1);
    lun_tensor *b = random_tensor(t, 1, (int64_t[]){6}, -1, 1), *y = group_norm(x, 2, w, b);
    double worst = y ? 0 : INFINITY;
    for (int64_t i = 0; y && i < y->numel; i++) {
        int64_t n = 3 * rest, first = i / n * n, channel = i / rest % 6;
        double mean = 0, var = 0;
        for (int64_t k = first; k < first + n; k++) mean += lun_get_double(x, k) / (double)n;
        for (int64_t k = first; k < first + n; k++) var += pow(lun_get_double(x, k) - mean, 2) / (double)n;
        double want = (lun_get_double(x, i) - mean) / sqrt(var + 1e-5) * lun_get_double(w, channel) + lun_get_double(b, channel);
        worst = fmax(worst, fabs(lun_get_double(y, i) - want));
    }
    ok(worst <= tolerance, "group_norm of %d values per channel in %s (off by %.2g)", (int)rest, lun_dtypes[t].name, worst);
}

/* ---- threads ---- */

static lun_tensor *up(lun_tensor **x) { return resize(x[0], 300, 200, "bicubic", false); }
static lun_tensor *down(lun_tensor **x) { return resize(x[0], 30, 40, "bilinear", true); }
static lun_tensor *sample_all(lun_tensor **x) { return sample(x[0], x[1], "bilinear", "zeros", false); }
static lun_tensor *norm_all(lun_tensor **x) { return group_norm(x[0], 4, LUN_NONE, LUN_NONE); }

static void same_bits(const char *name, gradcheck_function *f, int n, lun_tensor **x)
{
    lun_tensor *first[3] = {NULL}, *none = LUN_NONE;
    bool good = true;
    for (int i = 0; i < n; i++) lun_set_requires_grad(x[i], true);
    for (int threads = 1; threads <= 3; threads++) {
        lun_threads_set(threads);
        lun_tensor *r[3] = {f(x), NULL, NULL}, *s = lun_sum(lun_square(r[0]), 0, NULL, false);
        good = good && lun_gradients(1, &s, &none, n, x, r + 1, false, false, false);
        for (int i = 0; good && i <= n; i++) {
            if (threads == 1) first[i] = r[i];
            else good = !memcmp(lun_data(first[i]), lun_data(r[i]), lun_tensor_bytes(r[i]));
        }
    }
    lun_threads_set(0);
    ok(good, "%s: the same bits on 1 to 3 threads, forward and backward", name);
}

int main(void)
{
    if (!lun_start()) return 1;
    resizing();
    sampling();
    not_finite();
    groups(LUN_F32, 7, 1e-5);
    groups(LUN_F64, 7, 1e-12);
    groups(LUN_F32, 1, 1e-5);
    groups(LUN_F64, 400, 1e-11);
    lun_tensor *x[2] = {random_tensor(LUN_F32, 4, (int64_t[]){2, 12, 90, 70}, -1, 1), random_tensor(LUN_F32, 4, (int64_t[]){2, 80, 60, 2}, -1.2, 1.2)};
    same_bits("bicubic, larger", up, 1, x);
    same_bits("bilinear, smaller", down, 1, x);
    same_bits("grid_sample", sample_all, 2, x);
    same_bits("group_norm", norm_all, 1, x);
    return done_testing();
}
