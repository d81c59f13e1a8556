/* loss.cu - cross_entropy with class numbers, its gradient, nll_loss
 *
 * Forward: one pass over x finds the peak (row.h) and the loss of each sample; each block adds up the losses it has seen, a
 * second launch adds the blocks up, in order, so that a loss has the same bits every time. The gradient is one pass.
 * Holds: the number of blocks depends on the shape only. Read next: kernels/cuda/loss.h, kernels/cpu/loss.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/loss.h"
extern "C" {
#include "core/ops/loss.h"
}

#include <math.h>

enum { THREADS = 256, LONG_THREADS = 512, MOST_BLOCKS = 1024 };

/* Stores one sample's loss (own: weighted, without smoothing; smooth: the sum over classes) and adds it to the tally. */
template <class W>
static __device__ __forceinline__ void count_sample(const lun_labels<W> &j, int64_t label, double own, double smooth, void *out,
                                                    int out_type, int64_t sample, lun_tally &tally)
{
    double loss = 0, counted = 0;
    if (label != j.skip) {
        counted = j.weight_of(label);
        loss = counted * own;
        if (j.smoothing > 0) loss = (1 - j.smoothing) * loss + j.smoothing / (double)j.classes * smooth;
    }
    if (j.reduction == 0) lun_put(out, out_type, sample, loss);
    tally.loss += loss;
    tally.counted += counted;
}

static __device__ __forceinline__ void leave_tally(lun_tally tally, lun_tally *parts)
{
    __shared__ lun_tally room[LUN_WARP];
    tally = lun_block_fold(tally, lun_tally{0, 0}, room, lun_tally_join());
    if (threadIdx.x == 0) parts[blockIdx.x] = tally;
}

/* -log softmax of a score; `rest` is the logarithm of the sum, which would be rounded away in one number with a large score */
template <class W> static __device__ __forceinline__ double loss_of(const lun_peak<W> &p, double rest, W x)
{
    return (double)p.most - (double)x + rest;
}
/* Without a share where a score is infinite. */
template <class W> static __device__ __forceinline__ lun_peak<W> shared_out(lun_peak<W> p)
{
    return isinf(p.most) ? lun_peak<W>{0, p.most > 0 ? (W)NAN : (W)0} : p;
}

template <class T, int K>
static __global__ void __launch_bounds__(LUN_ROW_THREADS)
forward_rows(const T *x, lun_peaks<lun_wide<T>> peaks, void *out, int out_type, int64_t rows, lun_row_shape s,
             lun_labels<lun_wide<T>> j, lun_tally *parts)
{
    using W = lun_wide<T>;
    using row_of = lun_row<T, K>;
    __shared__ W room[LUN_WARP];
    __shared__ double wide_room[LUN_WARP];
    const lun_row_seat seat(s.lanes);
    const int lanes = s.lanes, t = seat.t, n = (int)j.classes;
    lun_tally tally = {0, 0};
    for (int64_t row = (int64_t)blockIdx.x * seat.each + seat.own; row < rows; row += (int64_t)gridDim.x * seat.each) {
        row_of r;
        W most = -(W)INFINITY, sum = 0;
        r.load(x + row * n, n, t, lanes, most);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) most = r.at[e] > most ? r.at[e] : most;
        most = lun_row_fold(most, lanes, -(W)INFINITY, room, lun_larger_join());
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) sum += exp(r.at[e] - most);
        sum = lun_row_fold(sum, lanes, (W)0, room, lun_add_join());
        lun_peak<W> peak = shared_out(lun_peak<W>{most, sum});
        double rest = (double)log(peak.sum), smooth = 0;
        if (j.smoothing > 0) {
            LUN_UNROLL
            for (int e = 0; e < row_of::COUNT; e++) {
                int k = row_of::place(e, t, lanes);
                if (k < n) smooth += j.weight_of(k) * loss_of(peak, rest, r.at[e]);
            }
            smooth = lun_row_fold(smooth, lanes, 0.0, wide_room, lun_add_join());
        }
        if (t) continue;
        int64_t label = j.label[row];
        peaks.put(row, peak);
        double own = label == j.skip ? 0 : loss_of(peak, rest, (W)lun_load(x[row * n + label]));
        count_sample(j, label, own, smooth, out, out_type, row, tally);
    }
    leave_tally(tally, parts);
}

