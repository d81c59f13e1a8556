/* nn_shuffle.c - windows as columns and back, and values moved between space and channels
 *
 * im2col and col2im are each other's gradients; the shuffles are views and permutations.
 * Read next: core/ops/window.c, kernels/cpu/fold.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <string.h>

bool lun_unfold_window(const lun_params *p, int k, int64_t in_h, int64_t in_w, lun_window *w)
{
    *w = (lun_window){.n = 2, .in = {1, in_h, in_w}, .out = {1, 1, 1}};
    if (!lun_window_numbers(p, k, "kernel_size", 2, 1, 1, w->kernel) || !lun_window_numbers(p, k + 1, "dilation", 2, 1, 1, w->dilation) ||
        !lun_window_numbers(p, k + 2, "padding", 2, 0, 0, w->pad) || !lun_window_numbers(p, k + 3, "stride", 2, 1, 1, w->stride))
        return false;
    for (int d = 1; d < LUN_SPACE; d++) {
        int64_t reach = w->dilation[d] * (w->kernel[d] - 1) + 1, room = w->in[d] + 2 * w->pad[d];
        if (reach > room || w->in[d] > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, NULL, "a window of %lld does not fit into a padded %s of %lld", (long long)reach,
                            d == 1 ? "height" : "width", (long long)room), false;
        w->out[d] = (room - reach) / w->stride[d] + 1;
    }
    return true;
}

bool lun_infer_unfold_planes(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_window w;
    if (!lun_window_input(x, 2) || !lun_unfold_window(&c->params, 0, x->dims[x->ndim - 2], x->dims[x->ndim - 1], &w)) return false;
    int64_t channels = x->dims[x->ndim - 3], rows, dims[3] = {x->dims[0]};
    if (__builtin_mul_overflow(channels, w.kernel[1] * w.kernel[2], &rows))
        return lun_fail(LUN_E_SHAPE, NULL, "the result has too many elements"), false;
    dims[x->ndim - 3] = rows;
    dims[x->ndim - 2] = w.out[1] * w.out[2];
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim - 1, dims);
    return true;
}

void lun_vjp_unfold_planes(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    lun_call c;
    lun_nn_begin(&c, LUN_OP_fold_planes, 1, g);
    lun_params_ints(&c.params, 2, s->dims + s->ndim - 2);
    lun_nn_copy_params(&c.params, n->params, 0, 3);
    dx[0] = lun_apply1(&c);
}

bool lun_infer_fold_planes(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    int64_t size[LUN_SPACE];
    lun_window w;
    bool empty = false;
    for (int d = x->ndim == 3; d < x->ndim; d++) empty |= !x->dims[d];
    if (x->ndim < 2 || x->ndim > 3 || empty)
        return lun_fail(LUN_E_SHAPE, NULL, "columns are [n, channels * window, windows], and only n may be 0, got %s",
                        lun_tensor_text(x, text)), false;
    if (!lun_window_numbers(&c->params, 0, "output_size", 2, 1, 1, size) || !lun_unfold_window(&c->params, 1, size[1], size[2], &w)) return false;
    int64_t window = w.kernel[1] * w.kernel[2], rows = x->dims[x->ndim - 2], columns = x->dims[x->ndim - 1];
    if (rows % window)
        return lun_fail(LUN_E_SHAPE, NULL, "columns %s: %lld rows are not a multiple of the window's %lld elements", lun_tensor_text(x, text),
                        (long long)rows, (long long)window), false;
    if (columns != w.out[1] * w.out[2])
        return lun_fail(LUN_E_SHAPE, NULL, "columns %s: output_size {%lld, %lld} has %lld windows, not %lld", lun_tensor_text(x, text),
                        (long long)size[1], (long long)size[2], (long long)(w.out[1] * w.out[2]), (long long)columns), false;
    int64_t dims[4] = {x->dims[0], rows / window, size[1], size[2]};
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim + 1, x->ndim == 3 ? dims : dims + 1);
    return true;
}

void lun_vjp_fold_planes(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_unfold_planes, 1, g);
    lun_nn_copy_params(&c.params, n->params, 1, 4);
    dx[0] = lun_apply1(&c);
}

static lun_tensor *planes(const lun_call *c, lun_tensor *x)
{
    lun_call inner;
    lun_nn_begin(&inner, c->op->id == LUN_OP_im2col ? LUN_OP_unfold_planes : LUN_OP_fold_planes, 1, &x);
    lun_nn_copy_params(&inner.params, &c->params, 0, c->params.count - 1);
    return lun_apply1(&inner);
}

/* im2col and col2im; of complex numbers part by part. */
bool lun_compose_unfold(lun_call *c)
{
    lun_tensor *x = c->in[0];
    if (!lun_is_complex(x)) return lun_composed(c, planes(c, x));
    return lun_composed(c, lun_call2(LUN_OP_complex, planes(c, lun_call1(LUN_OP_real, x)), planes(c, lun_call1(LUN_OP_imag, x))));
}

