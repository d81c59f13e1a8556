/* math.c - rules of the elementwise rows
 *
 * Formula rows have one gradient function for all: the fused kernel, or, when the backward pass is itself recorded, the
 * derivative's text as an expression that can be differentiated again (core/expression.c).
 * Read next: core/ops/math.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/math.h"

#include "core/context.h"
#include "core/expression.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

bool lun_infer_compare(lun_call *c)
{
    if (!lun_infer_broadcast(c)) return false;
    c->out_spec[0].dtype = LUN_BOOL;
    return true;
}

bool lun_infer_as_bool(lun_call *c)
{
    lun_result(c, 0, LUN_BOOL, c->in[0]->ndim, c->in[0]->dims);
    return true;
}

bool lun_infer_where(lun_call *c)
{
    if (c->in[0]->dtype != LUN_BOOL)
        return lun_fail(LUN_E_DTYPE, "use a comparison such as x:gt(0), or c:bool()", "the condition must be bool, got %s",
                        lun_dtypes[c->in[0]->dtype].name), false;
    if (!lun_infer_broadcast(c)) return false;
    c->out_spec[0].dtype = (lun_dtype)c->in[1]->dtype;
    return true;
}

/* g * derivative, by the fused kernel. `which` is the argument of a binary row. */
static lun_tensor *fused(const lun_node *n, int which, lun_tensor *g, lun_tensor *x, lun_tensor *y, lun_tensor *z)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_row_gradient));
    lun_call_input(&c, g);
    lun_call_input(&c, x);
    lun_call_input(&c, y);
    lun_call_input(&c, z);
    lun_params_int(&c.params, n->op->id);
    lun_params_int(&c.params, which);
    for (int k = 0; k < n->params->count && k < 3; k++) lun_params_float(&c.params, lun_param_float(n->params, k, 0));
    return lun_apply1(&c);
}

void lun_vjp_unary(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_out(n, 0);
    if (lun_context_get()->create_graph && lun_wants(n, 0)) dx[0] = lun_row_gradient_graph(n->op, 0, g[0], x, y, n->params);
    else dx[0] = fused(n, 0, g[0], x, y, LUN_NONE);
}

void lun_vjp_binary(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_in(n, 1), *z = lun_saved_out(n, 0);
    for (int which = 0; which < 2; which++) {
        if (!lun_wants(n, which)) continue;
        if (lun_context_get()->create_graph) dx[which] = lun_row_gradient_graph(n->op, which, g[0], x, y, n->params);
        else dx[which] = fused(n, which, g[0], x, y, z);
    }
}

/* x to the power of a number: e x^(e-1), which for the usual exponents has quick kernels where the general formula has none. */
void lun_vjp_pow(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_in(n, 1);
    bool number = x && y && !lun_is_none(y) && (y->flags & LUN_NUMBER) && lun_get_complex(y, 0).im == 0;
    double e = number ? lun_get_double(y, 0) : 0;
    if (e == 0) {
        lun_vjp_binary(n, g, dx);
        return;
    }
    lun_tensor *slope = e == 1 ? LUN_NONE : e == 2 ? x : lun_pow(x, lun_tensor_number(e - 1, (lun_dtype)x->dtype));
    dx[0] = e == 1 ? g[0] : lun_mul(g[0], lun_conj(lun_mul_number(slope, e)));
    dx[1] = LUN_NONE;
}

void lun_vjp_add(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = dx[1] = g[0];
}

void lun_vjp_sub(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = g[0];
    dx[1] = lun_wants(n, 1) ? lun_neg(g[0]) : LUN_NONE;
}

void lun_vjp_mul(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_wants(n, 0) ? lun_mul(g[0], lun_conj(lun_saved_in(n, 1))) : LUN_NONE;
    dx[1] = lun_wants(n, 1) ? lun_mul(g[0], lun_conj(lun_saved_in(n, 0))) : LUN_NONE;
}

void lun_vjp_div(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *y = lun_saved_in(n, 1), *over_y = lun_div(g[0], lun_conj(y));
    dx[0] = over_y;
    dx[1] = lun_wants(n, 1) ? lun_neg(lun_mul(over_y, lun_conj(lun_div(lun_saved_in(n, 0), y)))) : LUN_NONE;
}

void lun_vjp_where(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *condition = lun_saved_in(n, 0), *zero = lun_number(0);
    dx[1] = lun_wants(n, 1) ? lun_where(condition, g[0], zero) : LUN_NONE;
    dx[2] = lun_wants(n, 2) ? lun_where(condition, zero, g[0]) : LUN_NONE;
}
