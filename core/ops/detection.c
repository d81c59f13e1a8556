/* detection.c - boxes: areas, overlaps, forms, and which to keep
 *
 * Holds: whole-number boxes are computed with as float32, but for box_area, clip and conversion, which keep their dtype where they can.
 * Read next: kernels/cpu/detection.c, core/ops/detection_regions.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/detection.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

/* Are boxes [*, 4], of `ndim` dims (0: any)? */
static bool are_boxes(const lun_tensor *x, const char *name, int ndim)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim && x->dims[x->ndim - 1] == 4 && (!ndim || x->ndim == ndim)) return true;
    return lun_fail(LUN_E_SHAPE, "a box is {x1, y1, x2, y2}", "%s must be %s, got %s", name, ndim ? "[n, 4]" : "[..., 4]", lun_tensor_text(x, text));
}

static lun_tensor *column(lun_tensor *x, int k) { return lun_select(x, -1, k); }
static lun_tensor *span(lun_tensor *x, int low, int high) { return lun_sub(column(x, high), column(x, low)); }
static lun_tensor *area(lun_tensor *x) { return lun_mul(span(x, 0, 2), span(x, 1, 3)); }

bool lun_compose_box_area(lun_call *c) { return are_boxes(c->in[0], "x", 2) && lun_composed(c, area(c->in[0])); }

/* ---- pairs of boxes ---- */

typedef struct pairs { lun_tensor *a, *b, *overlap, *together; } pairs; /* areas [n, m] of what both cover, and of what one does */

static lun_tensor *as_float(lun_tensor *x) { return x && !lun_dtype_is_float((lun_dtype)x->dtype) ? lun_to_dtype(x, LUN_F32) : x; }

/* Column k of a against column k of b, the larger or smaller one, [n, m]. */
static lun_tensor *corner(const pairs *p, int k, bool larger)
{
    lun_tensor *a = lun_unsqueeze(column(p->a, k), 1), *b = lun_unsqueeze(column(p->b, k), 0);
    return larger ? lun_maximum(a, b) : lun_minimum(a, b);
}

static lun_tensor *positive(lun_tensor *x) { return lun_maximum(x, lun_number(0)); }

static bool measure(pairs *p)
{
    lun_tensor *w = positive(lun_sub(corner(p, 2, false), corner(p, 0, true))), *h = positive(lun_sub(corner(p, 3, false), corner(p, 1, true)));
    p->overlap = lun_mul(w, h);
    p->together = lun_sub(lun_add(lun_unsqueeze(area(p->a), 1), lun_unsqueeze(area(p->b), 0)), p->overlap);
    return p->overlap && p->together;
}

/* Width and height of the smallest box around both. */
static void around(const pairs *p, lun_tensor **w, lun_tensor **h)
{
    *w = positive(lun_sub(corner(p, 2, true), corner(p, 0, false)));
    *h = positive(lun_sub(corner(p, 3, true), corner(p, 1, false)));
}

static lun_tensor *generalized(const pairs *p, lun_tensor *iou)
{
    lun_tensor *w, *h;
    around(p, &w, &h);
    lun_tensor *whole = lun_mul(w, h);
    return lun_sub(iou, lun_div(lun_sub(whole, p->together), whole));
}

/* Half the sum of columns j and k */
static lun_tensor *middle(lun_tensor *x, int j, int k) { return lun_mul_number(lun_add(column(x, j), column(x, k)), 0.5); }

static lun_tensor *distance(const pairs *p, lun_tensor *iou, double eps)
{
    lun_tensor *w, *h;
    around(p, &w, &h);
    lun_tensor *diagonal = lun_add_number(lun_add(lun_square(w), lun_square(h)), eps);
    lun_tensor *dx = lun_sub(lun_unsqueeze(middle(p->a, 0, 2), 1), lun_unsqueeze(middle(p->b, 0, 2), 0));
    lun_tensor *dy = lun_sub(lun_unsqueeze(middle(p->a, 1, 3), 1), lun_unsqueeze(middle(p->b, 1, 3), 0));
    return lun_sub(iou, lun_div(lun_add(lun_square(dx), lun_square(dy)), diagonal));
}

/* Angle of the diagonal: arctan(width / height) */
static lun_tensor *angle(lun_tensor *x) { return lun_atan(lun_div(span(x, 0, 2), span(x, 1, 3))); }

/* The weight of the term for ratios is no part of the graph. */
static lun_tensor *complete(const pairs *p, lun_tensor *iou, double eps)
{
    const double pi = 3.14159265358979323846;
    lun_tensor *turn = lun_sub(lun_unsqueeze(angle(p->a), 1), lun_unsqueeze(angle(p->b), 0)), *v = lun_mul_number(lun_square(turn), 4 / (pi * pi));
    if (!v || !iou) return NULL;
    lun_tensor *fixed = lun_detach(v);
    lun_tensor *weight = lun_div(fixed, lun_add_number(lun_add(lun_add_number(lun_neg(lun_detach(iou)), 1), fixed), eps));
    return lun_sub(distance(p, iou, eps), lun_mul(weight, v));
}

bool lun_compose_box_iou(lun_call *c)
{
    if (!are_boxes(c->in[0], "x", 2) || !are_boxes(c->in[1], "boxes2", 2)) return false;
    pairs p = {.a = as_float(c->in[0]), .b = as_float(c->in[1])};
    if (!p.a || !p.b || !measure(&p)) return false;
    lun_tensor *iou = lun_div(p.overlap, p.together);
    double eps = lun_param_float(&c->params, 0, 1e-7);
    switch (c->op->id) {
    case LUN_OP_generalized_box_iou: return lun_composed(c, generalized(&p, iou));
    case LUN_OP_distance_box_iou: return lun_composed(c, distance(&p, iou, eps));
    case LUN_OP_complete_box_iou: return lun_composed(c, complete(&p, iou, eps));
    default: return lun_composed(c, iou);
    }
}

