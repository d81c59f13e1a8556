/* window.c - reading the attributes of a moving window, with PyTorch's rules for sizes
 *
 * Read next: core/ops/window.h, core/ops/nn_pool.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/window.h"

#include "core/infer.h"

#include <string.h>

int lun_window_space(const lun_op *op)
{
    for (const char *s = op->name; *s; s++)
        if (*s >= '1' && *s <= '3' && s[1] == 'd') return *s - '0';
    return 2;
}

bool lun_window_numbers(const lun_params *p, int k, const char *name, int n, int64_t least, int64_t fill, int64_t *to)
{
    static const char *const several[] = {"", "one number", "one number or {height, width}", "one number or {depth, height, width}"};
    const int64_t *v;
    int count = lun_param_ints(p, k, &v);
    if (count != 1 && count != n) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be %s, got %d numbers", name, several[n], count), false;
    for (int d = 0; d < LUN_SPACE; d++) {
        int from = d - (LUN_SPACE - n);
        to[d] = from < 0 ? fill : v[count == 1 ? 0 : from];
        if (from < 0) continue;
        if (to[d] < least)
            return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be at least %lld, got %lld", name, (long long)least, (long long)to[d]), false;
        if (to[d] > INT32_MAX) return lun_fail(LUN_E_ARGUMENT, NULL, "%s of %lld is too large", name, (long long)to[d]), false;
    }
    return true;
}

bool lun_scales(const lun_params *p, int k, const char *name, int n, double *to)
{
    double v[LUN_MAX_DIMS];
    int count = lun_param_floats(p, k, LUN_MAX_DIMS, v);
    if (count != 1 && count != n) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be one number or %d, got %d", name, n, count), false;
    for (int d = 0; d < LUN_SPACE; d++) {
        int from = d - (LUN_SPACE - n);
        to[d] = from < 0 ? 1 : v[count == 1 ? 0 : from];
        if (!(to[d] > 0) || to[d] > INT32_MAX) return lun_fail(LUN_E_ARGUMENT, NULL, "%s must be above 0, got %g", name, to[d]), false;
    }
    return true;
}

void lun_window_dims(int n, const int64_t *dims, int64_t *to)
{
    for (int d = 0; d < LUN_SPACE; d++) to[d] = d < LUN_SPACE - n ? 1 : dims[d - (LUN_SPACE - n)];
}

static const char *const dim_names[LUN_SPACE] = {"depth", "height", "width"};

static bool in_sizes_fit(const lun_window *w)
{
    for (int d = 0; d < LUN_SPACE; d++)
        if (w->in[d] > INT32_MAX || w->kernel[d] > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, NULL, "a %s of %lld is too large", dim_names[d],
                            (long long)(w->in[d] > w->kernel[d] ? w->in[d] : w->kernel[d])), false;
    return true;
}

static bool conv_size(lun_window *w, int d, int64_t after)
{
    if (w->kernel[d] < 1) return lun_fail(LUN_E_SHAPE, NULL, "the weight has no elements along its %s", dim_names[d]), false;
    int64_t reach = w->dilation[d] * (w->kernel[d] - 1) + 1, room = w->in[d] + w->pad[d] + after;
    if (reach > room)
        return lun_fail(LUN_E_SHAPE, "a padding would make room", "the kernel covers %lld positions of a padded %s of %lld",
                        (long long)reach, w->n == 1 ? "length" : dim_names[d], (long long)room), false;
    w->out[d] = (room - reach) / w->stride[d] + 1;
    return true;
}

static const char *padding_word(const lun_params *p)
{
    return p->count > 1 && p->attr[1].kind == LUN_ATTR_STRING ? lun_param_string(p, 1, "") : NULL;
}

/* Sets pad to what stands before; *uneven gets what stands after. */
static bool read_padding(const lun_params *p, lun_window *w, int64_t *after)
{
    const char *word = padding_word(p);
    bool same = word && !strcmp(word, "same");
    if (word && !same && strcmp(word, "valid") != 0)
        return lun_fail(LUN_E_ARGUMENT, "padding = \"same\"", "padding must be numbers, \"same\" or \"valid\", got \"%s\"", word), false;
    if (!word && !lun_window_numbers(p, 1, "padding", w->n, 0, 0, w->pad)) return false;
    for (int d = 0; d < LUN_SPACE; d++) {
        if (same && w->stride[d] != 1)
            return lun_fail(LUN_E_ARGUMENT, "stride = 1, or padding as numbers", "padding \"same\" works with stride 1 only"), false;
        int64_t both = same ? w->dilation[d] * (w->kernel[d] - 1) : 0;
        if (word) w->pad[d] = both / 2;
        after[d] = word ? both - w->pad[d] : w->pad[d];
    }
    return true;
}

