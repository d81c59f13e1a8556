/* embedding.c - embedding and one_hot
 *
 * Holds: the gradient of embedding adds rows in the order of the tokens, so its bits do not depend on threads.
 * Read next: kernels/cpu/embedding.c, core/ops/embedding_bag.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/ops/embedding.h"
#include "core/ops/nn.h"
#include "core/tape.h"
#include "core/touched.h"

#include <string.h>

/* padding_idx as a row from 0, -1 for none; -2 after lun_fail */
static int64_t padding_row(const lun_params *p, int k, int64_t rows)
{
    if (!lun_param_given(p, k)) return -1;
    int64_t at = lun_param_int(p, k, 0), row = at < 0 ? at + rows : at;
    if (row >= 0 && row < rows) return row;
    lun_fail(LUN_E_INDEX, NULL, "padding_idx is outside the %lld rows of weight", (long long)rows);
    return -2;
}

bool lun_infer_embedding(lun_call *c)
{
    const lun_tensor *x = c->in[0], *w = c->in[1];
    char text[LUN_SHAPE_TEXT];
    if (w->ndim != 2) return lun_fail(LUN_E_SHAPE, NULL, "weight must be [rows, size], got %s", lun_tensor_text(w, text)), false;
    if (x->ndim == LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "x has too many dims: %s", lun_tensor_text(x, text)), false;
    if (padding_row(&c->params, 0, w->dims[0]) == -2) return false;
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, (size_t)x->ndim * sizeof *dims);
    dims[x->ndim] = w->dims[1];
    c->bound = w->dims[0];
    lun_result(c, 0, (lun_dtype)w->dtype, x->ndim + 1, dims);
    return true;
}

/* Shortening rows is no part of the graph. */
static bool shorten(const lun_call *c, lun_tensor *x, lun_tensor *weight, int at)
{
    lun_context *ctx = lun_context_get();
    bool before = ctx->grad_enabled;
    lun_call k;
    lun_nn_begin(&k, LUN_OP_embedding_renorm_, 2, (lun_tensor *[]){weight, x});
    lun_nn_copy_params(&k.params, &c->params, at, at + 1);
    ctx->grad_enabled = false;
    bool done = lun_apply(&k);
    ctx->grad_enabled = before;
    return done;
}

lun_tensor *lun_embedding_rows(const lun_call *c, lun_tensor *x, lun_tensor *weight, int padding_at, int max_norm_at, int by_frequency_at,
                               int sparse_at)
{
    lun_call k;
    if (!x || !weight) return NULL;
    lun_nn_begin(&k, LUN_OP_embedding_rows, 2, (lun_tensor *[]){x, weight});
    lun_nn_copy_params(&k.params, &c->params, padding_at, padding_at);
    lun_params_bool(&k.params, lun_param_bool(&c->params, by_frequency_at, false));
    lun_params_bool(&k.params, lun_param_bool(&c->params, sparse_at, false));
    if (lun_param_given(&c->params, max_norm_at)) { /* what can be wrong is known before rows are shortened */
        if (!k.op->infer(&k) || !shorten(c, x, weight, max_norm_at)) return NULL;
        k.n_out = 0;
    }
    return lun_apply1(&k);
}

bool lun_compose_embedding(lun_call *c) { return lun_composed(c, lun_embedding_rows(c, c->in[0], c->in[1], 0, 1, 3, 4)); }

bool lun_infer_embedding_renorm(lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    const lun_tensor *w = c->in[0];
    double most = lun_param_float(&c->params, 0, 1);
    if (w->ndim != 2) return lun_fail(LUN_E_SHAPE, NULL, "weight must be [rows, size], got %s", lun_tensor_text(w, text)), false;
    if (!(most >= 0)) return lun_fail(LUN_E_ARGUMENT, "leave max_norm out", "max_norm must not be negative, got %g", most), false;
    c->bound = w->dims[0];
    return lun_infer_same(c);
}

bool lun_infer_token_frequency(lun_call *c)
{
    c->bound = lun_param_int(&c->params, 0, 0);
    lun_result(c, 0, lun_param_dtype(&c->params, 1, LUN_F32), c->in[0]->ndim, c->in[0]->dims);
    return true;
}

static lun_tensor *frequency(lun_tensor *x, int64_t rows, lun_dtype dtype)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_token_frequency, 1, &x);
    lun_params_int(&c.params, rows);
    lun_params_dtype(&c.params, dtype);
    return lun_apply1(&c);
}

/* Is a gradient that knows its rows (core/touched.h) worth it, or asked for? Its positions are read, and its graph could not be recorded. */
static bool by_rows(const lun_node *n, const lun_tensor *g, const lun_tensor *x)
{
    const lun_spec *w = &n->in_spec[1];
    const int64_t worth = 1 << 16; /* elements: 256 KB to clear, in float */
    bool able = !lun_nn_differentiable() && !lun_is_hollow(x) && lun_tensor_device(g).type == LUN_CPU && lun_tensor_device(x).type == LUN_CPU &&
                (w->dtype == LUN_F32 || w->dtype == LUN_F64) && g->dtype == w->dtype;
    return able && (lun_param_bool(n->params, 2, false) || (w->dims[0] * w->dims[1] >= worth && x->numel * 4 <= w->dims[0]));
}

