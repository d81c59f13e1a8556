/* layout.c - rules of more rows that show the same elements in another way
 *
 * Holds: nearly all are made of permute, view, expand and flip, so their gradients are those rows' own.
 * Read next: core/ops/layout_window.c, core/ops/layout_copy.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/layout.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"

#include <string.h>

/* Attribute k as different dims, in the order given; their number, -1 after lun_fail. */
static int ordered_dims(const lun_call *c, int k, int ndim, int *out)
{
    const int64_t *dims;
    int n = lun_param_ints(&c->params, k, &dims);
    uint32_t seen = 0;
    for (int i = 0; i < n; i++) {
        int d = lun_dim_normalize(dims[i], ndim);
        if (d < 0) return -1;
        if (seen >> d & 1) return lun_fail(LUN_E_ARGUMENT, "each dim once", "dim %d is named twice", d + 1), -1;
        seen |= 1U << d;
        out[i] = d;
    }
    return n;
}

bool lun_compose_movedim(lun_call *c)
{
    int from[LUN_PARAM_POOL], to[LUN_PARAM_POOL], ndim = c->in[0]->ndim;
    int64_t order[LUN_MAX_DIMS];
    int n = ordered_dims(c, 0, ndim, from), m = n < 0 ? -1 : ordered_dims(c, 1, ndim, to);
    if (m < 0) return false;
    if (n != m)
        return lun_fail(LUN_E_ARGUMENT, "a place for each dim, as in x:movedim({1,2}, {2,1})", "%d dims are to move to %d places", n, m), false;
    if (ndim == 0) return lun_composed(c, lun_permute(c->in[0], 0, NULL));
    uint32_t moved = 0, taken = 0;
    for (int i = 0; i < n; i++) {
        order[to[i]] = from[i];
        moved |= 1U << from[i];
        taken |= 1U << to[i];
    }
    for (int d = 0, next = 0; d < ndim; d++) {
        if (taken >> d & 1) continue;
        while (moved >> next & 1) next++;
        order[d] = next++;
    }
    return lun_composed(c, lun_permute(c->in[0], ndim, order));
}

bool lun_compose_like_other(lun_call *c)
{
    const lun_tensor *other = c->in[1];
    lun_tensor *x = c->in[0];
    switch (c->op->id) {
    case LUN_OP_expand_as: return lun_composed(c, lun_expand(x, other->ndim, other->dims));
    case LUN_OP_view_as: return lun_composed(c, lun_view(x, other->ndim, other->dims));
    default: return lun_composed(c, lun_reshape(x, other->ndim, other->dims));
    }
}

bool lun_compose_broadcast_to(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    return lun_composed(c, lun_expand(c->in[0], n, size));
}

/* The sizes of attribute 1 with a -1 worked out, so that they make `length` positions. */
static bool resolve(const lun_call *c, int64_t length, int n, const int64_t *sizes, int64_t *out)
{
    int unknown = -1;
    int64_t known = 1;
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        out[i] = sizes[i];
        if (sizes[i] == -1 && unknown < 0) unknown = i;
        else ok = sizes[i] >= 0 && !__builtin_mul_overflow(known, sizes[i], &known);
    }
    if (ok && unknown >= 0) {
        ok = known > 0 && length % known == 0;
        if (ok) out[unknown] = length / known;
    } else {
        ok = ok && known == length;
    }
    if (ok) return true;
    char text[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_SHAPE, "sizes whose product is the dim's; one may be -1", "dim %lld with %lld positions cannot become %s",
                    (long long)lun_param_int(&c->params, 0, 0) + 1, (long long)length, lun_shape_text(n, sizes, text)), false;
}

