/* statistics.c - rules of reductions that are made of others: std, norm, nansum, cov ...
 *
 * Holds: half precision is computed in float32 and rounded once. Where a root or a power would have an infinite slope at 0, the
 * branch with 0 is taken around it, so that the gradient there is 0, as PyTorch has it.
 * Read next: core/ops/reduce.c, core/ops/statistics_rank.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/statistics.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/tape.h"

#include <float.h>
#include <math.h>
#include <string.h>

static lun_tensor *integer(int64_t v) { return lun_tensor_integer(v); }
static lun_tensor *is_zero(lun_tensor *x) { return lun_eq(x, integer(0)); }

static bool is_half(const lun_tensor *x) { return x->dtype == LUN_F16 || x->dtype == LUN_BF16; }
static lun_tensor *wide(lun_tensor *x) { return x && is_half(x) ? lun_to_dtype(x, LUN_F32) : x; }

/* Which dims are folded and whether they stay, read from attributes k and k + 1. */
typedef struct over {
    int n;
    const int64_t *dims;
    bool keepdim;
} over;

static over read_over(const lun_call *c, int k)
{
    over o = {.keepdim = lun_param_bool(&c->params, k + 1, false)};
    o.n = lun_param_ints(&c->params, k, &o.dims);
    return o;
}

/* One row of reduce.def over these dims; `last` is its third attribute. */
static lun_tensor *fold(lun_op_id id, lun_tensor *x, const over *o, const lun_attr *last)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    if (o->n) lun_params_ints(&c.params, o->n, o->dims);
    else lun_params_none(&c.params);
    lun_params_bool(&c.params, o->keepdim);
    if (last) lun_params_float(&c.params, last->kind == LUN_ATTR_FLOAT ? last->value.f : (double)last->value.i);
    return lun_apply1(&c);
}

/* Where v is 0 the gradient is 0, as PyTorch has it, not infinity times 0. */
static lun_tensor *root(lun_tensor *v)
{
    if (!v || !lun_context_get()->grad_enabled || !lun_requires_grad(v)) return lun_sqrt(v);
    lun_tensor *zero = is_zero(lun_detach(v));
    return lun_masked_fill(lun_sqrt(lun_masked_fill(v, zero, 1)), zero, 0);
}

bool lun_compose_std_of_parts(lun_call *c)
{
    over o = read_over(c, 0);
    return lun_composed(c, root(fold(LUN_OP_var, c->in[0], &o, &c->params.attr[2])));
}

bool lun_compose_std_mean(lun_call *c)
{
    over o = read_over(c, 0);
    const lun_attr *correction = &c->params.attr[2];
    c->n_out = 2;
    c->out[0] = fold(c->op->id == LUN_OP_std_mean ? LUN_OP_std : LUN_OP_var, c->in[0], &o, correction);
    c->out[1] = c->out[0] ? fold(LUN_OP_mean, c->in[0], &o, NULL) : NULL;
    return c->out[1] != NULL;
}

/* ---- norm ---- */

/* What sizes are divided by, so that no power of them overflows: the largest for p > 0, the smallest for p < 0; 1 where that is 0 or not
 * finite. A constant, on which the norm does not depend. */
static lun_tensor *scale_of(lun_tensor *sizes, double p, const over *o)
{
    over kept = {o->n, o->dims, .keepdim = true};
    lun_tensor *s = fold(p > 0 ? LUN_OP_amax : LUN_OP_amin, lun_detach(sizes), &kept, NULL);
    return s ? lun_where(lun_logical_or(is_zero(s), lun_call1(LUN_OP_logical_not, lun_call1(LUN_OP_isfinite, s))), integer(1), s) : NULL;
}

/* (sum |x|^p)^(1/p) for p that is none of the simple ones. */
static lun_tensor *power_norm(lun_tensor *x, double p, const over *o)
{
    lun_tensor *a = lun_abs(x), *scale = a && a->numel ? scale_of(a, p, o) : NULL, *s;
    if (scale) a = lun_div(a, scale);
    lun_tensor *zero = a ? is_zero(lun_detach(a)) : NULL;
    if (p < 1) { /* a power with no finite slope at 0 */
        lun_tensor *powers = lun_pow(lun_masked_fill(a, zero, 1), lun_number(p));
        s = fold(LUN_OP_sum, lun_masked_fill(powers, zero, p > 0 ? 0 : INFINITY), o, NULL);
    } else s = fold(LUN_OP_sum, lun_pow(a, lun_number(p)), o, NULL);
    lun_tensor *none = s ? is_zero(lun_detach(s)) : NULL; /* with p < 0: infinite elements only */
    lun_tensor *y = lun_where(none, p < 0 ? lun_number(INFINITY) : s, lun_pow(lun_masked_fill(s, none, 1), lun_number(1 / p)));
    return y && scale ? lun_mul(y, lun_reshape(scale, y->ndim, y->dims)) : y;
}

