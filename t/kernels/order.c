/* order.c - sort, topk, cumsum and cumprod against plain loops: dtypes, NaN, -0, ties, long lines, any dim, any number of threads
 *
 * Read next: kernels/cpu/sort.c, kernels/cpu/scan.c. SPDX-License-Identifier: MIT
 */
#include "core/lun.h"
#include "core/op_id.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t noise(uint32_t i)
{
    uint32_t out[4];
    lun_philox(7, i, out);
    return out[0];
}

static lun_tensor *made(lun_dtype t, int ndim, const int64_t *dims, unsigned kinds)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0; x && i < x->numel; i++) {
        double v = (double)(noise((uint32_t)i) % kinds) - kinds / 3;
        lun_set_double(x, i, lun_dtype_is_float(t) ? v * 0.25 : v);
    }
    return x;
}

/* Is a before b in the order asked for? NaN is largest. */
static bool before(double a, double b, bool descending)
{
    if (isnan(a) || isnan(b)) return descending ? isnan(a) && !isnan(b) : !isnan(a) && isnan(b);
    return descending ? a > b : a < b;
}

static bool sort(lun_tensor *x, int64_t dim, bool descending, lun_tensor **values, lun_tensor **indices)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_sort));
    lun_call_input(&c, x);
    lun_params_int(&c.params, dim);
    lun_params_bool(&c.params, descending);
    if (!lun_apply(&c)) return false;
    *values = c.out[0];
    *indices = c.out[1];
    return true;
}

static bool topk(lun_tensor *x, int64_t k, int64_t dim, bool largest, lun_tensor **values, lun_tensor **indices)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_topk));
    lun_call_input(&c, x);
    lun_params_int(&c.params, k);
    lun_params_int(&c.params, dim);
    lun_params_bool(&c.params, largest);
    if (!lun_apply(&c)) return false;
    *values = c.out[0];
    *indices = c.out[1];
    return true;
}

/* A line is right when it is in order, each value is what its index says, ties are in order of position, and no place comes twice. */
static bool line_is_right(lun_tensor *x, lun_tensor *values, lun_tensor *indices, bool descending)
{
    int64_t n = x->numel;
    char *seen = calloc((size_t)n + 1, 1);
    bool right = seen && values->numel <= n;
    double last = 0;
    int64_t last_at = 0;
    for (int64_t i = 0; right && i < values->numel; i++) {
        double v = lun_get_double(values, i);
        int64_t at = lun_get_integer(indices, i);
        right = at >= 1 && at <= n && !seen[at];
        if (!right) break;
        seen[at] = 1;
        double source = lun_get_double(x, at - 1);
        right = (isnan(v) && isnan(source)) || (v == source && signbit(v) == signbit(source));
        if (i) right = right && !before(v, last, descending) && (before(last, v, descending) || at > last_at);
        last = v;
        last_at = at;
    }
    free(seen);
    return right;
}

static void dtypes(void)
{
    static const int64_t lengths[] = {1, 7, 100, 1500, 40000};
    for (int t = 0; t < LUN_C64; t++) {
        bool right = true;
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (int descending = 0; descending < 2; descending++) {
                lun_tensor *values, *indices, *x = made((lun_dtype)t, 1, &lengths[l], t == LUN_BOOL ? 2 : l < 3 ? 20 : 9000);
                right = right && x && sort(x, 0, descending, &values, &indices) && values->numel == lengths[l] &&
                        line_is_right(x, values, indices, descending);
            }
        ok(right, "%s: sorted both ways, stably, short and long", lun_dtypes[t].name);
    }
}

static void odd_values(void)
{
    double v[] = {3, NAN, -0.0, 0.0, -INFINITY, INFINITY, -1, NAN, 0.0, -0.0, 1e-320, -1e-320};
    int64_t n = sizeof v / sizeof *v;
    lun_tensor *x = lun_tensor_copy_of(v, LUN_F64, 1, &n), *values, *indices;
    for (int descending = 0; descending < 2; descending++)
        ok(sort(x, 0, descending, &values, &indices) && line_is_right(x, values, indices, descending), "NaN is largest, -0 equals 0 (%d)", descending);
    ok(sort(lun_to_dtype(x, LUN_F32), 0, false, &values, &indices) && isnan(lun_get_double(values, n - 1)) && lun_get_integer(indices, n - 1) == 8,
       "in float too");
}

static void any_dim(void)
{
    lun_tensor *x = lun_permute(made(LUN_F32, 3, (int64_t[]){40, 30, 50}, 1000), 3, (int64_t[]){2, 0, 1}), *values, *indices;
    bool right = sort(x, 1, false, &values, &indices);
    for (int a = 0; right && a < 50; a++)
        for (int b = 0; right && b < 30; b++)
            right = line_is_right(lun_select(lun_select(x, 0, a), 1, b), lun_select(lun_select(values, 0, a), 1, b),
                                  lun_select(lun_select(indices, 0, a), 1, b), false);
    ok(right, "the middle dim of a permuted tensor");
    lun_tensor *one = lun_tensor_number(4, LUN_F32);
    ok(sort(one, -1, false, &values, &indices) && values->ndim == 0 && lun_get_integer(indices, 0) == 1, "a 0-d tensor");
}

