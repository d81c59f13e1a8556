/* pointwise.c - elementwise rows made of other rows
 *
 * What has three float arguments is a formula over blocks (core/expression.h), which is as quick as a loop of its own and brings all
 * its derivatives. Read next: core/ops/pointwise.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/pointwise.h"

#include "core/error.h"
#include "core/expression.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/mix.h"
#include "core/ops/math.h"
#include "core/tape.h"

#include <math.h>


/* A row of one tensor with one number attribute. */
static lun_tensor *with_number(lun_op_id id, lun_tensor *x, double v)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_params_float(&c.params, v);
    return lun_apply1(&c);
}

bool lun_compose_clamp(lun_call *c)
{
    lun_tensor *y = c->in[0];
    if (!lun_is_none(c->in[1])) y = lun_clamp_min(y, c->in[1]);
    if (!lun_is_none(c->in[2])) y = lun_clamp_max(y, c->in[2]);
    return lun_composed(c, y);
}

/* A formula over the three inputs x, y and g, which broadcast; p0 is attribute 0. */
static bool formula_of_three(lun_call *c, const char *text)
{
    if (!lun_mix_dtypes(c)) return false;
    int with[LUN_NAME_COUNT] = {[LUN_NAME_p0] = lun_term_number(lun_param_float(&c->params, 0, 1))};
    return lun_composed(c, lun_expression_apply(lun_expression_replace(lun_expression_read(text), with), 3, c->in));
}

static bool is_complex(const lun_call *c) { return lun_dtypes[lun_common_dtype(c, 0)].kind == LUN_KIND_COMPLEX; }

bool lun_compose_lerp(lun_call *c)
{
    if (is_complex(c)) return lun_composed(c, lun_add(c->in[0], lun_mul(c->in[2], lun_sub(c->in[1], c->in[0]))));
    lun_dtype given = lun_common_dtype(c, 0);
    bool half = given == LUN_F16 || given == LUN_BF16;
    for (int i = 0; i < 3 && half; i++) /* a weight that is a number is not rounded to half precision; the result is, once */
        if (!(c->in[i]->flags & LUN_NUMBER) && !(c->in[i] = lun_to_dtype(c->in[i], LUN_F32))) return false;
    if (!formula_of_three(c, "fabs(g) < K(0.5) ? x + g * (y - x) : y - (y - x) * (K(1) - g)")) return false;
    return !half || lun_composed(c, lun_to_dtype(c->out[0], given));
}

/* Attribute 0 as a factor of numbers of dtype t. NULL after lun_fail where it is complex and they are real. */
static lun_tensor *factor(const lun_call *c, lun_dtype t)
{
    if (!lun_param_fits(&c->params, 0, t)) return NULL;
    bool complex = lun_param_given(&c->params, 0) && c->params.attr[0].kind == LUN_ATTR_COMPLEX;
    return complex ? lun_tensor_complex(lun_param_complex(&c->params, 0, 1)) : lun_number(lun_param_float(&c->params, 0, 1));
}

/* Nothing times NaN is NaN: a formula with the number 0 in it would leave the product out. */
bool lun_compose_addcdiv(lun_call *c)
{
    lun_tensor *value = factor(c, is_complex(c) ? LUN_C128 : LUN_F64);
    if (value && (is_complex(c) || lun_get_double(value, 0) == 0))
        return lun_composed(c, lun_add(c->in[0], lun_mul(lun_div(c->in[1], c->in[2]), value)));
    return value && formula_of_three(c, "x + p0 * (y / g)");
}

bool lun_compose_addcmul(lun_call *c)
{
    if (!lun_mix_dtypes(c)) return false;
    double value = lun_param_float(&c->params, 0, 1);
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    bool real = lun_dtype_is_float(t);
    lun_tensor *times = factor(c, lun_dtype_has_gradient(t) ? t : LUN_F64);
    if (!times) return false;
    if (real && value != 0) return formula_of_three(c, "x + p0 * y * g");
    if (real || lun_dtype_is_complex(t)) return lun_composed(c, lun_add(c->in[0], lun_mul(lun_mul(c->in[1], times), c->in[2])));
    if (value != trunc(value))
        return lun_fail(LUN_E_ARGUMENT, "use floats, x:float(), or a whole value", "value %g is no whole number, the tensors are", value), false;
    lun_tensor *scale = lun_param_fits(&c->params, 0, (lun_dtype)c->in[0]->dtype) ? lun_tensor_number(0, LUN_I64) : NULL;
    if (scale) lun_set_integer(scale, 0, lun_param_int(&c->params, 0, 1));
    return lun_composed(c, lun_add(c->in[0], lun_mul(lun_mul(scale, c->in[1]), c->in[2])));
}

