/* loss_margin.c - losses that want one number above another by a margin
 *
 * Read next: core/ops/loss.c, which has what these are made of. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/loss.h"
#include "core/ops/nn.h"
#include "core/ops/products.h"

bool lun_compose_margin_ranking_loss(lun_call *c)
{
    lun_dtype dtype;
    if (!lun_loss_begin_numbers(c, 3, &dtype)) return false;
    for (int i = 1; i < 3; i++)
        if (c->in[i]->ndim != c->in[0]->ndim)
            return lun_fail(LUN_E_SHAPE, "view(-1) makes a vector", "x has %d dims, %s has %d", c->in[0]->ndim, c->op->arg[i].name,
                            c->in[i]->ndim), false;
    lun_tensor *in[] = {c->in[0], c->in[1], c->in[2], lun_loss_number(c->in[0], lun_param_float(&c->params, 0, 0))};
    return lun_loss_end(c, lun_loss_formula("(z - g * (x - y) < K(0)) ? K(0) : z - g * (x - y)", 4, in), 1, dtype);
}

bool lun_compose_cosine_embedding_loss(lun_call *c)
{
    lun_dtype dtype;
    const lun_tensor *x = c->in[0], *y = c->in[1], *t = c->in[2];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (t->ndim > 1 || x->ndim != t->ndim + 1 || y->ndim != t->ndim + 1)
        return lun_fail(LUN_E_SHAPE, "x [n, d] goes with target [n], x [d] with a 0-d target", "x %s does not go with target %s",
                        lun_tensor_text(x, a), lun_tensor_text(t, b)), false;
    if (!lun_loss_begin_numbers(c, 3, &dtype)) return false;
    lun_tensor *dot = lun_sum_dim(lun_mul(c->in[0], c->in[1]), -1, false), *sizes[2];
    for (int i = 0; i < 2; i++) sizes[i] = lun_add_number(lun_sum_dim(lun_square(c->in[i]), -1, false), 1e-12);
    lun_tensor *cosine = lun_div(dot, lun_sqrt(lun_mul(sizes[0], sizes[1])));
    const char *formula = "((y == K(1)) ? K(1) - x : K(0)) + ((y == K(-1)) ? ((x - g < K(0)) ? K(0) : x - g) : K(0))";
    lun_tensor *in[] = {cosine, c->in[2], lun_loss_number(c->in[0], lun_param_float(&c->params, 0, 0))};
    return lun_loss_end(c, lun_loss_formula(formula, 3, in), 1, dtype);
}

/* p-norm of x - y + eps along the last dim */
static lun_tensor *distance(lun_tensor *x, lun_tensor *y, double p, double eps)
{
    const int64_t last = -1;
    lun_tensor *d = lun_add_number(lun_sub(x, y), eps);
    return d ? lun_p_norm(d, p, 1, &last, false) : NULL;
}

bool lun_compose_triplet_margin_loss(lun_call *c)
{
    lun_dtype dtype;
    const lun_params *q = &c->params;
    double margin = lun_param_float(q, 0, 1), p = lun_param_float(q, 1, 2), eps = lun_param_float(q, 2, 1e-6);
    if (!(margin > 0)) return lun_fail(LUN_E_ARGUMENT, NULL, "margin must be positive, got %g", margin), false;
    lun_tensor *a = c->in[0], *b = c->in[1], *n = c->in[2];
    if (a->ndim != b->ndim || a->ndim != n->ndim || !a->ndim)
        return lun_fail(LUN_E_SHAPE, NULL, "x, positive and negative must have as many dims, got %d, %d and %d", a->ndim, b->ndim, n->ndim), false;
    if (!lun_loss_begin_numbers(c, 3, &dtype)) return false;
    lun_tensor *near = distance(c->in[0], c->in[1], p, eps), *far = distance(c->in[0], c->in[2], p, eps);
    if (lun_param_bool(q, 3, false)) far = lun_minimum(far, distance(c->in[1], c->in[2], p, eps));
    lun_tensor *in[] = {near, far, lun_loss_number(near, margin)};
    return lun_loss_end(c, lun_loss_formula("(g + x - y < K(0)) ? K(0) : g + x - y", 3, in), 4, dtype);
}

/* x as [n, classes]; target as [n]. */
static bool as_rows(lun_call *c, bool labels_each)
{
    lun_tensor *x = c->in[0], *t = c->in[1];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    bool single = x->ndim < 2, good = x->ndim <= 2;
    int64_t dims[2] = {single ? 1 : x->dims[0], x->ndim ? x->dims[x->ndim - 1] : 1};
    if (labels_each) good = good && lun_shape_same(x->ndim, x->dims, t->ndim, t->dims);
    else good = good && t->ndim <= 1 && t->numel == dims[0] && (single || t->ndim == 1);
    if (!good || !dims[1])
        return lun_fail(LUN_E_SHAPE, labels_each ? "target has x's shape" : "target holds one class for each row of x",
                        "x %s does not go with target %s", lun_tensor_text(x, a), lun_tensor_text(t, b)), false;
    c->in[0] = lun_reshape(x, 2, dims);
    c->in[1] = labels_each ? lun_reshape(t, 2, dims) : lun_reshape(t, 1, dims);
    return c->in[0] && c->in[1];
}

