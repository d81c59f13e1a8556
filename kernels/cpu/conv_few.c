/* conv_few.c - convolution with not too many outputs per group, straight over rows of a padded copy
 *
 * Up to some size the product of matrices is mostly unfolding and packing. Here the images are copied once with their border, so that
 * no window reaches outside, and blocks of eight outputs are summed in registers.
 * Holds: only for a stride of 1 along rows. Read next: kernels/cpu/conv_loops.c, kernels/cpu/conv.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/shape.h"
#include "kernels/cpu/conv_few.h"
#include "kernels/cpu/conv_loops.h"

#include <string.h>

typedef struct few {
    lun_conv *v;
    lun_padded padded;
    const lun_conv_cells *cells;
    int64_t blocks, rows, tiles; /* of outputs; output rows of a piece */
    int64_t shares;              /* among which a tile's blocks are dealt out: more than one where there are few tiles */
    int64_t *offset;
    char *weights, *start; /* [group][block][k][8]; [group][block][8] */
} few;

/* A block's weights stay in the first cache. */
static const int64_t most_outputs = 128, most_weights = 32 * 1024;

bool lun_conv_is_few(const lun_conv *v)
{
    return !v->whole && !v->direct && v->w.stride[2] == 1 && v->out <= most_outputs && v->k >= 8 && v->k * LUN_CONV_FEW * v->size <= most_weights &&
           v->w.out[2] >= 8;
}

enum { PADDED_END = 256, ENOUGH = 16 }; /* what loops may read beyond; pieces for all threads */

static void pad_plane(int64_t p, void *argument)
{
    const lun_padded *f = argument;
    const lun_conv *v = f->v;
    const lun_window *w = &v->w;
    const char *from = v->x + p * v->in_plane * v->size;
    char *to = f->images + p * f->plane * v->size;
    int64_t room = f->size[2] - w->pad[2], count = room < w->in[2] ? room : w->in[2];
    memset(to, 0, (size_t)(f->plane * v->size));
    for (int64_t r = 0; count > 0 && r < f->size[0] * f->size[1]; r++) {
        int64_t z = r / f->size[1] - w->pad[0], y = r % f->size[1] - w->pad[1];
        if (z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1]) continue;
        memcpy(to + (r * f->size[2] + w->pad[2]) * v->size, from + (z * w->in[1] + y) * w->in[2] * v->size, (size_t)(count * v->size));
    }
}

bool lun_padded_sizes(lun_padded *p, const lun_conv *v, size_t *bytes)
{
    const lun_window *w = &v->w;
    p->v = v;
    p->plane = 1;
    for (int d = 0; d < LUN_SPACE; d++) {
        p->size[d] = (w->out[d] - 1) * w->stride[d] + w->dilation[d] * (w->kernel[d] - 1) + 1;
        if (__builtin_mul_overflow(p->plane, p->size[d], &p->plane)) return false;
    }
    if (p->plane > 4 * v->in_plane + 4096) return false;
    if (!lun_mul_sizes((size_t)(v->images * v->groups * v->in), (size_t)(p->plane * v->size), bytes)) return false;
    *bytes = (*bytes + PADDED_END + 63) / 64 * 64;
    return true;
}

bool lun_padded_fill(lun_padded *p)
{
    const lun_conv *v = p->v;
    int64_t planes = v->images * v->groups * v->in;
    memset(p->images + planes * p->plane * v->size, 0, PADDED_END);
    return lun_parallel(planes, pad_plane, p, 0.3 * (double)planes * (double)p->plane);
}

int64_t lun_padded_offset(const lun_padded *p, int64_t e)
{
    const lun_window *w = &p->v->w;
    int64_t c = e / p->v->window, k = e % p->v->window, z = k / (w->kernel[1] * w->kernel[2]), y = k / w->kernel[2] % w->kernel[1];
    return c * p->plane + (z * w->dilation[0] * p->size[1] + y * w->dilation[1]) * p->size[2] + k % w->kernel[2] * w->dilation[2];
}

int64_t lun_padded_row(const lun_padded *p, int64_t r)
{
    const lun_window *w = &p->v->w;
    return (r / w->out[1] * w->stride[0] * p->size[1] + r % w->out[1] * w->stride[1]) * p->size[2];
}

static void row_piece(int64_t p, void *argument)
{
    const few *f = argument;
    const lun_conv *v = f->v;
    const lun_window *w = &v->w;
    int64_t share = p % f->shares, tile = p / f->shares % f->tiles, unit = p / f->shares / f->tiles, group = unit % v->groups;
    int64_t r0 = tile * f->rows, r1 = r0 + f->rows < v->out_rows ? r0 + f->rows : v->out_rows;
    const char *x = f->padded.images + unit * v->in * f->padded.plane * v->size;
    for (int64_t b = share; b < f->blocks; b += f->shares) {
        int64_t block = group * f->blocks + b, left = v->out - b * LUN_CONV_FEW;
        const char *weights = f->weights + block * v->k * LUN_CONV_FEW * v->size, *start = f->start + block * LUN_CONV_FEW * v->size;
        char *y = v->to + (unit * v->out + b * LUN_CONV_FEW) * v->out_plane * v->size;
        for (int64_t r = r0; r < r1; r++) {
            f->cells->few(w->out[2], v->k, f->offset, x + lun_padded_row(&f->padded, r) * v->size, weights, start,
                          left < LUN_CONV_FEW ? (int)left : LUN_CONV_FEW, v->out_plane, y + r * w->out[2] * v->size);
        }
    }
}

