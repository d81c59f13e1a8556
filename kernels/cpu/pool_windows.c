/* pool_windows.c - largest values of windows that split the input evenly, or that begin where random numbers say
 *
 * Read next: kernels/cpu/pool.h, core/ops/nn_pool_adaptive.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/ops/spatial.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/pool.h"

#include <math.h>

typedef struct windows {
    bool fractional;
    int n;
    const char *samples; /* per plane n numbers */
    size_t bytes;        /* of the bounds of one plane */
    char *bounds;        /* for each piece */
} windows;

/* Where the windows of dim d of a plane start (from) and end (to). */
typedef struct span { int32_t from, to; } span;

static void even_spans(const lun_window *w, int d, span *s)
{
    for (int64_t o = 0; o < w->out[d]; o++)
        s[o] = (span){(int32_t)(o * w->in[d] / w->out[d]), (int32_t)(((o + 1) * w->in[d] + w->out[d] - 1) / w->out[d])};
}

/* In float where the numbers are float, so that windows begin where PyTorch's do. */
static int64_t random_start(bool wide, int64_t o, double sample, int64_t room, int64_t gaps)
{
    if (wide) {
        double step = (double)room / (double)gaps;
        return (int64_t)(((double)o + sample) * step) - (int64_t)(sample * step);
    }
    float step = (float)room / (float)gaps, at = (float)sample;
    return (int64_t)(((float)o + at) * step) - (int64_t)(at * step);
}

static void random_spans(const lun_pool *j, int d, double sample, span *s)
{
    const lun_window *w = &j->w;
    int64_t room = w->in[d] - w->kernel[d];
    for (int64_t o = 0; o < w->out[d]; o++) {
        int64_t from = o == w->out[d] - 1 ? room : random_start(j->wide, o, sample, room, w->out[d] - 1);
        from = from < 0 ? 0 : from > room ? room : from;
        s[o] = (span){(int32_t)from, (int32_t)(from + w->kernel[d])};
    }
}

/* PyTorch's order of the random numbers: width, height for images, but depth, height, width for volumes. */
static int sample_of(int n, int d) { return n == 2 ? LUN_SPACE - 1 - d : d; }

static void find_spans(const lun_pool *j, int64_t plane, span **s)
{
    const windows *m = j->more;
    for (int d = 0; d < LUN_SPACE; d++) {
        if (!m->fractional || d < LUN_SPACE - m->n) even_spans(&j->w, d, s[d]);
        else random_spans(j, d, lun_dense_get(j->wide, m->samples, plane * m->n + sample_of(m->n, d)), s[d]);
    }
}

static void max_plane(const lun_pool *j, const char *x, char *y, int32_t *at, span *const *s)
{
    const lun_window *w = &j->w;
    for (int64_t o = 0; o < j->out; o++) {
        span sz = s[0][o / (w->out[1] * w->out[2])], sy = s[1][o / w->out[2] % w->out[1]], sx = s[2][o % w->out[2]];
        int64_t best_at = ((int64_t)sz.from * w->in[1] + sy.from) * w->in[2] + sx.from;
        double best = -(double)INFINITY;
        for (int64_t z = sz.from; z < sz.to; z++)
            for (int64_t r = sy.from; r < sy.to; r++)
                for (int64_t i = sx.from; i < sx.to; i++) {
                    int64_t position = (z * w->in[1] + r) * w->in[2] + i;
                    double v = lun_dense_get(j->wide, x, position);
                    if (!(v > best) && !isnan(v)) continue;
                    best = v;
                    best_at = position;
                }
        lun_dense_set(j->wide, y, o, best);
        at[o] = (int32_t)best_at;
    }
}

static void piece(int64_t p, void *argument)
{
    const lun_pool *j = argument;
    const windows *m = j->more;
    span *s[LUN_SPACE];
    s[0] = (span *)(void *)(m->bounds + (size_t)p * m->bytes);
    s[1] = s[0] + j->w.out[0];
    s[2] = s[1] + j->w.out[1];
    int64_t first = p * j->per_piece;
    for (int64_t i = first; i < lun_pool_last(j, p); i++) {
        if (i == first || m->fractional) find_spans(j, i, s);
        max_plane(j, j->from + i * j->in * j->size, j->to + i * j->out * j->size, j->positions + i * j->out, s);
    }
}

bool lun_cpu_window_max(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    windows m = {.fractional = lun_param_given(&c->params, 2), .n = (int)lun_param_int(&c->params, 0, 2)};
    lun_pool j = {.more = &m};
    if (m.fractional && !lun_window_numbers(&c->params, 2, "kernel_size", m.n, 1, 1, j.w.kernel)) return false;
    lun_window_dims(m.n, x->dims + x->ndim - m.n, j.w.in);
    lun_window_dims(m.n, c->out[0]->dims + x->ndim - m.n, j.w.out);
    if (!lun_frame_open(&f, c)) return false;
    lun_pool_begin(&j, &f, x->numel / (j.w.in[0] * j.w.in[1] * j.w.in[2]));
    j.from = f.in[0].data;
    m.samples = f.in[1].data;
    j.to = f.out[0].data;
    j.positions = f.out[1].data;
    int64_t pieces = (j.planes + j.per_piece - 1) / j.per_piece;
    m.bytes = (size_t)(j.w.out[0] + j.w.out[1] + j.w.out[2]) * sizeof(span);
    m.bounds = lun_data_get((size_t)pieces * m.bytes);
    bool done = m.bounds && lun_pool_run(&j, piece, 3);
    if (m.bounds) lun_data_put(m.bounds, (size_t)pieces * m.bytes);
    return lun_frame_close(&f, done);
}
