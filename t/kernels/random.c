/* random.c - the numbers are Philox's, have the right distribution, and do not depend on threads, layout or the instruction set
 *
 * Read next: kernels/cpu/random.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/random.h"
#include "core/context.h"
#include "core/functional.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/tap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

static void check_philox(void)
{
    uint32_t want[4], got[4 * 50];
    lun_philox(0, 0, want);
    ok(want[0] == 0x6627e8d5U && want[1] == 0xe169c58dU && want[2] == 0xbc57ac4cU && want[3] == 0x9b00dbd8U,
       "Philox4x32-10 of zeros, as its authors print it");
    lun_generator g = {0x123456789abcdefULL, 0xfffffff0ULL}; /* crosses 2^32 */
    LUN_BY_ISA(lun_random).numbers(g, 3, 50, got);
    bool same = true;
    for (int i = 0; i < 50; i++) {
        lun_philox(g.seed, g.offset + 3 + (uint64_t)i, want);
        same = same && !memcmp(want, got + 4 * i, sizeof want);
    }
    ok(same, "many groups at once are the groups one by one");
}

static lun_tensor *draw(lun_op_id op, lun_dtype t, int ndim, const int64_t *size)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)op));
    lun_params_ints(&c.params, ndim, size);
    lun_params_dtype(&c.params, t);
    return lun_apply1(&c);
}

static lun_tensor *write(lun_op_id op, lun_tensor *x, double a, double b)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)op));
    lun_call_input(&c, x);
    lun_params_float(&c.params, a);
    lun_params_float(&c.params, b);
    return lun_apply1(&c);
}

/* First four moments about 0, and the range. */
static void moments(lun_tensor *x, double *m, double *low, double *high)
{
    memset(m, 0, 5 * sizeof *m);
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < x->numel; i++) {
        double v = lun_get_double(x, i), p = v;
        for (int k = 1; k < 5; k++, p *= v) {
            m[k] += p / (double)x->numel;
        }
        *low = fmin(*low, v);
        *high = fmax(*high, v);
    }
}

static void check_distributions(void)
{
    static const lun_dtype types[] = {LUN_F32, LUN_F64, LUN_F16, LUN_BF16};
    const int64_t n = 200001;
    double m[5], low, high;
    for (int k = 0; k < 4; k++) {
        const char *name = lun_dtypes[types[k]].name;
        moments(draw(LUN_OP_rand, types[k], 1, &n), m, &low, &high);
        ok(low >= 0 && high <= (k < 2 ? 1 - 1e-8 : 1) && fabs(m[1] - 0.5) < 4e-3 && fabs(m[2] - 1.0 / 3) < 4e-3, "%s uniform: mean %.4f, in [%g, %g]", name, m[1], low, high);
        moments(draw(LUN_OP_randn, types[k], 1, &n), m, &low, &high);
        ok(fabs(m[1]) < 0.01 && fabs(m[2] - 1) < 0.02 && fabs(m[3]) < 0.05 && fabs(m[4] - 3) < 0.15, "%s normal: moments %.3f %.3f %.3f %.3f", name, m[1], m[2], m[3], m[4]);
        ok(low < -3.8 && low > -7 && high > 3.8 && high < 7, "%s normal: tails reach %.2f and %.2f", name, low, high);
    }
    lun_tensor *x = lun_tensor_empty(LUN_F32, 1, &n, cpu);
    moments(write(LUN_OP_uniform_, x, -3, 5), m, &low, &high);
    ok(low >= -3 && high <= 5 && fabs(m[1] - 1) < 0.03, "uniform_ from -3 to 5");
    moments(write(LUN_OP_normal_, x, 10, 2), m, &low, &high);
    ok(fabs(m[1] - 10) < 0.03 && fabs(m[2] - 104) < 0.5, "normal_ with mean 10, deviation 2");
}

