/* softmax.cu - softmax, log_softmax and their gradients along any dim, and logsumexp of rows
 *
 * A tensor is outer x n x inner around the dim. With inner = 1 a row is held in registers (row.h) or, when it is too long,
 * walked by a block; else a block takes neighbouring columns, its rows of threads taking turns along the dim.
 * Holds: as on the CPU the largest element passes NaN over, and exp makes it come back.
 * Read next: kernels/cuda/row.h, kernels/cpu/softmax.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"
#include "core/op_id.h"

#include <math.h>

enum { SOFTMAX, LOG_SOFTMAX, LOGSUMEXP };
enum { LONG_THREADS = 512, COLUMN_THREADS = 256 };

template <class T, int K>
static __global__ void __launch_bounds__(LUN_ROW_THREADS)
forward_rows(const T *x, T *y, int64_t rows, int n, lun_row_shape s, int what)
{
    using W = lun_wide<T>;
    using row_of = lun_row<T, K>;
    __shared__ W room[LUN_WARP];
    const lun_row_seat seat(s.lanes);
    const int lanes = s.lanes, t = seat.t;
    for (int64_t row = (int64_t)blockIdx.x * seat.each + seat.own; row < rows; row += (int64_t)gridDim.x * seat.each) {
        row_of r;
        W most = -(W)INFINITY, sum = 0;
        r.load(x + row * n, n, t, lanes, most);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) most = r.at[e] > most ? r.at[e] : most;
        most = lun_row_fold(most, lanes, -(W)INFINITY, room, lun_larger_join());
        if (what == LOGSUMEXP && isinf(most)) most = 0;
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) {
            r.at[e] -= most;
            W v = exp(r.at[e]);
            sum += v;
            if (what == SOFTMAX) r.at[e] = v;
        }
        sum = lun_row_fold(sum, lanes, (W)0, room, lun_add_join());
        if (what == LOGSUMEXP) {
            if (t == 0) y[row] = lun_store<T>(most + log(sum));
            continue;
        }
        W by = what == SOFTMAX ? 1 / sum : log(sum);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) r.at[e] = what == SOFTMAX ? r.at[e] * by : r.at[e] - by;
        r.store(y + row * n, n, t, lanes);
    }
}

namespace {
/* What remains to be done to an element, when the peak of its line is known; an infinite one leaves nothing but NaN. */
template <class W> struct share_of {
    W most, by;
    int what;
    __device__ __forceinline__ share_of(lun_peak<W> p, int what_) : most(p.most), by(0), what(what_)
    {
        W sum = isinf(most) ? (W)NAN : p.sum;
        by = what == SOFTMAX ? 1 / sum : log(sum);
    }
    __device__ __forceinline__ W operator()(W v) const { return what == SOFTMAX ? exp(v - most) * by : v - most - by; }
};
}

template <class T>
static __global__ void __launch_bounds__(LONG_THREADS)
forward_long(const T *x, T *y, int64_t rows, int64_t n, int what)
{
    using W = lun_wide<T>;
    __shared__ lun_peak<W> room[LUN_WARP];
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
        lun_peak<W> peak = lun_peak<W>::none();
        lun_line_each(x + row * n, 1, threadIdx.x, n, blockDim.x, [&](int64_t, W v) { peak.add(v); });
        peak = lun_block_fold(peak, lun_peak<W>::none(), room, lun_peak_join());
        if (what == LOGSUMEXP) {
            if (threadIdx.x == 0) y[row] = lun_store<T>(peak.most + log(peak.sum));
            continue;
        }
        share_of<W> share(peak, what);
        T *to = y + row * n;
        lun_line_each(x + row * n, 1, threadIdx.x, n, blockDim.x, [&](int64_t i, W v) { to[i] = lun_store<T>(share(v)); });
    }
}

