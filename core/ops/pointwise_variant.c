/* pointwise_variant.c - which row computes a call: options that make another formula of an op
 *
 * So the plain x + y stays a plain loop although add has an alpha. Holds: a variant may change the call's inputs and attributes; the
 * door puts them back afterwards. Read next: core/apply.c, core/ops/math.def. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/number.h"
#include "core/ops/pointwise.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const lun_op *row(lun_op_id id) { return lun_op_at((int)id); }

/* x + alpha y of whole numbers, where alpha has more digits than a double: y is multiplied first. */
static const lun_op *by_large_factor(lun_call *c, lun_dtype common)
{
    c->in[1] = lun_mul(lun_to_dtype(c->in[1], common), lun_tensor_integer(lun_param_int(&c->params, 0, 1)));
    c->params.attr[0] = (lun_attr){.kind = LUN_ATTR_INT, .value.i = 1};
    return c->in[1] ? row(LUN_OP_add) : NULL;
}

/* x + alpha y with a complex alpha: y is multiplied first. */
static const lun_op *by_complex_factor(lun_call *c)
{
    lun_c128 alpha = lun_param_complex(&c->params, 0, 1);
    if (!lun_param_fits(&c->params, 0, lun_common_dtype(c, 0))) return NULL;
    c->in[1] = lun_mul(c->in[1], lun_tensor_complex(alpha));
    c->params.attr[0] = (lun_attr){.kind = LUN_ATTR_INT, .value.i = 1};
    return c->in[1] ? c->op : NULL;
}

const lun_op *lun_variant_scaled(lun_call *c)
{
    if (c->params.attr[0].kind == LUN_ATTR_COMPLEX) return by_complex_factor(c);
    double alpha = lun_param_float(&c->params, 0, 1);
    if (alpha == 1) return c->op;
    lun_dtype common = lun_common_dtype(c, 0);
    if (lun_dtypes[common].kind < LUN_KIND_FLOAT) {
        if (alpha != trunc(alpha))
            return lun_fail(LUN_E_ARGUMENT, "use floats, x:float(), or a whole alpha", "alpha %g is no whole number, the tensors are", alpha), NULL;
        if (c->op->id == LUN_OP_sub && c->params.attr[0].kind == LUN_ATTR_INT) /* x - 128 y is x + (-128) y, of int8 as well */
            c->params.attr[0].value.i = (int64_t)(0 - (uint64_t)c->params.attr[0].value.i);
        if (common == LUN_BOOL) { /* alpha is a truth value as well */
            alpha = alpha != 0;
            c->params.attr[0] = (lun_attr){.kind = LUN_ATTR_INT, .value.i = alpha != 0};
        }
        if (!lun_param_fits(&c->params, 0, common)) return NULL;
        if (fabs(alpha) >= 0x1p53) return by_large_factor(c, common);
    }
    if (c->op->id == LUN_OP_sub) alpha = -alpha;
    c->params.attr[0] = (lun_attr){.kind = LUN_ATTR_FLOAT, .value.f = alpha};
    return row(LUN_OP_add_scaled);
}

const lun_op *lun_variant_div(lun_call *c)
{
    const char *mode = lun_param_string(&c->params, 0, NULL);
    if (!mode) return c->op;
    bool down = !strcmp(mode, "floor");
    if (!down && strcmp(mode, "trunc"))
        return lun_fail(LUN_E_ARGUMENT, "leave it out for the exact quotient", "rounding_mode must be \"floor\" or \"trunc\", got \"%s\"",
                        mode), NULL;
    c->params.count = c->params.used = 0;
    return row(down ? LUN_OP_floor_divide : LUN_OP_div_trunc);
}

const lun_op *lun_variant_round(lun_call *c)
{
    int64_t decimals = lun_param_int(&c->params, 0, 0);
    if (!decimals) return c->op;
    if (!lun_check_taken(c->op, (lun_dtype)c->in[0]->dtype)) return NULL;
    if (!lun_dtype_is_float((lun_dtype)c->in[0]->dtype))
        return lun_fail(LUN_E_DTYPE, "x:float() converts to float32", "decimals are for floats, got %s", lun_dtypes[c->in[0]->dtype].name), NULL;
    c->params.count = c->params.used = 0;
    lun_params_float(&c->params, (double)decimals);
    lun_params_float(&c->params, pow(10, fabs((double)decimals)));
    return row(LUN_OP_round_decimals);
}

const lun_op *lun_variant_gelu(lun_call *c)
{
    const char *how = lun_param_string(&c->params, 0, "none");
    bool by_tanh = !strcmp(how, "tanh");
    if (!by_tanh && strcmp(how, "none"))
        return lun_fail(LUN_E_ARGUMENT, "leave it out for the exact form", "approximate must be \"none\" or \"tanh\", got \"%s\"", how), NULL;
    if (!by_tanh) return c->op;
    c->params.count = c->params.used = 0;
    return row(LUN_OP_gelu_tanh);
}

/* As the power it is: truth values squared are whole numbers. */
const lun_op *lun_variant_square(lun_call *c)
{
    if (c->in[0]->dtype == LUN_BOOL && !(c->in[0] = lun_to_dtype(c->in[0], LUN_I64))) return NULL;
    return c->op;
}

const lun_op *lun_variant_complex(lun_call *c)
{
    bool complex = false;
    for (int i = 0; i < c->n_in; i++) complex |= lun_dtype_is_complex((lun_dtype)c->in[i]->dtype);
    return !complex ? c->op : row(c->op->id == LUN_OP_softsign ? LUN_OP_complex_softsign : LUN_OP_complex_logaddexp);
}

static bool is_number(const lun_tensor *x) { return lun_is_none(x) || (x->flags & LUN_NUMBER); }

