/* place_index.c - several index tensors at once: x[{i, j}], x[{i, j}] = v, index_put
 *
 * The indexed dims go first and are counted through as one, so that one index_select, index_copy or index_add does the work.
 * Holds: index tensors count from 1, negatives from the end, and are checked here; a mask stands for the positions where it holds.
 * Read next: core/ops/place.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/op_id.h"
#include "core/ops/place.h"

#include <string.h>

typedef struct places {
    lun_tensor *index[LUN_MAX_DIMS];
    int dim[LUN_MAX_DIMS]; /* which dim of x each belongs to */
    int n, ndim;           /* the shape that all are broadcast to */
    int64_t dims[LUN_MAX_DIMS];
} places;

static bool too_many(const lun_tensor *x)
{
    return lun_fail(LUN_E_INDEX, "one index for each dim", "more indices than the %d dims of x", x->ndim), false;
}

static bool add_mask(places *p, const lun_tensor *x, lun_tensor *mask, int dim)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (dim + mask->ndim > x->ndim || mask->ndim == 0) return too_many(x);
    for (int d = 0; d < mask->ndim; d++)
        if (mask->dims[d] != x->dims[dim + d])
            return lun_fail(LUN_E_SHAPE, "a mask of the sizes of x's dims there", "the mask %s does not fit dim %d of %s", lun_tensor_text(mask, a),
                            dim + d + 1, lun_tensor_text(x, b)), false;
    lun_tensor *found = lun_call1(LUN_OP_nonzero, mask);
    for (int d = 0; d < mask->ndim; d++) {
        p->dim[p->n] = dim + d;
        if (!(p->index[p->n++] = lun_select(found, 1, d))) return false;
    }
    return true;
}

static bool add_index(places *p, const lun_tensor *x, lun_tensor *index, int dim)
{
    if (dim >= x->ndim) return too_many(x);
    if (index->dtype == LUN_BOOL) return add_mask(p, x, index, dim);
    if (!lun_dtype_is_int((lun_dtype)index->dtype))
        return lun_fail(LUN_E_DTYPE, "x:long() makes whole numbers of it; x:gt(0) gives a mask",
                        "a %s tensor is neither a mask nor a list of positions", lun_dtypes[index->dtype].name), false;
    if (index->flags & LUN_ZERO_BASED)
        return lun_fail(LUN_E_INDEX, "x:from_zero_based() adds 1 and clears the mark", "an index came from a file that counts from 0"), false;
    p->dim[p->n] = dim;
    p->index[p->n++] = index;
    return true;
}

static bool common_shape(places *p)
{
    p->ndim = 0;
    for (int k = 0; k < p->n; k++)
        if (!lun_shape_broadcast(p->ndim, p->dims, p->index[k]->ndim, p->index[k]->dims, &p->ndim, p->dims)) return false;
    return true;
}

static bool collect(const lun_tensor *x, int n, lun_tensor *const *by, const int *dims, places *p)
{
    p->n = 0;
    for (int k = 0; k < n; k++)
        if (!add_index(p, x, by[k], dims[k])) return false;
    return common_shape(p);
}

/* The place (from 1) in x's indexed dims, counted through. */
static lun_tensor *linear(const lun_tensor *x, const places *p)
{
    int64_t n = lun_shape_numel(p->ndim, p->dims);
    lun_tensor *out = n < 0 ? NULL : lun_integers(n);
    int64_t *to = out ? lun_data(out) : NULL;
    if (!to) return NULL;
    memset(to, 0, (size_t)n * sizeof *to);
    for (int k = 0; k < p->n; k++) {
        lun_tensor *index = lun_contiguous(lun_expand(lun_to_dtype(lun_on_host(p->index[k]), LUN_I64), p->ndim, p->dims));
        const int64_t *from = index ? lun_data(index) : NULL, size = x->dims[p->dim[k]];
        for (int64_t i = 0; from && i < n; i++) {
            int64_t at = from[i] < 0 ? from[i] + size + 1 : from[i];
            if (at < 1 || at > size)
                return lun_fail(LUN_E_INDEX, "positions count from 1; negative ones from the end", "index %lld is outside 1..%lld of dim %d",
                                (long long)from[i], (long long)size, p->dim[k] + 1);
            to[i] = to[i] * size + at - 1;
        }
        if (!from) return NULL;
    }
    for (int64_t i = 0; i < n; i++) to[i]++;
    return out;
}

/* The order of x's dims with the indexed ones first, and the sizes of the others behind dims[0], which is the product of the first. */
static int first_dims(const lun_tensor *x, const places *p, int64_t *order, int64_t *dims)
{
    uint32_t indexed = 0;
    int n = 0, rest = 1;
    dims[0] = 1;
    for (int k = 0; k < p->n; k++) {
        order[n++] = p->dim[k];
        indexed |= 1U << p->dim[k];
        dims[0] *= x->dims[p->dim[k]];
    }
    for (int d = 0; d < x->ndim; d++) {
        if (indexed >> d & 1) continue;
        order[n++] = d;
        dims[rest++] = x->dims[d];
    }
    return rest - 1;
}

