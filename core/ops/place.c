/* place.c - rules of take, put, index_put, masked_scatter: positions of several dims made positions of one
 *
 * Holds: index tensors count from 1; the op that picks or places in the end checks them, index_put's are checked here.
 * Read next: core/ops/place_fold.c, core/ops/index_pick.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/place.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"

#include <string.h>

static lun_tensor *flat(lun_tensor *x) { return x ? lun_reshape(x, 1, &x->numel) : NULL; }

bool lun_compose_take(lun_call *c)
{
    lun_tensor *index = c->in[1];
    return lun_composed(c, lun_reshape(lun_index_select(flat(c->in[0]), 0, flat(index)), index->ndim, index->dims));
}

static lun_tensor *placed(lun_tensor *x, lun_tensor *index, lun_tensor *source, bool accumulate)
{
    if (accumulate) return lun_index_add(x, 0, index, source);
    if (!x || !index || !source) return NULL;
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_index_copy));
    lun_call_input(&c, x);
    lun_call_input(&c, index);
    lun_call_input(&c, source);
    lun_params_int(&c.params, 0);
    return lun_apply1(&c);
}

bool lun_compose_put(lun_call *c)
{
    lun_tensor *x = c->in[0], *index = c->in[1], *source = c->in[2];
    if (index->numel != source->numel)
        return lun_fail(LUN_E_SHAPE, "as many values as positions", "%lld positions and %lld values", (long long)index->numel,
                        (long long)source->numel), false;
    lun_tensor *y = placed(flat(x), flat(index), flat(source), lun_param_bool(&c->params, 0, false));
    return lun_composed(c, lun_reshape(y, x->ndim, x->dims));
}

/* ---- index_put ---- */

typedef struct places {
    lun_tensor *index[LUN_MAX_DIMS]; /* one for each of x's first n dims */
    int n, ndim;                     /* the shape that all are broadcast to */
    int64_t dims[LUN_MAX_DIMS];
} places;

static bool too_many(const lun_tensor *x)
{
    return lun_fail(LUN_E_INDEX, "one index for each of the first dims", "more indices than the %d dims of x", x->ndim), false;
}

/* A mask stands for as many index tensors as it has dims. */
static bool add_mask(places *p, const lun_tensor *x, lun_tensor *mask)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (p->n + mask->ndim > x->ndim || mask->ndim == 0) return too_many(x);
    for (int d = 0; d < mask->ndim; d++)
        if (mask->dims[d] != x->dims[p->n + d])
            return lun_fail(LUN_E_SHAPE, "a mask of the sizes of x's dims there", "the mask %s does not fit dim %d of %s", lun_tensor_text(mask, a),
                            p->n + d + 1, lun_tensor_text(x, b)), false;
    lun_tensor *found = lun_call1(LUN_OP_nonzero, mask);
    for (int d = 0; d < mask->ndim; d++)
        if (!(p->index[p->n++] = lun_select(found, 1, d))) return false;
    return true;
}

static bool collect(lun_call *c, places *p)
{
    const lun_tensor *x = c->in[0];
    p->n = p->ndim = 0;
    for (int i = 1; i < c->n_in - 1; i++) {
        lun_tensor *index = c->in[i];
        if (index->dtype == LUN_BOOL) {
            if (!add_mask(p, x, index)) return false;
            continue;
        }
        if (!lun_dtype_is_int((lun_dtype)index->dtype))
            return lun_fail(LUN_E_DTYPE, "index:long()", "index %d must be whole numbers or a bool mask, got %s", i, lun_dtypes[index->dtype].name),
                   false;
        if (index->flags & LUN_ZERO_BASED)
            return lun_fail(LUN_E_INDEX, "x:from_zero_based() adds 1 and clears the mark", "index %d came from a file that counts from 0", i), false;
        if (p->n == x->ndim) return too_many(x);
        p->index[p->n++] = index;
    }
    for (int k = 0; k < p->n; k++)
        if (!lun_shape_broadcast(p->ndim, p->dims, p->index[k]->ndim, p->index[k]->dims, &p->ndim, p->dims)) return false;
    return true;
}

