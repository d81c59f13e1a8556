/* conv.c - convolution against its definition, gradients of both orders, the same bits on any number of threads
 *
 * Read next: kernels/cpu/conv.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

typedef struct geometry {
    int64_t n, in, h, w, out, kh, kw, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups;
    const char *word;
} geometry;

static const geometry *now; /* the geometry of the case being checked */

static lun_tensor *convolve(lun_tensor *x, lun_tensor *w, lun_tensor *b)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_conv2d));
    lun_call_input(&c, x);
    lun_call_input(&c, w);
    lun_call_input(&c, b);
    lun_params_ints(&c.params, 2, (int64_t[]){now->stride_h, now->stride_w});
    if (now->word) lun_params_string(&c.params, now->word);
    else lun_params_ints(&c.params, 2, (int64_t[]){now->pad_h, now->pad_w});
    lun_params_ints(&c.params, 2, (int64_t[]){now->dilation_h, now->dilation_w});
    lun_params_int(&c.params, now->groups);
    return lun_apply1(&c);
}

/* One element of the result by the definition. */
static double plain(lun_tensor *x, lun_tensor *w, lun_tensor *b, int64_t n, int64_t o, int64_t y, int64_t z)
{
    const geometry *g = now;
    double sum = lun_is_none(b) ? 0 : lun_get_double(b, o);
    int64_t per = g->in / g->groups, first = o / (g->out / g->groups) * per;
    for (int64_t c = 0; c < per; c++)
        for (int64_t i = 0; i < g->kh; i++)
            for (int64_t j = 0; j < g->kw; j++) {
                int64_t iy = y * g->stride_h - g->pad_h + i * g->dilation_h, ix = z * g->stride_w - g->pad_w + j * g->dilation_w;
                if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w) continue;
                sum += lun_get_double(x, ((n * g->in + first + c) * g->h + iy) * g->w + ix) *
                       lun_get_double(w, ((o * per + c) * g->kh + i) * g->kw + j);
            }
    return sum;
}

static lun_tensor *by_definition(lun_tensor *x, lun_tensor *w, lun_tensor *b, lun_tensor *shape)
{
    if (!shape) return NULL;
    lun_tensor *y = lun_tensor_empty(LUN_F64, 4, shape->dims, cpu);
    for (int64_t k = 0; k < y->numel; k++) {
        int64_t z = k % y->dims[3], row = k / y->dims[3] % y->dims[2], o = k / y->dims[3] / y->dims[2] % y->dims[1];
        lun_set_double(y, k, plain(x, w, b, k / y->dims[3] / y->dims[2] / y->dims[1], o, row, z));
    }
    return y;
}

static const geometry cases[] = {
    {2, 3, 6, 7, 4, 3, 3, 1, 1, 0, 0, 1, 1, 1, NULL}, {2, 3, 6, 7, 4, 3, 2, 2, 1, 1, 0, 1, 1, 1, NULL}, {1, 4, 7, 8, 6, 3, 3, 2, 2, 1, 1, 1, 2, 2, NULL},
    {3, 5, 4, 4, 7, 1, 1, 1, 1, 0, 0, 1, 1, 1, NULL}, {2, 4, 5, 5, 2, 1, 1, 2, 2, 0, 0, 1, 1, 1, NULL}, {2, 4, 6, 6, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4, NULL},
    {2, 3, 7, 6, 6, 3, 3, 2, 2, 2, 1, 1, 1, 3, NULL}, {1, 2, 9, 9, 3, 3, 3, 1, 1, 2, 2, 2, 2, 1, NULL}, {1, 1, 3, 3, 1, 5, 5, 1, 1, 2, 2, 1, 1, 1, NULL},
    {2, 2, 6, 5, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, "same"}, {1, 2, 6, 5, 3, 2, 4, 1, 1, 0, 1, 1, 1, 1, "same"}, {1, 2, 6, 5, 3, 3, 2, 2, 1, 0, 0, 1, 1, 1, "valid"},
    {2, 16, 20, 70, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, NULL}, {9, 20, 5, 5, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, NULL},
};
enum { CASES = sizeof cases / sizeof *cases };

