/* volume.c - convolution, its transpose, unfolding and pooling of volumes against their definitions; the same bits on any number of threads
 *
 * Read next: t/kernels/conv.c (images), kernels/cpu/conv.c, kernels/cpu/pool.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

typedef struct geometry { int64_t n, in, size[3], out, kernel[3], stride[3], pad[3], dilation[3], groups; } geometry;
static const geometry *now;

static lun_tensor *apply(lun_op_id id, lun_tensor *x, lun_tensor *w, lun_tensor *b, const int64_t *extra)
{
    lun_call c;
    bool transposed = id == LUN_OP_conv_transpose3d;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_call_input(&c, w);
    lun_call_input(&c, b);
    lun_params_ints(&c.params, 3, now->stride);
    lun_params_ints(&c.params, 3, now->pad);
    lun_params_ints(&c.params, 3, transposed ? extra : now->dilation);
    lun_params_int(&c.params, now->groups);
    if (transposed) lun_params_ints(&c.params, 3, now->dilation);
    return lun_apply1(&c);
}

static int64_t position(const int64_t *size, const int64_t *p)
{
    for (int d = 0; d < 3; d++)
        if (p[d] < 0 || p[d] >= size[d]) return -1;
    return (p[0] * size[1] + p[1]) * size[2] + p[2];
}

static void split(int64_t i, const int64_t *size, int64_t *p)
{
    p[2] = i % size[2];
    p[1] = i / size[2] % size[1];
    p[0] = i / size[2] / size[1];
}

/* Adds up all products of a convolution of `large` (geometry's input side) giving `small`: into small, or, transposed, into large. */
static void by_definition(double *large, const int64_t *large_size, double *small, const int64_t *small_size, lun_tensor *w, bool transposed)
{
    const geometry *g = now;
    int64_t outs = small_size[0] * small_size[1] * small_size[2], ins = large_size[0] * large_size[1] * large_size[2];
    int64_t window = g->kernel[0] * g->kernel[1] * g->kernel[2], per_in = g->in / g->groups, per_out = g->out / g->groups;
    for (int64_t i = 0; i < g->n * g->out * outs; i++)
        for (int64_t k = 0; k < per_in * window; k++) {
            int64_t channel = i / outs % g->out, c = k / window, o[3], e[3], p[3];
            split(i % outs, small_size, o);
            split(k % window, g->kernel, e);
            for (int d = 0; d < 3; d++) p[d] = o[d] * g->stride[d] - g->pad[d] + e[d] * g->dilation[d];
            int64_t at = position(large_size, p);
            if (at < 0) continue;
            double weight = lun_get_double(w, (channel * per_in + c) * window + k % window);
            int64_t from = (i / outs / g->out * g->in + channel / per_out * per_in + c) * ins + at;
            if (transposed) large[from] += weight * small[i];
            else small[i] += weight * large[from];
        }
}

