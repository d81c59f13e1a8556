/* index_write.c - rules of assignment: x[spec] = v, x[mask] = v, x[idx] = v
 *
 * Assignment is an in-place op on x itself, so that autograd sees it: what was overwritten gets no gradient, v gets the gradient of
 * the place it was written to. Read next: kernels/cpu/write.c. SPDX-License-Identifier: MIT
 */
#include "core/backward.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

/* Can v be broadcast to the place? (Leading dims of size 1 of v are no harm, as in PyTorch.) */
static bool fits(const lun_tensor *v, int ndim, const int64_t *dims)
{
    int n, skip = 0;
    int64_t both[LUN_MAX_DIMS];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    while (v->ndim - skip > ndim && v->dims[skip] == 1) skip++;
    if (lun_shape_broadcast(v->ndim - skip, v->dims + skip, ndim, dims, &n, both) && lun_shape_same(n, both, ndim, dims))
        return true;
    lun_error_clear();
    return lun_fail(LUN_E_SHAPE, "the value may be a number, or have the place's shape",
                    "cannot write %s into a place of shape %s", lun_tensor_text(v, a),
                    lun_shape_text(ndim, dims, b)), false;
}

static lun_tensor *back_to(lun_tensor *g, const lun_spec *s)
{
    if (!g) return NULL;
    if (s->ndim <= g->ndim) return lun_sum_to(g, s->ndim, s->dims);
    int skip = s->ndim - g->ndim; /* v had more dims, all of size 1 */
    return lun_reshape(lun_sum_to(g, g->ndim, s->dims + skip), s->ndim, s->dims);
}

/* ---- x[region] = v ---- */

static unsigned dropped_dims(const lun_params *p)
{
    const int64_t *dims;
    int n = lun_param_ints(p, 1, &dims);
    unsigned mask = 0;
    for (int i = 0; i < n; i++) mask |= 1U << dims[i];
    return mask;
}

static bool check_region(const lun_tensor *x, int n, const int64_t *region)
{
    if (n != 3 * x->ndim)
        return lun_fail(LUN_E_ARGUMENT, "x[{ {first, last}, ... }] = v writes the region for you",
                        "a region needs 3 numbers for each of %d dims, got %d", x->ndim, n), false;
    for (int d = 0; d < x->ndim; d++) {
        int64_t start = region[3 * d], length = region[3 * d + 1], step = region[3 * d + 2], last;
        bool inside = start >= 0 && length >= 0 && step >= 1 && start <= x->dims[d];
        if (inside && length > 0)
            inside = !__builtin_mul_overflow(length - 1, step, &last) && !__builtin_add_overflow(last, start, &last) &&
                     last < x->dims[d];
        if (!inside)
            return lun_fail(LUN_E_INDEX, NULL,
                            "positions %lld.. of dim %d (%lld of them, step %lld) do not lie within its %lld",
                            (long long)start + 1,
                            d + 1, (long long)length, (long long)step, (long long)x->dims[d]), false;
    }
    return true;
}

bool lun_infer_set_slice(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *region, *drop;
    int64_t dims[LUN_MAX_DIMS];
    int n = lun_param_ints(&c->params, 0, &region), n_drop = lun_param_ints(&c->params, 1, &drop), kept = 0;
    if (!check_region(x, n, region)) return false;
    for (int i = 0; i < n_drop; i++)
        if (drop[i] < 0 || drop[i] >= x->ndim || region[3 * drop[i] + 1] != 1)
            return lun_fail(LUN_E_ARGUMENT, NULL, "only a dim with one position can be dropped"), false;
    unsigned dropped = dropped_dims(&c->params);
    for (int d = 0; d < x->ndim; d++)
        if (!(dropped >> d & 1)) dims[kept++] = region[3 * d + 1];
    return fits(c->in[1], kept, dims) && lun_number_fits(c->in[1], (lun_dtype)x->dtype) && lun_infer_same(c);
}

lun_tensor *lun_set_slice(lun_tensor *x, lun_tensor *v, const int64_t *region, unsigned dropped)
{
    lun_call c;
    int64_t dims[LUN_MAX_DIMS];
    int n = 0;
    if (!x || !v) return NULL;
    for (int d = 0; d < x->ndim; d++)
        if (dropped >> d & 1) dims[n++] = d;
    lun_call_begin(&c, lun_op_at(LUN_OP_set_slice_));
    lun_call_input(&c, x);
    lun_call_input(&c, v);
    lun_params_ints(&c.params, 3 * x->ndim, region);
    lun_params_ints(&c.params, n, dims);
    return lun_apply1(&c);
}