/* Rows that registers cannot hold (inner = 1, width = 1), and columns: a block has `width` columns beside each other. */
template <class T>
static __global__ void __launch_bounds__(LONG_THREADS)
forward_walk(const T *x, lun_peaks<lun_wide<T>> peaks, void *out, int out_type, lun_lines l, int width, lun_labels<lun_wide<T>> j,
             lun_tally *parts)
{
    using W = lun_wide<T>;
    __shared__ lun_peak<W> room[LONG_THREADS];
    __shared__ double wide_room[LONG_THREADS];
    int column = (int)threadIdx.x % width, first = (int)threadIdx.x / width, rows = (int)blockDim.x / width;
    int64_t blocks = (l.inner + width - 1) / width;
    lun_tally tally = {0, 0};
    auto fold = [&](auto v, auto none, auto *own_room, auto join) {
        if (width == 1) return lun_block_fold(v, none, own_room, join);
        __syncthreads();
        own_room[threadIdx.x] = v;
        __syncthreads();
        v = own_room[column];
        for (int at = column + width; at < (int)blockDim.x; at += width) v = join(v, own_room[at]);
        return v;
    };
    for (int64_t b = blockIdx.x; b < l.outer * blocks; b += gridDim.x) {
        int64_t outer = b / blocks, at = b % blocks * width + column, base = outer * l.n * l.inner + at;
        int64_t n = at < l.inner ? l.n : 0;
        lun_peak<W> peak = lun_peak<W>::none();
        lun_line_each(x + base, l.inner, first, n, rows, [&](int64_t, W v) { peak.add(v); });
        peak = shared_out(fold(peak, lun_peak<W>::none(), room, lun_peak_join()));
        double rest = (double)log(peak.sum), smooth = 0;
        if (j.smoothing > 0) {
            lun_line_each(x + base, l.inner, first, n, rows,
                          [&](int64_t k, W v) { smooth += j.weight_of(k) * loss_of(peak, rest, v); });
            smooth = fold(smooth, 0.0, wide_room, lun_add_join());
        }
        if (first || at >= l.inner) continue;
        int64_t sample = outer * l.inner + at, label = j.label[sample];
        peaks.put(sample, peak);
        double own = label == j.skip ? 0 : loss_of(peak, rest, (W)lun_load(x[base + label * l.inner]));
        count_sample(j, label, own, smooth, out, out_type, sample, tally);
    }
    leave_tally(tally, parts);
}

template <class T>
static __global__ void nll_forward(const T *x, void *out, int out_type, lun_lines l, lun_labels<lun_wide<T>> j, lun_tally *parts)
{
    lun_tally tally = {0, 0};
    int64_t samples = l.outer * l.inner;
    for (int64_t s = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; s < samples; s += (int64_t)gridDim.x * blockDim.x) {
        int64_t label = j.label[s];
        double own = label == j.skip ? 0 : -(double)lun_load(x[(s / l.inner * l.n + label) * l.inner + s % l.inner]);
        count_sample(j, label, own, 0, out, out_type, s, tally);
    }
    leave_tally(tally, parts);
}

/* The blocks' tallies, by one block. */
static __global__ void finish(const lun_tally *parts, int n, int reduction, void *out, int out_type, void *total, int total_type)
{
    __shared__ lun_tally room[LUN_WARP];
    lun_tally tally = {0, 0};
    for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x) tally = lun_tally_join()(tally, parts[i]);
    tally = lun_block_fold(tally, lun_tally{0, 0}, room, lun_tally_join());
    if (threadIdx.x) return;
    if (reduction) lun_put(out, out_type, 0, reduction == 1 ? tally.loss / tally.counted : tally.loss);
    lun_put(total, total_type, 0, tally.counted);
}

static bool finish_loss(lun_call *c, const lun_tally *parts, unsigned blocks, int reduction, const lun_tensor *total)
{
    return lun_cuda_launch(c->op->name, finish, 1, THREADS, 0, parts, (int)blocks, reduction, (void *)lun_data(c->out[0]),
                           (int)c->out[0]->dtype, (void *)lun_data(total), (int)total->dtype);
}

static int column_width(int64_t inner)
{
    int width = 2;
    while (width < LUN_WARP && width < inner) width *= 2;
    return inner == 1 ? 1 : width;
}

