/* count.c - rules of rows that search and count: searchsorted, isin, histogram, bincount
 *
 * Holds: positions in a sorted sequence run from 1 to n + 1, and bincount's values from 1.
 * Read next: core/ops/count_unique.c, kernels/cpu/search.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/count.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>


bool lun_compose_msort(lun_call *c) { return lun_composed(c, lun_sort(c->in[0], 0)); }

/* ---- searching ---- */

static lun_tensor *search(lun_tensor *sequence, lun_tensor *values, bool right)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_search_sorted));
    lun_call_input(&c, lun_detach(sequence));
    lun_call_input(&c, lun_detach(values));
    lun_params_bool(&c.params, right);
    return lun_apply1(&c);
}

static bool search_fits(const lun_tensor *s, const lun_tensor *v)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    bool fits = s->ndim == 1 || (s->ndim == v->ndim && s->ndim > 0);
    for (int d = 0; fits && s->ndim > 1 && d < s->ndim - 1; d++) fits = s->dims[d] == v->dims[d];
    if (!fits)
        return lun_fail(LUN_E_SHAPE, "a vector, or the sizes of values but for the last dim", "the sequence %s does not fit values %s",
                        lun_tensor_text(s, a), lun_tensor_text(v, b)), false;
    return true;
}

bool lun_infer_search_sorted(lun_call *c)
{
    const lun_tensor *v = c->in[1];
    if (!search_fits(c->in[0], v)) return false;
    lun_result(c, 0, LUN_I64, v->ndim, v->dims);
    return true;
}

/* Behind equal ones? -1 after lun_fail. */
static int side_of(const lun_call *c)
{
    bool right = lun_param_bool(&c->params, 1, false);
    const char *side = lun_param_string(&c->params, 2, NULL);
    if (!side) return right;
    if (strcmp(side, "left") && strcmp(side, "right")) return lun_fail(LUN_E_ARGUMENT, "\"left\" or \"right\"", "no side \"%s\"", side), -1;
    if (right && !strcmp(side, "left"))
        return lun_fail(LUN_E_ARGUMENT, "one of the two", "side = \"left\" and right = true contradict each other"), -1;
    return !strcmp(side, "right");
}

bool lun_compose_searchsorted(lun_call *c)
{
    bool buckets = c->op->id == LUN_OP_bucketize;
    lun_tensor *s = buckets ? c->in[1] : c->in[0], *v = buckets ? c->in[0] : c->in[1], *sorter = buckets ? LUN_NONE : c->in[2];
    int right = side_of(c);
    if (right < 0) return false;
    if (buckets && s->ndim != 1) return lun_fail(LUN_E_SHAPE, "boundaries:flatten()", "boundaries must be a vector, got %d dims", s->ndim), false;
    if (s->dtype != v->dtype && !(v->flags & LUN_NUMBER) && !buckets)
        return lun_fail(LUN_E_DTYPE, "values:to(sequence.dtype)", "the sequence is %s, the values are %s", lun_dtypes[s->dtype].name,
                        lun_dtypes[v->dtype].name), false;
    if (!lun_is_none(sorter)) { /* shapes first: on a device its positions are looked at later */
        if (!search_fits(s, v)) return false;
        if (!lun_shape_same(sorter->ndim, sorter->dims, s->ndim, s->dims))
            return lun_fail(LUN_E_SHAPE, "sequence:argsort()", "the sorter must have the sequence's shape"), false;
        s = lun_gather_along(lun_detach(s), -1, sorter);
    }
    lun_tensor *y = search(s, v, right);
    return lun_composed(c, lun_param_bool(&c->params, 0, false) ? lun_to_dtype(y, LUN_I32) : y);
}

