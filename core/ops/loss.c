/* loss.c - how losses are made of a formula and a reduction, and the losses that compare two tensors element by element
 *
 * A formula is one pass over the elements, and so is its gradient of any order (core/expression.h). Half precision is computed
 * in float32 and rounded once, at the end.
 * Holds: x and target broadcast, but not each along the other: [n, 1] against [n] is the classic way to train on nonsense.
 * Read next: core/ops/loss_likelihood.c, core/ops/loss_margin.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/loss.h"

#include "core/error.h"
#include "core/expression.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/tape.h"

#include <string.h>

int lun_nn_reduction(const char *word)
{
    static const char *const words[] = {"none", "mean", "sum"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(word, words[i])) return i;
    lun_fail(LUN_E_ARGUMENT, NULL, "reduction must be \"mean\", \"sum\" or \"none\", got \"%s\"", word);
    return -1;
}

/* x reduced as attribute k says. */
static lun_tensor *reduced(lun_tensor *x, const lun_params *p, int k)
{
    int how = lun_nn_reduction(lun_param_string(p, k, "mean"));
    if (how < 0 || !x) return NULL;
    return how == 0 ? x : how == 1 ? lun_mean(x, 0, NULL, false) : lun_sum(x, 0, NULL, false);
}

static bool begin(lun_call *c, int n, bool whole, lun_dtype *dtype)
{
    lun_call some = *c;
    some.in = c->in;
    some.n_in = n;
    *dtype = lun_common_dtype(&some, 0);
    if (whole && lun_dtypes[*dtype].kind < LUN_KIND_FLOAT) *dtype = LUN_F32;
    if (!lun_check_taken(c->op, *dtype)) return false;
    for (int i = 0; i < n; i++) {
        if (lun_is_none(c->in[i])) continue;
        c->in[i] = lun_to_dtype(c->in[i], *dtype == LUN_F64 ? LUN_F64 : LUN_F32);
        if (!c->in[i]) return false;
    }
    return true;
}

bool lun_loss_begin(lun_call *c, int n, lun_dtype *dtype) { return begin(c, n, false, dtype); }
bool lun_loss_begin_numbers(lun_call *c, int n, lun_dtype *dtype) { return begin(c, n, true, dtype); }

lun_tensor *lun_loss_number(const lun_tensor *x, double v) { return x ? lun_tensor_number(v, (lun_dtype)x->dtype) : NULL; }

lun_tensor *lun_loss_formula(const char *text, int n, lun_tensor **in)
{
    for (int i = 0; i < n; i++)
        if (!in[i]) return NULL;
    return lun_expression_apply(lun_expression_read(text), n, in);
}

bool lun_loss_end(lun_call *c, lun_tensor *terms, int k, lun_dtype dtype)
{
    return lun_composed(c, lun_to_dtype(reduced(terms, &c->params, k), dtype));
}

bool lun_loss_same_shape(const lun_call *c, int i, int k)
{
    const lun_tensor *x = c->in[i], *t = c->in[k];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_shape_same(x->ndim, x->dims, t->ndim, t->dims)) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s %s and %s %s must have one shape", c->op->arg[i].name, lun_tensor_text(x, a), c->op->arg[k].name,
             lun_tensor_text(t, b));
    if (x->numel == t->numel) lun_hint("%s:view(%s.shape)", c->op->arg[k].name, c->op->arg[i].name);
    return false;
}

/* Does one of x and target take the shape of the other? */
static bool one_broadcasts(const lun_call *c)
{
    const lun_tensor *x = c->in[0], *t = c->in[1];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (!lun_shape_broadcast(x->ndim, x->dims, t->ndim, t->dims, &ndim, dims)) return false;
    if (lun_shape_same(ndim, dims, x->ndim, x->dims) || lun_shape_same(ndim, dims, t->ndim, t->dims)) return true;
    lun_fail(LUN_E_SHAPE, NULL, "x %s and target %s would be compared each with each", lun_tensor_text(x, a), lun_tensor_text(t, b));
    if (x->numel == t->numel) lun_hint("target:view(x.shape)");
    return false;
}

