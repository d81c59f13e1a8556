/* pool.c - largest values of moving windows with their positions, and adding and picking by positions
 *
 * One piece is a few planes. An output row is made by going through the window's elements and, for each, over all outputs that read
 * inside the input, so that the inner loops are long and simple.
 * Read next: kernels/cpu/pool_means.c, kernels/cpu/pool_windows.c, core/ops/nn_pool.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/pool.h"

#include "core/ops/spatial.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/window.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

void lun_pool_begin(lun_pool *j, const lun_frame *f, int64_t planes)
{
    const lun_window *w = &j->w;
    j->rows = lun_rows_for(f->type);
    j->wide = f->type == LUN_F64;
    j->size = (int64_t)lun_dtype_size(f->type);
    j->planes = planes;
    j->in = w->in[0] * w->in[1] * w->in[2];
    j->out = w->out[0] * w->out[1] * w->out[2];
    int64_t work = j->in > j->out ? j->in : j->out;
    j->per_piece = work > 16384 ? 1 : 16384 / work;
}

bool lun_pool_run(const lun_pool *j, lun_piece *body, double ns_per_element)
{
    double work = (double)j->planes * (double)(j->in > j->out ? j->in : j->out);
    return lun_parallel((j->planes + j->per_piece - 1) / j->per_piece, body, (void *)(uintptr_t)j, ns_per_element * work);
}

int64_t lun_pool_last(const lun_pool *j, int64_t p) { return (p + 1) * j->per_piece < j->planes ? (p + 1) * j->per_piece : j->planes; }

static int64_t first_inside(const lun_window *w, int d, int64_t o)
{
    int64_t start = o * w->stride[d] - w->pad[d];
    return start >= 0 ? start : start + (-start + w->dilation[d] - 1) / w->dilation[d] * w->dilation[d];
}

static void start_row(const lun_pool *j, int64_t oz, int64_t oy, char *best, int32_t *at)
{
    const lun_window *w = &j->w;
    int64_t row = first_inside(w, 0, oz) * w->in[1] + first_inside(w, 1, oy);
    for (int64_t ox = 0; ox < w->out[2]; ox++) {
        at[ox] = (int32_t)(row * w->in[2] + first_inside(w, 2, ox));
        if (j->wide) ((double *)(void *)best)[ox] = -(double)INFINITY;
        else ((float *)(void *)best)[ox] = -INFINITY;
    }
}

/* Input row `row` as far as window row `row` reads it. */
static void take_row(const lun_pool *j, const char *x, int64_t row, char *best, int32_t *where)
{
    const lun_window *w = &j->w;
    for (int64_t kx = 0; kx < w->kernel[2]; kx++) {
        int64_t shift = kx * w->dilation[2] - w->pad[2], first, last;
        lun_reach(w->in[2], w->out[2], w->stride[2], shift, &first, &last);
        int64_t position = row * w->in[2] + first * w->stride[2] + shift;
        j->rows->larger(last - first, x + position * j->size, w->stride[2], (int32_t)position, best + first * j->size, where + first);
    }
}

/* Squares of 2 x 2 side by side, as most networks have them. */
static bool squares(const lun_window *w)
{
    return w->kernel[0] == 1 && w->kernel[1] == 2 && w->kernel[2] == 2 && w->stride[0] == 1 && w->stride[1] == 2 && w->stride[2] == 2 &&
           w->dilation[1] == 1 && w->dilation[2] == 1 && !w->pad[0] && !w->pad[1] && !w->pad[2] && 2 * w->out[1] <= w->in[1] &&
           2 * w->out[2] <= w->in[2];
}

static void max_squares(const lun_pool *j, const char *x, char *y, int32_t *at)
{
    const lun_window *w = &j->w;
    for (int64_t r = 0; r < w->out[0] * w->out[1]; r++) {
        int64_t position = (r / w->out[1] * w->in[1] + r % w->out[1] * 2) * w->in[2], below = position + w->in[2];
        j->rows->largest_of_four(w->out[2], x + position * j->size, x + below * j->size, (int32_t)position, (int32_t)below,
                                 y + r * w->out[2] * j->size, at + r * w->out[2]);
    }
}

