/* conv.c - conv2d forward, and the unfolding that the gradients use too
 *
 * A piece is a tile of one image and group: unfold, then one product weight [out, k] x tile [k, positions] straight into the result.
 * Read next: kernels/cpu/conv_backward.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/conv.h"

#include "core/alloc.h"
#include "core/error.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/window.h"

#include <string.h>

static const int64_t tile_bytes = 512 * 1024;

static void choose_tiles(lun_conv *v)
{
    const lun_window *w = &v->w;
    int64_t row = v->k * w->out_w * v->size, rows = tile_bytes / (row ? row : 1), least = (127 + w->out_w) / w->out_w;
    if (rows < least) rows = least;
    v->tile_rows = rows < w->out_h ? rows : w->out_h;
    v->tiles = (w->out_h + v->tile_rows - 1) / v->tile_rows;
}

bool lun_conv_open(lun_conv *v, lun_call *c, const lun_tensor *x, const lun_tensor *w, const lun_tensor *y)
{
    memset(v, 0, sizeof *v);
    v->w = (lun_window){.in_h = x->dims[x->ndim - 2], .in_w = x->dims[x->ndim - 1], .kernel_h = w->dims[2], .kernel_w = w->dims[3]};
    if (!lun_conv_window(&c->params, &v->w) || !lun_frame_open(&v->frame, c)) return false;
    v->w.out_h = y->dims[y->ndim - 2]; /* for gradients of gradients the sizes are given */
    v->w.out_w = y->dims[y->ndim - 1];
    v->type = v->frame.type;
    v->rows = lun_rows_for(v->type);
    v->size = (int64_t)lun_dtype_size(v->type);
    v->groups = lun_param_int(&c->params, 3, 1);
    v->images = x->ndim == 4 ? x->dims[0] : 1;
    v->in = w->dims[1];
    v->out = w->dims[0] / v->groups;
    v->in_plane = v->w.in_h * v->w.in_w;
    v->out_plane = v->w.out_h * v->w.out_w;
    v->window = v->w.kernel_h * v->w.kernel_w;
    v->k = v->in * v->window;
    const lun_window *p = &v->w;
    v->direct = v->window == 1 && p->stride_h == 1 && p->stride_w == 1 && !p->pad_h && !p->pad_w && v->in_plane == v->out_plane;
    choose_tiles(v);
    int64_t sizes[] = {v->k, v->in_plane, v->out_plane, v->out};
    return lun_blas_fits(4, sizes) || lun_frame_close(&v->frame, false);
}

bool lun_conv_scratch(lun_conv *v, int64_t channels, int64_t pieces)
{
    if (v->direct) return true;
    int threads = lun_threads();
    v->slots = pieces < threads ? (int)pieces : threads;
    if (v->slots > LUN_THREADS_MAX) v->slots = LUN_THREADS_MAX;
    v->slot_bytes = ((size_t)(channels * v->window * v->tile_rows * v->w.out_w * v->size) + 63) / 64 * 64;
    v->scratch_bytes = v->slot_bytes * (size_t)v->slots;
    v->scratch = lun_data_get(v->scratch_bytes);
    return v->scratch != NULL;
}

int lun_conv_claim(lun_conv *v)
{
    for (int i = 0;; i = (i + 1) % (v->slots ? v->slots : 1))
        if (!__atomic_exchange_n(&v->busy[i], 1, __ATOMIC_ACQUIRE)) return i;
}

bool lun_conv_close(lun_conv *v, bool done)
{
    if (v->scratch) lun_data_put(v->scratch, v->scratch_bytes);
    return lun_frame_close(&v->frame, done && !v->stopped);
}

double lun_conv_ns(const lun_conv *v)
{
    return (double)v->images * (double)v->groups * (lun_gemm_ns(v->out, v->out_plane, v->k) + 0.3 * (double)v->k * (double)v->out_plane);
}

static void copy_step(const lun_conv *v, char *to, const char *from, int64_t n, int64_t step)
{
    if (step == 1) {
        memcpy(to, from, (size_t)(n * v->size));
    } else if (v->size == 8) {
        const double *x = (const void *)from;
        double *y = (void *)to;
        for (int64_t i = 0; i < n; i++) y[i] = x[i * step];
    } else {
        const float *x = (const void *)from;
        float *y = (void *)to;
        for (int64_t i = 0; i < n; i++) y[i] = x[i * step];
    }
}

/* One row of the unfolded matrix: element (ky, kx) of the window over output rows y0..y1-1 of a plane. */
static void unfold_element(const lun_conv *v, const char *plane, int64_t ky, int64_t kx, int64_t y0, int64_t y1, char *to)
{
    const lun_window *w = &v->w;
    int64_t shift = kx * w->dilation_w - w->pad_w, first, last, row = w->out_w * v->size;
    lun_reach(w->in_w, w->out_w, w->stride_w, shift, &first, &last);
    for (int64_t oy = y0; oy < y1; oy++, to += row) {
        int64_t iy = oy * w->stride_h - w->pad_h + ky * w->dilation_h;
        if (iy < 0 || iy >= w->in_h || first == last) {
            memset(to, 0, (size_t)row);
            continue;
        }
        memset(to, 0, (size_t)(first * v->size));
        copy_step(v, to + first * v->size, plane + (iy * w->in_w + first * w->stride_w + shift) * v->size, last - first, w->stride_w);
        memset(to + last * v->size, 0, (size_t)((w->out_w - last) * v->size));
    }
}

