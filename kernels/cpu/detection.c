/* detection.c - non-maximum suppression, and the cells of regions
 *
 * Holds: boxes come as rows {image from 1, x1, y1, x2, y2}; a piece of work is a box (forward), or an image (gradient), so sums have one
 * order. How many points a cell may have is bounded. Read next: core/ops/detection.c, core/ops/detection_regions.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/error.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>


/* ---- nms ---- */

typedef struct box { double x1, y1, x2, y2, area; int64_t of; } box;

/* In the arithmetic of the boxes' dtype: float32 rounds at each step, as elsewhere. */
static double rounded(bool wide, double v) { return wide ? v : (double)(float)v; }

static box box_at(bool wide, const void *data, int64_t row, const lun_tensor *classes)
{
    double at[4];
    for (int k = 0; k < 4; k++) at[k] = lun_dense_get(wide, data, 4 * row + k);
    box b = {at[0], at[1], at[2], at[3], 0, 0};
    b.area = rounded(wide, rounded(wide, b.x2 - b.x1) * rounded(wide, b.y2 - b.y1));
    if (!lun_is_none(classes)) b.of = lun_get_integer(classes, row);
    return b;
}

static bool overlaps(bool wide, const box *a, const box *b, double most)
{
    if (a->of != b->of) return false;
    double w = rounded(wide, fmin(a->x2, b->x2) - fmax(a->x1, b->x1)), h = rounded(wide, fmin(a->y2, b->y2) - fmax(a->y1, b->y1));
    double both = rounded(wide, (w > 0 ? w : 0) * (h > 0 ? h : 0));
    return rounded(wide, both / rounded(wide, rounded(wide, a->area + b->area) - both)) > most;
}

bool lun_cpu_nms_keep(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open_but(&f, c, 1U << 2)) return false;
    bool wide = f.type == LUN_F64, done = true;
    const int64_t *order = f.in[1].data;
    uint8_t *keep = f.out[0].data;
    int64_t n = c->in[1]->numel;
    const double most = lun_param_float(&c->params, 0, 0.5);
    memset(keep, 1, (size_t)n);
    for (int64_t i = 0; i < n && done; i++) {
        if (!keep[i]) continue;
        box a = box_at(wide, f.in[0].data, order[i] - 1, c->in[2]);
        for (int64_t k = i + 1; k < n; k++) {
            if (!keep[k]) continue;
            box b = box_at(wide, f.in[0].data, order[k] - 1, c->in[2]);
            if (overlaps(wide, &a, &b, most)) keep[k] = 0;
        }
        done = !lun_interrupted();
    }
    return lun_frame_close(&f, done);
}

/* ---- regions ---- */

typedef struct job {
    bool wide, aligned, backward;
    int64_t images, channels, h, w, out_h, out_w, boxes;
    double scale;
    int64_t ratio;
    const void *x, *rows;
    void *to;
    int64_t *positions;
} job;

typedef struct region { int64_t image, grid_h, grid_w; double x, y, cell_w, cell_h; } region;

enum { MOST_POINTS = 1 << 20 };

static region region_at(const job *j, int64_t k)
{
    double v[5], offset = j->aligned ? 0.5 : 0;
    for (int i = 0; i < 5; i++) v[i] = lun_dense_get(j->wide, j->rows, 5 * k + i);
    double w = v[3] * j->scale - v[1] * j->scale, h = v[4] * j->scale - v[2] * j->scale;
    if (!j->aligned) {
        w = w > 1 ? w : 1;
        h = h > 1 ? h : 1;
    }
    region r = {.image = (int64_t)v[0] - 1, .x = v[1] * j->scale - offset, .y = v[2] * j->scale - offset, .cell_w = w / (double)j->out_w,
                .cell_h = h / (double)j->out_h};
    double grid_h = j->ratio > 0 ? (double)j->ratio : ceil(r.cell_h), grid_w = j->ratio > 0 ? (double)j->ratio : ceil(r.cell_w);
    r.grid_h = grid_h >= 0 && grid_h <= MOST_POINTS ? (int64_t)grid_h : grid_h != grid_h || grid_h > 0 ? -1 : 0;
    r.grid_w = grid_w >= 0 && grid_w <= MOST_POINTS ? (int64_t)grid_w : grid_w != grid_w || grid_w > 0 ? -1 : 0;
    return r;
}

