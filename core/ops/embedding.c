/* embedding.c - embedding, one_hot and dropout
 *
 * Holds: the gradient of embedding adds rows in the order of the tokens, so its bits do not depend on threads; dropout draws one
 * number per element from the counter-based generator. Read next: kernels/cpu/embedding.c, kernels/cpu/random.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/embedding.h"
#include "core/ops/nn.h"
#include "core/tape.h"

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

void lun_vjp_embedding(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_embedding_gradient, 2, (lun_tensor *[]){g[0], lun_saved_in(n, 0)});
    lun_params_int(&c.params, n->in_spec[1].dims[0]);
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    dx[1] = lun_apply1(&c);
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
    dx[0] = lun_call2(LUN_OP_embedding, lun_saved_in(n, 1), rows);
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
        if (lun_tensor_device(x).type != LUN_CPU)
            return lun_fail(LUN_E_ARGUMENT, NULL, "name num_classes for a tensor on a device"), false;
        for (int64_t i = 0; i < x->numel; i++) {
            int64_t v = lun_get_integer(x, i);
            if (v > classes) classes = v;
        }
        if (classes < 1) classes = 1; /* the check of labels names the bad one */
    }
    lun_call k;
    lun_nn_begin(&k, LUN_OP_one_hot_classes, 1, &x);
    lun_params_int(&k.params, classes);
    c->out[0] = lun_apply1(&k);
    c->n_out = 1;
    return c->out[0] != NULL;
}

bool lun_compose_dropout(lun_call *c)
{
    double p = lun_param_float(&c->params, 0, 0.5);
    if (!(p >= 0 && p <= 1)) return lun_fail(LUN_E_ARGUMENT, NULL, "p must be between 0 and 1, got %g", p), false;
    c->n_out = 1;
    if (p == 0 || !lun_param_bool(&c->params, 1, true)) return c->out[0] = c->in[0], true;
    if (p == 1) return c->out[0] = lun_mul_number(c->in[0], 0), c->out[0] != NULL;
    lun_call k;
    lun_nn_begin(&k, LUN_OP_dropout_mask, 1, c->in);
    lun_params_float(&k.params, p);
    c->out[0] = lun_apply1(&k);
    return c->out[0] != NULL;
}

bool lun_infer_dropout_mask(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    lun_result_like(c, 1, c->in[0]);
    c->draws = (uint64_t)c->in[0]->numel;
    return true;
}

void lun_vjp_dropout_mask(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *mask = lun_saved_out(n, 1);
    dx[0] = lun_mul(g[0], mask ? lun_detach(mask) : NULL);
}
