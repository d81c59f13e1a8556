/* pool.cu - largest values of windows with their positions, and adding and picking by positions
 *
 * A thread makes one output. Adding at positions is done by a block for a few whole planes: of those of its threads that name
 * the same place, the first goes first, so that sums have one order, that of the CPU. Read next: kernels/cuda/window.h,
 * kernels/cuda/pool_means.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/window.h"

#include <limits.h>

/* ---- moving windows ---- */

static __device__ int first_inside(const lun_moving &w, int d, int o)
{
    int64_t start = (int64_t)o * w.stride[d] - w.pad[d];
    return (int)(start >= 0 ? start : start + (-start + w.dilation[d] - 1) / w.dilation[d] * w.dilation[d]);
}

/* One past the last input of a window along dim d, not beyond the input. */
static __device__ int end_inside(const lun_moving &w, int d, int o)
{
    int64_t end = (int64_t)o * w.stride[d] - w.pad[d] + (int64_t)w.kernel[d] * w.dilation[d];
    return (int)(end < w.in[d] ? end : w.in[d]);
}

/* Larger or NaN: then it is the one. */
template <class W> static __device__ __forceinline__ bool beats(W v, W best) { return v > best || v != v; }

template <class T> static __global__ void max_windows(T *to, int32_t *positions, const T *from, int64_t n, lun_moving w)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place o = lun_place_of(t, w.out);
        const T *plane = from + o.plane * w.in_plane;
        int z0 = first_inside(w, 0, o.z), y0 = first_inside(w, 1, o.y), x0 = first_inside(w, 2, o.x);
        int z1 = end_inside(w, 0, o.z), y1 = end_inside(w, 1, o.y), x1 = end_inside(w, 2, o.x);
        lun_wide<T> best = -INFINITY;
        int at = (z0 * w.in[1] + y0) * w.in[2] + x0;
        for (int64_t z = z0; z < z1; z += w.dilation[0])
            for (int64_t y = y0; y < y1; y += w.dilation[1])
                for (int64_t x = x0; x < x1; x += w.dilation[2]) {
                    int here = (int)((z * w.in[1] + y) * w.in[2] + x);
                    lun_wide<T> v = lun_load(plane[here]);
                    if (!beats(v, best)) continue;
                    best = v;
                    at = here;
                }
        to[t] = lun_store<T>(best);
        positions[t] = at;
    }
}

extern "C" bool lun_cuda_max_pool(lun_call *c)
{
    const lun_tensor *x = lun_cuda_dense(c->in[0], (lun_dtype)c->in[0]->dtype);
    int n = (int)lun_param_int(&c->params, 5, 2);
    lun_window w;
    if (!x || !lun_pool_window(&c->params, n, x->dims + x->ndim - n, 3, 4, &w)) return false;
    return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        int64_t all = c->out[0]->numel;
        return lun_cuda_over("max_pool", max_windows<T>, all, lun_at<T>(c->out[0]), lun_at<int32_t>(c->out[1]), lun_at<T>(x),
                             all, lun_moving_of(&w));
    });
}

/* ---- windows that split the input evenly, or begin where random numbers say ---- */

struct span {
    int from, to;
};

static __device__ span even_span(const lun_moving &w, int d, int64_t o)
{
    return span{(int)(o * w.in[d] / w.out[d]), (int)(((o + 1) * w.in[d] + w.out[d] - 1) / w.out[d])};
}

/* In float where the numbers are float, so that windows begin where PyTorch's do. */
static __device__ span random_span(const lun_moving &w, int d, int64_t o, double sample, bool wide)
{
    int64_t room = w.in[d] - w.kernel[d], gaps = w.out[d] - 1, from = room;
    if (o < gaps && wide) {
        double step = (double)room / (double)gaps;
        from = (int64_t)(((double)o + sample) * step) - (int64_t)(sample * step);
    } else if (o < gaps) {
        float step = (float)room / (float)gaps, at = (float)sample;
        from = (int64_t)(((float)o + at) * step) - (int64_t)(at * step);
    }
    from = from < 0 ? 0 : from > room ? room : from;
    return span{(int)from, (int)(from + w.kernel[d])};
}

/* PyTorch's order of the random numbers: width, height for images, but depth, height, width for volumes. */
static __device__ span span_of(const lun_moving &w, int d, int o, const double *samples, int64_t plane, int n, bool wide)
{
    if (!samples || d < LUN_SPACE - n) return even_span(w, d, o);
    return random_span(w, d, o, samples[plane * n + (n == 2 ? LUN_SPACE - 1 - d : d)], wide);
}

template <class T>
static __global__ void max_spans(T *to, int32_t *positions, const T *from, const double *samples, int64_t count, lun_moving w,
                                 int n, bool wide)
{
    for (int64_t t = lun_thread<int64_t>(); t < count; t += lun_threads<int64_t>()) {
        lun_place o = lun_place_of(t, w.out);
        const T *plane = from + o.plane * w.in_plane;
        span sz = span_of(w, 0, o.z, samples, o.plane, n, wide), sy = span_of(w, 1, o.y, samples, o.plane, n, wide);
        span sx = span_of(w, 2, o.x, samples, o.plane, n, wide);
        lun_wide<T> best = -INFINITY;
        int at = (sz.from * w.in[1] + sy.from) * w.in[2] + sx.from;
        for (int z = sz.from; z < sz.to; z++)
            for (int y = sy.from; y < sy.to; y++)
                for (int x = sx.from; x < sx.to; x++) {
                    int here = (z * w.in[1] + y) * w.in[2] + x;
                    lun_wide<T> v = lun_load(plane[here]);
                    if (!beats(v, best)) continue;
                    best = v;
                    at = here;
                }
        to[t] = lun_store<T>(best);
        positions[t] = at;
    }
}