bool lun_compose_rsub(lun_call *c)
{
    lun_call sub;
    lun_call_begin(&sub, lun_op_at(LUN_OP_sub));
    lun_call_input(&sub, c->in[1]);
    lun_call_input(&sub, c->in[0]);
    sub.params = c->params;
    return lun_composed(c, lun_apply1(&sub));
}

/* x 2^n in float64, where 2^n may be out of reach although the product is not: in four steps, each of which is a double. */
static lun_tensor *by_powers_of_two(lun_tensor *x, lun_tensor *n)
{
    n = lun_clamp_max(lun_clamp_min(lun_to_dtype(n, LUN_F64), lun_number(-2400)), lun_number(2400));
    lun_tensor *quarter = lun_call1(LUN_OP_trunc, lun_mul_number(n, 0.25)), *step = lun_exp2(quarter);
    x = lun_to_dtype(x, LUN_F64);
    for (int i = 0; i < 3; i++) x = lun_mul(x, step);
    return lun_mul(x, lun_exp2(lun_sub(n, lun_mul_number(quarter, 3))));
}

/* The exponent is no reason for another dtype, when it is whole. */
bool lun_compose_ldexp(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    bool whole = lun_dtype_is_float(t) && !lun_dtype_has_gradient((lun_dtype)c->in[1]->dtype);
    lun_dtype own = (lun_dtype)c->in[1]->dtype, common = lun_common_dtype(c, 0);
    bool widens = lun_dtype_is_float(own) && lun_dtype_is_float(common) && lun_dtype_size(common) > lun_dtype_size(own);
    if (!whole) return lun_composed(c, lun_mul(c->in[0], lun_exp2(widens ? lun_to_dtype(c->in[1], common) : c->in[1])));
    return lun_composed(c, lun_to_dtype(by_powers_of_two(c->in[0], c->in[1]), t));
}

bool lun_compose_float_power(lun_call *c)
{
    lun_dtype t = lun_dtypes[lun_common_dtype(c, 0)].kind == LUN_KIND_COMPLEX ? LUN_C128 : LUN_F64;
    return lun_composed(c, lun_pow(lun_to_dtype(c->in[0], t), lun_to_dtype(c->in[1], t)));
}

bool lun_compose_fill(lun_call *c)
{
    lun_tensor *x = c->in[0], *value = c->in[1];
    char text[LUN_SHAPE_TEXT];
    if (value->ndim)
        return lun_fail(LUN_E_SHAPE, "x:copy_(y) writes many values", "value must have no dims, got %s", lun_tensor_text(value, text)), false;
    if (!lun_element_fits(value, (lun_dtype)x->dtype)) return false;
    return lun_composed(c, lun_clone(lun_expand(lun_to_dtype(value, (lun_dtype)x->dtype), x->ndim, x->dims)));
}

bool lun_compose_polygamma(lun_call *c)
{
    bool method = (c->in[1]->flags & LUN_NUMBER) && !(c->in[0]->flags & LUN_NUMBER); /* x:polygamma(n) */
    lun_tensor *x = c->in[method ? 0 : 1];
    double n = (c->in[method ? 1 : 0]->flags & LUN_NUMBER) ? lun_get_double(c->in[method ? 1 : 0], 0) : -1;
    if ((x->flags & LUN_NUMBER) || !(n >= 0) || n != floor(n))
        return lun_fail(LUN_E_ARGUMENT, "lun.polygamma(1, x): the derivative of digamma", "a whole n of 0 or more and a tensor are needed"), false;
    return lun_composed(c, n > 0 ? with_number(LUN_OP_polygamma_of, x, n) : lun_digamma(x));
}

