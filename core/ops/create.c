/* create.c - shapes and dtypes of new tensors; rules of copies and writes
 *
 * Holds: a range of whole numbers is int64, any fraction makes it float32; infer rewrites arange(n) as arange(0, n), so kernels
 * find start in attribute 0 and step in attribute 2. Read next: core/ops/create.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/create.h"

#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

/* One result of the size in attribute 0 and the dtype in attribute `at`. */
static bool create(lun_call *c, int at, lun_dtype fallback)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", n, LUN_MAX_DIMS), false;
    lun_result(c, 0, lun_param_dtype(&c->params, at, fallback), n, size);
    return true;
}

static bool float_result(const lun_call *c)
{
    lun_dtype t = c->out_spec[0].dtype;
    return lun_dtype_has_gradient(t) || lun_fail(LUN_E_DTYPE, "leave dtype out for float32; randint gives whole numbers",
                                             "random numbers need a float dtype, got %s", lun_dtypes[t].name);
}

bool lun_infer_create(lun_call *c) { return create(c, 1, LUN_F32); }
bool lun_infer_create_float(lun_call *c) { return create(c, 1, LUN_F32) && float_result(c); }

static lun_dtype dtype_of_attr(const lun_call *c, int k)
{
    uint8_t kind = c->params.attr[k].kind;
    return kind == LUN_ATTR_BOOL ? LUN_BOOL : kind == LUN_ATTR_INT ? LUN_I64 : kind == LUN_ATTR_COMPLEX ? LUN_C64 : LUN_F32;
}

bool lun_infer_full(lun_call *c) { return create(c, 2, dtype_of_attr(c, 1)) && lun_param_fits(&c->params, 1, c->out_spec[0].dtype); }

bool lun_infer_eye(lun_call *c)
{
    int64_t n = lun_param_int(&c->params, 0, 0), dims[2] = {n, lun_param_int(&c->params, 1, n)};
    lun_result(c, 0, lun_param_dtype(&c->params, 2, LUN_F32), 2, dims);
    return true;
}

/* How many steps there are from start to stop: of whole numbers, when the result is int64 (narrower ones go by the numbers given, as in PyTorch). */
static bool progression(lun_call *c, bool closed)
{
    lun_params *p = &c->params;
    lun_dtype t = LUN_I64;
    for (int k = 0; k < 3; k++)
        if (lun_param_given(p, k) && p->attr[k].kind == LUN_ATTR_FLOAT) t = LUN_F32;
    double start = lun_param_float(p, 0, 0), stop = lun_param_float(p, 1, 0), step = lun_param_float(p, 2, 1);
    t = lun_param_dtype(p, 3, t);
    for (int k = 0; k < 3 && lun_dtype_is_int(t); k++)
        if (!lun_param_fits(p, k, LUN_I64)) return false;
    bool away = (stop - start) / step < 0; /* also where it is nothing that is cut off */
    if (t == LUN_I64) start = trunc(start), stop = trunc(stop), step = trunc(step);
    if (step == 0 || !isfinite(start) || !isfinite(stop) || !isfinite(step) || away)
        return lun_fail(LUN_E_ARGUMENT, NULL, "from %g to %g in steps of %g is no range", start, stop, step), false;
    double steps = (stop - start) / step, n = closed ? floor(steps + 1e-9) + 1 : ceil(steps);
    if (n > 0x1p43) return lun_fail(LUN_E_ARGUMENT, NULL, "a range of %g numbers is too large", n), false;
    lun_result(c, 0, t, 1, (int64_t[]){(int64_t)n});
    return true;
}

bool lun_infer_arange(lun_call *c)
{
    lun_params *p = &c->params;
    if (!lun_param_given(p, 1)) {
        p->attr[1] = p->attr[0];
        p->attr[0] = (lun_attr){.kind = LUN_ATTR_INT};
    }
    return progression(c, false);
}

