/* pool_means.c - means of windows, moving or chosen for a result of given size, and their gradients
 *
 * A window's sum is taken in two steps: the input rows that an output row reads are added up (long simple loops), then neighbours in
 * that sum. The gradient goes the same way back. A window as wide as the input, as of global pooling, is one long sum.
 * Holds: sums are divided, not multiplied with a reciprocal, so that the mean of equal numbers is that number.
 * Read next: kernels/cpu/pool.h, core/ops/nn_pool.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/ops/spatial.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/pool.h"
#include "kernels/cpu/window.h"

#include <string.h>

/* Window o of a dim: the part from..to-1 inside the input, and what it counts. */
typedef struct span { int64_t from, to, count; } span;

typedef struct means {
    span *spans[LUN_SPACE];
    int64_t divisor;     /* 0: count */
    int64_t inner, outer; /* outputs inner..outer-1 of a row have whole windows one stride apart */
    size_t slot;          /* bytes of the three rows that a piece needs: counts, sums or sums' gradient, shares of g */
    char *scratch;
} means;

static int64_t clip(int64_t v, int64_t in) { return v < 0 ? 0 : v > in ? in : v; }

static void moving_spans(const lun_window *w, int d, bool count_padding, span *s)
{
    for (int64_t o = 0; o < w->out[d]; o++) {
        int64_t from = o * w->stride[d] - w->pad[d], to = from + w->kernel[d], most = w->in[d] + w->pad[d];
        s[o] = (span){clip(from, w->in[d]), clip(to, w->in[d]), (to < most ? to : most) - from};
        if (!count_padding) s[o].count = s[o].to - s[o].from;
    }
}

static void even_spans(const lun_window *w, int d, span *s)
{
    for (int64_t o = 0; o < w->out[d]; o++) {
        s[o] = (span){o * w->in[d] / w->out[d], ((o + 1) * w->in[d] + w->out[d] - 1) / w->out[d], 0};
        s[o].count = s[o].to - s[o].from;
    }
}

/* What each output of a row is divided by. */
static void count_row(const lun_pool *j, int64_t oz, int64_t oy, char *counts)
{
    const means *m = j->more;
    for (int64_t ox = 0; ox < j->w.out[2]; ox++) {
        int64_t all = m->spans[0][oz].count * m->spans[1][oy].count * m->spans[2][ox].count;
        lun_dense_set(j->wide, counts, ox, (double)(m->divisor ? m->divisor : all ? all : 1));
    }
}

/* ---- forward ---- */

/* The sum of the rows of plane x that output row (oz, oy) reads; a single row is given back as it lies. */
static const char *sum_rows(const lun_pool *j, const char *x, span z, span y, char *sum)
{
    int64_t bytes = j->w.in[2] * j->size;
    if (z.to - z.from == 1 && y.to - y.from == 1) return x + (z.from * j->w.in[1] + y.from) * bytes;
    bool first = true;
    for (int64_t iz = z.from; iz < z.to; iz++)
        for (int64_t iy = y.from; iy < y.to; iy++, first = false) {
            const char *row = x + (iz * j->w.in[1] + iy) * bytes;
            if (first) memcpy(sum, row, (size_t)bytes);
            else j->rows->add(j->w.in[2], row, sum);
        }
    if (first) memset(sum, 0, (size_t)bytes);
    return sum;
}

/* One window in the row: rows side by side are one run. */
static double long_sum(const lun_pool *j, const char *x, span z, span y)
{
    double sum = 0;
    for (int64_t iz = z.from; iz < z.to; iz++)
        sum += j->rows->sum((y.to - y.from) * j->w.in[2], x + (iz * j->w.in[1] + y.from) * j->w.in[2] * j->size);
    return sum;
}

static void mean_row(const lun_pool *j, const char *sum, const char *counts, int64_t first, int64_t last, char *y)
{
    const means *m = j->more;
    for (int64_t ox = first; ox < last; ox++) {
        double total = 0;
        for (int64_t i = m->spans[2][ox].from; i < m->spans[2][ox].to; i++) total += lun_dense_get(j->wide, sum, i);
        lun_dense_set(j->wide, y, ox, total / lun_dense_get(j->wide, counts, ox));
    }
}

