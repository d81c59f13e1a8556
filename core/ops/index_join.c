/* index_join.c - rules of the rows that join, cut up, repeat and turn around
 *
 * Only cat and flip have kernels; the others are made of them and of views, so they need no gradients of their own.
 * Read next: core/ops/index.def, kernels/cpu/join.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

/* ---- cat, stack ---- */

/* PyTorch's exception: a vector without elements fits everywhere. */
static bool skipped(const int64_t *dims, int ndim) { return ndim == 1 && dims[0] == 0; }

static const lun_tensor *first_joined(const lun_call *c)
{
    for (int i = 0; i < c->n_in; i++)
        if (!skipped(c->in[i]->dims, c->in[i]->ndim)) return c->in[i];
    return c->in[0];
}

static bool fits(const lun_tensor *x, const lun_tensor *first, int dim, int at)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    bool same = x->ndim == first->ndim;
    for (int d = 0; same && d < x->ndim; d++) same = d == dim || x->dims[d] == first->dims[d];
    if (same) return true;
    return lun_fail(LUN_E_SHAPE, "lun.stack joins along a new dim", "cannot join %s (number %d) with %s along dim %d",
                    lun_tensor_text(x, a),
                    at + 1, lun_tensor_text(first, b), dim + 1), false;
}

bool lun_infer_cat(lun_call *c)
{
    if (!c->n_in) return lun_fail(LUN_E_ARGUMENT, "lun.cat({a, b}, 1)", "an empty list: nothing to join"), false;
    const lun_tensor *first = first_joined(c);
    if (first->ndim == 0)
        return lun_fail(LUN_E_SHAPE, "lun.stack({...})", "0-d tensors have no dim to be joined along"), false;
    int dim = lun_param_dim(c, 0, first->ndim);
    if (dim < 0) return false;
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, first->dims, sizeof dims);
    dims[dim] = 0;
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (skipped(x->dims, x->ndim)) continue;
        if (!fits(x, first, dim, i)) return false;
        dims[dim] += x->dims[dim];
    }
    lun_result(c, 0, (lun_dtype)first->dtype, first->ndim, dims);
    return true;
}

void lun_vjp_cat(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), n->out_spec[0].ndim);
    int64_t at = 0;
    for (int i = 0; i < n->n_in; i++) {
        const lun_spec *s = &n->in_spec[i];
        if (skipped(s->dims, s->ndim)) {
            if (lun_wants(n, i)) dx[i] = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
            continue;
        }
        if (lun_wants(n, i)) dx[i] = lun_narrow(g[0], dim, at, s->dims[dim]);
        at += s->dims[dim];
    }
}

lun_tensor *lun_cat(int n, lun_tensor **x, int64_t dim)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_cat));
    for (int i = 0; i < n; i++) lun_call_input(&c, x[i]);
    lun_params_int(&c.params, dim);
    return lun_apply1(&c);
}

bool lun_compose_stack(lun_call *c)
{
    if (!c->n_in) return lun_fail(LUN_E_ARGUMENT, "lun.stack({a, b}, 1)", "an empty list: nothing to join"), false;
    int dim = lun_dim_normalize(lun_param_int(&c->params, 0, 0), c->in[0]->ndim + 1);
    lun_call join;
    if (dim < 0) return false;
    lun_call_begin(&join, lun_op_at(LUN_OP_cat));
    for (int i = 0; i < c->n_in; i++) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        if (!lun_shape_same(c->in[0]->ndim, c->in[0]->dims, c->in[i]->ndim, c->in[i]->dims))
            lun_fail(LUN_E_SHAPE, "lun.cat joins along a dim the tensors have",
                     "all tensors must have one shape, got %s and %s (number %d)",
                     lun_tensor_text(c->in[0], a), lun_tensor_text(c->in[i], b), i + 1);
        lun_call_input(&join, lun_failed() ? NULL : lun_unsqueeze(c->in[i], dim));
    }
    lun_params_int(&join.params, dim);
    return lun_composed(c, lun_apply1(&join));
}

lun_tensor *lun_stack(int n, lun_tensor **x, int64_t dim)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_stack));
    for (int i = 0; i < n; i++) lun_call_input(&c, x[i]);
    lun_params_int(&c.params, dim);
    return lun_apply1(&c);
}

