/* index_pick.c - rules of the rows that pick and place elements by position
 *
 * Two families: index_* take whole slices of a dim by a list of positions; gather and scatter take one element for each element of
 * an index tensor. Within a family, picking is the gradient of adding and the other way round.
 * Holds: index tensors count from 1 here (the door checks them and hands kernels 0-based copies). A 0-d tensor counts as one with
 * a single position. Read next: kernels/cpu/rows.c, kernels/cpu/index.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

static lun_tensor *call(lun_op_id id, lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_call_input(&c, index);
    if (source != LUN_NONE) lun_call_input(&c, source);
    lun_params_int(&c.params, dim);
    return lun_apply1(&c);
}

lun_tensor *lun_index_select(lun_tensor *x, int64_t dim, lun_tensor *index)
{
    return call(LUN_OP_index_select, x, dim, index, LUN_NONE);
}
lun_tensor *lun_gather_along(lun_tensor *x, int64_t dim, lun_tensor *index)
{
    return call(LUN_OP_gather, x, dim, index, LUN_NONE);
}

lun_tensor *lun_index_add(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source)
{
    return call(LUN_OP_index_add, x, dim, index, source);
}

lun_tensor *lun_scatter_along(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source)
{
    return call(LUN_OP_scatter, x, dim, index, source);
}

lun_tensor *lun_scatter_add(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source)
{
    return call(LUN_OP_scatter_add, x, dim, index, source);
}

lun_tensor *lun_index_fill(lun_tensor *x, int64_t dim, lun_tensor *index, double value)
{
    return call(LUN_OP_index_fill, x, dim, index, lun_number(value));
}

static lun_tensor *zeros(const lun_spec *s, const lun_tensor *like)
{
    return like ? lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(like)) : NULL;
}

static bool same_dtype(const lun_tensor *x, const lun_tensor *source)
{
    if (x->dtype == source->dtype || (source->flags & LUN_NUMBER)) return true;
    return lun_fail(LUN_E_DTYPE, "convert one of them, as in source:to(x.dtype)", "x is %s and the source %s",
                    lun_dtypes[x->dtype].name,
                    lun_dtypes[source->dtype].name), false;
}

/* ---- index_select, index_add, index_copy, index_fill: attribute 0 is the dim, input 1 the list ---- */

/* The dim; sets call->bound and how many positions are listed. -1 after lun_fail. */
static int listed(lun_call *c, int64_t *count)
{
    const lun_tensor *x = c->in[0], *index = c->in[1];
    int dim = lun_param_dim(c, 0, x->ndim);
    if (dim < 0) return -1;
    if (index->ndim > 1)
        return lun_fail(LUN_E_SHAPE, "x:gather or x:take_along_dim take an index of x's shape",
                        "the index must be a list of positions, this has %d dims",
                        index->ndim), -1;
    *count = index->numel;
    c->bound = x->ndim ? x->dims[dim] : 1;
    return dim;
}

bool lun_infer_index_select(lun_call *c)
{
    int64_t count, dims[LUN_MAX_DIMS];
    const lun_tensor *x = c->in[0];
    int dim = listed(c, &count);
    if (dim < 0) return false;
    memcpy(dims, x->dims, sizeof dims);
    dims[dim] = count;
    if (x->ndim == 0 && count != 1)
        return lun_fail(LUN_E_SHAPE, NULL, "a 0-d tensor has one position, %lld are asked for", (long long)count), false;
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim, dims);
    return true;
}

void lun_vjp_index_select(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_index_add(zeros(&n->in_spec[0], g[0]), lun_param_int(n->params, 0, 0), lun_saved_in(n, 1), g[0]);
}