void lun_conv_unfold(const lun_conv *v, const char *x, int64_t channels, int64_t y0, int64_t y1, char *to)
{
    int64_t bytes = (y1 - y0) * v->w.out_w * v->size;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t ky = 0; ky < v->w.kernel_h; ky++)
            for (int64_t kx = 0; kx < v->w.kernel_w; kx++, to += bytes)
                unfold_element(v, x + c * v->in_plane * v->size, ky, kx, y0, y1, to);
}

static void fold_element(const lun_conv *v, const char *from, int64_t ky, int64_t kx, int64_t y0, int64_t y1, char *plane)
{
    const lun_window *w = &v->w;
    int64_t shift = kx * w->dilation_w - w->pad_w, first, last;
    lun_reach(w->in_w, w->out_w, w->stride_w, shift, &first, &last);
    for (int64_t oy = y0; oy < y1; oy++, from += w->out_w * v->size) {
        int64_t iy = oy * w->stride_h - w->pad_h + ky * w->dilation_h;
        if (iy < 0 || iy >= w->in_h) continue;
        v->rows->axpy_spread(last - first, 1, from + first * v->size, w->stride_w,
                             plane + (iy * w->in_w + first * w->stride_w + shift) * v->size);
    }
}

void lun_conv_fold(const lun_conv *v, const char *from, int64_t channels, int64_t y0, int64_t y1, char *x)
{
    int64_t bytes = (y1 - y0) * v->w.out_w * v->size;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t ky = 0; ky < v->w.kernel_h; ky++)
            for (int64_t kx = 0; kx < v->w.kernel_w; kx++, from += bytes)
                fold_element(v, from, ky, kx, y0, y1, x + c * v->in_plane * v->size);
}

void lun_conv_fill(const lun_conv *v, const char *value, char *to, int64_t n)
{
    if (v->size == 8) {
        double x = *(const double *)(const void *)value, *y = (void *)to;
        for (int64_t i = 0; i < n; i++) y[i] = x;
    } else {
        float x = *(const float *)(const void *)value, *y = (void *)to;
        for (int64_t i = 0; i < n; i++) y[i] = x;
    }
}

static void forward_piece(int64_t p, void *argument)
{
    lun_conv *v = argument;
    int64_t tile = p % v->tiles, group = p / v->tiles % v->groups, image = p / v->tiles / v->groups;
    int64_t y0 = tile * v->tile_rows, y1 = y0 + v->tile_rows < v->w.out_h ? y0 + v->tile_rows : v->w.out_h;
    int64_t n = (y1 - y0) * v->w.out_w;
    const char *x = v->x + (image * v->groups + group) * v->in * v->in_plane * v->size;
    char *to = v->to + ((image * v->groups + group) * v->out * v->out_plane + y0 * v->w.out_w) * v->size;
    lun_matrix weight = {v->weight + group * v->out * v->k * v->size, v->k, 1}, columns = {x + y0 * v->w.out_w * v->size, v->in_plane, 1};
    int slot = -1;
    if (!v->direct) {
        slot = lun_conv_claim(v);
        char *scratch = v->scratch + (size_t)slot * v->slot_bytes;
        lun_conv_unfold(v, x, v->in, y0, y1, scratch);
        columns = (lun_matrix){scratch, n, 1};
    }
    for (int64_t o = 0; v->bias && o < v->out; o++)
        lun_conv_fill(v, v->bias + (group * v->out + o) * v->size, to + o * v->out_plane * v->size, n);
    if (!lun_gemm(v->type, v->out, n, v->k, weight, columns, to, v->out_plane, v->bias != NULL))
        __atomic_store_n(&v->stopped, true, __ATOMIC_RELAXED);
    if (slot >= 0) lun_conv_release(v, slot);
}

bool lun_cpu_conv2d(lun_call *c)
{
    lun_conv v;
    if (!lun_conv_open(&v, c, c->in[0], c->in[1], c->out[0])) return false;
    v.x = v.frame.in[0].data;
    v.weight = v.frame.in[1].data;
    v.bias = v.frame.in[2].data;
    v.to = v.frame.out[0].data;
    if (v.in == 1 && v.groups > 1) return lun_conv_close(&v, lun_conv_depthwise(&v));
    int64_t pieces = v.images * v.groups * v.tiles;
    bool done = lun_conv_scratch(&v, v.in, pieces) && lun_parallel(pieces, forward_piece, &v, lun_conv_ns(&v));
    return lun_conv_close(&v, done);
}