/* A loss of x and target, with a number p (named g in the formula) and weights. */
typedef struct paired { const char *formula; bool parameter; double p; int reduction, weight; bool mean_of_weights; } paired;

static bool pair(lun_call *c, const paired *how)
{
    lun_dtype dtype;
    if (!lun_loss_begin(c, how->weight ? 3 : 2, &dtype) || !one_broadcasts(c)) return false;
    lun_tensor *w = how->weight ? c->in[how->weight] : LUN_NONE;
    if (!lun_is_none(w) && !lun_loss_same_shape(c, 0, how->weight)) return false;
    lun_tensor *in[] = {c->in[0], c->in[1], how->parameter ? lun_loss_number(c->in[0], how->p) : LUN_NONE};
    lun_tensor *terms = lun_loss_formula(how->formula, how->parameter ? 3 : 2, in);
    if (lun_is_none(w)) return lun_loss_end(c, terms, how->reduction, dtype);
    terms = lun_mul(terms, w);
    if (how->mean_of_weights && lun_nn_reduction(lun_param_string(&c->params, how->reduction, "mean")) == 1) {
        return lun_composed(c, lun_to_dtype(lun_div(lun_sum(terms, 0, NULL, false), lun_sum(w, 0, NULL, false)), dtype));
    }
    return lun_loss_end(c, terms, how->reduction, dtype);
}

bool lun_compose_mse_loss(lun_call *c)
{
    return pair(c, &(paired){.formula = "(x - y) * (x - y)", .weight = 2, .mean_of_weights = true});
}

/* Between complex numbers, it is the distances that are weighed. */
bool lun_compose_l1_loss(lun_call *c)
{
    const paired how = {.formula = "fabs(x - y)", .weight = 2, .mean_of_weights = true};
    bool complex = lun_dtype_is_complex((lun_dtype)c->in[0]->dtype) || lun_dtype_is_complex((lun_dtype)c->in[1]->dtype);
    if (!complex) return pair(c, &how);
    if (!one_broadcasts(c)) return false;
    c->in[0] = lun_abs(lun_sub(c->in[0], c->in[1]));
    c->in[1] = c->in[0] ? lun_zeros_like(lun_detach(c->in[0])) : NULL;
    return c->in[1] && pair(c, &how);
}

bool lun_compose_smooth_l1_loss(lun_call *c)
{
    double beta = lun_param_float(&c->params, 1, 1);
    if (!(beta >= 0)) return lun_fail(LUN_E_ARGUMENT, NULL, "beta must not be negative, got %g", beta), false;
    if (beta == 0) return pair(c, &(paired){.formula = "fabs(x - y)"});
    const char *formula = "(fabs(x - y) < g) ? K(0.5) * (x - y) * (x - y) / g : fabs(x - y) - K(0.5) * g";
    return pair(c, &(paired){.formula = formula, .parameter = true, .p = beta});
}

bool lun_compose_huber_loss(lun_call *c)
{
    double delta = lun_param_float(&c->params, 1, 1);
    if (!(delta > 0)) return lun_fail(LUN_E_ARGUMENT, NULL, "delta must be positive, got %g", delta), false;
    const char *formula = "(fabs(x - y) <= g) ? K(0.5) * (x - y) * (x - y) : g * (fabs(x - y) - K(0.5) * g)";
    return pair(c, &(paired){.formula = formula, .parameter = true, .p = delta, .weight = 2});
}

/* log(1 + exp(-x y)), without overflow */
bool lun_compose_soft_margin_loss(lun_call *c)
{
    return pair(c, &(paired){.formula = "(x * y < K(0)) ? log1p(exp(x * y)) - x * y : log1p(exp(-(x * y)))"});
}

/* What is neither 1 nor -1 counts both ways, as in PyTorch. */
bool lun_compose_hinge_embedding_loss(lun_call *c)
{
    const char *formula = "((y == K(1)) ? K(0) : (g - x < K(0)) ? K(0) : g - x) + ((y == K(-1)) ? K(0) : x)";
    return pair(c, &(paired){.formula = formula, .parameter = true, .p = lun_param_float(&c->params, 0, 1), .reduction = 1});
}
