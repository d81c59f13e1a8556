/* nn_regression.c - losses that compare x and target element by element
 *
 * Made of elementwise ops, so gradients of every order come with them.
 * Holds: x and target have one shape; silently broadcasting [n, 1] against [n] is the classic way to train on nonsense.
 * Read next: core/ops/math.def. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"

lun_tensor *lun_nn_reduce(lun_tensor *x, const char *reduction)
{
    int how = lun_nn_reduction(reduction);
    if (how < 0 || !x) return NULL;
    return how == 0 ? x : how == 1 ? lun_mean(x, 0, NULL, false) : lun_sum(x, 0, NULL, false);
}

static bool same_shape(const lun_call *c)
{
    const lun_tensor *x = c->in[0], *t = c->in[1];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_shape_same(x->ndim, x->dims, t->ndim, t->dims)) return true;
    lun_fail(LUN_E_SHAPE, NULL, "x %s and target %s must have one shape", lun_tensor_text(x, a), lun_tensor_text(t, b));
    if (x->numel == t->numel) lun_hint("target:view(x.shape)");
    return false;
}

static bool result(lun_call *c, lun_tensor *terms, int reduction_at)
{
    c->out[0] = lun_nn_reduce(terms, lun_param_string(&c->params, reduction_at, "mean"));
    c->n_out = 1;
    return c->out[0] != NULL;
}

bool lun_compose_mse_loss(lun_call *c)
{
    return same_shape(c) && result(c, lun_square(lun_sub(c->in[0], c->in[1])), 0);
}

bool lun_compose_l1_loss(lun_call *c)
{
    return same_shape(c) && result(c, lun_abs(lun_sub(c->in[0], c->in[1])), 0);
}

bool lun_compose_smooth_l1_loss(lun_call *c)
{
    double beta = lun_param_float(&c->params, 1, 1);
    if (beta < 0) return lun_fail(LUN_E_ARGUMENT, NULL, "beta must not be negative, got %g", beta), false;
    if (beta == 0) return lun_compose_l1_loss(c);
    if (!same_shape(c)) return false;
    lun_tensor *d = lun_sub(c->in[0], c->in[1]), *size = lun_abs(d);
    lun_tensor *near = lun_lt(size, lun_tensor_number(beta, LUN_F64));
    return result(c, lun_where(near, lun_mul_number(lun_square(d), 0.5 / beta), lun_add_number(size, -0.5 * beta)), 0);
}

/* log(1 + exp(x)), exact also for doubles */
static lun_tensor *softplus(lun_tensor *x)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_softplus, 1, &x);
    lun_params_float(&c.params, 1);
    lun_params_float(&c.params, 40);
    return lun_apply1(&c);
}

/* (1 - t) x + (1 + (pos_weight - 1) t) log(1 + exp(-x)) */
bool lun_compose_bce_with_logits(lun_call *c)
{
    lun_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2], *positive = c->in[3];
    if (!same_shape(c)) return false;
    lun_tensor *tail = softplus(lun_neg(x));
    if (!lun_is_none(positive)) tail = lun_mul(tail, lun_add_number(lun_mul(lun_add_number(positive, -1), t), 1));
    lun_tensor *terms = lun_add(lun_mul(lun_add_number(lun_neg(t), 1), x), tail);
    return result(c, lun_is_none(w) ? terms : lun_mul(terms, w), 0);
}
