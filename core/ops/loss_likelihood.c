/* loss_likelihood.c - losses that are negative logarithms of likelihoods
 *
 * Holds: binary_cross_entropy has a gradient of its own, because the formula's is 0 / 0 where a probability is exactly 0 or 1.
 * Read next: core/ops/loss.c, which has what these are made of. SPDX-License-Identifier: MIT
 */
#include "core/backward.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/ops/loss.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

/* Does some element of x lie below 0, or not in 0..1 (as NaN does not)? -1 after lun_fail. */
static int outside(lun_tensor *x, bool to_one)
{
    lun_context *ctx = lun_context_get();
    bool before = ctx->grad_enabled;
    ctx->grad_enabled = false;
    lun_tensor *good = to_one ? lun_mul(lun_ge(x, lun_number(0)), lun_le(x, lun_number(1))) : NULL;
    lun_tensor *any = lun_call1(LUN_OP_any, to_one ? lun_eq(good, lun_number(0)) : lun_lt(x, lun_number(0)));
    ctx->grad_enabled = before;
    return !any ? -1 : !lun_is_hollow(any) && lun_get_integer(any, 0) != 0;
}

static bool probabilities(lun_tensor *x, const char *name)
{
    int bad = outside(x, true);
    if (bad > 0)
        lun_fail(LUN_E_ARGUMENT, "binary_cross_entropy_with_logits takes any numbers", "%s must lie between 0 and 1, which NaN does not", name);
    return bad == 0;
}

/* Weights broadcast to x, and do not enlarge it. */
static bool fits(const lun_call *c, int k)
{
    const lun_tensor *x = c->in[0], *w = c->in[k];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(w)) return true;
    if (!lun_shape_broadcast(x->ndim, x->dims, w->ndim, w->dims, &ndim, dims)) return false;
    if (lun_shape_same(ndim, dims, x->ndim, x->dims)) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "%s %s does not fit x %s", c->op->arg[k].name, lun_tensor_text(w, a), lun_tensor_text(x, b)), false;
}

bool lun_compose_binary_cross_entropy(lun_call *c)
{
    lun_dtype dtype;
    lun_tensor *w = c->in[2];
    if (!lun_loss_begin(c, 2, &dtype) || !lun_loss_same_shape(c, 0, 1) || !fits(c, 2)) return false;
    if (!probabilities(c->in[0], "x") || !probabilities(c->in[1], "target")) return false;
    lun_tensor *terms = lun_call2(LUN_OP_binary_terms, c->in[0], c->in[1]);
    return lun_loss_end(c, lun_is_none(w) ? terms : lun_mul(terms, w), 0, dtype);
}

bool lun_infer_binary_terms(lun_call *c) { return lun_loss_same_shape(c, 0, 1) && lun_infer_same(c); }

void lun_vjp_binary_terms(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *in[] = {lun_saved_in(n, 0), lun_saved_in(n, 1), g[0]};
    const char *of_x = "g * (x - y) / ((x * (K(1) - x) < K(1e-12)) ? K(1e-12) : x * (K(1) - x))";
    if (lun_wants(n, 0)) dx[0] = lun_loss_formula(of_x, 3, in);
    if (lun_wants(n, 1)) dx[1] = lun_loss_formula("g * (log1p(-x) - log(x))", 3, (lun_tensor *[]){in[0], LUN_NONE, in[2]});
}

/* (1 - y) x + (1 + (pos_weight - 1) y) log(1 + exp(-x)), times weight */
bool lun_compose_bce_with_logits(lun_call *c)
{
#define TAIL "((x < K(0)) ? log1p(exp(x)) - x : log1p(exp(-x)))"
    lun_dtype dtype;
    if (!lun_loss_begin(c, 4, &dtype) || !lun_loss_same_shape(c, 0, 1) || !fits(c, 2) || !fits(c, 3)) return false;
    lun_tensor *in[] = {c->in[0], c->in[1], c->in[3]}, *terms;
    if (lun_is_none(in[2])) terms = lun_loss_formula("(K(1) - y) * x + " TAIL, 2, in);
    else terms = lun_loss_formula("(K(1) - y) * x + (K(1) + (g - K(1)) * y) * " TAIL, 3, in);
    return lun_loss_end(c, lun_is_none(c->in[2]) ? terms : lun_mul(terms, c->in[2]), 0, dtype);
}

bool lun_compose_kl_div(lun_call *c)
{
    lun_dtype dtype;
    const char *reduction = lun_param_string(&c->params, 0, "mean");
    bool batch = !strcmp(reduction, "batchmean");
    if (!lun_loss_begin(c, 2, &dtype)) return false;
    const char *formula = lun_param_bool(&c->params, 1, false) ? "exp(y) * (y - x)" : "(y == K(0)) ? -(y * x) : y * log(y) - y * x";
    lun_tensor *terms = lun_loss_formula(formula, 2, c->in);
    if (!batch) return lun_loss_end(c, terms, 0, dtype);
    lun_tensor *sum = lun_sum(terms, 0, NULL, false);
    if (c->in[0]->ndim) sum = lun_div(sum, lun_loss_number(sum, (double)c->in[0]->dims[0]));
    return lun_composed(c, lun_to_dtype(sum, dtype));
}