bool lun_infer_range(lun_call *c) { return progression(c, true); }

bool lun_infer_linspace(lun_call *c)
{
    int64_t steps = lun_param_int(&c->params, 2, 0);
    if (steps < 0) return lun_fail(LUN_E_ARGUMENT, NULL, "steps must not be negative, got %lld", (long long)steps), false;
    bool complex = c->params.attr[0].kind == LUN_ATTR_COMPLEX || c->params.attr[1].kind == LUN_ATTR_COMPLEX;
    lun_dtype t = lun_param_dtype(&c->params, 3, complex ? LUN_C64 : LUN_F32);
    lun_result(c, 0, t, 1, &steps);
    return (steps < 1 || lun_param_fits(&c->params, 0, t)) && (steps < 2 || lun_param_fits(&c->params, 1, t));
}

bool lun_infer_randint(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 2, &size);
    int64_t low = lun_param_int(&c->params, 0, 0), high = lun_param_int(&c->params, 1, 0);
    if (low >= high)
        return lun_fail(LUN_E_ARGUMENT, "the upper end is not included", "no whole number is at least %lld and below %lld", (long long)low,
                        (long long)high), false;
    if (n > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", n, LUN_MAX_DIMS), false;
    lun_result(c, 0, lun_param_dtype(&c->params, 3, LUN_I64), n, size);
    c->draws = 2 * (uint64_t)(lun_shape_numel(n, size) > 0 ? lun_shape_numel(n, size) : 0); /* 64 bits each */
    return true;
}

bool lun_infer_randperm(lun_call *c)
{
    int64_t n = lun_param_int(&c->params, 0, 0);
    lun_dtype t = lun_param_dtype(&c->params, 1, LUN_I64);
    if (n < 0) return lun_fail(LUN_E_ARGUMENT, NULL, "a permutation of %lld numbers is none", (long long)n), false;
    if (t != LUN_I64) return lun_fail(LUN_E_DTYPE, "convert the result", "a permutation is int64, not %s", lun_dtypes[t].name), false;
    lun_result(c, 0, t, 1, &n);
    c->draws = 2 * (uint64_t)n;
    return true;
}

static bool like(lun_call *c, int at)
{
    lun_result_like(c, 0, c->in[0]);
    c->out_spec[0].dtype = lun_param_dtype(&c->params, at, (lun_dtype)c->in[0]->dtype);
    return true;
}

bool lun_infer_full_like(lun_call *c) { return like(c, 1) && lun_param_fits(&c->params, 0, c->out_spec[0].dtype); }
bool lun_infer_fill(lun_call *c) { return lun_infer_same(c) && lun_param_fits(&c->params, 0, c->out_spec[0].dtype); }
bool lun_infer_like(lun_call *c) { return like(c, 0); }
bool lun_infer_like_float(lun_call *c) { return like(c, 0) && float_result(c); }

bool lun_infer_cast(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    c->out_spec[0].dtype = lun_param_dtype(&c->params, 0, LUN_F32);
    return true;
}

bool lun_infer_copy(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (!lun_shape_broadcast(x->ndim, x->dims, y->ndim, y->dims, &ndim, dims)) return false;
    if (!lun_shape_same(ndim, dims, x->ndim, x->dims)) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, NULL, "%s does not fit into %s", lun_tensor_text(y, a), lun_tensor_text(x, b)), false;
    }
    lun_result_like(c, 0, x);
    return true;
}

void lun_vjp_cast(const lun_node *n, lun_tensor **g, lun_tensor **dx) { dx[0] = lun_to_dtype(g[0], n->in_spec[0].dtype); }

void lun_vjp_identity(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = g[0];
}

/* What was there before is overwritten: no gradient reaches it. */
void lun_vjp_copy(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = lun_zeros_like(g[0]);
    dx[1] = g[0];
}

void lun_vjp_fill(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = lun_zeros_like(g[0]);
}