/* How many are not 0; a constant, yet part of the graph, with the gradient 0. */
static lun_tensor *zero_norm(lun_tensor *x, const over *o)
{
    lun_tensor *zero = is_zero(lun_detach(x)), *ones = lun_masked_fill(lun_ones_like(lun_detach(lun_abs(x))), zero, 0);
    lun_tensor *nothing = lun_masked_fill(lun_abs(x), lun_logical_or(zero, lun_call1(LUN_OP_logical_not, zero)), 0);
    return fold(LUN_OP_sum, lun_add(ones, nothing), o, NULL);
}

/* Is each norm that of a single number? */
static bool of_one(const lun_tensor *x, const over *o)
{
    int64_t count = o->n ? 1 : x->numel;
    for (int i = 0; i < o->n && x->ndim; i++) {
        int d = lun_dim_normalize(o->dims[i], x->ndim);
        count *= d < 0 ? 0 : x->dims[d];
    }
    return count == 1;
}

static lun_tensor *norm(lun_tensor *x, double p, const over *o)
{
    if (!x) return NULL;
    if (p == 2 && of_one(x, o)) p = 1; /* its size, whose square may overflow */
    if (isnan(p) && x->numel) return lun_mul_number(fold(LUN_OP_sum, lun_abs(x), o, NULL), p); /* of sizes of 1 as well, whose powers are 1 */
    if (p == 2) {
        lun_tensor *a = lun_is_complex(x) ? lun_abs(x) : x;
        return root(fold(LUN_OP_sum, lun_square(a), o, NULL));
    }
    if (p == 1) return fold(LUN_OP_sum, lun_abs(x), o, NULL);
    if (p == 0) return zero_norm(x, o);
    if (isinf(p) || (fabs(p) > FLT_MAX && x->numel)) return fold(p > 0 ? LUN_OP_amax : LUN_OP_amin, lun_abs(x), o, NULL); /* or as good as infinite */
    if (p < 0 && !x->numel && !fold(LUN_OP_amin, lun_detach(lun_abs(x)), o, NULL)) return NULL; /* it goes to the smallest of none */
    return power_norm(x, p, o);
}

/* The sum of singular values: matrix_norm takes the same attributes. */
static bool nuclear_norm(lun_call *c, const over *o)
{
    if (o->n && o->n != 2) return lun_fail(LUN_E_ARGUMENT, "dim = {-2, -1}", "\"nuc\" is a norm of matrices: two dims, got %d", o->n), false;
    lun_call k;
    lun_call_begin(&k, lun_op_at(LUN_OP_matrix_norm));
    lun_call_input(&k, c->in[0]);
    k.params = c->params;
    return lun_composed(c, lun_apply1(&k));
}

bool lun_compose_norm(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const char *word = lun_param_string(&c->params, 0, NULL);
    over o = read_over(c, 1);
    double p = word ? 2 : lun_param_float(&c->params, 0, 2);
    lun_dtype t = lun_param_dtype(&c->params, 3, (lun_dtype)x->dtype);
    if (word && !strcmp(word, "nuc")) return nuclear_norm(c, &o);
    if (word && strcmp(word, "fro"))
        return lun_fail(LUN_E_ARGUMENT, "a number, math.huge, \"fro\" or \"nuc\"; matrix_norm has others", "no norm \"%s\"", word), false;
    if (lun_dtypes[t].kind < LUN_KIND_FLOAT)
        return lun_fail(LUN_E_DTYPE, "leave dtype out", "a norm needs a float dtype, got %s", lun_dtypes[t].name), false;
    lun_tensor *y = norm(wide(lun_to_dtype(x, t)), p, &o);
    bool complex = y && lun_dtypes[t].kind == LUN_KIND_COMPLEX;
    return lun_composed(c, complex ? y : lun_to_dtype(y, t));
}

