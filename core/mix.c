/* mix.c - dtype promotion at the door
 *
 * Holds: casts go through the door themselves, so gradients come back in the input's own dtype. Read next: core/apply.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/mix.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/number.h"

#include <stdio.h>

/* A wrapped Lua number weighs as float32, complex64 or int64 whatever its storage. */
static lun_dtype weight_dtype(const lun_tensor *x)
{
    lun_dtype t = (lun_dtype)x->dtype;
    if (!(x->flags & LUN_NUMBER) || !lun_dtype_has_gradient(t)) return t;
    return lun_dtype_is_complex(t) ? LUN_C64 : LUN_F32;
}

static bool is_value(const lun_call *c, int i)
{
    unsigned bit = i < 31 && !(c->op->has_list && i >= c->op->n_tensors - 1) ? 1U << i : 0;
    return !lun_is_none(c->in[i]) && !((c->op->index_in | c->op->label_in | c->op->count_in) & bit);
}

lun_dtype lun_common_dtype(const lun_call *c, int first)
{
    lun_dtype best[3] = {LUN_DTYPE_NONE, LUN_DTYPE_NONE, LUN_DTYPE_NONE}; /* tensors, 0-d tensors, numbers */
    for (int i = first; i < c->n_in; i++) {
        if (!is_value(c, i)) continue;
        const lun_tensor *x = c->in[i];
        lun_dtype *group = &best[(x->flags & LUN_NUMBER) ? 2 : x->ndim == 0 ? 1 : 0];
        *group = *group == LUN_DTYPE_NONE ? weight_dtype(x) : lun_dtype_promote(*group, weight_dtype(x));
    }
    lun_dtype result = LUN_DTYPE_NONE;
    for (int k = 0; k < 3; k++) {
        if (best[k] == LUN_DTYPE_NONE) continue;
        if (result == LUN_DTYPE_NONE) result = best[k];
        else if (lun_dtypes[best[k]].kind > lun_dtypes[result].kind)
            result = lun_dtype_is_float(result) ? lun_dtype_complex(result) : best[k]; /* float64 beside complex64 is complex128 */
    }
    return result;
}

/* The one place that refuses a dtype; it names those that the row takes. */
bool lun_check_taken(const lun_op *op, lun_dtype t)
{
    char taken[160] = "";
    size_t used = 0;
    if (op->takes >> t & 1) return true;
    for (int k = 0; k < LUN_DTYPE_COUNT; k++)
        if (op->takes >> k & 1) used += (size_t)snprintf(taken + used, sizeof taken - used, used ? ", %s" : "%s", lun_dtypes[k].name);
    const char *hint = lun_dtype_is_complex(t) ? "x:real(), x:imag() and x:abs() give real tensors"
                       : op->takes & LUN_TAKES(F32) ? "x:float() converts to float32"
                       : op->takes & LUN_TAKES(I64) ? "x:long() converts to int64"
                       : op->takes & LUN_TAKES(I8) ? "x:to(\"int8\") converts, if the numbers are whole and small" : "x:to(\"complex64\")";
    return lun_fail(LUN_E_DTYPE, hint, "not for %s; it takes %s", lun_dtypes[t].name, taken), false;
}

/* A row without complex kernels takes and gives no complex numbers; one of class ANY looks at the rest itself. */
static bool class_allows(const lun_op *op, lun_dtype t)
{
    bool complex = lun_dtype_is_complex(t);
    if (op->dtypes == LUN_CLASS_ANY && (!complex || op->flags & LUN_OP_COMPLEX)) return true;
    return lun_check_taken(op, t);
}

bool lun_check_results(const lun_call *c)
{
    for (int k = 0; k < c->n_out; k++) {
        lun_dtype t = c->out_spec[k].dtype;
        if (lun_dtype_is_complex(t) && !(c->op->flags & LUN_OP_COMPLEX) && !lun_check_taken(c->op, t)) return false;
    }
    return true;
}

/* 2 beside a float tensor is a float. */
static bool number_fits_class(const lun_op *op, const lun_tensor *x)
{
    return (op->dtypes == LUN_CLASS_FLOAT_ONLY || op->dtypes == LUN_CLASS_WIDE) && (x->flags & LUN_NUMBER);
}

bool lun_check_class(lun_call *c)
{
    for (int i = 0; i < c->n_in; i++)
        if (is_value(c, i) && !number_fits_class(c->op, c->in[i]) && !class_allows(c->op, weight_dtype(c->in[i]))) return false;
    return true;
}

/* One float dtype everywhere, and not only numbers: the common case, with nothing to mix (and nothing to refuse). */
static bool uniform(const lun_call *c)
{
    const lun_op *op = c->op;
    if (!c->n_in || !lun_dtype_is_float((lun_dtype)c->in[0]->dtype) || !(op->takes >> c->in[0]->dtype & 1)) return false;
    bool tensors = false;
    for (int i = 0; i < c->n_in; i++) {
        if (c->in[i]->dtype != c->in[0]->dtype) return false;
        tensors |= !(c->in[i]->flags & LUN_NUMBER);
    }
    return tensors;
}

/* A number is written down again in the other dtype; no op, no graph. */
static lun_tensor *number_as(lun_tensor *x, lun_dtype t)
{
    if ((lun_dtype)x->dtype == t) return x;
    lun_tensor *y = lun_tensor_number(0, t);
    if (!y) return NULL;
    if (lun_dtype_is_complex((lun_dtype)x->dtype)) lun_set_complex(y, 0, lun_get_complex(x, 0));
    else if (lun_dtype_is_float((lun_dtype)x->dtype)) lun_set_double(y, 0, lun_get_double(x, 0));
    else lun_set_integer(y, 0, lun_get_integer(x, 0));
    return y;
}

/* Complex Lua numbers and nothing else: the result is such a number again, in complex128. */
static bool only_numbers(const lun_call *c)
{
    bool complex = false;
    for (int i = 0; i < c->n_in; i++) {
        if (lun_is_none(c->in[i])) continue;
        if (!(c->in[i]->flags & LUN_NUMBER)) return false;
        complex |= lun_dtype_is_complex((lun_dtype)c->in[i]->dtype);
    }
    return complex;
}

bool lun_mix_dtypes(lun_call *c)
{
    if (uniform(c)) return true;
    if (!lun_check_class(c)) return false;
    c->numbers = only_numbers(c);
    int first = c->op->mix == LUN_MIX_REST ? 1 : 0;
    if (c->op->mix == LUN_MIX_NONE && c->op->dtypes != LUN_CLASS_F) return true;
    lun_dtype common = c->op->mix == LUN_MIX_NONE ? LUN_DTYPE_NONE : c->numbers ? LUN_C128 : lun_common_dtype(c, first);
    for (int i = first; i < c->n_in; i++) {
        if (!is_value(c, i)) continue;
        lun_dtype t = common != LUN_DTYPE_NONE ? common : c->numbers ? LUN_C128 : weight_dtype(c->in[i]);
        if (c->op->dtypes == LUN_CLASS_F && !lun_dtype_has_gradient(t)) t = LUN_F32;
        if ((c->op->flags & LUN_OP_WIDE_NUMBERS) && (c->in[i]->flags & LUN_NUMBER)) t = lun_dtype_computed(t);
        if (i > 0 && (c->op->flags & LUN_OP_NUMBERS_FIT) && !lun_number_fits(c->in[i], t)) return false;
        c->in[i] = (c->in[i]->flags & LUN_NUMBER) ? number_as(c->in[i], t) : lun_to_dtype(c->in[i], t);
        if (!c->in[i]) return false;
    }
    return true;
}