/* x [lead, a b c, d ...] seen as `ndim` sizes, its dims exchanged by `order`, and seen as `result`. */
static bool rearranged(lun_call *c, int ndim, const int64_t *sizes, const int64_t *order, int result_ndim, const int64_t *result)
{
    lun_tensor *y = lun_permute(lun_reshape(c->in[0], ndim, sizes), ndim, order);
    return lun_composed(c, lun_reshape(lun_clone(y), result_ndim, result));
}

static bool shuffle_input(const lun_call *c, const char *name, int64_t *factor)
{
    char text[LUN_SHAPE_TEXT];
    *factor = lun_param_int(&c->params, 0, 1);
    if (c->in[0]->ndim < 3)
        return lun_fail(LUN_E_SHAPE, NULL, "x must be [..., channels, h, w], got %s", lun_tensor_text(c->in[0], text)), false;
    if (*factor >= 1 && *factor <= 32768) return true;
    return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be at least 1 and at most 32768, got %lld", name, (long long)*factor), false;
}

/* Number of images: all dims before the last three. */
static int64_t lead_of(const lun_tensor *x)
{
    int64_t n = 1;
    for (int d = 0; d < x->ndim - 3; d++) n *= x->dims[d];
    return n;
}

bool lun_compose_pixel_shuffle(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t r, dims[LUN_MAX_DIMS];
    if (!shuffle_input(c, "upscale_factor", &r)) return false;
    const int64_t *last = x->dims + x->ndim - 3;
    if (last[0] % (r * r))
        return lun_fail(LUN_E_SHAPE, NULL, "%lld channels are not a multiple of upscale_factor^2 = %lld", (long long)last[0],
                        (long long)(r * r)), false;
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 3] = last[0] / (r * r);
    dims[x->ndim - 2] = last[1] * r;
    dims[x->ndim - 1] = last[2] * r;
    int64_t sizes[6] = {lead_of(x), last[0] / (r * r), r, r, last[1], last[2]}, order[6] = {0, 1, 4, 2, 5, 3};
    return rearranged(c, 6, sizes, order, x->ndim, dims);
}

bool lun_compose_pixel_unshuffle(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t r, dims[LUN_MAX_DIMS];
    if (!shuffle_input(c, "downscale_factor", &r)) return false;
    const int64_t *last = x->dims + x->ndim - 3;
    if (last[1] % r || last[2] % r)
        return lun_fail(LUN_E_SHAPE, NULL, "height %lld and width %lld are not multiples of downscale_factor %lld", (long long)last[1],
                        (long long)last[2], (long long)r), false;
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 3] = last[0] * r * r;
    dims[x->ndim - 2] = last[1] / r;
    dims[x->ndim - 1] = last[2] / r;
    int64_t sizes[6] = {lead_of(x), last[0], last[1] / r, r, last[2] / r, r}, order[6] = {0, 1, 3, 5, 2, 4};
    return rearranged(c, 6, sizes, order, x->ndim, dims);
}

bool lun_compose_channel_shuffle(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    int64_t groups = lun_param_int(&c->params, 0, 1), rest = 1;
    if (x->ndim < 3) return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, channels, ...] with at least 3 dims, got %s", lun_tensor_text(x, text)), false;
    if (groups < 1 || x->dims[1] % groups)
        return lun_fail(LUN_E_ARGUMENT, NULL, "groups = %lld must divide the %lld channels", (long long)groups, (long long)x->dims[1]), false;
    if (!x->numel) return lun_composed(c, lun_clone(c->in[0]));
    for (int d = 2; d < x->ndim; d++) rest *= x->dims[d];
    int64_t sizes[4] = {x->dims[0], groups, x->dims[1] / groups, rest}, order[4] = {0, 2, 1, 3};
    return rearranged(c, 4, sizes, order, x->ndim, x->dims);
}