bool lun_compose_isin(lun_call *c)
{
    lun_tensor *x = lun_detach(c->in[0]), *tests = lun_flat(lun_detach(c->in[1])), *in;
    bool invert = lun_param_bool(&c->params, 1, false);
    if (tests && lun_dtype_is_float((lun_dtype)tests->dtype)) tests = lun_index(tests, lun_eq(tests, tests)); /* NaN equals nothing */
    if (!x || !tests) return false;
    if ((c->in[0]->flags & LUN_NUMBER) && (c->in[1]->flags & LUN_NUMBER))
        return lun_fail(LUN_E_ARGUMENT, "a == b compares two numbers", "one of the two must be a tensor"), false;
    if (!tests->numel) {
        in = lun_full(x->ndim, x->dims, 0, LUN_BOOL, lun_tensor_device(x));
    } else {
        lun_dtype t = lun_dtype_promote((lun_dtype)x->dtype, (lun_dtype)tests->dtype);
        bool whole = lun_dtypes[t].kind < LUN_KIND_FLOAT; /* then t holds both: -2147483648 is no int8 */
        if (!whole && c->in[0]->flags & LUN_NUMBER && lun_dtypes[x->dtype].kind <= lun_dtypes[tests->dtype].kind) t = (lun_dtype)tests->dtype;
        if (!whole && c->in[1]->flags & LUN_NUMBER && lun_dtypes[tests->dtype].kind <= lun_dtypes[x->dtype].kind) t = (lun_dtype)x->dtype;
        x = lun_to_dtype(x, t);
        tests = lun_sort(lun_to_dtype(tests, t), 0);
        if (!x || !tests) return false;
        lun_tensor *at = lun_flat(search(tests, x, false)), *most = lun_tensor_integer(tests->numel);
        at = lun_where(lun_gt(at, most), most, at);
        in = lun_eq(x, lun_reshape(lun_index_select(tests, 0, at), x->ndim, x->dims));
    }
    return lun_composed(c, invert ? lun_call1(LUN_OP_logical_not, in) : in);
}

/* ---- counting in bins ---- */

static bool bad_bins(int64_t bins)
{
    if (bins >= 1 && bins < INT64_MAX) return false; /* there is one edge more */
    lun_fail(LUN_E_ARGUMENT, "1 or more bins", "%lld bins cannot be", (long long)bins);
    return true;
}

bool lun_infer_histc(lun_call *c)
{
    int64_t bins = lun_param_int(&c->params, 0, 100);
    double low = lun_param_float(&c->params, 1, 0), high = lun_param_float(&c->params, 2, 0);
    if (bad_bins(bins)) return false;
    if (low > high || !isfinite(low) || !isfinite(high))
        return lun_fail(LUN_E_ARGUMENT, "min below max", "bins from %g to %g cannot be", low, high), false;
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, 1, &bins);
    return true;
}

/* So many equal bins over the range given, or over the elements. */
static lun_tensor *equal_edges(lun_call *c, lun_tensor *x, int64_t bins)
{
    bool given = !lun_is_none(c->in[2]);
    double low = 0, high = 1;
    if (bad_bins(bins)) return NULL;
    if (given && c->n_in != 5) return lun_fail(LUN_E_ARGUMENT, "range = {0, 1}", "a range is two numbers, got %d", c->n_in - 3);
    if (given) low = lun_get_double(c->in[2], 0), high = lun_get_double(c->in[3], 0);
    if (!given && x->numel) {
        lun_tensor *least = lun_call1(LUN_OP_amin, x), *most = lun_call1(LUN_OP_amax, x);
        if (!least || !most) return NULL;
        low = lun_get_double(least, 0), high = lun_get_double(most, 0);
    }
    if (low == high) low -= 0.5, high += 0.5;
    if (!(low < high) || !isfinite(low) || !isfinite(high))
        return lun_fail(LUN_E_ARGUMENT, "range = {low, high} with low below high", "bins from %g to %g cannot be", low, high);
    lun_call linspace;
    lun_call_begin(&linspace, lun_op_at(LUN_OP_linspace));
    lun_params_float(&linspace.params, low);
    lun_params_float(&linspace.params, high);
    lun_params_int(&linspace.params, bins + 1);
    lun_params_dtype(&linspace.params, (lun_dtype)x->dtype);
    return lun_apply1(&linspace);
}

