/* conv_planes.c - depthwise convolution with one output per channel and a stride of 1 along rows: each plane straight from a padded copy
 *
 * All elements of the window go by while a stretch of a row is in registers. The gradient of the images is the same with the window turned
 * round; that of the weights takes four elements of the window through all images at a time.
 * Holds: a piece is a plane, or all planes of a channel. Read next: kernels/cpu/conv_loops.c, kernels/cpu/conv_depthwise.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/shape.h"
#include "kernels/cpu/conv_few.h"
#include "kernels/cpu/conv_loops.h"

#include <string.h>

typedef struct planes {
    lun_padded padded;
    const lun_conv_cells *cells;
    int64_t *offset;
    char *weights; /* turned round where the convolution is flipped */
} planes;

bool lun_conv_is_planes(const lun_conv *v)
{
    return v->groups > 1 && v->in == 1 && v->out == 1 && !v->whole && v->w.stride[2] == 1 && v->w.out[2] >= 8;
}

static void plane_piece(int64_t p, void *argument)
{
    const planes *f = argument;
    const lun_conv *v = f->padded.v;
    const lun_window *w = &v->w;
    int64_t channel = p % v->groups;
    const char *x = f->padded.images + p * f->padded.plane * v->size, *weights = f->weights + channel * v->k * v->size;
    double start = v->bias ? lun_dense_get(v->type == LUN_F64, v->bias, channel) : 0;
    for (int64_t r = 0; r < v->out_rows; r++) {
        f->cells->one(w->out[2], v->k, f->offset, x + lun_padded_row(&f->padded, r) * v->size, weights, start,
                      v->to + (p * v->out_plane + r * w->out[2]) * v->size);
    }
}

static void weight_piece(int64_t channel, void *argument)
{
    const planes *f = argument;
    const lun_conv *v = f->padded.v;
    const lun_window *w = &v->w;
    const lun_conv_weigh j = {.images = v->images, .rows = w->out[1], .n = w->out[2], .x_image = v->groups * f->padded.plane,
                              .x_row = f->padded.size[2] * w->stride[1], .g_image = v->groups * v->out_plane, .g_row = w->out[2]};
    int64_t depth = f->padded.size[1] * f->padded.size[2] * w->stride[0];
    const char *x = f->padded.images + channel * f->padded.plane * v->size, *g = v->g + channel * v->out_plane * v->size;
    for (int64_t e = 0; e < v->k; e += LUN_CONV_SQUARE) {
        int64_t offset[LUN_CONV_SQUARE], left = v->k - e < LUN_CONV_SQUARE ? v->k - e : LUN_CONV_SQUARE;
        double sum[LUN_CONV_SQUARE] = {0};
        for (int64_t i = 0; i < LUN_CONV_SQUARE; i++) offset[i] = f->offset[i < left ? e + i : e];
        for (int64_t z = 0; z < w->out[0]; z++)
            f->cells->weigh_one(&j, offset, x + z * depth * v->size, g + z * w->out[1] * w->out[2] * v->size, sum);
        for (int64_t i = 0; i < left; i++) lun_dense_set(v->type == LUN_F64, v->to, channel * v->k + e + i, sum[i]);
    }
}

static void turn_weights(const planes *f)
{
    const lun_conv *v = f->padded.v;
    for (int64_t c = 0; c < v->groups; c++)
        for (int64_t e = 0; e < v->k; e++)
            memcpy(f->weights + (c * v->k + e) * v->size, v->weight + (c * v->k + (v->flipped ? v->k - 1 - e : e)) * v->size, (size_t)v->size);
}

/* Runs `piece` over the planes (or channels) of padded images; false when it is not done that way. */
static bool run(lun_conv *v, lun_piece *piece, int64_t pieces, bool *done)
{
    planes f = {.cells = lun_conv_cells_for(v->type)};
    size_t images, weights = (size_t)(v->weight ? v->groups * v->k * v->size : 0), all;
    weights = (weights + 63) / 64 * 64;
    if (!lun_padded_sizes(&f.padded, v, &images) || !lun_add_sizes(images, weights + (size_t)v->k * sizeof *f.offset, &all)) return false;
    char *memory = lun_data_get(all);
    if (!memory) return *done = false, true;
    f.padded.images = memory;
    f.weights = memory + images;
    f.offset = (int64_t *)(void *)(memory + images + weights);
    for (int64_t e = 0; e < v->k; e++) f.offset[e] = lun_padded_offset(&f.padded, e);
    if (v->weight) turn_weights(&f);
    double work = (double)v->images * (double)v->groups * (double)v->out_plane * (double)v->k;
    *done = lun_padded_fill(&f.padded) && lun_parallel(pieces, piece, &f, 0.06 * work);
    lun_data_put(memory, all);
    return true;
}

bool lun_conv_planes_forward(lun_conv *v, bool *done) { return run(v, plane_piece, v->images * v->groups, done); }

bool lun_conv_planes_weights(lun_conv *v, bool *done) { return run(v, weight_piece, v->groups, done); }
