/* grid.c - grid_sample of images and volumes, and its gradients
 *
 * Positions are taken in blocks: their places and weights are found once and used for every channel. The gradient of the grid goes over
 * blocks, that of x over planes, so that nobody adds into another's sums.
 * Holds: places outside count as 0 even where the numbers at the edge are not finite. Read next: core/ops/grid_axis.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/grid_axis.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/grid.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <string.h>

enum { BLOCK = 128, CHOICES = 16 };

typedef struct job {
    const lun_rows *rows;
    const lun_grid_cells *cells; /* NULL: places are found one by one */
    lun_grid_dim dims[2];        /* of y, of x */
    lun_grid_options o;
    bool wide;
    int n, taps;
    int choices; /* combinations of positions */
    int64_t size, batch, channels, in, out, sizes[LUN_SPACE], blocks;
    const char *x, *grid, *g;
    char *y, *dgrid;
} job;

/* Positions and weights of a block: choice k of position i at k * count + i. */
typedef struct block {
    int64_t image, from, count;
    bool outside[BLOCK], any_outside;
    int32_t at[CHOICES * BLOCK];  /* clipped to the plane, for reading */
    int32_t inside[CHOICES * BLOCK];
    double w[CHOICES * BLOCK];    /* float or double, as the job says */
    double dw[LUN_SPACE][CHOICES * BLOCK];
} block;

/* All combinations of positions along the dims, for position i of the block. */
static void combine(const job *j, block *b, const lun_grid_axis *a, int64_t i, bool gradient)
{
    for (int k = 0; k < j->choices; k++) {
        int64_t cell = k * b->count + i, where = 0;
        double w = 1, dw[LUN_SPACE] = {1, 1, 1};
        bool inside = true;
        for (int d = 0, rest = k; d < j->n; d++, rest /= j->taps) {
            int tap = rest % j->taps, at = a[d].at[tap];
            inside = inside && at >= 0;
            where = where * j->sizes[d] + (at < 0 ? 0 : at);
            for (int e = 0; gradient && e < j->n; e++) dw[e] *= e == d ? a[d].dw[tap] : a[d].w[tap];
            w *= a[d].w[tap];
        }
        b->at[cell] = (int32_t)where;
        b->inside[cell] = inside;
        b->outside[i] |= !inside;
        lun_dense_set(j->wide, b->w, cell, inside ? w : 0);
        for (int e = 0; gradient && e < j->n; e++) lun_dense_set(j->wide, b->dw[e], cell, inside ? dw[e] : 0);
    }
}

static void many_places(const job *j, block *b, bool gradient)
{
    const char *grid = j->grid + (b->image * j->out + b->from) * 2 * j->size;
    int64_t n = b->count;
    j->cells->corners(n, grid, &j->dims[1], &j->dims[0], b->at, b->w, b->inside, gradient ? b->dw[1] : NULL, gradient ? b->dw[0] : NULL);
    for (int64_t i = 0; i < n; i++) {
        b->outside[i] = !(b->inside[i] & b->inside[n + i] & b->inside[2 * n + i] & b->inside[3 * n + i]);
        b->any_outside |= b->outside[i];
    }
}

static void open_block(const job *j, block *b, int64_t image, int64_t from, bool gradient)
{
    b->image = image;
    b->from = from;
    b->count = j->out - from < BLOCK ? j->out - from : BLOCK;
    b->any_outside = false;
    if (j->cells) {
        many_places(j, b, gradient);
        return;
    }
    for (int64_t i = 0; i < b->count; i++) {
        lun_grid_axis a[LUN_SPACE];
        int64_t at = ((image * j->out) + from + i) * j->n;
        for (int d = 0; d < j->n; d++) lun_grid_axis_read(&a[d], &j->o, j->wide, lun_dense_get(j->wide, j->grid, at + j->n - 1 - d), j->sizes[d]);
        b->outside[i] = false;
        combine(j, b, a, i, gradient);
        b->any_outside |= b->outside[i];
    }
}

static double careful(const job *j, const block *b, const void *w, const char *x, int64_t i)
{
    double sum = 0;
    for (int k = 0; k < j->choices; k++)
        if (b->inside[k * b->count + i]) sum += lun_dense_get(j->wide, w, k * b->count + i) * lun_dense_get(j->wide, x, b->at[k * b->count + i]);
    return sum;
}

/* to[i] = sum of weights times what they stand for in plane x */
static void blend(const job *j, const block *b, const void *w, const char *x, char *to)
{
    j->rows->blend(b->count, j->choices, b->at, w, x, to);
    for (int64_t i = 0; b->any_outside && i < b->count; i++)
        if (b->outside[i] && lun_dense_get(j->wide, to, i) - lun_dense_get(j->wide, to, i) != 0)
            lun_dense_set(j->wide, to, i, careful(j, b, w, x, i));
}

static void forward_piece(int64_t p, void *argument)
{
    const job *j = argument;
    block b;
    open_block(j, &b, p / j->blocks, p % j->blocks * BLOCK, false);
    for (int64_t c = 0; c < j->channels; c++) {
        int64_t plane = b.image * j->channels + c;
        blend(j, &b, b.w, j->x + plane * j->in * j->size, j->y + (plane * j->out + b.from) * j->size);
    }
}

