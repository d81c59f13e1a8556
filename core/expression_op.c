/* expression_op.c - formulas over tensors: the op `expression`, its gradient, and the bridge from the rows of the table
 *
 * The gradient of a formula is an expression again, so any number of derivatives can be taken. A row's own gradient is fused
 * (row_gradient) until somebody asks for a graph of it; then it becomes the expression made here.
 * Holds: an input that the formula does not mention is LUN_NONE and is not saved. Read next: kernels/cpu/expression.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/backward.h"
#include "core/error.h"
#include "core/expression.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/math.h"
#include "core/tape.h"

bool lun_infer_expression(lun_call *c)
{
    lun_dtype dtype = LUN_DTYPE_NONE;
    int ndim = 0;
    int64_t dims[LUN_MAX_DIMS];
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (lun_is_none(x)) continue;
        if (!lun_dtype_is_float((lun_dtype)x->dtype))
            return lun_fail(LUN_E_DTYPE, "x:float() converts to float32", "a formula needs floats, got %s",
                            lun_dtypes[x->dtype].name), false;
        dtype = dtype == LUN_DTYPE_NONE ? (lun_dtype)x->dtype : lun_dtype_promote(dtype, (lun_dtype)x->dtype);
        if (!lun_shape_broadcast(ndim, dims, x->ndim, x->dims, &ndim, dims)) return false;
    }
    if (dtype == LUN_DTYPE_NONE || c->n_in > LUN_EXPRESSION_INPUTS)
        return lun_fail(LUN_E_ARGUMENT, NULL, "a formula takes one to %d tensors", LUN_EXPRESSION_INPUTS), false;
    lun_result(c, 0, dtype, ndim, dims);
    return true;
}

lun_tensor *lun_expression_apply(int formula, int n, lun_tensor **inputs)
{
    lun_call c;
    if (!formula) return NULL;
    lun_call_begin(&c, lun_op_at(LUN_OP_expression));
    for (int i = 0; i < n; i++) lun_call_input(&c, inputs[i]);
    lun_params_int(&c.params, formula);
    return lun_apply1(&c);
}

void lun_vjp_expression(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int formula = (int)lun_param_int(n->params, 0, 0);
    lun_tensor *inputs[LUN_EXPRESSION_INPUTS];
    for (int i = 0; i < n->n_in; i++) inputs[i] = lun_saved_in(n, i);
    for (int i = 0; i < n->n_in; i++) {
        if (!lun_wants(n, i)) continue;
        int d = lun_expression_derivative(formula, (lun_name)i);
        dx[i] = lun_sum_to(lun_mul(g[0], lun_expression_apply(d, n->n_in, inputs)), n->in_spec[i].ndim, n->in_spec[i].dims);
    }
}

/* g * derivative, with attributes as numbers, and with z (a two-argument row's result) by its formula. */
static int gradient_formula(const lun_op *row, int which, const lun_params *p)
{
    int with[LUN_NAME_COUNT] = {0};
    for (int k = 0; k < 3 && k < p->count; k++) with[LUN_NAME_p0 + k] = lun_term_number(lun_param_float(p, k, 0));
    if (row->family == LUN_FAMILY_BINARY) with[LUN_NAME_z] = lun_expression_replace(lun_expression_read(row->formula), with);
    int d = lun_expression_replace(lun_expression_read(which ? row->dy : row->dx), with);
    return lun_term_simple(LUN_TERM_MUL, lun_term_name(LUN_NAME_g), d, 0);
}

lun_tensor *lun_row_gradient_graph(const lun_op *row, int which, lun_tensor *g, lun_tensor *x, lun_tensor *y,
                                   const lun_params *p)
{
    if (!g || !x || !y) return NULL;
    int formula = gradient_formula(row, which, p);
    lun_tensor *inputs[3] = {x, y, g};
    static const lun_name named[2] = {LUN_NAME_x, LUN_NAME_y};
    for (int i = 0; i < 2; i++) {
        bool mentioned = lun_expression_mentions(formula, named[i]);
        if (mentioned && lun_is_none(inputs[i]))
            return lun_fail(LUN_E_INTERNAL, NULL, "row %s: the derivative reads a value that was not saved", row->name);
        if (!mentioned) inputs[i] = LUN_NONE;
    }
    return lun_expression_apply(formula, 3, inputs);
}
