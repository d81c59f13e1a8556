/* pool.c - pooling of planes: largest values with their positions, means, and the gradients
 *
 * One piece is a few planes. An output row is made by going through the window's elements and, for each, over all outputs that read
 * inside the input, so that the inner loops are long and simple.
 * Read next: kernels/cpu/window.h, core/ops/nn_pool.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/ops/nn.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/cpu/window.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_rows *rows;
    bool wide;
    lun_window w;
    int64_t size, planes, per_piece, in, out; /* elements of a plane */
    const char *from;
    char *to;
    int32_t *positions;
    bool count_padding, adaptive;
    int64_t divisor;
    double *factors; /* avg: what each output is multiplied with */
} job;

static void begin(job *j, const lun_frame *f, int64_t planes, double ns_per_output, double *ns)
{
    j->rows = lun_rows_for(f->type);
    j->wide = f->type == LUN_F64;
    j->size = (int64_t)lun_dtype_size(f->type);
    j->planes = planes;
    j->in = j->w.in_h * j->w.in_w;
    j->out = j->w.out_h * j->w.out_w;
    int64_t work = j->in > j->out ? j->in : j->out;
    j->per_piece = work > 16384 ? 1 : 16384 / work;
    *ns = ns_per_output * (double)planes * (double)work;
}

static bool run(const job *j, lun_piece *body, double ns)
{
    return lun_parallel((j->planes + j->per_piece - 1) / j->per_piece, body, (void *)(uintptr_t)j, ns);
}

static int64_t last_plane(const job *j, int64_t p) { return (p + 1) * j->per_piece < j->planes ? (p + 1) * j->per_piece : j->planes; }

/* ---- largest values ---- */

static int64_t first_inside(int64_t start, int64_t dilation) { return start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation; }

static void start_row(const job *j, int64_t oy, char *best, int32_t *at)
{
    const lun_window *w = &j->w;
    int64_t y = first_inside(oy * w->stride_h - w->pad_h, w->dilation_h);
    for (int64_t ox = 0; ox < w->out_w; ox++) {
        int64_t x = first_inside(ox * w->stride_w - w->pad_w, w->dilation_w);
        at[ox] = (int32_t)(y * w->in_w + x);
        if (j->wide) ((double *)(void *)best)[ox] = -(double)INFINITY;
        else ((float *)(void *)best)[ox] = -INFINITY;
    }
}

static void max_plane(const job *j, const char *x, char *y, int32_t *at)
{
    const lun_window *w = &j->w;
    for (int64_t oy = 0; oy < w->out_h; oy++) {
        char *best = y + oy * w->out_w * j->size;
        int32_t *where = at + oy * w->out_w;
        start_row(j, oy, best, where);
        for (int64_t ky = 0; ky < w->kernel_h; ky++) {
            int64_t iy = oy * w->stride_h - w->pad_h + ky * w->dilation_h;
            if (iy < 0 || iy >= w->in_h) continue;
            for (int64_t kx = 0; kx < w->kernel_w; kx++) {
                int64_t shift = kx * w->dilation_w - w->pad_w, first, last;
                lun_reach(w->in_w, w->out_w, w->stride_w, shift, &first, &last);
                int64_t position = iy * w->in_w + first * w->stride_w + shift;
                j->rows->larger(last - first, x + position * j->size, w->stride_w, (int32_t)position, best + first * j->size, where + first);
            }
        }
    }
}

static void max_piece(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t i = p * j->per_piece; i < last_plane(j, p); i++)
        max_plane(j, j->from + i * j->in * j->size, j->to + i * j->out * j->size, j->positions + i * j->out);
}

bool lun_cpu_max_pool2d(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    job j = {0};
    double ns;
    if (!lun_pool_window(c, &c->params, x->dims[x->ndim - 2], x->dims[x->ndim - 1], 3, 4, &j.w) || !lun_frame_open(&f, c)) return false;
    begin(&j, &f, x->numel / (j.w.in_h * j.w.in_w), 1, &ns);
    j.from = f.in[0].data;
    j.to = f.out[0].data;
    j.positions = f.out[1].data;
    return lun_frame_close(&f, run(&j, max_piece, ns));
}

