/* layout_window.c - unfold and as_strided: views in which an element may appear several times
 *
 * Their gradients add up what was read from each place: index_add by positions that are counted out here.
 * Holds: memory is never read or written beyond x's storage (lun_tensor_as proves it). Read next: core/ops/layout.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/layout.h"
#include "core/tape.h"

#include <string.h>

bool lun_infer_unfold(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int dim = lun_param_dim(c, 0, x->ndim);
    int64_t size = lun_param_int(&c->params, 1, 0), step = lun_param_int(&c->params, 2, 0), length = x->ndim && dim >= 0 ? x->dims[dim] : 1;
    int64_t dims[LUN_MAX_DIMS + 1], strides[LUN_MAX_DIMS + 1];
    if (dim < 0) return false;
    if (size < 0 || size > length || step < 1)
        return lun_fail(LUN_E_ARGUMENT, "a size up to the dim's, and a step of 1 or more", "windows of %lld positions every %lld do not fit %lld",
                        (long long)size, (long long)step, (long long)length), false;
    memcpy(dims, x->dims, sizeof x->dims);
    memcpy(strides, x->strides, sizeof x->strides);
    dims[x->ndim] = size;
    strides[x->ndim] = x->ndim ? x->strides[dim] : 1;
    if (x->ndim) {
        dims[dim] = (length - size) / step + 1;
        if (dims[dim] > 1) strides[dim] *= step;
    }
    return lun_result_view(c, x->ndim + 1, dims, strides, x->offset);
}

/* Positions from 1 of element j of window i, in order: i * step + j. */
static lun_tensor *window_positions(int64_t windows, int64_t size, int64_t step)
{
    int64_t n = windows * size;
    lun_tensor *index = lun_integers(n);
    int64_t *to = index ? lun_data(index) : NULL;
    for (int64_t i = 0; to && i < windows; i++)
        for (int64_t j = 0; j < size; j++) *to++ = i * step + j + 1;
    return index;
}

void lun_vjp_unfold(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0], *out = &n->out_spec[0];
    int64_t size = lun_param_int(n->params, 1, 0), step = lun_param_int(n->params, 2, 0), order[LUN_MAX_DIMS], dims[LUN_MAX_DIMS];
    int dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), s->ndim), count = 0;
    if (s->ndim == 0) {
        dx[0] = lun_sum(g[0], 0, NULL, false);
        return;
    }
    for (int d = 0; d < s->ndim; d++) { /* the windows' elements go behind the windows, and the two become one dim */
        order[count++] = d;
        if (d == dim) order[count++] = s->ndim;
        dims[d] = d == dim ? out->dims[d] * size : s->dims[d];
    }
    lun_tensor *zeros = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
    dx[0] = lun_index_add(zeros, dim, window_positions(out->dims[dim], size, step), lun_reshape(lun_permute(g[0], count, order), s->ndim, dims));
}

/* ---- as_strided: infer appends where x's elements lie (strides, then offset), which the gradient needs ---- */

enum { GEOMETRY = 3 };

bool lun_infer_as_strided(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *size, *stride;
    int n = lun_param_ints(&c->params, 0, &size), m = lun_param_ints(&c->params, 1, &stride);
    int64_t offset = lun_param_int(&c->params, 2, x->offset), geometry[LUN_MAX_DIMS + 1];
    if (n != m || n > LUN_MAX_DIMS)
        return lun_fail(LUN_E_ARGUMENT, "a stride for each size", "%d sizes and %d strides (at most %d)", n, m, LUN_MAX_DIMS), false;
    for (int d = 0; d < n; d++)
        if (size[d] < 0 || stride[d] < 0)
            return lun_fail(LUN_E_ARGUMENT, "x:flip(dim) reverses a dim", "size %lld and stride %lld of dim %d must not be negative",
                            (long long)size[d], (long long)stride[d], d + 1), false;
    if (offset < 0) return lun_fail(LUN_E_ARGUMENT, "0 is the storage's first element", "the offset %lld is negative", (long long)offset), false;
    if (c->params.count == GEOMETRY) {
        memcpy(geometry, x->strides, x->ndim * sizeof *geometry);
        geometry[x->ndim] = x->offset;
        if (!lun_params_ints(&c->params, x->ndim + 1, geometry)) return false;
        lun_param_ints(&c->params, 0, &size);
        lun_param_ints(&c->params, 1, &stride);
    }
    if (lun_result_view(c, n, size, stride, offset)) return true;
    lun_hint("x:numel() elements lie in its memory; sizes and strides must stay within");
    return false;
}

/* Where the elements of a shape lie in the storage, from 1, less `least`: in order. */
static lun_tensor *places(int ndim, const int64_t *dims, const int64_t *strides, int64_t first)
{
    int64_t n = lun_shape_numel(ndim, dims), at[LUN_MAX_DIMS] = {0}, place = first + 1;
    lun_tensor *index = n < 0 ? NULL : lun_integers(n);
    int64_t *to = index ? lun_data(index) : NULL;
    for (int64_t i = 0; to && i < n; i++) {
        to[i] = place;
        for (int d = ndim - 1; d >= 0; d--) {
            place += strides[d];
            if (++at[d] < dims[d]) break;
            place -= at[d] * strides[d];
            at[d] = 0;
        }
    }
    return index;
}

static int64_t furthest(int ndim, const int64_t *dims, const int64_t *strides, int64_t offset)
{
    for (int d = 0; d < ndim; d++) {
        if (!dims[d]) return -1;
        offset += (dims[d] - 1) * strides[d];
    }
    return offset;
}

/* Over the stretch of memory that the two views cover: add g up where it was read, then read it as x lies. Where x itself sees a
 * place several times, its elements share the gradient (PyTorch's rule). */
void lun_vjp_as_strided(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    const int64_t *size, *stride, *own;
    int m = lun_param_ints(n->params, 0, &size), k = lun_param_ints(n->params, GEOMETRY, &own);
    lun_param_ints(n->params, 1, &stride);
    int64_t offset = own[k - 1], from = lun_param_int(n->params, 2, offset), low = from < offset ? from : offset;
    int64_t a = furthest(s->ndim, s->dims, own, offset), b = furthest(m, size, stride, from), length = (a > b ? a : b) - low + 1;
    if (a < 0 || b < 0) {
        dx[0] = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
        return;
    }
    lun_tensor *flat = lun_full(1, &length, 0, s->dtype, lun_tensor_device(g[0])), *x_at = places(s->ndim, s->dims, own, offset - low);
    flat = lun_index_add(flat, 0, places(m, size, stride, from - low), lun_reshape(g[0], 1, (int64_t[]){lun_shape_numel(m, size)}));
    lun_tensor *ones = x_at ? lun_full(1, &x_at->numel, 1, s->dtype, lun_tensor_device(g[0])) : NULL;
    lun_tensor *seen = lun_index_add(lun_full(1, &length, 0, s->dtype, lun_tensor_device(g[0])), 0, x_at, ones);
    lun_tensor *picked = lun_div(lun_index_select(flat, 0, x_at), lun_index_select(seen, 0, x_at));
    dx[0] = lun_reshape(picked, s->ndim, s->dims);
}
