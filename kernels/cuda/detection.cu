/* detection.cu - non-maximum suppression, and the cells of regions
 *
 * Suppression goes through the boxes in their order, in one block, each kept box against all that follow. A thread makes a
 * cell of a region, or, for the gradient, a pixel: it looks through the boxes for points that read it.
 * Holds: boxes come as rows {image from 1, x1, y1, x2, y2}. Read next: kernels/cpu/detection.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/dense.h"

#include <math.h>

/* ---- nms ---- */

enum { NMS_THREADS = 1024 };

template <class T> struct box {
    T x1, y1, x2, y2, area;
    int64_t of;
};

template <class T> static __device__ box<T> box_at(const T *boxes, const int64_t *classes, int64_t row)
{
    box<T> b = {boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3], 0, classes ? classes[row] : 0};
    b.area = (b.x2 - b.x1) * (b.y2 - b.y1);
    return b;
}

template <class T> static __device__ bool overlaps(const box<T> &a, const box<T> &b, double most)
{
    if (a.of != b.of) return false;
    T w = fmin(a.x2, b.x2) - fmax(a.x1, b.x1), h = fmin(a.y2, b.y2) - fmax(a.y1, b.y1),
      both = (w > 0 ? w : 0) * (h > 0 ? h : 0);
    return (double)(both / ((a.area + b.area) - both)) > most;
}

/* One block. order counts from 1. */
template <class T>
static __global__ void __launch_bounds__(NMS_THREADS)
    suppress(uint8_t *keep, const T *boxes, const int64_t *order, const int64_t *classes, int64_t n, double most)
{
    volatile uint8_t *kept = keep;
    for (int64_t k = threadIdx.x; k < n; k += NMS_THREADS) kept[k] = 1;
    __syncthreads();
    for (int64_t i = 0; i < n; i++) {
        if (!kept[i]) continue; /* decided by the boxes before, so the same for all threads */
        box<T> a = box_at(boxes, classes, order[i] - 1);
        for (int64_t k = i + 1 + threadIdx.x; k < n; k += NMS_THREADS)
            if (kept[k] && overlaps(a, box_at(boxes, classes, order[k] - 1), most)) kept[k] = 0;
        __syncthreads();
    }
}

extern "C" bool lun_cuda_nms_keep(lun_call *c)
{
    lun_dtype t = c->in[0]->dtype == LUN_F64 ? LUN_F64 : LUN_F32;
    const lun_tensor *boxes = lun_cuda_dense(c->in[0], t), *order = lun_cuda_dense(c->in[1], LUN_I64);
    const lun_tensor *classes = lun_is_none(c->in[2]) ? NULL : lun_cuda_dense(c->in[2], LUN_I64);
    if (!boxes || !order || (!lun_is_none(c->in[2]) && !classes)) return false;
    return lun_by_float(t, [&](auto tag) {
        using T = lun_wide<typename decltype(tag)::type>;
        return lun_cuda_launch("nms", suppress<T>, 1, NMS_THREADS, 0, lun_at<uint8_t>(c->out[0]), lun_at<T>(boxes),
                               lun_at<int64_t>(order), classes ? lun_at<int64_t>(classes) : (const int64_t *)NULL,
                               order->numel, lun_param_float(&c->params, 0, 0.5));
    });
}

/* ---- regions ---- */

enum { MOST_POINTS = 1 << 20 };

struct regions {
    bool aligned;
    int64_t channels, h, w, out_h, out_w, boxes, ratio;
    double scale;
};

/* One side of a region: where it begins, how long a cell is, and points per cell; -1: too many, or not a number. */
struct side {
    double from, cell;
    int64_t points;
};

static __device__ side side_at(const regions &r, double from, double to, int64_t cells)
{
    double length = to * r.scale - from * r.scale;
    if (!r.aligned) length = length > 1 ? length : 1;
    side s = {from * r.scale - (r.aligned ? 0.5 : 0), length / (double)cells, 0};
    double points = r.ratio > 0 ? (double)r.ratio : ceil(s.cell);
    s.points = points >= 0 && points <= MOST_POINTS ? (int64_t)points : points != points || points > 0 ? -1 : 0;
    return s;
}
template <class T> static __device__ side rows_of(const regions &r, const T *box)
{
    return side_at(r, (double)lun_load(box[2]), (double)lun_load(box[4]), r.out_h);
}
template <class T> static __device__ side columns_of(const regions &r, const T *box)
{
    return side_at(r, (double)lun_load(box[1]), (double)lun_load(box[3]), r.out_w);
}

/* bad becomes the number (from 1) of the first box that is too large, or stays 0. */
template <class T> static __global__ void find_too_large(unsigned *bad, const T *boxes, regions r)
{
    for (int64_t k = lun_thread<int64_t>(); k < r.boxes; k += lun_threads<int64_t>()) {
        side y = rows_of(r, boxes + 5 * k), x = columns_of(r, boxes + 5 * k);
        if (y.points < 0 || x.points < 0 || y.points * x.points > MOST_POINTS) atomicMax(bad, 0xffffffffU - (unsigned)k);
    }
}

