/* loss_labels.c - cross_entropy and nll_loss
 *
 * x is [classes], [n, classes] or [n, classes, ...]; the target has x's shape without the class dim. cross_entropy with class numbers
 * is one fused pass that keeps two numbers per sample; label_weights says what each class counts, with smoothing, weights and
 * ignored labels worked in, and serves the gradients that must be differentiable and nll_loss.
 * Read next: kernels/cpu/loss.c, core/ops/loss.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/loss.h"
#include "core/ops/nn.h"
#include "core/ops/products.h"
#include "core/tape.h"

#include <string.h>

static int class_dim(int ndim) { return ndim > 1 ? 1 : 0; }

static bool check_weight(const lun_tensor *w, int64_t classes)
{
    char text[LUN_SHAPE_TEXT];
    if (lun_is_none(w) || (w->ndim == 1 && w->dims[0] == classes)) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "weight %s: one number for each of the %lld classes is needed", lun_tensor_text(w, text),
                    (long long)classes), false;
}

/* Checks x, target and weight; dims of the target. */
static bool check_labels(lun_call *c, int x_at, int target_at, int weight_at)
{
    const lun_tensor *x = c->in[x_at], *t = c->in[target_at], *w = c->in[weight_at];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int64_t dims[LUN_MAX_DIMS];
    int d = class_dim(x->ndim), n = 0;
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, classes, ...], got %s", lun_tensor_text(x, a)), false;
    for (int i = 0; i < x->ndim; i++)
        if (i != d) dims[n++] = x->dims[i];
    if (!lun_shape_same(n, dims, t->ndim, t->dims)) {
        lun_fail(LUN_E_SHAPE, NULL, "x %s with target %s: class numbers need the shape %s", lun_tensor_text(x, a), lun_tensor_text(t, b),
                 lun_shape_text(n, dims, (char[LUN_SHAPE_TEXT]){0}));
        if (t->numel == x->numel / (x->dims[d] ? x->dims[d] : 1) && n == 1) lun_hint("target:view(%lld)", (long long)dims[0]);
        return false;
    }
    if (!check_weight(w, x->dims[d])) return false;
    c->bound = x->dims[d];
    return true;
}

static void loss_result(lun_call *c, int reduction, lun_dtype dtype, const lun_tensor *target)
{
    lun_result(c, 0, dtype, reduction == 0 ? target->ndim : 0, target->dims);
}

static lun_dtype wide(const lun_tensor *x) { return x->dtype == LUN_F64 ? LUN_F64 : LUN_F32; }

bool lun_infer_cross_entropy_labels(lun_call *c)
{
    int reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
    if (reduction < 0 || !check_labels(c, 0, 1, 2)) return false;
    double smoothing = lun_param_float(&c->params, 2, 0);
    if (!(smoothing >= 0 && smoothing <= 1))
        return lun_fail(LUN_E_ARGUMENT, NULL, "label_smoothing must be between 0 and 1, got %g", smoothing), false;
    c->ignore = lun_param_int(&c->params, 0, -100);
    loss_result(c, reduction, (lun_dtype)c->in[0]->dtype, c->in[1]);
    int64_t dims[LUN_MAX_DIMS] = {2}; /* of each sample the largest score and the sum of exp(x - largest) */
    for (int i = 0; i < c->in[1]->ndim; i++) dims[i + 1] = c->in[1]->dims[i];
    lun_result(c, 1, wide(c->in[0]), c->in[1]->ndim + 1, dims);
    lun_result(c, 2, wide(c->in[0]), 0, NULL);
    return true;
}

bool lun_infer_cross_entropy_gradient(lun_call *c)
{
    if (!check_labels(c, 1, 4, 5)) return false;
    c->ignore = lun_param_int(&c->params, 0, -100);
    lun_result_like(c, 0, c->in[1]);
    return true;
}

bool lun_infer_label_weights(lun_call *c)
{
    const lun_tensor *t = c->in[0];
    int64_t dims[LUN_MAX_DIMS], classes = lun_param_int(&c->params, 0, 1);
    int n = 0, d = t->ndim ? 1 : 0;
    if (t->ndim == LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "target has too many dims"), false;
    for (int i = 0; i <= t->ndim; i++) dims[i] = i == d ? classes : t->dims[n++];
    c->bound = classes;
    c->ignore = lun_param_int(&c->params, 1, -100);
    lun_result(c, 0, lun_param_dtype(&c->params, 3, LUN_F32), t->ndim + 1, dims);
    return true;
}

