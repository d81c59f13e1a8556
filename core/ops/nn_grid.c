/* nn_grid.c - grid_sample and affine_grid: shapes and gradients
 *
 * The gradients of grid_sample are one fused op; while a backward pass is itself recorded they are made of gather and scatter_add
 * with weights that are polynomials of the grid, so that derivatives of every order exist.
 * Read next: core/ops/grid_axis.h, core/ops/nn_grid_gradient.c, kernels/cpu/grid.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/spatial.h"
#include "core/tape.h"

#include <string.h>

static int word(const char *name, int n, const char *const *words)
{
    for (int k = 0; k < n; k++)
        if (!strcmp(words[k], name)) return k;
    return -1;
}

bool lun_grid_read(const lun_params *p, lun_grid_options *o)
{
    static const char *const modes[] = {"bilinear", "nearest", "bicubic"}, *const paddings[] = {"zeros", "border", "reflection"};
    const char *mode = lun_param_string(p, 0, "bilinear"), *padding = lun_param_string(p, 1, "zeros");
    int m = word(mode, 3, modes), q = word(padding, 3, paddings);
    if (m < 0) return lun_fail(LUN_E_ARGUMENT, "mode = \"bilinear\"", "no mode \"%s\": bilinear, nearest or bicubic", mode), false;
    if (q < 0) return lun_fail(LUN_E_ARGUMENT, "padding_mode = \"zeros\"", "no padding_mode \"%s\": zeros, border or reflection", padding), false;
    *o = (lun_grid_options){(lun_grid_mode)m, (lun_grid_padding)q, lun_param_bool(p, 2, false)};
    return true;
}

static bool shapes_fit(const lun_tensor *x, const lun_tensor *grid)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    int n = x->ndim - 2;
    if ((n != 2 && n != 3) || grid->ndim != x->ndim || grid->dims[n + 1] != n || grid->dims[0] != x->dims[0]) {
        lun_fail(LUN_E_SHAPE, NULL, "x %s with grid %s: x is [n, channels, h, w] with grid [n, h', w', 2], or one dim more and 3",
                 lun_tensor_text(x, a), lun_tensor_text(grid, b));
        return false;
    }
    for (int d = 2; d < x->ndim; d++)
        if (x->dims[d] < 1 || x->dims[d] > INT32_MAX)
            return lun_fail(LUN_E_SHAPE, NULL, "x %s has no positions in dim %d to read", lun_tensor_text(x, a), d + 1), false;
    return lun_plane_fits(x, n);
}

bool lun_infer_grid_sample(lun_call *c)
{
    const lun_tensor *x = c->in[0], *grid = c->in[1];
    lun_grid_options o;
    if (!shapes_fit(x, grid) || !lun_grid_read(&c->params, &o)) return false;
    if (o.mode == LUN_GRID_BICUBIC && x->ndim == 5)
        return lun_fail(LUN_E_ARGUMENT, "mode = \"bilinear\"", "mode \"bicubic\" is for images, x [n, channels, h, w]"), false;
    int64_t dims[LUN_MAX_DIMS] = {x->dims[0], x->dims[1]};
    memcpy(dims + 2, grid->dims + 1, (size_t)(x->ndim - 2) * sizeof *dims);
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim, dims);
    return true;
}

bool lun_infer_grid_sample_gradient(lun_call *c)
{
    lun_result_like(c, 0, c->in[1]);
    lun_result_like(c, 1, c->in[2]);
    return true;
}

void lun_vjp_grid_sample(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *grid = lun_saved_in(n, 1), *got[2] = {NULL, NULL};
    lun_grid_options o;
    if (!x || !grid || !lun_grid_read(n->params, &o)) return;
    if (lun_nn_differentiable()) {
        lun_grid_gradient_by_ops(g[0], x, grid, &o, got);
    } else {
        lun_call c;
        lun_nn_begin(&c, LUN_OP_grid_sample_gradient, 3, (lun_tensor *[]){g[0], x, grid});
        lun_nn_copy_params(&c.params, n->params, 0, 2);
        lun_params_bool(&c.params, lun_wants(n, 0));
        lun_params_bool(&c.params, lun_wants(n, 1));
        if (!lun_apply(&c)) return;
        got[0] = c.out[0];
        got[1] = c.out[1];
    }
    for (int i = 0; i < 2; i++)
        if (lun_wants(n, i)) dx[i] = got[i];
}

/* Places from -1 to 1 for `size` positions: their centres, or (align) the first and last at the ends; as a [size] tensor. */
static lun_tensor *places(int64_t size, bool align, lun_dtype dtype)
{
    lun_tensor *x = lun_tensor_empty(LUN_F64, 1, &size, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0; x && i < size; i++) {
        double at = size == 1 ? 0 : -1 + 2 * (double)i / (double)(size - 1);
        lun_set_double(x, i, align || size == 1 ? at : at * (double)(size - 1) / (double)size);
    }
    return lun_to_dtype(x, dtype);
}

/* [positions, n + 1]: for each position its places (width first) and 1. */
static lun_tensor *base_grid(int n, const int64_t *size, bool align, lun_dtype dtype)
{
    lun_tensor *part[LUN_SPACE + 1], *shaped;
    int64_t one[LUN_SPACE] = {1, 1, 1}, flat[1] = {-1};
    for (int k = 0; k < n; k++) {
        int d = n - 1 - k;
        int64_t dims[LUN_SPACE] = {1, 1, 1};
        dims[d] = size[d];
        shaped = lun_expand(lun_reshape(places(size[d], align, dtype), n, dims), n, size);
        part[k] = lun_reshape(shaped, 1, flat);
    }
    lun_tensor *ones = lun_full(n, one, 1, dtype, (lun_device){LUN_CPU, 0});
    part[n] = lun_reshape(lun_expand(ones, n, size), 1, flat);
    return lun_stack(n + 1, part, 1);
}

bool lun_compose_affine_grid(lun_call *c)
{
    lun_tensor *theta = c->in[0];
    const int64_t *size;
    int count = lun_param_ints(&c->params, 0, &size), n = count - 2;
    char text[LUN_SHAPE_TEXT], wanted[LUN_SHAPE_TEXT];
    if (n != 2 && n != 3)
        return lun_fail(LUN_E_ARGUMENT, NULL, "size is {n, channels, h, w} or {n, channels, d, h, w}, got %d numbers", count), false;
    for (int d = 0; d < count; d++)
        if (size[d] < 1) return lun_fail(LUN_E_ARGUMENT, NULL, "sizes must be at least 1, got %s", lun_shape_text(count, size, text)), false;
    int64_t fits[3] = {size[0], n, n + 1}, dims[LUN_MAX_DIMS] = {size[0]};
    if (!lun_shape_same(3, fits, theta->ndim, theta->dims))
        return lun_fail(LUN_E_SHAPE, NULL, "theta must be %s for size %s, got %s", lun_shape_text(3, fits, wanted),
                        lun_shape_text(count, size, text), lun_tensor_text(theta, text)), false;
    memcpy(dims + 1, size + 2, (size_t)n * sizeof *dims);
    dims[n + 1] = n;
    if (lun_shape_numel(n + 2, dims) < 0) return false;
    lun_dtype wide = theta->dtype == LUN_F64 ? LUN_F64 : LUN_F32;
    lun_tensor *base = base_grid(n, size + 2, lun_param_bool(&c->params, 1, false), wide);
    lun_tensor *y = lun_matmul(base, lun_transpose(lun_to_dtype(theta, wide), 1, 2));
    return lun_composed(c, lun_to_dtype(lun_reshape(y, n + 2, dims), (lun_dtype)theta->dtype));
}
