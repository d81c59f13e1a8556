/* conv.c - convolution forward, and the unfolding that the gradients use too
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
    int64_t width = v->w.out[2], row = v->k * width * v->size, rows = tile_bytes / (row ? row : 1), least = (127 + width) / width;
    if (rows < least) rows = least;
    v->tile_rows = rows < v->out_rows ? rows : v->out_rows;
    v->tiles = (v->out_rows + v->tile_rows - 1) / v->tile_rows;
}

void lun_conv_planes(lun_conv *v, lun_dtype type)
{
    const lun_window *w = &v->w;
    v->type = type;
    v->whole = type == LUN_I64;
    v->rows = lun_rows_for(type);
    v->size = (int64_t)lun_dtype_size(type);
    v->in_plane = w->in[0] * w->in[1] * w->in[2];
    v->out_rows = w->out[0] * w->out[1];
    v->out_plane = v->out_rows * w->out[2];
    v->window = w->kernel[0] * w->kernel[1] * w->kernel[2];
}

static bool same_positions(const lun_window *w)
{
    for (int d = 0; d < LUN_SPACE; d++)
        if (w->stride[d] != 1 || w->pad[d] || w->in[d] != w->out[d]) return false;
    return true;
}

bool lun_conv_open(lun_conv *v, lun_call *c, const lun_tensor *x, const lun_tensor *w, const lun_tensor *y)
{
    int n = w->ndim - 2;
    memset(v, 0, sizeof *v);
    lun_window_dims(n, x->dims + x->ndim - n, v->w.in);
    lun_window_dims(n, w->dims + 2, v->w.kernel);
    if (!lun_conv_window(&c->params, n, &v->w) || !lun_frame_open(&v->frame, c)) return false;
    lun_window_dims(n, y->dims + y->ndim - n, v->w.out); /* for gradients of gradients the sizes are given */
    lun_conv_planes(v, x->dtype == LUN_I64 ? LUN_I64 : v->frame.type);
    v->groups = lun_param_int(&c->params, 3, 1);
    v->images = x->ndim == n + 2 ? x->dims[0] : 1;
    v->in = w->dims[1];
    v->out = w->dims[0] / v->groups;
    v->k = v->in * v->window;
    v->direct = v->window == 1 && same_positions(&v->w);
    choose_tiles(v);
    int64_t sizes[] = {v->k, v->in_plane, v->out_plane, v->out};
    return lun_blas_fits(4, sizes) || lun_frame_close(&v->frame, false);
}

/* Wraps around like the dtype does. */
static void whole_product(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, uint64_t *c, int64_t ldc, bool add)
{
    const uint64_t *x = a.data, *y = b.data;
    for (int64_t i = 0; i < m; i++) {
        uint64_t *row = c + i * ldc;
        if (!add) memset(row, 0, (size_t)n * sizeof *row);
        for (int64_t l = 0; l < k; l++) {
            uint64_t factor = x[i * a.row + l * a.col];
            for (int64_t j = 0; j < n; j++) row[j] += factor * y[l * b.row + j * b.col];
        }
    }
}

bool lun_conv_product(const lun_conv *v, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add)
{
    if (!v->whole) return lun_gemm(v->type, m, n, k, a, b, c, ldc, add);
    whole_product(m, n, k, a, b, c, ldc, add);
    return true;
}

bool lun_conv_scratch(lun_conv *v, int64_t channels, int64_t pieces)
{
    if (v->direct) return true;
    int threads = lun_threads();
    v->slots = pieces < threads ? (int)pieces : threads;
    if (v->slots > LUN_THREADS_MAX) v->slots = LUN_THREADS_MAX;
    v->slot_bytes = ((size_t)(channels * v->window * v->tile_rows * v->w.out[2] * v->size) + 63) / 64 * 64;
    v->scratch_bytes = v->slot_bytes * (size_t)v->slots;
    v->scratch = lun_data_get(v->scratch_bytes);
    return v->scratch != NULL;
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
    } else if (v->size == 1) {
        for (int64_t i = 0; i < n; i++) to[i] = from[i * step];
    } else if (v->size == 2) {
        for (int64_t i = 0; i < n; i++) memcpy(to + 2 * i, from + 2 * i * step, 2);
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

/* Input row read by element k of the window for output row r; -1 outside. */
static int64_t row_read(const lun_window *w, int64_t r, const int64_t *k)
{
    int64_t z = r / w->out[1] * w->stride[0] - w->pad[0] + k[0] * w->dilation[0];
    int64_t y = r % w->out[1] * w->stride[1] - w->pad[1] + k[1] * w->dilation[1];
    return z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1] ? -1 : z * w->in[1] + y;
}

