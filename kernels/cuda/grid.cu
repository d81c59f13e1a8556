/* grid.cu - grid_sample of images and volumes, and its gradients
 *
 * A thread finds the places that a grid position reads, and uses them for a few channels. For the gradient of x every place
 * that is read gets a key, and what goes to one place is added in the order of the positions (kernels/cuda/segments.h).
 * Holds: places outside count as 0 even where the numbers at the edge are not finite. Read next: core/ops/grid_axis.h,
 * kernels/cpu/grid.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/segments.h"
extern "C" {
#include "core/ops/grid_axis.h"
}

#include <string.h>

enum { CHOICES = 16, CHANNELS = 8 };

struct sampling {
    lun_grid_options o;
    bool wide;
    int n, taps, choices; /* spatial dims; positions read along each; combinations of them */
    int64_t batch, channels, in, out, sizes[LUN_SPACE];
};

/* What one grid position reads: places in a plane (-1: outside) and their weights. */
struct places {
    int64_t at[CHOICES];
    double w[CHOICES];
};

template <class T> static __device__ void read_axes(const sampling &s, const T *grid, int64_t position, lun_grid_axis *a)
{
    for (int d = 0; d < s.n; d++)
        lun_grid_axis_read(&a[d], &s.o, s.wide, (double)lun_load(grid[position * s.n + s.n - 1 - d]), s.sizes[d]);
}

/* Combination k of the positions along the dims; by the derivative of dim `way` (-1: of none). */
static __device__ int64_t combine(const sampling &s, const lun_grid_axis *a, int k, int way, double *w)
{
    int64_t where = 0;
    bool inside = true;
    *w = 1;
    for (int d = 0, rest = k; d < s.n; d++, rest /= s.taps) {
        int tap = rest % s.taps, at = a[d].at[tap];
        inside = inside && at >= 0;
        where = where * s.sizes[d] + at;
        *w *= d == way ? a[d].dw[tap] : a[d].w[tap];
    }
    return inside ? where : -1;
}

/* n: batch * channel groups * positions. */
template <class T> static __global__ void sample(T *to, const T *x, const T *grid, int64_t n, sampling s)
{
    using W = lun_wide<T>;
    const int64_t groups = (s.channels + CHANNELS - 1) / CHANNELS;
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        int64_t row = lun_divide(t, s.out), position = t - row * s.out, image = lun_divide(row, groups),
                first = (row - image * groups) * CHANNELS;
        int64_t last = first + CHANNELS < s.channels ? first + CHANNELS : s.channels;
        lun_grid_axis a[LUN_SPACE];
        places p;
        read_axes(s, grid, image * s.out + position, a);
        for (int k = 0; k < s.choices; k++) p.at[k] = combine(s, a, k, -1, &p.w[k]);
        for (int64_t c = first; c < last; c++) {
            const T *plane = x + (image * s.channels + c) * s.in;
            W sum = 0;
            for (int k = 0; k < s.choices; k++)
                if (p.at[k] >= 0) sum += (W)p.w[k] * lun_load(plane[p.at[k]]);
            to[(image * s.channels + c) * s.out + position] = lun_store<T>(sum);
        }
    }
}

template <class T> static __global__ void grid_gradient(T *to, const T *g, const T *x, const T *grid, int64_t n, sampling s)
{
    using W = lun_wide<T>;
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        int64_t image = lun_divide(t, s.out), position = t - image * s.out;
        lun_grid_axis a[LUN_SPACE];
        read_axes(s, grid, t, a);
        for (int d = 0; d < s.n; d++) {
            places p;
            double sum = 0;
            for (int k = 0; k < s.choices; k++) p.at[k] = combine(s, a, k, d, &p.w[k]);
            for (int64_t c = 0; c < s.channels; c++) {
                const T *plane = x + (image * s.channels + c) * s.in;
                W value = 0;
                for (int k = 0; k < s.choices; k++)
                    if (p.at[k] >= 0) value += (W)p.w[k] * lun_load(plane[p.at[k]]);
                sum += (double)lun_load(g[(image * s.channels + c) * s.out + position]) * (double)value;
            }
            to[t * s.n + s.n - 1 - d] = lun_store<T>((W)sum);
        }
    }
}

/* ---- the gradient of x ---- */

/* For each (image, position, choice) the place, counted through all images (the last one behind all: outside), and the
 * weight. */
template <class T, class W>
static __global__ void find_places(int64_t *keys, W *weights, const T *grid, int64_t n, sampling s)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_grid_axis a[LUN_SPACE];
        int64_t image = lun_divide(t, s.out);
        read_axes(s, grid, t, a);
        for (int k = 0; k < s.choices; k++) {
            double w;
            int64_t at = combine(s, a, k, -1, &w);
            keys[t * s.choices + k] = at < 0 ? s.batch * s.in : image * s.in + at;
            weights[t * s.choices + k] = (W)w;
        }
    }
}

