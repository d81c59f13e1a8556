/* shape.c - rules of the views
 *
 * Holds: an infer function here makes the view itself (lun_tensor_as proves its reach); nothing is copied.
 * Read next: core/ops/shape.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/shape.h"

#include "core/backward.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

#include <string.h>

/* The size asked for, with a -1 worked out. */
static bool resolve_size(const lun_call *c, int *ndim, int64_t *dims)
{
    const lun_tensor *x = c->in[0];
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size), unknown = -1;
    int64_t known = 1;
    char from[LUN_SHAPE_TEXT], to[LUN_SHAPE_TEXT];
    if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", n, LUN_MAX_DIMS), false;
    for (int d = 0; d < n; d++) {
        dims[d] = size[d];
        if (size[d] == -1 && unknown < 0) unknown = d;
        else if (size[d] < 0) return lun_fail(LUN_E_SHAPE, "only one size may be -1", "size %lld is negative", (long long)size[d]), false;
        else if (__builtin_mul_overflow(known, size[d], &known)) known = -1;
    }
    if (unknown >= 0 && known > 0 && x->numel % known == 0) dims[unknown] = x->numel / known, known = x->numel;
    else if (unknown >= 0 && known == 0 && x->numel == 0)
        return lun_fail(LUN_E_SHAPE, "say every size: any size fits where -1 stands", "-1 cannot be worked out beside a size of 0"), false;
    else if (unknown >= 0) known = -1;
    *ndim = n;
    if (known == x->numel) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "%s has %lld elements, which cannot be seen as %s", lun_tensor_text(x, from),
                    (long long)x->numel, lun_shape_text(n, size, to)), false;
}

bool lun_infer_view(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int n;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    if (!resolve_size(c, &n, dims)) return false;
    if (!lun_shape_view_strides(x->ndim, x->dims, x->strides, n, dims, strides))
        return lun_fail(LUN_E_SHAPE, "x:reshape(...) copies where it must", "the elements do not lie in memory as this view needs them"),
               false;
    return lun_result_view(c, n, dims, strides, x->offset);
}

bool lun_compose_reshape(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int n;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    if (!resolve_size(c, &n, dims)) return false;
    bool fits = lun_shape_view_strides(x->ndim, x->dims, x->strides, n, dims, strides);
    return lun_composed(c, lun_view(fits ? x : lun_clone(x), n, dims));
}

bool lun_compose_flatten(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int first = lun_param_dim(c, 0, x->ndim), last = lun_param_dim(c, 1, x->ndim), n = 0;
    int64_t dims[LUN_MAX_DIMS];
    if (first < 0 || last < 0) return false;
    if (first > last) return lun_fail(LUN_E_ARGUMENT, NULL, "start_dim %d lies after end_dim %d", first + 1, last + 1), false;
    for (int d = 0; d < x->ndim; d++) {
        if (d > first && d <= last) dims[n - 1] *= x->dims[d];
        else dims[n++] = x->dims[d];
    }
    if (x->ndim == 0) dims[n++] = 1;
    return lun_composed(c, lun_reshape(x, n, dims));
}

static bool permuted(lun_call *c, const int *order)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) {
        dims[d] = x->dims[order[d]];
        strides[d] = x->strides[order[d]];
    }
    return lun_result_view(c, x->ndim, dims, strides, x->offset);
}

bool lun_infer_permute(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *wanted;
    int n = lun_param_ints(&c->params, 0, &wanted), order[LUN_MAX_DIMS];
    uint32_t seen = 0;
    if (n != x->ndim)
        return lun_fail(LUN_E_ARGUMENT, NULL, "%d dims named for a tensor with %d", n, x->ndim), false;
    for (int d = 0; d < n; d++) {
        if ((order[d] = lun_dim_normalize(wanted[d], n)) < 0) return false;
        if (seen >> order[d] & 1) return lun_fail(LUN_E_ARGUMENT, NULL, "dim %d is named twice", order[d] + 1), false;
        seen |= 1U << order[d];
    }
    return permuted(c, order);
}

static bool swapped(lun_call *c, int a, int b)
{
    int order[LUN_MAX_DIMS];
    for (int d = 0; d < LUN_MAX_DIMS; d++) order[d] = d;
    order[a] = b;
    order[b] = a;
    return permuted(c, order);
}

bool lun_infer_transpose(lun_call *c)
{
    int a = lun_param_dim(c, 0, c->in[0]->ndim), b = a < 0 ? -1 : lun_param_dim(c, 1, c->in[0]->ndim);
    return b >= 0 && swapped(c, a, b);
}