/* With stride 1 and as many columns out as in, output rows next to each other read input rows next to each other, so that the whole run
 * is one copy, shifted; only the columns that it wraps around to are wrong. `rows`: how many follow r, r included, or 0. */
static int64_t run_of_rows(const lun_window *w, int64_t r, int64_t r1, const int64_t *k)
{
    if (w->stride[1] != 1 || w->stride[2] != 1 || w->in[2] != w->out[2]) return 0;
    int64_t y = r % w->out[1], last = w->in[1] + w->pad[1] - k[1] * w->dilation[1], rows = r1 - r;
    if (last > w->out[1]) last = w->out[1];
    return last - y < rows ? last - y : rows;
}

static void clear_columns(const lun_conv *v, char *to, int64_t rows, int64_t first, int64_t last)
{
    int64_t width = v->w.out[2], size = v->size;
    for (int64_t r = 0; r < rows; r++, to += width * size) {
        for (int64_t i = 0; i < first * size; i++) to[i] = 0;
        for (int64_t i = last * size; i < width * size; i++) to[i] = 0;
    }
}

/* One row of the unfolded matrix: element k of the window over output rows r0..r1-1 of a plane. */
static void unfold_element(const lun_conv *v, const char *plane, const int64_t *k, int64_t r0, int64_t r1, char *to)
{
    const lun_window *w = &v->w;
    int64_t shift = k[2] * w->dilation[2] - w->pad[2], first, last, bytes = w->out[2] * v->size;
    lun_reach(w->in[2], w->out[2], w->stride[2], shift, &first, &last);
    for (int64_t r = r0; r < r1; r++, to += bytes) {
        int64_t row = row_read(w, r, k);
        if (row < 0 || first == last) {
            memset(to, 0, (size_t)bytes);
            continue;
        }
        int64_t rows = run_of_rows(w, r, r1, k);
        if (rows > 1) {
            int64_t n = rows * w->in[2] - first - (w->in[2] - last);
            memcpy(to + first * v->size, plane + (row * w->in[2] + first + shift) * v->size, (size_t)(n * v->size));
            clear_columns(v, to, rows, first, last);
            r += rows - 1;
            to += (rows - 1) * bytes;
            continue;
        }
        memset(to, 0, (size_t)(first * v->size));
        copy_step(v, to + first * v->size, plane + (row * w->in[2] + first * w->stride[2] + shift) * v->size, last - first, w->stride[2]);
        memset(to + last * v->size, 0, (size_t)((w->out[2] - last) * v->size));
    }
}

static void element_at(const lun_window *w, int64_t i, int64_t *k)
{
    k[0] = i / (w->kernel[1] * w->kernel[2]);
    k[1] = i / w->kernel[2] % w->kernel[1];
    k[2] = i % w->kernel[2];
}

void lun_conv_unfold(const lun_conv *v, const char *x, int64_t channels, int64_t r0, int64_t r1, char *to)
{
    int64_t bytes = (r1 - r0) * v->w.out[2] * v->size, k[LUN_SPACE];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < v->window; i++, to += bytes) {
            element_at(&v->w, i, k);
            unfold_element(v, x + c * v->in_plane * v->size, k, r0, r1, to);
        }
}

static void add_spread(const lun_conv *v, int64_t n, const char *from, int64_t step, char *to)
{
    if (!v->whole) {
        v->rows->axpy_spread(n, 1, from, step, to);
        return;
    }
    const uint64_t *x = (const void *)from;
    uint64_t *y = (void *)to;
    for (int64_t i = 0; i < n; i++) y[i * step] += x[i];
}

