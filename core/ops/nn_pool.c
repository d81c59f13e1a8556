/* nn_pool.c - shapes and gradients of pooling
 *
 * max_pool2d remembers where each maximum was; its gradient adds there, and the gradient of that picks from there. Averages are
 * linear: pool and gradient are each other's gradients.
 * Holds: all leading dims count as planes; there are one or two of them. Read next: kernels/cpu/pool.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <string.h>

static bool pair(const lun_params *p, int k, const char *name, int64_t least, int64_t *h, int64_t *w)
{
    const int64_t *v;
    int n = lun_param_ints(p, k, &v);
    if (n != 1 && n != 2) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be one number or {height, width}", name), false;
    *h = v[0];
    *w = v[n - 1];
    if (*h < least || *w < least)
        return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be at least %lld, got {%lld, %lld}", name, (long long)least, (long long)*h,
                        (long long)*w), false;
    if (*h > INT32_MAX || *w > INT32_MAX) /* so that the arithmetic of windows cannot overflow */
        return lun_fail(LUN_E_ARGUMENT, NULL, "%s of {%lld, %lld} is too large", name, (long long)*h, (long long)*w), false;
    return true;
}

/* PyTorch's rule: with ceil_mode the last window may hang over, but must start inside the input or its left padding. */
static bool out_size(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, bool ceil_mode, int64_t *out)
{
    int64_t room = in + 2 * pad - dilation * (kernel - 1) - 1;
    if (2 * pad > dilation * (kernel - 1) + 1)
        return lun_fail(LUN_E_ARGUMENT, NULL, "padding %lld is more than half of the window of %lld", (long long)pad,
                        (long long)(dilation * (kernel - 1) + 1)), false;
    if (room < 0)
        return lun_fail(LUN_E_SHAPE, NULL, "a window of %lld does not fit into a padded input of %lld",
                        (long long)(dilation * (kernel - 1) + 1), (long long)(in + 2 * pad)), false;
    *out = room / stride + 1;
    if (ceil_mode && room % stride && *out * stride < in + pad) ++*out;
    return true;
}

bool lun_pool_window(const lun_call *c, const lun_params *p, int64_t in_h, int64_t in_w, int dilation, int ceil_mode, lun_window *w)
{
    (void)c;
    *w = (lun_window){.in_h = in_h, .in_w = in_w, .dilation_h = 1, .dilation_w = 1};
    const int64_t *v;
    if (!pair(p, 0, "kernel_size", 1, &w->kernel_h, &w->kernel_w)) return false;
    w->stride_h = w->kernel_h;
    w->stride_w = w->kernel_w;
    if (lun_param_ints(p, 1, &v) && !pair(p, 1, "stride", 1, &w->stride_h, &w->stride_w)) return false;
    if (!pair(p, 2, "padding", 0, &w->pad_h, &w->pad_w)) return false;
    if (dilation >= 0 && !pair(p, dilation, "dilation", 1, &w->dilation_h, &w->dilation_w)) return false;
    bool ceil = lun_param_bool(p, ceil_mode, false);
    return out_size(in_h, w->kernel_h, w->stride_h, w->pad_h, w->dilation_h, ceil, &w->out_h) &&
           out_size(in_w, w->kernel_w, w->stride_w, w->pad_w, w->dilation_w, ceil, &w->out_w);
}

static bool is_image(const lun_tensor *x)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim == 3 || x->ndim == 4) return true;
    lun_fail(LUN_E_SHAPE, NULL, "images are [n, channels, h, w] or [channels, h, w], got %s", lun_tensor_text(x, text));
    return false;
}

static void planes(lun_call *c, int k, lun_dtype dtype, const lun_tensor *x, int64_t h, int64_t w)
{
    int64_t dims[4];
    memcpy(dims, x->dims, (size_t)(x->ndim - 2) * sizeof *dims);
    dims[x->ndim - 2] = h;
    dims[x->ndim - 1] = w;
    lun_result(c, k, dtype, x->ndim, dims);
}

bool lun_infer_max_pool2d(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_window w;
    if (!is_image(x)) return false;
    int64_t h = x->dims[x->ndim - 2], width = x->dims[x->ndim - 1];
    if (!lun_pool_window(c, &c->params, h, width, 3, 4, &w)) return false;
    if (h * width > INT32_MAX) return lun_fail(LUN_E_SHAPE, NULL, "planes of more than 2^31 elements"), false;
    planes(c, 0, (lun_dtype)x->dtype, x, w.out_h, w.out_w);
    planes(c, 1, LUN_I32, x, w.out_h, w.out_w);
    return true;
}

