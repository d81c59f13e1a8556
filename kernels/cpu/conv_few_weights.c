/* conv_few_weights.c - the gradient of a convolution's weights, straight from rows of padded images, where products would be small
 *
 * A piece is a part of the images; it takes each square of four window elements and four outputs through all of them, so that its sums
 * stay in registers. The parts' sums are added in order, in double.
 * Holds: only for a stride of 1 along rows. Read next: kernels/cpu/conv_loops.c, kernels/cpu/conv_backward.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/shape.h"
#include "kernels/cpu/conv_few.h"
#include "kernels/cpu/conv_loops.h"

#include <string.h>

enum { PARTS = 8, SQUARE = LUN_CONV_SQUARE };

typedef struct weights {
    lun_padded padded;
    const lun_conv_cells *cells;
    int64_t row, plane, outs; /* of the copy of g: elements of a row and of an output's plane; outputs of an image, in whole squares */
    int64_t bands, part_images;
    char *g;
    double *sums; /* [part][group][band][square of outputs][SQUARE][SQUARE] */
} weights;

/* Longer rows unfold fast, larger products are done well by BLAS, and so are all where sixteen sums do not fit into registers. */
static const double most_products = 2e6;

bool lun_conv_weights_are_few(const lun_conv *v)
{
    return lun_isa() == LUN_ISA_AVX512 && !v->whole && !v->direct && v->w.stride[2] == 1 && v->w.out[2] >= 8 && v->w.out[2] < 16 && v->images >= 4 &&
           (double)v->out * (double)v->k * (double)v->out_plane < most_products;
}

static void copy_gradient(int64_t unit, void *argument)
{
    const weights *f = argument;
    const lun_conv *v = f->padded.v;
    int64_t width = v->w.out[2];
    char *to = f->g + unit * f->outs * f->plane * v->size;
    const char *from = v->g + unit * v->out * v->out_plane * v->size;
    memset(to, 0, (size_t)(f->outs * f->plane * v->size));
    for (int64_t r = 0; r < v->out * v->out_rows; r++)
        memcpy(to + (r / v->out_rows * f->plane + r % v->out_rows * f->row) * v->size, from + r * width * v->size, (size_t)(width * v->size));
}

/* A square's sums over some images, depth by depth, whose rows are equally far apart. */
static void add_images(const weights *f, int64_t group, int64_t from, int64_t count, const int64_t *offset, int64_t first_out, double *sum)
{
    const lun_conv *v = f->padded.v;
    const lun_window *w = &v->w;
    const lun_conv_weigh j = {.images = count, .rows = w->out[1], .n = w->out[2], .x_image = v->groups * v->in * f->padded.plane,
                              .x_row = f->padded.size[2] * w->stride[1], .g_image = v->groups * f->outs * f->plane, .g_row = f->row,
                              .plane = f->plane};
    int64_t unit = from * v->groups + group, depth = f->padded.size[1] * f->padded.size[2] * w->stride[0];
    const char *x = f->padded.images + unit * v->in * f->padded.plane * v->size;
    const char *g = f->g + (unit * f->outs + first_out) * f->plane * v->size;
    for (int64_t z = 0; z < w->out[0]; z++)
        f->cells->weigh(&j, offset, x + z * depth * v->size, g + z * w->out[1] * f->row * v->size, sum);
}

static void part_piece(int64_t part, void *argument)
{
    const weights *f = argument;
    const lun_conv *v = f->padded.v;
    int64_t from = part * f->part_images, left = v->images - from, count = left < f->part_images ? left : f->part_images;
    int64_t squares = f->outs / SQUARE;
    double *sum = f->sums + part * v->groups * f->bands * SQUARE * f->outs;
    for (int64_t square = 0; square < v->groups * f->bands * squares; square++, sum += SQUARE * SQUARE) {
        int64_t e = square / squares % f->bands * SQUARE, offset[SQUARE];
        for (int i = 0; i < SQUARE; i++) offset[i] = lun_padded_offset(&f->padded, e + i < v->k ? e + i : e);
        memset(sum, 0, SQUARE * SQUARE * sizeof *sum);
        add_images(f, square / squares / f->bands, from, count, offset, square % squares * SQUARE, sum);
    }
}

static void gather(const weights *f, int64_t parts)
{
    const lun_conv *v = f->padded.v;
    int64_t squares = f->outs / SQUARE, per_part = v->groups * f->bands * SQUARE * f->outs;
    for (int64_t i = 0; i < v->groups * v->out * v->k; i++) {
        int64_t group = i / v->k / v->out, o = i / v->k % v->out, e = i % v->k;
        int64_t at = ((group * f->bands + e / SQUARE) * squares + o / SQUARE) * SQUARE * SQUARE + e % SQUARE * SQUARE +
                     o % SQUARE;
        double sum = 0;
        for (int64_t part = 0; part < parts; part++) sum += f->sums[part * per_part + at];
        lun_dense_set(v->type == LUN_F64, v->to, i, sum);
    }
}

bool lun_conv_few_weights(lun_conv *v, bool *done)
{
    weights f = {.cells = lun_conv_cells_for(v->type), .bands = (v->k + SQUARE - 1) / SQUARE};
    int64_t lanes = 64 / v->size, units = v->images * v->groups;
    f.row = (v->w.out[2] + lanes - 1) / lanes * lanes;
    f.plane = v->out_rows * f.row;
    f.outs = (v->out + SQUARE - 1) / SQUARE * SQUARE;
    f.part_images = (v->images + PARTS - 1) / PARTS;
    int64_t parts = (v->images + f.part_images - 1) / f.part_images;
    size_t images, gradient, sums = (size_t)(parts * v->groups * f.bands * SQUARE * f.outs) * sizeof *f.sums, all;
    if (!lun_padded_sizes(&f.padded, v, &images) || !lun_mul_sizes((size_t)(units * f.outs), (size_t)(f.plane * v->size), &gradient) ||
        !lun_add_sizes(images, gradient, &all) || !lun_add_sizes(all, sums, &all))
        return false;
    char *memory = lun_data_get(all);
    if (!memory) return *done = false, true;
    f.padded.images = memory;
    f.g = memory + images;
    f.sums = (double *)(void *)(memory + images + gradient);
    double work = (double)units * (double)v->out * (double)v->out_plane * (double)v->k;
    *done = lun_padded_fill(&f.padded) && lun_parallel(units, copy_gradient, &f, 0.3 * (double)units * (double)f.outs * (double)f.plane) &&
            lun_parallel(parts, part_piece, &f, 0.04 * work);
    if (*done) gather(&f, parts);
    lun_data_put(memory, all);
    return true;
}
