/* nn_pool.c - shapes and gradients of pooling by windows of one size
 *
 * The rows max_pool1d, 2d, 3d are made of the hidden max_pool, which tells where each maximum was; its gradient adds there, and the
 * gradient of that picks from there. Averages are linear: avg_pool and its gradient are each other's gradients. Whole numbers are
 * pooled as float64 and stored back.
 * Holds: attributes of the hidden ops end with the number of spatial dims. Read next: core/ops/window.c, kernels/cpu/pool.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_SPACE = 5, AVG_SPACE = 6 }; /* which attribute of max_pool and avg_pool holds the spatial dims */

static lun_tensor *floats(lun_tensor *x) { return lun_dtype_is_float((lun_dtype)x->dtype) ? x : lun_to_dtype(x, LUN_F64); }

/* ---- largest values ---- */

bool lun_infer_max_pool(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int n = (int)lun_param_int(&c->params, MAX_SPACE, 2);
    lun_window w;
    if (!lun_pool_window(&c->params, n, x->dims + x->ndim - n, 3, 4, &w) || !lun_plane_fits(x, n)) return false;
    lun_window_result(c, 0, (lun_dtype)x->dtype, x, &w);
    lun_window_result(c, 1, LUN_I32, x, &w);
    return true;
}

bool lun_plane_fits(const lun_tensor *x, int n)
{
    double size = 1;
    for (int d = x->ndim - n; d < x->ndim; d++) size *= (double)x->dims[d];
    return size <= INT32_MAX || (lun_fail(LUN_E_SHAPE, NULL, "planes of more than 2^31 elements"), false);
}

bool lun_pool_results(lun_call *c, lun_call *inner, bool indices)
{
    if (!lun_apply(inner)) return false;
    bool ok = lun_composed(c, lun_to_dtype(inner->out[0], (lun_dtype)c->in[0]->dtype));
    if (!indices) return ok;
    c->out[1] = lun_add(lun_to_dtype(inner->out[1], LUN_I64), lun_tensor_number(1, LUN_I64));
    c->n_out = 2;
    return c->out[1] != NULL;
}

bool lun_compose_max_pool(lun_call *c)
{
    int n = lun_window_space(c->op);
    if (!lun_window_input(c->in[0], n)) return false;
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_max_pool, 1, (lun_tensor *[]){floats(c->in[0])});
    lun_nn_copy_params(&inner.params, &c->params, 0, MAX_SPACE - 1);
    lun_params_int(&inner.params, n);
    return lun_pool_results(c, &inner, lun_param_bool(&c->params, 5, false));
}

static lun_tensor *scatter(lun_tensor *g, lun_tensor *positions, int64_t space, int n, const int64_t *size)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_plane_scatter, 2, (lun_tensor *[]){g, positions});
    lun_params_int(&c.params, space);
    lun_params_ints(&c.params, n, size);
    return lun_apply1(&c);
}

lun_tensor *lun_plane_scatter(const lun_node *n, lun_tensor *g, lun_tensor *positions, int64_t space)
{
    return scatter(g, positions, space, n->in_spec[0].ndim, n->in_spec[0].dims);
}

void lun_vjp_max_pool(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_plane_scatter(n, g[0], lun_saved_out(n, 1), lun_param_int(n->params, MAX_SPACE, 2));
}

bool lun_infer_plane_scatter(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 1, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_plane_scatter(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_plane_gather, 2, (lun_tensor *[]){g[0], lun_saved_in(n, 1)});
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_plane_gather(lun_call *c)
{
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, c->in[1]->ndim, c->in[1]->dims);
    return true;
}

void lun_vjp_plane_gather(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_plane_scatter(n, g[0], lun_saved_in(n, 1), lun_param_int(n->params, 0, 2));
}

/* ---- means ---- */

