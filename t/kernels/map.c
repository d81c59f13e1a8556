/* map.c - every formula row, in every dtype its class allows, on every layout, against the row's text evaluated in double
 *
 * The reference is core/expression.c, which reads the same text but shares no loop with the kernels. Integers are compared with
 * plain C. Layouts: contiguous, transposed, stepped, broadcast, one number; all must give the contiguous bits.
 * Read next: kernels/cpu/map.h. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/expression.h"
#include "core/functional.h"
#include "core/tape.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include "t/tap.h"
#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};
static uint64_t state = 7;
static double random_in(double low, double high)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

static lun_tensor *filled(lun_dtype t, int ndim, const int64_t *dims, double low, double high)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, cpu);
    for (int64_t i = 0; x && i < x->numel; i++) {
        lun_set_double(x, i, random_in(low, high));
    }
    return x;
}

static double tolerance(lun_dtype t) { return t == LUN_F64 ? 1e-11 : t == LUN_F32 ? 4e-6 : t == LUN_F16 ? 4e-3 : 3e-2; }

static bool close_to(double got, double want, double tol)
{
    if (isnan(want) || isnan(got)) {
        return isnan(want) && isnan(got);
    }
    return got == want || fabs(got - want) <= tol * fmax(1, fabs(want));
}

static lun_tensor *run(const lun_op *op, lun_tensor *x, lun_tensor *y, const double *p)
{
    lun_call c;
    lun_call_begin(&c, op);
    lun_call_input(&c, x);
    if (y) {
        lun_call_input(&c, y);
    }
    bool given = !op->variant || strstr(op->args, ": float"); /* other options of variants make other rows */
    for (int k = 0; given && k < op->n_args - op->n_tensors; k++) {
        lun_params_float(&c.params, p[k]);
    }
    return lun_apply1(&c);
}

static bool same_bits(const lun_tensor *a, lun_tensor *b)
{
    lun_tensor *c = lun_contiguous(b);
    return a && c && a->numel == c->numel && !memcmp(lun_data(a), lun_data(c), lun_tensor_bytes(a));
}

/* Each layout holds the same elements as x. */
static lun_tensor *transposed(lun_tensor *x)
{
    lun_tensor *t = lun_clone(lun_transpose(x, 0, 1));
    return lun_transpose(t, 0, 1);
}

static lun_tensor *stepped(lun_tensor *x)
{
    int64_t dims[] = {x->dims[0], 2 * x->dims[1]}, strides[] = {2 * x->dims[1], 2};
    lun_tensor *wide = lun_tensor_empty((lun_dtype)x->dtype, 2, dims, cpu);
    lun_tensor *view = lun_tensor_as(wide, 2, x->dims, strides, 1);
    lun_fill_into(wide, 1);
    return lun_copy_into(view, x);
}

static void check_row(const lun_op *op, lun_dtype t)
{
    const int64_t dims[] = {37, 91};
    const double p[] = {0.75, 1.25, 0.5};
    bool two = op->family != LUN_FAMILY_UNARY, is_float = lun_dtype_is_float(t);
    bool positive = op->sample && strstr(op->sample, "rand("), divides = strstr(op->formula, "floor") || strstr(op->formula, "mod(") || strstr(op->formula, "div(");
    lun_tensor *x = filled(t, 2, dims, is_float ? (positive ? 0.2 : -3) : divides ? 1 : 0, is_float ? 3 : 9);
    lun_tensor *y = filled(t, 2, dims, is_float ? (positive ? 0.5 : -3) : 1, is_float ? 3 : 5);
    lun_tensor *z = run(op, x, two ? y : NULL, p);
    const char *name = lun_dtypes[t].abbreviation;
    if (op->id == LUN_OP_neg && t == LUN_BOOL) {
        ok(!z && lun_error_get()->code == LUN_E_DTYPE, "neg of truth values is an error");
        lun_error_clear();
        return;
    }
    if (!ok(z != NULL, "%s %s runs", op->name, name)) {
        note("%s", lun_error_get()->message);
        lun_error_clear();
        return;
    }
    int formula = is_float ? lun_expression_read(op->formula) : 0;
    lun_error_clear(); /* bitwise rows have no expression */
    int wrong = 0;
    for (int64_t i = 0; formula && i < z->numel; i++) {
        double names[LUN_NAME_COUNT] = {lun_get_double(x, i), lun_get_double(y, i), 0, 0, p[0], p[1], p[2]};
        double want = lun_expression_value(formula, names), got = lun_get_double(z, i);
        if (t == LUN_F16 && fabs(want) > 65520) want = copysign(INFINITY, want); /* beyond its range */
        if (!close_to(got, want, tolerance(t)) && wrong++ < 3) {
            note("x %.9g y %.9g: got %.9g, want %.9g", names[0], names[1], got, want);
        }
    }
    ok(wrong == 0, "%s %s: values", op->name, name);
    lun_tensor *yt = two ? transposed(y) : NULL, *ys = two ? stepped(y) : NULL;
    bool same = same_bits(z, run(op, transposed(x), yt, p)) && same_bits(z, run(op, stepped(x), ys, p)) &&
                same_bits(z, run(op, x, ys, p));
    if (two) {
        lun_tensor *row = lun_narrow(y, 0, 3, 1), *column = lun_narrow(y, 1, 5, 1), *one = lun_narrow(column, 0, 2, 1);
        lun_tensor *others[] = {row, column, one};
        for (int k = 0; k < 3; k++) {
            lun_tensor *whole = lun_clone(lun_expand(others[k], 2, dims));
            same = same && same_bits(run(op, x, whole, p), run(op, x, others[k], p)) &&
                   same_bits(run(op, whole, x, p), run(op, others[k], x, p));
        }
    }
    ok(same, "%s %s: strided, broadcast and contiguous give the same bits", op->name, name);
    if (lun_failed()) {
        note("%s", lun_error_get()->message);
        lun_error_clear();
    }
}