/* Whether a whole number may have more digits than a double. */
static bool beyond_double(double v) { return isfinite(v) && fabs(v) >= 0x1p53; }

/* Two numbers become the attributes of a one-argument formula; a fraction beside whole numbers makes them floats, as for x + 0.5. */
const lun_op *lun_variant_clamp(lun_call *c)
{
    lun_tensor *x = c->in[0], *low = c->in[1], *high = c->in[2];
    if (lun_is_none(low) && lun_is_none(high))
        return lun_fail(LUN_E_ARGUMENT, "x:clamp(0), x:clamp(nil, 1), x:clamp(0, 1)", "neither min nor max is given"), NULL;
    double least = lun_is_none(low) || !is_number(low) ? -INFINITY : lun_get_double(low, 0);
    double most = lun_is_none(high) || !is_number(high) ? INFINITY : lun_get_double(high, 0);
    if (!is_number(low) || !is_number(high) || isnan(least) || isnan(most)) return row(LUN_OP_clamp_tensors);
    lun_dtype common = lun_common_dtype(c, 0);
    if ((!lun_is_none(low) && !lun_number_fits(low, common)) || (!lun_is_none(high) && !lun_number_fits(high, common))) return NULL;
    if (common == LUN_I64 && (beyond_double(least) || beyond_double(most))) return row(LUN_OP_clamp_tensors);
    c->n_in = 1;
    if (common != (lun_dtype)x->dtype && !(c->in[0] = lun_to_dtype(x, common))) return NULL;
    lun_params_float(&c->params, least);
    lun_params_float(&c->params, most);
    return row(LUN_OP_clamp_numbers);
}

static bool exact_bounds(const lun_call *c)
{
    return c->in[0]->dtype == LUN_I64 && (beyond_double(lun_param_float(&c->params, 0, 0)) || beyond_double(lun_param_float(&c->params, 1, 0)));
}

/* Formulas have doubles as attributes: bounds of int64 with more digits are tensors. */
const lun_op *lun_variant_hardtanh(lun_call *c)
{
    if (!exact_bounds(c)) return c->op;
    if (!lun_infer_hardtanh(c)) return NULL;
    int64_t least = lun_param_int(&c->params, 0, 0), most = lun_param_int(&c->params, 1, 0);
    if (least > most)
        return lun_fail(LUN_E_ARGUMENT, "exchange them", "min_val %lld is above max_val %lld", (long long)least, (long long)most), NULL;
    c->in[1] = lun_tensor_integer(least);
    c->in[2] = lun_tensor_integer(most);
    c->n_in = 3;
    c->params.count = c->params.used = 0;
    return c->in[1] && c->in[2] ? row(LUN_OP_clamp_tensors) : NULL;
}

const lun_op *lun_variant_threshold(lun_call *c)
{
    if (!exact_bounds(c)) return c->op;
    if (!lun_infer_threshold(c)) return NULL;
    c->in[1] = lun_le(c->in[0], lun_tensor_integer(lun_param_int(&c->params, 0, 0)));
    c->in[2] = lun_tensor_integer(lun_param_int(&c->params, 1, 0));
    c->n_in = 3;
    c->params.count = c->params.used = 0;
    return c->in[1] && c->in[2] ? row(LUN_OP_masked_fill) : NULL;
}

/* ---- attributes that depend on the dtype, or that must be in order ---- */

bool lun_infer_nan_to_num(lun_call *c)
{
    static const double largest[LUN_DTYPE_COUNT] = {[LUN_F32] = FLT_MAX, [LUN_F64] = DBL_MAX, [LUN_F16] = 65504, [LUN_BF16] = 0x1.fep127};
    double most = largest[c->in[0]->dtype];
    if (!lun_param_given(&c->params, 1)) c->params.attr[1] = (lun_attr){.kind = LUN_ATTR_FLOAT, .value.f = most};
    if (!lun_param_given(&c->params, 2)) c->params.attr[2] = (lun_attr){.kind = LUN_ATTR_FLOAT, .value.f = -most};
    return lun_infer_same(c);
}

bool lun_infer_neg(lun_call *c)
{
    if (c->in[0]->dtype == LUN_BOOL) return lun_fail(LUN_E_DTYPE, "~x is the opposite of a mask", "truth values have no minus"), false;
    return lun_infer_same(c);
}

bool lun_infer_hardtanh(lun_call *c)
{
    double least = lun_param_float(&c->params, 0, -1), most = lun_param_float(&c->params, 1, 1);
    if (least > most) return lun_fail(LUN_E_ARGUMENT, "exchange them", "min_val %g is above max_val %g", least, most), false;
    if (!(least <= most))
        return lun_fail(LUN_E_ARGUMENT, "x:clamp() takes one bound alone", "the bounds must be numbers, got %g and %g", least, most), false;
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    return lun_param_fits(&c->params, 0, t) && lun_param_fits(&c->params, 1, t) && lun_infer_same(c);
}

bool lun_infer_threshold(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    return lun_param_fits(&c->params, 0, t) && lun_param_fits(&c->params, 1, t) && lun_infer_same(c);
}

bool lun_infer_celu(lun_call *c)
{
    if (lun_param_float(&c->params, 0, 1) == 0) return lun_fail(LUN_E_ARGUMENT, "x:relu() is its limit", "alpha must not be 0"), false;
    return lun_infer_same(c);
}

bool lun_infer_shrink(lun_call *c)
{
    double lambd = lun_param_float(&c->params, 0, 0.5);
    if (!(lambd >= 0)) return lun_fail(LUN_E_ARGUMENT, "give 0 or more", "lambd must not be negative, got %g", lambd), false;
    return lun_infer_same(c);
}

