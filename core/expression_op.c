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

/* The derivative, with attributes as numbers, and with z (a two-argument row's result) by its formula. */
static int derivative_formula(const lun_op *row, int which, const lun_params *p)
{
    int with[LUN_NAME_COUNT] = {0};
    for (int k = 0; k < 3 && k < p->count; k++) with[LUN_NAME_p0 + k] = lun_term_number(lun_param_float(p, k, 0));
    if (row->family == LUN_FAMILY_BINARY) with[LUN_NAME_z] = lun_expression_replace(lun_expression_read(row->formula), with);
    return lun_expression_replace(lun_expression_read(which ? row->dy : row->dx), with);
}

/* ---- complex numbers: the formula's operations one by one, as ops ---- */

typedef struct operands {
    lun_tensor *const *inputs;
    int n, id[64]; /* terms that are computed */
    lun_tensor *value[64];
} operands;

static lun_tensor *by_ops(operands *o, int id);

static lun_tensor *compute(operands *o, const lun_term *t)
{
    lun_tensor *v[3] = {NULL};
    if (t->kind == LUN_TERM_NUMBER) return lun_tensor_number(t->value, LUN_F64);
    if (t->kind == LUN_TERM_NAME) return o->inputs[t->what];
    for (int k = 0; k < lun_term_arity(t); k++)
        if (!(v[k] = by_ops(o, t->arg[k]))) return NULL;
    switch ((lun_term_kind)t->kind) {
    case LUN_TERM_NEGATE: return lun_neg(v[0]);
    case LUN_TERM_NOT: return lun_call1(LUN_OP_logical_not, v[0]);
    case LUN_TERM_OR: return lun_logical_or(v[0], v[1]);
    case LUN_TERM_AND: return lun_logical_and(v[0], v[1]);
    case LUN_TERM_EQ: return lun_eq(v[0], v[1]);
    case LUN_TERM_NE: return lun_ne(v[0], v[1]);
    case LUN_TERM_ADD: return lun_add(v[0], v[1]);
    case LUN_TERM_SUB: return lun_sub(v[0], v[1]);
    case LUN_TERM_MUL: return lun_mul(v[0], v[1]);
    case LUN_TERM_DIV: return lun_div(v[0], v[1]);
    case LUN_TERM_CHOOSE: return lun_where(v[0], v[1], v[2]);
    case LUN_TERM_CALL: break;
    default: return lun_fail(LUN_E_GRADIENT, NULL, "complex numbers have no order, which this derivative asks for");
    }
    const lun_op *row = lun_function_row((lun_function)t->what, v[1] != NULL);
    if (!row) return NULL;
    return v[1] ? lun_call2((lun_op_id)row->id, v[0], v[1]) : lun_call1((lun_op_id)row->id, v[0]);
}

static lun_tensor *by_ops(operands *o, int id)
{
    for (int k = 0; k < o->n; k++)
        if (o->id[k] == id) return o->value[k];
    lun_tensor *x = id ? compute(o, lun_term_get(id)) : NULL;
    if (x && o->n < 64) {
        o->id[o->n] = id;
        o->value[o->n++] = x;
    }
    return x;
}

lun_tensor *lun_row_gradient_graph(const lun_op *row, int which, lun_tensor *g, lun_tensor *x, lun_tensor *y,
                                   const lun_params *p)
{
    if (!g || !x || !y) return NULL;
    int slope = derivative_formula(row, which, p), formula = lun_term_simple(LUN_TERM_MUL, lun_term_name(LUN_NAME_g), slope, 0);
    lun_tensor *inputs[3] = {x, y, g};
    operands o = {.inputs = inputs};
    static const lun_name named[2] = {LUN_NAME_x, LUN_NAME_y};
    for (int i = 0; i < 2; i++) {
        bool mentioned = lun_expression_mentions(formula, named[i]);
        if (mentioned && lun_is_none(inputs[i]))
            return lun_fail(LUN_E_INTERNAL, NULL, "row %s: the derivative reads a value that was not saved", row->name);
        if (!mentioned) inputs[i] = LUN_NONE;
    }
    if (lun_dtype_is_complex((lun_dtype)g->dtype)) return lun_mul(g, lun_conj(by_ops(&o, slope)));
    return lun_expression_apply(formula, 3, inputs);
}