static lun_tensor *scatter(lun_tensor *g, lun_tensor *positions, int n, const int64_t *size)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_plane_scatter, 2, (lun_tensor *[]){g, positions});
    lun_params_ints(&c.params, n, size);
    return lun_apply1(&c);
}

void lun_vjp_max_pool2d(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = scatter(g[0], lun_saved_out(n, 1), n->in_spec[0].ndim, n->in_spec[0].dims);
}

bool lun_infer_plane_scatter(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_plane_scatter(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_call2(LUN_OP_plane_gather, g[0], lun_saved_in(n, 1));
}

bool lun_infer_plane_gather(lun_call *c)
{
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, c->in[1]->ndim, c->in[1]->dims);
    return true;
}

void lun_vjp_plane_gather(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = scatter(g[0], lun_saved_in(n, 1), n->in_spec[0].ndim, n->in_spec[0].dims);
}

bool lun_compose_pool1d(lun_call *c)
{
    const lun_params *p = &c->params;
    char text[LUN_SHAPE_TEXT];
    if (c->in[0]->ndim < 2 || c->in[0]->ndim > 3)
        return lun_fail(LUN_E_SHAPE, NULL, "signals are [n, channels, length] or [channels, length], got %s",
                        lun_tensor_text(c->in[0], text)), false;
    const int64_t *kernel;
    if (lun_param_ints(p, 0, &kernel) == 1 && !lun_param_given(p, 1) && !lun_param_int(p, 2, 0) && kernel[0] > c->in[0]->dims[c->in[0]->ndim - 1])
        return lun_fail(LUN_E_SHAPE, NULL, "a window of %lld does not fit into signals %s", (long long)kernel[0],
                        lun_tensor_text(c->in[0], text)), false;
    static const int64_t fill[4] = {1, 1, 0, 1}; /* of kernel, stride, padding, dilation in the dim that is added */
    lun_call two;
    lun_nn_begin(&two, LUN_OP_max_pool2d, 1, (lun_tensor *[]){lun_unsqueeze(c->in[0], -2)});
    for (int k = 0; k < 4; k++) {
        const int64_t *v;
        int n = lun_param_ints(p, k, &v);
        if (n > 1) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be one number", c->op->arg[k + 1].name), false;
        if (n) lun_params_ints(&two.params, 2, (int64_t[]){fill[k], v[0]});
        else lun_params_none(&two.params);
    }
    lun_params_bool(&two.params, lun_param_bool(p, 4, false));
    c->out[0] = lun_squeeze(lun_apply1(&two), -2);
    c->n_out = 1;
    return c->out[0] != NULL;
}

bool lun_infer_avg_pool2d(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_window w;
    if (!is_image(x) || !lun_pool_window(c, &c->params, x->dims[x->ndim - 2], x->dims[x->ndim - 1], -1, 3, &w)) return false;
    if (lun_param_given(&c->params, 5) && lun_param_int(&c->params, 5, 1) == 0)
        return lun_fail(LUN_E_ARGUMENT, NULL, "divisor_override must not be 0"), false;
    planes(c, 0, (lun_dtype)x->dtype, x, w.out_h, w.out_w);
    return true;
}

void lun_vjp_avg_pool2d(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_avg_pool2d_gradient, 1, g);
    lun_nn_copy_params(&c.params, n->params, 0, 5);
    lun_params_ints(&c.params, n->in_spec[0].ndim, n->in_spec[0].dims);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_avg_pool2d_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 6, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_avg_pool2d_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_avg_pool2d, 1, g);
    lun_nn_copy_params(&c.params, n->params, 0, 5);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_adaptive_avg_pool2d(lun_call *c)
{
    int64_t h, w;
    if (!is_image(c->in[0]) || !pair(&c->params, 0, "output_size", 1, &h, &w)) return false;
    planes(c, 0, (lun_dtype)c->in[0]->dtype, c->in[0], h, w);
    return true;
}

void lun_vjp_adaptive_avg_pool2d(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_adaptive_avg_pool2d_gradient, 1, g);
    lun_params_ints(&c.params, n->in_spec[0].ndim, n->in_spec[0].dims);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_adaptive_avg_pool2d_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

void lun_vjp_adaptive_avg_pool2d_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    const lun_spec *s = &n->in_spec[0];
    lun_nn_begin(&c, LUN_OP_adaptive_avg_pool2d, 1, g);
    lun_params_ints(&c.params, 2, s->dims + s->ndim - 2);
    dx[0] = lun_apply1(&c);
}
