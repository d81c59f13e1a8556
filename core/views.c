/* views.c - views in the graph: made anew after writes, writes through them
 *
 * Two nodes that no call makes: `base_view` gives a view's value from its base, `base_write` the base's value from what it was and
 * what a view was set to. Both know the view's geometry within the base; a gradient is moved by positions, or as one stretch.
 * Read next: core/ops/views.def, core/backward.c. SPDX-License-Identifier: MIT
 */
#include "core/views.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/views.h"
#include "core/tape.h"

#include <string.h>

void lun_view_join(lun_tensor *y, lun_tensor *x)
{
    y->base = lun_keep((x->flags & LUN_VIEW) ? x->base : x);
    y->view_version = y->storage->version;
    y->flags |= (uint16_t)(LUN_VIEW | (x->flags & (LUN_VIEW_PIECE | LUN_VIEW_UNRECORDED)));
    if (!lun_context_get()->grad_enabled) y->flags |= LUN_VIEW_UNRECORDED;
}

void lun_view_part(lun_tensor *y)
{
    if (!(y->flags & LUN_VIEW)) return;
    y->flags &= (uint16_t)~(LUN_VIEW | LUN_VIEW_PIECE | LUN_VIEW_UNRECORDED);
    lun_drop(y->base);
    y->base = NULL;
}

void lun_view_piece(lun_tensor *y)
{
    if ((y->flags & LUN_VIEW) && !(y->flags & LUN_VIEW_UNRECORDED)) y->flags |= LUN_VIEW_PIECE;
}

bool lun_view_requires_grad(const lun_tensor *x)
{
    if (x->flags & LUN_REQUIRES_GRAD) return true;
    if (!(x->flags & LUN_VIEW) || (x->flags & LUN_VIEW_UNRECORDED) || x->view_version == x->storage->version) return false;
    return lun_dtype_has_gradient((lun_dtype)x->dtype) && lun_requires_grad(x->base);
}

bool lun_view_writable(const lun_tensor *x)
{
    if (x->flags & LUN_VIEW_PIECE)
        return lun_fail(LUN_E_INPLACE, "x[i], x:narrow or x:clone() give views and copies that may be written to",
                        "this is one of several views that one call (split, chunk, unbind) gave out, and those cannot be written in place "
                        "while recording"), false;
    if (x->flags & LUN_VIEW_UNRECORDED)
        return lun_fail(LUN_E_INPLACE, "take the view outside lun.no_grad, or write inside it",
                        "this view was taken inside lun.no_grad; writing into it outside would leave the graph unclear"), false;
    if ((x->base->flags & LUN_REQUIRES_GRAD) && !x->base->node)
        return lun_fail(LUN_E_INPLACE, "lun.no_grad(function() ... end) for an update, or x:clone() first",
                        "this is a view of a leaf that requires grad; changing it in place would lose its gradient"), false;
    if (lun_self_overlaps(x->base))
        return lun_fail(LUN_E_INPLACE, "write to x:clone() instead",
                        "cannot write into a view of an expanded tensor: several of its elements are the same memory"), false;
    return true;
}

/* The attributes of both nodes: strides of the base, strides of the view, elements between their first ones. */
static void begin(lun_call *c, lun_op_id id, const lun_tensor *view, lun_tensor *base)
{
    lun_call_begin(c, lun_op_at((int)id));
    lun_call_input(c, base);
    lun_params_ints(&c->params, base->ndim, base->strides);
    lun_params_ints(&c->params, view->ndim, view->strides);
    lun_params_int(&c->params, view->offset - base->offset);
    c->n_out = 1;
}

/* The base in the view's dtype: a view of the parts of a complex base counts in real numbers. NULL after lun_fail. */
static lun_tensor *base_of(const lun_tensor *x)
{
    lun_tensor *base = x->base;
    if (x->dtype == base->dtype) return base;
    if (lun_dtype_is_complex((lun_dtype)base->dtype) && x->dtype == lun_dtype_real((lun_dtype)base->dtype))
        return lun_call1(LUN_OP_view_as_real, base);
    return lun_fail(LUN_E_INPLACE, "take the view again after the write", "the tensor that this view looks into as %s was written to (line %d)",
                    lun_dtypes[x->dtype].name, x->storage->write_line);
}

/* Records that complex `base` is what its parts are. */
static bool join_parts(lun_tensor *base, lun_tensor *parts)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_view_as_complex));
    lun_call_input(&c, parts);
    c.n_out = 1;
    c.out[0] = base;
    lun_edge edge = lun_tape_edge(parts);
    return lun_tape_record(&c, c.in, &edge);
}

bool lun_view_renew(lun_tensor *x)
{
    lun_call c;
    if ((x->flags & LUN_VIEW_UNRECORDED) || !lun_dtype_has_gradient((lun_dtype)x->dtype)) return true;
    if (!x->node && !lun_requires_grad(x->base)) return true;
    if (x->flags & LUN_VIEW_PIECE)
        return lun_fail(LUN_E_INPLACE, "take x[i] or x:narrow(...), or split again after the write",
                        "this is one of several views that one call gave out, and the tensor it looks into was changed in place (line %d)",
                        x->storage->write_line), false;
    lun_context *ctx = lun_context_get();
    bool was_enabled = ctx->grad_enabled;
    ctx->grad_enabled = true; /* the view takes part, whoever asks */
    lun_tensor *base = base_of(x);
    ctx->grad_enabled = was_enabled;
    if (!base) return false;
    begin(&c, LUN_OP_base_view, x, base);
    c.out[0] = x;
    if (!lun_tape_record(&c, c.in, NULL)) return false;
    x->view_version = x->storage->version;
    return true;
}