#define MOVE(T, bits)                                                                    \
    static void scatter_##bits(int64_t n, const T *g, const int32_t *at, T *to)          \
    {                                                                                    \
        for (int64_t i = 0; i < n; i++) to[at[i]] += g[i];                               \
    }                                                                                    \
    static void gather_##bits(int64_t n, const T *x, const int32_t *at, T *to)           \
    {                                                                                    \
        for (int64_t i = 0; i < n; i++) to[i] = x[at[i]];                                \
    }
MOVE(float, 32)
MOVE(double, 64)

static void scatter_piece(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t i = p * j->per_piece; i < last_plane(j, p); i++) {
        const void *g = j->from + i * j->out * j->size;
        void *to = j->to + i * j->in * j->size;
        memset(to, 0, (size_t)(j->in * j->size));
        if (j->wide) scatter_64(j->out, g, j->positions + i * j->out, to);
        else scatter_32(j->out, g, j->positions + i * j->out, to);
    }
}

static void gather_piece(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t i = p * j->per_piece; i < last_plane(j, p); i++) {
        const void *x = j->from + i * j->in * j->size;
        void *to = j->to + i * j->out * j->size;
        if (j->wide) gather_64(j->out, x, j->positions + i * j->out, to);
        else gather_32(j->out, x, j->positions + i * j->out, to);
    }
}

static bool by_positions(lun_call *c, const lun_tensor *large, const lun_tensor *small, lun_piece *body)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = {.w = {.in_h = large->dims[large->ndim - 2], .in_w = large->dims[large->ndim - 1], .out_h = small->dims[small->ndim - 2],
                   .out_w = small->dims[small->ndim - 1]}};
    double ns;
    begin(&j, &f, large->numel / (j.w.in_h * j.w.in_w), 1, &ns);
    j.from = f.in[0].data;
    j.positions = f.in[1].data;
    j.to = f.out[0].data;
    return lun_frame_close(&f, run(&j, body, ns));
}

bool lun_cpu_plane_scatter(lun_call *c) { return by_positions(c, c->out[0], c->in[1], scatter_piece); }
bool lun_cpu_plane_gather(lun_call *c) { return by_positions(c, c->in[0], c->out[0], gather_piece); }

/* ---- means ---- */

/* Where window o of a dim starts and ends; outside the input for padding unless adaptive. */
static void span(const job *j, int64_t o, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t pad, int64_t *from, int64_t *to)
{
    *from = j->adaptive ? o * in / out : o * stride - pad;
    *to = j->adaptive ? ((o + 1) * in + out - 1) / out : o * stride - pad + kernel;
    if (*to > in + pad) *to = in + pad;
}

static int64_t clip(int64_t v, int64_t in) { return v < 0 ? 0 : v > in ? in : v; }

static void find_factors(job *j)
{
    const lun_window *w = &j->w;
    for (int64_t oy = 0; oy < w->out_h; oy++)
        for (int64_t ox = 0; ox < w->out_w; ox++) {
            int64_t y0, y1, x0, x1;
            span(j, oy, w->in_h, w->out_h, w->kernel_h, w->stride_h, w->pad_h, &y0, &y1);
            span(j, ox, w->in_w, w->out_w, w->kernel_w, w->stride_w, w->pad_w, &x0, &x1);
            int64_t all = (y1 - y0) * (x1 - x0), inside = (clip(y1, w->in_h) - clip(y0, w->in_h)) * (clip(x1, w->in_w) - clip(x0, w->in_w));
            int64_t count = j->divisor ? j->divisor : j->count_padding || j->adaptive ? all : inside;
            j->factors[oy * w->out_w + ox] = 1 / (double)count;
        }
}

static double load(const job *j, const char *data, int64_t at)
{
    return j->wide ? ((const double *)(const void *)data)[at] : (double)((const float *)(const void *)data)[at];
}

static void store(const job *j, char *data, int64_t at, double v)
{
    if (j->wide) ((double *)(void *)data)[at] = v;
    else ((float *)(void *)data)[at] = (float)v;
}

