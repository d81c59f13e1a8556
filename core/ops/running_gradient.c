/* running_gradient.c - the rule of gradient: slopes along dims by differences
 *
 * With coordinates the steps before and behind a place differ, and the three values are weighted so that parabolas come out exact.
 * Read next: core/ops/running.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/running.h"

static lun_tensor *part(lun_tensor *x, int dim, int64_t start, int64_t length) { return lun_narrow(x, dim, start, length); }

/* a + wb b + wc c over whole lines, at one edge: numbers. */
static lun_tensor *weighted(lun_tensor *x, int dim, const int64_t *at, const double *w, int n)
{
    lun_tensor *sum = NULL;
    for (int i = 0; i < n; i++) {
        lun_tensor *term = lun_mul_number(part(x, dim, at[i], 1), w[i]);
        sum = sum ? lun_add(sum, term) : term;
    }
    return sum;
}

static lun_tensor *joined(lun_tensor *first, lun_tensor *inside, lun_tensor *last, int dim)
{
    return lun_cat(3, (lun_tensor *[]){first, inside, last}, dim);
}

/* Equal steps h. */
static lun_tensor *even(lun_tensor *x, int dim, double h, int edge_order)
{
    int64_t n = x->dims[dim];
    lun_tensor *inside = lun_mul_number(lun_sub(part(x, dim, 2, n - 2), part(x, dim, 0, n - 2)), 0.5 / h), *first, *last;
    if (edge_order == 1) {
        first = weighted(x, dim, (int64_t[]){1, 0}, (double[]){1 / h, -1 / h}, 2);
        last = weighted(x, dim, (int64_t[]){n - 1, n - 2}, (double[]){1 / h, -1 / h}, 2);
    } else {
        first = weighted(x, dim, (int64_t[]){0, 1, 2}, (double[]){-1.5 / h, 2 / h, -0.5 / h}, 3);
        last = weighted(x, dim, (int64_t[]){n - 3, n - 2, n - 1}, (double[]){0.5 / h, -2 / h, 1.5 / h}, 3);
    }
    return joined(first, inside, last, dim);
}

/* The slope at an edge of three values y, of which the edge's comes first, a and then b apart (negative when going back). */
static lun_tensor *edge_slope(lun_tensor *const *y, lun_tensor *a, lun_tensor *b)
{
    lun_tensor *both = lun_add(a, b);
    lun_tensor *w0 = lun_neg(lun_div(lun_add(a, both), lun_mul(a, both))), *w1 = lun_div(both, lun_mul(a, b));
    lun_tensor *w2 = lun_neg(lun_div(a, lun_mul(b, both)));
    return lun_add(lun_add(lun_mul(y[0], w0), lun_mul(y[1], w1)), lun_mul(y[2], w2));
}

static lun_tensor *edge(lun_tensor *x, int dim, lun_tensor *step, bool last, int edge_order)
{
    int64_t n = x->dims[dim], m = n - 1;
    lun_tensor *y[3], *a = part(step, 0, last ? m - 1 : 0, 1), *b = m > 1 ? part(step, 0, last ? m - 2 : 1, 1) : a;
    for (int i = 0; i <= edge_order; i++) y[i] = part(x, dim, last ? n - 1 - i : i, 1);
    if (last) a = lun_neg(a), b = lun_neg(b);
    return edge_order == 1 ? lun_div(lun_sub(y[1], y[0]), a) : edge_slope(y, a, b);
}

/* Steps read from coordinates t. */
static lun_tensor *uneven(lun_tensor *x, int dim, lun_tensor *t, int edge_order)
{
    int64_t n = x->dims[dim], dims[LUN_MAX_DIMS];
    lun_tensor *step = lun_sub(part(t, 0, 1, n - 1), part(t, 0, 0, n - 1));
    if (!step || !(step = lun_to_dtype(step, lun_dtypes[step->dtype].kind >= LUN_KIND_FLOAT ? (lun_dtype)step->dtype : LUN_F32))) return NULL;
    for (int d = 0; d < x->ndim; d++) dims[d] = d == dim ? n - 2 : 1;
    lun_tensor *a = lun_reshape(part(step, 0, 0, n - 2), x->ndim, dims), *b = lun_reshape(part(step, 0, 1, n - 2), x->ndim, dims);
    lun_tensor *both = lun_add(a, b);
    lun_tensor *low = lun_mul(part(x, dim, 0, n - 2), lun_neg(lun_div(b, lun_mul(a, both))));
    lun_tensor *here = lun_mul(part(x, dim, 1, n - 2), lun_div(lun_sub(b, a), lun_mul(a, b)));
    lun_tensor *high = lun_mul(part(x, dim, 2, n - 2), lun_div(a, lun_mul(b, both)));
    lun_tensor *inside = lun_add(lun_add(low, here), high);
    return joined(edge(x, dim, step, false, edge_order), inside, edge(x, dim, step, true, edge_order), dim);
}

static lun_tensor *along(lun_call *c, lun_tensor *x, int dim, lun_tensor *spacing, int edge_order)
{
    if (x->dims[dim] <= edge_order)
        return lun_fail(LUN_E_SHAPE, "more values along the dim", "dim %d has %lld values, a slope with edge_order %d needs %d", dim + 1,
                        (long long)x->dims[dim], edge_order, edge_order + 1);
    if (spacing && spacing->ndim == 1 && spacing->dims[0] != x->dims[dim])
        return lun_fail(LUN_E_SHAPE, "a coordinate for each value", "%lld coordinates for the %lld values of dim %d", (long long)spacing->dims[0],
                        (long long)x->dims[dim], dim + 1);
    if (spacing && spacing->ndim > 1) return lun_fail(LUN_E_SHAPE, "numbers or vectors", "a spacing has %d dims", spacing->ndim);
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    if (spacing && spacing->ndim && lun_dtype_has_gradient((lun_dtype)spacing->dtype)) t = lun_dtype_promote(t, (lun_dtype)spacing->dtype);
    lun_tensor *y = spacing && spacing->ndim ? uneven(x, dim, spacing, edge_order)
                                             : even(x, dim, spacing ? lun_get_double(spacing, 0) : 1, edge_order);
    return lun_dtypes[t].kind >= LUN_KIND_FLOAT ? lun_to_dtype(y, t) : y;
}

bool lun_compose_gradient(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const int64_t *dims;
    int n = lun_param_ints(&c->params, 0, &dims), edge_order = (int)lun_param_int(&c->params, 1, 1);
    int count = n ? n : x->ndim, spacings = lun_is_none(c->in[1]) ? 0 : c->n_in - 1;
    uint32_t seen;
    if (edge_order != 1 && edge_order != 2)
        return lun_fail(LUN_E_ARGUMENT, "1 or 2", "edge_order is %lld", (long long)lun_param_int(&c->params, 1, 1)), false;
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:reshape(n)", "a 0-d tensor has no slopes"), false;
    if (!lun_param_dims(c, 0, x->ndim, &seen)) return false;
    if (spacings && !(spacings == 1 && (c->in[1]->flags & LUN_NUMBER)) && spacings != count)
        return lun_fail(LUN_E_ARGUMENT, "one step, or one for each dim", "%d spacings for %d dims", spacings, count), false;
    for (int i = 0; i < count; i++) {
        lun_tensor *spacing = spacings ? c->in[spacings > 1 ? 1 + i : 1] : NULL;
        if (!lun_call_output(c, along(c, x, n ? lun_dim_normalize(dims[i], x->ndim) : i, spacing, edge_order))) return false;
    }
    return true;
}
