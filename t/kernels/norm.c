/* norm.c - batch_norm and layer_norm against their formulas, running statistics, gradients of both orders
 *
 * Read next: kernels/cpu/norm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

static lun_tensor *batch_norm(lun_tensor *x, lun_tensor *mean, lun_tensor *var, lun_tensor *w, lun_tensor *b, bool training)
{
    lun_call c;
    lun_tensor *in[] = {x, mean, var, w, b};
    lun_call_begin(&c, lun_op_at(LUN_OP_batch_norm));
    for (int i = 0; i < 5; i++) lun_call_input(&c, in[i]);
    lun_params_bool(&c.params, training);
    return lun_apply1(&c);
}

static lun_tensor *layer_norm(lun_tensor *x, int n, lun_tensor *w, lun_tensor *b)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_layer_norm));
    lun_call_input(&c, x);
    lun_call_input(&c, w);
    lun_call_input(&c, b);
    lun_params_ints(&c.params, n, x->dims + x->ndim - n);
    return lun_apply1(&c);
}

/* The definition: elements with the same key are one group. */
static double worst_of(lun_tensor *x, lun_tensor *y, lun_tensor *w, lun_tensor *b, int64_t groups, int64_t step, int64_t per,
                       int64_t w_step, int64_t w_count)
{
    double worst = 0;
    for (int64_t g = 0; g < groups; g++) {
        double sum = 0, squares = 0;
        int64_t n = 0;
        for (int64_t i = 0; i < x->numel; i++)
            if (i / step % per == g) {
                sum += lun_get_double(x, i);
                n++;
            }
        double mean = sum / (double)n;
        for (int64_t i = 0; i < x->numel; i++)
            if (i / step % per == g) squares += (lun_get_double(x, i) - mean) * (lun_get_double(x, i) - mean);
        double invstd = 1 / sqrt(squares / (double)n + 1e-5);
        for (int64_t i = 0; i < x->numel; i++) {
            if (i / step % per != g) continue;
            int64_t at = i / w_step % w_count;
            double want = (lun_get_double(x, i) - mean) * invstd * (lun_is_none(w) ? 1 : lun_get_double(w, at)) +
                          (lun_is_none(b) ? 0 : lun_get_double(b, at));
            worst = fmax(worst, fabs(lun_get_double(y, i) - want));
        }
    }
    return worst;
}

static void batch_values(lun_dtype t, double tolerance)
{
    static const struct { int ndim; int64_t dims[4]; } shapes[] = {{2, {9, 70}}, {2, {600, 3}}, {3, {4, 3, 5}}, {4, {3, 5, 6, 7}}, {4, {2, 3, 1, 1}}};
    for (int i = 0; i < 5; i++) {
        lun_tensor *x = random_tensor(t, shapes[i].ndim, shapes[i].dims, 1, 3), *w = random_tensor(t, 1, &shapes[i].dims[1], 0.5, 2);
        lun_tensor *b = random_tensor(t, 1, &shapes[i].dims[1], -1, 1), *y = batch_norm(x, LUN_NONE, LUN_NONE, w, b, true);
        int64_t channels = shapes[i].dims[1], inner = x->numel / shapes[i].dims[0] / channels;
        double d = y ? worst_of(x, y, w, b, channels, inner, channels, inner, channels) : INFINITY;
        ok(d <= tolerance, "batch_norm of shape %d in %s (off by %.2g)", i, lun_dtypes[t].name, d);
        ok(distance(batch_norm(strided(x, 0, 1), LUN_NONE, LUN_NONE, w, b, true), y) <= 0, "the same of a strided one");
    }
}

static void layer_values(lun_dtype t, double tolerance)
{
    lun_tensor *x = random_tensor(t, 3, (int64_t[]){37, 3, 50}, -1, 3), *w = random_tensor(t, 1, (int64_t[]){50}, 0.5, 2);
    lun_tensor *b = random_tensor(t, 1, (int64_t[]){50}, -1, 1), *y = layer_norm(x, 1, w, b);
    double d = y ? worst_of(x, y, w, b, 111, 50, 111, 1, 50) : INFINITY;
    ok(d <= tolerance, "layer_norm of the last dim in %s (off by %.2g)", lun_dtypes[t].name, d);
    y = layer_norm(x, 2, LUN_NONE, LUN_NONE);
    d = y ? worst_of(x, y, LUN_NONE, LUN_NONE, 37, 150, 37, 1, 150) : INFINITY;
    ok(d <= tolerance, "layer_norm of two dims (off by %.2g)", d);
}