bool lun_infer_t(lun_call *c)
{
    if (c->in[0]->ndim > 2)
        return lun_fail(LUN_E_SHAPE, "x:transpose(a, b), or x.mT for the last two dims", "t() is for matrices, this has %d dims", c->in[0]->ndim),
               false;
    return c->in[0]->ndim == 2 ? swapped(c, 0, 1) : swapped(c, 0, 0);
}

bool lun_infer_squeeze(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    uint32_t which;
    int n = 0;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    if (!lun_param_named_dims(c, 0, x->ndim, &which)) return false;
    for (int d = 0; d < x->ndim; d++) {
        if ((which >> d & 1) && x->dims[d] == 1) continue;
        dims[n] = x->dims[d];
        strides[n++] = x->strides[d];
    }
    return lun_result_view(c, n, dims, strides, x->offset);
}

bool lun_infer_unsqueeze(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int at = lun_param_dim(c, 0, x->ndim + 1);
    int64_t dims[LUN_MAX_DIMS + 1], strides[LUN_MAX_DIMS + 1];
    if (at < 0) return false;
    for (int d = 0; d <= x->ndim; d++) {
        dims[d] = d == at ? 1 : x->dims[d - (d > at)];
        strides[d] = d == at ? 1 : x->strides[d - (d > at)];
    }
    return lun_result_view(c, x->ndim + 1, dims, strides, x->offset);
}

bool lun_infer_expand(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size), lead = n - x->ndim;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    char from[LUN_SHAPE_TEXT], to[LUN_SHAPE_TEXT];
    if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", n, LUN_MAX_DIMS), false;
    bool fits = n >= x->ndim;
    for (int d = 0; d < n && fits; d++) {
        int64_t have = d < lead ? 1 : x->dims[d - lead];
        dims[d] = size[d] == -1 && d >= lead ? have : size[d];
        fits = dims[d] >= 0 && (have == 1 || have == dims[d]);
        strides[d] = d < lead || have != dims[d] ? 0 : x->strides[d - lead];
    }
    if (!fits)
        return lun_fail(LUN_E_SHAPE, "only dims of size 1 can be expanded; new dims come in front", "%s cannot be expanded to %s",
                        lun_tensor_text(x, from), lun_shape_text(n, size, to)), false;
    return lun_result_view(c, n, dims, strides, x->offset);
}

static bool taken(lun_call *c, int dim, int64_t start, int64_t length, int64_t step)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    memcpy(strides, x->strides, sizeof strides);
    dims[dim] = length;
    if (length > 1) strides[dim] *= step; /* a step past the end is not taken, whatever its size */
    return lun_result_view(c, x->ndim, dims, strides, length ? x->offset + start * x->strides[dim] : x->offset);
}

/* A 0-based position, negative from the end, of dim; -1 after lun_fail. */
static int64_t position(int64_t at, int64_t size, int dim)
{
    int64_t k = at < 0 ? at + size : at;
    if (k >= 0 && k < size) return k;
    lun_fail(LUN_E_INDEX, NULL, "position %lld is out of range: dim %d has size %lld, use 1..%lld or -%lld..-1",
             (long long)(at < 0 ? at : at + 1), dim + 1, (long long)size, (long long)size, (long long)size);
    return -1;
}

static int sliced_dim(const lun_call *c)
{
    if (c->in[0]->ndim) return lun_param_dim(c, 0, c->in[0]->ndim);
    lun_fail(LUN_E_SHAPE, "x:item() gives its value", "a 0-d tensor has no dim to take from");
    return -1;
}

bool lun_infer_slice(lun_call *c)
{
    int dim = sliced_dim(c);
    if (dim < 0) return false;
    int64_t size = c->in[0]->dims[dim], step = lun_param_int(&c->params, 3, 1), start = lun_param_int(&c->params, 1, 0),
            stop = lun_param_int(&c->params, 2, -1);
    if (step < 1) return lun_fail(LUN_E_ARGUMENT, "x:flip(dim) turns a dim round", "the step must be at least 1, got %lld", (long long)step), false;
    if (size == 0 && start == 0 && stop == -1) return taken(c, dim, 0, 0, step);
    if ((start = position(start, size, dim)) < 0) return false;
    if (start > 0 && stop == start - 1) return taken(c, dim, 0, 0, step); /* a range like {3, 2}: empty */
    if ((stop = position(stop, size, dim)) < 0) return false;
    return taken(c, dim, start, stop < start ? 0 : (stop - start) / step + 1, step);
}

