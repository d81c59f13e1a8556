/* pieces_join.c - rules of the rows that take lists: side by side, grids, pairings
 *
 * Read next: core/ops/index_join.c (cat, stack). SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/pieces.h"

#include <string.h>

static lun_tensor *atleast(lun_tensor *x, int dims)
{
    if (!x || x->ndim >= dims) return x;
    if (dims == 1) return lun_reshape(x, 1, (int64_t[]){1});
    if (dims == 2) return lun_unsqueeze(atleast(x, 1), 0);
    x = x->ndim == 2 ? x : atleast(x, 2);
    return lun_unsqueeze(x, -1);
}

bool lun_compose_atleast(lun_call *c)
{
    return lun_composed(c, atleast(c->in[0], c->op->id == LUN_OP_atleast_1d ? 1 : c->op->id == LUN_OP_atleast_2d ? 2 : 3));
}

/* All inputs, brought to so many dims, joined along dim. */
static bool join(lun_call *c, int dims, int dim)
{
    lun_call cat;
    lun_call_begin(&cat, lun_op_at(LUN_OP_cat));
    for (int i = 0; i < c->n_in; i++) lun_call_input(&cat, atleast(c->in[i], dims));
    lun_params_int(&cat.params, dim);
    return lun_composed(c, lun_apply1(&cat));
}

bool lun_compose_hstack(lun_call *c) { return join(c, 1, c->in[0]->ndim > 1); }
bool lun_compose_vstack(lun_call *c) { return join(c, 2, 0); }
bool lun_compose_dstack(lun_call *c) { return join(c, 3, 2); }

bool lun_compose_column_stack(lun_call *c)
{
    lun_call cat;
    lun_call_begin(&cat, lun_op_at(LUN_OP_cat));
    for (int i = 0; i < c->n_in; i++) {
        lun_tensor *x = c->in[i];
        lun_call_input(&cat, x->ndim > 1 ? x : lun_reshape(x, 2, (int64_t[]){x->numel, 1}));
    }
    lun_params_int(&cat.params, 1);
    return lun_composed(c, lun_apply1(&cat));
}

/* ---- block_diag ---- */

bool lun_compose_block_diag(lun_call *c)
{
    int64_t size[2] = {0, 0}, region[6] = {0, 0, 1, 0, 0, 1};
    for (int i = 0; i < c->n_in; i++) {
        if (c->in[i]->ndim > 2)
            return lun_fail(LUN_E_SHAPE, "x:flatten(2)", "block %d has %d dims, at most 2 are possible", i + 1, c->in[i]->ndim), false;
        lun_tensor *x = atleast(c->in[i], 2);
        if (!x || __builtin_add_overflow(size[0], x->dims[0], &size[0]) || __builtin_add_overflow(size[1], x->dims[1], &size[1])) return false;
    }
    lun_tensor *out = lun_full(2, size, 0, lun_common_dtype(c, 0), lun_tensor_device(c->in[0]));
    for (int i = 0; out && i < c->n_in; i++) {
        lun_tensor *x = atleast(c->in[i], 2);
        if (!x) return false;
        region[1] = x->dims[0];
        region[4] = x->dims[1];
        if (x->numel) out = lun_set_slice(out, x, region, 0);
        region[0] += x->dims[0];
        region[3] += x->dims[1];
    }
    return lun_composed(c, out);
}

/* ---- grids ---- */

/* Vectors (or numbers) of one dtype? */
static bool are_vectors(const lun_call *c)
{
    if (c->n_in > LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, NULL, "%d vectors make %d dims, at most %d are possible", c->n_in, c->n_in, LUN_MAX_DIMS), false;
    for (int i = 0; i < c->n_in; i++) {
        if (c->in[i]->ndim > 1)
            return lun_fail(LUN_E_SHAPE, "x:flatten() makes a vector", "tensor %d must be a vector, it has %d dims", i + 1, c->in[i]->ndim), false;
        if (c->in[i]->dtype != c->in[0]->dtype)
            return lun_fail(LUN_E_DTYPE, "x:to(dtype) first", "all vectors must have one dtype, got %s and %s", lun_dtypes[c->in[0]->dtype].name,
                            lun_dtypes[c->in[i]->dtype].name), false;
    }
    return true;
}

/* Vector i along dim i of the grid of all. */
static lun_tensor *grid(const lun_call *c, int i)
{
    int64_t own[LUN_MAX_DIMS], all[LUN_MAX_DIMS];
    for (int d = 0; d < c->n_in; d++) {
        all[d] = c->in[d]->numel;
        own[d] = d == i ? all[d] : 1;
    }
    return lun_expand(lun_reshape(c->in[i], c->n_in, own), c->n_in, all);
}

