/* nn_conv.c - shapes and gradients of convolution in one to three dims, and of its transpose
 *
 * A convolution, its gradient with respect to the images and its gradient with respect to the weight are three bilinear ops; the
 * gradient of each is made of the other two, so derivatives of every order exist. A transposed convolution is the second of them.
 * Holds: attributes stride, padding, dilation, groups are passed on as they came; sizes that cannot be computed back are passed
 * explicitly. Read next: core/ops/window.c, kernels/cpu/conv.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <string.h>

static const char *const input_name[] = {"", "signals", "images", "volumes"};
static const char *const input_shape[] = {"", "[n, channels, length]", "[n, channels, h, w]", "[n, channels, d, h, w]"};
static const char *const kernel_shape[] = {"", "width", "h, w", "d, h, w"};

static bool ranks_fit(const lun_tensor *x, const lun_tensor *w, int n, const char *weight)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if ((x->ndim == n + 1 || x->ndim == n + 2) && w->ndim == n + 2) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s %s with weight %s: %s are %s, the weight [%s, %s]", input_name[n], lun_tensor_text(x, a),
             lun_tensor_text(w, b), input_name[n], input_shape[n], weight, kernel_shape[n]);
    if (n == 2 && x->ndim == 2) lun_hint("x:view(1, 1, %lld, %lld) is one image with one channel", (long long)x->dims[0], (long long)x->dims[1]);
    return false;
}

static bool dtypes_fit(const lun_call *c)
{
    const lun_tensor *x = c->in[0];
    for (int i = 1; i < 3; i++)
        if (!lun_is_none(c->in[i]) && c->in[i]->dtype != x->dtype)
            return lun_fail(LUN_E_DTYPE, "x:to(weight.dtype) converts", "x is %s and %s is %s; one dtype is needed", lun_dtypes[x->dtype].name,
                            i == 1 ? "weight" : "bias", lun_dtypes[c->in[i]->dtype].name), false;
    return true;
}

static bool bias_fits(const lun_tensor *bias, const lun_tensor *w, int64_t channels)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(bias) || (bias->ndim == 1 && bias->dims[0] == channels)) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "bias %s does not fit weight %s: it needs %lld numbers", lun_tensor_text(bias, a),
                    lun_tensor_text(w, b), (long long)channels), false;
}

static bool channels_fit(const lun_tensor *x, const lun_tensor *w, int space, int64_t groups)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int64_t in = x->dims[x->ndim - 1 - space];
    if (groups < 1 || groups > INT32_MAX || w->dims[0] % groups || in % groups || !w->dims[0])
        return lun_fail(LUN_E_ARGUMENT, NULL, "groups = %lld must divide the %lld channels in and the %lld out", (long long)groups,
                        (long long)in, (long long)w->dims[0]), false;
    if (w->dims[1] * groups == in) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s %s with weight %s: %lld channels, but the weight takes %lld%s", input_name[space],
             lun_tensor_text(x, a), lun_tensor_text(w, b), (long long)in, (long long)(w->dims[1] * groups), groups > 1 ? " (times groups)" : "");
    return false;
}

bool lun_infer_convolution(lun_call *c)
{
    const lun_tensor *x = c->in[0], *w = c->in[1];
    int n = w->ndim - 2;
    lun_window win = {.n = n};
    lun_window_dims(n, x->dims + x->ndim - n, win.in);
    lun_window_dims(n, w->dims + 2, win.kernel);
    if (!channels_fit(x, w, n, lun_param_int(&c->params, 3, 1)) || !bias_fits(c->in[2], w, w->dims[0]) || !lun_conv_window(&c->params, n, &win))
        return false;
    lun_window_result(c, 0, (lun_dtype)x->dtype, x, &win);
    c->out_spec[0].dims[x->ndim - n - 1] = w->dims[0];
    return true;
}

/* The row of call c on other tensors. */
static lun_tensor *again(const lun_call *c, lun_tensor *x, lun_tensor *w, lun_tensor *bias)
{
    lun_call other;
    lun_nn_begin(&other, (lun_op_id)c->op->id, 3, (lun_tensor *[]){x, w, bias});
    lun_nn_copy_params(&other.params, &c->params, 0, c->params.count - 1);
    return lun_apply1(&other);
}