static lun_tensor *label_weights(lun_tensor *target, lun_tensor *weight, int64_t classes, int64_t ignore, double smoothing, lun_dtype dtype)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_label_weights, 2, (lun_tensor *[]){target, weight});
    lun_params_int(&c.params, classes);
    lun_params_int(&c.params, ignore);
    lun_params_float(&c.params, smoothing);
    lun_params_dtype(&c.params, dtype);
    return lun_apply1(&c);
}

/* The gradient of the loss, shaped to multiply [n, classes, ...]. */
static lun_tensor *per_sample(const lun_node *n, int reduction, lun_tensor *g, lun_tensor *total)
{
    if (reduction == 1) return lun_div(g, total);
    return reduction == 2 ? g : lun_unsqueeze(g, class_dim(n->in_spec[0].ndim));
}

/* x summed over all dims but that of the classes */
static lun_tensor *per_class(lun_tensor *x)
{
    int64_t dims[LUN_MAX_DIMS];
    int n = 0;
    if (!x || x->ndim == 1) return x;
    for (int i = 0; i < x->ndim; i++)
        if (i != 1) dims[n++] = i;
    return lun_sum(x, n, dims, false);
}

/* The weights in [1, classes, 1, ...], or as they are for a single sample. */
static lun_tensor *spread(const lun_node *n, lun_tensor *w)
{
    int64_t dims[LUN_MAX_DIMS] = {1, -1, 1, 1, 1, 1, 1, 1};
    return n->in_spec[0].ndim > 1 ? lun_reshape(w, n->in_spec[0].ndim, dims) : w;
}

/* What each class counts, part of the graph of the weights where that is wanted. */
static lun_tensor *counts(const lun_node *n, lun_tensor *t, lun_tensor *w, double smoothing)
{
    const lun_spec *s = &n->in_spec[0];
    int64_t classes = s->dims[class_dim(s->ndim)], ignore = lun_param_int(n->params, 0, -100);
    if (!lun_wants(n, 2)) return label_weights(t, w, classes, ignore, smoothing, s->dtype);
    lun_tensor *each = label_weights(t, LUN_NONE, classes, ignore, smoothing, s->dtype);
    return lun_is_none(w) ? each : lun_mul(each, spread(n, w));
}

/* What a mean is divided by, likewise. */
static lun_tensor *divisor(const lun_node *n, lun_tensor *t, lun_tensor *w, lun_tensor *total)
{
    if (!total) return NULL;
    return lun_wants(n, 2) ? lun_sum(counts(n, t, w, 0), 0, NULL, false) : lun_detach(total);
}

/* The gradient of the weights, from logarithms of probabilities: sums of -counts logarithms, and for the mean what the total takes. */
static lun_tensor *weight_gradient(const lun_node *n, lun_tensor *g, lun_tensor *logs, lun_tensor *t, lun_tensor *w, double smoothing)
{
    const lun_spec *s = &n->in_spec[0];
    int d = class_dim(s->ndim), reduction = lun_nn_reduction(lun_param_string(n->params, 1, "mean"));
    int64_t classes = s->dims[d], ignore = lun_param_int(n->params, 0, -100);
    lun_tensor *terms = lun_neg(lun_mul(label_weights(t, LUN_NONE, classes, ignore, smoothing, s->dtype), logs));
    if (reduction == 0) return per_class(lun_mul(terms, lun_unsqueeze(g, d)));
    lun_tensor *own = per_class(terms), *once = per_class(label_weights(t, LUN_NONE, classes, ignore, 0, s->dtype));
    if (reduction == 2) return lun_mul(own, g);
    lun_tensor *total = lun_sum(lun_mul(once, w), 0, NULL, false), *mean = lun_div(lun_sum(lun_mul(own, w), 0, NULL, false), total);
    return lun_mul(lun_div(lun_sub(own, lun_mul(once, mean)), total), g);
}

void lun_vjp_cross_entropy_labels(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *t = lun_saved_in(n, 1), *w = lun_saved_in(n, 2), *total = lun_saved_out(n, 2);
    if (lun_wants(n, 2))
        dx[2] = weight_gradient(n, g[0], lun_log_softmax(x, class_dim(n->in_spec[0].ndim)), t, w, lun_param_float(n->params, 2, 0));
    if (!lun_wants(n, 0)) return;
    if (!lun_nn_differentiable()) {
        lun_call c;
        lun_nn_begin(&c, LUN_OP_cross_entropy_gradient, 6, (lun_tensor *[]){g[0], x, lun_saved_out(n, 1), total, t, w});
        lun_nn_copy_params(&c.params, n->params, 0, 2);
        dx[0] = lun_apply1(&c);
        return;
    }
    int reduction = lun_nn_reduction(lun_param_string(n->params, 1, "mean")), d = class_dim(n->in_spec[0].ndim);
    lun_tensor *weights = counts(n, t, w, lun_param_float(n->params, 2, 0));
    lun_tensor *slope = lun_sub(lun_mul(lun_softmax(x, d), lun_sum_dim(weights, d, true)), weights);
    dx[0] = lun_mul(slope, per_sample(n, reduction, g[0], divisor(n, t, w, total)));
}