bool lun_infer_index_put(lun_call *c)
{
    const lun_tensor *x = c->in[0], *source = c->in[2];
    int64_t count;
    int dim = listed(c, &count);
    if (dim < 0 || !same_dtype(x, source)) return false;
    if (c->op->id == LUN_OP_index_add && !lun_param_fits(&c->params, 1, lun_dtype_real((lun_dtype)x->dtype))) return false;
    bool fits = (x->ndim == source->ndim && x->ndim) || (x->ndim <= 1 && source->ndim <= 1 && source->numel == count);
    for (int d = 0; fits && d < x->ndim && d < source->ndim; d++) fits = source->dims[d] == (d == dim ? count : x->dims[d]);
    if (!fits) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, "as many slices in the source as positions in the index",
                        "the source %s must have the shape of %s with %lld positions in dim %d", lun_tensor_text(source, a),
                        lun_tensor_text(x, b), (long long)count, dim + 1), false;
    }
    return lun_infer_same(c);
}

void lun_vjp_index_add(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    double alpha = lun_param_float(n->params, 1, 1);
    dx[0] = g[0];
    if (!lun_wants(n, 2)) return;
    dx[2] = lun_index_select(g[0], lun_param_int(n->params, 0, 0), lun_saved_in(n, 1));
    if (alpha != 1) dx[2] = lun_mul_number(dx[2], alpha);
}

void lun_vjp_index_copy(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_param_int(n->params, 0, 0);
    if (lun_wants(n, 0)) dx[0] = lun_index_fill(g[0], dim, lun_saved_in(n, 1), 0);
    if (lun_wants(n, 2)) dx[2] = lun_index_select(g[0], dim, lun_saved_in(n, 1));
}

bool lun_infer_index_fill(lun_call *c)
{
    int64_t count;
    const lun_tensor *value = c->in[2];
    if (value->ndim)
        return lun_fail(LUN_E_SHAPE, "x:index_copy(dim, index, source) writes several values",
                        "the value must be a number or a 0-d tensor"), false;
    return listed(c, &count) >= 0 && lun_element_fits(value, (lun_dtype)c->in[0]->dtype) && lun_infer_same(c);
}

void lun_vjp_index_fill(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_param_int(n->params, 0, 0);
    if (lun_wants(n, 0)) dx[0] = lun_index_fill(g[0], dim, lun_saved_in(n, 1), 0);
    if (!lun_wants(n, 2)) return; /* a place that is named twice counts once */
    lun_tensor *kept = lun_index_fill(lun_full(g[0]->ndim, g[0]->dims, 1, LUN_BOOL, lun_tensor_device(g[0])), dim, lun_saved_in(n, 1), 0);
    dx[2] = lun_sum(lun_masked_fill(g[0], kept, 0), 0, NULL, false);
}

/* ---- gather, scatter, scatter_add: attribute 0 is the dim, input 1 the index tensor ---- */

/* The dim; checks that index lies inside `x` but for that dim. -1 after lun_fail. */
static int inside(lun_call *c, const lun_tensor *x, const char *what, bool any_length)
{
    const lun_tensor *index = c->in[1];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int dim = lun_param_dim(c, 0, c->in[0]->ndim);
    if (dim < 0) return -1;
    bool fits = x->ndim == index->ndim || (x->ndim <= 1 && index->ndim <= 1);
    for (int d = 0; fits && d < x->ndim && d < index->ndim; d++)
        fits = (any_length && d == dim) || index->dims[d] <= x->dims[d];
    if (!any_length && (!x->ndim || !index->ndim)) fits = fits && index->numel <= x->numel; /* what a source has not got it cannot give */
    if (fits || index->numel == 0) return dim;
    return lun_fail(LUN_E_SHAPE, "x:index_select(dim, list) takes whole slices",
                    "the index %s must have as many dims as %s %s and not be larger%s", lun_tensor_text(index, a), what,
                    lun_tensor_text(x, b), any_length ? " (but in the dim picked from)" : ""), -1;
}

bool lun_infer_gather(lun_call *c)
{
    const lun_tensor *x = c->in[0], *index = c->in[1];
    int dim = inside(c, x, "x", true);
    if (dim < 0) return false;
    c->bound = x->ndim ? x->dims[dim] : 1;
    lun_result(c, 0, (lun_dtype)x->dtype, index->ndim, index->dims);
    return true;
}

void lun_vjp_gather(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_scatter_add(zeros(&n->in_spec[0], g[0]), lun_param_int(n->params, 0, 0), lun_saved_in(n, 1), g[0]);
}