bool lun_compose_mvlgamma(lun_call *c)
{
    int64_t p = lun_param_int(&c->params, 0, 0);
    if (p < 1 || p > 1000)
        return lun_fail(LUN_E_ARGUMENT, "x:mvlgamma(1) is x:lgamma()", "the dimension must be between 1 and 1000, got %lld", (long long)p), false;
    lun_tensor *sum = lun_lgamma(c->in[0]);
    for (int64_t k = 1; k < p; k++) sum = lun_add(sum, lun_lgamma(lun_add_number(c->in[0], -0.5 * (double)k)));
    const double log_pi = 1.1447298858494002;
    return lun_composed(c, lun_add_number(sum, (double)(p * (p - 1)) / 4 * log_pi));
}

/* ---- activations ---- */

bool lun_compose_glu(lun_call *c)
{
    lun_tensor *x = c->in[0], *half[2];
    int dim = x->ndim ? lun_param_dim(c, 0, x->ndim) : -1, n;
    char text[LUN_SHAPE_TEXT];
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:view(1, 2) and the like give it dims", "a 0-d tensor cannot be halved"), false;
    if (dim < 0) return false;
    if (x->dims[dim] % 2)
        return lun_fail(LUN_E_SHAPE, "dim names another one", "dim %d of %s is odd, so it has no halves", dim + 1, lun_tensor_text(x, text)), false;
    if (!x->dims[dim]) return lun_composed(c, lun_clone(x));
    return lun_chunk(x, 2, dim, 2, half, &n) && lun_composed(c, lun_mul(half[0], lun_sigmoid(half[1])));
}

bool lun_compose_prelu(lun_call *c)
{
    lun_tensor *x = c->in[0], *w = c->in[1];
    int64_t channels = x->ndim >= 2 ? x->dims[1] : 1, dims[LUN_MAX_DIMS];
    if (w->ndim > 1 || (w->numel != 1 && w->numel != channels))
        return lun_fail(LUN_E_SHAPE, "give one weight, or one for each channel (dim 2 of x)", "%lld weights in %d dims for %lld channels",
                        (long long)w->numel, w->ndim, (long long)channels), false;
    for (int d = 0; d < x->ndim; d++) dims[d] = d == 1 ? w->numel : 1;
    if (x->ndim == 1) dims[0] = w->numel;
    return lun_composed(c, lun_slope(x, lun_reshape(w, x->ndim, dims)));
}

bool lun_compose_rrelu(lun_call *c)
{
    double lower = lun_param_float(&c->params, 0, 0.125), upper = lun_param_float(&c->params, 1, 1.0 / 3);
    if (!(lower <= upper)) return lun_fail(LUN_E_ARGUMENT, "exchange them", "lower %g is above upper %g", lower, upper), false;
    if (!lun_param_bool(&c->params, 2, false)) return lun_composed(c, with_number(LUN_OP_leaky_relu, c->in[0], (lower + upper) / 2));
    lun_tensor *drawn = lun_call1(LUN_OP_rand_like, lun_detach(c->in[0]));
    return lun_composed(c, lun_slope(c->in[0], lun_add_number(lun_mul_number(drawn, upper - lower), lower)));
}

bool lun_compose_softmin(lun_call *c)
{
    lun_tensor *x = lun_neg(c->in[0]); /* before the cast, as PyTorch: unsigned numbers wrap */
    lun_dtype t = x ? (lun_dtype)x->dtype : LUN_F32;
    return lun_composed(c, lun_softmax(lun_to_dtype(x, lun_param_dtype(&c->params, 1, t)), lun_param_int(&c->params, 0, 0)));
}

bool lun_compose_complex_softsign(lun_call *c)
{
    return lun_composed(c, lun_div(c->in[0], lun_add_number(lun_abs(c->in[0]), 1)));
}

/* The one with the larger real part stands before the logarithm, so that nothing overflows. Two of which nothing is left, log(0), are one. */
bool lun_compose_complex_logaddexp(lun_call *c)
{
    lun_dtype t = lun_common_dtype(c, 0);
    lun_tensor *x = lun_to_dtype(c->in[0], t), *y = lun_to_dtype(c->in[1], t);
    if (!x || !y) return false;
    lun_tensor *re = lun_call1(LUN_OP_real, lun_detach(x)), *other = lun_call1(LUN_OP_real, lun_detach(y)), *less = lun_lt(re, other);
    lun_tensor *most = lun_where(less, y, x), *least = lun_where(less, x, y);
    lun_tensor *none = lun_logical_and(lun_eq(re, other), lun_call1(LUN_OP_isneginf, re));
    lun_tensor *gap = lun_where(none, lun_tensor_number(-INFINITY, LUN_F64), lun_sub(least, most));
    return lun_composed(c, lun_add(most, lun_log(lun_add_number(lun_exp(gap), 1))));
}