/* var as it broadcasts against x: of x's shape, one per row, or with one dim of size 1. */
static lun_tensor *fitting_variance(const lun_tensor *x, lun_tensor *v)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int differ = 0, at = 0;
    if (v->flags & LUN_NUMBER) return v;
    for (int d = 0; d < x->ndim && x->ndim == v->ndim; d++)
        if (x->dims[d] != v->dims[d]) differ++, at = d;
    if (x->ndim == v->ndim && (differ == 0 || (differ == 1 && v->dims[at] == 1))) return v;
    if (x->ndim == v->ndim + 1 && lun_shape_same(v->ndim, x->dims, v->ndim, v->dims)) return lun_unsqueeze(v, -1);
    return lun_fail(LUN_E_SHAPE, "var:unsqueeze(-1), or a number", "var %s must have the shape of x %s, or one number for each row",
                    lun_tensor_text(v, a), lun_tensor_text(x, b));
}

bool lun_compose_gaussian_nll_loss(lun_call *c)
{
    lun_dtype dtype;
    double eps = lun_param_float(&c->params, 1, 1e-6);
    if (!lun_loss_begin(c, 3, &dtype) || !(c->in[2] = fitting_variance(c->in[0], c->in[2]))) return false;
    int bad = outside(c->in[2], false);
    if (bad > 0) lun_fail(LUN_E_ARGUMENT, "x:abs() or x:exp() is never negative", "var holds a negative number");
    if (bad) return false;
    lun_tensor *v = c->in[2]; /* raised to eps, while its gradient passes as if it were not */
    lun_tensor *raise = lun_loss_formula("(x < y) ? y - x : (y != y) ? y : K(0)", 2, (lun_tensor *[]){lun_detach(v), lun_loss_number(v, eps)});
    bool full = lun_param_bool(&c->params, 0, false);
    const char *formula = full ? "K(0.5) * (log(g) + (x - y) * (x - y) / g) + K(0.9189385332046727)"
                               : "K(0.5) * (log(g) + (x - y) * (x - y) / g)";
    return lun_loss_end(c, lun_loss_formula(formula, 3, (lun_tensor *[]){c->in[0], c->in[1], lun_add(v, raise)}), 2, dtype);
}

bool lun_compose_poisson_nll_loss(lun_call *c)
{
#define STIRLING "((y <= K(1)) ? K(0) : y * log(y) - y + K(0.5) * log(K(6.283185307179586) * y))"
    static const char *const formulas[2][2] = {{"x - y * log(x + g)", "x - y * log(x + g) + " STIRLING},
                                               {"exp(x) - y * x", "exp(x) - y * x + " STIRLING}};
    lun_dtype dtype;
    bool logarithm = lun_param_bool(&c->params, 0, true), full = lun_param_bool(&c->params, 1, false);
    if (!lun_loss_begin_numbers(c, 2, &dtype)) return false;
    lun_tensor *in[] = {c->in[0], c->in[1], lun_loss_number(c->in[0], lun_param_float(&c->params, 2, 1e-8))};
    return lun_loss_end(c, lun_loss_formula(formulas[logarithm][full], logarithm ? 2 : 3, in), 3, dtype);
}

/* cross-entropy times (1 - chance given to the target)^gamma, and alpha or 1 - alpha */
bool lun_compose_sigmoid_focal_loss(lun_call *c)
{
#define CHANCE "(K(1) / (K(1) + exp(-x)))"
#define MISSED "(" CHANCE " + y - K(2) * " CHANCE " * y)"
    lun_dtype dtype;
    double alpha = lun_param_float(&c->params, 0, 0.25), gamma = lun_param_float(&c->params, 1, 2);
    if (!(alpha == -1 || (alpha >= 0 && alpha <= 1)))
        return lun_fail(LUN_E_ARGUMENT, "-1 leaves it out", "alpha must lie between 0 and 1, got %g", alpha), false;
    if (!lun_loss_begin(c, 2, &dtype) || !lun_loss_same_shape(c, 0, 1)) return false;
    lun_tensor *in[] = {c->in[0], c->in[1], lun_loss_number(c->in[0], gamma), lun_loss_number(c->in[0], alpha)}, *terms;
    if (alpha < 0) terms = lun_loss_formula("((K(1) - y) * x + " TAIL ") * pow(" MISSED ", g)", 3, in);
    else terms = lun_loss_formula("(z * y + (K(1) - z) * (K(1) - y)) * ((K(1) - y) * x + " TAIL ") * pow(" MISSED ", g)", 4, in);
    return lun_loss_end(c, terms, 2, dtype);
}