/* Joins what the rows of threads have for each column; every thread of the column gets the result. */
template <class S, class J> static __device__ __forceinline__ S fold_column(S v, int width, S *room, J join)
{
    int column = (int)threadIdx.x % width;
    __syncthreads();
    room[threadIdx.x] = v;
    __syncthreads();
    v = room[column];
    for (int at = column + width; at < (int)blockDim.x; at += width) v = join(v, room[at]);
    return v;
}

template <class T> static __global__ void forward_columns(const T *x, T *y, lun_lines l, int width, int what)
{
    using W = lun_wide<T>;
    __shared__ lun_peak<W> room[COLUMN_THREADS];
    int column = (int)threadIdx.x % width, first = (int)threadIdx.x / width, rows = (int)blockDim.x / width;
    int64_t blocks = (l.inner + width - 1) / width;
    for (int64_t b = blockIdx.x; b < l.outer * blocks; b += gridDim.x) {
        int64_t at = b % blocks * width + column, base = b / blocks * l.n * l.inner + at, n = at < l.inner ? l.n : 0;
        lun_peak<W> peak = lun_peak<W>::none();
        lun_line_each(x + base, l.inner, first, n, rows, [&](int64_t, W v) { peak.add(v); });
        peak = fold_column(peak, width, room, lun_peak_join());
        share_of<W> share(peak, what);
        T *to = y + base;
        lun_line_each(x + base, l.inner, first, n, rows, [&](int64_t i, W v) { to[i * l.inner] = lun_store<T>(share(v)); });
    }
}

/* ---- gradients: y (g - sum(g y)), and of log_softmax g - exp(y) sum(g) ---- */

template <class W> static __device__ __forceinline__ W term_of(W g, W y, bool log) { return log ? g : g * y; }
template <class W> static __device__ __forceinline__ W slope_of(W g, W y, W sum, bool log)
{
    return log ? g - exp(y) * sum : y * (g - sum);
}

template <class T, int K>
static __global__ void __launch_bounds__(LUN_ROW_THREADS)
backward_rows(const T *g, const T *y, T *dx, int64_t rows, int n, lun_row_shape s, bool log)
{
    using W = lun_wide<T>;
    using row_of = lun_row<T, K>;
    __shared__ W room[LUN_WARP];
    const lun_row_seat seat(s.lanes);
    const int lanes = s.lanes, t = seat.t;
    for (int64_t row = (int64_t)blockIdx.x * seat.each + seat.own; row < rows; row += (int64_t)gridDim.x * seat.each) {
        row_of a, b;
        W sum = 0;
        a.load(g + row * n, n, t, lanes, 0);
        b.load(y + row * n, n, t, lanes, 0);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) sum += term_of(a.at[e], b.at[e], log);
        sum = lun_row_fold(sum, lanes, (W)0, room, lun_add_join());
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) a.at[e] = slope_of(a.at[e], b.at[e], sum, log);
        a.store(dx + row * n, n, t, lanes);
    }
}

/* Rows that registers cannot hold (inner = 1, width = 1), and columns. */
template <class T>
static __global__ void __launch_bounds__(LONG_THREADS)
backward_walk(const T *g, const T *y, T *dx, lun_lines l, int width, bool log)
{
    using W = lun_wide<T>;
    __shared__ W room[LONG_THREADS];
    int column = (int)threadIdx.x % width, first = (int)threadIdx.x / width, rows = (int)blockDim.x / width;
    int64_t blocks = (l.inner + width - 1) / width;
    for (int64_t b = blockIdx.x; b < l.outer * blocks; b += gridDim.x) {
        int64_t at = b % blocks * width + column, base = b / blocks * l.n * l.inner + at, n = at < l.inner ? l.n : 0;
        W sum = 0;
        LUN_UNROLL
        for (int64_t i = first; i < n; i += rows)
            sum += term_of((W)lun_load(g[base + i * l.inner]), (W)lun_load(y[base + i * l.inner]), log);
        sum = width == 1 ? lun_block_fold(sum, (W)0, room, lun_add_join()) : fold_column(sum, width, room, lun_add_join());
        for (int64_t i = first; i < n; i += rows) {
            int64_t k = base + i * l.inner;
            dx[k] = lun_store<T>(slope_of((W)lun_load(g[k]), (W)lun_load(y[k]), sum, log));
        }
    }
}

