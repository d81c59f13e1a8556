/* conv_backward.c - the two gradients of convolution
 *
 * Images: a piece is a block of channels of one image; transposed weight times g gives the unfolded gradient, which is folded back.
 * Weight: a piece is a block of channels over a part of the images; parts that share weights have sums of their own, added in order.
 * Read next: kernels/cpu/conv.h. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/context.h"
#include "kernels/cpu/conv.h"
#include "kernels/cpu/kernels.h"

#include <string.h>

enum { PIECES = 8 }; /* as many as are wanted at least, where the shape gives them */

static void stop(lun_conv *v) { __atomic_store_n(&v->stopped, true, __ATOMIC_RELAXED); }

static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

static void set_blocks(lun_conv *v, int64_t blocks)
{
    blocks = blocks < 1 ? 1 : at_most(blocks, v->in);
    v->block = (v->in + blocks - 1) / blocks;
    v->blocks = (v->in + v->block - 1) / v->block;
}

static void input_tile(lun_conv *v, lun_matrix weight, int64_t channels, const char *g, int64_t tile, char *dx, char *scratch)
{
    int64_t r0 = tile * v->tile_rows, r1 = at_most(r0 + v->tile_rows, v->out_rows), n = (r1 - r0) * v->w.out[2];
    lun_matrix gradient = {g + r0 * v->w.out[2] * v->size, v->out_plane, 1};
    bool ok;
    if (v->direct) {
        ok = lun_conv_product(v, channels, n, v->out, weight, gradient, dx + r0 * v->w.out[2] * v->size, v->in_plane, v->bias != NULL);
    } else {
        ok = lun_conv_product(v, channels * v->window, n, v->out, weight, gradient, scratch, n, false);
        if (ok) lun_conv_fold(v, scratch, channels, r0, r1, dx);
    }
    if (!ok) stop(v);
}

/* What the planes of channels first.. begin with: their bias, or 0. */
static void start_planes(const lun_conv *v, int64_t first, int64_t channels, char *dx)
{
    if (!v->bias) memset(dx, 0, (size_t)(channels * v->in_plane * v->size));
    for (int64_t c = 0; v->bias && c < channels; c++)
        lun_conv_fill(v, v->bias + (first + c) * v->size, dx + c * v->in_plane * v->size, v->in_plane);
}

static void input_piece(int64_t p, void *argument)
{
    lun_conv *v = argument;
    int64_t first = p % v->blocks * v->block, channels = at_most(v->block, v->in - first), unit = p / v->blocks;
    int64_t group = unit % v->groups;
    char *dx = v->to + (unit * v->in + first) * v->in_plane * v->size;
    const char *g = v->g + unit * v->out * v->out_plane * v->size;
    lun_matrix weight = {v->weight + (group * v->out * v->k + first * v->window) * v->size, 1, v->k};
    int slot = v->direct ? -1 : lun_conv_claim(v);
    char *scratch = slot < 0 ? NULL : v->scratch + (size_t)slot * v->slot_bytes;
    if (v->bias || !v->direct) start_planes(v, group * v->in + first, channels, dx);
    for (int64_t tile = 0; tile < v->tiles && !v->stopped; tile++) {
        if (tile && lun_interrupted()) stop(v);
        else input_tile(v, weight, channels, g, tile, dx, scratch);
    }
    if (slot >= 0) lun_conv_release(v, slot);
}

bool lun_cpu_conv_input_gradient(lun_call *c)
{
    lun_conv v;
    if (!lun_conv_open(&v, c, c->out[0], c->in[1], c->in[0])) return false;
    v.g = v.frame.in[0].data;
    v.weight = v.frame.in[1].data;
    v.bias = v.frame.in[2].data;
    v.to = v.frame.out[0].data;
    lun_conv other = v;
    bool straight, flipped = !v.whole && !v.direct && lun_conv_flip(&other);
    const bool planes = flipped && lun_conv_is_planes(&other), depthwise = lun_conv_is_depthwise(&v);
    const bool few = flipped && lun_conv_is_few(&other);
    other.x = v.g;
    if (lun_conv_onednn(&v, LUN_CONV_IMAGES, lun_conv_class(&v, planes, few), &straight)) return lun_conv_close(&v, straight);
    if (planes && lun_conv_planes_forward(&other, &straight)) return lun_conv_close(&v, straight);
    if (depthwise) return lun_conv_close(&v, lun_conv_depthwise_input_gradient(&v));
    if (few && lun_conv_few(&other, &straight)) return lun_conv_close(&v, straight);
    set_blocks(&v, (PIECES + v.images * v.groups - 1) / (v.images * v.groups));
    int64_t pieces = v.images * v.groups * v.blocks;
    bool done = lun_conv_scratch(&v, v.block, pieces) && lun_parallel(pieces, input_piece, &v, lun_conv_ns(&v));
    return lun_conv_close(&v, done);
}