static lun_tensor *images(lun_dtype t) { return random_tensor(t, 4, (int64_t[]){now->n, now->in, now->h, now->w}, -1, 1); }
static lun_tensor *weights(lun_dtype t)
{
    return random_tensor(t, 4, (int64_t[]){now->out, now->in / now->groups, now->kh, now->kw}, -1, 1);
}
static lun_tensor *biases(lun_dtype t) { return random_tensor(t, 1, (int64_t[]){now->out}, -1, 1); }

static void values(void)
{
    static const struct { lun_dtype t; double tolerance; } types[] = {{LUN_F32, 2e-5}, {LUN_F64, 1e-12}, {LUN_F16, 0.02}, {LUN_BF16, 0.15}};
    for (int i = 0; i < CASES; i++) {
        now = &cases[i];
        for (int k = 0; k < 4; k++) {
            lun_tensor *x = images(types[k].t), *w = weights(types[k].t), *b = k == 1 ? LUN_NONE : biases(types[k].t), *y = convolve(x, w, b);
            double d = distance(y, by_definition(x, w, b, y));
            ok(d <= types[k].tolerance, "case %d in %s (off by %.2g)", i, lun_dtypes[types[k].t].name, d);
            if (k == 0) near(distance(convolve(strided(x, 1, 3), strided(w, 0, 1), b), y), 0, 0, "the same of strided arguments");
            if (lun_failed()) note("%s", lun_error_get()->message);
            lun_error_clear();
        }
    }
}

static lun_tensor *with_bias(lun_tensor **x) { return convolve(x[0], x[1], x[2]); }
static lun_tensor *without(lun_tensor **x) { return convolve(x[0], x[1], LUN_NONE); }

static void gradients(void)
{
    for (int i = 0; i < 12; i++) {
        now = &cases[i];
        lun_tensor *x[3] = {images(LUN_F64), weights(LUN_F64), biases(LUN_F64)};
        gradcheck("conv2d", i % 2 ? with_bias : without, i % 2 ? 3 : 2, x, i == 1 || i == 3 || i == 5 || i == 10);
    }
}

/* Larger cases, where blocks and parts of the gradients come into play: gradients against the same in float64 by the forward op. */
static void large_gradients(void)
{
    for (int i = 12; i < CASES; i++) {
        now = &cases[i];
        lun_tensor *x = images(LUN_F64), *w = weights(LUN_F64), *none = LUN_NONE, *g[2];
        lun_set_requires_grad(x, true);
        lun_set_requires_grad(w, true);
        lun_tensor *y = convolve(x, w, LUN_NONE), *v = random_tensor(LUN_F64, 4, y->dims, -1, 1), *s = lun_sum(lun_mul(y, v), 0, NULL, false);
        ok(lun_gradients(1, &s, &none, 2, (lun_tensor *[]){x, w}, g, false, false, false), "case %d: gradients", i);
        /* y is linear in x and in w, so <v, y> = <x, dx> = <w, dw> */
        double value = lun_get_double(s, 0);
        near(lun_get_double(lun_sum(lun_mul(lun_detach(x), g[0]), 0, NULL, false), 0), value, 1e-9, "agree with the value: images");
        near(lun_get_double(lun_sum(lun_mul(lun_detach(w), g[1]), 0, NULL, false), 0), value, 1e-9, "and weight");
        /* and one step along each gradient changes the value by its square */
        lun_tensor *moved = convolve(lun_add(lun_detach(x), g[0]), lun_detach(w), LUN_NONE);
        double change = lun_get_double(lun_sum(lun_mul(moved, v), 0, NULL, false), 0) - value;
        near(change, lun_get_double(lun_sum(lun_square(g[0]), 0, NULL, false), 0), 1e-9, "a step along dx");
        moved = convolve(lun_detach(x), lun_add(lun_detach(w), g[1]), LUN_NONE);
        change = lun_get_double(lun_sum(lun_mul(moved, v), 0, NULL, false), 0) - value;
        near(change, lun_get_double(lun_sum(lun_square(g[1]), 0, NULL, false), 0), 1e-9, "a step along dw");
    }
}