/* A cell with too many points would take for ever, and says nothing. */
static bool check_regions(const job *j)
{
    for (int64_t k = 0; k < j->boxes; k++) {
        region r = region_at(j, k);
        if (r.grid_h < 0 || r.grid_w < 0 || r.grid_h * r.grid_w > MOST_POINTS)
            return lun_fail(LUN_E_ARGUMENT, "clip_boxes_to_image, or a sampling_ratio", "box %lld is too large for x (or not a number)",
                    (long long)k + 1);
    }
    return true;
}

/* Reads plane at (y, x) between pixels, or adds g there. */
typedef struct point { int64_t at[4]; double weight[4]; } point;

static bool point_at(const job *j, double y, double x, point *p)
{
    if (!(y >= -1 && y <= (double)j->h && x >= -1 && x <= (double)j->w)) return false;
    y = y < 0 ? 0 : y;
    x = x < 0 ? 0 : x;
    int64_t y0 = (int64_t)y, x0 = (int64_t)x, y1 = y0 + 1, x1 = x0 + 1;
    if (y0 >= j->h - 1) y = (double)(y0 = y1 = j->h - 1);
    if (x0 >= j->w - 1) x = (double)(x0 = x1 = j->w - 1);
    double dy = y - (double)y0, dx = x - (double)x0;
    *p = (point){{y0 * j->w + x0, y0 * j->w + x1, y1 * j->w + x0, y1 * j->w + x1}, {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx}};
    return true;
}

static void one_point(const job *j, const region *r, int64_t k, int64_t cell, const point *p, double share)
{
    int64_t plane = j->h * j->w, size = j->out_h * j->out_w;
    for (int64_t ch = 0; ch < j->channels; ch++) {
        int64_t in = (r->image * j->channels + ch) * plane, out = (k * j->channels + ch) * size + cell;
        if (j->backward) {
            double g = lun_dense_get(j->wide, j->x, out) * share;
            for (int i = 0; i < 4; i++) {
                if (j->wide) ((double *)j->to)[in + p->at[i]] += g * p->weight[i];
                else ((float *)j->to)[in + p->at[i]] += (float)(g * p->weight[i]);
            }
        } else {
            double v = 0;
            for (int i = 0; i < 4; i++) v += lun_dense_get(j->wide, j->x, in + p->at[i]) * p->weight[i];
            if (j->wide) ((double *)j->to)[out] += v * share;
            else ((float *)j->to)[out] += (float)(v * share);
        }
    }
}

static void one_box(const job *j, int64_t k)
{
    region r = region_at(j, k);
    int64_t count = r.grid_h * r.grid_w;
    double share = 1 / (double)(count > 1 ? count : 1);
    for (int64_t cell = 0; cell < j->out_h * j->out_w; cell++)
        for (int64_t i = 0; i < count; i++) {
            point p;
            double y = r.y + ((double)(cell / j->out_w) + ((double)(i / r.grid_w) + 0.5) / (double)r.grid_h) * r.cell_h;
            double x = r.x + ((double)(cell % j->out_w) + ((double)(i % r.grid_w) + 0.5) / (double)r.grid_w) * r.cell_w;
            if (point_at(j, y, x, &p)) one_point(j, &r, k, cell, &p, share);
        }
}

static void box_piece(int64_t k, void *argument) { one_box(argument, k); }

static void image_piece(int64_t image, void *argument)
{
    const job *j = argument;
    for (int64_t k = 0; k < j->boxes; k++)
        if (region_at(j, k).image == image) one_box(j, k);
}