bool lun_infer_nll_loss(lun_call *c)
{
    int reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
    if (reduction < 0 || !check_labels(c, 0, 1, 2)) return false;
    c->ignore = lun_param_int(&c->params, 0, -100);
    loss_result(c, reduction, (lun_dtype)c->in[0]->dtype, c->in[1]);
    lun_result(c, 1, wide(c->in[0]), 0, NULL);
    return true;
}

void lun_vjp_nll_loss(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *t = lun_saved_in(n, 1), *w = lun_saved_in(n, 2), *total = lun_saved_out(n, 1);
    if (lun_wants(n, 2)) dx[2] = weight_gradient(n, g[0], lun_saved_in(n, 0), t, w, 0);
    if (!lun_wants(n, 0)) return;
    int reduction = lun_nn_reduction(lun_param_string(n->params, 1, "mean"));
    dx[0] = lun_neg(lun_mul(counts(n, t, w, 0), per_sample(n, reduction, g[0], divisor(n, t, w, total))));
}

/* Targets that are probabilities: -sum(target log_softmax(x)) */
static lun_tensor *by_probabilities(lun_call *c, int reduction)
{
    lun_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int d = class_dim(x->ndim);
    double smoothing = lun_param_float(&c->params, 2, 0);
    if (!x->ndim || !lun_shape_same(x->ndim, x->dims, t->ndim, t->dims)) {
        lun_fail(LUN_E_SHAPE, NULL, "x %s with target %s: probabilities need x's shape", lun_tensor_text(x, a), lun_tensor_text(t, b));
        return x->ndim == t->ndim + 1 ? lun_hint("target:long() makes whole class numbers") : NULL;
    }
    if (!(smoothing >= 0 && smoothing <= 1))
        return lun_fail(LUN_E_ARGUMENT, NULL, "label_smoothing must be between 0 and 1, got %g", smoothing);
    if (!check_weight(w, x->dims[d])) return NULL;
    if (smoothing > 0) t = lun_add_number(lun_mul_number(lun_widened(t), 1 - smoothing), smoothing / (double)x->dims[d]);
    lun_dtype result = lun_dtype_promote((lun_dtype)x->dtype, (lun_dtype)c->in[1]->dtype);
    if (!lun_is_none(w)) result = lun_dtype_promote(result, (lun_dtype)w->dtype);
    lun_tensor *terms = lun_mul(t, lun_log_softmax(lun_widened(x), d)); /* halves are rounded once, at the end */
    if (!lun_is_none(w)) {
        int64_t dims[LUN_MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1};
        dims[d] = -1;
        terms = lun_mul(terms, lun_reshape(w, x->ndim, dims));
    }
    lun_tensor *loss = lun_neg(lun_sum_dim(terms, d, false));
    if (reduction == 0 || !loss) return lun_to_dtype(loss, result);
    double samples = x->dims[d] ? (double)loss->numel : 0; /* without classes there is no loss: the mean is NaN */
    lun_tensor *sum = lun_sum(loss, 0, NULL, false);
    return lun_to_dtype(reduction == 2 ? sum : lun_mul_number(sum, 1 / samples), result);
}

bool lun_compose_cross_entropy(lun_call *c)
{
    int reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
    if (reduction < 0) return false;
    if (!lun_check_taken(c->op, (lun_dtype)c->in[0]->dtype)) return false;
    if (lun_dtype_is_float((lun_dtype)c->in[1]->dtype)) {
        int64_t ignored = lun_param_int(&c->params, 0, -100);
        if (ignored >= 0)
            return lun_fail(LUN_E_ARGUMENT, "leave it out, or give class numbers as target",
                            "ignore_index %lld needs class numbers, the target holds probabilities", (long long)ignored), false;
        return lun_composed(c, by_probabilities(c, reduction));
    }
    lun_call labels;
    lun_nn_begin(&labels, LUN_OP_cross_entropy_labels, 3, c->in);
    lun_nn_copy_params(&labels.params, &c->params, 0, 2);
    return lun_composed(c, lun_apply1(&labels));
}