template <class T> static bool cross_entropy(lun_call *c, const T *x, lun_lines l, const lun_labels<lun_wide<T>> &j)
{
    lun_peaks<lun_wide<T>> peaks = lun_peaks_of<lun_wide<T>>(c->out[1], c->in[1]->numel);
    void *out = lun_data(c->out[0]);
    int out_type = c->out[0]->dtype;
    lun_row_shape s = lun_row_for(l.outer, l.n, sizeof(T), lun_row_aligned(x), lun_row_single<T>);
    int width = column_width(l.inner), threads = l.inner > 1 ? (int)THREADS : (int)LONG_THREADS;
    bool rows = l.inner == 1 && s.parts;
    int64_t wanted = rows ? s.blocks : l.outer * ((l.inner + width - 1) / width);
    unsigned blocks = lun_blocks(wanted ? wanted : 1, 1, MOST_BLOCKS);
    lun_tally *parts = (lun_tally *)lun_scratch(c, blocks * sizeof *parts);
    if (!parts) return false;
    bool done = rows ? lun_by_parts<lun_row_single<T>>(s.parts, [&](auto k) {
        return lun_cuda_launch(c->op->name, forward_rows<T, decltype(k)::COUNT>, blocks, s.threads, 0, x, peaks, out, out_type,
                               l.outer, s, j, parts);
    }) : lun_cuda_launch(c->op->name, forward_walk<T>, blocks, threads, 0, x, peaks, out, out_type, l, width, j, parts);
    return done && finish_loss(c, parts, blocks, j.reduction, c->out[2]);
}

extern "C" bool lun_cuda_cross_entropy_labels(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_tensor *x = lun_plain(c->in[0], type), *labels = lun_plain(c->in[1], LUN_I64);
    lun_tensor *weight = lun_plain(c->in[2], lun_wide_dtype(c->in[0]));
    if (!x || !weight || !labels) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        lun_labels<lun_wide<T>> j = lun_labels_of<lun_wide<T>>(c, labels, weight);
        j.smoothing = lun_param_float(&c->params, 2, 0);
        j.reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
        return cross_entropy(c, lun_at<T>(x), lun_class_lines(x), j);
    });
}

extern "C" bool lun_cuda_nll_loss(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_tensor *x = lun_plain(c->in[0], type), *labels = lun_plain(c->in[1], LUN_I64);
    lun_tensor *weight = lun_plain(c->in[2], lun_wide_dtype(c->in[0]));
    int64_t samples = c->in[1]->numel;
    unsigned blocks = lun_blocks(samples ? samples : 1, THREADS, MOST_BLOCKS);
    if (!x || !weight || !labels) return false;
    lun_tally *parts = (lun_tally *)lun_scratch(c, blocks * sizeof *parts);
    return parts && lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        lun_labels<lun_wide<T>> j = lun_labels_of<lun_wide<T>>(c, labels, weight);
        j.reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
        return lun_cuda_launch("nll_loss", nll_forward<T>, blocks, THREADS, 0, lun_at<T>(x), (void *)lun_data(c->out[0]),
                               (int)c->out[0]->dtype, lun_class_lines(x), j, parts) &&
               finish_loss(c, parts, blocks, j.reduction, c->out[1]);
    });
}

/* ---- gradient ---- */

namespace {
template <class W> struct slopes {
    lun_labels<W> j;
    lun_peaks<W> peaks;
    const W *g, *total;
};

/* dx = factor exp(x - most) - each weight[k] - (own, at the label) */
template <class W> struct slope { double own, each; int64_t label; W factor, most; };
}

template <class W> static __device__ __forceinline__ slope<W> slope_of(const slopes<W> &s, int64_t sample)
{
    const lun_labels<W> &j = s.j;
    slope<W> v = {0, 0, j.label[sample], 0 / s.peaks.sum[sample], s.peaks.most[sample]};
    if (v.label == j.skip) {
        v.label = -1;
        return v;
    }
    double a = j.reduction == 0 ? (double)s.g[sample] : j.reduction == 1 ? (double)s.g[0] / (double)s.total[0] : (double)s.g[0];
    v.own = a * (1 - j.smoothing) * j.weight_of(v.label);
    v.each = a * j.smoothing / (double)j.classes;
    v.factor = (W)(v.own + v.each * (j.weight_sum ? *j.weight_sum : (double)j.classes)) / s.peaks.sum[sample];
    return v;
}
template <class W> static __device__ __forceinline__ W slope_at(const slopes<W> &s, const slope<W> &v, W x, int64_t k)
{
    W d = v.factor * exp(x - v.most);
    if (k == v.label) d -= (W)v.own;
    if (s.j.smoothing > 0) d -= (W)(v.each * s.j.weight_of(k));
    return d;
}