/* A cell with too many points would take for ever, and says nothing. Waits for the device, unless the number of points was
 * given. */
template <class T> static bool check_regions(const lun_tensor *boxes, const regions &r)
{
    if (r.ratio > 0 && r.ratio <= MOST_POINTS / r.ratio) return true;
    unsigned bad = 0, *found = lun_cuda_room<unsigned>(boxes, 1);
    if (!found || !lun_cuda_zero(found, sizeof *found) ||
        !lun_cuda_over("roi_align", find_too_large<T>, r.boxes, found, lun_at<T>(boxes), r) ||
        !lun_backends[LUN_CUDA]->to_host(&bad, found, sizeof bad, lun_tensor_device(boxes).index))
        return false;
    if (!bad) return true;
    lun_fail(LUN_E_ARGUMENT, "clip_boxes_to_image, or a sampling_ratio", "box %u is too large for x (or not a number)",
             0xffffffffU - bad + 1);
    return false;
}

/* Point m of a side, counted through all cells: the two positions it reads and how much of each. False outside. */
struct reading {
    int64_t at[2];
    double w[2];
};
static __device__ bool point_at(const side &s, int64_t m, int64_t size, reading *p)
{
    double cell = (double)(m / s.points), at = s.from + (cell + ((double)(m % s.points) + 0.5) / (double)s.points) * s.cell;
    if (!(at >= -1 && at <= (double)size)) return false;
    at = at < 0 ? 0 : at;
    int64_t whole = (int64_t)at;
    bool edge = whole >= size - 1;
    if (edge) at = (double)(whole = size - 1);
    p->at[0] = whole;
    p->at[1] = edge ? whole : whole + 1;
    p->w[1] = at - (double)whole;
    p->w[0] = 1 - p->w[1];
    return true;
}

static __device__ double share_of(const side &y, const side &x)
{
    int64_t count = y.points * x.points;
    return 1 / (double)(count > 1 ? count : 1);
}

/* A place of the result: which box, channel and cell. */
struct cell_place {
    int64_t box, channel, row, column;
};
static __device__ cell_place cell_of(const regions &r, int64_t t)
{
    int64_t line = lun_divide(t, r.out_w), plane = lun_divide(line, r.out_h), box = lun_divide(plane, r.channels);
    return cell_place{box, plane - box * r.channels, line - plane * r.out_h, t - line * r.out_w};
}

template <class T> static __global__ void read_cells(T *to, const T *x, const T *boxes, int64_t n, regions r)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        cell_place c = cell_of(r, t);
        const T *box = boxes + 5 * c.box;
        side sy = rows_of(r, box), sx = columns_of(r, box);
        const T *plane = x + (((int64_t)lun_load(box[0]) - 1) * r.channels + c.channel) * r.h * r.w;
        double sum = 0;
        for (int64_t a = 0; a < sy.points; a++)
            for (int64_t b = 0; b < sx.points; b++) {
                reading y, p;
                if (!point_at(sy, c.row * sy.points + a, r.h, &y) || !point_at(sx, c.column * sx.points + b, r.w, &p))
                    continue;
                for (int i = 0; i < 4; i++)
                    sum += (double)lun_load(plane[y.at[i / 2] * r.w + p.at[i % 2]]) * (y.w[i / 2] * p.w[i % 2]);
            }
        to[t] = lun_store<T>((lun_wide<T>)(sum * share_of(sy, sx)));
    }
}

/* Points first..last of a side are those that can read a position: all nearer than 1 to it. */
static __device__ void points_near(const side &s, int64_t position, int64_t cells, int64_t *first, int64_t *last)
{
    const int64_t all = cells * s.points;
    double step = s.points ? s.cell / (double)s.points : 0, low = ((double)position - 1 - s.from) / step,
           high = ((double)position + 1 - s.from) / step;
    *first = 0;
    *last = all - 1;
    if (!(fabs(low) < 1e15 && fabs(high) < 1e15)) return;
    double from = floor(fmin(low, high) - 0.5) - 1, to = ceil(fmax(low, high) - 0.5) + 1;
    if (from > 0) *first = from < (double)all ? (int64_t)from : all;
    if (to < (double)(all - 1)) *last = to < 0 ? -1 : (int64_t)to;
}

static __device__ double weight_at(const side &s, int64_t m, int64_t size, int64_t position)
{
    reading p;
    if (!point_at(s, m, size, &p)) return 0;
    return (p.at[0] == position ? p.w[0] : 0) + (p.at[1] == position ? p.w[1] : 0);
}