static lun_tensor *part(lun_op_id id, lun_tensor *x)
{
    return lun_is_none(x) ? LUN_NONE : lun_to_dtype(lun_call1(id, x), LUN_F64);
}

/* Complex numbers: the four products of real and imaginary parts, in float64, because differences of products lose digits. */
static bool by_parts(lun_call *c)
{
    lun_dtype type = c->in[0]->dtype == LUN_C128 ? LUN_F64 : LUN_F32;
    lun_tensor *re[3], *im[3];
    for (int i = 0; i < 3; i++) {
        re[i] = part(LUN_OP_real, c->in[i]);
        im[i] = part(LUN_OP_imag, c->in[i]);
    }
    lun_tensor *real = lun_sub(again(c, re[0], re[1], re[2]), again(c, im[0], im[1], LUN_NONE));
    lun_tensor *imag = lun_add(again(c, re[0], im[1], im[2]), again(c, im[0], re[1], LUN_NONE));
    return lun_composed(c, lun_call2(LUN_OP_complex, lun_to_dtype(real, type), lun_to_dtype(imag, type)));
}

bool lun_compose_conv(lun_call *c)
{
    if (!ranks_fit(c->in[0], c->in[1], lun_window_space(c->op), "out, in / groups") || !dtypes_fit(c)) return false;
    if (lun_is_complex(c->in[0])) return by_parts(c);
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_convolution, 3, c->in);
    lun_nn_copy_params(&inner.params, &c->params, 0, 3);
    return lun_composed(c, lun_apply1(&inner));
}

bool lun_infer_conv_gradient(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 4, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, size);
    return true;
}

/* One of the three with the attributes of node n; `size` is what cannot be computed back. */
static lun_tensor *call(lun_op_id id, const lun_node *n, lun_tensor *a, lun_tensor *b, int ndim, const int64_t *size)
{
    lun_call c;
    lun_nn_begin(&c, id, id == LUN_OP_conv_weight_gradient ? 2 : 3, (lun_tensor *[]){a, b, LUN_NONE});
    lun_nn_copy_params(&c.params, n->params, 0, 3);
    if (ndim) lun_params_ints(&c.params, ndim, size);
    return lun_apply1(&c);
}

static lun_tensor *input_gradient(const lun_node *n, lun_tensor *g, lun_tensor *w, const lun_spec *x)
{
    return call(LUN_OP_conv_input_gradient, n, g, w, x->ndim, x->dims);
}

static lun_tensor *weight_gradient(const lun_node *n, lun_tensor *g, lun_tensor *x, const lun_spec *w)
{
    return call(LUN_OP_conv_weight_gradient, n, g, x, w->ndim, w->dims);
}

/* The sum over everything but the channels. */
static lun_tensor *bias_gradient(lun_tensor *g, int space)
{
    int64_t folded[LUN_MAX_DIMS];
    int count = 0;
    for (int d = 0; d < g->ndim; d++)
        if (d != g->ndim - space - 1) folded[count++] = d;
    return lun_sum(g, count, folded, false);
}

void lun_vjp_convolution(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = input_gradient(n, g[0], lun_saved_in(n, 1), &n->in_spec[0]);
    if (lun_wants(n, 1)) dx[1] = weight_gradient(n, g[0], lun_saved_in(n, 0), &n->in_spec[1]);
    if (lun_wants(n, 2)) dx[2] = bias_gradient(g[0], n->in_spec[1].ndim - 2);
}

/* With an output_padding beyond the stride there are more windows than positions in g. */
static lun_tensor *cut_to(lun_tensor *y, const lun_spec *s)
{
    for (int d = 0; y && d < s->ndim; d++)
        if (y->dims[d] > s->dims[d]) y = lun_narrow(y, d, 0, s->dims[d]);
    return y;
}

void lun_vjp_conv_input_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = cut_to(call(LUN_OP_convolution, n, g[0], lun_saved_in(n, 1), 0, NULL), &n->in_spec[0]);
    if (lun_wants(n, 1)) dx[1] = weight_gradient(n, lun_saved_in(n, 0), g[0], &n->in_spec[1]);
    if (lun_wants(n, 2)) dx[2] = bias_gradient(g[0], n->in_spec[1].ndim - 2);
}