bool lun_compose_dist(lun_call *c)
{
    over all = {0};
    lun_tensor *d = lun_sub(c->in[0], c->in[1]);
    if (d && !lun_check_taken(c->op, (lun_dtype)d->dtype)) return false;
    lun_tensor *y = norm(wide(d), lun_param_float(&c->params, 0, 2), &all);
    return lun_composed(c, d && is_half(d) ? lun_to_dtype(y, (lun_dtype)d->dtype) : y);
}

bool lun_compose_renorm(lun_call *c)
{
    lun_tensor *x = c->in[0];
    double p = lun_param_float(&c->params, 0, 2), most = lun_param_float(&c->params, 2, 1);
    int64_t others[LUN_MAX_DIMS];
    over o = {.dims = others, .keepdim = true};
    if (x->ndim < 2) return lun_fail(LUN_E_SHAPE, "x:unsqueeze(1)", "renorm needs 2 or more dims, this has %d", x->ndim), false;
    int dim = lun_param_dim(c, 1, x->ndim);
    if (dim < 0) return false;
    if (!(p > 0) || !(most >= 0))
        return lun_fail(LUN_E_ARGUMENT, "p above 0, maxnorm 0 or more", "p = %g and maxnorm = %g are out of range", p, most), false;
    for (int d = 0; d < x->ndim; d++)
        if (d != dim) others[o.n++] = d;
    lun_tensor *length = norm(wide(x), p, &o), *limit = lun_number(most);
    lun_tensor *shrunk = lun_div(limit, lun_add_number(length, 1e-7));
    lun_tensor *factor = lun_where(lun_gt(length, limit), shrunk, lun_ones_like(length));
    return lun_composed(c, lun_to_dtype(lun_mul(wide(x), factor), (lun_dtype)x->dtype));
}

/* ---- NaN left out, counts, extremes ---- */

static lun_tensor *is_nan(lun_tensor *x) { return lun_call1(LUN_OP_isnan, lun_detach(x)); }

bool lun_compose_nansum(lun_call *c)
{
    over o = read_over(c, 0);
    lun_tensor *x = c->in[0], *nan = is_nan(x), *kept = lun_masked_fill(x, nan, 0);
    lun_call sum;
    lun_call_begin(&sum, lun_op_at(LUN_OP_sum));
    lun_call_input(&sum, c->op->id == LUN_OP_nanmean ? wide(kept) : kept);
    if (o.n) lun_params_ints(&sum.params, o.n, o.dims);
    else lun_params_none(&sum.params);
    lun_params_bool(&sum.params, o.keepdim);
    bool given = lun_param_given(&c->params, 2);
    lun_dtype t = lun_param_dtype(&c->params, 2, (lun_dtype)x->dtype);
    if (c->op->id == LUN_OP_nanmean && lun_dtypes[t].kind < LUN_KIND_FLOAT)
        return lun_fail(LUN_E_DTYPE, "leave dtype out", "a mean needs a float dtype, got %s", lun_dtypes[t].name), false;
    if (given) lun_params_dtype(&sum.params, lun_param_dtype(&c->params, 2, LUN_F32));
    lun_tensor *total = lun_apply1(&sum);
    if (c->op->id == LUN_OP_nansum) return lun_composed(c, total);
    lun_tensor *n = fold(LUN_OP_sum, lun_call1(LUN_OP_logical_not, nan), &o, NULL);
    return lun_composed(c, lun_to_dtype(lun_div(total, n), lun_param_dtype(&c->params, 2, (lun_dtype)x->dtype)));
}

bool lun_compose_aminmax(lun_call *c)
{
    over o = read_over(c, 0);
    c->n_out = 2;
    c->out[0] = fold(LUN_OP_amin, c->in[0], &o, NULL);
    c->out[1] = c->out[0] ? fold(LUN_OP_amax, c->in[0], &o, NULL) : NULL;
    return c->out[1] != NULL;
}

bool lun_compose_count_nonzero(lun_call *c)
{
    over o = {.n = lun_param_ints(&c->params, 0, &o.dims)};
    lun_tensor *x = lun_detach(c->in[0]);
    return lun_composed(c, fold(LUN_OP_sum, x && x->dtype == LUN_BOOL ? x : lun_ne(x, integer(0)), &o, NULL));
}

/* ---- covariance ---- */

