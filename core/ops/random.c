/* random.c - shapes of draws, and how many random numbers they reserve
 *
 * Holds: an element's stream is one place of the generator's counter (four numbers and as many rounds as it needs), so a draw of n
 * elements reserves 4 n numbers. Read next: core/ops/random.def, kernels/cpu/draw.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/random.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

static bool reserve(lun_call *c)
{
    int64_t n = lun_shape_numel(c->out_spec[0].ndim, c->out_spec[0].dims);
    c->draws = n > 0 ? 4 * (uint64_t)n : 0;
    return true;
}

bool lun_infer_draw(lun_call *c) { return lun_infer_broadcast(c) && reserve(c); }

bool lun_infer_draw_into(lun_call *c)
{
    lun_tensor *x = c->in[0];
    lun_result_like(c, 0, x);
    if (c->n_in > 1 && lun_is_none(c->in[1])) c->in[1] = lun_number(0.5);
    if (c->n_in > 1) {
        const lun_tensor *p = c->in[1];
        int ndim;
        int64_t dims[LUN_MAX_DIMS];
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        if (!p || !lun_shape_broadcast(x->ndim, x->dims, p->ndim, p->dims, &ndim, dims)) return false;
        if (!lun_shape_same(ndim, dims, x->ndim, x->dims))
            return lun_fail(LUN_E_SHAPE, "expand x first", "%s does not fit into %s", lun_tensor_text(p, a), lun_tensor_text(x, b)), false;
    }
    return reserve(c);
}

bool lun_infer_normal(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    if (lun_is_none(c->in[1])) c->in[1] = lun_tensor_number(1, (lun_dtype)c->in[0]->dtype);
    bool numbers = c->in[1] && (c->in[0]->flags & LUN_NUMBER) && (c->in[1]->flags & LUN_NUMBER), sized = lun_param_given(&c->params, 0);
    if (numbers && !sized) return lun_fail(LUN_E_ARGUMENT, "lun.normal(0, 1, {2,3})", "two numbers want a size"), false;
    if (!numbers && sized) return lun_fail(LUN_E_ARGUMENT, "leave it out", "a size is for a mean and std that are both numbers"), false;
    if (!c->in[1] || !lun_infer_broadcast(c)) return false;
    if (sized) {
        if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", n, LUN_MAX_DIMS), false;
        lun_result(c, 0, lun_param_dtype(&c->params, 1, LUN_F32), n, size);
        if (!lun_dtype_is_float(c->out_spec[0].dtype))
            return lun_fail(LUN_E_DTYPE, "leave dtype out for float32", "normal numbers need a float dtype, got %s",
                            lun_dtypes[c->out_spec[0].dtype].name), false;
    }
    return reserve(c);
}

bool lun_infer_uniform_into(lun_call *c)
{
    double from = lun_param_float(&c->params, 0, 0), to = lun_param_float(&c->params, 1, 1);
    if (!(from <= to)) return lun_fail(LUN_E_ARGUMENT, "exchange them", "`from` %g is above `to` %g", from, to), false;
    return lun_infer_same(c);
}

bool lun_infer_normal_into(lun_call *c)
{
    double std = lun_param_float(&c->params, 1, 1);
    if (!(std >= 0)) return lun_fail(LUN_E_ARGUMENT, "give 0 or more", "std must not be negative, got %g", std), false;
    return lun_infer_same(c);
}

bool lun_infer_multinomial(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t count = lun_param_int(&c->params, 0, 1), n = x->ndim ? x->dims[x->ndim - 1] : 0;
    bool again = lun_param_bool(&c->params, 1, false);
    char text[LUN_SHAPE_TEXT];
    if (x->ndim != 1 && x->ndim != 2)
        return lun_fail(LUN_E_SHAPE, "x:view(-1, n) makes it rows of weights", "weights must have one or two dims, got %s",
                        lun_tensor_text(x, text)), false;
    if (count < 1) return lun_fail(LUN_E_ARGUMENT, "give 1 or more", "num_samples must be positive, got %lld", (long long)count), false;
    if (!n) return lun_fail(LUN_E_SHAPE, "at least one weight is needed", "there is nothing to choose from in %s", lun_tensor_text(x, text)), false;
    if (!again && count > n)
        return lun_fail(LUN_E_ARGUMENT, "replacement=true lets them come again", "%lld different ones of %lld are too many",
                        (long long)count, (long long)n), false;
    int64_t dims[2] = {x->ndim == 2 ? x->dims[0] : count, count}, used = again ? count : n, all;
    lun_result(c, 0, LUN_I64, x->ndim, dims);
    if (__builtin_mul_overflow(x->ndim == 2 ? x->dims[0] : 1, used, &all) || all > INT64_MAX / 8)
        return lun_fail(LUN_E_SHAPE, "draw in parts", "%lld draws are too many", (long long)used), false;
    c->draws = 4 * (uint64_t)all;
    return true;
}

/* Puts the range into attributes 0 and 1, where lun_cpu_randint looks. */
static bool set_range(lun_call *c, int64_t low, int64_t high)
{
    c->params.attr[0] = (lun_attr){.kind = LUN_ATTR_INT, .value.i = low};
    c->params.attr[1] = (lun_attr){.kind = LUN_ATTR_INT, .value.i = high};
    c->draws = 2 * (uint64_t)lun_shape_numel(c->out_spec[0].ndim, c->out_spec[0].dims);
    return true;
}