static void best(void)
{
    static const int64_t ks[] = {1, 2, 13, 900, 5000, 20000};
    int64_t n = 20000;
    lun_tensor *x = made(LUN_F32, 1, &n, 500), *values, *indices, *all, *places; /* many ties */
    for (int largest = 0; largest < 2; largest++) {
        bool same = sort(x, 0, largest, &all, &places);
        for (size_t i = 0; same && i < sizeof ks / sizeof *ks; i++) {
            same = topk(x, ks[i], 0, largest, &values, &indices) && values->numel == ks[i];
            for (int64_t k = 0; same && k < ks[i]; k++)
                same = lun_get_double(values, k) == lun_get_double(all, k) && lun_get_integer(indices, k) == lun_get_integer(places, k);
        }
        ok(same, "topk is the beginning of the sort, ties too (largest %d)", largest);
    }
    ok(!topk(x, n + 1, 0, true, &values, &indices), "more than there are is refused");
    lun_error_clear();
    ok(topk(x, 0, 0, true, &values, &indices) && values->numel == 0, "none is fine");
}

static void totals(void)
{
    lun_tensor *x = lun_transpose(made(LUN_F64, 2, (int64_t[]){300, 700}, 50), 0, 1); /* 700 x 300, strided */
    for (int dim = 0; dim < 2; dim++) {
        lun_tensor *y = lun_cumsum(x, dim);
        bool right = y != NULL;
        for (int i = 0; right && i < 700; i++)
            for (int j = 0; right && j < 300; j++) {
                double earlier = (dim ? j : i) ? lun_get_double(y, dim ? i * 300 + j - 1 : (i - 1) * 300 + j) : 0;
                right = lun_get_double(y, i * 300 + j) == earlier + lun_get_double(x, i * 300 + j);
            }
        ok(right, "cumsum along dim %d of a transposed matrix", dim + 1);
    }
    int8_t v[] = {100, 100, -3, 2};
    lun_tensor *bytes = lun_tensor_copy_of(v, LUN_I8, 1, (int64_t[]){4}), *y = lun_cumsum(bytes, 0), *p = lun_cumprod(bytes, 0);
    ok(y && y->dtype == LUN_I64 && lun_get_integer(y, 1) == 200, "narrow integers are summed in int64");
    ok(p && lun_get_integer(p, 3) == -60000, "and multiplied");
    int64_t n = 100000;
    lun_tensor *small = lun_full(1, &n, 0.1, LUN_F32, (lun_device){LUN_CPU, 0}), *sum = lun_cumsum(small, 0);
    near(lun_get_double(sum, n - 1), 10000.00015, 1e-6, "floats are summed in double");
    lun_tensor *half = lun_cumsum(lun_full(1, (int64_t[]){300}, 0.5, LUN_F16, (lun_device){LUN_CPU, 0}), 0);
    ok(half && half->dtype == LUN_F16 && lun_get_double(half, 299) == 150, "half precision is rounded once");
}

/* Rows are scanned eight at a time: each gives what it gives alone. */
static void rows(void)
{
    static const int64_t sizes[][2] = {{8, 5}, {9, 64}, {100, 1001}, {70, 8}};
    for (int i = 0; i < 8; i++) {
        const int64_t m = sizes[i / 2][0], n = sizes[i / 2][1];
        lun_tensor *x = lun_add(lun_div(made(i % 2 ? LUN_F64 : LUN_F32, 2, (int64_t[]){m, n}, 100), lun_number(500)), lun_number(0.9));
        lun_tensor *sums = lun_cumsum(x, 1), *products = lun_cumprod(x, 1);
        bool same = sums && products;
        for (int64_t r = 0; same && r < m; r++) {
            lun_tensor *row = lun_select(x, 0, r);
            same = !memcmp(lun_data(lun_select(sums, 0, r)), lun_data(lun_cumsum(row, 0)), (size_t)n * lun_dtype_size((lun_dtype)x->dtype)) &&
                   !memcmp(lun_data(lun_select(products, 0, r)), lun_data(lun_cumprod(row, 0)), (size_t)n * lun_dtype_size((lun_dtype)x->dtype));
        }
        ok(same, "%d x %d of %s: the bits of single rows", (int)m, (int)n, lun_dtypes[x->dtype].name);
    }
}

static void threads(void)
{
    lun_tensor *x = made(LUN_F32, 2, (int64_t[]){500, 300}, 1U << 30), *v1, *i1, *v4, *i4;
    bool good = lun_threads_set(1) && sort(x, 1, false, &v1, &i1);
    lun_tensor *s1 = lun_cumsum(x, 0);
    good = good && lun_threads_set(4) && sort(x, 1, false, &v4, &i4);
    lun_tensor *s4 = lun_cumsum(x, 0);
    lun_threads_set(0);
    ok(good && !memcmp(lun_data(v1), lun_data(v4), lun_tensor_bytes(v1)) && !memcmp(lun_data(i1), lun_data(i4), lun_tensor_bytes(i1)),
       "sort: same bits with 1 and 4 threads");
    ok(s1 && s4 && !memcmp(lun_data(s1), lun_data(s4), lun_tensor_bytes(s1)), "cumsum: same bits with 1 and 4 threads");
}

int main(void)
{
    if (!lun_start()) return 1;
    dtypes();
    odd_values();
    any_dim();
    best();
    totals();
    rows();
    threads();
    ok(!lun_failed(), "no error is left over: %s", lun_error_get()->message);
    lun_scope_drain(0);
    return done_testing();
}