/* `from` is changed where it is scratch memory: what would wrap around is cleared. */
static void fold_element(const lun_conv *v, const char *from, const int64_t *k, int64_t r0, int64_t r1, char *plane)
{
    const lun_window *w = &v->w;
    int64_t shift = k[2] * w->dilation[2] - w->pad[2], first, last;
    lun_reach(w->in[2], w->out[2], w->stride[2], shift, &first, &last);
    for (int64_t r = r0; r < r1; r++, from += w->out[2] * v->size) {
        int64_t row = row_read(w, r, k), rows = row >= 0 && first < last && v->scratch ? run_of_rows(w, r, r1, k) : 0;
        if (rows > 1) {
            clear_columns(v, (char *)(uintptr_t)from, rows, first, last);
            add_spread(v, rows * w->in[2] - first - (w->in[2] - last), from + first * v->size, 1,
                       plane + (row * w->in[2] + first + shift) * v->size);
            r += rows - 1;
            from += (rows - 1) * w->out[2] * v->size;
        } else if (row >= 0)
            add_spread(v, last - first, from + first * v->size, w->stride[2], plane + (row * w->in[2] + first * w->stride[2] + shift) * v->size);
    }
}

void lun_conv_fold(const lun_conv *v, const char *from, int64_t channels, int64_t r0, int64_t r1, char *x)
{
    int64_t bytes = (r1 - r0) * v->w.out[2] * v->size, k[LUN_SPACE];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < v->window; i++, from += bytes) {
            element_at(&v->w, i, k);
            fold_element(v, from, k, r0, r1, x + c * v->in_plane * v->size);
        }
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
    int64_t r0 = tile * v->tile_rows, r1 = r0 + v->tile_rows < v->out_rows ? r0 + v->tile_rows : v->out_rows;
    int64_t n = (r1 - r0) * v->w.out[2];
    const char *x = v->x + (image * v->groups + group) * v->in * v->in_plane * v->size;
    char *to = v->to + ((image * v->groups + group) * v->out * v->out_plane + r0 * v->w.out[2]) * v->size;
    lun_matrix weight = {v->weight + group * v->out * v->k * v->size, v->k, 1}, columns = {x + r0 * v->w.out[2] * v->size, v->in_plane, 1};
    int slot = -1;
    if (!v->direct) {
        slot = lun_conv_claim(v);
        char *scratch = v->scratch + (size_t)slot * v->slot_bytes;
        lun_conv_unfold(v, x, v->in, r0, r1, scratch);
        columns = (lun_matrix){scratch, n, 1};
    }
    const bool before = v->bias && v->whole; /* floats are added to while they lie in the cache */
    for (int64_t o = 0; before && o < v->out; o++)
        lun_conv_fill(v, v->bias + (group * v->out + o) * v->size, to + o * v->out_plane * v->size, n);
    if (!lun_conv_product(v, v->out, n, v->k, weight, columns, to, v->out_plane, before)) __atomic_store_n(&v->stopped, true, __ATOMIC_RELAXED);
    for (int64_t o = 0; v->bias && !before && o < v->out; o++) {
        char *row = to + o * v->out_plane * v->size;
        v->rows->centre(n, row, 0, 1, lun_dense_get(v->type == LUN_F64, v->bias, group * v->out + o), row);
    }
    if (slot >= 0) lun_conv_release(v, slot);
}

bool lun_cpu_conv(lun_call *c)
{
    lun_conv v;
    if (!lun_conv_open(&v, c, c->in[0], c->in[1], c->out[0])) return false;
    v.x = v.frame.in[0].data;
    v.weight = v.frame.in[1].data;
    v.bias = v.frame.in[2].data;
    v.to = v.frame.out[0].data;
    bool done;
    const bool planes = lun_conv_is_planes(&v), depthwise = lun_conv_is_depthwise(&v), few = lun_conv_is_few(&v);
    if (lun_conv_onednn(&v, LUN_CONV_FORWARD, lun_conv_class(&v, planes, few), &done)) return lun_conv_close(&v, done);
    if (planes && lun_conv_planes_forward(&v, &done)) return lun_conv_close(&v, done);
    if (depthwise) return lun_conv_close(&v, lun_conv_depthwise(&v));
    if (few && lun_conv_few(&v, &done)) return lun_conv_close(&v, done);
    int64_t pieces = v.images * v.groups * v.tiles;
    done = lun_conv_scratch(&v, v.in, pieces) && lun_parallel(pieces, forward_piece, &v, lun_conv_ns(&v));
    return lun_conv_close(&v, done);
}