bool lun_compose_take_along_dim(lun_call *c)
{
    lun_tensor *x = c->in[0], *index = c->in[1];
    int64_t dims[LUN_MAX_DIMS];
    if (!lun_param_given(&c->params, 0)) {
        x = lun_flat(x);
        return lun_composed(c, lun_gather_along(x, 0, lun_flat(index)));
    }
    int dim = lun_param_dim(c, 0, x->ndim);
    if (dim < 0) return false;
    if (x->ndim != index->ndim)
        return lun_fail(LUN_E_SHAPE, "index:unsqueeze(dim) adds a dim", "x has %d dims, the index %d", x->ndim, index->ndim),
            false;
    int64_t wide[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) {
        if (d != dim && x->dims[d] != index->dims[d] && x->dims[d] != 1 && index->dims[d] != 1)
            return lun_fail(LUN_E_SHAPE, NULL, "dim %d of x and of the index differ (%lld and %lld)", d + 1,
                            (long long)x->dims[d], (long long)index->dims[d]), false;
        int64_t both = x->dims[d] == 1 ? index->dims[d] : x->dims[d];
        dims[d] = d == dim ? index->dims[d] : both;
        wide[d] = d == dim ? x->dims[d] : both;
    }
    return lun_composed(c, lun_gather_along(lun_expand(x, x->ndim, wide), dim, lun_expand(index, x->ndim, dims)));
}

bool lun_infer_scatter(lun_call *c)
{
    const lun_tensor *x = c->in[0], *source = c->in[2];
    bool value = c->op->id == LUN_OP_scatter && source->ndim == 0 && c->in[1]->ndim != 0;
    const char *reduce = c->op->id == LUN_OP_scatter ? lun_param_string(&c->params, 1, "add") : "add";
    if (strcmp(reduce, "add") && strcmp(reduce, "multiply"))
        return lun_fail(LUN_E_ARGUMENT, "\"add\" or \"multiply\"; x:scatter_reduce knows more", "no reduction \"%s\"", reduce), false;
    int dim = inside(c, x, "x", true);
    if (dim < 0 || !same_dtype(x, source) || (!value && inside(c, source, "the source", false) < 0)) return false;
    c->bound = x->ndim ? x->dims[dim] : 1;
    return lun_number_fits(source, (lun_dtype)x->dtype) && lun_infer_same(c);
}

/* What the gather of g is for a source larger than the index: zeros where nothing was read. */
static lun_tensor *for_source(const lun_node *n, lun_tensor *g, lun_tensor *index)
{
    const lun_spec *s = &n->in_spec[2];
    int64_t pad[2 * LUN_MAX_DIMS];
    lun_tensor *picked = lun_gather_along(g, lun_param_int(n->params, 0, 0), index);
    if (!picked || s->ndim != picked->ndim || lun_shape_same(s->ndim, s->dims, picked->ndim, picked->dims)) return picked;
    for (int d = 0; d < s->ndim; d++) {
        int pair = s->ndim - 1 - d;
        pad[2 * pair] = 0;
        pad[2 * pair + 1] = s->dims[d] - picked->dims[d];
    }
    return lun_pad(picked, 2 * s->ndim, pad, 0);
}

void lun_vjp_scatter(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *index = lun_saved_in(n, 1);
    if (lun_param_given(n->params, 1)) {
        if (!strcmp(lun_param_string(n->params, 1, ""), "add")) lun_vjp_scatter_add(n, g, dx);
        else lun_fail(LUN_E_GRADIENT, "x:scatter_reduce(dim, index, src, \"prod\")", "scatter with \"multiply\" has no gradient");
        return;
    }
    if (lun_wants(n, 0)) dx[0] = lun_scatter_along(g[0], lun_param_int(n->params, 0, 0), index, lun_tensor_integer(0));
    if (lun_wants(n, 2)) dx[2] = for_source(n, g[0], index);
}

void lun_vjp_scatter_add(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = g[0];
    if (lun_wants(n, 2)) dx[2] = for_source(n, g[0], lun_saved_in(n, 1));
}
