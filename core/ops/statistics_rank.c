/* statistics_rank.c - rules of reductions by rank: median, kthvalue, mode, quantile
 *
 * The first three pick an element, so the gradient goes to its place; without a dim, equal elements share it. A quantile is a sort and
 * a walk between two neighbours, made of ordinary ops. Read next: kernels/cpu/rank.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/ops/statistics.h"
#include "core/tape.h"

#include <string.h>

/* Values and positions, with dim folded. */
static bool picked_specs(lun_call *c, int dim, bool keepdim)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS];
    int n = 0;
    for (int d = 0; d < x->ndim; d++)
        if (d != dim) dims[n++] = x->dims[d];
        else if (keepdim) dims[n++] = 1;
    if (x->ndim && x->dims[dim] == 0)
        return lun_fail(LUN_E_SHAPE, "test x:numel() first", "dim %d is empty, there is no value to take", dim + 1), false;
    lun_result(c, 0, (lun_dtype)x->dtype, n, dims);
    lun_result(c, 1, LUN_I64, n, dims);
    return true;
}

bool lun_infer_median(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (lun_param_given(&c->params, 0)) {
        int dim = lun_param_dim(c, 0, x->ndim);
        return dim >= 0 && picked_specs(c, dim, lun_param_bool(&c->params, 1, false));
    }
    int64_t ones[LUN_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1};
    if (!x->numel && !lun_dtype_is_float((lun_dtype)x->dtype))
        return lun_fail(LUN_E_SHAPE, "test x:numel() first", "the median of no whole numbers does not exist"), false;
    lun_result(c, 0, (lun_dtype)x->dtype, lun_param_bool(&c->params, 1, false) ? x->ndim : 0, ones);
    return true;
}

bool lun_infer_kthvalue(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int dim = lun_param_dim(c, 1, x->ndim);
    int64_t k = lun_param_int(&c->params, 0, 1), n = x->ndim && dim >= 0 ? x->dims[dim] : 1;
    if (dim < 0) return false;
    if (k < 1 || k > n)
        return lun_fail(LUN_E_ARGUMENT, "1 is the smallest", "k = %lld is outside 1..%lld", (long long)k, (long long)n), false;
    return picked_specs(c, dim, lun_param_bool(&c->params, 2, false));
}

bool lun_infer_mode(lun_call *c)
{
    int dim = lun_param_dim(c, 0, c->in[0]->ndim);
    return dim >= 0 && picked_specs(c, dim, lun_param_bool(&c->params, 1, false));
}

/* ---- gradients ---- */

static lun_tensor *to_places(const lun_node *n, lun_tensor *g, int64_t dim, bool keepdim)
{
    const lun_spec *s = &n->in_spec[0];
    if (s->ndim == 0) return g;
    dim = lun_dim_normalize(dim, s->ndim);
    lun_tensor *zeros = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g)), *at = lun_saved_out(n, 1);
    return lun_scatter_add(zeros, dim, keepdim ? at : lun_unsqueeze(at, dim), keepdim ? g : lun_unsqueeze(g, dim));
}

void lun_vjp_picked(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int k = n->op->id == LUN_OP_kthvalue;
    if (!lun_is_none(g[0])) dx[0] = to_places(n, g[0], lun_param_int(n->params, k, -1), lun_param_bool(n->params, k + 1, false));
}

void lun_vjp_median(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    if (lun_param_given(n->params, 0)) {
        dx[0] = to_places(n, g[0], lun_param_int(n->params, 0, 0), lun_param_bool(n->params, 1, false));
        return;
    }
    lun_tensor *x = lun_detach(lun_saved_in(n, 0)), *y = lun_detach(lun_saved_out(n, 0));
    lun_tensor *both = lun_logical_and(lun_call1(LUN_OP_isnan, x), lun_call1(LUN_OP_isnan, y));
    lun_tensor *hit = lun_to_dtype(lun_logical_or(lun_eq(x, y), both), n->in_spec[0].dtype);
    dx[0] = lun_mul(g[0], lun_div(hit, lun_sum(hit, 0, NULL, false)));
}

/* ---- quantile ---- */

static const char *const modes[] = {"linear", "lower", "higher", "midpoint", "nearest"};
enum { LINEAR, LOWER, HIGHER, MIDPOINT, NEAREST, MODES };

static int mode_of(const lun_call *c)
{
    const char *name = lun_param_string(&c->params, 2, "linear");
    int mode = 0;
    while (mode < MODES && strcmp(name, modes[mode])) mode++;
    if (mode < MODES) return mode;
    lun_fail(LUN_E_ARGUMENT, "\"linear\", \"lower\", \"higher\", \"midpoint\" or \"nearest\"", "no interpolation \"%s\"", name);
    return -1;
}

