/* conv_depthwise.c - convolution with one input channel per group, straight over rows
 *
 * Unfolding would copy each plane as often as the window has elements and multiply thin matrices; going through the window's
 * elements and adding whole rows is several times faster. A group may have more than one output channel.
 * Read next: kernels/cpu/rows.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/conv.h"
#include "kernels/cpu/window.h"

#include <string.h>

static double weight_at(const lun_conv *v, int64_t k)
{
    return v->type == LUN_F64 ? ((const double *)(const void *)v->weight)[k] : (double)((const float *)(const void *)v->weight)[k];
}

static void store(const lun_conv *v, char *to, int64_t at, double x)
{
    if (v->type == LUN_F64) ((double *)(void *)to)[at] = x;
    else ((float *)(void *)to)[at] = (float)x;
}

/* Calls for each input row that output row oy reads: element index k of the window, first output, count, offset in the plane. */
typedef struct reach { int64_t k, first, count, offset; } reach;

static int64_t reaches(const lun_conv *v, int64_t oy, int64_t ky, int64_t kx, reach *r)
{
    const lun_window *w = &v->w;
    int64_t iy = oy * w->stride_h - w->pad_h + ky * w->dilation_h, shift = kx * w->dilation_w - w->pad_w, last;
    if (iy < 0 || iy >= w->in_h) return 0;
    lun_reach(w->in_w, w->out_w, w->stride_w, shift, &r->first, &last);
    r->count = last - r->first;
    r->k = ky * w->kernel_w + kx;
    r->offset = iy * w->in_w + r->first * w->stride_w + shift;
    return r->count;
}

/* With stride 1 the outputs that every element of a window row reaches are done in one go; the ends are left to the caller. */
static void inner_row(const lun_conv *v, int64_t iy, int64_t ky, int64_t channel, const char *x, char *row, int64_t *from, int64_t *to)
{
    const lun_window *w = &v->w;
    int64_t last = w->in_w + w->pad_w - (w->kernel_w - 1) * w->dilation_w;
    *from = w->pad_w < w->out_w ? w->pad_w : w->out_w;
    *to = last < w->out_w ? last : w->out_w;
    if (*to <= *from) *from = *to = 0;
    else v->rows->taps(*to - *from, w->kernel_w, v->weight + (channel * v->window + ky * w->kernel_w) * v->size,
                       x + (iy * w->in_w + *from - w->pad_w) * v->size, w->dilation_w, row + *from * v->size);
}

/* Adds element r of the window to the outputs of a row, without those from..to-1. */
static void outer_part(const lun_conv *v, const reach *r, double weight, const char *x, char *row, int64_t from, int64_t to)
{
    int64_t last = r->first + r->count, step = v->w.stride_w, left = (from < last ? from : last) - r->first;
    if (from == to) left = r->count;
    if (left > 0) v->rows->axpy(left, weight, x + r->offset * v->size, step, row + r->first * v->size);
    int64_t start = to > r->first ? to : r->first;
    if (from != to && last > start)
        v->rows->axpy(last - start, weight, x + (r->offset + (start - r->first) * step) * v->size, step, row + start * v->size);
}

static void forward_piece(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    int64_t channel = p % (v->groups * v->out);
    const char *x = v->x + p / v->out * v->in_plane * v->size;
    char *y = v->to + p * v->out_plane * v->size;
    reach r;
    memset(y, 0, (size_t)(v->out_plane * v->size));
    if (v->bias) lun_conv_fill(v, v->bias + channel * v->size, y, v->out_plane);
    for (int64_t oy = 0; oy < v->w.out_h; oy++)
        for (int64_t ky = 0; ky < v->w.kernel_h; ky++) {
            int64_t iy = oy * v->w.stride_h - v->w.pad_h + ky * v->w.dilation_h, from = 0, to = 0;
            char *row = y + oy * v->w.out_w * v->size;
            if (iy >= 0 && iy < v->w.in_h && v->w.stride_w == 1) inner_row(v, iy, ky, channel, x, row, &from, &to);
            for (int64_t kx = 0; kx < v->w.kernel_w; kx++)
                if (reaches(v, oy, ky, kx, &r)) outer_part(v, &r, weight_at(v, channel * v->window + r.k), x, row, from, to);
        }
}

static double work(const lun_conv *v)
{
    return 0.25 * (double)v->images * (double)v->groups * (double)v->out * (double)v->out_plane * (double)v->window;
}

bool lun_conv_depthwise(lun_conv *v) { return lun_parallel(v->images * v->groups * v->out, forward_piece, v, work(v)); }

static void input_piece(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    char *dx = v->to + p * v->in_plane * v->size;
    reach r;
    memset(dx, 0, (size_t)(v->in_plane * v->size));
    for (int64_t o = 0; o < v->out; o++) {
        int64_t channel = p % v->groups * v->out + o;
        const char *g = v->g + (p * v->out + o) * v->out_plane * v->size;
        for (int64_t oy = 0; oy < v->w.out_h; oy++)
            for (int64_t ky = 0; ky < v->w.kernel_h; ky++)
                for (int64_t kx = 0; kx < v->w.kernel_w; kx++)
                    if (reaches(v, oy, ky, kx, &r))
                        v->rows->axpy_spread(r.count, weight_at(v, channel * v->window + r.k), g + (oy * v->w.out_w + r.first) * v->size,
                                             v->w.stride_w, dx + r.offset * v->size);
    }
}

bool lun_conv_depthwise_input_gradient(lun_conv *v) { return lun_parallel(v->images * v->groups, input_piece, v, work(v)); }

static void weight_piece(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    int64_t k = p % v->window, channel = p / v->window;
    double sum = 0;
    reach r;
    for (int64_t i = 0; i < v->images; i++) {
        const char *g = v->g + (i * v->groups * v->out + channel) * v->out_plane * v->size;
        const char *x = v->x + (i * v->groups + channel / v->out) * v->in_plane * v->size;
        for (int64_t oy = 0; oy < v->w.out_h; oy++)
            if (reaches(v, oy, k / v->w.kernel_w, k % v->w.kernel_w, &r))
                sum += v->rows->dot_step(r.count, g + (oy * v->w.out_w + r.first) * v->size, x + r.offset * v->size, v->w.stride_w);
    }
    store(v, v->to, p, sum);
}

bool lun_conv_depthwise_weight_gradient(lun_conv *v)
{
    return lun_parallel(v->groups * v->out * v->window, weight_piece, v, work(v));
}