bool lun_infer_narrow(lun_call *c)
{
    int dim = sliced_dim(c);
    if (dim < 0) return false;
    int64_t size = c->in[0]->dims[dim], start = lun_param_int(&c->params, 1, 0), length = lun_param_int(&c->params, 2, 0);
    if (start < 0) start += size;
    if (start < 0 || length < 0 || start > size || length > size - start)
        return lun_fail(LUN_E_INDEX, NULL, "%lld positions from %lld are out of range: dim %d has size %lld", (long long)length,
                        (long long)(start < size ? start + 1 : start), dim + 1, (long long)size), false;
    return taken(c, dim, start, length, 1);
}

bool lun_infer_select(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int dim = sliced_dim(c), n = 0;
    int64_t at = dim < 0 ? -1 : position(lun_param_int(&c->params, 1, 0), x->dims[dim], dim);
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    if (at < 0) return false;
    for (int d = 0; d < x->ndim; d++) {
        if (d == dim) continue;
        dims[n] = x->dims[d];
        strides[n++] = x->strides[d];
    }
    return lun_result_view(c, n, dims, strides, x->offset + at * x->strides[dim]);
}

/* ---- gradients ---- */

void lun_vjp_reshape(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_reshape(g[0], n->in_spec[0].ndim, n->in_spec[0].dims);
}

void lun_vjp_permute(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const int64_t *order;
    int ndim = lun_param_ints(n->params, 0, &order);
    int64_t inverse[LUN_MAX_DIMS];
    for (int d = 0; d < ndim; d++) inverse[lun_dim_normalize(order[d], ndim)] = d;
    dx[0] = lun_permute(g[0], ndim, inverse);
}

void lun_vjp_transpose(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_transpose(g[0], lun_param_int(n->params, 0, 0), lun_param_int(n->params, 1, 0));
}

void lun_vjp_t(const lun_node *n, lun_tensor **g, lun_tensor **dx) { dx[0] = n->in_spec[0].ndim == 2 ? lun_transpose(g[0], 0, 1) : g[0]; }

/* The engine sums g down to the input's shape. */
void lun_vjp_expand(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = g[0];
}

static lun_tensor *slice_gradient(const lun_node *n, lun_tensor *g, int64_t dim, int64_t start, int64_t step, bool squeezed)
{
    lun_call c;
    const lun_spec *s = &n->in_spec[0];
    lun_call_begin(&c, lun_op_at(LUN_OP_slice_gradient));
    lun_call_input(&c, g);
    lun_params_ints(&c.params, s->ndim, s->dims);
    lun_params_int(&c.params, dim);
    lun_params_int(&c.params, start < 0 ? start + s->dims[dim] : start);
    lun_params_int(&c.params, step);
    lun_params_bool(&c.params, squeezed);
    return lun_apply1(&c);
}

void lun_vjp_slice(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), n->in_spec[0].ndim);
    int64_t step = n->op->id == LUN_OP_slice ? lun_param_int(n->params, 3, 1) : 1;
    dx[0] = slice_gradient(n, g[0], dim, lun_param_int(n->params, 1, 0), step, false);
}

void lun_vjp_select(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), n->in_spec[0].ndim);
    dx[0] = slice_gradient(n, g[0], dim, lun_param_int(n->params, 1, 0), 1, true);
}

bool lun_infer_slice_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

bool lun_slice_region(const lun_call *c, lun_tensor *region, lun_tensor *whole)
{
    const lun_tensor *out = c->out[0], *g = c->in[0];
    int d = (int)lun_param_int(&c->params, 1, 0);
    d = d < 0 ? d + out->ndim : d;
    int64_t start = lun_param_int(&c->params, 2, 0);
    bool squeezed = lun_param_bool(&c->params, 4, false);
    if (!g->numel) return false;
    *region = *out;
    *whole = *g;
    if (squeezed) {
        whole->ndim = out->ndim;
        for (int k = 0, at = 0; k < out->ndim; k++) {
            whole->dims[k] = k == d ? 1 : g->dims[at];
            whole->strides[k] = k == d ? 0 : g->strides[at];
            at += k != d;
        }
    }
    region->offset += (start < 0 ? start + out->dims[d] : start) * out->strides[d];
    region->strides[d] *= lun_param_int(&c->params, 3, 1);
    region->dims[d] = whole->dims[d];
    region->numel = whole->numel;
    return true;
}

void lun_vjp_slice_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t dim = lun_param_int(n->params, 1, 0), start = lun_param_int(n->params, 2, 0), step = lun_param_int(n->params, 3, 1);
    bool squeezed = lun_param_bool(n->params, 4, false);
    const lun_spec *s = &n->in_spec[0];
    if (squeezed) dx[0] = lun_select(g[0], dim, start);
    else if (s->dims[dim] == 0) dx[0] = lun_narrow(g[0], dim, 0, 0);
    else dx[0] = lun_slice(g[0], dim, start, s->dims[dim], step);
}
