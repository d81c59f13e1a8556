/* nn_resize.c - interpolate: shapes, options and gradients of resizing signals, images and volumes
 *
 * interpolate reads PyTorch's options and calls the hidden resize, which is linear; resize and its gradient are each other's
 * gradients. mode "area" is adaptive average pooling.
 * Read next: kernels/cpu/resize.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/resize.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

static const struct { const char *name; int space; lun_resize_mode mode; bool smooth; } modes[] = {
    {"nearest", 0, LUN_RESIZE_NEAREST, false}, {"nearest-exact", 0, LUN_RESIZE_NEAREST_EXACT, false}, {"area", 0, LUN_RESIZE_AREA, false},
    {"linear", 1, LUN_RESIZE_LINEAR, true},    {"bilinear", 2, LUN_RESIZE_LINEAR, true},              {"trilinear", 3, LUN_RESIZE_LINEAR, true},
    {"bicubic", 2, LUN_RESIZE_CUBIC, true},
};
enum { MODES = sizeof modes / sizeof *modes };
/* attributes of interpolate and of resize */
enum { SIZE, SCALE, MODE, ALIGN, RECOMPUTE, ANTIALIAS };
enum { R_SIZE, R_SCALE, R_MODE, R_ALIGN, R_ANTIALIAS };

static int find_mode(const char *name, int n)
{
    for (int k = 0; k < MODES; k++) {
        if (strcmp(modes[k].name, name) != 0) continue;
        if (!modes[k].space || modes[k].space == n) return k;
        lun_fail(LUN_E_ARGUMENT, NULL, "mode \"%s\" is for x with %d dims, got %d", name, modes[k].space + 2, n + 2);
        return -1;
    }
    lun_fail(LUN_E_ARGUMENT, "mode = \"nearest\"", "no mode \"%s\": nearest, nearest-exact, linear, bilinear, bicubic, trilinear or area", name);
    return -1;
}

/* The size that attributes ask for; *scaled: scale[] holds the factors that positions are computed with. */
static bool wanted_size(const lun_call *c, int n, int64_t *size, double *scale, bool *scaled)
{
    const lun_params *p = &c->params;
    const int64_t *in = c->in[0]->dims + 2;
    bool by_scale = lun_param_given(p, SCALE), recompute = lun_param_bool(p, RECOMPUTE, false);
    if (by_scale == lun_param_given(p, SIZE))
        return lun_fail(LUN_E_ARGUMENT, "scale_factor = 2", "exactly one of size and scale_factor is needed"), false;
    if (!by_scale && recompute)
        return lun_fail(LUN_E_ARGUMENT, "leave recompute_scale_factor out", "recompute_scale_factor means nothing with a size"), false;
    if (by_scale ? !lun_scales(p, SCALE, "scale_factor", n, scale) : !lun_window_numbers(p, SIZE, "size", n, 1, 1, size)) return false;
    *scaled = by_scale && !recompute;
    for (int d = 0; d < n; d++) {
        int at = LUN_SPACE - n + d;
        double wanted = by_scale ? floor((double)in[d] * scale[at]) : (double)size[at];
        if (in[d] < 1 || in[d] > INT32_MAX || wanted < 1 || wanted > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, NULL, "dim %d has %lld positions and would get %.0f; both must be at least 1", d + 3, (long long)in[d],
                            wanted), false;
        size[at] = (int64_t)wanted;
    }
    return true;
}

static bool options_fit(const lun_params *p, int mode)
{
    if (!modes[mode].smooth && lun_param_bool(p, ALIGN, false))
        return lun_fail(LUN_E_ARGUMENT, "leave align_corners out", "align_corners means nothing with mode \"%s\"", modes[mode].name), false;
    if (lun_param_bool(p, ANTIALIAS, false) && (modes[mode].space != 2 || !modes[mode].smooth))
        return lun_fail(LUN_E_ARGUMENT, "antialias = false", "antialias works with modes \"bilinear\" and \"bicubic\", not \"%s\"", modes[mode].name),
            false;
    return true;
}

static lun_tensor *by_area(lun_tensor *x, int n, const int64_t *size)
{
    static const lun_op_id pool[] = {LUN_OP_adaptive_avg_pool1d, LUN_OP_adaptive_avg_pool1d, LUN_OP_adaptive_avg_pool2d, LUN_OP_adaptive_avg_pool3d};
    lun_call c;
    lun_nn_begin(&c, pool[n], 1, &x);
    lun_params_ints(&c.params, n, size);
    return lun_apply1(&c);
}

static lun_tensor *resized(const lun_call *c, lun_tensor *x, int n, const int64_t *size, const double *scale, int mode)
{
    lun_call r;
    lun_nn_begin(&r, LUN_OP_resize, 1, &x);
    lun_params_ints(&r.params, n, size);
    if (scale) lun_params_floats(&r.params, n, scale);
    else lun_params_none(&r.params);
    lun_params_string(&r.params, modes[mode].name);
    lun_params_bool(&r.params, lun_param_bool(&c->params, ALIGN, false));
    lun_params_bool(&r.params, lun_param_bool(&c->params, ANTIALIAS, false));
    return lun_apply1(&r);
}

