/* number.c - the bounds of the dtypes of whole numbers
 *
 * Holds: the bounds are made from the sizes in LUN_DTYPES. Read next: core/number.h. SPDX-License-Identifier: MIT
 */
#include "core/number.h"

#include "core/error.h"
#include "core/tensor.h"

#include <math.h>
#include <stdio.h>

static int64_t most(lun_dtype t)
{
    int bits = 8 * (int)lun_dtype_size(t) - (t != LUN_U8);
    return (int64_t)((UINT64_C(1) << bits) - 1);
}

static int64_t least(lun_dtype t) { return -most(t) - (t != LUN_U8); }

static bool misfit(const char *value, lun_dtype t)
{
    return lun_fail(LUN_E_ARGUMENT, "a number within these bounds, or a float dtype", "%s does not fit into %s, which holds %lld to %lld", value,
                    lun_dtypes[t].name, (long long)(t == LUN_U8 ? 0 : least(t)), (long long)most(t)), false;
}

bool lun_integer_fits(int64_t v, lun_dtype t)
{
    char text[32];
    if (!lun_dtype_is_int(t) || (v >= least(t) && v <= most(t))) return true;
    snprintf(text, sizeof text, "%lld", (long long)v);
    return misfit(text, t);
}

bool lun_real_fits(double v, lun_dtype t)
{
    char text[32];
    if (!lun_dtype_is_int(t)) return true;
    double low = t == LUN_U8 && v != trunc(v) ? 0 : (double)least(t); /* -1.0 is a whole number, and wraps as one */
    if (v >= low && v <= (double)most(t)) return true;
    if (v != v) return misfit("NaN", t);
    snprintf(text, sizeof text, "%g", v);
    return misfit(text, t);
}

bool lun_param_fits(const lun_params *p, int k, lun_dtype t)
{
    if (!lun_param_given(p, k)) return true;
    if (p->attr[k].kind == LUN_ATTR_COMPLEX && !lun_dtype_is_complex(t) && lun_param_complex(p, k, 0).im != 0)
        return lun_fail(LUN_E_ARGUMENT, "a complex dtype, such as complex64", "a complex number does not fit into %s", lun_dtypes[t].name), false;
    return p->attr[k].kind == LUN_ATTR_INT ? lun_integer_fits(p->attr[k].value.i, t) : lun_real_fits(lun_param_float(p, k, 0), t);
}

bool lun_element_fits(const lun_tensor *x, lun_dtype t)
{
    lun_dtype own = (lun_dtype)x->dtype;
    if (own == LUN_BOOL || lun_dtype_is_complex(own)) return true;
    return lun_dtype_is_float(own) ? lun_real_fits(lun_get_double(x, 0), t) : lun_integer_fits(lun_get_integer(x, 0), t);
}

bool lun_number_fits(const lun_tensor *x, lun_dtype t) { return !(x->flags & LUN_NUMBER) || lun_element_fits(x, t); }
