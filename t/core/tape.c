/* tape.c - recording, backward, versions, hooks, memory. SPDX-License-Identifier: MIT */
#include "core/alloc.h"
#include "core/lun.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

static lun_tensor *vector(int n, const float *v)
{
    lun_tensor *x = lun_tensor_copy_of(v, LUN_F32, 1, (int64_t[]){n});
    return x;
}

static lun_tensor *leaf(int n, const float *v)
{
    lun_tensor *x = vector(n, v);
    lun_set_requires_grad(x, true);
    return x;
}

static bool backward(lun_tensor *x)
{
    lun_tensor *none = LUN_NONE;
    return lun_backward(1, &x, &none, false, false);
}

static void gradients(void)
{
    lun_tensor *x = leaf(3, (float[]){1, 2, 3}), *w = leaf(3, (float[]){4, 5, 6});
    lun_tensor *y = lun_sum(lun_mul(lun_add(x, w), x), 0, NULL, false); /* x^2 + w x */
    ok(backward(y), "sum((x + w) x) goes back");
    for (int i = 0; i < 3; i++) {
        near(lun_get_double(x->grad, i), 2.0 * (i + 1) + 4 + i, 1e-6, "dx[%d] is 2 x + w", i);
        near(lun_get_double(w->grad, i), i + 1, 1e-6, "dw[%d] is x", i);
    }
    ok(backward(lun_sum(lun_mul(x, x), 0, NULL, false)), "a second graph accumulates");
    near(lun_get_double(x->grad, 0), 2 + 4 + 2, 1e-6, "into the same gradient");
}

static void broadcast_is_summed(void)
{
    lun_tensor *b = leaf(1, (float[]){2}), *x = vector(3, (float[]){1, 2, 3});
    ok(backward(lun_sum(lun_mul(x, b), 0, NULL, false)), "a broadcast argument");
    ok(b->grad->ndim == 1 && b->grad->dims[0] == 1, "gets a gradient of its own shape");
    near(lun_get_double(b->grad, 0), 6, 1e-6, "summed");
}

static void shared_gradients_are_apart(void)
{
    lun_tensor *a = leaf(2, (float[]){1, 2}), *b = leaf(2, (float[]){3, 4});
    ok(backward(lun_sum(lun_add(a, b), 0, NULL, false)), "a + b");
    ok(a->grad->storage != b->grad->storage, "the two gradients do not share memory");
}

static void versions(void)
{
    lun_tensor *x = leaf(2, (float[]){1, 2}), *y = lun_exp(x);
    lun_tensor *z = lun_sum(lun_mul(y, y), 0, NULL, false);
    lun_fill_into(lun_detach(y), 0);
    ok(!backward(z), "a saved value that was changed in place is refused");
    is_string(lun_error_kind(lun_error_get()->code), "inplace", "by the right kind of error");
    lun_error_clear();
    ok(!lun_fill_into(x, 1), "a leaf that requires grad cannot be written while recording");
    lun_error_clear();
    lun_tensor *u = lun_mul(x, x), *v = lun_add_into(u, x);
    ok(v == u && backward(lun_sum(v, 0, NULL, false)), "x x, then += x, in place");
    near(lun_get_double(x->grad, 1), 5, 1e-6, "has gradient 2 x + 1");
}

static void used_twice(void)
{
    lun_tensor *x = leaf(1, (float[]){3}), *y = lun_sum(lun_mul(x, x), 0, NULL, false), *none = LUN_NONE;
    ok(lun_backward(1, &y, &none, true, false) && backward(y), "retain_graph allows a second pass");
    near(lun_get_double(x->grad, 0), 12, 1e-6, "which accumulates");
    ok(!backward(y), "a third one is an error");
    ok(strstr(lun_error_get()->message, "already used"), "that says so");
    lun_error_clear();
}

