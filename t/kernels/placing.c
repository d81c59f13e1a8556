/* placing.c - picking and placing by position against plain loops: large, strided, every dtype, any number of threads
 *
 * Read next: kernels/cpu/index.c, kernels/cpu/place.c, kernels/cpu/write.c. SPDX-License-Identifier: MIT
 */
#include "core/lun.h"
#include "core/op_id.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/tap.h"

#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

static uint32_t noise(uint32_t i)
{
    uint32_t out[4];
    lun_philox(11, i, out);
    return out[0];
}

static lun_tensor *made(lun_dtype t, int ndim, const int64_t *dims, unsigned kinds)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, cpu);
    for (int64_t i = 0; x && i < x->numel; i++) lun_set_double(x, i, (double)(noise((uint32_t)i) % kinds));
    return x;
}

/* Positions 1..bound. */
static lun_tensor *positions(int ndim, const int64_t *dims, int64_t bound)
{
    lun_tensor *x = lun_tensor_empty(LUN_I64, ndim, dims, cpu);
    for (int64_t i = 0; x && i < x->numel; i++) lun_set_integer(x, i, (int64_t)(noise((uint32_t)i + 5000) % (uint32_t)bound) + 1);
    return x;
}

static bool equal(const lun_tensor *a, const lun_tensor *b)
{
    bool same = a && b && lun_shape_same(a->ndim, a->dims, b->ndim, b->dims) && a->dtype == b->dtype;
    for (int64_t i = 0; same && i < a->numel; i++) same = lun_get_double(a, i) == lun_get_double(b, i);
    return same;
}

static int64_t at3(const int64_t *dims, int64_t i, int64_t j, int64_t k) { return (i * dims[1] + j) * dims[2] + k; }

/* gather and scatter_add on three dims by plain loops, each dim in turn. */
static void three_dims(int dim, lun_dtype t)
{
    const int64_t dims[3] = {9, 31, 70}, few[3] = {dim == 0 ? 20 : 8, dim == 1 ? 40 : 30, dim == 2 ? 90 : 66};
    lun_tensor *x = lun_transpose(made(t, 3, (int64_t[]){70, 31, 9}, 50), 0, 2); /* strided */
    lun_tensor *index = positions(3, few, dims[dim]), *got = lun_gather_along(x, dim, index);
    lun_tensor *want = lun_tensor_empty(t, 3, few, cpu), *sum = lun_clone(x), *last = lun_clone(x);
    lun_tensor *source = made(t, 3, (int64_t[]){20, 40, 90}, 3);
    for (int64_t i = 0; i < few[0]; i++)
        for (int64_t j = 0; j < few[1]; j++)
            for (int64_t k = 0; k < few[2]; k++) {
                int64_t p = lun_get_integer(index, at3(few, i, j, k)) - 1;
                int64_t far = at3(dims, dim == 0 ? p : i, dim == 1 ? p : j, dim == 2 ? p : k);
                double v = lun_get_double(source, at3(source->dims, i, j, k));
                lun_set_double(want, at3(few, i, j, k), lun_get_double(x, far));
                lun_set_double(sum, far, t == LUN_BOOL ? lun_get_double(sum, far) != 0 || v != 0 : lun_get_double(sum, far) + v);
                lun_set_double(last, far, v);
            }
    ok(equal(got, want), "%s: gather along dim %d", lun_dtypes[t].name, dim + 1);
    ok(equal(lun_scatter_add(x, dim, index, source), sum), "%s: scatter_add along dim %d, source larger than index", lun_dtypes[t].name, dim + 1);
    ok(equal(lun_scatter_along(x, dim, index, source), last), "%s: scatter along dim %d: the last write counts", lun_dtypes[t].name, dim + 1);
}

static void slices(int dim)
{
    const int64_t dims[3] = {5, 40, 333};
    lun_tensor *x = made(LUN_F32, 3, dims, 100), *index = positions(1, (int64_t[]){57}, dims[dim]);
    lun_tensor *picked = lun_index_select(x, dim, index);
    bool right = picked != NULL;
    for (int64_t k = 0; right && k < 57; k++)
        right = equal(lun_select(picked, dim, k), lun_select(x, dim, lun_get_integer(index, k) - 1));
    ok(right, "index_select along dim %d", dim + 1);
    lun_tensor *sum = lun_index_add(lun_zeros_like(x), dim, index, picked), *want = lun_zeros_like(x);
    for (int64_t k = 0; k < 57; k++) {
        lun_tensor *place = lun_select(want, dim, lun_get_integer(index, k) - 1);
        lun_add_into(place, lun_select(picked, dim, k));
    }
    ok(equal(sum, want), "index_add along dim %d", dim + 1);
    lun_tensor *filled = lun_index_fill(x, dim, index, 7);
    right = filled != NULL;
    for (int64_t p = 0; right && p < dims[dim]; p++) {
        bool named = false;
        for (int64_t k = 0; k < 57; k++) named |= lun_get_integer(index, k) - 1 == p;
        lun_tensor *slice = lun_select(filled, dim, p);
        right = named ? lun_get_double(slice, 17) == 7 && lun_get_double(slice, slice->numel - 1) == 7 : equal(slice, lun_select(x, dim, p));
    }
    ok(right, "index_fill along dim %d", dim + 1);
}

