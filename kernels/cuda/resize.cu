/* resize.cu - resizing planes and its gradient
 *
 * A first launch lists, for every output position of each dim, the input positions that it is made of
 * (core/ops/resize_axis.h); for the gradient a second finds which outputs each input went into, which follow each other. Then
 * a thread makes an element.
 * Holds: the gradient gathers, so its sums have one order. Read next: kernels/cpu/resize.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/window.h"
extern "C" {
#include "core/ops/resize_axis.h"
}

/* The lists of one dim: `count` of `most` entries are used for each output. Of inputs, for the gradient: outputs first..last
 * read them. */
struct table {
    int64_t in, out, most;
    double step;
    int *count, *at, *first, *last;
    double *w;
};
struct tables {
    table of[LUN_SPACE];
    lun_resize_options options;
    bool wide;
};

static __global__ void list_taps(tables t)
{
    const table &d = t.of[blockIdx.y];
    for (int64_t i = lun_thread<int64_t>(); i < d.out; i += lun_threads<int64_t>()) {
        int *at = d.at + i * d.most;
        d.count[i] = (int)lun_resize_taps(&t.options, d.step, t.wide, d.in, d.out, i, at, d.w + i * d.most);
        if (d.count[i] == 0) at[0] = (int)d.in; /* behind the last, so that positions rise */
    }
}

static __device__ int last_read(const table &d, int64_t o) { return d.at[o * d.most + (d.count[o] ? d.count[o] - 1 : 0)]; }

/* Positions rise with o, so halving finds the first output that reads up to i, and the first that begins behind i. */
static __global__ void find_readers(tables t)
{
    const table &d = t.of[blockIdx.y];
    for (int64_t i = lun_thread<int64_t>(); i < d.in; i += lun_threads<int64_t>()) {
        int64_t low = 0, high = d.out;
        while (low < high) {
            int64_t middle = (low + high) / 2;
            if (last_read(d, middle) < i) low = middle + 1;
            else high = middle;
        }
        d.first[i] = (int)low;
        for (high = d.out; low < high;) {
            int64_t middle = (low + high) / 2;
            if (d.at[middle * d.most] <= i) low = middle + 1;
            else high = middle;
        }
        d.last[i] = (int)low - 1;
    }
}

template <class T> static __global__ void forward(T *to, const T *from, int64_t n, lun_moving w, tables t)
{
    using W = lun_wide<T>;
    for (int64_t e = lun_thread<int64_t>(); e < n; e += lun_threads<int64_t>()) {
        lun_place o = lun_place_of(e, w.out);
        const T *plane = from + o.plane * w.in_plane;
        const int64_t z = o.z * t.of[0].most, y = o.y * t.of[1].most, x = o.x * t.of[2].most;
        W sum = 0;
        for (int k = 0; k < t.of[2].count[o.x]; k++) {
            W inner = 0;
            for (int a = 0; a < t.of[0].count[o.z]; a++)
                for (int b = 0; b < t.of[1].count[o.y]; b++) {
                    int64_t row = (int64_t)t.of[0].at[z + a] * w.in[1] + t.of[1].at[y + b];
                    inner += (W)(t.of[0].w[z + a] * t.of[1].w[y + b]) * lun_load(plane[row * w.in[2] + t.of[2].at[x + k]]);
                }
            sum += (W)t.of[2].w[x + k] * inner;
        }
        to[e] = lun_store<T>(sum);
    }
}

/* How much of input i is in output o. */
static __device__ double share(const table &d, bool smooth, int64_t o, int i)
{
    const int *at = d.at + o * d.most;
    const double *w = d.w + o * d.most;
    if (smooth) return i >= at[0] && i - at[0] < d.count[o] ? w[i - at[0]] : 0; /* they follow each other */
    double sum = 0;
    for (int k = 0; k < d.count[o]; k++) sum += at[k] == i ? w[k] : 0;
    return sum;
}

template <class T> static __global__ void backward(T *to, const T *g, int64_t n, lun_moving w, tables t)
{
    using W = lun_wide<T>;
    const bool smooth = t.options.antialias;
    for (int64_t e = lun_thread<int64_t>(); e < n; e += lun_threads<int64_t>()) {
        lun_place p = lun_place_of(e, w.in);
        const T *plane = g + p.plane * w.out_plane;
        W sum = 0;
        for (int a = t.of[0].first[p.z]; a <= t.of[0].last[p.z]; a++)
            for (int b = t.of[1].first[p.y]; b <= t.of[1].last[p.y]; b++) {
                W row = 0;
                for (int k = t.of[2].first[p.x]; k <= t.of[2].last[p.x]; k++)
                    row += (W)share(t.of[2], smooth, k, p.x) * lun_load(plane[((int64_t)a * w.out[1] + b) * w.out[2] + k]);
                sum += (W)(share(t.of[0], smooth, a, p.z) * share(t.of[1], smooth, b, p.y)) * row;
            }
        to[e] = lun_store<T>(sum);
    }
}

static bool make_tables(tables *t, const lun_tensor *x, const lun_window *w, bool turned)
{
    int64_t longest = 1;
    for (int d = 0; d < LUN_SPACE; d++) {
        table *to = &t->of[d];
        to->in = w->in[d];
        to->out = w->out[d];
        to->step = lun_resize_step(&t->options, d, to->in, to->out);
        to->most = (int64_t)lun_resize_most(&t->options, to->step, to->in);
        int64_t entries, all;
        if (__builtin_mul_overflow(to->out, to->most, &entries) ||
            __builtin_mul_overflow(entries, (int64_t)sizeof(double), &all)) {
            lun_fail(LUN_E_SHAPE, NULL, "resizing to %lld positions needs too large a table", (long long)to->out);
            return false;
        }
        if (!(to->count = lun_cuda_room<int>(x, to->out)) || !(to->at = lun_cuda_room<int>(x, entries)) ||
            !(to->w = lun_cuda_room<double>(x, entries)))
            return false;
        if (turned && (!(to->first = lun_cuda_room<int>(x, to->in)) || !(to->last = lun_cuda_room<int>(x, to->in))))
            return false;
        longest = to->out > longest ? to->out : longest;
        longest = to->in > longest ? to->in : longest;
    }
    dim3 grid(lun_blocks(longest, LUN_CUDA_BLOCK, LUN_CUDA_GRID), LUN_SPACE);
    return lun_cuda_launch("resize", list_taps, grid, LUN_CUDA_BLOCK, 0, *t) &&
           (!turned || lun_cuda_launch("resize", find_readers, grid, LUN_CUDA_BLOCK, 0, *t));
}

/* from, to: the tensors in the roles of resize's input and output. */
static bool run(lun_call *c, const lun_tensor *from, const lun_tensor *to, bool turned)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    int n = from->ndim - 2;
    lun_window w = {};
    tables t = {};
    if (!x) return false;
    lun_resize_read(&c->params, n, &t.options);
    lun_window_dims(n, from->dims + 2, w.in);
    lun_window_dims(n, to->dims + 2, w.out);
    t.wide = out->dtype == LUN_F64;
    const lun_moving m = lun_moving_of(&w);
    return make_tables(&t, out, &w, turned) && lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("resize", turned ? backward<T> : forward<T>, out->numel, lun_at<T>(out), lun_at<T>(x),
                                    out->numel, m, t);
           });
}

extern "C" bool lun_cuda_resize(lun_call *c) { return run(c, c->in[0], c->out[0], false); }
extern "C" bool lun_cuda_resize_gradient(lun_call *c) { return run(c, c->out[0], c->in[0], true); }