/* The place (from 1) in x's first dims, counted through. */
static lun_tensor *linear(const lun_tensor *x, places *p)
{
    int64_t n = lun_shape_numel(p->ndim, p->dims);
    lun_tensor *out = n < 0 ? NULL : lun_tensor_empty(LUN_I64, 1, &n, lun_tensor_device(x));
    int64_t *to = out ? lun_data(out) : NULL;
    if (!to) return NULL;
    memset(to, 0, (size_t)n * sizeof *to);
    for (int k = 0; k < p->n; k++) {
        lun_tensor *index = lun_contiguous(lun_to_dtype(lun_expand(p->index[k], p->ndim, p->dims), LUN_I64));
        const int64_t *from = index ? lun_data(index) : NULL, size = x->dims[k];
        for (int64_t i = 0; from && i < n; i++) {
            int64_t at = from[i] < 0 ? from[i] + size + 1 : from[i];
            if (at < 1 || at > size)
                return lun_fail(LUN_E_INDEX, "positions count from 1; negative ones from the end", "index %lld is outside 1..%lld of dim %d",
                                (long long)from[i], (long long)size, k + 1);
            to[i] = to[i] * size + at - 1;
        }
        if (!from) return NULL;
    }
    for (int64_t i = 0; i < n; i++) to[i]++;
    return out;
}

/* values, spread out to one slice of x's other dims for each of n places. */
static lun_tensor *spread(const lun_tensor *x, lun_tensor *values, const places *p, int64_t n)
{
    int rest = x->ndim - p->n, ndim = p->ndim + rest;
    int64_t dims[2 * LUN_MAX_DIMS], rows[LUN_MAX_DIMS + 1] = {n};
    if (ndim > LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, "indices with fewer dims", "the places would have %d dims, at most %d are possible", ndim, LUN_MAX_DIMS);
    memcpy(dims, p->dims, sizeof p->dims);
    for (int d = 0; d < rest; d++) dims[p->ndim + d] = rows[1 + d] = x->dims[p->n + d];
    while (values && values->ndim > ndim && values->dims[0] == 1) values = lun_squeeze(values, 0);
    return lun_reshape(lun_expand(values, ndim, dims), 1 + rest, rows);
}

bool lun_compose_index_put(lun_call *c)
{
    lun_tensor *x = c->in[0], *values = c->in[c->n_in - 1], *index;
    places p;
    int64_t dims[LUN_MAX_DIMS + 1] = {1};
    if (!collect(c, &p)) return false;
    if (p.n == 0) return lun_fail(LUN_E_ARGUMENT, "x:fill_(value)", "at least one index is needed"), false;
    if (values->flags & LUN_NUMBER) values = lun_to_dtype(values, (lun_dtype)x->dtype);
    if (!values || !(index = linear(x, &p))) return false;
    for (int k = 0; k < p.n; k++) dims[0] *= x->dims[k];
    for (int d = p.n; d < x->ndim; d++) dims[1 + d - p.n] = x->dims[d];
    values = spread(x, values, &p, index->numel);
    lun_tensor *y = placed(lun_reshape(x, 1 + x->ndim - p.n, dims), index, values, lun_param_bool(&c->params, 0, false));
    return lun_composed(c, lun_reshape(y, x->ndim, x->dims));
}

/* ---- masked_scatter ---- */

bool lun_compose_masked_scatter(lun_call *c)
{
    lun_tensor *x = c->in[0], *mask = c->in[1], *source = c->in[2];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (mask->dtype != LUN_BOOL)
        return lun_fail(LUN_E_DTYPE, "a comparison such as x:gt(0), or mask:bool()", "the mask must be bool, got %s", lun_dtypes[mask->dtype].name),
               false;
    if (source->dtype != x->dtype)
        return lun_fail(LUN_E_DTYPE, "source:to(x.dtype)", "x is %s, the source %s", lun_dtypes[x->dtype].name,
                        lun_dtypes[source->dtype].name), false;
    if (!lun_shape_broadcast(x->ndim, x->dims, mask->ndim, mask->dims, &ndim, dims)) return false;
    x = lun_clone(lun_expand(x, ndim, dims));
    mask = lun_expand(mask, ndim, dims);
    lun_tensor *count = lun_sum(mask, 0, NULL, false);
    if (!x || !count) return false;
    int64_t n = lun_get_integer(count, 0);
    if (n > source->numel)
        return lun_fail(LUN_E_SHAPE, "one element for each place", "the mask holds in %lld places, the source has %lld elements", (long long)n,
                        (long long)source->numel), false;
    if (!n) return lun_composed(c, x);
    if (ndim == 0) return lun_composed(c, lun_copy_into(x, lun_reshape(lun_narrow(flat(source), 0, 0, 1), 0, NULL)));
    return lun_composed(c, lun_set_index(x, mask, lun_narrow(flat(source), 0, 0, n)));
}