static void running(void)
{
    lun_tensor *x = random_tensor(LUN_F32, 3, (int64_t[]){4, 2, 3}, -1, 3);
    lun_tensor *mean = lun_full(1, (int64_t[]){2}, 0, LUN_F32, cpu), *var = lun_full(1, (int64_t[]){2}, 1, LUN_F32, cpu);
    lun_set_requires_grad(x, true);
    ok(batch_norm(x, mean, var, LUN_NONE, LUN_NONE, true), "training with running statistics");
    double sum = 0, squares = 0;
    for (int i = 0; i < 24; i++) sum += i / 3 % 2 ? 0 : lun_get_double(x, i);
    for (int i = 0; i < 24; i++) squares += i / 3 % 2 ? 0 : pow(lun_get_double(x, i) - sum / 12, 2);
    near(lun_get_double(mean, 0), 0.1 * sum / 12, 1e-6, "running_mean moves by a tenth");
    near(lun_get_double(var, 0), 0.9 + 0.1 * squares / 11, 1e-5, "running_var towards the unbiased variance");
    ok(!lun_requires_grad(mean) && !mean->node, "outside the graph");
    lun_tensor *y = batch_norm(x, mean, var, LUN_NONE, LUN_NONE, false);
    near(lun_get_double(y, 0), (lun_get_double(x, 0) - lun_get_double(mean, 0)) / sqrt(lun_get_double(var, 0) + 1e-5), 1e-5, "evaluation uses them");
    ok(!batch_norm(x, LUN_NONE, LUN_NONE, LUN_NONE, LUN_NONE, false), "evaluation without them: %s", lun_error_get()->message);
    lun_error_clear();
    ok(!batch_norm(random_tensor(LUN_F32, 2, (int64_t[]){1, 3}, 0, 1), LUN_NONE, LUN_NONE, LUN_NONE, LUN_NONE, true), "one value per channel: %s",
       lun_error_get()->message);
    lun_error_clear();
}

static lun_tensor *trained(lun_tensor **x) { return batch_norm(x[0], LUN_NONE, LUN_NONE, x[1], x[2], true); }
static lun_tensor *bare(lun_tensor **x) { return batch_norm(x[0], LUN_NONE, LUN_NONE, LUN_NONE, LUN_NONE, true); }
static lun_tensor *evaluated(lun_tensor **x)
{
    return batch_norm(x[0], lun_full(1, (int64_t[]){3}, 0.4, LUN_F64, cpu), lun_full(1, (int64_t[]){3}, 2, LUN_F64, cpu), x[1], x[2], false);
}
static lun_tensor *by_row(lun_tensor **x) { return layer_norm(x[0], 1, x[1], x[2]); }
static lun_tensor *by_all(lun_tensor **x) { return layer_norm(x[0], x[0]->ndim, LUN_NONE, LUN_NONE); }

static void gradients(void)
{
    lun_tensor *w = random_tensor(LUN_F64, 1, (int64_t[]){3}, 0.5, 2), *b = random_tensor(LUN_F64, 1, (int64_t[]){3}, -1, 1);
    lun_tensor *x = random_tensor(LUN_F64, 4, (int64_t[]){2, 3, 2, 2}, -1, 2), *flat = random_tensor(LUN_F64, 2, (int64_t[]){5, 3}, -1, 2);
    gradcheck("batch_norm", trained, 3, (lun_tensor *[]){x, w, b}, true);
    gradcheck("batch_norm of rows", trained, 3, (lun_tensor *[]){flat, w, b}, true);
    gradcheck("batch_norm without weights", bare, 1, &x, true);
    gradcheck("batch_norm in evaluation", evaluated, 3, (lun_tensor *[]){x, w, b}, true);
    gradcheck("layer_norm", by_row, 3, (lun_tensor *[]){flat, w, b}, true);
    gradcheck("layer_norm of everything", by_all, 1, &flat, true);
}

static void same_bits(void)
{
    lun_tensor *x = random_tensor(LUN_F32, 2, (int64_t[]){500, 130}, -1, 1), *w = random_tensor(LUN_F32, 1, (int64_t[]){130}, 0, 1);
    lun_tensor *first[2] = {NULL}, *none = LUN_NONE;
    lun_set_requires_grad(x, true);
    lun_set_requires_grad(w, true);
    bool same = true;
    for (int n = 1; n <= 3; n++) {
        lun_tensor *g[2], *y, *s;
        lun_threads_set(n);
        y = lun_mul(layer_norm(x, 1, w, LUN_NONE), batch_norm(x, LUN_NONE, LUN_NONE, w, LUN_NONE, true));
        s = lun_sum(y, 0, NULL, false);
        same = same && lun_gradients(1, &s, &none, 2, (lun_tensor *[]){x, w}, g, false, false, false);
        if (n == 1) memcpy(first, g, sizeof g);
        for (int i = 0; same && i < 2; i++) same = !memcmp(lun_data(first[i]), lun_data(g[i]), lun_tensor_bytes(g[i]));
    }
    lun_threads_set(0);
    ok(same, "the same bits on 1 to 3 threads");
}

int main(void)
{
    if (!lun_start()) return 1;
    static const struct { lun_dtype t; double tolerance; } types[] = {{LUN_F32, 2e-5}, {LUN_F64, 1e-11}, {LUN_F16, 0.01}, {LUN_BF16, 0.08}};
    for (int i = 0; i < 4; i++) {
        batch_values(types[i].t, types[i].tolerance);
        layer_values(types[i].t, types[i].tolerance);
    }
    running();
    gradients();
    same_bits();
    return done_testing();
}