/* count elements, forwards or (step -1) backwards from `from`, to every LUN_CONV_FEWth of `to` */
static void spread(char *to, const char *from, int64_t count, int64_t step, int64_t size)
{
    if (size == 4)
        for (int64_t i = 0; i < count; i++) ((uint32_t *)(void *)to)[i * LUN_CONV_FEW] = ((const uint32_t *)(const void *)from)[i * step];
    else
        for (int64_t i = 0; i < count; i++) ((uint64_t *)(void *)to)[i * LUN_CONV_FEW] = ((const uint64_t *)(const void *)from)[i * step];
}

static void arrange(few *f)
{
    const lun_conv *v = f->v;
    for (int64_t e = 0; e < v->k; e++) f->offset[e] = lun_padded_offset(&f->padded, e);
    for (int64_t o = 0; o < v->groups * v->out; o++) {
        int64_t group = o / v->out, in_group = o % v->out, block = group * f->blocks + in_group / LUN_CONV_FEW, lane = in_group % LUN_CONV_FEW;
        char *to = f->weights + (block * v->k * LUN_CONV_FEW + lane) * v->size;
        if (v->bias) memcpy(f->start + (block * LUN_CONV_FEW + lane) * v->size, v->bias + o * v->size, (size_t)v->size);
        if (!v->flipped) spread(to, v->weight + o * v->k * v->size, v->k, 1, v->size);
        for (int64_t c = 0; v->flipped && c < v->in; c++) { /* inputs and outputs have changed sides, and windows are read from their ends */
            const char *window = v->weight + ((group * v->in + c) * v->out + in_group) * v->window * v->size;
            spread(to + c * v->window * LUN_CONV_FEW * v->size, window + (v->window - 1) * v->size, v->window, -1, v->size);
        }
    }
}

/* Bytes of the padded images, weights, starts and offsets; false when they are too many to be worth it. */
static bool sizes(few *f, size_t *images, size_t *weights, size_t *all)
{
    const lun_conv *v = f->v;
    size_t blocks = (size_t)(v->groups * f->blocks * LUN_CONV_FEW);
    if (!lun_padded_sizes(&f->padded, v, images) || !lun_mul_sizes(blocks, (size_t)((v->k + 1) * v->size), weights)) return false;
    *weights = (*weights + 63) / 64 * 64;
    return lun_add_sizes(*images, *weights, all) && lun_add_sizes(*all, (size_t)v->k * sizeof *f->offset, all);
}

bool lun_conv_flip(lun_conv *v)
{
    lun_window *w = &v->w, old = v->w;
    for (int d = 0; d < LUN_SPACE; d++) {
        w->pad[d] = w->dilation[d] * (w->kernel[d] - 1) - w->pad[d];
        if (w->stride[d] != 1 || w->pad[d] < 0) return *w = old, false;
    }
    memcpy(w->in, old.out, sizeof w->in);
    memcpy(w->out, old.in, sizeof w->out);
    int64_t in = v->in;
    v->in = v->out;
    v->out = in;
    v->k = v->in * v->window;
    v->flipped = true;
    lun_conv_planes(v, v->type);
    return true;
}

bool lun_conv_few(lun_conv *v, bool *done)
{
    few f = {.v = v, .cells = lun_conv_cells_for(v->type), .blocks = (v->out + LUN_CONV_FEW - 1) / LUN_CONV_FEW};
    size_t images, weights, all;
    if (!sizes(&f, &images, &weights, &all)) return false;
    char *memory = lun_data_get(all);
    if (!memory) return *done = false, true;
    f.padded.images = memory;
    f.weights = memory + images;
    f.start = f.weights + v->groups * f.blocks * LUN_CONV_FEW * v->k * v->size;
    f.offset = (int64_t *)(void *)(memory + images + weights);
    memset(memory + images, 0, weights);
    arrange(&f);
    f.rows = 2048 / v->w.out[2] + 1;
    f.tiles = (v->out_rows + f.rows - 1) / f.rows;
    int64_t units = v->images * v->groups, pieces = units * f.tiles;
    f.shares = pieces >= ENOUGH ? 1 : ENOUGH / pieces < f.blocks ? ENOUGH / pieces : f.blocks;
    double work = (double)units * (double)v->out * (double)v->out_plane * (double)v->k;
    *done = lun_padded_fill(&f.padded) && lun_parallel(pieces * f.shares, row_piece, &f, 0.03 * work);
    lun_data_put(memory, all);
    return true;
}
