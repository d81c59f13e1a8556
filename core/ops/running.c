/* running.c - rules of running extremes, differences and integrals. Read next: kernels/cpu/running.c, core/ops/index_order.c (cumsum).
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/running.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

#include <float.h>

bool lun_infer_cumextreme(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (lun_param_dim(c, 0, x->ndim) < 0) return false;
    lun_result_like(c, 0, x);
    lun_result(c, 1, LUN_I64, x->ndim, x->dims);
    return true;
}

void lun_vjp_cumextreme(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    if (lun_is_none(g[0])) return;
    lun_tensor *zeros = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
    dx[0] = s->ndim ? lun_scatter_add(zeros, lun_param_int(n->params, 0, 0), lun_saved_out(n, 1), g[0]) : g[0];
}

bool lun_infer_logcumsumexp(lun_call *c) { return lun_param_dim(c, 0, c->in[0]->ndim) >= 0 && lun_infer_same(c); }

/* The logarithm of nothing, kept finite: an infinite one would make NaN of the second derivative. */
static const double lowest[LUN_DTYPE_COUNT] = {[LUN_F32] = -FLT_MAX, [LUN_F64] = -DBL_MAX, [LUN_F16] = -65504, [LUN_BF16] = -0x1.fep127};

/* exp(x_i) sum over k >= i of g_k exp(-y_k), for g of one sign, in logarithms so that nothing overflows. */
static lun_tensor *one_sign(lun_tensor *g, lun_tensor *x, lun_tensor *y, int64_t dim)
{
    lun_tensor *none = g ? lun_le(lun_detach(g), lun_tensor_integer(0)) : NULL;
    lun_tensor *logarithm = none ? lun_masked_fill(lun_log(lun_masked_fill(g, none, 1)), none, lowest[g->dtype]) : NULL;
    lun_tensor *from_end = lun_flip(lun_call_ints(LUN_OP_logcumsumexp, lun_flip(lun_sub(logarithm, y), dim), 1, &dim), dim);
    return lun_exp(lun_add(from_end, x));
}

void lun_vjp_logcumsumexp(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_param_int(n->params, 0, 0);
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_out(n, 0);
    if (!n->in_spec[0].ndim) dx[0] = g[0];
    else dx[0] = lun_sub(one_sign(g[0], x, y, dim), one_sign(lun_neg(g[0]), x, y, dim));
}

/* ---- diff ---- */

/* prepend, x, append as one. */
static lun_tensor *joined(lun_call *c, int dim)
{
    lun_tensor *list[3];
    int n = 0;
    if (!lun_is_none(c->in[1])) list[n++] = c->in[1];
    list[n++] = c->in[0];
    if (!lun_is_none(c->in[2])) list[n++] = c->in[2];
    for (int i = 0; i < n; i++)
        if (list[i]->ndim != c->in[0]->ndim)
            return lun_fail(LUN_E_SHAPE, "as many dims as x, and its sizes but for the dim", "prepend and append must have %d dims, got %d",
                            c->in[0]->ndim, list[i]->ndim);
    return n == 1 ? list[0] : lun_cat(n, list, dim);
}

bool lun_compose_diff(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t n = lun_param_int(&c->params, 0, 1);
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:reshape(1)", "a 0-d tensor has no neighbours"), false;
    int dim = lun_param_dim(c, 1, x->ndim);
    if (dim < 0) return false;
    if (n < 0) return lun_fail(LUN_E_ARGUMENT, "n = 1 or more", "differences cannot be taken %lld times", (long long)n), false;
    if (n && !(x = joined(c, dim))) return false;
    if (n > x->dims[dim]) n = x->dims[dim];
    for (int64_t k = 0; k < n && x && x->dims[dim]; k++) {
        int64_t length = x->dims[dim] - 1;
        lun_tensor *after = lun_narrow(x, dim, 1, length), *before = lun_narrow(x, dim, 0, length);
        x = x->dtype == LUN_BOOL ? lun_ne(after, before) : lun_sub(after, before);
    }
    return lun_composed(c, x == c->in[0] ? lun_clone(x) : x);
}

/* ---- integrals ---- */

/* The steps between the places x, which may be a vector for y's dim. */
static lun_tensor *steps(lun_tensor *x, const lun_tensor *y, int dim)
{
    int64_t own = x->ndim == 1 ? 0 : dim - (y->ndim - x->ndim);
    if (x->ndim == 0 || own < 0 || x->dims[own] != y->dims[dim])
        return lun_fail(LUN_E_SHAPE, "a place for each value of y along the dim", "x has no dim of %lld places, as y has along dim %d",
                        (long long)y->dims[dim], dim + 1);
    lun_tensor *d = lun_sub(lun_narrow(x, own, 1, x->dims[own] - 1), lun_narrow(x, own, 0, x->dims[own] - 1));
    if (!d || d->ndim != 1) return d;
    int64_t dims[LUN_MAX_DIMS];
    for (int k = 0; k < y->ndim; k++) dims[k] = k == dim ? d->numel : 1;
    return lun_reshape(d, y->ndim, dims);
}

bool lun_compose_trapezoid(lun_call *c)
{
    lun_tensor *y = c->in[0], *x = c->in[1];
    bool running = c->op->id == LUN_OP_cumulative_trapezoid;
    int dim = lun_param_dim(c, 1, y->ndim);
    if (dim < 0) return false;
    if (!y->ndim) return lun_fail(LUN_E_SHAPE, "x:reshape(1)", "a 0-d tensor has nothing to be integrated along"), false;
    if (!y->dims[dim]) { /* nothing there: no steps, no area */
        int64_t at = dim;
        if (running && !lun_is_none(x)) y = lun_to_dtype(y, lun_dtype_promote((lun_dtype)y->dtype, (lun_dtype)x->dtype));
        return lun_composed(c, running ? lun_mul_number(y, 0.5) : lun_to_dtype(lun_sum(y, 1, &at, false), (lun_dtype)y->dtype));
    }
    if (!running && lun_is_none(x)) { /* all of it, less half of both ends: whole numbers do not wrap */
        lun_tensor *ends = lun_mul_number(lun_add(lun_select(y, dim, 0), lun_select(y, dim, -1)), 0.5);
        return lun_composed(c, lun_mul_number(lun_sub(lun_sum_dim(y, dim, false), ends), lun_param_float(&c->params, 0, 1)));
    }
    lun_tensor *both = lun_add(lun_narrow(y, dim, 1, y->dims[dim] - 1), lun_narrow(y, dim, 0, y->dims[dim] - 1));
    lun_tensor *areas = lun_is_none(x) ? lun_mul_number(both, lun_param_float(&c->params, 0, 1)) : lun_mul(both, steps(x, y, dim));
    int at = areas ? dim + areas->ndim - y->ndim : dim;
    lun_tensor *total = running ? lun_cumsum(areas, at) : lun_sum_dim(areas, at, false);
    return lun_composed(c, lun_div(total, lun_number(2)));
}