/* A thread for each element of the images. */
template <class T> static __global__ void cells_gradient(T *to, const T *g, const T *boxes, int64_t n, regions r)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        int64_t row = lun_divide(t, r.w), column = t - row * r.w, plane = lun_divide(row, r.h),
                image = lun_divide(plane, r.channels);
        double sum = 0;
        row -= plane * r.h;
        for (int64_t k = 0; k < r.boxes; k++) {
            const T *box = boxes + 5 * k;
            if ((int64_t)lun_load(box[0]) - 1 != image) continue;
            side sy = rows_of(r, box), sx = columns_of(r, box);
            int64_t y0, y1, x0, x1;
            points_near(sy, row, r.out_h, &y0, &y1);
            points_near(sx, column, r.out_w, &x0, &x1);
            const T *cells = g + (k * r.channels + plane - image * r.channels) * r.out_h * r.out_w;
            for (int64_t a = y0; a <= y1; a++) {
                double wy = weight_at(sy, a, r.h, row);
                for (int64_t b = x0; b <= x1 && wy != 0; b++) {
                    double w = wy * weight_at(sx, b, r.w, column);
                    if (w != 0)
                        sum += (double)lun_load(cells[a / sy.points * r.out_w + b / sx.points]) * share_of(sy, sx) * w;
                }
            }
        }
        to[t] = lun_store<T>((lun_wide<T>)sum);
    }
}

static regions regions_of(const lun_call *c, const lun_tensor *image, const lun_tensor *cells, const lun_tensor *boxes)
{
    const lun_params *p = &c->params;
    return regions{lun_param_bool(p, 3, false),
                   image->dims[1],
                   image->dims[2],
                   image->dims[3],
                   cells->dims[2],
                   cells->dims[3],
                   boxes->dims[0],
                   lun_param_int(p, 2, -1),
                   lun_param_float(p, 1, 1)};
}

extern "C" bool lun_cuda_roi_cells(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype),
                     *boxes = lun_cuda_dense(c->in[1], (lun_dtype)out->dtype);
    return x && boxes && lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               const regions r = regions_of(c, x, out, boxes);
               return check_regions<T>(boxes, r) && lun_cuda_over("roi_align", read_cells<T>, out->numel, lun_at<T>(out),
                                                                  lun_at<T>(x), lun_at<T>(boxes), out->numel, r);
           });
}

extern "C" bool lun_cuda_roi_cells_gradient(lun_call *c)
{
    const lun_tensor *out = c->out[0], *g = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype),
                     *boxes = lun_cuda_dense(c->in[1], (lun_dtype)out->dtype);
    return g && boxes && lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               const regions r = regions_of(c, out, g, boxes);
               return check_regions<T>(boxes, r) && lun_cuda_over("roi_align", cells_gradient<T>, out->numel, lun_at<T>(out),
                                                                  lun_at<T>(g), lun_at<T>(boxes), out->numel, r);
           });
}

/* ---- roi_pool ---- */

static __device__ int64_t clipped(double v, int64_t most) { return !(v > 0) ? 0 : v < (double)most ? (int64_t)v : most; }

/* Positions from 1 in all of x, 0 for an empty cell. */
template <class T> static __global__ void largest_cells(int64_t *to, const T *x, const T *boxes, int64_t n, regions r)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        cell_place c = cell_of(r, t);
        const T *box = boxes + 5 * c.box;
        double v[5];
        for (int i = 1; i < 5; i++) v[i] = round((double)lun_load(box[i]) * r.scale);
        double w = v[3] - v[1] + 1, h = v[4] - v[2] + 1;
        double cell_w = (w > 1 ? w : 1) / (double)r.out_w, cell_h = (h > 1 ? h : 1) / (double)r.out_h;
        int64_t y0 = clipped(floor((double)c.row * cell_h) + v[2], r.h),
                y1 = clipped(ceil(((double)c.row + 1) * cell_h) + v[2], r.h);
        int64_t x0 = clipped(floor((double)c.column * cell_w) + v[1], r.w),
                x1 = clipped(ceil(((double)c.column + 1) * cell_w) + v[1], r.w);
        int64_t plane = (((int64_t)lun_load(box[0]) - 1) * r.channels + c.channel) * r.h * r.w, at = -1;
        lun_wide<T> best = 0;
        for (int64_t y = y0; y < y1; y++)
            for (int64_t i = x0; i < x1; i++) {
                lun_wide<T> here = lun_load(x[plane + y * r.w + i]);
                if (at >= 0 && !(here > best)) continue;
                best = here;
                at = y * r.w + i;
            }
        to[t] = at < 0 ? 0 : plane + at + 1;
    }
}

extern "C" bool lun_cuda_roi_largest(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)c->in[0]->dtype),
                     *boxes = lun_cuda_dense(c->in[1], (lun_dtype)c->in[0]->dtype);
    return x && boxes && lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("roi_pool", largest_cells<T>, out->numel, lun_at<int64_t>(out), lun_at<T>(x),
                                    lun_at<T>(boxes), out->numel, regions_of(c, x, out, boxes));
           });
}