bool lun_conv_window(const lun_params *p, int n, lun_window *w)
{
    int64_t after[LUN_SPACE];
    w->n = n;
    if (!in_sizes_fit(w) || !lun_window_numbers(p, 0, "stride", n, 1, 1, w->stride) ||
        !lun_window_numbers(p, 2, "dilation", n, 1, 1, w->dilation) || !read_padding(p, w, after))
        return false;
    for (int d = 0; d < LUN_SPACE; d++)
        if (!conv_size(w, d, after[d])) return false;
    return true;
}

/* PyTorch's rule: with ceil_mode the last window may hang over, but must start inside the input or the padding before it. */
static bool pool_size(lun_window *w, int d, bool ceil_mode)
{
    int64_t reach = w->dilation[d] * (w->kernel[d] - 1) + 1, room = w->in[d] + 2 * w->pad[d] - reach + (ceil_mode ? w->stride[d] - 1 : 0);
    if (2 * w->pad[d] > reach)
        return lun_fail(LUN_E_ARGUMENT, NULL, "padding %lld is more than half of the window of %lld", (long long)w->pad[d],
                        (long long)reach), false;
    if (room < 0)
        return lun_fail(LUN_E_SHAPE, NULL, "a window of %lld does not fit into a padded input of %lld", (long long)reach,
                        (long long)(w->in[d] + 2 * w->pad[d])), false;
    w->out[d] = room / w->stride[d] + 1;
    if (ceil_mode && (w->out[d] - 1) * w->stride[d] >= w->in[d] + w->pad[d]) --w->out[d];
    return true;
}

bool lun_pool_window(const lun_params *p, int n, const int64_t *in, int dilation, int ceil_mode, lun_window *w)
{
    const int64_t *v;
    *w = (lun_window){.n = n, .dilation = {1, 1, 1}};
    lun_window_dims(n, in, w->in);
    if (!lun_window_numbers(p, 0, "kernel_size", n, 1, 1, w->kernel) || !in_sizes_fit(w)) return false;
    memcpy(w->stride, w->kernel, sizeof w->stride);
    if (lun_param_ints(p, 1, &v) && !lun_window_numbers(p, 1, "stride", n, 1, 1, w->stride)) return false;
    if (!lun_window_numbers(p, 2, "padding", n, 0, 0, w->pad)) return false;
    if (dilation >= 0 && !lun_window_numbers(p, dilation, "dilation", n, 1, 1, w->dilation)) return false;
    bool ceil = lun_param_bool(p, ceil_mode, false);
    for (int d = 0; d < LUN_SPACE; d++)
        if (!pool_size(w, d, ceil)) return false;
    return true;
}

bool lun_window_input(const lun_tensor *x, int n)
{
    static const char *const names[] = {"", "signals are [n, channels, length] or [channels, length]",
                                        "images are [n, channels, h, w] or [channels, h, w]",
                                        "volumes are [n, channels, d, h, w] or [channels, d, h, w]"};
    char text[LUN_SHAPE_TEXT];
    bool empty = false;
    for (int d = x->ndim - n - 1; d >= 0 && d < x->ndim; d++) empty |= !x->dims[d];
    if ((x->ndim == n + 1 || x->ndim == n + 2) && !empty) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s%s, got %s", names[n], empty ? ", and only n may be 0" : "", lun_tensor_text(x, text));
    return false;
}

void lun_window_result(lun_call *c, int k, lun_dtype dtype, const lun_tensor *x, const lun_window *w)
{
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, (size_t)(x->ndim - w->n) * sizeof *dims);
    memcpy(dims + x->ndim - w->n, w->out + LUN_SPACE - w->n, (size_t)w->n * sizeof *dims);
    lun_result(c, k, dtype, x->ndim, dims);
}
