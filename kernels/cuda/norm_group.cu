/* norm_group.cu - group_norm and its gradient
 *
 * x is n samples x groups x channels x inner; a group of a sample, a unit, lies in one run and belongs to a block. The
 * gradient's sums of each unit and channel serve dx at once, and, added over the samples by a second launch, weight and bias.
 * Read next: kernels/cpu/norm_group.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"

#include <math.h>

enum { THREADS = 256, WIDE_CHANNEL = 1024 };

namespace {
struct pair { double a, b; };
struct pair_join {
    __device__ pair operator()(pair x, pair y) const { return pair{x.a + y.a, x.b + y.b}; }
};

template <class T> struct groups {
    const T *g, *x;
    T *y; /* the result, or dx */
    const lun_wide<T> *w, *b;
    lun_wide<T> *mean, *invstd, *dw, *db;
    pair *sums; /* backward, [unit][channel]: of g, of g xhat */
    int64_t samples, groups, channels, inner; /* channels of a group */
    double eps;
};
}

template <class T> static __global__ void forward_groups(groups<T> j)
{
    using W = lun_wide<T>;
    __shared__ pair room[LUN_WARP];
    int64_t n = j.channels * j.inner;
    for (int64_t unit = blockIdx.x; unit < j.samples * j.groups; unit += gridDim.x) {
        const T *x = j.x + unit * n;
        const double first = (double)lun_load(x[0]);
        pair sum = {0, 0};
        LUN_UNROLL
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
            double d = (double)lun_load(x[i]) - first;
            sum.a += d;
            sum.b += d * d;
        }
        sum = lun_block_fold(sum, pair{0, 0}, room, pair_join());
        double off = sum.a / (double)n, squares = sum.b - sum.a * off;
        W mean = (W)(first + off), invstd = (W)(1 / sqrt((squares < 0 ? 0 : squares) / (double)n + j.eps));
        if (threadIdx.x == 0) {
            j.mean[unit] = mean;
            j.invstd[unit] = invstd;
        }
        int64_t channel = unit % j.groups * j.channels;
        LUN_UNROLL
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
            int64_t k = channel + (n <= 0x7fffffff ? (int64_t)((unsigned)i / (unsigned)j.inner) : i / j.inner);
            W v = (lun_load(x[i]) - mean) * invstd;
            if (j.w) v *= j.w[k];
            if (j.b) v += j.b[k];
            j.y[unit * n + i] = lun_store<T>(v);
        }
    }
}

template <class T> static __global__ void backward_groups(groups<T> j)
{
    using W = lun_wide<T>;
    __shared__ pair room[LUN_WARP];
    int64_t n = j.channels * j.inner;
    int lanes = j.inner >= WIDE_CHANNEL ? (int)blockDim.x : (int)LUN_WARP, t = (int)threadIdx.x % lanes;
    int each = (int)blockDim.x / lanes;
    for (int64_t unit = blockIdx.x; unit < j.samples * j.groups; unit += gridDim.x) {
        const T *x = j.x + unit * n, *g = j.g + unit * n;
        int64_t channel = unit % j.groups * j.channels;
        W mean = j.mean[unit], invstd = j.invstd[unit];
        pair all = {0, 0};
        for (int64_t k = (int)threadIdx.x / lanes; k < j.channels; k += each) {
            pair sum = {0, 0};
            for (int64_t i = t; i < j.inner; i += lanes) {
                double v = (double)lun_load(g[k * j.inner + i]);
                sum.a += v;
                sum.b += v * ((double)lun_load(x[k * j.inner + i]) - (double)mean);
            }
            sum = lun_row_fold(sum, lanes, pair{0, 0}, room, pair_join());
            sum.b *= (double)invstd;
            if (t) continue;
            double w = j.w ? (double)j.w[channel + k] : 1;
            j.sums[unit * j.channels + k] = sum;
            all = pair_join()(all, pair{w * sum.a, w * sum.b});
        }
        all = lun_block_fold(all, pair{0, 0}, room, pair_join());
        W p = (W)(all.a / (double)n), q = (W)(all.b * (double)invstd / (double)n);
        LUN_UNROLL
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
            int64_t k = channel + (n <= 0x7fffffff ? (int64_t)((unsigned)i / (unsigned)j.inner) : i / j.inner);
            W h = j.w ? lun_load(g[i]) * j.w[k] : lun_load(g[i]);
            j.y[unit * n + i] = lun_store<T>(invstd * (h - p - (lun_load(x[i]) - mean) * q));
        }
    }
}

/* A thread adds up a channel's samples, in order. */
template <class W> static __global__ void add_samples(const pair *sums, int64_t samples, int64_t n, W *dw, W *db)
{
    for (int64_t k = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; k < n; k += (int64_t)gridDim.x * blockDim.x) {
        pair sum = {0, 0};
        for (int64_t i = 0; i < samples; i++) sum = pair_join()(sum, sums[i * n + k]);
        dw[k] = (W)sum.b;
        db[k] = (W)sum.a;
    }
}

template <class T> static void shape_of(groups<T> *j, const lun_tensor *x, int64_t groups)
{
    j->samples = x->dims[0];
    j->groups = groups;
    j->channels = x->dims[1] / groups;
    j->inner = x->numel / (x->dims[0] * x->dims[1]);
}

static lun_dtype wide_dtype(lun_dtype type) { return type == LUN_F64 ? LUN_F64 : LUN_F32; }

extern "C" bool lun_cuda_group_norm(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype, wide = wide_dtype(type);
    lun_tensor *x = lun_plain(c->in[0], type), *w = lun_plain(c->in[1], wide), *b = lun_plain(c->in[2], wide);
    if (!x || !w || !b) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        groups<T> j{};
        shape_of(&j, x, lun_param_int(&c->params, 0, 1));
        j.eps = lun_param_float(&c->params, 1, 1e-5);
        j.x = lun_at<T>(x);
        j.y = lun_at<T>(c->out[0]);
        j.w = lun_given<W>(w);
        j.b = lun_given<W>(b);
        j.mean = lun_at<W>(c->out[1]);
        j.invstd = lun_at<W>(c->out[2]);
        return lun_cuda_launch("group_norm", forward_groups<T>, lun_blocks(j.samples * j.groups, 1), THREADS, 0, j);
    });
}

extern "C" bool lun_cuda_group_norm_gradient(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[1]->dtype, wide = wide_dtype(type);
    lun_tensor *in[5];
    for (int i = 0; i < 5; i++)
        if (!(in[i] = lun_plain(c->in[i], i < 2 ? type : wide))) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        groups<T> j{};
        shape_of(&j, in[1], c->in[2]->dims[1]);
        j.g = lun_at<T>(in[0]);
        j.x = lun_at<T>(in[1]);
        j.mean = lun_at<W>(in[2]);
        j.invstd = lun_at<W>(in[3]);
        j.w = lun_given<W>(in[4]);
        j.y = lun_at<T>(c->out[0]);
        int64_t n = j.groups * j.channels;
        j.sums = (pair *)lun_scratch(c, (size_t)(j.samples * n) * sizeof *j.sums);
        return j.sums && lun_cuda_launch("group_norm", backward_groups<T>, lun_blocks(j.samples * j.groups, 1), THREADS, 0, j) &&
               lun_cuda_launch("group_norm", add_samples<W>, lun_blocks(n, THREADS), THREADS, 0, (const pair *)j.sums, j.samples,
                               n, lun_at<W>(c->out[1]), lun_at<W>(c->out[2]));
    });
}
