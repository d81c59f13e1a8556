/* place_fold.c - rules of scatter_reduce and index_reduce
 *
 * Sums, products and extremes are one kernel; the mean is a sum divided by a count. The gradients are PyTorch's: a product's leave out
 * the one zero there may be, extremes share theirs evenly. Read next: kernels/cpu/scatter_fold.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/place.h"
#include "core/tape.h"

#include <string.h>

static lun_tensor *fold(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *src, const char *reduce, bool include_self)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_scatter_fold));
    lun_call_input(&c, x);
    lun_call_input(&c, index);
    lun_call_input(&c, src);
    lun_params_int(&c.params, dim);
    lun_params_string(&c.params, reduce);
    lun_params_bool(&c.params, include_self);
    return lun_apply1(&c);
}

static lun_tensor *ones_like(lun_tensor *x, lun_dtype t)
{
    return x ? lun_full(x->ndim, x->dims, 1, t, lun_tensor_device(x)) : NULL;
}

/* How many values meet in each place, at least 1. */
static lun_tensor *counts(lun_tensor *x, int64_t dim, lun_tensor *index, bool include_self)
{
    lun_tensor *start = lun_full(x->ndim, x->dims, include_self ? 1 : 0, LUN_I64, lun_tensor_device(x));
    lun_tensor *n = lun_scatter_add(start, dim, index, ones_like(index, LUN_I64));
    return lun_masked_fill(n, lun_eq(n, lun_tensor_integer(0)), 1);
}

static lun_tensor *mean(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *src, bool include_self)
{
    lun_dtype t = (lun_dtype)x->dtype;
    bool half = t == LUN_F16 || t == LUN_BF16;
    lun_tensor *wide = half ? lun_to_dtype(x, LUN_F32) : x;
    lun_tensor *sum = fold(wide, dim, index, half ? lun_to_dtype(src, LUN_F32) : src, "sum", include_self);
    lun_tensor *n = lun_to_dtype(counts(x, dim, index, include_self), sum ? (lun_dtype)sum->dtype : LUN_F32);
    if (lun_dtype_is_float(t)) return lun_to_dtype(lun_div(sum, n), t);
    return lun_to_dtype(lun_call2(LUN_OP_floor_divide, sum, n), t);
}

static bool known(const char *reduce, bool sums)
{
    static const char *const names[] = {"sum", "prod", "mean", "amax", "amin"};
    for (size_t i = sums ? 0 : 1; i < sizeof names / sizeof *names; i++)
        if (!strcmp(reduce, names[i])) return true;
    const char *hint = sums ? "\"sum\", \"prod\", \"mean\", \"amax\" or \"amin\"" : "\"prod\", \"mean\", \"amax\" or \"amin\"; x:index_add sums";
    return lun_fail(LUN_E_ARGUMENT, hint, "no reduction \"%s\"", reduce), false;
}

static lun_tensor *reduced(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *src, const char *reduce, bool include_self)
{
    if (!x || !index || !src) return NULL;
    if (!strcmp(reduce, "mean")) return mean(x, dim, index, src, include_self);
    return fold(x, dim, index, src, reduce, include_self);
}

/* src cut to the index's size, where it is larger. */
static lun_tensor *cut(lun_tensor *src, const lun_tensor *index)
{
    for (int d = 0; src && d < index->ndim && src->ndim == index->ndim; d++)
        if (src->dims[d] > index->dims[d]) src = lun_narrow(src, d, 0, index->dims[d]);
    return src;
}

bool lun_compose_scatter_reduce(lun_call *c)
{
    const char *reduce = lun_param_string(&c->params, 1, "");
    lun_tensor *index = c->in[1];
    if (!known(reduce, true)) return false;
    if (c->in[0]->dtype != c->in[2]->dtype)
        return lun_fail(LUN_E_DTYPE, "src:to(x.dtype)", "x is %s, src %s", lun_dtypes[c->in[0]->dtype].name, lun_dtypes[c->in[2]->dtype].name), false;
    bool include_self = lun_param_bool(&c->params, 2, true);
    return lun_composed(c, reduced(c->in[0], lun_param_int(&c->params, 0, 0), index, cut(c->in[2], index), reduce, include_self));
}

bool lun_compose_index_reduce(lun_call *c)
{
    const char *reduce = lun_param_string(&c->params, 1, "");
    lun_tensor *x = c->in[0], *index = c->in[1], *source = c->in[2];
    int64_t dims[LUN_MAX_DIMS];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int dim = lun_param_dim(c, 0, x->ndim);
    if (!known(reduce, false) || dim < 0) return false;
    bool zero = x->ndim == 0, fits = index->ndim <= 1 && (zero ? source->numel == 1 && index->numel == 1 : source->ndim == x->ndim);
    for (int d = 0; fits && d < x->ndim; d++) fits = source->dims[d] == (d == dim ? index->numel : x->dims[d]);
    if (!fits || x->dtype != source->dtype)
        return lun_fail(fits ? LUN_E_DTYPE : LUN_E_SHAPE, "as many slices in the source as positions in the index, and x's dtype",
                        "the source %s does not fit %s with %lld positions in dim %d", lun_tensor_text(source, a), lun_tensor_text(x, b),
                        (long long)index->numel, dim + 1), false;
    for (int d = 0; d < x->ndim; d++) dims[d] = d == dim ? index->numel : 1;
    index = zero ? lun_reshape(index, 0, NULL) : lun_expand(lun_reshape(index, x->ndim, dims), x->ndim, source->dims);
    source = zero ? lun_reshape(source, 0, NULL) : source;
    return lun_composed(c, reduced(x, dim, index, source, reduce, lun_param_bool(&c->params, 2, true)));
}