bool lun_view_written(lun_tensor *y, lun_node *n)
{
    lun_call c;
    lun_tensor *base = base_of(y), *parts = base == y->base ? NULL : lun_tensor_alias(base);
    if (!base || (base != y->base && !parts)) return false;
    begin(&c, LUN_OP_base_write, y, base);
    lun_call_input(&c, y);
    c.out[0] = parts ? parts : base;
    lun_edge edges[2] = {lun_tape_edge(base), {.node = n}};
    return lun_tape_record(&c, c.in, edges) && (!parts || join_parts(y->base, parts));
}

bool lun_infer_only_recorded(lun_call *c)
{
    return lun_fail(LUN_E_INTERNAL, NULL, "%s is recorded, never called", c->op->name), false;
}

void lun_vjp_custom(const lun_node *n, lun_tensor **g, lun_tensor **dx) { n->custom->backward(n->custom->argument, n, g, dx); }

/* ---- gradients ---- */

/* Where a view lies in its base: positions (from 1) in the base's row-major order, or one stretch of it. */
typedef struct place { lun_tensor *positions; int64_t start, length; } place;

/* Distance in memory of each element from the first one, in row-major order; `add` to each. */
static void distances(int ndim, const int64_t *dims, const int64_t *strides, int64_t n, int64_t add, int64_t *out)
{
    int64_t at[LUN_MAX_DIMS] = {0}, distance = add;
    for (int64_t k = 0; k < n; k++) {
        out[k] = distance;
        for (int d = ndim - 1; d >= 0; d--) {
            distance += strides[d];
            if (++at[d] < dims[d]) break;
            distance -= strides[d] * dims[d];
            at[d] = 0;
        }
    }
}

static bool row_major(int ndim, const int64_t *dims, const int64_t *strides)
{
    for (int64_t d = ndim - 1, step = 1; d >= 0; step *= dims[d--])
        if (dims[d] != 1 && strides[d] != step) return false;
    return true;
}


/* The base's elements lie in memory in another order than row-major: distances become positions through a map. */
static bool map_positions(const lun_spec *base, const int64_t *strides, lun_tensor *positions)
{
    int64_t n = lun_shape_numel(base->ndim, base->dims), reach = 0;
    for (int d = 0; d < base->ndim; d++) reach += (base->dims[d] - 1) * strides[d];
    lun_tensor *where = lun_integers(n), *map = lun_integers(reach + 1);
    if (!where || !map) return false;
    int64_t *w = lun_data(where), *m = lun_data(map), *p = lun_data(positions);
    distances(base->ndim, base->dims, strides, n, 0, w);
    memset(m, 0, lun_tensor_bytes(map));
    for (int64_t k = 0; k < n; k++) m[w[k]] = k + 1;
    for (int64_t k = 0; k < positions->numel; k++) p[k] = p[k] >= 1 && p[k] <= reach + 1 ? m[p[k] - 1] : 0;
    return true;
}

static bool find(const lun_node *n, const lun_spec *view, place *out)
{
    const lun_spec *base = &n->in_spec[0];
    const int64_t *base_strides, *strides;
    lun_param_ints(n->params, 0, &base_strides);
    lun_param_ints(n->params, 1, &strides);
    int64_t offset = lun_param_int(n->params, 2, 0), numel = lun_shape_numel(view->ndim, view->dims);
    bool plain = row_major(base->ndim, base->dims, base_strides);
    *out = (place){.start = offset, .length = numel};
    if (plain && row_major(view->ndim, view->dims, strides)) return true;
    if (!(out->positions = lun_integers(numel))) return false;
    distances(view->ndim, view->dims, strides, numel, offset + 1, lun_data(out->positions));
    return plain || !numel || map_positions(base, base_strides, out->positions);
}

static lun_tensor *flat(lun_tensor *g) { return g ? lun_reshape(g, 1, &g->numel) : NULL; }

static lun_tensor *put_stretch(lun_tensor *x, lun_tensor *v, const place *at)
{
    return lun_set_slice(x, v, (int64_t[]){at->start, at->length, 1}, 0);
}

void lun_vjp_base_view(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *base = &n->in_spec[0];
    int64_t numel = lun_shape_numel(base->ndim, base->dims);
    place at;
    if (!find(n, &n->out_spec[0], &at)) return;
    lun_tensor *zeros = lun_full(1, &numel, 0, (lun_dtype)g[0]->dtype, lun_tensor_device(g[0]));
    lun_tensor *sum = at.positions ? lun_index_add(zeros, 0, at.positions, flat(g[0])) : put_stretch(zeros, flat(g[0]), &at);
    dx[0] = lun_reshape(sum, base->ndim, base->dims);
}

void lun_vjp_base_write(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *base = &n->in_spec[0], *view = &n->in_spec[1];
    place at;
    if (!find(n, view, &at)) return;
    if (lun_wants(n, 0)) {
        lun_tensor *rest = at.positions ? lun_index_fill(flat(g[0]), 0, at.positions, 0)
                                        : put_stretch(lun_clone(flat(g[0])), lun_tensor_integer(0), &at);
        dx[0] = lun_reshape(rest, base->ndim, base->dims);
    }
    lun_tensor *part = at.positions ? lun_index_select(flat(g[0]), 0, at.positions) : lun_narrow(flat(g[0]), 0, at.start, at.length);
    dx[1] = lun_reshape(part, view->ndim, view->dims);
}