static bool weights_fit(lun_tensor *w, int64_t n, bool whole, const char *name)
{
    if (lun_is_none(w)) return true;
    if (w->ndim != 1 || w->dims[0] != n)
        return lun_fail(LUN_E_SHAPE, "one weight for each observation", "%s must be a vector of %lld", name, (long long)n), false;
    if (whole != lun_dtype_is_int((lun_dtype)w->dtype))
        return lun_fail(LUN_E_DTYPE, "fweights are whole numbers, aweights floats", "%s cannot be %s", name, lun_dtypes[w->dtype].name), false;
    const lun_tensor *weights = lun_on_host(w);
    for (int64_t i = 0; weights && !lun_is_hollow(weights) && i < n; i++)
        if (!(lun_get_double(weights, i) >= 0)) return lun_fail(LUN_E_ARGUMENT, "0 or more", "%s has negative weights, or NaN", name), false;
    return true;
}

/* Sum of squares over sum minus correction, as numpy and PyTorch weight it; NULL-safe. */
static lun_tensor *divisor(lun_tensor *w, lun_tensor *aweights, lun_tensor *total, int64_t n, double correction)
{
    lun_tensor *left;
    if (lun_is_none(w)) left = lun_number((double)n - correction);
    else if (correction == 0) left = total;
    else if (lun_is_none(aweights)) left = lun_add_number(total, -correction);
    else left = lun_sub(total, lun_mul_number(lun_div(lun_sum(lun_mul(w, aweights), 0, NULL, false), total), correction));
    lun_tensor *zero = lun_number(0);
    return lun_is_none(w) ? left : lun_where(lun_lt(left, zero), lun_zeros_like(left), left);
}

static lun_tensor *covariance(lun_tensor *x, double correction, lun_tensor *fweights, lun_tensor *aweights)
{
    if (!lun_dtype_is_float((lun_dtype)x->dtype) && lun_dtypes[x->dtype].kind != LUN_KIND_COMPLEX) x = lun_to_dtype(x, LUN_F32);
    x = x && x->ndim < 2 ? lun_reshape(x, 2, (int64_t[]){1, x->numel}) : x;
    int64_t last = 1, n = x ? x->dims[1] : 0;
    if (!x || !weights_fit(fweights, n, true, "fweights") || !weights_fit(aweights, n, false, "aweights")) return NULL;
    lun_tensor *w = !lun_is_none(fweights) && !lun_is_none(aweights) ? lun_mul(fweights, aweights) : lun_is_none(fweights) ? aweights : fweights;
    bool weighted = !lun_is_none(w);
    lun_tensor *total = weighted ? lun_sum(w, 0, NULL, false) : NULL;
    if (total && !lun_is_hollow(total) && lun_get_double(total, 0) == 0)
        return lun_fail(LUN_E_ARGUMENT, "leave them out", "the weights sum to 0: there is no mean");
    lun_tensor *mean = weighted ? lun_div(lun_sum(lun_mul(x, w), 1, &last, true), total) : lun_mean(x, 1, &last, true);
    lun_tensor *centred = lun_sub(x, mean), *other = weighted ? lun_mul(centred, w) : centred;
    if (!weighted && (double)n - correction < 0) correction = (double)n;
    return lun_div(lun_matmul(centred, lun_mH(other)), divisor(w, aweights, total, n, correction));
}

bool lun_compose_cov(lun_call *c)
{
    lun_tensor *x = c->in[0];
    bool coefficients = c->op->id == LUN_OP_corrcoef;
    if (x->ndim > 2)
        return lun_fail(LUN_E_SHAPE, "variables in rows, observations in columns", "x has %d dims, at most 2 are possible", x->ndim), false;
    lun_tensor *y = coefficients ? covariance(x, 1, LUN_NONE, LUN_NONE)
                                 : covariance(x, (double)lun_param_int(&c->params, 0, 1), c->in[1], c->in[2]);
    if (coefficients && y && y->numel == 1) return lun_composed(c, lun_reshape(lun_div(y, y), 0, NULL));
    if (coefficients && y) {
        lun_tensor *d = lun_sqrt(lun_call1(LUN_OP_diag, y));
        y = lun_div(lun_div(y, lun_unsqueeze(d, 1)), lun_unsqueeze(d, 0));
        lun_call clamp;
        lun_call_begin(&clamp, lun_op_at(LUN_OP_clamp_numbers));
        lun_call_input(&clamp, y);
        lun_params_float(&clamp.params, -1);
        lun_params_float(&clamp.params, 1);
        if (y && lun_dtype_is_float((lun_dtype)y->dtype)) y = lun_apply1(&clamp);
    }
    return lun_composed(c, y && y->numel == 1 ? lun_reshape(y, 0, NULL) : y);
}