static void mean_plane(const lun_pool *j, const char *x, char *y, char *counts)
{
    const means *m = j->more;
    const lun_window *w = &j->w;
    char *scratch = counts + m->slot / 3;
    bool whole = w->out[2] == 1 && m->spans[2][0].from == 0 && m->spans[2][0].to == w->in[2];
    for (int64_t r = 0; r < w->out[0] * w->out[1]; r++, y += w->out[2] * j->size) {
        span sz = m->spans[0][r / w->out[1]], sy = m->spans[1][r % w->out[1]];
        count_row(j, r / w->out[1], r % w->out[1], counts);
        if (whole) {
            lun_dense_set(j->wide, y, 0, long_sum(j, x, sz, sy) / lun_dense_get(j->wide, counts, 0));
            continue;
        }
        const char *sum = sum_rows(j, x, sz, sy, scratch);
        int64_t from = m->inner * w->stride[2] - w->pad[2];
        mean_row(j, sum, counts, 0, m->inner, y);
        if (m->outer > m->inner)
            j->rows->window_means(m->outer - m->inner, w->kernel[2], w->stride[2], sum + from * j->size, counts + m->inner * j->size,
                                  y + m->inner * j->size);
        mean_row(j, sum, counts, m->outer, w->out[2], y);
    }
}

static char *slot_of(const lun_pool *j, int64_t p) { return ((const means *)j->more)->scratch + (size_t)p * ((const means *)j->more)->slot; }

static bool is_global(const lun_pool *j)
{
    const means *m = j->more;
    for (int d = 0; d < LUN_SPACE; d++)
        if (m->spans[d]->to - m->spans[d]->from != j->w.in[d] || m->spans[d]->count != j->w.in[d]) return false;
    return !m->divisor;
}

static void mean_piece(int64_t p, void *argument)
{
    const lun_pool *j = argument;
    if (j->out == 1 && is_global(j)) {
        for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++)
            lun_dense_set(j->wide, j->to, i, j->rows->sum(j->in, j->from + i * j->in * j->size) / (double)j->in);
        return;
    }
    for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++)
        mean_plane(j, j->from + i * j->in * j->size, j->to + i * j->out * j->size, slot_of(j, p));
}

/* ---- gradient ---- */

/* Shares first..last-1, added to the elements of a row that their windows cover. */
static void spread_some(const lun_pool *j, const char *shares, int64_t first, int64_t last, char *row)
{
    const means *m = j->more;
    for (int64_t ox = first; ox < last; ox++)
        for (int64_t i = m->spans[2][ox].from; i < m->spans[2][ox].to; i++)
            lun_dense_set(j->wide, row, i, lun_dense_get(j->wide, row, i) + lun_dense_get(j->wide, shares, ox));
}

static void spread_row(const lun_pool *j, const char *shares, char *row)
{
    const means *m = j->more;
    const lun_window *w = &j->w;
    memset(row, 0, (size_t)(w->in[2] * j->size));
    spread_some(j, shares, 0, m->inner, row);
    char *from = row + (m->inner * w->stride[2] - w->pad[2]) * j->size;
    for (int64_t k = 0; m->outer > m->inner && k < w->kernel[2]; k++)
        j->rows->axpy_spread(m->outer - m->inner, 1, shares + m->inner * j->size, w->stride[2], from + k * j->size);
    spread_some(j, shares, m->outer, w->out[2], row);
}

static void spread_plane(const lun_pool *j, const char *g, char *dx, char *counts)
{
    const means *m = j->more;
    const lun_window *w = &j->w;
    char *row = counts + m->slot / 3, *shares = row + m->slot / 3;
    memset(dx, 0, (size_t)(j->in * j->size));
    for (int64_t r = 0; r < w->out[0] * w->out[1]; r++, g += w->out[2] * j->size) {
        span sz = m->spans[0][r / w->out[1]], sy = m->spans[1][r % w->out[1]];
        count_row(j, r / w->out[1], r % w->out[1], counts);
        j->rows->divide(w->out[2], g, counts, shares);
        spread_row(j, shares, row);
        for (int64_t iz = sz.from; iz < sz.to; iz++)
            for (int64_t iy = sy.from; iy < sy.to; iy++) j->rows->add(w->in[2], row, dx + (iz * w->in[1] + iy) * w->in[2] * j->size);
    }
}