static void mean_plane(const job *j, const char *x, char *y)
{
    const lun_window *w = &j->w;
    for (int64_t o = 0; o < j->out; o++) {
        int64_t y0, y1, x0, x1;
        span(j, o / w->out_w, w->in_h, w->out_h, w->kernel_h, w->stride_h, w->pad_h, &y0, &y1);
        span(j, o % w->out_w, w->in_w, w->out_w, w->kernel_w, w->stride_w, w->pad_w, &x0, &x1);
        y0 = clip(y0, w->in_h);
        x0 = clip(x0, w->in_w);
        int64_t width = clip(x1, w->in_w) - x0;
        double sum = 0;
        for (int64_t iy = y0; iy < clip(y1, w->in_h); iy++) {
            const char *row = x + (iy * w->in_w + x0) * j->size;
            if (width > 8) sum += j->rows->sum(width, row);
            else
                for (int64_t i = 0; i < width; i++) sum += load(j, row, i);
        }
        store(j, y, o, sum * j->factors[o]);
    }
}

static void mean_piece(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t i = p * j->per_piece; i < last_plane(j, p); i++) mean_plane(j, j->from + i * j->in * j->size, j->to + i * j->out * j->size);
}

static void spread_plane(const job *j, const char *g, char *dx)
{
    const lun_window *w = &j->w;
    memset(dx, 0, (size_t)(j->in * j->size));
    for (int64_t o = 0; o < j->out; o++) {
        int64_t y0, y1, x0, x1;
        span(j, o / w->out_w, w->in_h, w->out_h, w->kernel_h, w->stride_h, w->pad_h, &y0, &y1);
        span(j, o % w->out_w, w->in_w, w->out_w, w->kernel_w, w->stride_w, w->pad_w, &x0, &x1);
        double v = load(j, g, o) * j->factors[o];
        for (int64_t iy = clip(y0, w->in_h); iy < clip(y1, w->in_h); iy++)
            for (int64_t ix = clip(x0, w->in_w); ix < clip(x1, w->in_w); ix++)
                store(j, dx, iy * w->in_w + ix, load(j, dx, iy * w->in_w + ix) + v);
    }
}

static void spread_piece(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t i = p * j->per_piece; i < last_plane(j, p); i++) spread_plane(j, j->from + i * j->out * j->size, j->to + i * j->in * j->size);
}

static bool means(lun_call *c, job *j, const lun_tensor *large, lun_piece *body)
{
    lun_frame f;
    double ns;
    if (!lun_frame_open(&f, c)) return false;
    begin(j, &f, large->numel / (j->w.in_h * j->w.in_w), 2, &ns);
    j->from = f.in[0].data;
    j->to = f.out[0].data;
    size_t bytes = (size_t)j->out * sizeof *j->factors;
    j->factors = lun_data_get(bytes);
    if (!j->factors) return lun_frame_close(&f, false);
    find_factors(j);
    bool done = run(j, body, ns);
    lun_data_put(j->factors, bytes);
    return lun_frame_close(&f, done);
}

static bool average(lun_call *c, const lun_tensor *large, lun_piece *body)
{
    job j = {.count_padding = lun_param_bool(&c->params, 4, true), .divisor = lun_param_int(&c->params, 5, 0)};
    return lun_pool_window(c, &c->params, large->dims[large->ndim - 2], large->dims[large->ndim - 1], -1, 3, &j.w) && means(c, &j, large, body);
}

bool lun_cpu_avg_pool2d(lun_call *c) { return average(c, c->in[0], mean_piece); }
bool lun_cpu_avg_pool2d_gradient(lun_call *c) { return average(c, c->out[0], spread_piece); }

static bool adaptive(lun_call *c, const lun_tensor *large, const lun_tensor *small, lun_piece *body)
{
    job j = {.adaptive = true, .w = {.in_h = large->dims[large->ndim - 2], .in_w = large->dims[large->ndim - 1],
                                     .out_h = small->dims[small->ndim - 2], .out_w = small->dims[small->ndim - 1]}};
    return means(c, &j, large, body);
}

bool lun_cpu_adaptive_avg_pool2d(lun_call *c) { return adaptive(c, c->in[0], c->out[0], mean_piece); }
bool lun_cpu_adaptive_avg_pool2d_gradient(lun_call *c) { return adaptive(c, c->out[0], c->in[0], spread_piece); }
