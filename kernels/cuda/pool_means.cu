/* pool_means.cu - means of windows, moving or chosen for a result of given size, and their gradients
 *
 * A thread makes one mean, a warp where windows are large; the gradient's thread finds the windows that cover its input and
 * adds their shares.
 * Holds: sums are divided, not multiplied with a reciprocal, so that the mean of equal numbers is that number. Read next:
 * kernels/cuda/window.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/window.h"

/* How windows lie: `even` splits the input, else they move; divisor 0: by how many elements they have, with padding if
 * `padded`. */
struct layout {
    bool even, padded;
    int64_t divisor;
};

/* Window o of a dim: the part from..to-1 inside the input, and what it counts. */
struct span {
    int from, to;
    int64_t count;
};

static __device__ int clip(int64_t v, int in) { return (int)(v < 0 ? 0 : v > in ? in : v); }

static __device__ span span_of(const lun_moving &w, const layout &l, int d, int64_t o)
{
    span s;
    if (l.even) {
        s.from = (int)(o * w.in[d] / w.out[d]);
        s.to = (int)(((o + 1) * w.in[d] + w.out[d] - 1) / w.out[d]);
    } else {
        int64_t from = o * w.stride[d] - w.pad[d], to = from + w.kernel[d], most = (int64_t)w.in[d] + w.pad[d];
        s.from = clip(from, w.in[d]);
        s.to = clip(to, w.in[d]);
        s.count = (to < most ? to : most) - from;
    }
    if (l.even || !l.padded) s.count = s.to - s.from;
    return s;
}

template <class W> static __device__ W count_of(const layout &l, const span &z, const span &y, const span &x)
{
    int64_t all = z.count * y.count * x.count;
    return (W)(l.divisor ? l.divisor : all ? all : 1);
}

/* Lanes (1 or 32) of a warp share an output. */
template <class T, int Lanes> static __global__ void means(T *to, const T *from, int64_t n, lun_moving w, layout l)
{
    const int lane = threadIdx.x % Lanes;
    for (int64_t t = lun_thread<int64_t>() / Lanes; t < n; t += lun_threads<int64_t>() / Lanes) {
        lun_place o = lun_place_of(t, w.out);
        const T *plane = from + o.plane * w.in_plane;
        span z = span_of(w, l, 0, o.z), y = span_of(w, l, 1, o.y), x = span_of(w, l, 2, o.x);
        double sum = 0;
        if (Lanes == 1) {
            for (int a = z.from; a < z.to; a++)
                for (int b = y.from; b < y.to; b++)
                    for (int i = x.from; i < x.to; i++)
                        sum += (double)lun_load(plane[((int64_t)a * w.in[1] + b) * w.in[2] + i]);
        } else {
            int wide = x.to - x.from, high = y.to - y.from, all = (z.to - z.from) * high * wide;
            for (int k = lane; k < all; k += Lanes) {
                int row = k / wide, i = k - row * wide, a = row / high, b = row - a * high;
                sum += (double)lun_load(plane[((int64_t)(z.from + a) * w.in[1] + y.from + b) * w.in[2] + x.from + i]);
            }
            for (int d = Lanes / 2; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
        }
        if (lane == 0) to[t] = lun_store<T>((lun_wide<T>)(sum / count_of<double>(l, z, y, x)));
    }
}

/* The windows first..last of a dim that cover input i. */
static __device__ void covering(const lun_moving &w, const layout &l, int d, int64_t i, int *first, int *last)
{
    int64_t a, b;
    if (l.even) {
        a = i * w.out[d] / w.in[d];
        b = ((i + 1) * w.out[d] + w.in[d] - 1) / w.in[d] - 1;
    } else {
        int64_t before = i + w.pad[d] - w.kernel[d];
        a = before < 0 ? 0 : before / w.stride[d] + 1;
        b = (i + w.pad[d]) / w.stride[d];
    }
    *first = (int)a;
    *last = (int)(b < w.out[d] ? b : w.out[d] - 1);
}

template <class T> static __global__ void spread_means(T *to, const T *g, int64_t n, lun_moving w, layout l)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place p = lun_place_of(t, w.in);
        const T *plane = g + p.plane * w.out_plane;
        int z0, z1, y0, y1, x0, x1;
        covering(w, l, 0, p.z, &z0, &z1);
        covering(w, l, 1, p.y, &y0, &y1);
        covering(w, l, 2, p.x, &x0, &x1);
        lun_wide<T> sum = 0;
        for (int a = z0; a <= z1; a++)
            for (int b = y0; b <= y1; b++) {
                span z = span_of(w, l, 0, a), y = span_of(w, l, 1, b);
                for (int i = x0; i <= x1; i++)
                    sum += lun_load(plane[((int64_t)a * w.out[1] + b) * w.out[2] + i]) /
                           count_of<lun_wide<T>>(l, z, y, span_of(w, l, 2, i));
            }
        to[t] = lun_store<T>(sum);
    }
}

static bool run(lun_call *c, const lun_window *w, layout l, bool backward)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    const lun_moving m = lun_moving_of(w);
    double window = 1;
    for (int d = 0; d < LUN_SPACE; d++) window *= l.even ? (double)w->in[d] / (double)w->out[d] : (double)w->kernel[d];
    return x && lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               int64_t n = out->numel;
               if (backward) return lun_cuda_over("avg_pool", spread_means<T>, n, lun_at<T>(out), lun_at<T>(x), n, m, l);
               if (window < 32) return lun_cuda_over("avg_pool", means<T, 1>, n, lun_at<T>(out), lun_at<T>(x), n, m, l);
               return lun_cuda_over("avg_pool", means<T, 32>, n * 32, lun_at<T>(out), lun_at<T>(x), n, m, l);
           });
}

static bool average(lun_call *c, const lun_tensor *large, bool backward)
{
    lun_window w;
    int n = (int)lun_param_int(&c->params, 6, 2);
    return lun_pool_window(&c->params, n, large->dims + large->ndim - n, -1, 3, &w) &&
           run(c, &w, layout{false, lun_param_bool(&c->params, 4, true), lun_param_int(&c->params, 5, 0)}, backward);
}

extern "C" bool lun_cuda_avg_pool(lun_call *c) { return average(c, c->in[0], false); }
extern "C" bool lun_cuda_avg_pool_gradient(lun_call *c) { return average(c, c->out[0], true); }

static bool adaptive(lun_call *c, int n, const lun_tensor *large, const lun_tensor *small, bool backward)
{
    lun_window w = {};
    lun_window_dims(n, large->dims + large->ndim - n, w.in);
    lun_window_dims(n, small->dims + small->ndim - n, w.out);
    return run(c, &w, layout{true, true, 0}, backward);
}

extern "C" bool lun_cuda_adaptive_avg_pool(lun_call *c)
{
    return adaptive(c, lun_window_space(c->op), c->in[0], c->out[0], false);
}
extern "C" bool lun_cuda_adaptive_avg_pool_gradient(lun_call *c)
{
    return adaptive(c, (int)lun_param_int(&c->params, 0, 2), c->out[0], c->in[0], true);
}