/* ---- tests ---- */

static lun_tensor *both_nan(lun_tensor *x, lun_tensor *y) { return lun_logical_and(lun_ne(x, x), lun_ne(y, y)); }

bool lun_compose_isclose(lun_call *c)
{
    double rtol = lun_param_float(&c->params, 0, 1e-5), atol = lun_param_float(&c->params, 1, 1e-8);
    if (!(rtol >= 0 && atol >= 0))
        return lun_fail(LUN_E_ARGUMENT, "give 0 or more", "tolerances must not be negative: rtol %g, atol %g", rtol, atol), false;
    lun_tensor *x = c->in[0], *y = c->in[1], *close = lun_eq(x, y);
    if (lun_param_bool(&c->params, 2, false)) close = lun_logical_or(close, both_nan(x, y));
    if (rtol == 0 && atol == 0) return lun_composed(c, close);
    lun_dtype t = lun_common_dtype(c, 0);
    if (lun_dtypes[t].kind < LUN_KIND_FLOAT) x = lun_to_dtype(x, LUN_F64), y = lun_to_dtype(y, LUN_F64);
    lun_tensor *off = lun_abs(lun_sub(x, y)), *allowed = lun_add_number(lun_abs(lun_mul_number(y, rtol)), atol);
    lun_tensor *near = lun_logical_and(lun_call1(LUN_OP_isfinite, off), lun_le(off, allowed));
    return lun_composed(c, lun_logical_or(close, near));
}

bool lun_compose_allclose(lun_call *c)
{
    return lun_compose_isclose(c) && lun_composed(c, lun_call1(LUN_OP_all, c->out[0]));
}

bool lun_compose_equal(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    if (!lun_shape_same(x->ndim, x->dims, y->ndim, y->dims)) return lun_composed(c, lun_full(0, NULL, 0, LUN_BOOL, lun_tensor_device(x)));
    return lun_composed(c, lun_call1(LUN_OP_all, lun_eq(x, y)));
}

bool lun_compose_isposinf(lun_call *c) { return lun_composed(c, lun_eq(c->in[0], lun_number(INFINITY))); }
bool lun_compose_isneginf(lun_call *c) { return lun_composed(c, lun_eq(c->in[0], lun_number(-INFINITY))); }
bool lun_compose_isreal(lun_call *c)
{
    lun_tensor *x = c->in[0];
    if (lun_is_complex(x)) return lun_composed(c, lun_eq(lun_call1(LUN_OP_imag, x), lun_tensor_integer(0)));
    return lun_composed(c, lun_full(x->ndim, x->dims, 1, LUN_BOOL, lun_tensor_device(x)));
}

bool lun_compose_signbit(lun_call *c)
{
    lun_tensor *x = c->in[0];
    if (lun_dtype_is_float((lun_dtype)x->dtype)) x = lun_copysign(lun_number(1), x);
    return lun_composed(c, lun_lt(x, lun_tensor_number(0, LUN_I64)));
}

/* ---- gradients ---- */

void lun_vjp_add_scaled(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = g[0];
    dx[1] = lun_wants(n, 1) ? lun_mul_number(g[0], lun_param_float(n->params, 0, 1)) : LUN_NONE;
}

void lun_vjp_second_only(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) {
        dx[0] = lun_fail(LUN_E_GRADIENT, "detach it: x:detach()", "%s has no derivative in its first argument", n->op->name);
        return;
    }
    lun_vjp_binary(n, g, dx);
}

bool lun_infer_frexp(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    lun_result(c, 1, LUN_I32, c->in[0]->ndim, c->in[0]->dims);
    return true;
}

void lun_vjp_frexp(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *power = lun_exp2(lun_to_dtype(lun_saved_out(n, 1), (lun_dtype)g[0]->dtype));
    dx[0] = lun_div(g[0], power);
}