/* Before how many of the other dims the places' own dims stand in the result. */
static int stands_at(const places *p)
{
    for (int k = 1; k < p->n; k++)
        if (p->dim[k] != p->dim[k - 1] + 1) return 0;
    return p->dim[0];
}

static bool fits(const places *p, int rest)
{
    if (p->ndim + rest <= LUN_MAX_DIMS) return true;
    return lun_fail(LUN_E_SHAPE, "indices with fewer dims", "the places would have %d dims, at most %d are possible", p->ndim + rest,
                    LUN_MAX_DIMS), false;
}

/* Dims first, first + 1 ... of x (count of them) put to where `to` stands. */
static lun_tensor *moved(lun_tensor *x, int first, int count, int to)
{
    int64_t order[LUN_MAX_DIMS];
    int from = 0;
    if (!x || first == to) return x;
    for (int d = 0; d < x->ndim; d++) {
        if (d >= to && d < to + count) {
            order[d] = first + d - to;
            continue;
        }
        if (from == first) from += count;
        order[d] = from++;
    }
    return lun_permute(x, x->ndim, order);
}

lun_tensor *lun_index_places(lun_tensor *x, int n, lun_tensor *const *by, const int *dims)
{
    places p;
    int64_t order[LUN_MAX_DIMS], rows[LUN_MAX_DIMS + 1], shape[2 * LUN_MAX_DIMS];
    if (!x || !collect(x, n, by, dims, &p)) return NULL;
    int rest = first_dims(x, &p, order, rows), at = stands_at(&p);
    lun_tensor *index = fits(&p, rest) ? linear(x, &p) : NULL;
    if (!index) return NULL;
    lun_tensor *picked = lun_index_select(lun_reshape(lun_permute(x, x->ndim, order), 1 + rest, rows), 0, index);
    memcpy(shape, p.dims, sizeof p.dims);
    memcpy(shape + p.ndim, rows + 1, (size_t)rest * sizeof *shape);
    return moved(lun_reshape(picked, p.ndim + rest, shape), 0, p.ndim, at);
}

/* v, spread out to one slice of x's other dims for each of n places. */
static lun_tensor *spread(lun_tensor *v, const places *p, int rest, int64_t *rows, int64_t n, int at)
{
    int64_t shape[2 * LUN_MAX_DIMS];
    int ndim = p->ndim + rest;
    memcpy(shape, rows + 1, (size_t)at * sizeof *shape);
    memcpy(shape + at, p->dims, (size_t)p->ndim * sizeof *shape);
    memcpy(shape + at + p->ndim, rows + 1 + at, (size_t)(rest - at) * sizeof *shape);
    while (v && v->ndim > ndim && v->dims[0] == 1) v = lun_squeeze(v, 0);
    rows[0] = n;
    return lun_reshape(moved(lun_expand(v, ndim, shape), at, p->ndim, 0), 1 + rest, rows);
}

/* x with v at the places; order says which dims of the result are x's. */
static lun_tensor *with_places(lun_tensor *x, const places *p, lun_tensor *v, bool accumulate, int at, int64_t *order)
{
    int64_t rows[LUN_MAX_DIMS + 1];
    int rest = first_dims(x, p, order, rows);
    lun_tensor *index = fits(p, rest) ? linear(x, p) : NULL, *first = lun_permute(x, x->ndim, order);
    if (!index || !first) return NULL;
    lun_tensor *flat = lun_reshape(first, 1 + rest, rows);
    if ((v->flags & LUN_NUMBER) || v->ndim == 0) v = lun_to_dtype(v, (lun_dtype)x->dtype);
    lun_tensor *y = lun_placed(flat, index, spread(v, p, rest, rows, index->numel, at), accumulate);
    return lun_reshape(y, first->ndim, first->dims);
}

lun_tensor *lun_set_places(lun_tensor *x, int n, lun_tensor *const *by, const int *dims, lun_tensor *v)
{
    places p;
    int64_t order[LUN_MAX_DIMS];
    if (!x || !v || !collect(x, n, by, dims, &p)) return NULL;
    v = lun_to_dtype(v, (lun_dtype)x->dtype);
    lun_tensor *y = v ? with_places(x, &p, v, false, stands_at(&p), order) : NULL;
    int64_t back[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) back[order[d]] = d;
    return y ? lun_copy_into(x, lun_permute(y, x->ndim, back)) : NULL;
}

bool lun_compose_index_put(lun_call *c)
{
    places p = {.n = 0};
    lun_tensor *x = c->in[0];
    int64_t order[LUN_MAX_DIMS];
    for (int i = 1; i < c->n_in - 1; i++)
        if (!add_index(&p, x, c->in[i], p.n)) return false;
    if (p.n == 0) return lun_fail(LUN_E_ARGUMENT, "x:fill_(value)", "at least one index is needed"), false;
    if (!common_shape(&p)) return false;
    return lun_composed(c, with_places(x, &p, c->in[c->n_in - 1], lun_param_bool(&c->params, 0, false), 0, order));
}
