/* expression.c - formulas: read, printed, differentiated, and the rows' derivatives against what the reader makes of their formulas
 *
 * Holds: every UNARY and BINARY row of floats is tried, so a new row with a wrong derivative fails here.
 * Read next: core/expression.h. SPDX-License-Identifier: MIT
 */
#include "core/expression.h"
#include "core/expression_program.h"
#include "core/lun.h"
#include "core/ops/math.h"
#include "core/ops/pointwise.h"
#include "kernels/cpu/expression.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static int parsed(const char *text) { return lun_expression_read(text); }

static double at(int id, double x, double y)
{
    double names[LUN_NAME_COUNT] = {[LUN_NAME_x] = x, [LUN_NAME_y] = y, [LUN_NAME_p0] = 0.75, [LUN_NAME_p1] = 1.5};
    return lun_expression_value(id, names);
}

static void reading(void)
{
    ok(parsed("x * (K(1) + y)") == parsed("x*(K(1)+y)"), "equal texts have one id, whatever the spaces");
    ok(parsed("x + y") != parsed("y + x"), "different ones do not");
    near(at(parsed("x - y - K(1)"), 5, 2), 2, 0, "minus goes from left to right");
    near(at(parsed("x + y * K(3) / K(2)"), 1, 4), 7, 0, "products bind tighter");
    near(at(parsed("-x * y"), 3, 2), -6, 0, "a sign binds tightest");
    near(at(parsed("x < y && !(y < K(0)) ? x : K(9)"), 1, 2), 1, 0, "conditions");
    near(at(parsed("(x > K(0)) ? K(1) : (x < K(0)) ? K(-1) : K(0)"), -3, 0), -1, 0, "a choice in a choice");
    near(at(parsed("floormod(x, y) + floordiv(x, y) * y"), -7.5, 2), -7.5, 1e-15, "functions of two arguments");
    static const char *const bad[] = {"x +", "(x", "foo(x)", "w", "pow(x)", "x ? y", "K(x)", "x y", "", "x & y"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ok(!parsed(bad[i]) && lun_failed(), "\"%s\" is refused: %s", bad[i], lun_error_get()->message);
        lun_error_clear();
    }
}

static void writing(void)
{
    static const char *const texts[] = {"x - (y - K(1))", "(x + y) * x", "-(-x)", "x / (y * x)", "!(x < y) || x == y", "K(1e-300) * x",
                                        "K(0.1) + K(-0.1)", "x < K(0) ? pow(x, y) : (y < x ? x : y)", "(x < y ? x : y) + K(1)", "K(inf) * x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char buffer[200];
        int id = parsed(texts[i]);
        ok(id && parsed(lun_expression_text(id, buffer, sizeof buffer)) == id, "\"%s\" is written as \"%s\", which is the same", texts[i], buffer);
    }
    char small[6];
    is_string(lun_expression_text(parsed("x + y + x"), small, sizeof small), "x + y", "a text that does not fit is cut off");
}