static lun_tensor *rounded(lun_tensor *y)
{
    lun_tensor *least = lun_tensor_number(0, LUN_F32), *most = lun_tensor_number(255, LUN_F32), *half = lun_tensor_number(0.5, LUN_F32);
    return lun_minimum(lun_maximum(lun_floor(lun_add(y, half)), least), most);
}

/* uint8 pictures are resized in float and rounded, as PyTorch does after each dim, the last one first. */
static lun_tensor *resized_bytes(const lun_call *c, int n, const int64_t *size, const double *scale, int mode)
{
    lun_tensor *y = lun_to_dtype(c->in[0], LUN_F32);
    for (int d = n - 1; d >= 0 && y; d--) {
        int64_t step[LUN_SPACE] = {0};
        double factor[LUN_SPACE] = {1, 1, 1};
        memcpy(step, y->dims + 2, (size_t)n * sizeof *step);
        step[d] = size[d];
        if (scale) factor[d] = scale[d];
        y = rounded(resized(c, y, n, step, scale ? factor : NULL, mode));
    }
    return lun_to_dtype(y, LUN_U8);
}

bool lun_compose_interpolate(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int n = x->ndim - 2, mode;
    char text[LUN_SHAPE_TEXT];
    int64_t size[LUN_SPACE];
    double scale[LUN_SPACE];
    bool scaled, bytes = x->dtype == LUN_U8;
    if (n < 1 || n > LUN_SPACE)
        return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, channels, sizes] with 1 to 3 sizes, got %s", lun_tensor_text(x, text)), false;
    if ((mode = find_mode(lun_param_string(&c->params, MODE, "nearest"), n)) < 0 || !options_fit(&c->params, mode)) return false;
    if (!wanted_size(c, n, size, scale, &scaled)) return false;
    if (!x->dims[1]) return lun_fail(LUN_E_SHAPE, NULL, "x has no channels: %s", lun_tensor_text(x, text)), false;
    const int64_t *last = size + LUN_SPACE - n;
    const double *factors = scaled ? scale + LUN_SPACE - n : NULL;
    if (modes[mode].mode == LUN_RESIZE_AREA) return lun_composed(c, by_area(x, n, last));
    return lun_composed(c, bytes ? resized_bytes(c, n, last, factors, mode) : resized(c, x, n, last, factors, mode));
}

bool lun_compose_upsample(lun_call *c)
{
    bool bilinear = c->op->id == LUN_OP_upsample_bilinear, any = c->op->id == LUN_OP_upsample;
    lun_call inner;
    lun_nn_begin(&inner, LUN_OP_interpolate, 1, c->in);
    lun_nn_copy_params(&inner.params, &c->params, SIZE, SCALE);
    lun_params_string(&inner.params, any ? lun_param_string(&c->params, 2, "nearest") : bilinear ? "bilinear" : "nearest");
    if (any) lun_nn_copy_params(&inner.params, &c->params, 3, 3);
    else if (bilinear) lun_params_bool(&inner.params, true);
    return lun_composed(c, lun_apply1(&inner));
}

/* ---- resize: attributes size, scale, mode, align_corners, antialias ---- */

void lun_resize_read(const lun_params *p, int n, lun_resize_options *o)
{
    *o = (lun_resize_options){.align = lun_param_bool(p, R_ALIGN, false), .antialias = lun_param_bool(p, R_ANTIALIAS, false)};
    const char *name = lun_param_string(p, R_MODE, "nearest");
    for (int k = 0; k < MODES; k++)
        if (!strcmp(modes[k].name, name)) o->mode = modes[k].mode;
    lun_param_floats(p, R_SCALE, n, o->scale + LUN_SPACE - n);
}

bool lun_infer_resize(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *size;
    int n = lun_param_ints(&c->params, R_SIZE, &size);
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, 2 * sizeof *dims);
    memcpy(dims + 2, size, (size_t)n * sizeof *dims);
    lun_result(c, 0, (lun_dtype)x->dtype, n + 2, dims);
    return true;
}

static lun_tensor *other_way(const lun_node *n, lun_op_id id, lun_tensor *g)
{
    const lun_spec *s = &n->in_spec[0];
    lun_call c;
    lun_nn_begin(&c, id, 1, &g);
    lun_params_ints(&c.params, s->ndim - 2, s->dims + 2);
    lun_nn_copy_params(&c.params, n->params, R_SCALE, R_ANTIALIAS);
    return lun_apply1(&c);
}

void lun_vjp_resize(const lun_node *n, lun_tensor **g, lun_tensor **dx) { dx[0] = other_way(n, LUN_OP_resize_gradient, g[0]); }
void lun_vjp_resize_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx) { dx[0] = other_way(n, LUN_OP_resize, g[0]); }
