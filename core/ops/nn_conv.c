/* nn_conv.c - shapes and gradients of convolution
 *
 * conv2d, its gradient with respect to the images and its gradient with respect to the weight are three bilinear ops; the gradient
 * of each is made of the other two, so derivatives of every order exist.
 * Holds: attributes stride, padding, dilation, groups are passed on as they came; sizes that cannot be computed back are passed
 * explicitly. Read next: kernels/cpu/conv.c. SPDX-License-Identifier: MIT
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
    if (n != 1 && n != 2)
        return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be one number or {height, width}", name), false;
    *h = v[0];
    *w = v[n - 1];
    if (*h < least || *w < least)
        return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be at least %lld, got {%lld, %lld}", name, (long long)least, (long long)*h,
                        (long long)*w), false;
    if (*h > INT32_MAX || *w > INT32_MAX) /* so that the arithmetic of windows cannot overflow */
        return lun_fail(LUN_E_ARGUMENT, NULL, "%s of {%lld, %lld} is too large", name, (long long)*h, (long long)*w), false;
    return true;
}

static const char *padding_word(const lun_params *p)
{
    return p->count > 1 && p->attr[1].kind == LUN_ATTR_STRING ? lun_param_string(p, 1, "") : NULL;
}

static bool out_size(const char *what, int64_t in, int64_t kernel, int64_t stride, int64_t before, int64_t after, int64_t dilation,
                     int64_t *out)
{
    int64_t reach = dilation * (kernel - 1) + 1, room = in + before + after;
    if (reach > room)
        return lun_fail(LUN_E_SHAPE, "a padding would make room", "the kernel covers %lld positions of a padded %s of %lld",
                        (long long)reach, what, (long long)room), false;
    *out = (room - reach) / stride + 1;
    return true;
}

bool lun_conv_window(const lun_params *p, lun_window *w)
{
    if (!pair(p, 0, "stride", 1, &w->stride_h, &w->stride_w) || !pair(p, 2, "dilation", 1, &w->dilation_h, &w->dilation_w)) return false;
    int64_t after_h = 0, after_w = 0;
    const char *word = padding_word(p);
    w->pad_h = w->pad_w = 0;
    if (word && !strcmp(word, "same")) {
        if (w->stride_h != 1 || w->stride_w != 1)
            return lun_fail(LUN_E_ARGUMENT, NULL, "padding \"same\" works with stride 1 only"), false;
        int64_t both_h = w->dilation_h * (w->kernel_h - 1), both_w = w->dilation_w * (w->kernel_w - 1);
        w->pad_h = both_h / 2;
        w->pad_w = both_w / 2;
        after_h = both_h - w->pad_h;
        after_w = both_w - w->pad_w;
    } else if (word && strcmp(word, "valid") != 0) {
        return lun_fail(LUN_E_ARGUMENT, NULL, "padding must be numbers, \"same\" or \"valid\", got \"%s\"", word), false;
    } else if (!word) {
        if (!pair(p, 1, "padding", 0, &w->pad_h, &w->pad_w)) return false;
        after_h = w->pad_h;
        after_w = w->pad_w;
    }
    return out_size("height", w->in_h, w->kernel_h, w->stride_h, w->pad_h, after_h, w->dilation_h, &w->out_h) &&
           out_size("width", w->in_w, w->kernel_w, w->stride_w, w->pad_w, after_w, w->dilation_w, &w->out_w);
}

/* `space` is the number of dims after the channels. */
static bool channels_fit(const lun_tensor *x, const lun_tensor *w, int space, int64_t groups)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int64_t in = x->dims[x->ndim - 1 - space];
    if (groups < 1 || groups > INT32_MAX || w->dims[0] % groups || in % groups)
        return lun_fail(LUN_E_ARGUMENT, NULL, "groups = %lld must divide the %lld channels in and the %lld out", (long long)groups,
                        (long long)in, (long long)w->dims[0]), false;
    if (w->dims[1] * groups == in) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s %s with weight %s: %lld channels, but the weight takes %lld%s", space == 2 ? "images" : "signals",
             lun_tensor_text(x, a), lun_tensor_text(w, b), (long long)in, (long long)(w->dims[1] * groups), groups > 1 ? " (times groups)" : "");
    return false;
}

bool lun_infer_conv2d(lun_call *c)
{
    const lun_tensor *x = c->in[0], *w = c->in[1], *bias = c->in[2];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (x->ndim < 3 || x->ndim > 4 || w->ndim != 4) {
        lun_fail(LUN_E_SHAPE, NULL, "images %s with weight %s: images are [n, channels, h, w], the weight [out, in / groups, h, w]",
                 lun_tensor_text(x, a), lun_tensor_text(w, b));
        if (x->ndim == 2) lun_hint("x:view(1, 1, %lld, %lld) is one image with one channel", (long long)x->dims[0], (long long)x->dims[1]);
        return false;
    }
    lun_window win = {.in_h = x->dims[x->ndim - 2], .in_w = x->dims[x->ndim - 1], .kernel_h = w->dims[2], .kernel_w = w->dims[3]};
    if (!channels_fit(x, w, 2, lun_param_int(&c->params, 3, 1)) || !lun_conv_window(&c->params, &win)) return false;
    if (!lun_is_none(bias) && (bias->ndim != 1 || bias->dims[0] != w->dims[0]))
        return lun_fail(LUN_E_SHAPE, NULL, "bias %s does not fit weight %s: it needs %lld numbers", lun_tensor_text(bias, a),
                        lun_tensor_text(w, b), (long long)w->dims[0]), false;
    int64_t dims[4] = {x->dims[0], w->dims[0], win.out_h, win.out_w};
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim, x->ndim == 4 ? dims : dims + 1);
    return true;
}