/* ---- tile, roll, flip ---- */

lun_tensor *lun_repeat_dim(lun_tensor *x, int d, int64_t times, bool each)
{
    if (!x || times == 1) return x;
    int64_t parts[4] = {1, each ? x->dims[d] : 1, each ? 1 : x->dims[d], 1}, dims[LUN_MAX_DIMS]; /* at most 4 dims, however many x has */
    int ndim = x->ndim;
    memcpy(dims, x->dims, sizeof dims);
    if (__builtin_mul_overflow(dims[d], times, &dims[d])) return lun_fail(LUN_E_SHAPE, NULL, "the result has too many elements");
    for (int k = 0; k < ndim; k++) {
        int64_t *part = &parts[k < d ? 0 : 3];
        if (k != d && __builtin_mul_overflow(*part, dims[k], part)) return lun_fail(LUN_E_SHAPE, NULL, "the result has too many elements");
    }
    x = lun_reshape(x, 4, parts);
    parts[each ? 2 : 1] = times;
    return lun_reshape(lun_expand(x, 4, parts), ndim, dims);
}

bool lun_compose_tile(lun_call *c)
{
    const int64_t *times;
    int n = lun_param_ints(&c->params, 0, &times);
    lun_tensor *x = c->in[0];
    if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "at most %d dims are possible", LUN_MAX_DIMS), false;
    for (int i = 0; i < n; i++)
        if (times[i] < 0)
            return lun_fail(LUN_E_ARGUMENT, "1 keeps a dim as it is, 0 empties it", "a dim cannot be repeated %lld times",
                            (long long)times[i]), false;
    while (x && x->ndim < n) x = lun_unsqueeze(x, 0);
    for (int i = 0; x && i < n; i++) x = lun_repeat_dim(x, x->ndim - n + i, times[i], false);
    return lun_composed(c, x == c->in[0] ? lun_clone(x) : x);
}

static lun_tensor *roll_dim(lun_tensor *x, int d, int64_t shift)
{
    int64_t n = x ? x->dims[d] : 0;
    if (n) shift = (shift % n + n) % n;
    if (!n || !shift) return x;
    return lun_cat(2, (lun_tensor *[]){lun_narrow(x, d, n - shift, shift), lun_narrow(x, d, 0, n - shift)}, d);
}

bool lun_compose_roll(lun_call *c)
{
    const int64_t *shifts, *dims;
    int n = lun_param_ints(&c->params, 0, &shifts), n_dims = lun_param_ints(&c->params, 1, &dims);
    lun_tensor *x = c->in[0];
    if (n != (n_dims ? n_dims : 1))
        return lun_fail(LUN_E_ARGUMENT, "one shift for each dim, as in x:roll({1,2}, {1,2})", "%d shifts for %d dims", n,
                        n_dims), false;
    if (x->ndim == 0 && n_dims) return lun_fail(LUN_E_SHAPE, "leave dims out", "a 0-d tensor has no dim to be rolled along"), false;
    if (x->ndim == 0) return lun_composed(c, lun_clone(x));
    if (!n_dims) {
        lun_tensor *flat = roll_dim(lun_flat(x), 0, shifts[0]);
        return lun_composed(c, lun_reshape(flat, x->ndim, x->dims));
    }
    for (int i = 0; i < n && x; i++) {
        int d = lun_dim_normalize(dims[i], x->ndim);
        if (d < 0) return false;
        x = roll_dim(x, d, shifts[i]);
    }
    return lun_composed(c, x == c->in[0] ? lun_clone(x) : x);
}

bool lun_infer_flip(lun_call *c)
{
    uint32_t mask;
    if (!lun_param_dims(c, 0, c->in[0]->ndim ? c->in[0]->ndim : 1, &mask)) return false;
    return lun_infer_same(c);
}

static lun_tensor *flip(lun_tensor *x, int n, const int64_t *dims)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_flip));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, n, dims);
    return lun_apply1(&c);
}

void lun_vjp_flip(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const int64_t *dims;
    int count = lun_param_ints(n->params, 0, &dims);
    dx[0] = flip(g[0], count, dims);
}

lun_tensor *lun_flip(lun_tensor *x, int64_t dim) { return flip(x, 1, &dim); }
