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

/* What element k of the window reads for an output row: first output, count, offset in the plane. */
typedef struct reach { int64_t k, first, count, offset; } reach;

/* Row of the input that rows kz, ky of the window read for output row `row`; -1 outside. */
static int64_t row_read(const lun_window *w, int64_t row, int64_t kz, int64_t ky)
{
    int64_t z = row / w->out[1] * w->stride[0] - w->pad[0] + kz * w->dilation[0];
    int64_t y = row % w->out[1] * w->stride[1] - w->pad[1] + ky * w->dilation[1];
    return z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1] ? -1 : z * w->in[1] + y;
}

static int64_t reaches(const lun_conv *v, int64_t row, int64_t k, reach *r)
{
    const lun_window *w = &v->w;
    int64_t in = row_read(w, row, k / w->kernel[2] / w->kernel[1], k / w->kernel[2] % w->kernel[1]), last;
    int64_t shift = k % w->kernel[2] * w->dilation[2] - w->pad[2];
    if (in < 0) return 0;
    lun_reach(w->in[2], w->out[2], w->stride[2], shift, &r->first, &last);
    r->count = last - r->first;
    r->k = k;
    r->offset = in * w->in[2] + r->first * w->stride[2] + shift;
    return r->count;
}

/* With stride 1 the outputs that every element of a window row reaches are done in one go; the ends are left to the caller. */
static void inner_row(const lun_conv *v, int64_t in, int64_t k, int64_t channel, const char *x, char *row, int64_t *from, int64_t *to)
{
    const lun_window *w = &v->w;
    int64_t last = w->in[2] + w->pad[2] - (w->kernel[2] - 1) * w->dilation[2];
    *from = w->pad[2] < w->out[2] ? w->pad[2] : w->out[2];
    *to = last < w->out[2] ? last : w->out[2];
    if (*to <= *from) *from = *to = 0;
    else v->rows->taps(*to - *from, w->kernel[2], v->weight + (channel * v->window + k) * v->size,
                       x + (in * w->in[2] + *from - w->pad[2]) * v->size, w->dilation[2], row + *from * v->size);
}

/* Adds element r of the window to the outputs of a row, without those from..to-1. */
static void outer_part(const lun_conv *v, const reach *r, double weight, const char *x, char *row, int64_t from, int64_t to)
{
    int64_t last = r->first + r->count, step = v->w.stride[2], left = (from < last ? from : last) - r->first;
    if (from == to) left = r->count;
    if (left > 0) v->rows->axpy(left, weight, x + r->offset * v->size, step, row + r->first * v->size);
    int64_t start = to > r->first ? to : r->first;
    if (from != to && last > start)
        v->rows->axpy(last - start, weight, x + (r->offset + (start - r->first) * step) * v->size, step, row + start * v->size);
}

static void forward_row(const lun_conv *v, int64_t channel, int64_t r, const char *x, char *row)
{
    const lun_window *w = &v->w;
    for (int64_t k = 0; k < v->window; k += w->kernel[2]) {
        int64_t in = row_read(w, r, k / w->kernel[2] / w->kernel[1], k / w->kernel[2] % w->kernel[1]), from = 0, to = 0;
        if (in >= 0 && w->stride[2] == 1) inner_row(v, in, k, channel, x, row, &from, &to);
        reach at;
        for (int64_t i = k; in >= 0 && i < k + w->kernel[2]; i++)
            if (reaches(v, r, i, &at)) outer_part(v, &at, weight_at(v, channel * v->window + i), x, row, from, to);
    }
}

static void forward_piece(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    int64_t channel = p % (v->groups * v->out);
    const char *x = v->x + p / v->out * v->in_plane * v->size;
    char *y = v->to + p * v->out_plane * v->size;
    memset(y, 0, (size_t)(v->out_plane * v->size));
    if (v->bias) lun_conv_fill(v, v->bias + channel * v->size, y, v->out_plane);
    for (int64_t r = 0; r < v->out_rows; r++) forward_row(v, channel, r, x, y + r * v->w.out[2] * v->size);
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
    reach at;
    if (v->bias) lun_conv_fill(v, v->bias + p % v->groups * v->size, dx, v->in_plane);
    else memset(dx, 0, (size_t)(v->in_plane * v->size));
    for (int64_t o = 0; o < v->out; o++) {
        int64_t channel = p % v->groups * v->out + o;
        const char *g = v->g + (p * v->out + o) * v->out_plane * v->size;
        for (int64_t r = 0; r < v->out_rows; r++)
            for (int64_t k = 0; k < v->window; k++)
                if (reaches(v, r, k, &at))
                    v->rows->axpy_spread(at.count, weight_at(v, channel * v->window + k), g + (r * v->w.out[2] + at.first) * v->size,
                                         v->w.stride[2], dx + at.offset * v->size);
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
        for (int64_t row = 0; row < v->out_rows; row++)
            if (reaches(v, row, k, &r))
                sum += v->rows->dot_step(r.count, g + (row * v->w.out[2] + r.first) * v->size, x + r.offset * v->size, v->w.stride[2]);
    }
    store(v, v->to, p, sum);
}

bool lun_conv_depthwise_weight_gradient(lun_conv *v)
{
    return lun_parallel(v->groups * v->out * v->window, weight_piece, v, work(v));
}