static void grid_piece(int64_t p, void *argument)
{
    const job *j = argument;
    block b;
    double value[BLOCK], sum[LUN_SPACE][BLOCK];
    open_block(j, &b, p / j->blocks, p % j->blocks * BLOCK, true);
    memset(sum, 0, sizeof sum);
    for (int64_t c = 0; c < j->channels; c++) {
        int64_t plane = b.image * j->channels + c;
        const char *x = j->x + plane * j->in * j->size, *g = j->g + (plane * j->out + b.from) * j->size;
        for (int d = 0; d < j->n; d++) {
            blend(j, &b, b.dw[d], x, (char *)value);
            for (int64_t i = 0; i < b.count; i++) sum[d][i] += lun_dense_get(j->wide, g, i) * lun_dense_get(j->wide, value, i);
        }
    }
    for (int64_t i = 0; i < b.count; i++)
        for (int d = 0; d < j->n; d++) lun_dense_set(j->wide, j->dgrid, (b.image * j->out + b.from + i) * j->n + j->n - 1 - d, sum[d][i]);
}

#define ADD(T, name)                                                                                           \
    static void name(const job *j, const block *b, const T *g, T *to)                                          \
    {                                                                                                          \
        const T *w = (const void *)b->w;                                                                       \
        for (int k = 0; k < j->choices; k++)                                                                   \
            for (int64_t i = 0; i < b->count; i++)                                                             \
                if (b->inside[k * b->count + i]) to[b->at[k * b->count + i]] += w[k * b->count + i] * g[i];    \
    }
ADD(float, add_f32)
ADD(double, add_f64)

enum { PLANES = 8 }; /* channels that share a block's weights */

static void input_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t groups = (j->channels + PLANES - 1) / PLANES, image = p / groups, first = p % groups * PLANES;
    int64_t last = first + PLANES < j->channels ? first + PLANES : j->channels;
    block b;
    memset(j->y + (image * j->channels + first) * j->in * j->size, 0, (size_t)((last - first) * j->in * j->size));
    for (int64_t from = 0; from < j->out; from += BLOCK) {
        open_block(j, &b, image, from, false);
        for (int64_t c = first; c < last; c++) {
            int64_t plane = image * j->channels + c;
            const void *g = j->g + (plane * j->out + from) * j->size;
            void *to = j->y + plane * j->in * j->size;
            if (j->wide) add_f64(j, &b, g, to);
            else add_f32(j, &b, g, to);
        }
    }
}

static bool begin(lun_call *c, lun_frame *f, job *j, const lun_tensor *x, const lun_tensor *grid)
{
    memset(j, 0, sizeof *j);
    if (!lun_grid_read(&c->params, &j->o) || !lun_frame_open(f, c)) return false;
    j->rows = lun_rows_for(f->type);
    j->wide = f->type == LUN_F64;
    j->size = (int64_t)lun_dtype_size(f->type);
    j->n = x->ndim - 2;
    j->taps = lun_grid_taps(j->o.mode);
    j->choices = 1;
    j->in = j->out = 1;
    for (int d = 0; d < j->n; d++) {
        j->choices *= j->taps;
        j->sizes[d] = x->dims[d + 2];
        j->in *= x->dims[d + 2];
        j->out *= grid->dims[d + 1];
    }
    if (j->n == 2 && j->o.mode == LUN_GRID_BILINEAR && j->o.padding != LUN_GRID_REFLECTION) j->cells = lun_grid_cells_for(f->type);
    for (int d = 0; d < 2; d++) {
        double size = (double)j->sizes[d];
        j->dims[d] = (lun_grid_dim){j->sizes[d], j->o.align ? (size - 1) / 2 : size / 2, j->o.align ? 0 : 0.5, j->o.padding == LUN_GRID_BORDER};
    }
    j->batch = x->dims[0];
    j->channels = x->dims[1];
    j->blocks = (j->out + BLOCK - 1) / BLOCK;
    return true;
}

static double work(const job *j, double per) { return per * (double)(j->batch * j->out) * (double)j->choices * (double)(2 + j->channels); }

bool lun_cpu_grid_sample(lun_call *c)
{
    lun_frame f;
    job j;
    if (!begin(c, &f, &j, c->in[0], c->in[1])) return false;
    j.x = f.in[0].data;
    j.grid = f.in[1].data;
    j.y = f.out[0].data;
    return lun_frame_close(&f, lun_parallel(j.batch * j.blocks, forward_piece, &j, work(&j, 1)));
}

bool lun_cpu_grid_sample_gradient(lun_call *c)
{
    lun_frame f;
    job j;
    if (!begin(c, &f, &j, c->in[1], c->in[2])) return false;
    j.g = f.in[0].data;
    j.x = f.in[1].data;
    j.grid = f.in[2].data;
    j.y = f.out[0].data;
    j.dgrid = f.out[1].data;
    bool done = true;
    if (!c->in[0]->numel) { /* nothing was read: no gradient anywhere */
        memset(j.y, 0, (size_t)(c->in[1]->numel * j.size));
        memset(j.dgrid, 0, (size_t)(c->in[2]->numel * j.size));
        return lun_frame_close(&f, true);
    }
    if (lun_param_bool(&c->params, 3, true))
        done = lun_parallel(j.batch * ((j.channels + PLANES - 1) / PLANES), input_piece, &j, work(&j, 1));
    if (done && lun_param_bool(&c->params, 4, true)) done = lun_parallel(j.batch * j.blocks, grid_piece, &j, work(&j, 2));
    return lun_frame_close(&f, done);
}