bool lun_infer_avg_pool(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int n = (int)lun_param_int(&c->params, AVG_SPACE, 2);
    lun_window w;
    if (!lun_pool_window(&c->params, n, x->dims + x->ndim - n, -1, 3, &w)) return false;
    if (lun_param_given(&c->params, 5) && lun_param_int(&c->params, 5, 1) == 0)
        return lun_fail(LUN_E_ARGUMENT, "divisor_override = 1 gives sums", "divisor_override must not be 0"), false;
    lun_window_result(c, 0, (lun_dtype)x->dtype, x, &w);
    return true;
}

bool lun_compose_avg_pool(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int n = lun_window_space(c->op);
    if (!lun_window_input(x, n)) return false;
    bool whole = !lun_dtype_is_float((lun_dtype)x->dtype);
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_avg_pool, 1, (lun_tensor *[]){floats(x)});
    lun_nn_copy_params(&inner.params, &c->params, 0, n == 1 ? 4 : 5);
    if (n == 1) lun_params_none(&inner.params);
    lun_params_int(&inner.params, n);
    lun_tensor *y = lun_apply1(&inner);
    return lun_composed(c, whole ? lun_to_dtype(y, LUN_I64) : y); /* towards zero, as whole numbers are divided */
}

void lun_vjp_avg_pool(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_avg_pool_gradient, 1, g);
    lun_nn_copy_params(&c.params, n->params, 0, AVG_SPACE);
    lun_params_ints(&c.params, n->in_spec[0].ndim, n->in_spec[0].dims);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_avg_pool_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, AVG_SPACE + 1, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_avg_pool_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_avg_pool, 1, g);
    lun_nn_copy_params(&c.params, n->params, 0, AVG_SPACE);
    dx[0] = lun_apply1(&c);
}

/* ---- p-norms of windows, made of sums ---- */

/* The limit of an infinite p: the largest size of each window, or with -inf the smallest. */
static bool extreme_size(lun_call *c, int n, bool smallest)
{
    lun_call inner;
    lun_tensor *size = lun_abs(floats(c->in[0]));
    lun_nn_begin(&inner, LUN_OP_max_pool, 1, (lun_tensor *[]){smallest ? lun_neg(size) : size});
    lun_nn_copy_params(&inner.params, &c->params, 1, 2);
    lun_params_int(&inner.params, 0);
    lun_params_int(&inner.params, 1);
    lun_nn_copy_params(&inner.params, &c->params, 3, 3);
    lun_params_int(&inner.params, n);
    return lun_pool_results(c, &inner, false) && (!smallest || lun_composed(c, lun_neg(c->out[0])));
}

bool lun_compose_lp_pool(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int n = lun_window_space(c->op);
    double p = lun_param_float(&c->params, 0, 2);
    int64_t kernel[LUN_SPACE];
    lun_call inner;
    if (!lun_window_input(x, n) || !lun_window_numbers(&c->params, 1, "kernel_size", n, 1, 1, kernel)) return false;
    if (p == 0) return lun_fail(LUN_E_ARGUMENT, "1, 2 or math.huge are usual", "norm_type must not be 0: there is no root of order 0"), false;
    if (fabs(p) > FLT_MAX) return extreme_size(c, n, p < 0); /* infinite, or as good as that */
    lun_tensor *wide = x->dtype == LUN_F64 ? x : lun_to_dtype(x, LUN_F32); /* halves are rounded once, at the end */
    lun_nn_begin(&inner, LUN_OP_avg_pool, 1, (lun_tensor *[]){lun_pow(wide, lun_number(p))});
    lun_nn_copy_params(&inner.params, &c->params, 1, 2);
    lun_params_int(&inner.params, 0);
    lun_nn_copy_params(&inner.params, &c->params, 3, 3);
    lun_params_bool(&inner.params, true);
    lun_params_none(&inner.params);
    lun_params_int(&inner.params, n);
    lun_tensor *mean = lun_apply1(&inner);
    lun_tensor *sum = lun_mul_number(lun_mul(lun_sign(mean), lun_relu(lun_abs(mean))), (double)(kernel[0] * kernel[1] * kernel[2]));
    return lun_composed(c, lun_to_dtype(lun_pow(sum, lun_number(1 / p)), (lun_dtype)x->dtype));
}