static lun_tensor *hot(lun_tensor *labels, int64_t classes)
{
    lun_call c;
    if (!lun_dtype_is_int((lun_dtype)labels->dtype))
        return lun_fail(LUN_E_DTYPE, "target:long() converts to int64", "class numbers must be whole, got %s", lun_dtypes[labels->dtype].name);
    lun_nn_begin(&c, LUN_OP_one_hot_classes, 1, &labels);
    lun_params_int(&c.params, classes);
    return lun_apply1(&c);
}

bool lun_compose_multi_margin_loss(lun_call *c)
{
    lun_dtype dtype;
    double p = lun_param_float(&c->params, 0, 1);
    lun_tensor *w = c->in[2];
    int ndim = c->in[1]->ndim;
    if (p != 1 && p != 2) return lun_fail(LUN_E_ARGUMENT, NULL, "p must be 1 or 2, got %g", p), false;
    if (!lun_loss_begin(c, 1, &dtype) || !as_rows(c, false)) return false;
    int64_t rows = c->in[0]->dims[0], classes = c->in[0]->dims[1];
    if (!lun_is_none(w) && (w->ndim != 1 || w->dims[0] != classes))
        return lun_fail(LUN_E_SHAPE, NULL, "weight needs one number for each of the %lld classes", (long long)classes), false;
    lun_tensor *x = c->in[0], *own = lun_to_dtype(hot(c->in[1], classes), (lun_dtype)x->dtype);
    if (!own) return false;
    lun_tensor *right = lun_gather_along(x, 1, lun_reshape(c->in[1], 2, (int64_t[]){rows, 1}));
    lun_tensor *in[] = {x, right, own, lun_loss_number(x, lun_param_float(&c->params, 1, 1))};
    const char *formula = p == 1 ? "(g == K(1) || z - y + x <= K(0)) ? K(0) : z - y + x" /* what is NaN stays NaN */
                                 : "(g == K(1) || z - y + x <= K(0)) ? K(0) : (z - y + x) * (z - y + x)";
    lun_tensor *terms = lun_mul_number(lun_sum_dim(lun_loss_formula(formula, 4, in), 1, false), 1 / (double)classes);
    if (!lun_is_none(w)) terms = lun_mul(terms, lun_to_dtype(lun_index_select(w, 0, c->in[1]), (lun_dtype)x->dtype));
    if (!ndim) terms = lun_reshape(terms, 0, NULL);
    return lun_loss_end(c, terms, 2, dtype);
}

bool lun_infer_label_counts(lun_call *c)
{
    lun_result(c, 0, lun_param_dtype(&c->params, 0, LUN_F32), c->in[0]->ndim, c->in[0]->dims);
    return true;
}

/* max(0, 1 - x[right] + x[wrong]) summed over right classes (as often as listed) and wrong ones */
bool lun_compose_multilabel_margin_loss(lun_call *c)
{
    lun_dtype dtype;
    bool single = c->in[0]->ndim < 2;
    if (!lun_dtype_is_int((lun_dtype)c->in[1]->dtype))
        return lun_fail(LUN_E_DTYPE, "target:long() converts to int64", "class numbers must be whole, got %s",
                        lun_dtypes[c->in[1]->dtype].name), false;
    if (!lun_loss_begin(c, 1, &dtype) || !as_rows(c, true)) return false;
    lun_tensor *x = c->in[0];
    lun_call k;
    lun_nn_begin(&k, LUN_OP_label_counts, 1, &c->in[1]);
    lun_params_dtype(&k.params, (lun_dtype)x->dtype);
    lun_tensor *counts = lun_apply1(&k);
    lun_tensor *in[] = {lun_unsqueeze(x, 2), lun_unsqueeze(x, 1), lun_unsqueeze(counts, 2), lun_unsqueeze(counts, 1)};
    const char *formula = "(z > K(0)) ? K(0) : (g > K(0)) ? ((K(1) - x + y < K(0)) ? K(0) : g * (K(1) - x + y)) : K(0)";
    lun_tensor *terms = lun_loss_formula(formula, 4, in);
    terms = lun_mul_number(lun_sum(terms, 2, (int64_t[]){1, 2}, false), 1 / (double)x->dims[1]);
    if (single) terms = lun_reshape(terms, 0, NULL);
    return lun_loss_end(c, terms, 0, dtype);
}

bool lun_compose_multilabel_soft_margin_loss(lun_call *c)
{
    lun_dtype dtype;
    if (!lun_loss_begin(c, 3, &dtype) || !lun_loss_same_shape(c, 0, 1)) return false;
    lun_tensor *x = c->in[0];
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:view(1)", "x needs a dim of classes"), false;
    lun_tensor *terms = lun_loss_formula("(x < K(0)) ? log1p(exp(x)) - y * x : log1p(exp(-x)) + (K(1) - y) * x", 2, c->in);
    if (!lun_is_none(c->in[2])) {
        char text[LUN_SHAPE_TEXT], got[LUN_SHAPE_TEXT];
        terms = lun_mul(terms, c->in[2]);
        if (terms && !lun_shape_same(terms->ndim, terms->dims, x->ndim, x->dims))
            return lun_fail(LUN_E_SHAPE, "one weight per class", "weight %s does not fit x %s",
                            lun_tensor_text(c->in[2], got), lun_tensor_text(x, text)), false;
    }
    return lun_loss_end(c, lun_mul_number(lun_sum_dim(terms, -1, false), 1 / (double)x->dims[x->ndim - 1]), 0, dtype);
}