static void negative_and_wrong(void)
{
    lun_tensor *x = made(LUN_F32, 1, (int64_t[]){5}, 100);
    lun_tensor *y = lun_index_select(x, 0, lun_tensor_copy_of((int64_t[]){-1, -5}, LUN_I64, 1, (int64_t[]){2}));
    ok(y && lun_get_double(y, 0) == lun_get_double(x, 4) && lun_get_double(y, 1) == lun_get_double(x, 0), "negative positions count from the end");
    static const int64_t wrong[] = {0, 6, -6};
    for (int i = 0; i < 3; i++) {
        ok(!lun_index_select(x, 0, lun_tensor_copy_of(&wrong[i], LUN_I64, 1, (int64_t[]){1})), "position %d is refused: %s", (int)wrong[i],
           lun_error_get()->message);
        lun_error_clear();
    }
    lun_tensor *none = lun_tensor_empty(LUN_I64, 1, (int64_t[]){0}, cpu);
    ok(equal(lun_index_add(x, 0, none, lun_tensor_empty(LUN_F32, 1, (int64_t[]){0}, cpu)), x), "adding nothing gives x");
    ok(equal(lun_scatter_add(x, 0, none, lun_tensor_empty(LUN_F32, 1, (int64_t[]){0}, cpu)), x), "so does scattering nothing");
}

static void masks(void)
{
    lun_tensor *x = lun_transpose(made(LUN_F32, 2, (int64_t[]){123, 45}, 10), 0, 1); /* 45 x 123 */
    lun_tensor *mask = lun_gt(x, lun_tensor_number(4, LUN_F64)), *filled = lun_masked_fill(x, mask, -1);
    lun_tensor *chosen = lun_index(x, mask), *rows = lun_gt(lun_select(x, 1, 0), lun_tensor_number(4, LUN_F64)), *some = lun_index(x, rows);
    bool right = filled && chosen && some;
    int64_t k = 0, r = 0;
    for (int64_t i = 0; right && i < x->numel; i++) {
        double v = lun_get_double(x, i);
        right = lun_get_double(filled, i) == (v > 4 ? -1 : v);
        if (v > 4) right = right && lun_get_double(chosen, k++) == v;
    }
    ok(right && k == chosen->numel, "masked_fill and x[mask] on a transposed matrix");
    for (int64_t i = 0; right && i < 45; i++)
        if (lun_get_double(x, i * 123) > 4) right = equal(lun_select(some, 0, r++), lun_select(x, 0, i));
    ok(right && r == some->dims[0], "a mask over the first dim chooses rows");
    lun_tensor *where = lun_call1(LUN_OP_nonzero, mask);
    right = where && where->dims[0] == k && where->dims[1] == 2;
    for (int64_t i = 0, seen = 0; right && i < x->numel; i++)
        if (lun_get_double(x, i) > 4) {
            right = lun_get_integer(where, 2 * seen) == i / 123 + 1 && lun_get_integer(where, 2 * seen + 1) == i % 123 + 1;
            seen++;
        }
    ok(right, "nonzero gives positions from 1");
}