static void spread_piece(int64_t p, void *argument)
{
    const lun_pool *j = argument;
    for (int64_t i = p * j->per_piece; i < lun_pool_last(j, p); i++)
        spread_plane(j, j->from + i * j->out * j->size, j->to + i * j->in * j->size, slot_of(j, p));
}

/* ---- both ---- */

static void find_inner(const lun_window *w, bool moving, means *m)
{
    m->inner = m->outer = w->out[2];
    if (!moving) return;
    int64_t first = (w->pad[2] + w->stride[2] - 1) / w->stride[2], room = w->in[2] + w->pad[2] - w->kernel[2];
    int64_t last = room < 0 ? 0 : room / w->stride[2] + 1;
    if (last > w->out[2]) last = w->out[2];
    if (first >= last) return;
    m->inner = first;
    m->outer = last;
}

static bool run(lun_call *c, lun_pool *j, means *m, bool moving, bool count_padding, const lun_tensor *large, lun_piece *body)
{
    lun_frame f;
    const lun_window *w = &j->w;
    if (!lun_frame_open(&f, c)) return false;
    lun_pool_begin(j, &f, large->numel / (w->in[0] * w->in[1] * w->in[2]));
    j->from = f.in[0].data;
    j->to = f.out[0].data;
    j->more = m;
    find_inner(w, moving, m);
    int64_t longest = w->in[2] > w->out[2] ? w->in[2] : w->out[2], pieces = (j->planes + j->per_piece - 1) / j->per_piece;
    size_t spans = (size_t)(w->out[0] + w->out[1] + w->out[2]) * sizeof(span);
    m->slot = 3 * (((size_t)(longest * j->size) + 63) / 64 * 64);
    size_t bytes = spans + 64 + (size_t)pieces * m->slot;
    char *memory = lun_data_get(bytes);
    if (!memory) return lun_frame_close(&f, false);
    m->spans[0] = (span *)(void *)memory;
    m->spans[1] = m->spans[0] + w->out[0];
    m->spans[2] = m->spans[1] + w->out[1];
    m->scratch = memory + (spans + 63) / 64 * 64;
    for (int d = 0; d < LUN_SPACE; d++) {
        if (moving) moving_spans(w, d, count_padding, m->spans[d]);
        else even_spans(w, d, m->spans[d]);
    }
    bool done = lun_pool_run(j, body, 1);
    lun_data_put(memory, bytes);
    return lun_frame_close(&f, done);
}

static bool average(lun_call *c, const lun_tensor *large, lun_piece *body)
{
    lun_pool j = {.planes = 0};
    means m = {.divisor = lun_param_int(&c->params, 5, 0)};
    int n = (int)lun_param_int(&c->params, 6, 2);
    return lun_pool_window(&c->params, n, large->dims + large->ndim - n, -1, 3, &j.w) &&
           run(c, &j, &m, true, lun_param_bool(&c->params, 4, true), large, body);
}

bool lun_cpu_avg_pool(lun_call *c) { return average(c, c->in[0], mean_piece); }
bool lun_cpu_avg_pool_gradient(lun_call *c) { return average(c, c->out[0], spread_piece); }

static bool adaptive(lun_call *c, int n, const lun_tensor *large, const lun_tensor *small, lun_piece *body)
{
    lun_pool j = {.planes = 0};
    means m = {.divisor = 0};
    lun_window_dims(n, large->dims + large->ndim - n, j.w.in);
    lun_window_dims(n, small->dims + small->ndim - n, j.w.out);
    return run(c, &j, &m, false, true, large, body);
}

bool lun_cpu_adaptive_avg_pool(lun_call *c) { return adaptive(c, lun_window_space(c->op), c->in[0], c->out[0], mean_piece); }
bool lun_cpu_adaptive_avg_pool_gradient(lun_call *c)
{
    return adaptive(c, (int)lun_param_int(&c->params, 0, 2), c->out[0], c->in[0], spread_piece);
}