static void second_derivative(void)
{
    lun_tensor *x = leaf(1, (float[]){0.5F}), *y = lun_sum(lun_tanh(x), 0, NULL, false), *none = LUN_NONE, *g, *h;
    ok(lun_gradients(1, &y, &none, 1, &x, &g, true, true, false), "d tanh / dx, recorded");
    double t = tanh(0.5);
    near(lun_get_double(g, 0), 1 - t * t, 1e-6, "is 1 - tanh^2");
    lun_tensor *s = lun_sum(g, 0, NULL, false);
    ok(lun_gradients(1, &s, &none, 1, &x, &h, false, false, false), "and again");
    near(lun_get_double(h, 0), -2 * t * (1 - t * t), 1e-5, "is -2 tanh (1 - tanh^2)");
    ok(!x->grad, "lun_gradients accumulates nothing");
}

static void long_chain(void)
{
    enum { LENGTH = 1000000 };
    size_t mark = lun_scope_mark();
    lun_tensor *x = lun_keep(leaf(1, (float[]){1})), *one = lun_keep(vector(1, (float[]){1})), *y = lun_keep(x);
    for (int i = 0; i < LENGTH && y; i++) {
        size_t inner = lun_scope_mark();
        lun_tensor *next = lun_keep(lun_add(y, one));
        lun_drop(y);
        y = next;
        lun_scope_drain(inner);
    }
    ok(y && backward(lun_sum(y, 0, NULL, false)), "a chain of a million nodes goes back");
    near(lun_get_double(x->grad, 0), 1, 0, "with gradient 1");
    lun_drop(y);
    lun_drop(x);
    lun_drop(one);
    lun_scope_drain(mark);
}

static lun_tensor *doubled(void *seen, lun_tensor *g)
{
    ++*(int *)seen;
    return lun_mul_number(g, 2);
}

static void hooks(void)
{
    int seen = 0;
    lun_tensor *x = leaf(1, (float[]){3}), *y = lun_mul(x, x);
    ok(lun_tensor_hook(y, doubled, NULL, &seen) > 0 && lun_tensor_retain_grad(y), "a hook on a result");
    ok(backward(lun_sum(y, 0, NULL, false)), "is called");
    is_int(seen, 1, "once");
    near(lun_get_double(x->grad, 0), 12, 1e-6, "and its value is what flows on");
    near(lun_get_double(y->grad, 0), 2, 1e-6, "retain_grad keeps it");
}

enum { RECORDS = 100 };

static void *get_records(void *list)
{
    void **record = list;
    for (int i = 0; i < RECORDS; i++) record[i] = lun_block_get(40);
    return NULL;
}

/* Threads that end without a word, one after the other (so that the second may stand where the first stood). */
static void records_outlive_threads(void)
{
    lun_memory before, between, after;
    void *record[2][RECORDS];
    pthread_t thread;
    lun_memory_get(&before);
    for (int i = 0; i < 2; i++) ok(!pthread_create(&thread, NULL, get_records, record[i]) && !pthread_join(thread, NULL), "a thread gets records");
    lun_memory_get(&between);
    is_int((int64_t)(between.blocks - before.blocks), 2 * RECORDS, "records of threads that ended are out");
    for (int i = 0; i < 2 * RECORDS; i++) lun_block_put(record[i / RECORDS][i % RECORDS], 40);
    lun_memory_get(&after);
    is_int((int64_t)(after.blocks - before.blocks), 0, "until another thread puts them back");
}

int main(void)
{
    ok(lun_start(), "the library starts");
    lun_memory before, after;
    lun_memory_get(&before);
    void (*const parts[])(void) = {gradients, broadcast_is_summed, shared_gradients_are_apart, versions, used_twice, second_derivative,
                                   hooks, long_chain, records_outlive_threads};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t mark = lun_scope_mark();
        parts[i]();
        if (lun_failed()) note("pending: %s: %s", lun_error_get()->op, lun_error_get()->message);
        lun_error_clear();
        lun_scope_drain(mark);
    }
    lun_memory_get(&after);
    is_int(after.live, before.live, "no tensor data is left");
    return done_testing();
}