/* The bin of each element, and which are in one: the last edge belongs to the last bin. */
static lun_tensor *count_bins(lun_tensor *x, lun_tensor *edges, lun_tensor *weight)
{
    int64_t bins = edges->numel - 1;
    lun_tensor *at = lun_sub(search(edges, x, true), lun_tensor_integer(1)), *last = lun_select(edges, 0, bins);
    at = lun_where(lun_eq(x, last), lun_tensor_integer(bins), at);
    lun_tensor *inside = lun_logical_and(lun_ge(at, lun_tensor_integer(1)), lun_le(at, lun_tensor_integer(bins)));
    inside = lun_logical_and(inside, lun_eq(x, x));
    lun_tensor *zeros = lun_full(1, &bins, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    return lun_index_add(zeros, 0, lun_index(at, inside), lun_index(weight, inside));
}

bool lun_compose_histogram(lun_call *c)
{
    lun_tensor *bins = c->in[1], *weight = c->in[c->n_in - 1], *x = lun_detach(lun_flat(c->in[0])), *edges;
    if (!x) return false;
    if (!lun_check_taken(c->op, (lun_dtype)x->dtype)) return false;
    if (!lun_is_none(weight) && !lun_shape_same(weight->ndim, weight->dims, c->in[0]->ndim, c->in[0]->dims))
        return lun_fail(LUN_E_SHAPE, "a weight for each element", "the weights must have x's shape"), false;
    if (bins->ndim == 1) edges = lun_to_dtype(lun_detach(bins), (lun_dtype)x->dtype);
    else if (bins->ndim == 0 && lun_dtype_is_int((lun_dtype)bins->dtype)) edges = equal_edges(c, x, lun_get_integer(bins, 0));
    else edges = lun_fail(LUN_E_ARGUMENT, "a whole number, or a vector of edges", "bins must be a number or the edges");
    if (!edges) return false;
    if (edges->numel < 2) return lun_fail(LUN_E_ARGUMENT, "two edges or more", "%lld edges make no bin", (long long)edges->numel), false;
    for (int64_t i = 1; bins->ndim && i < edges->numel; i++)
        if (!(lun_get_double(edges, i - 1) <= lun_get_double(edges, i)))
            return lun_fail(LUN_E_ARGUMENT, "bins:sort() puts them in order", "edge %lld (%g) comes after %g",
                            (long long)i + 1, lun_get_double(edges, i), lun_get_double(edges, i - 1)), false;
    weight = lun_is_none(weight) ? lun_ones_like(x) : lun_to_dtype(lun_detach(lun_flat(weight)), (lun_dtype)x->dtype);
    lun_tensor *hist = count_bins(x, edges, weight);
    if (hist && lun_param_bool(&c->params, 0, false)) {
        lun_tensor *width = lun_sub(lun_narrow(edges, 0, 1, edges->numel - 1), lun_narrow(edges, 0, 0, edges->numel - 1));
        hist = lun_div(lun_div(hist, lun_sum(hist, 0, NULL, false)), width);
    }
    c->n_out = 2;
    c->out[0] = hist;
    c->out[1] = edges;
    return hist != NULL;
}

bool lun_compose_bincount(lun_call *c)
{
    lun_tensor *x = c->in[0], *weights = c->in[1];
    int64_t n = lun_param_int(&c->params, 0, 0);
    if (!lun_dtype_is_int((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "x:long() converts to int64", "bincount counts whole numbers, got %s", lun_dtypes[x->dtype].name), false;
    if (x->ndim != 1 || (!lun_is_none(weights) && !lun_shape_same(x->ndim, x->dims, weights->ndim, weights->dims)))
        return lun_fail(LUN_E_SHAPE, "x:flatten(), and a weight for each element", "bincount takes vectors of one length"), false;
    if (n < 0) return lun_fail(LUN_E_ARGUMENT, "minlength = 0 or more", "minlength is %lld", (long long)n), false;
    const lun_tensor *numbers = lun_on_host(x);
    for (int64_t i = 0; numbers && i < x->numel; i++) {
        int64_t v = lun_get_integer(numbers, i);
        if (v < 1)
            return lun_fail(LUN_E_INDEX, "x + 1 when it counts from 0", "element %lld is %lld; bincount counts the numbers from 1 on",
                            (long long)i + 1, (long long)v), false;
        if (v > n) n = v;
    }
    lun_dtype t = lun_is_none(weights) ? LUN_I64 : weights->dtype == LUN_F32 ? LUN_F32 : LUN_F64;
    lun_tensor *one = lun_is_none(weights) ? lun_full(1, &x->numel, 1, t, lun_tensor_device(x)) : lun_to_dtype(lun_detach(weights), t);
    return lun_composed(c, lun_index_add(lun_full(1, &n, 0, t, lun_tensor_device(x)), 0, x, one));
}