/* q as a vector of x's dtype, checked. */
static lun_tensor *shares(const lun_tensor *x, lun_tensor *q)
{
    if (q->ndim > 1) return lun_fail(LUN_E_SHAPE, "q:flatten()", "q must be a number or a vector, it has %d dims", q->ndim);
    if (!(q->flags & LUN_NUMBER) && q->dtype != x->dtype)
        return lun_fail(LUN_E_DTYPE, "q:to(x.dtype)", "q must have x's dtype %s, got %s", lun_dtypes[x->dtype].name, lun_dtypes[q->dtype].name);
    for (int64_t i = 0; !lun_is_hollow(q) && i < q->numel; i++)
        if (!(lun_get_double(q, i) >= 0 && lun_get_double(q, i) <= 1))
            return lun_fail(LUN_E_ARGUMENT, "shares from 0 to 1", "q must lie in 0..1, got %g", lun_get_double(q, i));
    return lun_reshape(lun_to_dtype(q, (lun_dtype)x->dtype), 1, &q->numel);
}

/* Where the shares lie among the sorted values: [..., number of shares], counted from 0. */
static lun_tensor *ranks_of(lun_tensor *sorted, lun_tensor *q, bool skips)
{
    int64_t last = -1;
    double n = (double)sorted->dims[sorted->ndim - 1];
    lun_tensor *nan = lun_call1(LUN_OP_isnan, lun_detach(sorted)), *count = lun_to_dtype(lun_sum(nan, 1, &last, true), (lun_dtype)sorted->dtype);
    if (!skips) return lun_where(lun_gt(count, lun_tensor_integer(0)), lun_number(n - 1), lun_mul_number(q, n - 1));
    lun_tensor *rank = lun_mul(q, lun_add_number(lun_neg(count), n - 1));
    return lun_where(lun_lt(rank, lun_tensor_integer(0)), lun_zeros_like(rank), rank);
}

static lun_tensor *at_rank(lun_tensor *sorted, lun_tensor *rank)
{
    return lun_gather_along(sorted, -1, lun_add(lun_to_dtype(lun_detach(rank), LUN_I64), lun_tensor_integer(1)));
}

/* PyTorch's lerp: from the nearer end. */
static lun_tensor *between(lun_tensor *a, lun_tensor *b, lun_tensor *w)
{
    lun_tensor *step = lun_sub(b, a), *half = lun_number(0.5);
    lun_tensor *back = lun_sub(b, lun_mul(step, lun_add_number(lun_neg(w), 1)));
    return lun_where(lun_lt(w, half), lun_add(a, lun_mul(w, step)), back);
}

static lun_tensor *interpolated(lun_tensor *sorted, lun_tensor *rank, int mode)
{
    if (!sorted || !rank) return NULL;
    if (mode == LOWER) return at_rank(sorted, lun_floor(rank));
    if (mode == HIGHER) return at_rank(sorted, lun_ceil(rank));
    if (mode == NEAREST) return at_rank(sorted, lun_call1(LUN_OP_round, rank));
    lun_tensor *below = lun_floor(lun_detach(rank)), *w = lun_sub(rank, below);
    if (mode == MIDPOINT) w = lun_full(rank->ndim, rank->dims, 0.5, (lun_dtype)rank->dtype, lun_tensor_device(rank));
    return between(at_rank(sorted, below), at_rank(sorted, lun_ceil(rank)), w);
}

bool lun_compose_quantile(lun_call *c)
{
    lun_tensor *x = c->in[0], *q = shares(x, c->in[1]);
    bool keepdim = lun_param_bool(&c->params, 1, false), flat = !lun_param_given(&c->params, 0);
    int mode = mode_of(c), dim = flat ? 0 : lun_param_dim(c, 0, x->ndim), ndim = x->ndim;
    if (!q || mode < 0 || dim < 0) return false;
    if (flat || !ndim) x = lun_flat(x);
    if (!x || x->dims[dim] == 0) return x && lun_fail(LUN_E_SHAPE, "test x:numel() first", "dim %d is empty, there is no value to take", dim + 1);
    int64_t order[LUN_MAX_DIMS], count = 0;
    for (int d = 0; d < x->ndim; d++)
        if (d != dim) order[count++] = d;
    order[count] = dim;
    lun_tensor *sorted = lun_sort(lun_permute(x, x->ndim, order), -1);
    lun_tensor *y = interpolated(sorted, sorted ? ranks_of(sorted, q, c->op->id == LUN_OP_nanquantile) : NULL, mode);
    for (int d = 0; y && d < y->ndim; d++) order[d] = d ? d - 1 : y->ndim - 1; /* the shares come first */
    y = y ? lun_permute(y, y->ndim, order) : NULL;
    for (int d = 0; keepdim && d < (flat ? ndim : ndim > 0); d++) y = lun_unsqueeze(y, 1 + (flat ? 0 : dim));
    return lun_composed(c, c->in[1]->ndim ? y : lun_select(y, 0, 0));
}