static void weight_tile(lun_conv *v, const char *g, const char *x, int64_t channels, int64_t tile, char *dw, char *scratch)
{
    int64_t r0 = tile * v->tile_rows, r1 = at_most(r0 + v->tile_rows, v->out_rows), n = (r1 - r0) * v->w.out[2];
    lun_matrix gradient = {g + r0 * v->w.out[2] * v->size, v->out_plane, 1}, columns = {x + r0 * v->w.out[2] * v->size, 1, v->in_plane};
    if (!v->direct) {
        lun_conv_unfold(v, x, channels, r0, r1, scratch);
        columns = (lun_matrix){scratch, 1, n};
    }
    if (!lun_conv_product(v, v->out, channels * v->window, n, gradient, columns, dw, v->k, true)) stop(v);
}

static void weight_piece(int64_t p, void *argument)
{
    lun_conv *v = argument;
    int64_t part = p % v->parts, first = p / v->parts % v->blocks * v->block, group = p / v->parts / v->blocks;
    int64_t channels = at_most(v->block, v->in - first), weights = v->groups * v->out * v->k;
    char *sums = part ? v->partial + (part - 1) * weights * v->size : v->to;
    char *dw = sums + (group * v->out * v->k + first * v->window) * v->size;
    for (int64_t o = 0; o < v->out; o++) memset(dw + o * v->k * v->size, 0, (size_t)(channels * v->window * v->size));
    int slot = v->direct ? -1 : lun_conv_claim(v);
    char *scratch = slot < 0 ? NULL : v->scratch + (size_t)slot * v->slot_bytes;
    for (int64_t i = part * v->part_images; i < at_most((part + 1) * v->part_images, v->images) && !v->stopped; i++) {
        if (lun_interrupted()) stop(v);
        const char *g = v->g + (i * v->groups + group) * v->out * v->out_plane * v->size;
        const char *x = v->x + ((i * v->groups + group) * v->in + first) * v->in_plane * v->size;
        for (int64_t tile = 0; tile < v->tiles && !v->stopped; tile++) weight_tile(v, g, x, channels, tile, dw, scratch);
    }
    if (slot >= 0) lun_conv_release(v, slot);
}

bool lun_cpu_conv_weight_gradient(lun_call *c)
{
    lun_conv v;
    if (!lun_conv_open(&v, c, c->in[1], c->out[0], c->in[0])) return false;
    v.g = v.frame.in[0].data;
    v.x = v.frame.in[1].data;
    v.to = v.frame.out[0].data;
    bool straight;
    const bool planes = lun_conv_is_planes(&v), depthwise = lun_conv_is_depthwise(&v), few = lun_conv_weights_are_few(&v);
    if (lun_conv_onednn(&v, LUN_CONV_WEIGHTS, lun_conv_class(&v, planes, few), &straight)) return lun_conv_close(&v, straight);
    if (planes && lun_conv_planes_weights(&v, &straight)) return lun_conv_close(&v, straight);
    if (depthwise) return lun_conv_close(&v, lun_conv_depthwise_weight_gradient(&v));
    if (few && lun_conv_few_weights(&v, &straight)) return lun_conv_close(&v, straight);
    set_blocks(&v, v.k / 64 < PIECES ? v.k / 64 : PIECES);
    int64_t wanted = (PIECES + v.blocks * v.groups - 1) / (v.blocks * v.groups);
    v.part_images = (v.images + wanted - 1) / wanted;
    v.parts = (v.images + v.part_images - 1) / v.part_images;
    int64_t weights = v.groups * v.out * v.k, pieces = v.parts * v.blocks * v.groups;
    size_t bytes = (size_t)((v.parts - 1) * weights * v.size);
    v.partial = bytes ? lun_data_get(bytes) : NULL;
    bool done = (!bytes || v.partial) && lun_conv_scratch(&v, v.block, pieces) && lun_parallel(pieces, weight_piece, &v, lun_conv_ns(&v));
    for (int64_t part = 1; done && part < v.parts; part++) v.rows->add(weights, v.partial + (part - 1) * weights * v.size, v.to);
    if (v.partial) lun_data_put(v.partial, bytes);
    return lun_conv_close(&v, done);
}