/* Assignment into strided tensors, against the same done element by element. */
static void assignment(lun_dtype t)
{
    lun_tensor *base = made(t, 3, (int64_t[]){6, 7, 8}, 2), *x = lun_transpose(base, 0, 2), *want = lun_clone(x); /* 8 x 7 x 6 */
    lun_tensor *v = made(LUN_F32, 2, (int64_t[]){3, 6}, 2);
    const int64_t region[9] = {2, 3, 2, 4, 1, 1, 0, 6, 1};
    ok(lun_set_slice(x, v, region, 1U << 1) == x, "%s: x[{2..6 step 2, 5, all}] = v", lun_dtypes[t].name);
    for (int64_t i = 0; i < 3; i++)
        for (int64_t k = 0; k < 6; k++) lun_set_double(want, ((2 + 2 * i) * 7 + 4) * 6 + k, lun_get_double(v, i * 6 + k));
    ok(equal(x, want), "writes there, converted, and nowhere else");
    lun_tensor *index = lun_tensor_copy_of((int64_t[]){8, 1, 8}, LUN_I64, 1, (int64_t[]){3}), *rows = made(LUN_I64, 3, (int64_t[]){3, 1, 6}, 2);
    ok(lun_set_index(x, index, rows) != NULL, "x[idx] = v");
    for (int n = 0; n < 3; n++)
        for (int64_t j = 0; j < 7; j++)
            for (int64_t k = 0; k < 6; k++)
                lun_set_double(want, ((lun_get_integer(index, n) - 1) * 7 + j) * 6 + k, lun_get_double(rows, n * 6 + k));
    ok(equal(x, want), "broadcasts v, and the last of two writes counts");
    lun_tensor *mask = lun_tensor_empty(LUN_BOOL, 2, (int64_t[]){8, 7}, cpu);
    for (int64_t i = 0; i < 56; i++) lun_set_integer(mask, i, i % 5 == 0);
    lun_tensor *values = made(LUN_F64, 2, (int64_t[]){12, 6}, 2);
    ok(lun_set_index(x, mask, values) != NULL, "x[mask] = v");
    for (int64_t i = 0; i < 12; i++)
        for (int64_t k = 0; k < 6; k++) lun_set_double(want, i * 5 * 6 + k, lun_get_double(values, i * 6 + k));
    ok(equal(x, want), "writes as many rows as the mask has trues");
    ok(!lun_set_index(x, mask, made(LUN_F64, 2, (int64_t[]){11, 6}, 2)) && equal(x, want), "a wrong number of them changes nothing: %s",
       lun_error_get()->message);
    lun_error_clear();
}

static void cutting(void)
{
    lun_tensor *x = made(LUN_F32, 2, (int64_t[]){10, 3}, 100), *parts[10], *again;
    int n;
    ok(lun_split(x, 4, 0, 10, parts, &n) && n == 3 && parts[2]->dims[0] == 2, "split by size");
    again = lun_cat(n, parts, 0);
    ok(equal(again, x) && parts[0]->storage == x->storage, "cat joins what split cut; the pieces are views");
    ok(lun_chunk(x, 4, 0, 10, parts, &n) && n == 4 && parts[3]->dims[0] == 1, "chunk");
    ok(lun_split_sizes(x, 2, (int64_t[]){7, 3}, 0, parts) && parts[1]->dims[0] == 3, "split by sizes");
    ok(!lun_split_sizes(x, 2, (int64_t[]){7, 2}, 0, parts), "which must add up");
    lun_error_clear();
    ok(lun_unbind(x, 1, 10, parts, &n) && n == 3 && parts[0]->ndim == 1, "unbind");
    ok(equal(lun_stack(n, parts, 1), x), "stack puts it back");
    ok(!lun_unbind(x, 0, 9, parts, &n), "too many pieces are refused: %s", lun_error_get()->message);
    lun_error_clear();
}

static void threads(void)
{
    lun_tensor *x = lun_to_dtype(made(LUN_F32, 2, (int64_t[]){1000, 64}, 1U << 30), LUN_F32), *index = positions(2, (int64_t[]){20000, 64}, 1000);
    lun_tensor *source = made(LUN_F32, 2, (int64_t[]){20000, 64}, 1U << 30), *list = positions(1, (int64_t[]){20000}, 1000);
    lun_threads_set(1);
    lun_tensor *a = lun_scatter_add(x, 0, index, source), *c = lun_index_add(x, 0, list, source);
    lun_threads_set(4);
    lun_tensor *b = lun_scatter_add(x, 0, index, source), *d = lun_index_add(x, 0, list, source);
    lun_threads_set(0);
    ok(a && b && !memcmp(lun_data(a), lun_data(b), lun_tensor_bytes(a)), "scatter_add: same bits with 1 and 4 threads");
    ok(c && d && !memcmp(lun_data(c), lun_data(d), lun_tensor_bytes(c)), "index_add: same bits with 1 and 4 threads");
}

int main(void)
{
    if (!lun_start()) return 1;
    for (int dim = 0; dim < 3; dim++) three_dims(dim, LUN_F32);
    for (int t = 0; t < LUN_C64; t++) three_dims(1, (lun_dtype)t);
    for (int dim = 0; dim < 3; dim++) slices(dim);
    negative_and_wrong();
    masks();
    for (int t = 0; t < LUN_C64; t++) assignment((lun_dtype)t);
    cutting();
    threads();
    ok(!lun_failed(), "no error is left over: %s", lun_error_get()->message);
    lun_scope_drain(0);
    return done_testing();
}