static void simplifying(void)
{
    char buffer[200];
    static const struct { const char *formula, *derivative; } pairs[] = {
        {"x", "K(1)"}, {"y", "K(0)"}, {"K(3) * x", "K(3)"}, {"x * x", "x + x"}, {"exp(x)", "exp(x)"}, {"exp(y)", "K(0)"},
        {"x < y ? x : K(2)", "x < y ? K(1) : K(0)"}, {"x < y ? K(1) : K(2)", "K(0)"}, {"pow(x, K(2))", "K(2) * x"}, {"-x", "K(-1)"},
        {"y - x", "K(-1)"}, {"floor(x)", "K(0)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int d = lun_expression_derivative(parsed(pairs[i].formula), LUN_NAME_x);
        is_string(lun_expression_text(d, buffer, sizeof buffer), pairs[i].derivative, "the derivative of %s", pairs[i].formula);
    }
    /* log(x) is -inf and 1/x inf at 0: only the branch taken may count */
    int safe = lun_expression_derivative(parsed("x > K(0) ? log(x) : K(0) - x"), LUN_NAME_x);
    near(at(safe, 0, 0), -1, 0, "the branch not taken leaves no trace");
    ok(!lun_expression_derivative(parsed("cbrt(x)"), LUN_NAME_x) && lun_failed(), "a function no row differentiates is an error");
    lun_error_clear();
}

/* ---- the rows ---- */

/* Inside every row's domain, off ties and kinks. */
static const double points[] = {0.11, 0.31, 0.53, 0.77, 0.93};
static const double others[] = {0.23, 0.71, 0.47, 0.9, 0.37};
enum { POINTS = sizeof points / sizeof *points };

static double largest(double a, double b) { return a > b ? a : b; }

/* d with z (or, of one argument, y) exchanged for the formula. */
static int closed(const lun_op *row, const char *derivative, int formula)
{
    int with[LUN_NAME_COUNT] = {0};
    with[row->family == LUN_FAMILY_UNARY ? LUN_NAME_y : LUN_NAME_z] = formula;
    return lun_expression_replace(lun_expression_read(derivative), with);
}

/* Largest relative difference of two formulas over the points, mirrored too where both are finite there. */
static double difference(int a, int b, bool mirrored)
{
    double most = 0;
    for (int i = 0; i < POINTS; i++)
        for (int sign = 1; sign >= (mirrored ? -1 : 1); sign -= 2) {
            double u = at(a, sign * points[i], others[i]), v = at(b, sign * points[i], others[i]);
            if (isfinite(u) && isfinite(v)) most = largest(most, fabs(u - v) / largest(1, fabs(v)));
            else if (sign > 0 && !(isnan(u) && isnan(v)) && u != v) return INFINITY; /* outside a row's domain both are NaN */
        }
    return most;
}

/* How far dd is from the slope of d, a central difference. */
static double off_slope(int d, int dd, bool second)
{
    double most = 0, h = 1e-5;
    for (int i = 0; i < POINTS; i++) {
        double x = points[i], y = others[i];
        double slope = second ? (at(d, x, y + h) - at(d, x, y - h)) / (2 * h) : (at(d, x + h, y) - at(d, x - h, y)) / (2 * h);
        double v = at(dd, x, y);
        if (isnan(slope) && isnan(v)) continue;
        most = largest(most, fabs(slope - v) / largest(1, fabs(v)));
    }
    return most;
}

static void check_row(const lun_op *row, const char *text, lun_name name)
{
    int formula = lun_expression_read(row->formula), stated = closed(row, text, formula);
    int derived = lun_expression_derivative(formula, name), second = lun_expression_derivative(stated, name);
    if (!derived && lun_failed()) { /* lgamma and the like: their own row would have to be asked */
        skip("%s: %s", row->name, lun_error_get()->message);
        lun_error_clear();
        return;
    }
    bool mirrored = strcmp(row->name, "pow") != 0; /* log of a negative base is NaN */
    ok(stated && difference(derived, stated, mirrored) < 1e-9, "%s: the derivative in the table is that of its formula (%g)", row->name,
       difference(derived, stated, mirrored));
    ok(off_slope(formula, stated, name == LUN_NAME_y) < 1e-6, "%s: it agrees with differences (%g)", row->name,
       off_slope(formula, stated, name == LUN_NAME_y)); /* a row that is one function defines what the reader derives */
    ok(second && off_slope(stated, second, name == LUN_NAME_y) < 1e-5, "%s: its second derivative agrees with differences (%g)", row->name,
       off_slope(stated, second, name == LUN_NAME_y));
}

static void rows(void)
{
    for (int id = 0; id < lun_op_count(); id++) {
        const lun_op *row = lun_op_at(id);
        if (row->family > LUN_FAMILY_BINARY || row->dtypes == LUN_CLASS_I || (row->flags & LUN_OP_NO_GRAD)) continue;
        if (strstr(row->formula, "polygamma(") || strstr(row->formula, "zeta(")) continue; /* an order is no real number; t/ops.lua has them */
        if ((row->flags & LUN_OP_HIDDEN) && row->vjp != lun_vjp_binary && row->vjp != lun_vjp_unary) continue; /* its own gradient; t/ops.lua */
        if (row->vjp == lun_vjp_second_only) { /* the first derivative is not there, and asking for it an error */
            check_row(row, row->dy, LUN_NAME_y);
            continue;
        }
        check_row(row, row->dx, LUN_NAME_x);
        if (row->family == LUN_FAMILY_BINARY) check_row(row, row->dy, LUN_NAME_y);
    }
}

/* ---- the op ---- */

static void functions_have_loops(void)
{
    int missing = 0;
    for (int f = 0; f < LUN_FUNCTION_COUNT; f++)
        missing += !LUN_BY_ISA(lun_blocks_f32).function[f] + !LUN_BY_ISA(lun_blocks_f64).function[f];
    is_int(missing, 0, "every function has loops for float and double");
    for (int k = LUN_TERM_NAME; k < LUN_TERM_CALL; k++)
        missing += !LUN_BY_ISA(lun_blocks_f32).operation[k] + !LUN_BY_ISA(lun_blocks_f64).operation[k];
    is_int(missing, 0, "and every operation");
}

static lun_tensor *ramp(lun_dtype t, int ndim, const int64_t *dims, double from, double step)
{
    lun_tensor *x = lun_tensor_empty(t, ndim, dims, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0; x && i < x->numel; i++) lun_set_double(x, i, from + step * (double)i);
    return x;
}

static void tensors(lun_dtype t, double tolerance)
{
    int id = parsed("x < y ? exp(x) * (y + K(2)) : erf(x) - y / g");
    const int64_t rows = 37, columns = 91;
    lun_tensor *x = lun_transpose(ramp(t, 2, (int64_t[]){columns, rows}, -1, 0.0005), 0, 1); /* strided, 3367 elements: several blocks */
    lun_tensor *y = ramp(t, 1, (int64_t[]){columns}, -0.5, 0.02), *g = ramp(t, 0, NULL, 1.25, 0);
    lun_tensor *out = lun_expression_apply(id, 3, (lun_tensor *[]){x, y, g});
    if (!ok(out && out->ndim == 2 && out->dims[0] == rows && out->dims[1] == columns, "%s: a formula broadcasts", lun_dtypes[t].name)) return;
    double most = 0;
    for (int64_t i = 0; i < out->numel; i++) {
        double names[LUN_NAME_COUNT] = {lun_get_double(x, i), lun_get_double(y, i % columns), 1.25};
        double want = lun_expression_value(id, names);
        most = largest(most, fabs(lun_get_double(out, i) - want) / largest(1, fabs(want)));
    }
    ok(most <= tolerance, "%s: and is computed right (%g)", lun_dtypes[t].name, most);
}

static void op(void)
{
    tensors(LUN_F32, 1e-6);
    tensors(LUN_F64, 1e-14);
    tensors(LUN_F16, 2e-3);
    tensors(LUN_BF16, 1e-2);
    lun_tensor *x = ramp(LUN_F32, 1, (int64_t[]){3}, 1, 1), *none = LUN_NONE;
    lun_tensor *same = lun_expression_apply(parsed("x"), 1, &x), *two = lun_expression_apply(parsed("K(2)"), 1, &x);
    near(lun_get_double(same, 2), 3, 0, "a name alone is a copy");
    near(lun_get_double(two, 2), 2, 0, "a number alone fills the shape of the inputs");
    ok(!lun_expression_apply(parsed("x"), 1, &none) && lun_failed(), "without a tensor there is no shape: an error");
    lun_error_clear();
}

/* d^n/dx^n of a row at 0.4 through the graph, each time by create_graph. */
static double nth(lun_op_id id, int n, double at_x)
{
    lun_tensor *x = lun_tensor_copy_of(&at_x, LUN_F64, 0, NULL), *none = LUN_NONE;
    lun_set_requires_grad(x, true);
    lun_tensor *y = lun_call1(id, x);
    for (int i = 0; i < n; i++) {
        lun_tensor *g;
        if (!lun_gradients(1, &y, &none, 1, &x, &g, true, true, false)) return NAN;
        y = g;
    }
    return lun_get_double(y, 0);
}

static void higher_derivatives(void)
{
    near(nth(LUN_OP_exp, 4, 0.4), exp(0.4), 1e-12, "exp four times");
    near(nth(LUN_OP_sin, 3, 0.4), -cos(0.4), 1e-12, "sin three times");
    near(nth(LUN_OP_log, 3, 0.4), 2 / pow(0.4, 3), 1e-10, "log three times");
    double t = tanh(0.4);
    near(nth(LUN_OP_tanh, 2, 0.4), -2 * t * (1 - t * t), 1e-12, "tanh twice");
    near(nth(LUN_OP_sqrt, 2, 0.4), -0.25 * pow(0.4, -1.5), 1e-12, "sqrt twice");
    double phi = exp(-0.08) / sqrt(2 * 3.14159265358979324);
    near(nth(LUN_OP_gelu, 2, 0.4), phi * (2 - 0.16), 1e-12, "gelu twice");
    near(nth(LUN_OP_softplus, 2, 0.4), exp(-0.4) / pow(1 + exp(-0.4), 2), 1e-12, "softplus, which has attributes, twice");
    near(nth(LUN_OP_relu, 2, 0.4), 0, 0, "relu twice");
}

int main(void)
{
    if (!lun_start()) return 1;
    reading();
    writing();
    simplifying();
    rows();
    functions_have_loops();
    op();
    higher_derivatives();
    lun_scope_drain(0);
    ok(!lun_failed(), "no error is left over: %s", lun_error_get()->message);
    return done_testing();
}