static lun_tensor *gradient(const lun_op *op, int which, lun_tensor *g, lun_tensor *x, lun_tensor *y, lun_tensor *z, const double *p)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_row_gradient));
    lun_call_input(&c, g);
    lun_call_input(&c, x);
    lun_call_input(&c, y);
    lun_call_input(&c, z);
    lun_params_int(&c.params, op->id);
    lun_params_int(&c.params, which);
    for (int k = 0; k < 3; k++) {
        lun_params_float(&c.params, p[k]);
    }
    return lun_apply1(&c);
}

/* In double, against the derivative's text. */
static void check_gradient(const lun_op *op)
{
    const int64_t dims[] = {5, 301};
    const double p[] = {0.75, 1.25, 0.5};
    bool two = op->family == LUN_FAMILY_BINARY;
    lun_tensor *x = filled(LUN_F64, 2, dims, 0.2, 2.5), *y = filled(LUN_F64, 2, dims, 0.3, 2), *g = filled(LUN_F64, 2, dims, -1, 1);
    lun_tensor *z = run(op, x, two ? y : NULL, p);
    for (int which = 0; which < 1 + two; which++) {
        lun_tensor *second = two ? y : z;
        lun_tensor *dx = gradient(op, which, g, x, second, two ? z : LUN_NONE, p);
        int wrong = dx == NULL, formula = lun_expression_read(which ? op->dy : op->dx);
        for (int64_t i = 0; dx && i < dx->numel; i++) {
            double names[LUN_NAME_COUNT] = {lun_get_double(x, i), lun_get_double(second, i), 0, lun_get_double(z, i), p[0], p[1], p[2]};
            double want = lun_get_double(g, i) * lun_expression_value(formula, names);
            wrong += !close_to(lun_get_double(dx, i), want, 1e-11);
        }
        is_int(wrong, 0, "%s: fused gradient %d", op->name, which);
        ok(same_bits(dx, gradient(op, which, stepped(g), transposed(x), second, two ? z : LUN_NONE, p)), "%s: and strided", op->name);
    }
}

static bool class_allows(const lun_op *op, lun_dtype t)
{
    bool is_float = lun_dtype_is_float(t);
    return op->dtypes == LUN_CLASS_ANY || op->family == LUN_FAMILY_COMPARE || (op->dtypes == LUN_CLASS_I ? !is_float : is_float || op->dtypes == LUN_CLASS_N);
}