static void check_integers(void)
{
    const int64_t n = 60000, many = 5000;
    int64_t seen[6] = {0};
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_randint));
    lun_params_int(&c.params, -2);
    lun_params_int(&c.params, 4);
    lun_params_ints(&c.params, 1, &n);
    lun_tensor *x = lun_apply1(&c);
    bool inside = x != NULL;
    for (int64_t i = 0; x && i < n; i++) {
        int64_t v = lun_get_integer(x, i) + 2;
        inside = inside && v >= 0 && v < 6;
        seen[inside ? v : 0]++;
    }
    bool even = true;
    for (int i = 0; i < 6; i++) {
        even = even && llabs(seen[i] - 10000) < 500;
    }
    ok(inside && even, "randint(-2, 4): six values, each about as often");
    lun_call_begin(&c, lun_op_at(LUN_OP_randperm));
    lun_params_int(&c.params, many);
    lun_tensor *p = lun_apply1(&c);
    static bool hit[5001];
    bool good = p != NULL;
    int64_t fixed = 0;
    for (int64_t i = 0; p && i < many; i++) {
        int64_t v = lun_get_integer(p, i);
        good = good && v >= 1 && v <= many && !hit[v];
        hit[good ? v : 0] = true;
        fixed += v == i + 1;
    }
    ok(good, "randperm holds 1..n once each");
    ok(fixed < 20, "and is mixed (%lld stayed)", (long long)fixed);
}

static void check_repeats(void)
{
    const int64_t dims[] = {301, 203}, odd = 1001;
    static const lun_op_id ops[] = {LUN_OP_rand, LUN_OP_randn};
    for (int k = 0; k < 2; k++) {
        lun_tensor *first = NULL;
        bool same = true;
        for (int threads = 1; threads <= 3; threads++) {
            lun_threads_set(threads);
            lun_manual_seed(5);
            lun_tensor *x = draw(ops[k], LUN_F32, 2, dims);
            same = same && (!first || !memcmp(lun_data(first), lun_data(x), lun_tensor_bytes(x)));
            first = x;
        }
        ok(same, "%s: same seed, same bits on 1, 2 and 3 threads", lun_op_at((int)ops[k])->name);
    }
    lun_manual_seed(9);
    lun_tensor *a = draw(LUN_OP_randn, LUN_F64, 1, &odd), *b = draw(LUN_OP_randn, LUN_F64, 1, &odd);
    int equal = 0;
    for (int64_t i = 0; i < odd; i++) {
        for (int64_t k = i; k < odd && k < i + 520; k++) {
            equal += lun_get_double(a, k) == lun_get_double(b, i);
        }
    }
    is_int(equal, 0, "two draws of doubles share no number");
    const int64_t flipped[] = {203, 301};
    lun_manual_seed(3);
    lun_tensor *x = write(LUN_OP_normal_, lun_tensor_empty(LUN_F32, 2, dims, cpu), 0, 1);
    lun_manual_seed(3);
    lun_tensor *view = lun_transpose(lun_tensor_empty(LUN_F32, 2, flipped, cpu), 0, 1);
    lun_tensor *y = lun_contiguous(write(LUN_OP_normal_, view, 0, 1));
    ok(y && !memcmp(lun_data(x), lun_data(y), lun_tensor_bytes(x)), "a transposed view gets the numbers of its shape");
}

static void check_dropout(void)
{
    const int64_t n = 100000;
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_dropout_mask));
    lun_call_input(&c, lun_full(1, &n, 3, LUN_F32, cpu));
    lun_params_float(&c.params, 0.25);
    ok(lun_apply(&c), "dropout runs");
    int64_t zeros = 0;
    bool right = true;
    for (int64_t i = 0; i < n; i++) {
        double m = lun_get_double(c.out[1], i), v = lun_get_double(c.out[0], i);
        zeros += m == 0;
        right = right && (m == 0 || fabs(m - 4.0 / 3) < 1e-6) && fabs(v - 3 * m) < 1e-5;
    }
    ok(right && llabs(zeros - 25000) < 700, "a quarter is dropped (%lld), the rest scaled", (long long)zeros);
}

int main(void)
{
    if (ok(lun_start(), "start")) {
        check_philox();
        check_distributions();
        check_integers();
        check_repeats();
        check_dropout();
    }
    return done_testing();
}
