/* copy.c - conversions between all dtypes, strided copies, tiles, fills and ranges
 *
 * Read next: kernels/cpu/copy.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/copy.h"
#include "core/context.h"
#include "core/functional.h"
#include "kernels/cpu/convert.h"
#include "kernels/start.h"
#include "t/tap.h"
#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

static void check_halves(void)
{
    int wrong = 0;
    static lun_f16 all[65536], back[65536];
    static float wide[65536];
    for (int i = 0; i < 65536; i++) {
        all[i] = (lun_f16)i;
    }
    lun_convert(65536, LUN_F32, wide, LUN_F16, all);
    lun_convert(65536, LUN_F16, back, LUN_F32, wide);
    for (int i = 0; i < 65536; i++) {
        float want = lun_f16_to_float((lun_f16)i);
        wrong += !(wide[i] == want || (isnan(want) && isnan(wide[i]))) || (!isnan(want) && back[i] != i) || (isnan(want) && (back[i] & 0x7fff) <= 0x7c00);
    }
    is_int(wrong, 0, "every float16 to float and back");
    wrong = 0;
    for (uint32_t bits = 0; bits < 0xffff0000U; bits += 48271U * 3U) {
        union { uint32_t u; float f; } v = {bits};
        lun_f16 h;
        lun_convert(1, LUN_F16, &h, LUN_F32, &v.f);
        lun_f16 want = lun_f16_from_float(v.f);
        wrong += h != want && !isnan(v.f);
    }
    is_int(wrong, 0, "floats round to float16 as core/dtype.c says");
}

static void check_pairs(void)
{
    static const double values[] = {0, 1, 2, 3, 100, 127};
    const int64_t n = 6;
    int wrong = 0;
    for (lun_dtype a = 0; a < LUN_C64; a++) {
        lun_tensor *x = lun_tensor_empty(a, 1, &n, cpu);
        for (int i = 0; i < 6; i++) {
            lun_set_double(x, i, values[i]);
        }
        for (lun_dtype b = 0; b < LUN_C64; b++) {
            lun_tensor *y = lun_to_dtype(x, b);
            for (int i = 0; i < 6; i++) {
                double want = a == LUN_BOOL || b == LUN_BOOL ? values[i] != 0 : values[i];
                wrong += !y || lun_get_double(y, i) != want;
            }
        }
    }
    is_int(wrong, 0, "all pairs of dtypes");
    const float odd[] = {-1.7f, 1.7f, -0.2f, 300};
    const int64_t four = 4;
    lun_tensor *y = lun_to_dtype(lun_tensor_copy_of(odd, LUN_F32, 1, &four), LUN_I64);
    ok(lun_get_integer(y, 0) == -1 && lun_get_integer(y, 1) == 1 && lun_get_integer(y, 2) == 0 && lun_get_integer(y, 3) == 300, "floats are cut towards zero");
}

static lun_tensor *counting(lun_dtype t, int ndim, const int64_t *dims)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, cpu);
    for (int64_t i = 0; i < x->numel; i++) {
        lun_set_integer(x, i, i % 120);
    }
    return x;
}

/* Does y hold what x holds, element by element? */
static bool equal(lun_tensor *x, lun_tensor *y)
{
    bool same = x && y && lun_shape_same(x->ndim, x->dims, y->ndim, y->dims);
    for (int64_t i = 0; same && i < x->numel; i++) {
        same = lun_get_double(x, i) == lun_get_double(y, i);
    }
    return same;
}

static void check_layouts(void)
{
    static const lun_dtype types[] = {LUN_U8, LUN_F16, LUN_F32, LUN_F64};
    static const int64_t dims[] = {67, 9, 130}, orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int k = 0; k < 4; k++) {
        size_t mark = lun_scope_mark();
        lun_tensor *x = counting(types[k], 3, dims);
        int wrong = 0;
        for (int o = 0; o < 6; o++) {
            lun_tensor *p = lun_permute(x, 3, orders[o]), *q = lun_clone(p), *s = lun_slice(p, 2, 1, p->dims[2] / 2, 2);
            wrong += !equal(p, q) + !equal(s, lun_clone(s)) + !equal(p, lun_to_dtype(p, LUN_F64));
            lun_tensor *into = lun_permute(lun_full(3, dims, 0, types[k], cpu), 3, orders[(o + 3) % 6]);
            lun_tensor *row = lun_narrow(lun_clone(into), 0, 0, 1);
            lun_copy_into(into, lun_add_number(row, 2));
            wrong += !equal(into, lun_expand(lun_add_number(row, 2), 3, into->dims));
        }
        is_int(wrong, 0, "%s: permuted, stepped, converted, broadcast into strided", lun_dtypes[types[k]].name);
        lun_scope_drain(mark);
    }
}

static lun_tensor *range(lun_op_id op, double a, double b, double step, bool whole, lun_dtype t)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)op));
    if (whole) {
        lun_params_int(&c.params, (int64_t)a);
        lun_params_int(&c.params, (int64_t)b);
        lun_params_int(&c.params, (int64_t)step);
    } else {
        lun_params_float(&c.params, a);
        lun_params_float(&c.params, b);
        op == LUN_OP_linspace ? lun_params_int(&c.params, (int64_t)step) : lun_params_float(&c.params, step);
    }
    lun_params_dtype(&c.params, t);
    return lun_apply1(&c);
}

static void check_ranges(void)
{
    lun_tensor *x = range(LUN_OP_arange, 5, 100005, 3, true, LUN_I64);
    ok(x && lun_get_integer(x, 0) == 5 && lun_get_integer(x, x->numel - 1) == 100004 && x->numel == 33334, "arange of whole numbers");
    x = range(LUN_OP_range, 10, 1, -3, true, LUN_I32);
    ok(x && x->numel == 4 && lun_get_integer(x, 3) == 1, "range is closed and may go down");
    x = range(LUN_OP_arange, 0, 1000, 0.1, false, LUN_F32);
    ok(x && lun_get_double(x, 9999) == (double)(float)(9999 * 0.1), "fractional steps gather no error");
    x = range(LUN_OP_linspace, -1, 2, 7001, false, LUN_F32);
    ok(x && lun_get_double(x, 0) == -1 && lun_get_double(x, 7000) == 2 && lun_get_double(x, 3500) == 0.5, "linspace meets both ends");
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_eye));
    lun_params_int(&c.params, 3);
    lun_params_int(&c.params, 5);
    x = lun_apply1(&c);
    bool right = x && x->numel == 15;
    for (int64_t i = 0; right && i < 15; i++) {
        right = lun_get_double(x, i) == (i / 5 == i % 5);
    }
    ok(right, "eye(3, 5)");
    const int64_t big = 4;
    lun_tensor *huge = lun_tensor_empty(LUN_I64, 1, &big, cpu);
    lun_call_begin(&c, lun_op_at(LUN_OP_fill_));
    lun_call_input(&c, huge);
    lun_params_int(&c.params, INT64_MAX);
    ok(lun_apply1(&c) && lun_get_integer(huge, 3) == INT64_MAX, "fill_ keeps all 64 bits of an integer");
}

int main(void)
{
    if (ok(lun_start(), "start")) {
        check_halves();
        check_pairs();
        check_layouts();
        check_ranges();
    }
    return done_testing();
}
