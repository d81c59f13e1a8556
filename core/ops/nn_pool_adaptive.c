/* nn_pool_adaptive.c - pooling by windows chosen for a result of given size, and the way back from max pooling
 *
 * adaptive_avg_pool is linear, and its gradient is the other way round. adaptive_max_pool and fractional_max_pool share one hidden op,
 * window_max: windows either split the input evenly or begin where random numbers say.
 * Read next: core/ops/nn_pool.c, kernels/cpu/pool_windows.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

static bool out_sizes(const lun_call *c, int k, int n, lun_window *w)
{
    const lun_tensor *x = c->in[0];
    *w = (lun_window){.n = n};
    lun_window_dims(n, x->dims + x->ndim - n, w->in);
    return lun_window_numbers(&c->params, k, "output_size", n, 0, 1, w->out);
}

bool lun_infer_adaptive_avg_pool(lun_call *c)
{
    lun_window w;
    int n = lun_window_space(c->op);
    if (!lun_window_input(c->in[0], n) || !out_sizes(c, 0, n, &w)) return false;
    lun_window_result(c, 0, (lun_dtype)c->in[0]->dtype, c->in[0], &w);
    return true;
}

void lun_vjp_adaptive_avg_pool(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_adaptive_avg_pool_gradient, 1, g);
    lun_params_int(&c.params, lun_window_space(n->op));
    lun_params_ints(&c.params, n->in_spec[0].ndim, n->in_spec[0].dims);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_adaptive_avg_pool_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 1, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_adaptive_avg_pool_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    static const lun_op_id forward[] = {LUN_OP_adaptive_avg_pool1d, LUN_OP_adaptive_avg_pool1d, LUN_OP_adaptive_avg_pool2d,
                                        LUN_OP_adaptive_avg_pool3d};
    lun_call c;
    const lun_spec *s = &n->in_spec[0];
    int space = (int)lun_param_int(n->params, 0, 2);
    lun_nn_begin(&c, forward[space], 1, g);
    lun_params_ints(&c.params, space, s->dims + s->ndim - space);
    dx[0] = lun_apply1(&c);
}

/* ---- largest values: attributes space, output_size, kernel_size (absent: adaptive) ---- */

bool lun_infer_window_max(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int n = (int)lun_param_int(&c->params, 0, 2);
    lun_window w;
    if (!out_sizes(c, 1, n, &w) || !lun_plane_fits(x, n)) return false;
    lun_window_result(c, 0, (lun_dtype)x->dtype, x, &w);
    lun_window_result(c, 1, LUN_I32, x, &w);
    return true;
}

void lun_vjp_window_max(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_plane_scatter(n, g[0], lun_saved_out(n, 1), lun_param_int(n->params, 0, 2));
}

bool lun_compose_adaptive_max_pool(lun_call *c)
{
    int n = lun_window_space(c->op);
    lun_window w;
    if (!lun_window_input(c->in[0], n) || !out_sizes(c, 0, n, &w)) return false;
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_window_max, 2, (lun_tensor *[]){c->in[0], LUN_NONE});
    lun_params_int(&inner.params, n);
    lun_params_ints(&inner.params, n, w.out + LUN_SPACE - n);
    return lun_pool_results(c, &inner, lun_param_bool(&c->params, 1, false));
}

/* output_size as given, or from output_ratio. */
static bool fractional_sizes(const lun_call *c, int n, const int64_t *kernel, lun_window *w)
{
    bool size = lun_param_given(&c->params, 1);
    double ratio[LUN_SPACE];
    if (size == lun_param_given(&c->params, 2))
        return lun_fail(LUN_E_ARGUMENT, "output_size = 2", "exactly one of output_size and output_ratio is needed"), false;
    *w = (lun_window){.n = n, .out = {1, 1, 1}};
    if (size && !out_sizes(c, 1, n, w)) return false;
    if (!size && !lun_scales(&c->params, 2, "output_ratio", n, ratio)) return false;
    lun_window_dims(n, c->in[0]->dims + c->in[0]->ndim - n, w->in);
    for (int d = LUN_SPACE - n; d < LUN_SPACE; d++) {
        if (!size && ratio[d] >= 1)
            return lun_fail(LUN_E_ARGUMENT, "output_ratio = 0.5", "output_ratio must be between 0 and 1, got %g", ratio[d]), false;
        if (!size) w->out[d] = (int64_t)((double)w->in[d] * ratio[d]);
        if (w->out[d] < 1 || w->out[d] + kernel[d] - 1 > w->in[d])
            return lun_fail(LUN_E_SHAPE, NULL, "windows of %lld for a result of %lld do not fit into %lld positions", (long long)kernel[d],
                            (long long)w->out[d], (long long)w->in[d]), false;
    }
    return true;
}