/* Entries for segments.h: a column is a channel. */
template <class T> struct shares {
    using Sum = lun_wide<T>;
    const T *g;
    const Sum *weights;
    T *out;
    sampling s;
    int64_t count, columns;
    __device__ Sum read(int64_t p, int64_t channel) const
    {
        int64_t at = lun_divide(p, s.choices), image = lun_divide(at, s.out);
        return weights[p] * lun_load(g[(image * s.channels + channel) * s.out + at - image * s.out]);
    }
    __device__ void write(uint32_t key, int64_t channel, Sum v) const
    {
        int64_t image = lun_divide(key, s.in);
        if (image < s.batch) out[(image * s.channels + channel) * s.in + key - image * s.in] = lun_store<T>(v);
    }
};

template <class T> static bool input_gradient(const lun_tensor *out, const T *g, const T *grid, const sampling &s)
{
    const int64_t positions = s.batch * s.out, count = positions * s.choices;
    if (!lun_cuda_sortable(count, s.batch * s.in + 1)) {
        lun_fail(LUN_E_SHAPE, "a smaller batch", "grid_sample's gradient of %lld positions is too large for this device",
                 (long long)positions);
        return false;
    }
    int64_t *keys = lun_cuda_room<int64_t>(out, count);
    lun_wide<T> *weights = lun_cuda_room<lun_wide<T>>(out, count);
    const shares<T> e = {g, weights, lun_at<T>(out), s, count, s.channels};
    return keys && weights &&
           lun_cuda_over("grid_sample", find_places<T, lun_wide<T>>, positions, keys, weights, grid, positions, s) &&
           lun_cuda_fold_entries<lun_fold_sum>(out, e, (const int64_t *)keys, s.batch * s.in + 1);
}

static bool begin(const lun_call *c, sampling *s, const lun_tensor *x, const lun_tensor *grid)
{
    memset(s, 0, sizeof *s);
    if (!lun_grid_read(&c->params, &s->o)) return false;
    s->wide = x->dtype == LUN_F64;
    s->n = x->ndim - 2;
    s->taps = lun_grid_taps(s->o.mode);
    s->choices = 1;
    s->in = s->out = 1;
    for (int d = 0; d < s->n; d++) {
        s->choices *= s->taps;
        s->sizes[d] = x->dims[d + 2];
        s->in *= x->dims[d + 2];
        s->out *= grid->dims[d + 1];
    }
    s->batch = x->dims[0];
    s->channels = x->dims[1];
    return true;
}

extern "C" bool lun_cuda_grid_sample(lun_call *c)
{
    sampling s;
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    const lun_tensor *x = lun_cuda_dense(c->in[0], t), *grid = lun_cuda_dense(c->in[1], t);
    return x && grid && begin(c, &s, x, grid) && lun_by_float(t, [&](auto tag) {
               using T = typename decltype(tag)::type;
               int64_t n = s.batch * ((s.channels + CHANNELS - 1) / CHANNELS) * s.out;
               return lun_cuda_over("grid_sample", sample<T>, n, lun_at<T>(c->out[0]), lun_at<T>(x), lun_at<T>(grid), n, s);
           });
}

extern "C" bool lun_cuda_grid_sample_gradient(lun_call *c)
{
    sampling s;
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    const lun_tensor *g = lun_cuda_dense(c->in[0], t), *x = lun_cuda_dense(c->in[1], t), *grid = lun_cuda_dense(c->in[2], t);
    const lun_tensor *dx = c->out[0], *dgrid = c->out[1];
    if (!g || !x || !grid || !begin(c, &s, x, grid)) return false;
    bool of_x = lun_param_bool(&c->params, 3, true), of_grid = lun_param_bool(&c->params, 4, true), nothing = !g->numel;
    if ((of_x || nothing) && !lun_cuda_zero(lun_data(dx), lun_tensor_bytes(dx))) return false;
    if (nothing) return lun_cuda_zero(lun_data(dgrid), lun_tensor_bytes(dgrid)); /* nothing was read: no gradient anywhere */
    return lun_by_float(t, [&](auto tag) {
        using T = typename decltype(tag)::type;
        int64_t n = s.batch * s.out;
        return (!of_x || input_gradient<T>(dx, lun_at<T>(g), lun_at<T>(grid), s)) &&
               (!of_grid || lun_cuda_over("grid_sample", grid_gradient<T>, n, lun_at<T>(dgrid), lun_at<T>(g), lun_at<T>(x),
                                          lun_at<T>(grid), n, s));
    });
}