/* ---- forms ---- */

static int format_of(const lun_call *c, int k)
{
    static const char *const words[] = {"xyxy", "xywh", "cxcywh"};
    const char *word = lun_param_string(&c->params, k, "");
    for (int i = 0; i < 3; i++)
        if (!strcmp(word, words[i])) return i;
    lun_fail(LUN_E_ARGUMENT, "\"xyxy\", \"xywh\" or \"cxcywh\"", "there is no form \"%s\" of boxes", word);
    return -1;
}

static lun_tensor *halved(lun_tensor *x) { return lun_mul_number(x, 0.5); }
static lun_tensor *joined(lun_tensor *a, lun_tensor *b, lun_tensor *c, lun_tensor *d) { return lun_stack(4, (lun_tensor *[]){a, b, c, d}, -1); }

static lun_tensor *to_corners(lun_tensor *x, int form)
{
    lun_tensor *a = column(x, 0), *b = column(x, 1), *w = column(x, 2), *h = column(x, 3);
    if (form == 0) return x;
    if (form == 1) return joined(a, b, lun_add(a, w), lun_add(b, h));
    return joined(lun_sub(a, halved(w)), lun_sub(b, halved(h)), lun_add(a, halved(w)), lun_add(b, halved(h)));
}

static lun_tensor *from_corners(lun_tensor *x, int form)
{
    if (form == 0 || !x) return x;
    if (form == 1) return joined(column(x, 0), column(x, 1), span(x, 0, 2), span(x, 1, 3));
    return joined(middle(x, 0, 2), middle(x, 1, 3), span(x, 0, 2), span(x, 1, 3));
}

bool lun_compose_box_convert(lun_call *c)
{
    int in = format_of(c, 0), out = in < 0 ? -1 : format_of(c, 1);
    if (out < 0 || !are_boxes(c->in[0], "x", 0)) return false;
    if (in == out) return lun_composed(c, lun_clone(c->in[0]));
    return lun_composed(c, from_corners(to_corners(c->in[0], in), out));
}

bool lun_compose_clip_boxes(lun_call *c)
{
    const int64_t *size;
    int n = lun_param_ints(&c->params, 0, &size);
    if (n != 2 || size[0] < 0 || size[1] < 0)
        return lun_fail(LUN_E_ARGUMENT, "size is {height, width}", "size needs two numbers that are not negative, got %d", n), false;
    if (!are_boxes(c->in[0], "x", 0)) return false;
    lun_tensor *parts[4];
    for (int k = 0; k < 4; k++)
        parts[k] = lun_minimum(lun_maximum(column(c->in[0], k), lun_tensor_integer(0)), lun_tensor_integer(k % 2 ? size[0] : size[1]));
    return lun_composed(c, joined(parts[0], parts[1], parts[2], parts[3]));
}

/* ---- which to keep ---- */

bool lun_compose_remove_small_boxes(lun_call *c)
{
    lun_tensor *least = lun_number(lun_param_float(&c->params, 0, 0));
    if (!are_boxes(c->in[0], "x", 2)) return false;
    lun_tensor *keep = lun_logical_and(lun_ge(span(c->in[0], 0, 2), least), lun_ge(span(c->in[0], 1, 3), least));
    lun_tensor *at = lun_call1(LUN_OP_nonzero, keep);
    return at && lun_composed(c, lun_reshape(at, 1, &at->dims[0]));
}

bool lun_infer_nms_keep(lun_call *c)
{
    lun_result(c, 0, LUN_BOOL, 1, &c->in[1]->dims[0]);
    return true;
}

bool lun_compose_nms(lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    bool classes = c->op->id == LUN_OP_batched_nms;
    lun_tensor *x = c->in[0], *scores = c->in[1], *of = classes ? c->in[2] : LUN_NONE;
    if (!are_boxes(x, "x", 2)) return false;
    for (int i = 1; i < (classes ? 3 : 2); i++)
        if (c->in[i]->ndim != 1 || c->in[i]->dims[0] != x->dims[0])
            return lun_fail(LUN_E_SHAPE, "one for each box", "%s %s does not fit %lld boxes", c->op->arg[i].name, lun_tensor_text(c->in[i], text),
                            (long long)x->dims[0]), false;
    if (classes && lun_dtype_is_float((lun_dtype)of->dtype))
        return lun_fail(LUN_E_DTYPE, "idxs:long() converts to int64", "idxs must be whole numbers, got %s", lun_dtypes[of->dtype].name), false;
    if (!x->dims[0]) return lun_composed(c, lun_full(1, x->dims, 0, LUN_I64, lun_tensor_device(x)));
    lun_call k;
    lun_nn_begin(&k, LUN_OP_argsort, 1, &scores);
    lun_params_int(&k.params, 0);
    lun_params_bool(&k.params, true);
    lun_params_bool(&k.params, true);
    lun_tensor *order = lun_apply1(&k);
    lun_nn_begin(&k, LUN_OP_nms_keep, 3, (lun_tensor *[]){as_float(x), order, of});
    lun_params_float(&k.params, lun_param_float(&c->params, 0, 0.5));
    lun_tensor *keep = lun_apply1(&k);
    return keep && lun_composed(c, lun_index(order, keep));
}
