/* index_order.c - rules of sorting and of running totals. Read next: kernels/cpu/sort.c, kernels/cpu/scan.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

bool lun_infer_sort(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (lun_param_dim(c, 0, x->ndim) < 0) return false;
    lun_result_like(c, 0, x);
    lun_result(c, 1, LUN_I64, x->ndim, x->dims);
    return true;
}

bool lun_infer_topk(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int dim = lun_param_dim(c, 1, x->ndim);
    int64_t k = lun_param_int(&c->params, 0, 0), dims[LUN_MAX_DIMS], length = x->ndim && dim >= 0 ? x->dims[dim] : 1;
    if (dim < 0) return false;
    if (k < (x->ndim == 0) || k > length) /* the result of a number is a number: it has one element */
        return lun_fail(LUN_E_ARGUMENT, "a smaller k, or another dim", "%lld elements asked for, dim %d has %lld", (long long)k,
                        dim + 1, (long long)length), false;
    memcpy(dims, x->dims, sizeof dims);
    dims[dim] = k;
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim, dims);
    lun_result(c, 1, LUN_I64, x->ndim, dims);
    return true;
}

/* sort and topk: each result goes back to where it came from; no place is named twice. */
void lun_vjp_sort(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    int64_t dim = lun_param_int(n->params, n->op->id == LUN_OP_topk ? 1 : 0, -1);
    if (lun_is_none(g[0])) return;
    lun_tensor *zeros = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
    dx[0] = lun_scatter_along(zeros, dim, lun_saved_out(n, 1), g[0]);
}

bool lun_compose_argsort(lun_call *c)
{
    lun_call sort;
    lun_call_begin(&sort, lun_op_at(LUN_OP_sort));
    lun_call_input(&sort, lun_detach(c->in[0]));
    lun_params_int(&sort.params, lun_param_int(&c->params, 0, -1));
    lun_params_bool(&sort.params, lun_param_bool(&c->params, 1, false));
    return lun_apply(&sort) && lun_composed(c, sort.out[1]);
}

bool lun_infer_cumulative(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_dtype wanted = lun_dtype_has_gradient((lun_dtype)x->dtype) ? (lun_dtype)x->dtype : LUN_I64;
    if (lun_param_dim(c, 0, x->ndim) < 0) return false;
    lun_result(c, 0, lun_param_dtype(&c->params, 1, wanted), x->ndim, x->dims);
    if (c->out_spec[0].dtype == LUN_BOOL) c->in[0] = lun_to_dtype(c->in[0], LUN_BOOL); /* truth values are added, not numbers cut to whole ones */
    return c->in[0] != NULL;
}

lun_tensor *lun_cumsum(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_cumsum, x, 1, &dim); }
lun_tensor *lun_cumprod(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_cumprod, x, 1, &dim); }

/* Sums from each position to the end. */
static lun_tensor *sums_to_end(lun_tensor *x, int64_t dim) { return lun_flip(lun_cumsum(lun_flip(x, dim), dim), dim); }

void lun_vjp_cumsum(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = sums_to_end(g[0], lun_param_int(n->params, 0, 0));
}

/* d(sum g y)/dx_i = sum over k >= i of g_k y_k / x_i where x_i is not 0. Behind the first zero of a line all y are 0 and so is the
 * gradient; at it, the products are taken with 1 in its place. */
void lun_vjp_cumprod(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_param_int(n->params, 0, 0);
    lun_tensor *x = lun_to_dtype(lun_saved_in(n, 0), n->out_spec[0].dtype), *y = lun_saved_out(n, 0);
    lun_tensor *zero = lun_eq(x, lun_tensor_integer(0));
    lun_tensor *first = lun_logical_and(zero, lun_eq(lun_cumsum(zero, dim), lun_tensor_integer(1)));
    lun_tensor *away = lun_div(sums_to_end(lun_mul(g[0], lun_conj(y)), dim), lun_conj(lun_masked_fill(x, zero, 1)));
    lun_tensor *at_first = sums_to_end(lun_mul(g[0], lun_conj(lun_cumprod(lun_masked_fill(x, first, 1), dim))), dim);
    dx[0] = lun_where(first, at_first, away);
}
