/* reduce.c - every reduction over every set of dims, on every layout and dtype, against plain loops in long double
 *
 * Read next: kernels/cpu/reduce_plan.h. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/functional.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/tap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};
static uint64_t state = 11;
static double random_in(double low, double high)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

static lun_tensor *filled(lun_dtype t, int ndim, const int64_t *dims, double low, double high)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, cpu);
    for (int64_t i = 0; i < x->numel; i++) {
        lun_set_double(x, i, random_in(low, high));
    }
    return x;
}

/* Runs `op` over the dims of `mask` (all when it is full); n_out results are left in out. */
static bool fold(lun_op_id op, lun_tensor *x, uint32_t mask, lun_tensor **out)
{
    lun_call c;
    int64_t dims[LUN_MAX_DIMS];
    int n = 0;
    lun_call_begin(&c, lun_op_at((int)op));
    lun_call_input(&c, x);
    for (int d = 0; d < x->ndim; d++) {
        if (mask >> d & 1U) {
            dims[n++] = d;
        }
    }
    if (op == LUN_OP_max || op == LUN_OP_min || op == LUN_OP_argmax || op == LUN_OP_argmin || op == LUN_OP_prod) {
        n == x->ndim && n != 1 ? lun_params_none(&c.params) : lun_params_int(&c.params, dims[0]);
    } else {
        lun_params_ints(&c.params, n, dims);
    }
    if (!lun_apply(&c)) {
        return false;
    }
    out[0] = c.out[0];
    out[1] = c.n_out > 1 ? c.out[1] : NULL;
    return true;
}

typedef struct truth { long double sum, prod, least, most, mean, squares; int64_t n, at_least, at_most; bool any, all, nan; } truth;

/* Everything about the elements of x that belong to result k. */
static truth look(lun_tensor *x, uint32_t mask, int64_t k)
{
    truth t = {.prod = 1, .all = true};
    for (int pass = 0; pass < 2; pass++) {
        int64_t place = 0;
        for (int64_t i = 0; i < x->numel; i++) {
            int64_t rest = i, of = 0, step = 1;
            for (int d = x->ndim - 1; d >= 0; d--) {
                int64_t at = rest % x->dims[d];
                rest /= x->dims[d];
                if (!(mask >> d & 1U)) {
                    of += at * step;
                    step *= x->dims[d];
                }
            }
            if (of != k) {
                continue;
            }
            long double v = lun_get_double(x, i);
            if (pass) {
                t.squares += (v - t.mean) * (v - t.mean);
                continue;
            }
            place++;
            if (place == 1 || v > t.most) t.most = v, t.at_most = place;
            if (place == 1 || v < t.least) t.least = v, t.at_least = place;
            t.sum += v;
            t.prod *= v;
            t.any |= v != 0;
            t.all &= v != 0;
            t.n = place;
        }
        t.mean = t.sum / t.n;
    }
    return t;
}

static int check_one(lun_op_id op, lun_tensor *x, uint32_t mask)
{
    lun_tensor *out[2];
    if (!fold(op, x, mask, out)) {
        note("%s: %s", lun_op_at((int)op)->name, lun_error_get()->message);
        lun_error_clear();
        return 1;
    }
    double tol = x->dtype == LUN_F64 ? 1e-12 : x->dtype == LUN_F32 ? 2e-6 : x->dtype == LUN_F16 ? 2e-3 : x->dtype == LUN_BF16 ? 1e-2 : 0;
    int wrong = 0;
    for (int64_t k = 0; k < out[0]->numel; k++) {
        truth t = look(x, mask, k);
        long double want = 0;
        int64_t place = 0;
        switch ((int)op) {
        case LUN_OP_sum: want = t.sum; break;
        case LUN_OP_mean: want = t.mean; break;
        case LUN_OP_prod: want = t.prod; break;
        case LUN_OP_var: want = t.squares / (t.n - 1); break;
        case LUN_OP_amax: want = t.most; break;
        case LUN_OP_amin: want = t.least; break;
        case LUN_OP_max: want = t.most, place = t.at_most; break;
        case LUN_OP_min: want = t.least, place = t.at_least; break;
        case LUN_OP_argmax: want = (long double)t.at_most; break;
        case LUN_OP_argmin: want = (long double)t.at_least; break;
        case LUN_OP_any: want = t.any; break;
        case LUN_OP_all: want = t.all; break;
        }
        double got = lun_get_double(out[0], k), scale = fmax(1, fabs((double)want));
        bool same = (isnan((double)want) && isnan(got)) || fabs(got - (double)want) <= tol * scale;
        same = same && (!out[1] || lun_get_integer(out[1], k) == place);
        if (!same && wrong++ < 2) {
            note("%s %s mask %u result %lld: got %.9g, want %.9g", lun_op_at((int)op)->name, lun_dtypes[x->dtype].name, mask, (long long)k, got, (double)want);
        }
    }
    return wrong;
}

static const lun_op_id many[] = {LUN_OP_sum, LUN_OP_mean, LUN_OP_var, LUN_OP_amax, LUN_OP_amin, LUN_OP_any, LUN_OP_all};
static const lun_op_id single[] = {LUN_OP_prod, LUN_OP_max, LUN_OP_min, LUN_OP_argmax, LUN_OP_argmin};

static int check_masks(lun_tensor *x)
{
    int wrong = 0;
    uint32_t all = (1U << x->ndim) - 1;
    bool is_float = lun_dtype_is_float((lun_dtype)x->dtype);
    for (uint32_t mask = 1; mask <= all; mask++) {
        for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
            if (is_float || (many[i] != LUN_OP_mean && many[i] != LUN_OP_var)) {
                wrong += check_one(many[i], x, mask);
            }
        }
        if ((mask & (mask - 1)) == 0 || mask == all) {
            for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
                wrong += check_one(single[i], x, mask);
            }
        }
    }
    return wrong;
}