bool lun_infer_scatter_fold(lun_call *c)
{
    const lun_tensor *x = c->in[0], *index = c->in[1], *src = c->in[2];
    int dim = lun_param_dim(c, 0, x->ndim);
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    bool fits = dim >= 0 && lun_shape_same(index->ndim, index->dims, src->ndim, src->dims) &&
                (x->ndim == index->ndim || (x->ndim <= 1 && index->ndim <= 1));
    if (dim < 0) return false;
    for (int d = 0; fits && d < x->ndim && d < index->ndim; d++) fits = d == dim || index->dims[d] <= x->dims[d];
    if (!fits && index->numel)
        return lun_fail(LUN_E_SHAPE, "an index not larger than x and src, but in the dim", "the index %s does not fit x %s and src",
                        lun_tensor_text(index, a), lun_tensor_text(x, b)), false;
    c->bound = x->ndim ? x->dims[dim] : 1;
    return lun_infer_same(c);
}

/* ---- gradients ---- */

typedef struct folded {
    lun_tensor *x, *index, *src, *y, *g;
    int64_t dim;
    bool include_self;
} folded;

static lun_tensor *gathered(const folded *f, lun_tensor *x) { return lun_gather_along(x, f->dim, f->index); }
static lun_tensor *is_zero(lun_tensor *x) { return lun_eq(x, lun_tensor_integer(0)); }
static lun_tensor *as(lun_tensor *x, const lun_tensor *like) { return lun_to_dtype(x, (lun_dtype)like->dtype); }

static void product_gradient(const lun_node *n, const folded *f, lun_tensor **dx)
{
    lun_tensor *x1 = lun_masked_fill(f->x, is_zero(f->x), 1), *none = is_zero(f->src);
    if (lun_wants(n, 0)) dx[0] = lun_div(lun_mul(f->g, fold(x1, f->dim, f->index, f->src, "prod", f->include_self)), x1);
    if (!lun_wants(n, 2)) return;
    lun_tensor *zeros = gathered(f, lun_scatter_add(lun_zeros_like(f->x), f->dim, f->index, as(none, f->x)));
    lun_tensor *single = lun_logical_and(none, lun_eq(zeros, lun_tensor_integer(1)));
    lun_tensor *without = fold(f->x, f->dim, f->index, lun_masked_fill(f->src, single, 1), "prod", f->include_self);
    lun_tensor *usual = lun_div(gathered(f, lun_mul(f->g, f->y)), lun_masked_fill(f->src, none, 1));
    dx[2] = lun_where(single, gathered(f, lun_mul(f->g, without)), usual);
}

static void extreme_gradient(const lun_node *n, const folded *f, lun_tensor **dx)
{
    lun_tensor *y = lun_detach(f->y), *own = as(lun_eq(lun_detach(f->x), y), f->x), *theirs = as(lun_eq(lun_detach(f->src), gathered(f, y)), f->x);
    lun_tensor *share = lun_div(f->g, lun_scatter_add(own, f->dim, f->index, theirs));
    if (lun_wants(n, 0)) dx[0] = lun_mul(own, share);
    if (lun_wants(n, 2)) dx[2] = lun_mul(theirs, gathered(f, share));
}

void lun_vjp_scatter_fold(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    folded f = {lun_saved_in(n, 0), lun_saved_in(n, 1), lun_saved_in(n, 2), lun_saved_out(n, 0), g[0], lun_param_int(n->params, 0, 0),
                lun_param_bool(n->params, 2, true)};
    const char *reduce = lun_param_string(n->params, 1, "sum");
    if (!f.x || !f.index || !f.src || !f.y) return;
    if (!f.index->numel) {
        dx[0] = g[0];
        return;
    }
    if (!strcmp(reduce, "sum")) {
        dx[0] = g[0];
        if (lun_wants(n, 2)) dx[2] = gathered(&f, g[0]);
    } else if (!strcmp(reduce, "prod")) {
        product_gradient(n, &f, dx);
    } else {
        extreme_gradient(n, &f, dx);
    }
    if (!f.include_self && lun_wants(n, 0) && dx[0]) dx[0] = lun_scatter_along(dx[0], f.dim, f.index, lun_tensor_integer(0));
}