bool lun_compose_meshgrid(lun_call *c)
{
    const char *indexing = lun_param_string(&c->params, 0, "ij");
    bool swap = !strcmp(indexing, "xy") && c->n_in > 1;
    if (strcmp(indexing, "ij") && strcmp(indexing, "xy"))
        return lun_fail(LUN_E_ARGUMENT, "\"ij\" or \"xy\"", "no indexing \"%s\"", indexing), false;
    if (!are_vectors(c)) return false;
    if (!swap) {
        for (int i = 0; i < c->n_in; i++)
            if (!lun_call_output(c, grid(c, i))) return false;
        return true;
    }
    lun_tensor *first = c->in[0];
    c->in[0] = c->in[1];
    c->in[1] = first;
    bool ok = true;
    for (int i = 0; ok && i < c->n_in; i++) ok = lun_call_output(c, grid(c, i < 2 ? 1 - i : i));
    c->in[1] = c->in[0];
    c->in[0] = first;
    return ok;
}

bool lun_compose_cartesian_prod(lun_call *c)
{
    lun_call stack;
    if (!are_vectors(c)) return false;
    for (int i = 0; i < c->n_in; i++)
        if (c->in[i]->ndim == 0)
            return lun_fail(LUN_E_SHAPE, "x:reshape(1)", "tensor %d must be a vector, it has no dims", i + 1), false;
    if (c->n_in == 1) return lun_composed(c, c->in[0]);
    lun_call_begin(&stack, lun_op_at(LUN_OP_stack));
    for (int i = 0; i < c->n_in; i++) {
        lun_tensor *x = grid(c, i);
        lun_call_input(&stack, lun_flat(x));
    }
    lun_params_int(&stack.params, 1);
    return lun_composed(c, lun_apply1(&stack));
}

/* ---- combinations: positions are counted up like the digits of a number that must rise ---- */

static bool count_ways(int64_t n, int64_t r, bool again, int64_t *ways)
{
    int64_t top = again ? n + r - 1 : n, product;
    *ways = r > top || (again && n == 0) ? 0 : 1;
    for (int64_t i = 1; *ways && i <= r; i++) {
        if (__builtin_mul_overflow(*ways, top - r + i, &product)) return false;
        *ways = product / i;
    }
    return true;
}

static void fill_ways(int64_t *to, int64_t ways, int64_t n, int64_t r, bool again)
{
    for (int64_t i = 0; i < r; i++) to[i] = again ? 1 : i + 1;
    for (int64_t row = 1; row < ways; row++) {
        int64_t *now = to + row * r, at = r - 1;
        memcpy(now, now - r, (size_t)r * sizeof *now);
        while (at > 0 && now[at] == (again ? n : n - r + at + 1)) at--;
        now[at]++;
        for (int64_t i = at + 1; i < r; i++) now[i] = again ? now[at] : now[i - 1] + 1;
    }
}

bool lun_compose_combinations(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t r = lun_param_int(&c->params, 0, 2), dims[2] = {0, r}, flat;
    bool again = lun_param_bool(&c->params, 1, false);
    if (x->ndim != 1) return lun_fail(LUN_E_SHAPE, "x:flatten()", "combinations are of a vector, this has %d dims", x->ndim), false;
    if (r < 0) return lun_fail(LUN_E_ARGUMENT, "0 or more", "r = %lld elements cannot be chosen", (long long)r), false;
    if (r == 0) return lun_composed(c, lun_narrow(x, 0, 0, 0));
    if (r > 64 * (x->numel + 1) || !count_ways(x->numel, r, again, &dims[0]) || __builtin_mul_overflow(dims[0], r, &flat)) {
        if (r > x->numel && !again) dims[0] = 0;
        else return lun_fail(LUN_E_SHAPE, "a smaller r", "there are too many ways to choose %lld of %lld", (long long)r, (long long)x->numel), false;
    }
    flat = dims[0] * r;
    lun_tensor *index = lun_integers(flat);
    if (!index) return false;
    if (dims[0]) fill_ways(lun_data(index), dims[0], x->numel, r, again);
    return lun_composed(c, lun_reshape(lun_index_select(x, 0, index), 2, dims));
}

bool lun_compose_broadcast_tensors(lun_call *c)
{
    int ndim = c->in[0]->ndim;
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, c->in[0]->dims, sizeof dims);
    for (int i = 1; i < c->n_in; i++)
        if (!lun_shape_broadcast(ndim, dims, c->in[i]->ndim, c->in[i]->dims, &ndim, dims)) return false;
    for (int i = 0; i < c->n_in; i++)
        if (!lun_call_output(c, lun_expand(c->in[i], ndim, dims))) return false;
    return true;
}