static job begin(const lun_frame *f, const lun_tensor *image, const lun_tensor *cells, const lun_tensor *rows)
{
    const lun_params *p = &f->call->params;
    return (job){.wide = f->type == LUN_F64, .images = image->dims[0], .channels = image->dims[1], .h = image->dims[2], .w = image->dims[3],
                 .out_h = cells->dims[2], .out_w = cells->dims[3], .boxes = rows->dims[0], .scale = lun_param_float(p, 1, 1),
                 .ratio = lun_param_int(p, 2, -1), .aligned = lun_param_bool(p, 3, false), .rows = f->in[1].data};
}

static double work(const job *j) { return 40.0 * (double)j->boxes * (double)j->channels * (double)(j->out_h * j->out_w); }

bool lun_cpu_roi_cells(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0], c->out[0], c->in[1]);
    j.x = f.in[0].data;
    j.to = memset(f.out[0].data, 0, (size_t)c->out[0]->numel * lun_dtype_size(f.type));
    return lun_frame_close(&f, check_regions(&j) && lun_parallel(j.boxes, box_piece, &j, work(&j)));
}

bool lun_cpu_roi_cells_gradient(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->out[0], c->in[0], c->in[1]);
    j.backward = true;
    j.x = f.in[0].data;
    j.to = memset(f.out[0].data, 0, (size_t)c->out[0]->numel * lun_dtype_size(f.type));
    return lun_frame_close(&f, check_regions(&j) && lun_parallel(j.images, image_piece, &j, work(&j)));
}

/* ---- roi_pool ---- */

static int64_t clipped(double v, int64_t most) { return !(v > 0) ? 0 : v < (double)most ? (int64_t)v : most; }

/* The largest value of a window of a plane; its position there, -1 for none. */
static int64_t largest(const job *j, int64_t plane, int64_t y0, int64_t y1, int64_t x0, int64_t x1)
{
    int64_t at = -1;
    double best = 0;
    for (int64_t y = y0; y < y1; y++)
        for (int64_t x = x0; x < x1; x++) {
            double v = lun_dense_get(j->wide, j->x, plane + y * j->w + x);
            if (at >= 0 && !(v > best)) continue;
            best = v;
            at = y * j->w + x;
        }
    return at;
}

static void pool_piece(int64_t k, void *argument)
{
    const job *j = argument;
    double v[5];
    for (int i = 0; i < 5; i++) v[i] = i ? round(lun_dense_get(j->wide, j->rows, 5 * k + i) * j->scale) : lun_dense_get(j->wide, j->rows, 5 * k);
    double w = v[3] - v[1] + 1, h = v[4] - v[2] + 1;
    double cell_w = (w > 1 ? w : 1) / (double)j->out_w, cell_h = (h > 1 ? h : 1) / (double)j->out_h;
    for (int64_t ch = 0; ch < j->channels; ch++)
        for (int64_t cell = 0; cell < j->out_h * j->out_w; cell++) {
            double py = (double)(cell / j->out_w), px = (double)(cell % j->out_w);
            int64_t y0 = clipped(floor(py * cell_h) + v[2], j->h), y1 = clipped(ceil((py + 1) * cell_h) + v[2], j->h);
            int64_t x0 = clipped(floor(px * cell_w) + v[1], j->w), x1 = clipped(ceil((px + 1) * cell_w) + v[1], j->w);
            int64_t plane = (((int64_t)v[0] - 1) * j->channels + ch) * j->h * j->w, at = largest(j, plane, y0, y1, x0, x1);
            j->positions[(k * j->channels + ch) * j->out_h * j->out_w + cell] = at < 0 ? 0 : plane + at + 1;
        }
}

bool lun_cpu_roi_largest(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0], c->out[0], c->in[1]);
    j.x = f.in[0].data;
    j.positions = f.out[0].data;
    return lun_frame_close(&f, lun_parallel(j.boxes, pool_piece, &j, work(&j)));
}