static lun_tensor *gradient_by_rows(const lun_node *n, lun_tensor *g, lun_tensor *x)
{
    const lun_spec *w = &n->in_spec[1];
    lun_call c;
    int64_t padding = padding_row(n->params, 0, w->dims[0]);
    size_t bytes = (size_t)x->numel * sizeof(int64_t);
    int64_t *rows = lun_data_get(bytes);
    lun_tensor *y = rows ? lun_touched_zeros(w->dims[0], w->dims[1], w->dtype, lun_param_bool(n->params, 2, false)) : NULL;
    for (int64_t i = 0; y && i < x->numel; i++) {
        int64_t row = lun_get_integer(x, i) - 1;
        rows[i] = row == padding ? -1 : row;
    }
    lun_nn_begin(&c, LUN_OP_embedding_add_, 3, (lun_tensor *[]){y, g, x});
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    y = lun_apply1(&c);
    if (y) lun_touched_note(y, rows, x->numel);
    lun_data_put(rows, bytes);
    return y;
}

void lun_vjp_embedding(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_tensor *x = lun_saved_in(n, 0), *rows = g[0];
    if (lun_param_bool(n->params, 1, false))
        rows = lun_mul(rows, lun_unsqueeze(frequency(x, n->in_spec[1].dims[0], n->in_spec[1].dtype), -1));
    if (x && rows && by_rows(n, rows, x)) {
        dx[1] = gradient_by_rows(n, rows, x);
        return;
    }
    lun_nn_begin(&c, LUN_OP_embedding_gradient, 2, (lun_tensor *[]){rows, x});
    lun_params_int(&c.params, n->in_spec[1].dims[0]);
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    dx[1] = lun_apply1(&c);
}

bool lun_infer_embedding_add(lun_call *c)
{
    const lun_tensor *y = c->in[0], *g = c->in[1];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    c->bound = y->ndim ? y->dims[0] : 0;
    if (y->ndim != 2 || !lun_is_contiguous(y) || !g->ndim || g->dims[g->ndim - 1] != y->dims[1] || g->numel != c->in[2]->numel * y->dims[1])
        return lun_fail(LUN_E_SHAPE, NULL, "rows of %s cannot be added to %s", lun_tensor_text(g, a), lun_tensor_text(y, b)), false;
    if (y->dtype != g->dtype || (y->dtype != LUN_F32 && y->dtype != LUN_F64))
        return lun_fail(LUN_E_DTYPE, NULL, "x is %s and g is %s", lun_dtypes[y->dtype].name, lun_dtypes[g->dtype].name), false;
    return lun_infer_same(c);
}

bool lun_infer_embedding_gradient(lun_call *c)
{
    const lun_tensor *g = c->in[0];
    int64_t dims[2] = {lun_param_int(&c->params, 0, 0), g->dims[g->ndim - 1]};
    c->bound = dims[0];
    lun_result(c, 0, (lun_dtype)g->dtype, 2, dims);
    return true;
}

/* The row that was left out gives nothing back. */
void lun_vjp_embedding_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *rows = g[0];
    int64_t padding = padding_row(n->params, 1, rows->dims[0]);
    if (padding >= 0) {
        int64_t dims[2] = {rows->dims[0], 1};
        lun_tensor *mask = lun_full(2, dims, 1, (lun_dtype)rows->dtype, lun_tensor_device(rows));
        if (!mask || !lun_fill_into(lun_select(mask, 0, padding), 0)) return;
        rows = lun_mul(rows, mask);
    }
    dx[0] = lun_call2(LUN_OP_embedding_rows, lun_saved_in(n, 1), rows);
}

bool lun_infer_one_hot_classes(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    int64_t dims[LUN_MAX_DIMS];
    if (x->ndim == LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "x has too many dims: %s", lun_tensor_text(x, text)), false;
    memcpy(dims, x->dims, (size_t)x->ndim * sizeof *dims);
    dims[x->ndim] = c->bound = lun_param_int(&c->params, 0, 0);
    lun_result(c, 0, LUN_I64, x->ndim + 1, dims);
    return true;
}

bool lun_compose_one_hot(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t classes = lun_param_int(&c->params, 0, -1);
    if (!lun_dtype_is_int((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "x:long() converts to int64", "class numbers must be whole, got %s", lun_dtypes[x->dtype].name), false;
    if (classes == 0 || classes < -1) return lun_fail(LUN_E_ARGUMENT, NULL, "num_classes must be positive, or -1 to find it"), false;
    if (classes == -1) {
        if (!x->numel) return lun_fail(LUN_E_ARGUMENT, NULL, "an empty tensor needs num_classes"), false;
        const lun_tensor *labels = lun_needs_values(x) ? lun_on_host(x) : NULL;
        for (int64_t i = 0; labels && i < x->numel; i++) {
            int64_t v = lun_get_integer(labels, i);
            if (v > classes) classes = v;
        }
        if (!labels) return false;
        if (classes < 1) classes = 1; /* the check of labels names the bad one */
    }
    lun_call k;
    lun_nn_begin(&k, LUN_OP_one_hot_classes, 1, &x);
    lun_params_int(&k.params, classes);
    return lun_composed(c, lun_apply1(&k));
}