static bool infer_size(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 4, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}
bool lun_infer_conv2d_input_gradient(lun_call *c) { return infer_size(c); }
bool lun_infer_conv2d_weight_gradient(lun_call *c) { return infer_size(c); }

/* One of the three with the attributes of node n; `like` gives the size that cannot be computed back. */
static lun_tensor *call(lun_op_id id, const lun_node *n, lun_tensor *a, lun_tensor *b, int ndim, const int64_t *size)
{
    lun_call c;
    if (id == LUN_OP_conv2d) lun_nn_begin(&c, id, 3, (lun_tensor *[]){a, b, LUN_NONE});
    else lun_nn_begin(&c, id, 2, (lun_tensor *[]){a, b});
    lun_nn_copy_params(&c.params, n->params, 0, 3);
    if (id != LUN_OP_conv2d) lun_params_ints(&c.params, ndim, size);
    return lun_apply1(&c);
}

static lun_tensor *input_gradient(const lun_node *n, lun_tensor *g, lun_tensor *w, const lun_spec *x)
{
    return call(LUN_OP_conv2d_input_gradient, n, g, w, x->ndim, x->dims);
}

static lun_tensor *weight_gradient(const lun_node *n, lun_tensor *g, lun_tensor *x, const lun_spec *w)
{
    return call(LUN_OP_conv2d_weight_gradient, n, g, x, w->ndim, w->dims);
}

void lun_vjp_conv2d(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = input_gradient(n, g[0], lun_saved_in(n, 1), &n->in_spec[0]);
    if (lun_wants(n, 1)) dx[1] = weight_gradient(n, g[0], lun_saved_in(n, 0), &n->in_spec[1]);
    if (!lun_wants(n, 2)) return;
    int64_t folded[3] = {0, 2, 3}, unbatched[2] = {1, 2};
    dx[2] = g[0]->ndim == 4 ? lun_sum(g[0], 3, folded, false) : lun_sum(g[0], 2, unbatched, false);
}

void lun_vjp_conv2d_input_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = call(LUN_OP_conv2d, n, g[0], lun_saved_in(n, 1), 0, NULL);
    if (lun_wants(n, 1)) dx[1] = weight_gradient(n, lun_saved_in(n, 0), g[0], &n->in_spec[1]);
}

void lun_vjp_conv2d_weight_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = call(LUN_OP_conv2d, n, lun_saved_in(n, 1), g[0], 0, NULL);
    if (lun_wants(n, 1)) dx[1] = input_gradient(n, lun_saved_in(n, 0), g[0], &n->in_spec[1]);
}

/* Attribute k of a 1-d op as {fill, value} for the 2-d one. */
static bool widen(lun_params *to, const lun_params *p, int k, int64_t fill)
{
    const int64_t *v;
    if (p->attr[k].kind == LUN_ATTR_STRING) return lun_params_string(to, lun_param_string(p, k, ""));
    if (lun_param_ints(p, k, &v) != 1) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be one number",
                                                       k == 0 ? "stride" : k == 1 ? "padding" : "dilation"), false;
    return lun_params_ints(to, 2, (int64_t[]){fill, v[0]});
}

bool lun_compose_conv1d(lun_call *c)
{
    const lun_params *p = &c->params;
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (c->in[0]->ndim < 2 || c->in[0]->ndim > 3 || c->in[1]->ndim != 3)
        return lun_fail(LUN_E_SHAPE, NULL, "signals %s with weight %s: signals are [n, channels, length], the weight [out, in / groups, width]",
                        lun_tensor_text(c->in[0], a), lun_tensor_text(c->in[1], b)), false;
    if (!channels_fit(c->in[0], c->in[1], 1, lun_param_int(p, 3, 1))) return false;
    lun_call two;
    lun_nn_begin(&two, LUN_OP_conv2d, 3, (lun_tensor *[]){lun_unsqueeze(c->in[0], -2), lun_unsqueeze(c->in[1], -2), c->in[2]});
    if (!widen(&two.params, p, 0, 1) || !widen(&two.params, p, 1, 0) || !widen(&two.params, p, 2, 1)) return false;
    lun_params_int(&two.params, lun_param_int(p, 3, 1));
    c->out[0] = lun_squeeze(lun_apply1(&two), -2);
    c->n_out = 1;
    return c->out[0] != NULL;
}