bool lun_compose_unflatten(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const int64_t *sizes;
    int64_t dims[2 * LUN_MAX_DIMS];
    int at = lun_param_dim(c, 0, x->ndim), n = lun_param_ints(&c->params, 1, &sizes), count = 0;
    if (at < 0) return false;
    if (!n || !x->ndim || x->ndim - 1 + n > LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, "x:unflatten(dim, {2, 3})", "%d sizes for a dim of a tensor with %d dims (results have at most %d)", n, x->ndim,
                        LUN_MAX_DIMS), false;
    for (int d = 0; d < x->ndim; d++) {
        if (d != at) dims[count++] = x->dims[d];
        else if (resolve(c, x->dims[d], n, sizes, dims + count)) count += n;
        else return false;
    }
    return lun_composed(c, lun_reshape(x, count, dims));
}

bool lun_compose_ravel(lun_call *c) { return lun_composed(c, lun_flat(c->in[0])); }

bool lun_compose_adjoint(lun_call *c)
{
    if (c->in[0]->ndim >= 2) return lun_composed(c, lun_mH(c->in[0]));
    return lun_fail(LUN_E_SHAPE, "x:unsqueeze(1) makes a vector a row", "a matrix has 2 or more dims, this has %d", c->in[0]->ndim), false;
}

bool lun_compose_rot90(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int dims[LUN_PARAM_POOL] = {0, 1}, n = lun_param_given(&c->params, 1) ? ordered_dims(c, 1, x->ndim, dims) : 2;
    int64_t k = lun_param_int(&c->params, 0, 1) % 4;
    if (n < 0) return false;
    if (n != 2 || x->ndim < 2)
        return lun_fail(LUN_E_ARGUMENT, "x:rot90(1, {1, 2})", "a plane has two dims, got %d of a tensor with %d", n, x->ndim), false;
    switch (k < 0 ? k + 4 : k) {
    case 1: return lun_composed(c, lun_transpose(lun_flip(x, dims[1]), dims[0], dims[1]));
    case 2: return lun_composed(c, lun_flip(lun_flip(x, dims[0]), dims[1]));
    case 3: return lun_composed(c, lun_transpose(lun_flip(x, dims[0]), dims[0], dims[1]));
    default: return lun_composed(c, lun_clone(x));
    }
}

bool lun_compose_flip_named(lun_call *c)
{
    int dim = c->op->id == LUN_OP_fliplr;
    if (c->in[0]->ndim > dim) return lun_composed(c, lun_flip(c->in[0], dim));
    return lun_fail(LUN_E_SHAPE, "x:flip(dim)", "%s needs %d or more dims, this has %d", c->op->name, dim + 1, c->in[0]->ndim), false;
}

/* ---- the same bytes as another dtype ---- */

static bool bytes_fail(const lun_tensor *x, lun_dtype t)
{
    char text[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_SHAPE, "x:contiguous() first, and a last dim that divides", "%s cannot be seen as %s: its last dim does not fit",
                    lun_tensor_text(x, text), lun_dtypes[t].name), false;
}

bool lun_infer_view_dtype(lun_call *c)
{
    lun_tensor *x = c->in[0], *y;
    lun_dtype t = lun_param_dtype(&c->params, 0, LUN_F32);
    int64_t from = (int64_t)lun_dtype_size((lun_dtype)x->dtype), to = (int64_t)lun_dtype_size(t), dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    int last = x->ndim - 1;
    memcpy(dims, x->dims, sizeof dims);
    memcpy(strides, x->strides, sizeof strides);
    if (from != to && (last < 0 || (x->strides[last] != 1 && x->dims[last] > 1))) return bytes_fail(x, t);
    for (int d = 0; d <= last && from != to; d++) {
        if (d == last) strides[d] = 1;
        else if (from > to) strides[d] *= from / to;
        else if (strides[d] % (to / from) && x->dims[d] > 1) return bytes_fail(x, t);
        else strides[d] /= to / from;
    }
    if (from < to && (x->dims[last] % (to / from) || x->offset % (to / from))) return bytes_fail(x, t);
    if (from != to && __builtin_mul_overflow(dims[last], from, &dims[last])) return bytes_fail(x, t);
    if (from != to) dims[last] /= to;
    y = lun_tensor_alias(x);
    if (!y) return false;
    y->dtype = (uint8_t)t;
    return lun_composed(c, lun_tensor_as(y, x->ndim, dims, strides, x->offset * from / to));
}
