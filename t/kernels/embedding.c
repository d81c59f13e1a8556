/* embedding.c - embedding, one_hot and dropout. Read next: kernels/cpu/embedding.c. SPDX-License-Identifier: MIT */
#include "kernels/start.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};
static lun_tensor *tokens;
static int64_t padding = -100; /* not given */

static lun_tensor *look_up(lun_tensor **w)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_embedding));
    lun_call_input(&c, tokens);
    lun_call_input(&c, w[0]);
    if (padding != -100) lun_params_int(&c.params, padding);
    return lun_apply1(&c);
}

static void embeddings(void)
{
    tokens = lun_tensor_copy_of((int64_t[]){1, 4, 2, 2, -1, 1}, LUN_I64, 2, (int64_t[]){2, 3});
    lun_tensor *w = random_tensor(LUN_F64, 2, (int64_t[]){4, 3}, -1, 1), *y = look_up(&w), *none = LUN_NONE, *g;
    ok(y && y->ndim == 3 && y->dims[0] == 2 && y->dims[1] == 3 && y->dims[2] == 3, "tokens [2,3] give [2,3,size]");
    near(lun_get_double(y, 3 + 1), lun_get_double(w, 9 + 1), 0, "token 4 is row 4");
    near(lun_get_double(y, 12), lun_get_double(w, 9), 0, "token -1 is the last row");
    near(distance(look_up((lun_tensor *[]){strided(w, 0, 1)}), y), 0, 0, "the same of a strided table");
    gradcheck("embedding", look_up, 1, &w, true);
    padding = 1;
    lun_set_requires_grad(w, true);
    lun_tensor *s = lun_sum(look_up(&w), 0, NULL, false);
    ok(lun_gradients(1, &s, &none, 1, &w, &g, false, false, false), "with padding_idx");
    near(lun_get_double(g, 3), 0, 0, "the padding row gets no gradient");
    near(lun_get_double(g, 0), 2, 0, "the others as often as they occur");
    padding = -100;
    lun_set_integer(tokens, 0, 5);
    ok(!look_up(&w), "token 5 of 4: %s", lun_error_get()->message);
    lun_error_clear();
    lun_set_integer(tokens, 0, 0);
    ok(!look_up(&w), "token 0: %s", lun_error_get()->message);
    lun_error_clear();
}

static void same_bits(void)
{
    tokens = lun_tensor_empty(LUN_I64, 1, (int64_t[]){5000}, cpu);
    for (int i = 0; i < 5000; i++) lun_set_integer(tokens, i, 1 + i * 31 % 50);
    lun_tensor *w = random_tensor(LUN_F32, 2, (int64_t[]){50, 130}, -1, 1), *v = random_tensor(LUN_F32, 2, (int64_t[]){5000, 130}, -1, 1);
    lun_tensor *first = NULL, *none = LUN_NONE;
    bool same = true;
    lun_set_requires_grad(w, true);
    for (int n = 1; n <= 3; n++) {
        lun_threads_set(n);
        lun_tensor *g, *s = lun_sum(lun_mul(look_up(&w), v), 0, NULL, false);
        same = same && lun_gradients(1, &s, &none, 1, &w, &g, false, false, false);
        if (!first) first = g;
        same = same && !memcmp(lun_data(first), lun_data(g), lun_tensor_bytes(g));
    }
    lun_threads_set(0);
    ok(same, "the gradient has the same bits on 1 to 3 threads");
}

static lun_tensor *one_hot(lun_tensor *x, int64_t classes)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_one_hot));
    lun_call_input(&c, x);
    lun_params_int(&c.params, classes);
    return lun_apply1(&c);
}

static void one_hots(void)
{
    lun_tensor *x = lun_tensor_copy_of((int64_t[]){2, 1, 3}, LUN_I64, 1, (int64_t[]){3}), *y = one_hot(x, -1);
    ok(y && y->dims[1] == 3 && y->dtype == LUN_I64, "one_hot finds the number of classes");
    for (int i = 0; y && i < 9; i++) is_int(lun_get_integer(y, i), i == 1 || i == 3 || i == 8, "element %d", i);
    ok(one_hot(x, 5)->dims[1] == 5, "or takes it");
    ok(!one_hot(x, 2), "class 3 of 2: %s", lun_error_get()->message);
    lun_error_clear();
}

static lun_tensor *dropout(lun_tensor *x, double p, bool training)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_dropout));
    lun_call_input(&c, x);
    lun_params_float(&c.params, p);
    lun_params_bool(&c.params, training);
    return lun_apply1(&c);
}

static void dropouts(void)
{
    lun_tensor *x = lun_full(1, (int64_t[]){100000}, 3, LUN_F32, cpu), *none = LUN_NONE, *g;
    lun_manual_seed(7);
    lun_set_requires_grad(x, true);
    lun_tensor *y = dropout(x, 0.25, true), *s = lun_sum(y, 0, NULL, false);
    int64_t kept = 0;
    bool right = true;
    for (int64_t i = 0; i < y->numel; i++) {
        double v = lun_get_double(y, i);
        kept += v != 0;
        right = right && (v == 0 || fabs(v - 4) < 1e-5);
    }
    ok(right, "elements are 0 or divided by 1 - p");
    ok(fabs((double)kept / 1e5 - 0.75) < 0.01, "about a quarter is 0");
    near(lun_get_double(s, 0) / 1e5, 3, 0.05, "the mean stays");
    ok(lun_gradients(1, &s, &none, 1, &x, &g, false, false, false), "backward");
    for (int64_t i = 0; i < y->numel && right; i++) right = (lun_get_double(g, i) != 0) == (lun_get_double(y, i) != 0);
    ok(right, "the gradient has the same zeros");
    lun_manual_seed(7);
    near(distance(dropout(x, 0.25, true), y), 0, 0, "the same seed drops the same");
    ok(dropout(x, 0.25, false) == x && dropout(x, 0, true) == x, "x itself when there is nothing to do");
    near(lun_get_double(lun_sum(dropout(x, 1, true), 0, NULL, false), 0), 0, 0, "p = 1 leaves nothing");
    ok(!dropout(x, 1.5, true), "p = 1.5: %s", lun_error_get()->message);
    lun_error_clear();
}

int main(void)
{
    if (!lun_start()) return 1;
    embeddings();
    same_bits();
    one_hots();
    dropouts();
    return done_testing();
}