extern "C" bool lun_cuda_window_max(lun_call *c)
{
    const lun_tensor *x = lun_cuda_dense(c->in[0], (lun_dtype)c->in[0]->dtype), *samples = NULL;
    int n = (int)lun_param_int(&c->params, 0, 2);
    lun_window w = {};
    bool wide = c->in[0]->dtype == LUN_F64;
    if (!x) return false;
    for (int d = 0; d < LUN_SPACE; d++) w.kernel[d] = 1;
    if (lun_param_given(&c->params, 2)) {
        wide = wide || c->in[1]->dtype == LUN_F64;
        if (!lun_window_numbers(&c->params, 2, "kernel_size", n, 1, 1, w.kernel) ||
            !(samples = lun_cuda_dense(c->in[1], LUN_F64)))
            return false;
    }
    lun_window_dims(n, x->dims + x->ndim - n, w.in);
    lun_window_dims(n, c->out[0]->dims + x->ndim - n, w.out);
    return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        int64_t all = c->out[0]->numel;
        return lun_cuda_over("max_pool", max_spans<T>, all, lun_at<T>(c->out[0]), lun_at<int32_t>(c->out[1]), lun_at<T>(x),
                             samples ? lun_at<double>(samples) : (const double *)NULL, all, lun_moving_of(&w), n, wide);
    });
}

/* ---- by positions ---- */

template <class T>
static __global__ void pick_positions(T *to, const T *from, const int32_t *positions, int64_t n, int64_t in, int64_t out)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>())
        to[t] = from[lun_divide(t, out) * in + positions[t]];
}

enum { THREADS = LUN_CUDA_BLOCK, CLAIMS = 8192 };

/* `planes` planes of `in` elements each, those of `group` in a row by a block; out: elements of a plane of g. `claims` is
 * memory for one int per element where a group is larger than CLAIMS, else NULL. */
template <class T, class W>
static __global__ void add_positions(W *to, const T *g, const int32_t *positions, int *claims, int64_t planes, int64_t group,
                                     int64_t in, int64_t out)
{
    __shared__ int own[CLAIMS];
    for (int64_t first = blockIdx.x * group; first < planes; first += gridDim.x * group) {
        const int64_t here = first + group < planes ? group : planes - first, cells = here * in, sources = here * out;
        W *sums = to + first * in;
        int *claim = claims ? claims + first * in : own;
        for (int64_t i = threadIdx.x; i < cells; i += THREADS) {
            sums[i] = 0;
            claim[i] = INT_MAX;
        }
        __syncthreads();
        for (int64_t from = 0; from < sources; from += THREADS) {
            int64_t k = from + threadIdx.x, at = 0;
            bool waits = k < sources;
            W v = 0;
            if (waits) {
                at = lun_divide(k, out) * in + positions[first * out + k];
                v = lun_load(g[first * out + k]);
            }
            for (bool again = true; again;) { /* the first of those that name a place adds; the others try again */
                if (waits) atomicMin(&claim[at], (int)threadIdx.x);
                __syncthreads();
                bool wins = waits && claim[at] == (int)threadIdx.x;
                again = __syncthreads_or(waits && !wins);
                if (wins) {
                    sums[at] += v;
                    claim[at] = INT_MAX;
                    waits = false;
                }
                __syncthreads();
            }
        }
    }
}

template <class T, class W>
static bool scatter_planes(const lun_tensor *out, W *sums, const lun_tensor *g, const lun_tensor *positions, int64_t in)
{
    int64_t planes = out->numel / in, small = g->numel / planes, group = CLAIMS / in > 1 ? CLAIMS / in : 1;
    while (group > 1 && (group * small > 4 * THREADS || planes / group < 264))
        group /= 2; /* enough blocks, none of them long */
    int *claims = in > CLAIMS ? lun_cuda_room<int>(out, out->numel) : NULL;
    if (in > CLAIMS && !claims) return false;
    return lun_cuda_launch("max_unpool", add_positions<T, W>, lun_blocks(planes, group, LUN_CUDA_GRID), THREADS, 0, sums,
                           lun_at<T>(g), lun_at<int32_t>(positions), claims, planes, group, in, small);
}

static int64_t plane_of(const lun_tensor *x, int n)
{
    int64_t size = 1;
    for (int d = x->ndim - n; d < x->ndim; d++) size *= x->dims[d];
    return size;
}

extern "C" bool lun_cuda_plane_scatter(lun_call *c)
{
    const lun_tensor *out = c->out[0], *g = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype),
                     *positions = lun_cuda_dense(c->in[1], LUN_I32);
    int64_t in = plane_of(out, (int)lun_param_int(&c->params, 0, 2));
    if (!g || !positions) return false;
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        if constexpr (sizeof(T) == sizeof(W)) return scatter_planes<T, W>(out, lun_at<W>(out), g, positions, in);
        lun_tensor *sums =
            lun_tensor_empty(LUN_F32, out->ndim, out->dims, lun_tensor_device(out)); /* rounded once, at the end */
        return sums && scatter_planes<T, W>(out, lun_at<W>(sums), g, positions, in) && lun_cuda_assign(out, sums);
    });
}

extern "C" bool lun_cuda_plane_gather(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype),
                     *positions = lun_cuda_dense(c->in[1], LUN_I32);
    int n = (int)lun_param_int(&c->params, 0, 2);
    return x && positions && lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("max_pool", pick_positions<T>, out->numel, lun_at<T>(out), lun_at<T>(x),
                                    lun_at<int32_t>(positions), out->numel, plane_of(x, n), plane_of(out, n));
           });
}