static bool range_of(lun_call *c)
{
    bool one = !lun_param_given(&c->params, 1);
    int64_t low = one ? 0 : lun_param_int(&c->params, 0, 0), high = lun_param_int(&c->params, one ? 0 : 1, 0);
    if (low >= high)
        return lun_fail(LUN_E_ARGUMENT, "the upper end is not included", "no whole number is at least %lld and below %lld", (long long)low,
                        (long long)high), false;
    return set_range(c, low, high);
}

bool lun_infer_random_into(lun_call *c)
{
    /* one more than the largest that is exact; of int64 that wraps, as the kernel's difference does */
    static const int64_t end[LUN_DTYPE_COUNT] = {[LUN_F32] = (1 << 24) + 1, [LUN_F64] = (1LL << 53) + 1, [LUN_F16] = (1 << 11) + 1,
                                                 [LUN_BF16] = (1 << 8) + 1, [LUN_I8] = 128, [LUN_U8] = 256, [LUN_I16] = 32768,
                                                 [LUN_I32] = 1LL << 31, [LUN_I64] = INT64_MIN, [LUN_BOOL] = 2};
    lun_result_like(c, 0, c->in[0]);
    return lun_param_given(&c->params, 0) || lun_param_given(&c->params, 1) ? range_of(c) : set_range(c, 0, end[c->in[0]->dtype]);
}

bool lun_infer_randint_like(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    c->out_spec[0].dtype = lun_param_dtype(&c->params, 2, (lun_dtype)c->in[0]->dtype);
    return range_of(c);
}

void lun_vjp_standard_gamma(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_mul(g[0], lun_gamma_slope(lun_saved_in(n, 0), lun_saved_out(n, 0)));
}

void lun_vjp_gamma_slope(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n, (void)g;
    dx[0] = lun_fail(LUN_E_GRADIENT, "detach the first gradient", "standard_gamma has no second derivative");
}

lun_tensor lun_random_parts(const lun_tensor *to)
{
    lun_tensor parts = *to;
    if (!lun_dtype_is_complex((lun_dtype)to->dtype)) return parts;
    parts.dtype = (uint8_t)lun_dtype_real((lun_dtype)to->dtype);
    parts.numel = 2 * to->numel;
    parts.offset = 2 * to->offset;
    parts.ndim = 1;
    parts.dims[0] = parts.numel;
    parts.strides[0] = 1;
    return parts;
}