static void max_plane(const lun_pool *j, const char *x, char *y, int32_t *at)
{
    const lun_window *w = &j->w;
    if (squares(w)) {
        max_squares(j, x, y, at);
        return;
    }
    for (int64_t r = 0; r < w->out[0] * w->out[1]; r++) {
        int64_t oz = r / w->out[1], oy = r % w->out[1];
        start_row(j, oz, oy, y + r * w->out[2] * j->size, at + r * w->out[2]);
        for (int64_t k = 0; k < w->kernel[0] * w->kernel[1]; k++) {
            int64_t iz = oz * w->stride[0] - w->pad[0] + k / w->kernel[1] * w->dilation[0];
            int64_t iy = oy * w->stride[1] - w->pad[1] + k % w->kernel[1] * w->dilation[1];
            if (iz >= 0 && iz < w->in[0] && iy >= 0 && iy < w->in[1])
                take_row(j, x, iz * w->in[1] + iy, y + r * w->out[2] * j->size, at + r * w->out[2]);
        }
    }
}

static void max_piece(int64_t p, void *argument)
{
    const lun_pool *j = argument;
    for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++)
        max_plane(j, j->from + i * j->in * j->size, j->to + i * j->out * j->size, j->positions + i * j->out);
}

bool lun_cpu_max_pool(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    lun_pool j = {.planes = 0};
    int n = (int)lun_param_int(&c->params, 5, 2);
    if (!lun_pool_window(&c->params, n, x->dims + x->ndim - n, 3, 4, &j.w) || !lun_frame_open(&f, c)) return false;
    lun_pool_begin(&j, &f, x->numel / (j.w.in[0] * j.w.in[1] * j.w.in[2]));
    j.from = f.in[0].data;
    j.to = f.out[0].data;
    j.positions = f.out[1].data;
    return lun_frame_close(&f, lun_pool_run(&j, max_piece, 1));
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
    const lun_pool *j = argument;
    for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++) {
        const void *g = j->from + i * j->out * j->size;
        void *to = j->to + i * j->in * j->size;
        memset(to, 0, (size_t)(j->in * j->size));
        if (j->wide) scatter_64(j->out, g, j->positions + i * j->out, to);
        else scatter_32(j->out, g, j->positions + i * j->out, to);
    }
}

static void gather_piece(int64_t p, void *argument)
{
    const lun_pool *j = argument;
    for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++) {
        const void *x = j->from + i * j->in * j->size;
        void *to = j->to + i * j->out * j->size;
        if (j->wide) gather_64(j->out, x, j->positions + i * j->out, to);
        else gather_32(j->out, x, j->positions + i * j->out, to);
    }
}

static bool by_positions(lun_call *c, const lun_tensor *large, const lun_tensor *small, lun_piece *body)
{
    lun_frame f;
    lun_pool j = {.planes = 0};
    int n = (int)lun_param_int(&c->params, 0, 2);
    if (!lun_frame_open(&f, c)) return false;
    lun_window_dims(n, large->dims + large->ndim - n, j.w.in);
    lun_window_dims(n, small->dims + small->ndim - n, j.w.out);
    lun_pool_begin(&j, &f, large->numel / (j.w.in[0] * j.w.in[1] * j.w.in[2]));
    j.from = f.in[0].data;
    j.positions = f.in[1].data;
    j.to = f.out[0].data;
    return lun_frame_close(&f, lun_pool_run(&j, body, 1));
}

bool lun_cpu_plane_scatter(lun_call *c) { return by_positions(c, c->out[0], c->in[1], scatter_piece); }
bool lun_cpu_plane_gather(lun_call *c) { return by_positions(c, c->in[0], c->out[0], gather_piece); }