static bool all_same(lun_tensor **a, lun_tensor **b)
{
    bool same = true;
    for (int i = 0; i < 3; i++) same = same && a[i] && b[i] && !memcmp(lun_data(a[i]), lun_data(b[i]), lun_tensor_bytes(a[i]));
    return same;
}

static void same_bits(void)
{
    for (int i = 5; i < CASES; i += 7) {
        now = &cases[i];
        lun_tensor *x = images(LUN_F32), *w = weights(LUN_F32), *none = LUN_NONE, *first[3] = {NULL};
        bool same = true;
        lun_set_requires_grad(x, true);
        lun_set_requires_grad(w, true);
        for (int n = 1; n <= 3; n++) {
            lun_threads_set(n);
            lun_tensor *y = convolve(x, w, LUN_NONE), *s = lun_sum(y, 0, NULL, false), *r[3] = {y, NULL, NULL};
            same = same && lun_gradients(1, &s, &none, 2, (lun_tensor *[]){x, w}, r + 1, false, false, false);
            if (n == 1) memcpy(first, r, sizeof first);
            else same = same && all_same(first, r);
        }
        ok(same, "case %d: the same bits on 1 to 3 threads, forward and backward", i);
    }
    lun_threads_set(0);
}

static void one_dimension(void)
{
    lun_tensor *x = random_tensor(LUN_F64, 3, (int64_t[]){2, 3, 9}, -1, 1), *w = random_tensor(LUN_F64, 3, (int64_t[]){4, 3, 3}, -1, 1);
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_conv1d));
    lun_call_input(&c, x);
    lun_call_input(&c, w);
    lun_call_input(&c, LUN_NONE);
    lun_params_int(&c.params, 2);
    lun_params_int(&c.params, 1);
    lun_tensor *y = lun_apply1(&c);
    ok(y && y->ndim == 3 && y->dims[2] == 5, "conv1d: length (9 + 2 - 3) / 2 + 1");
    static const geometry g = {2, 3, 1, 9, 4, 1, 3, 1, 2, 0, 1, 1, 1, 1, NULL};
    now = &g;
    near(distance(lun_unsqueeze(y, 2), convolve(lun_unsqueeze(x, 2), lun_unsqueeze(w, 2), LUN_NONE)), 0, 0, "as conv2d of height 1");
    lun_tensor *image = lun_select(x, 0, 0);
    static const geometry one = {1, 3, 1, 9, 4, 1, 3, 1, 2, 0, 1, 1, 1, 1, NULL};
    now = &one;
    lun_tensor *unbatched = convolve(lun_unsqueeze(image, 1), lun_unsqueeze(w, 2), LUN_NONE);
    ok(unbatched && unbatched->ndim == 3, "an image without batch dim");
}

static void errors(void)
{
    static const geometry plainly = {1, 3, 5, 5, 2, 3, 3, 1, 1, 0, 0, 1, 1, 1, NULL}, word = {1, 3, 5, 5, 2, 3, 3, 1, 1, 0, 0, 1, 1, 1, "sames"};
    now = &plainly;
    lun_tensor *x = images(LUN_F32), *w = random_tensor(LUN_F32, 4, (int64_t[]){2, 4, 3, 3}, -1, 1);
    ok(!convolve(x, w, LUN_NONE), "channels that differ are refused");
    is_string(lun_error_get()->message, "images f32[1,3,5,5] with weight f32[2,4,3,3]: 3 channels, but the weight takes 4", "with both shapes");
    lun_error_clear();
    ok(!convolve(x, random_tensor(LUN_F32, 4, (int64_t[]){2, 3, 7, 3}, -1, 1), LUN_NONE), "a kernel larger than the image: %s", lun_error_get()->message);
    lun_error_clear();
    now = &word;
    ok(!convolve(x, weights(LUN_F32), LUN_NONE), "an unknown padding: %s", lun_error_get()->message);
    lun_error_clear();
}

int main(void)
{
    if (!lun_start()) return 1;
    values();
    gradients();
    large_gradients();
    same_bits();
    one_dimension();
    errors();
    return done_testing();
}