static void check_integers(void)
{
    const int64_t n = 8;
    const int32_t a[] = {7, -7, 7, -7, INT32_MIN, INT32_MAX, 0, 5}, b[] = {2, 2, -2, -2, -1, 3, 5, 5};
    const int32_t quotient[] = {3, -4, -4, 3, INT32_MIN, 715827882, 0, 1}, rest[] = {1, 1, -1, -1, 0, 1, 0, 0};
    lun_tensor *x = lun_tensor_copy_of(a, LUN_I32, 1, &n), *y = lun_tensor_copy_of(b, LUN_I32, 1, &n);
    ok(!memcmp(lun_data(lun_floor_divide(x, y)), quotient, sizeof quotient), "whole quotients round down");
    ok(!memcmp(lun_data(lun_remainder(x, y)), rest, sizeof rest), "remainders have the divisor's sign");
    const int32_t zero[] = {1, 1, 0, 1, 1, 1, 1, 1};
    ok(!lun_floor_divide(x, lun_tensor_copy_of(zero, LUN_I32, 1, &n)), "division by whole 0 fails");
    ok(lun_error_get()->code == LUN_E_ARGUMENT, "as a wrong argument");
    lun_error_clear();
    const int32_t powers[] = {49, 49, 0, 0, 0, (int32_t)((uint32_t)INT32_MAX * INT32_MAX * (uint32_t)INT32_MAX), 0, 3125};
    lun_tensor *z = lun_pow(x, y);
    ok(((int32_t *)lun_data(z))[0] == powers[0] && ((int32_t *)lun_data(z))[5] == powers[5] && ((int32_t *)lun_data(z))[7] == powers[7],
       "whole powers, which wrap");
    const uint8_t p[] = {0, 0, 1, 1}, q[] = {0, 1, 0, 1}, or[] = {0, 1, 1, 1}, and[] = {0, 0, 0, 1}, not[] = {1, 1, 0, 0};
    const int64_t four = 4;
    lun_tensor *bp = lun_tensor_copy_of(p, LUN_BOOL, 1, &four), *bq = lun_tensor_copy_of(q, LUN_BOOL, 1, &four);
    ok(!memcmp(lun_data(lun_add(bp, bq)), or, 4) && !memcmp(lun_data(lun_mul(bp, bq)), and, 4), "bool: + is or, * is and");
    ok(!memcmp(lun_data(lun_bitwise_not(bp)), not, 4), "bool: bitwise not is not");
    ok(!memcmp(lun_data(lun_call1(LUN_OP_logical_not, bp)), not, 4), "logical not");
    const float odd[] = {NAN, INFINITY, -INFINITY, 1};
    const uint8_t nan[] = {1, 0, 0, 0}, inf[] = {0, 1, 1, 0}, finite[] = {0, 0, 0, 1};
    lun_tensor *f = lun_tensor_copy_of(odd, LUN_F32, 1, &four);
    for (int k = 0; k < 3; k++) {
        static const lun_dtype types[] = {LUN_F32, LUN_F64, LUN_F16};
        lun_tensor *ft = lun_to_dtype(f, types[k]);
        ok(!memcmp(lun_data(lun_call1(LUN_OP_isnan, ft)), nan, 4) && !memcmp(lun_data(lun_call1(LUN_OP_isinf, ft)), inf, 4) &&
               !memcmp(lun_data(lun_call1(LUN_OP_isfinite, ft)), finite, 4),
           "isnan, isinf, isfinite of %s", lun_dtypes[types[k]].abbreviation);
    }
}

static void check_where(void)
{
    const int64_t dims[] = {30, 50};
    lun_tensor *x = filled(LUN_F32, 2, dims, -1, 1), *y = filled(LUN_F32, 2, dims, -1, 1), *zero = lun_full(2, dims, 0, LUN_F32, cpu);
    lun_tensor *c = lun_gt(x, zero), *z = lun_where(c, x, y);
    int wrong = z == NULL;
    for (int64_t i = 0; z && i < z->numel; i++) {
        double a = lun_get_double(x, i), b = lun_get_double(y, i);
        wrong += lun_get_double(z, i) != (a > 0 ? a : b);
    }
    is_int(wrong, 0, "where chooses");
    ok(same_bits(z, lun_where(transposed(c), stepped(x), y)), "where on strided arguments");
    lun_tensor *column = lun_narrow(y, 1, 0, 1);
    ok(same_bits(lun_where(c, x, lun_clone(lun_expand(column, 2, dims))), lun_where(c, x, column)), "where broadcasts");
}

static void check_threads(void)
{
    const int64_t dims[] = {301, 1021};
    lun_tensor *x = filled(LUN_F32, 2, dims, -3, 3), *last = NULL;
    bool same = true;
    for (int n = 1; n <= 4; n++) {
        lun_threads_set(n);
        lun_tensor *z = lun_add(lun_gelu(x), lun_narrow(x, 0, 0, 1));
        same = same && (!last || same_bits(last, z));
        last = z;
    }
    ok(same, "the number of threads does not change a bit");
    lun_tensor *y = lun_clone(x);
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_exp));
    lun_call_input(&c, lun_transpose(y, 0, 1));
    c.inplace = true;
    ok(lun_apply1(&c) && same_bits(lun_exp(x), y), "in place, through a transposed view");
}

int main(void)
{
    if (!ok(lun_start(), "start")) {
        return done_testing();
    }
    for (int id = 0; id < lun_op_count(); id++) {
        const lun_op *op = lun_op_at(id);
        if (op->family == LUN_FAMILY_OP) {
            continue;
        }
        size_t mark = lun_scope_mark();
        for (lun_dtype t = 0; t < LUN_C64; t++) {
            bool half = t == LUN_F16 || t == LUN_BF16;
            if (class_allows(op, t) && !(half && op->id == LUN_OP_nextafter) && op->id != LUN_OP_polygamma_both) {
                check_row(op, t);
            }
        }
        if (op->family != LUN_FAMILY_COMPARE && op->dtypes != LUN_CLASS_I && !(op->flags & LUN_OP_NO_GRAD)) {
            check_gradient(op);
        }
        lun_scope_drain(mark);
    }
    check_integers();
    check_where();
    check_threads();
    return done_testing();
}