/* Random numbers from 0 to 1, one per plane and spatial dim; drawn unless given. */
static lun_tensor *samples(const lun_call *c, int n)
{
    lun_tensor *x = c->in[0], *given = c->in[1];
    int64_t dims[3] = {x->ndim == n + 2 ? x->dims[0] : 1, x->dims[x->ndim - n - 1], n};
    char text[LUN_SHAPE_TEXT], wanted[LUN_SHAPE_TEXT];
    if (lun_is_none(given)) {
        lun_call draw;
        lun_call_begin(&draw, lun_op_at(LUN_OP_rand));
        lun_params_ints(&draw.params, 3, dims);
        lun_params_dtype(&draw.params, x->dtype == LUN_F64 ? LUN_F64 : LUN_F32);
        return lun_apply1(&draw);
    }
    if (lun_shape_same(3, dims, given->ndim, given->dims)) return given;
    return lun_fail(LUN_E_SHAPE, NULL, "random_samples must be %s, got %s", lun_shape_text(3, dims, wanted), lun_tensor_text(given, text));
}

bool lun_compose_fractional_max_pool(lun_call *c)
{
    int n = lun_window_space(c->op);
    lun_window w;
    int64_t kernel[LUN_SPACE];
    if (!lun_window_input(c->in[0], n) || !lun_window_numbers(&c->params, 0, "kernel_size", n, 1, 1, kernel)) return false;
    if (!fractional_sizes(c, n, kernel, &w)) return false;
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_window_max, 2, (lun_tensor *[]){c->in[0], samples(c, n)});
    lun_params_int(&inner.params, n);
    lun_params_ints(&inner.params, n, w.out + LUN_SPACE - n);
    lun_params_ints(&inner.params, n, kernel + LUN_SPACE - n);
    return lun_pool_results(c, &inner, lun_param_bool(&c->params, 3, false));
}

/* ---- back from max pooling: attributes kernel_size, stride, padding, output_size ---- */

static bool unpooled_sizes(const lun_call *c, int n, lun_window *w)
{
    const lun_tensor *x = c->in[0];
    const lun_params *p = &c->params;
    const int64_t *size;
    *w = (lun_window){.n = n};
    lun_window_dims(n, x->dims + x->ndim - n, w->in);
    if (!lun_window_numbers(p, 0, "kernel_size", n, 1, 1, w->kernel)) return false;
    memcpy(w->stride, w->kernel, sizeof w->stride);
    if (lun_param_ints(p, 1, &size) && !lun_window_numbers(p, 1, "stride", n, 1, 1, w->stride)) return false;
    if (!lun_window_numbers(p, 2, "padding", n, 0, 0, w->pad)) return false;
    int given = lun_param_ints(p, 3, &size);
    if (given && given != n && given != x->ndim && given != n + 2)
        return lun_fail(LUN_E_ARGUMENT, NULL, "output_size must have %d numbers, got %d", n, given), false;
    for (int d = LUN_SPACE - n; d < LUN_SPACE; d++) {
        int64_t usual = (w->in[d] - 1) * w->stride[d] + w->kernel[d] - 2 * w->pad[d];
        w->out[d] = given ? size[given - LUN_SPACE + d] : usual;
        if (given && (w->out[d] <= usual - w->stride[d] || w->out[d] >= usual + w->stride[d]))
            return lun_fail(LUN_E_SHAPE, NULL, "output_size %lld is not within %lld of %lld, what the windows give", (long long)w->out[d],
                            (long long)(w->stride[d] - 1), (long long)usual), false;
        if (w->out[d] < 1 || w->out[d] > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, "a smaller padding", "the result would have %lld positions in a dim", (long long)w->out[d]), false;
    }
    for (int d = 0; d < LUN_SPACE - n; d++) w->out[d] = 1;
    return true;
}

bool lun_compose_max_unpool(lun_call *c)
{
    lun_tensor *x = c->in[0], *at = c->in[1];
    int n = lun_window_space(c->op);
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    lun_window w;
    if (!lun_window_input(x, n) || !unpooled_sizes(c, n, &w)) return false;
    if (!lun_shape_same(x->ndim, x->dims, at->ndim, at->dims))
        return lun_fail(LUN_E_SHAPE, NULL, "indices %s must have the shape of x %s", lun_tensor_text(at, a), lun_tensor_text(x, b)), false;
    int64_t dims[LUN_MAX_DIMS], plane[LUN_MAX_DIMS], size = 1;
    int lead = x->ndim - n;
    for (int d = 0; d < lead; d++) dims[d] = plane[d] = x->dims[d];
    for (int d = 0; d < n; d++) dims[lead + d] = w.out[LUN_SPACE - n + d];
    for (int d = 0; d < LUN_SPACE; d++)
        if (__builtin_mul_overflow(size, w.out[d], &size)) return lun_fail(LUN_E_SHAPE, NULL, "the result has too many elements"), false;
    int64_t flat[LUN_MAX_DIMS];
    memcpy(flat, plane, sizeof flat);
    plane[lead] = size;
    flat[lead] = x->numel ? x->numel : 0;
    for (int d = 0; d < lead; d++) flat[lead] = x->dims[d] ? flat[lead] / x->dims[d] : 0;
    lun_tensor *zeros = lun_full(lead + 1, plane, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    lun_tensor *y = lun_scatter_along(zeros, lead, lun_reshape(at, lead + 1, flat), lun_reshape(x, lead + 1, flat));
    return lun_composed(c, lun_reshape(y, x->ndim, dims));
}