/* ---- host ---- */

static int column_width(int64_t inner)
{
    int width = 2;
    while (width < LUN_WARP && width < inner) width *= 2;
    return width;
}

template <class T> static bool forward(lun_call *c, const T *x, T *y, lun_lines l, int what)
{
    const char *name = c->op->name;
    if (l.inner > 1) {
        int width = column_width(l.inner);
        return lun_cuda_launch(name, forward_columns<T>, lun_blocks(l.outer * ((l.inner + width - 1) / width), 1), COLUMN_THREADS,
                               0, x, y, l, width, what);
    }
    lun_row_shape s = lun_row_for(l.outer, l.n, sizeof(T), lun_row_aligned(x) && lun_row_aligned(y), lun_row_single<T>);
    if (!s.parts)
        return lun_cuda_launch(name, forward_long<T>, lun_blocks(l.outer, 1), LONG_THREADS, 0, x, y, l.outer, l.n, what);
    return lun_by_parts<lun_row_single<T>>(s.parts, [&](auto k) {
        return lun_cuda_launch(name, forward_rows<T, decltype(k)::COUNT>, s.blocks, s.threads, 0, x, y, l.outer, (int)l.n, s,
                               what);
    });
}

template <class T> static bool backward(lun_call *c, const T *g, const T *y, T *dx, lun_lines l, bool log)
{
    const char *name = c->op->name;
    bool aligned = lun_row_aligned(g) && lun_row_aligned(y) && lun_row_aligned(dx);
    lun_row_shape s = lun_row_for(l.outer, l.n, sizeof(T), aligned);
    if (l.inner > 1 || !s.parts) {
        int width = l.inner > 1 ? column_width(l.inner) : 1, threads = l.inner > 1 ? (int)COLUMN_THREADS : (int)LONG_THREADS;
        return lun_cuda_launch(name, backward_walk<T>, lun_blocks(l.outer * ((l.inner + width - 1) / width), 1), threads, 0, g, y,
                               dx, l, width, log);
    }
    return lun_by_parts(s.parts, [&](auto k) {
        return lun_cuda_launch(name, backward_rows<T, decltype(k)::COUNT>, s.blocks, s.threads, 0, g, y, dx, l.outer, (int)l.n, s,
                               log);
    });
}

extern "C" bool lun_cuda_softmax(lun_call *c)
{
    lun_tensor *out = c->out[0], *x = lun_plain(c->in[0], (lun_dtype)out->dtype);
    lun_tensor *y = c->n_in > 1 ? lun_plain(c->in[1], (lun_dtype)out->dtype) : LUN_NONE;
    if (!x || !y) return false;
    int id = c->op->id;
    lun_lines l = lun_lines_of(out, lun_dim_normalize(lun_param_int(&c->params, 0, -1), out->ndim));
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (id == LUN_OP_softmax || id == LUN_OP_log_softmax)
            return forward(c, lun_at<T>(x), lun_at<T>(out), l, id == LUN_OP_softmax ? SOFTMAX : LOG_SOFTMAX);
        return backward(c, lun_at<T>(x), lun_at<T>(y), lun_at<T>(out), l, id == LUN_OP_log_softmax_gradient);
    });
}

extern "C" bool lun_cuda_row_logsumexp(lun_call *c)
{
    lun_tensor *out = c->out[0], *x = lun_plain(c->in[0], (lun_dtype)out->dtype);
    if (!x) return false;
    lun_lines l = lun_lines_of(x, x->ndim - 1);
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return forward(c, lun_at<T>(x), lun_at<T>(out), l, LOGSUMEXP);
    });
}
