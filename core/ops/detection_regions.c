/* detection_regions.c - roi_align and roi_pool: features of boxes, cell by cell
 *
 * roi_align is linear in the image: it and its gradient are each other's. roi_pool picks by position, so its gradient is index_select's.
 * Holds: boxes become rows {image from 1, x1, y1, x2, y2} before the fused ops see them; they get no gradient, as in torchvision.
 * Read next: kernels/cpu/detection.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/detection.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <string.h>

/* A list of boxes, one of each image, as rows that begin with the image. */
static lun_tensor *from_list(const lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    lun_tensor *x = c->in[0], *all = NULL;
    if (c->n_in - 1 != x->dims[0])
        return lun_fail(LUN_E_SHAPE, "one tensor of boxes for each image", "%d lists of boxes for %lld images", c->n_in - 1, (long long)x->dims[0]);
    for (int i = 1; i < c->n_in; i++) {
        lun_tensor *b = c->in[i];
        if (b->ndim != 2 || b->dims[1] != 4)
            return lun_fail(LUN_E_SHAPE, "a box is {x1, y1, x2, y2}", "the boxes of image %d must be [k, 4], got %s", i, lun_tensor_text(b, text));
        lun_tensor *image = lun_full(2, (int64_t[]){b->dims[0], 1}, (double)i, (lun_dtype)b->dtype, lun_tensor_device(b));
        lun_tensor *rows = lun_cat(2, (lun_tensor *[]){image, lun_detach(b)}, 1);
        all = all ? lun_cat(2, (lun_tensor *[]){all, rows}, 0) : rows;
        if (!all) return NULL;
    }
    return all;
}

static lun_tensor *rows_of(const lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    lun_tensor *x = c->in[0], *b = c->in[1];
    if (x->ndim != 4) return lun_fail(LUN_E_SHAPE, "x is [n, channels, h, w]", "x %s must have 4 dims", lun_tensor_text(x, text));
    if (c->n_in > 2 || (b->ndim == 2 && b->dims[1] == 4)) b = from_list(c);
    else if (b->ndim != 2 || b->dims[1] != 5)
        return lun_fail(LUN_E_SHAPE, "rows {image, x1, y1, x2, y2}, or a list of [k, 4]", "boxes must be [k, 5], got %s", lun_tensor_text(b, text));
    if (!b) return NULL;
    for (int64_t i = 0; i < b->dims[0]; i++) {
        double image = lun_get_double(b, 5 * i);
        if (!(image >= 1 && image <= (double)x->dims[0]))
            return lun_fail(LUN_E_INDEX, "images count from 1", "box %lld is of image %g, outside 1..%lld", (long long)i + 1, image,
                    (long long)x->dims[0]);
    }
    return lun_to_dtype(lun_detach(b), x->dtype == LUN_F64 ? LUN_F64 : LUN_F32);
}

static bool cells(const lun_call *c, int64_t out[2])
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    out[0] = n ? size[0] : 0;
    out[1] = n == 2 ? size[1] : out[0];
    if ((n == 1 || n == 2) && out[0] > 0 && out[1] > 0) return true;
    return lun_fail(LUN_E_ARGUMENT, "output_size is a number or {height, width}", "output_size must be one or two positive numbers");
}

static void result(lun_call *c, const lun_tensor *x, lun_dtype dtype)
{
    const int64_t *size;
    lun_param_ints(&c->params, 0, &size);
    lun_result(c, 0, dtype, 4, (int64_t[]){c->in[1]->dims[0], x->dims[1], size[0], size[1]});
}

bool lun_compose_roi_align(lun_call *c)
{
    int64_t size[2];
    lun_call k;
    lun_tensor *boxes = cells(c, size) ? rows_of(c) : NULL;
    lun_nn_begin(&k, LUN_OP_roi_cells, 2, (lun_tensor *[]){c->in[0], boxes});
    lun_params_ints(&k.params, 2, size);
    lun_nn_copy_params(&k.params, &c->params, 1, 3);
    return lun_composed(c, lun_apply1(&k));
}

bool lun_infer_roi_cells(lun_call *c)
{
    result(c, c->in[0], (lun_dtype)c->in[0]->dtype);
    return true;
}

void lun_vjp_roi_cells(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call k;
    lun_nn_begin(&k, LUN_OP_roi_cells_gradient, 2, (lun_tensor *[]){g[0], lun_saved_in(n, 1)});
    lun_params_ints(&k.params, 4, n->in_spec[0].dims);
    lun_nn_copy_params(&k.params, n->params, 1, 3);
    dx[0] = lun_apply1(&k);
}

bool lun_infer_roi_cells_gradient(lun_call *c)
{
    const int64_t *size;
    lun_param_ints(&c->params, 0, &size);
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, 4, size);
    return true;
}

void lun_vjp_roi_cells_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call k;
    lun_nn_begin(&k, LUN_OP_roi_cells, 2, (lun_tensor *[]){g[0], lun_saved_in(n, 1)});
    lun_params_ints(&k.params, 2, &n->in_spec[0].dims[2]);
    lun_nn_copy_params(&k.params, n->params, 1, 3);
    dx[0] = lun_apply1(&k);
}

bool lun_infer_roi_largest(lun_call *c)
{
    result(c, c->in[0], LUN_I64);
    return true;
}

bool lun_compose_roi_pool(lun_call *c)
{
    int64_t size[2];
    lun_call k;
    lun_tensor *x = c->in[0], *boxes = cells(c, size) ? rows_of(c) : NULL;
    lun_nn_begin(&k, LUN_OP_roi_largest, 2, (lun_tensor *[]){x ? lun_detach(x) : NULL, boxes});
    lun_params_ints(&k.params, 2, size);
    lun_nn_copy_params(&k.params, &c->params, 1, 1);
    lun_tensor *at = lun_apply1(&k);
    if (!at) return false;
    if (!at->numel || !x->numel) return lun_composed(c, lun_full(4, at->dims, 0, (lun_dtype)x->dtype, lun_tensor_device(x)));
    lun_tensor *flat = lun_flat(at);
    lun_tensor *picked = lun_index_select(lun_flat(x), 0, lun_maximum(flat, lun_tensor_integer(1)));
    return lun_composed(c, lun_reshape(lun_masked_fill(picked, lun_eq(flat, lun_tensor_integer(0)), 0), 4, at->dims));
}