static const geometry cases[] = {
    {2, 3, {4, 5, 6}, 4, {2, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}, 1}, {1, 4, {5, 4, 7}, 6, {3, 2, 1}, {2, 1, 3}, {1, 0, 0}, {1, 1, 1}, 2},
    {1, 3, {5, 6, 5}, 3, {2, 2, 2}, {1, 2, 1}, {1, 0, 1}, {2, 1, 2}, 3},  {2, 2, {3, 3, 3}, 5, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, 1},
    {1, 2, {3, 3, 9}, 3, {3, 3, 5}, {1, 1, 1}, {1, 1, 2}, {1, 1, 1}, 1},  {1, 2, {6, 1, 1}, 2, {5, 1, 1}, {1, 1, 1}, {2, 0, 0}, {1, 1, 1}, 1},
    {3, 16, {6, 20, 20}, 16, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static lun_tensor *volumes(lun_dtype t) { return random_tensor(t, 5, (int64_t[]){now->n, now->in, now->size[0], now->size[1], now->size[2]}, -1, 1); }
static lun_tensor *weights(lun_dtype t)
{
    return random_tensor(t, 5, (int64_t[]){now->out, now->in / now->groups, now->kernel[0], now->kernel[1], now->kernel[2]}, -1, 1);
}

static void forward(lun_dtype t, double tolerance)
{
    lun_tensor *x = volumes(t), *w = weights(t), *b = random_tensor(t, 1, &now->out, -1, 1), *y = apply(LUN_OP_conv3d, x, w, b, NULL);
    ok(y != NULL, "conv3d: %s", y ? "there" : lun_error_get()->message);
    if (!y) return;
    lun_tensor *wide = lun_to_dtype(x, LUN_F64), *want = lun_tensor_empty(LUN_F64, 5, y->dims, (lun_device){LUN_CPU, 0});
    int64_t plane = y->dims[2] * y->dims[3] * y->dims[4];
    for (int64_t i = 0; i < want->numel; i++) lun_set_double(want, i, lun_get_double(b, i / plane % now->out));
    by_definition(lun_data(wide), now->size, lun_data(want), y->dims + 2, w, false);
    double d = distance(y, want);
    ok(d <= tolerance, "conv3d, case %d in %s (off by %.2g)", (int)(now - cases), lun_dtypes[t].name, d);
}

static void transposed(lun_dtype t, double tolerance)
{
    int64_t extra[3] = {0, 0, 0}, small[3];
    for (int d = 0; d < 3; d++) {
        int64_t room = now->size[d] + 2 * now->pad[d] - now->dilation[d] * (now->kernel[d] - 1) - 1;
        small[d] = room / now->stride[d] + 1;
        extra[d] = room % now->stride[d];
    }
    lun_tensor *g = random_tensor(t, 5, (int64_t[]){now->n, now->out, small[0], small[1], small[2]}, -1, 1), *w = weights(t);
    lun_tensor *b = random_tensor(t, 1, &now->in, -1, 1), *y = apply(LUN_OP_conv_transpose3d, g, w, b, extra);
    ok(y != NULL, "conv_transpose3d: %s", y ? "there" : lun_error_get()->message);
    if (!y) return;
    lun_tensor *want = lun_tensor_empty(LUN_F64, 5, y->dims, (lun_device){LUN_CPU, 0}), *wide = lun_to_dtype(g, LUN_F64);
    int64_t plane = now->size[0] * now->size[1] * now->size[2];
    for (int64_t i = 0; i < want->numel; i++) lun_set_double(want, i, lun_get_double(b, i / plane % now->in));
    by_definition(lun_data(want), now->size, lun_data(wide), small, w, true);
    double d = distance(y, want);
    ok(d <= tolerance, "conv_transpose3d, case %d in %s (off by %.2g)", (int)(now - cases), lun_dtypes[t].name, d);
}

static void whole_numbers(void)
{
    now = &cases[0];
    lun_tensor *x = lun_to_dtype(lun_mul_number(volumes(LUN_F64), 9), LUN_I64), *w = lun_to_dtype(lun_mul_number(weights(LUN_F64), 9), LUN_I64);
    lun_tensor *y = apply(LUN_OP_conv3d, x, w, LUN_NONE, NULL);
    lun_tensor *wide = apply(LUN_OP_conv3d, lun_to_dtype(x, LUN_F64), lun_to_dtype(w, LUN_F64), LUN_NONE, NULL);
    ok(y && y->dtype == LUN_I64, "int64 stays int64");
    near(distance(y, wide), 0, 0, "with the same sums");
}

static lun_tensor *convolve(lun_tensor **x) { return apply(LUN_OP_conv3d, x[0], x[1], x[2], NULL); }

/* Largest value or mean of one window of a plane at x; `sum`: which. */
static double window(const double *x, const int64_t *o, bool mean)
{
    double most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < now->kernel[0] * now->kernel[1] * now->kernel[2]; k++) {
        int64_t e[3], p[3];
        split(k, now->kernel, e);
        for (int d = 0; d < 3; d++) p[d] = o[d] * now->stride[d] - now->pad[d] + e[d];
        int64_t at = position(now->size, p);
        if (at < 0) continue;
        sum += x[at];
        most = fmax(most, x[at]);
    }
    return mean ? sum / (double)(now->kernel[0] * now->kernel[1] * now->kernel[2]) : most;
}

static lun_tensor *pool(lun_op_id id, lun_tensor *x)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, 3, now->kernel);
    lun_params_ints(&c.params, 3, now->stride);
    lun_params_ints(&c.params, 3, now->pad);
    return lun_apply1(&c);
}

