/* derive.c - rules of the rows that take another tensor's dtype or size, or make a tensor of numbers. Read next: core/ops/create.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/derive.h"

#include "core/backward.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/op_id.h"

#include <math.h>

static bool bad_size(int n, const int64_t *size)
{
    char text[LUN_SHAPE_TEXT];
    bool bad = n > LUN_MAX_DIMS;
    for (int d = 0; !bad && d < n; d++) bad = size[d] < 0;
    if (bad)
        lun_fail(LUN_E_SHAPE, "sizes of 0 or more, at most 8 of them", "%d sizes %s cannot be", n,
                 lun_shape_text(n < LUN_MAX_DIMS ? n : LUN_MAX_DIMS, size, text));
    return bad;
}

/* A tensor full of attribute k as it is, whole, real or complex. */
static lun_tensor *full_of(const lun_params *p, int k, int n, const int64_t *size, lun_dtype t, lun_device device)
{
    lun_call fill;
    if (!lun_param_fits(p, k, t)) return NULL;
    lun_call_begin(&fill, lun_op_at(LUN_OP_fill_));
    lun_call_input(&fill, lun_tensor_empty(t, n, size, device));
    if (p->attr[k].kind == LUN_ATTR_COMPLEX) lun_params_complex(&fill.params, lun_param_complex(p, k, 0));
    else if (p->attr[k].kind == LUN_ATTR_FLOAT) lun_params_float(&fill.params, p->attr[k].value.f);
    else lun_params_int(&fill.params, p->attr[k].value.i);
    return lun_apply1(&fill);
}

bool lun_compose_new(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size), full = c->op->id == LUN_OP_new_full;
    lun_dtype t = lun_param_dtype(&c->params, 1 + full, (lun_dtype)c->in[0]->dtype);
    lun_device device = lun_tensor_device(c->in[0]);
    if (bad_size(n, size)) return false;
    return lun_composed(c, full ? full_of(&c->params, 1, n, size, t, device) : lun_full(n, size, c->op->id == LUN_OP_new_ones, t, device));
}

/* A number as a value of this dtype: whole, or rounded to half precision. */
static double as_dtype(double v, lun_dtype t)
{
    if (lun_dtypes[t].kind < LUN_KIND_FLOAT) return trunc(v);
    if (t == LUN_F16) return lun_f16_to_float(lun_f16_from_float((float)v));
    return t == LUN_BF16 ? lun_bf16_to_float(lun_bf16_from_float((float)v)) : v;
}

bool lun_compose_logspace(lun_call *c)
{
    int64_t n = lun_param_int(&c->params, 2, 0);
    double start = lun_param_float(&c->params, 0, 0), stop = lun_param_float(&c->params, 1, 0), base = lun_param_float(&c->params, 3, 10);
    lun_dtype t = lun_param_dtype(&c->params, 4, LUN_F32);
    if (n < 0) return lun_fail(LUN_E_ARGUMENT, "0 or more steps", "steps must not be negative, got %lld", (long long)n), false;
    if ((n > 0 && !lun_param_fits(&c->params, 0, t)) || (n > 1 && !lun_param_fits(&c->params, 1, t))) return false;
    if (n > 1) start = as_dtype(start, t), stop = as_dtype(stop, t);
    lun_tensor *x = lun_tensor_empty(LUN_F64, 1, &n, (lun_device){LUN_CPU, 0});
    double *to = x ? lun_data(x) : NULL, step = n > 1 ? (stop - start) / (double)(n - 1) : 0;
    for (int64_t i = 0; to && i < n; i++) {
        to[i] = pow(base, i < n / 2 || n == 1 ? start + step * (double)i : stop - step * (double)(n - 1 - i));
        if (!lun_real_fits(trunc(to[i]), t)) return false;
    }
    return lun_composed(c, lun_to_dtype(x, t));
}

bool lun_compose_scalar_tensor(lun_call *c)
{
    bool complex = c->params.attr[0].kind == LUN_ATTR_COMPLEX;
    return lun_composed(c, full_of(&c->params, 0, 0, NULL, lun_param_dtype(&c->params, 1, complex ? LUN_C64 : LUN_F32), (lun_device){LUN_CPU, 0}));
}

bool lun_compose_sum_to_size(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size), lead = x->ndim - n;
    char from[LUN_SHAPE_TEXT], to[LUN_SHAPE_TEXT];
    if (bad_size(n, size)) return false;
    bool fits = lead >= 0;
    for (int d = 0; fits && d < n; d++) fits = size[d] == x->dims[lead + d] || size[d] == 1;
    if (!fits)
        return lun_fail(LUN_E_SHAPE, "a size that could be broadcast to x's", "%s cannot be summed to %s", lun_tensor_text(x, from),
                        lun_shape_text(n, size, to)), false;
    return lun_composed(c, n ? lun_sum_to(x, n, size) : lun_sum(x, 0, NULL, false));
}

/* One position, taken apart into to[d][i]; false after lun_fail. */
static bool unravel(int64_t at, int64_t i, int64_t total, int n, const int64_t *size, int64_t *const *to)
{
    int64_t rest = at < 0 ? at + total : at - 1;
    if (at == 0 || rest < 0 || rest >= total)
        return lun_fail(LUN_E_INDEX, "positions count from 1; negative ones from the end", "index %lld (element %lld) is outside 1..%lld",
                        (long long)at, (long long)i + 1, (long long)total), false;
    for (int d = n - 1; d >= 0; d--) {
        to[d][i] = rest % size[d] + 1;
        rest /= size[d];
    }
    return true;
}

bool lun_compose_unravel_index(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *size;
    int64_t *to[LUN_MAX_DIMS];
    int n = lun_param_ints(&c->params, 0, &size);
    if (bad_size(n, size)) return false;
    int64_t total = 1; /* of positions only: nothing of that size is made */
    for (int d = 0; d < n; d++)
        if (__builtin_mul_overflow(total, size[d], &total))
            return lun_fail(LUN_E_SHAPE, "positions are int64", "a tensor of so many elements has no positions"), false;
    if (!lun_dtype_is_int((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "idx:long() converts to int64", "positions must be whole numbers, got %s", lun_dtypes[x->dtype].name), false;
    for (int d = 0; d < n; d++) {
        lun_tensor *out = lun_tensor_empty(LUN_I64, x->ndim, x->dims, LUN_DEVICE_CPU);
        if (!lun_call_output(c, out)) return false;
        to[d] = lun_data(out);
    }
    const lun_tensor *positions = lun_on_host(c->in[0]);
    for (int64_t i = 0; positions && i < x->numel; i++)
        if (!unravel(lun_get_integer(positions, i), i, total, n, size, to)) return false;
    return positions != NULL;
}