void lun_vjp_conv_weight_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_wants(n, 0)) dx[0] = call(LUN_OP_convolution, n, lun_saved_in(n, 1), g[0], 0, NULL);
    if (lun_wants(n, 1)) dx[1] = input_gradient(n, lun_saved_in(n, 0), g[0], &n->in_spec[1]);
}

/* ---- transposed: attributes stride, padding, output_padding, groups, dilation ---- */

static bool transposed_sizes(const lun_call *c, int n, lun_window *w)
{
    const lun_params *p = &c->params;
    int64_t extra[LUN_SPACE];
    if (!lun_window_numbers(p, 0, "stride", n, 1, 1, w->stride) || !lun_window_numbers(p, 1, "padding", n, 0, 0, w->pad) ||
        !lun_window_numbers(p, 2, "output_padding", n, 0, 0, extra) || !lun_window_numbers(p, 4, "dilation", n, 1, 1, w->dilation))
        return false;
    for (int d = LUN_SPACE - n; d < LUN_SPACE; d++) {
        if (extra[d] >= w->stride[d] && extra[d] >= w->dilation[d])
            return lun_fail(LUN_E_ARGUMENT, "output_padding = 0", "output_padding %lld must be smaller than the stride (%lld) or the dilation (%lld)",
                            (long long)extra[d], (long long)w->stride[d], (long long)w->dilation[d]), false;
        if (w->in[d] > INT32_MAX || w->kernel[d] > INT32_MAX || w->in[d] < 1 || w->kernel[d] < 1)
            return lun_fail(LUN_E_SHAPE, NULL, "cannot spread %lld positions by a kernel of %lld", (long long)w->in[d],
                            (long long)w->kernel[d]), false;
        w->out[d] = (w->in[d] - 1) * w->stride[d] - 2 * w->pad[d] + w->dilation[d] * (w->kernel[d] - 1) + extra[d] + 1;
        if (w->out[d] < 1 || w->out[d] > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, "a smaller padding", "the result would have %lld positions in dim %d", (long long)w->out[d],
                            d - (LUN_SPACE - n) + 3), false;
    }
    return true;
}

static bool transposed_fits(lun_call *c, int n)
{
    const lun_tensor *x = c->in[0], *w = c->in[1];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int64_t groups = lun_param_int(&c->params, 3, 1);
    if (!ranks_fit(x, w, n, "in, out / groups") || !dtypes_fit(c)) return false;
    int64_t in = x->dims[x->ndim - n - 1];
    if (in != w->dims[0] || !in || !w->dims[1])
        return lun_fail(LUN_E_SHAPE, NULL, "%s %s with weight %s: %lld channels, but the weight takes %lld", input_name[n],
                        lun_tensor_text(x, a), lun_tensor_text(w, b), (long long)in, (long long)w->dims[0]), false;
    if (groups < 1 || groups > INT32_MAX || in % groups)
        return lun_fail(LUN_E_ARGUMENT, NULL, "groups = %lld must divide the %lld channels in", (long long)groups, (long long)in), false;
    return bias_fits(c->in[2], w, w->dims[1] * groups);
}

bool lun_compose_conv_transpose(lun_call *c)
{
    int n = lun_window_space(c->op);
    lun_tensor *x = c->in[0], *w = c->in[1];
    lun_window win = {.n = n};
    if (!transposed_fits(c, n)) return false;
    if (lun_is_complex(x)) return by_parts(c);
    lun_window_dims(n, x->dims + x->ndim - n, win.in);
    lun_window_dims(n, w->dims + 2, win.kernel);
    if (!transposed_sizes(c, n, &win)) return false;
    int64_t size[LUN_MAX_DIMS] = {x->dims[0]}, groups = lun_param_int(&c->params, 3, 1);
    size[x->ndim - n - 1] = w->dims[1] * groups;
    memcpy(size + x->ndim - n, win.out + LUN_SPACE - n, (size_t)n * sizeof *size);
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_conv_input_gradient, 3, (lun_tensor *[]){x, w, c->in[2]});
    lun_nn_copy_params(&inner.params, &c->params, 0, 1);
    lun_nn_copy_params(&inner.params, &c->params, 4, 4);
    lun_params_int(&inner.params, groups);
    lun_params_ints(&inner.params, x->ndim, size);
    return lun_composed(c, lun_apply1(&inner));
}