static void check_small(void)
{
    static const int64_t dims[] = {5, 6, 7};
    static const int64_t order[] = {2, 0, 1};
    for (lun_dtype t = 0; t < LUN_C64; t++) {
        size_t mark = lun_scope_mark();
        bool is_float = lun_dtype_is_float(t);
        lun_tensor *x = filled(t, 3, dims, is_float ? 0.5 : 0, is_float ? 1.5 : 3);
        is_int(check_masks(x), 0, "%s contiguous", lun_dtypes[t].name);
        is_int(check_masks(lun_permute(x, 3, order)), 0, "%s permuted", lun_dtypes[t].name);
        is_int(check_masks(lun_slice(x, 2, 1, 3, 2)), 0, "%s stepped", lun_dtypes[t].name);
        const int64_t wide[] = {5, 6, 7, 3};
        is_int(check_masks(lun_expand(lun_unsqueeze(x, 3), 4, wide)), 0, "%s expanded", lun_dtypes[t].name);
        lun_scope_drain(mark);
    }
}

/* Sizes that are cut into groups, chunks and column blocks. */
static void check_large(void)
{
    static const int64_t shapes[][2] = {{1, 200000}, {200000, 1}, {3, 70001}, {70001, 3}, {300, 700}, {2, 1500}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t mark = lun_scope_mark();
        int64_t r = shapes[i][0], c = shapes[i][1];
        lun_tensor *x = filled(LUN_F32, 2, shapes[i], -1, 1), *first[24] = {0};
        bool same = true;
        int wrong = 0;
        for (int threads = 1; threads <= 3; threads++) {
            int k = 0;
            lun_threads_set(threads);
            for (uint32_t m = 1; m <= 3; m++) {
                for (size_t o = 0; o < 4; o++, k++) {
                    static const lun_op_id ops[] = {LUN_OP_sum, LUN_OP_var, LUN_OP_amax, LUN_OP_argmax};
                    lun_tensor *out[2];
                    if (ops[o] == LUN_OP_var && (m == 3 ? r * c : m == 1 ? r : c) == 1) {
                        continue;
                    }
                    wrong += !fold(ops[o], x, m, out);
                    if (first[k]) {
                        same = same && !memcmp(lun_data(first[k]), lun_data(out[0]), lun_tensor_bytes(out[0]));
                    }
                    first[k] = out[0];
                }
            }
        }
        is_int(wrong, 0, "[%lld,%lld] folds", (long long)r, (long long)c);
        ok(same, "with the same bits on 1, 2 and 3 threads");
        double *sum = calloc((size_t)(r + c + 1), sizeof *sum), worst = 0;
        const float *v = lun_data(x);
        for (int64_t a = 0; a < r; a++) {
            for (int64_t b = 0; b < c; b++) {
                double e = (double)v[a * c + b];
                sum[a] += e;
                sum[r + b] += e;
                sum[r + c] += e;
            }
        }
        for (int64_t b = 0; b < c; b++) worst = fmax(worst, fabs(lun_get_double(first[0], b) - sum[r + b]));
        for (int64_t a = 0; a < r; a++) worst = fmax(worst, fabs(lun_get_double(first[4], a) - sum[a]));
        worst = fmax(worst, fabs(lun_get_double(first[8], 0) - sum[r + c]));
        ok(worst < 2e-4, "sums are right (largest error %.2g)", worst);
        free(sum);
        lun_scope_drain(mark);
    }
}

static void check_hard_numbers(void)
{
    const int64_t n = 100000;
    lun_tensor *x = lun_full(1, &n, 0.1, LUN_F32, cpu), *out[2];
    fold(LUN_OP_sum, x, 1, out);
    near(lun_get_double(out[0], 0), 100000 * (double)0.1f, 3e-7, "a float sum of 1e5 equal numbers keeps its digits");
    float *v = lun_data(x);
    for (int64_t i = 0; i < n; i++) {
        v[i] = 10000.0f + (float)(i % 2);
    }
    fold(LUN_OP_var, x, 1, out);
    near(lun_get_double(out[0], 0), 0.25 * (double)n / (double)(n - 1), 1e-5, "variance far from zero");
    v[70000] = NAN;
    v[80000] = NAN;
    fold(LUN_OP_amax, x, 1, out);
    ok(isnan(lun_get_double(out[0], 0)), "NaN is the largest");
    fold(LUN_OP_argmax, x, 1, out);
    is_int(lun_get_integer(out[0], 0), 70001, "the first NaN is its place");
    fold(LUN_OP_argmin, x, 1, out);
    is_int(lun_get_integer(out[0], 0), 70001, "also as the smallest");
    for (int64_t i = 0; i < n; i++) {
        v[i] = -INFINITY;
    }
    fold(LUN_OP_max, x, 1, out);
    ok(lun_get_double(out[0], 0) == -(double)INFINITY && lun_get_integer(out[1], 0) == 1, "all -inf: the first");
    lun_tensor *i = lun_full(1, &n, 200, LUN_U8, cpu);
    fold(LUN_OP_sum, i, 1, out);
    is_int(lun_get_integer(out[0], 0), 20000000, "u8 sums in int64");
}

int main(void)
{
    if (ok(lun_start(), "start")) {
        check_small();
        check_large();
        check_hard_numbers();
    }
    return done_testing();
}