/* The region of g, with dims dropped. */
static lun_tensor *region_of(lun_tensor *g, const int64_t *region, unsigned dropped)
{
    for (int d = g->ndim - 1; g && d >= 0; d--) {
        int64_t start = region[3 * d], length = region[3 * d + 1], step = region[3 * d + 2];
        if (dropped >> d & 1) g = lun_select(g, d, start);
        else if (length == 0) g = lun_narrow(g, d, 0, 0);
        else if (step == 1 && length == g->dims[d]) continue;
        else g = step == 1 ? lun_narrow(g, d, start, length) : lun_slice(g, d, start, length, step);
    }
    return g;
}

void lun_vjp_set_slice(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const int64_t *region;
    unsigned dropped = dropped_dims(n->params);
    lun_param_ints(n->params, 0, &region);
    if (lun_wants(n, 0)) dx[0] = lun_set_slice(lun_clone(g[0]), lun_tensor_integer(0), region, 0);
    if (lun_wants(n, 1)) dx[1] = back_to(region_of(g[0], region, dropped), &n->in_spec[1]);
}

/* ---- x[mask] = v ---- */

bool lun_infer_set_mask(lun_call *c)
{
    const lun_tensor *x = c->in[0], *mask = c->in[1];
    if (mask->dtype != LUN_BOOL)
        return lun_fail(LUN_E_DTYPE, "a comparison such as x:gt(0), or mask:bool()", "the mask must be bool, got %s",
                        lun_dtypes[mask->dtype].name), false;
    bool same = mask->ndim <= x->ndim && mask->ndim > 0;
    for (int d = 0; same && d < mask->ndim; d++) same = mask->dims[d] == x->dims[d];
    if (!same) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, "x:masked_fill_(mask, value) broadcasts the mask",
                        "the mask %s must have the sizes of the first dims of %s", lun_tensor_text(mask, a),
                        lun_tensor_text(x, b)), false;
    }
    return lun_number_fits(c->in[2], (lun_dtype)x->dtype) && lun_infer_same(c);
}

/* A mask over all dims of x, so that masked_fill can use it. */
static lun_tensor *widened(lun_tensor *mask, const lun_tensor *g)
{
    int64_t dims[LUN_MAX_DIMS];
    if (!mask) return NULL;
    for (int d = 0; d < g->ndim; d++) dims[d] = d < mask->ndim ? mask->dims[d] : 1;
    return lun_reshape(mask, g->ndim, dims);
}

void lun_vjp_set_mask(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *mask = lun_saved_in(n, 1);
    if (lun_wants(n, 0)) dx[0] = lun_masked_fill(g[0], widened(mask, g[0]), 0);
    if (lun_wants(n, 2)) dx[2] = back_to(lun_index(g[0], mask), &n->in_spec[2]);
}

/* ---- x[idx] = v ---- */

bool lun_infer_set_index(lun_call *c)
{
    const lun_tensor *x = c->in[0], *index = c->in[1];
    int64_t dims[LUN_MAX_DIMS];
    if (x->ndim == 0) return lun_fail(LUN_E_SHAPE, "x:fill_(v)", "a 0-d tensor cannot be indexed"), false;
    if (index->ndim + x->ndim - 1 > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "more than %d dims", LUN_MAX_DIMS), false;
    memcpy(dims, index->dims, sizeof dims);
    for (int d = 1; d < x->ndim; d++) dims[index->ndim + d - 1] = x->dims[d];
    c->bound = x->dims[0];
    return fits(c->in[2], index->ndim + x->ndim - 1, dims) && lun_number_fits(c->in[2], (lun_dtype)x->dtype) && lun_infer_same(c);
}

void lun_vjp_set_index(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *index = lun_saved_in(n, 1);
    if (!index) return;
    if (lun_wants(n, 0)) dx[0] = lun_index_fill(g[0], 0, lun_flat(index), 0);
    if (lun_wants(n, 2)) dx[2] = back_to(lun_index(g[0], index), &n->in_spec[2]);
}

lun_tensor *lun_set_index(lun_tensor *x, lun_tensor *key, lun_tensor *v)
{
    if (!x || !key || !v) return NULL;
    return lun_call3(key->dtype == LUN_BOOL ? LUN_OP_set_mask_ : LUN_OP_set_index_, x, key, v);
}