/* A row by `lanes` threads: lanes of a warp, or the block. */
template <class T> static __global__ void backward_rows(const T *x, T *dx, int64_t rows, int lanes, slopes<lun_wide<T>> s)
{
    using W = lun_wide<T>;
    enum { TOGETHER = 4 };
    int t = (int)threadIdx.x % lanes, each = (int)blockDim.x / lanes;
    int64_t n = s.j.classes;
    for (int64_t row = (int64_t)blockIdx.x * each + (int)threadIdx.x / lanes; row < rows; row += (int64_t)gridDim.x * each) {
        slope<W> v = slope_of(s, row);
        const T *from = x + row * n;
        T *to = dx + row * n;
        int64_t k = t;
        for (; k + (TOGETHER - 1) * lanes < n; k += TOGETHER * lanes) {
            T some[TOGETHER];
            LUN_UNROLL
            for (int u = 0; u < TOGETHER; u++) some[u] = from[k + u * lanes];
            LUN_UNROLL
            for (int u = 0; u < TOGETHER; u++)
                to[k + u * lanes] = lun_store<T>(slope_at(s, v, (W)lun_load(some[u]), k + u * lanes));
        }
        for (; k < n; k += lanes) to[k] = lun_store<T>(slope_at(s, v, (W)lun_load(from[k]), k));
    }
}

template <class T> static __global__ void backward_columns(const T *x, T *dx, lun_lines l, slopes<lun_wide<T>> s)
{
    using W = lun_wide<T>;
    int64_t all = l.outer * l.n * l.inner;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < all; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t line = i / l.inner, sample = line / l.n * l.inner + i % l.inner;
        dx[i] = lun_store<T>(slope_at(s, slope_of(s, sample), (W)lun_load(x[i]), line % l.n));
    }
}

template <class W> static __global__ void add_weights(const W *weight, int64_t n, double *sum)
{
    __shared__ double room[LUN_WARP];
    double v = 0;
    for (int64_t k = threadIdx.x; k < n; k += blockDim.x) v += (double)weight[k];
    v = lun_block_fold(v, 0.0, room, lun_add_join());
    if (threadIdx.x == 0) *sum = v;
}

template <class T> static bool cross_entropy_back(lun_call *c, const T *x, lun_lines l, slopes<lun_wide<T>> s)
{
    const char *name = c->op->name;
    T *dx = lun_at<T>(c->out[0]);
    if (s.j.weight && s.j.smoothing > 0) {
        double *sum = (double *)lun_scratch(c, sizeof *sum);
        if (!sum || !lun_cuda_launch(name, add_weights<lun_wide<T>>, 1, THREADS, 0, s.j.weight, l.n, sum)) return false;
        s.j.weight_sum = sum;
    }
    if (l.inner > 1)
        return lun_cuda_launch(name, backward_columns<T>, lun_blocks(l.outer * l.n * l.inner, THREADS), THREADS, 0, x, dx, l, s);
    int lanes = 1;
    while (lanes < LUN_WARP && lanes < l.n) lanes *= 2;
    if (l.n > 2 * THREADS) lanes = THREADS;
    return lun_cuda_launch(name, backward_rows<T>, lun_blocks(l.outer, THREADS / lanes), THREADS, 0, x, dx, l.outer, lanes, s);
}

extern "C" bool lun_cuda_cross_entropy_gradient(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[1]->dtype, wide = lun_wide_dtype(c->in[1]);
    lun_tensor *in[6];
    for (int i = 0; i < 6; i++)
        if (!(in[i] = lun_plain(c->in[i], i == 1 ? type : i == 4 ? LUN_I64 : wide))) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        slopes<W> s = {lun_labels_of<W>(c, in[4], in[5]), lun_peaks_of<W>(in[2], in[4]->numel), lun_at<W>(in[0]),
                       lun_at<W>(in[3])};
        s.j.smoothing = lun_param_float(&c->params, 2, 0);
        s.j.reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
        return cross_entropy_back(c, lun_at<T>(in[1]), lun_class_lines(in[1]), s);
    });
}