static void pools(void)
{
    static const geometry pooled[] = {{2, 2, {4, 6, 6}, 0, {2, 2, 2}, {2, 2, 2}, {0, 0, 0}, {1, 1, 1}, 1},
                                      {1, 3, {5, 7, 8}, 0, {3, 2, 3}, {1, 2, 2}, {1, 1, 0}, {1, 1, 1}, 1},
                                      {1, 2, {6, 6, 9}, 0, {2, 3, 3}, {3, 1, 1}, {0, 1, 1}, {1, 1, 1}, 1}};
    for (int i = 0; i < 3; i++)
        for (int mean = 0; mean < 2; mean++) {
            now = &pooled[i];
            lun_tensor *x = volumes(LUN_F32), *y = pool(mean ? LUN_OP_avg_pool3d : LUN_OP_max_pool3d, x), *wide = lun_to_dtype(x, LUN_F64);
            double worst = y ? 0 : INFINITY;
            int64_t out = y ? y->dims[2] * y->dims[3] * y->dims[4] : 1, in = now->size[0] * now->size[1] * now->size[2], o[3];
            for (int64_t k = 0; y && k < y->numel; k++) {
                split(k % out, y->dims + 2, o);
                worst = fmax(worst, fabs(lun_get_double(y, k) - window((const double *)lun_data(wide) + k / out * in, o, mean)));
            }
            ok(worst <= (mean ? 1e-6 : 0), "%s, case %d (off by %.2g)", mean ? "avg_pool3d" : "max_pool3d", i, worst);
        }
}

static bool same(lun_tensor **a, lun_tensor **b, int n)
{
    for (int i = 0; i < n; i++)
        if (!a[i] || !b[i] || memcmp(lun_data(a[i]), lun_data(b[i]), lun_tensor_bytes(a[i])) != 0) return false;
    return true;
}

static void same_bits(void)
{
    now = &cases[6];
    lun_tensor *x = volumes(LUN_F32), *w = weights(LUN_F32), *none = LUN_NONE, *first[3] = {NULL};
    bool good = true;
    lun_set_requires_grad(x, true);
    lun_set_requires_grad(w, true);
    for (int n = 1; n <= 3; n++) {
        lun_threads_set(n);
        lun_tensor *y = apply(LUN_OP_conv3d, x, w, LUN_NONE, NULL), *s = lun_sum(lun_square(y), 0, NULL, false), *r[3] = {y, NULL, NULL};
        good = good && lun_gradients(1, &s, &none, 2, (lun_tensor *[]){x, w}, r + 1, false, false, false);
        if (n == 1) memcpy(first, r, sizeof first);
        else good = good && same(first, r, 3);
    }
    lun_threads_set(0);
    ok(good, "the same bits on 1 to 3 threads, forward and backward");
}

int main(void)
{
    if (!lun_start()) return 1;
    for (int i = 0; i < CASES; i++) {
        now = &cases[i];
        forward(LUN_F32, i == 6 ? 1e-4 : 1e-5);
        forward(LUN_F64, 1e-12);
        transposed(LUN_F32, i == 6 ? 1e-4 : 1e-5);
        transposed(LUN_F64, 1e-12);
        lun_tensor *x[3] = {volumes(LUN_F64), weights(LUN_F64), random_tensor(LUN_F64, 1, &now->out, -1, 1)};
        if (i < 6) gradcheck("conv3d", convolve, 3, x, i == 2 || i == 4);
    }
    whole_numbers();
    pools();
    same_bits();
    return done_testing();
}
