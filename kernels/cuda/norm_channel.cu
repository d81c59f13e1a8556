/* norm_channel.cu - batch_norm by the batch's statistics (channel_norm), its gradient, and by given statistics (channel_affine)
 *
 * x is outer x channels x inner. A block takes a chunk of one channel, or with inner = 1 of 32 neighbouring ones. A first launch
 * leaves each chunk's sums; in a second one every block adds up the chunks of its channels, in order, and writes its part of the
 * result.
 * Holds: sums of distances from a channel's first element and of their squares are taken in double, which loses nothing that a
 * float could hold; cuts depend on the shape only. Read next: kernels/cpu/norm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"

#include <math.h>

enum { THREADS = 256, FULL = 2048, CHUNK_LEAST = 1024 };

namespace {
/* Two sums of a channel: of d and d^2 where d = x - its first element; backward of g and g (x - mean). */
struct pair { double a, b; };
struct pair_join {
    __device__ pair operator()(pair x, pair y) const { return pair{x.a + y.a, x.b + y.b}; }
};

template <class T> struct channels {
    const T *g, *x; /* g: backward only */
    T *y;           /* the result, or dx */
    const lun_wide<T> *w, *b;
    lun_wide<T> *mean, *invstd, *dw, *db;
    pair *parts;    /* [channel][chunk] */
    int64_t outer, n, inner, chunk, chunks;
    double eps;
    int width;      /* channels of a block */
};

/* What a block works on: element e of its chunk's from..to is at (e / inner * n + channel) * inner + e % inner. */
struct place { int64_t channel, chunk, from, to; };
}

template <class T> static __device__ __forceinline__ place place_of(const channels<T> &j, int64_t b)
{
    place p;
    int64_t all = j.outer * j.inner;
    p.chunk = b % j.chunks;
    p.channel = b / j.chunks * j.width + (int)threadIdx.x % j.width;
    p.from = p.chunk * j.chunk;
    p.to = p.from + j.chunk < all ? p.from + j.chunk : all;
    if (p.channel >= j.n) p.to = p.from = 0;
    return p;
}
template <class T> static __device__ __forceinline__ int64_t element_at(const channels<T> &j, int64_t channel, int64_t e)
{
    if (j.inner == 1) return e * j.n + channel;
    int64_t outer = e <= 0x7fffffff && j.inner <= 0x7fffffff ? (int64_t)((unsigned)e / (unsigned)j.inner) : e / j.inner;
    return (outer * j.n + channel) * j.inner + (e - outer * j.inner);
}

/* Joins v over the threads of a channel; every one gets the result. */
static __device__ __forceinline__ pair fold_channel(pair v, int width, pair *room)
{
    if (width == 1) return lun_block_fold(v, pair{0, 0}, room, pair_join());
    int column = (int)threadIdx.x % width;
    __syncthreads();
    room[threadIdx.x] = v;
    __syncthreads();
    v = room[column];
    for (int at = column + width; at < (int)blockDim.x; at += width) v = pair_join()(v, room[at]);
    return v;
}
static __device__ __forceinline__ pair fold_chunks(const pair *parts, int64_t channel, int64_t n, int64_t chunks, int width,
                                                   pair *room)
{
    pair v = {0, 0};
    if (channel < n)
        for (int64_t k = (int)threadIdx.x / width; k < chunks; k += (int)blockDim.x / width)
            v = pair_join()(v, parts[channel * chunks + k]);
    return fold_channel(v, width, room);
}

template <class T> static __global__ void sum_channels(channels<T> j)
{
    using W = lun_wide<T>;
    __shared__ pair room[THREADS];
    int rows = (int)blockDim.x / j.width, first = (int)threadIdx.x / j.width;
    int64_t all = (j.n + j.width - 1) / j.width * j.chunks;
    for (int64_t b = blockIdx.x; b < all; b += gridDim.x) {
        place p = place_of(j, b);
        pair sum = {0, 0};
        double centre = 0;
        if (p.to > p.from) centre = j.g ? (double)j.mean[p.channel] : (double)lun_load(j.x[element_at(j, p.channel, 0)]);
        LUN_UNROLL
        for (int64_t e = p.from + first; e < p.to; e += rows) {
            int64_t at = element_at(j, p.channel, e);
            double d = (double)(W)lun_load(j.x[at]) - centre, by = j.g ? (double)(W)lun_load(j.g[at]) : d;
            sum.a += by;
            sum.b += by * d;
        }
        sum = fold_channel(sum, j.width, room);
        if (first == 0 && p.to > p.from) j.parts[p.channel * j.chunks + p.chunk] = sum;
    }
}

template <class T> static __global__ void apply_forward(channels<T> j)
{
    using W = lun_wide<T>;
    __shared__ pair room[THREADS];
    int rows = (int)blockDim.x / j.width, first = (int)threadIdx.x / j.width;
    int64_t all = (j.n + j.width - 1) / j.width * j.chunks;
    double count = (double)j.outer * (double)j.inner;
    for (int64_t b = blockIdx.x; b < all; b += gridDim.x) {
        place p = place_of(j, b);
        pair sum = fold_chunks(j.parts, p.channel, j.n, j.chunks, j.width, room);
        if (p.to <= p.from) continue;
        double off = sum.a / count, squares = sum.b - sum.a * off;
        double mean = (double)lun_load(j.x[element_at(j, p.channel, 0)]) + off;
        double invstd = 1 / sqrt((squares < 0 ? 0 : squares) / count + j.eps);
        W m = (W)mean, scale = (W)(j.w ? invstd * (double)j.w[p.channel] : invstd), shift = j.b ? j.b[p.channel] : 0;
        if (p.chunk == 0 && first == 0) {
            j.mean[p.channel] = m;
            j.invstd[p.channel] = (W)invstd;
        }
        LUN_UNROLL
        for (int64_t e = p.from + first; e < p.to; e += rows) {
            int64_t at = element_at(j, p.channel, e);
            j.y[at] = lun_store<T>((lun_load(j.x[at]) - m) * scale + shift);
        }
    }
}

template <class T> static __global__ void apply_backward(channels<T> j)
{
    using W = lun_wide<T>;
    __shared__ pair room[THREADS];
    int rows = (int)blockDim.x / j.width, first = (int)threadIdx.x / j.width;
    int64_t all = (j.n + j.width - 1) / j.width * j.chunks;
    double count = (double)j.outer * (double)j.inner;
    for (int64_t b = blockIdx.x; b < all; b += gridDim.x) {
        place p = place_of(j, b);
        pair sum = fold_chunks(j.parts, p.channel, j.n, j.chunks, j.width, room);
        if (p.to <= p.from) continue;
        double invstd = (double)j.invstd[p.channel];
        W m = j.mean[p.channel], scale = (W)(j.w ? invstd * (double)j.w[p.channel] : invstd);
        W less = (W)(sum.a / count), by = (W)(sum.b * invstd * invstd / count);
        if (p.chunk == 0 && first == 0) {
            j.dw[p.channel] = (W)(sum.b * invstd);
            j.db[p.channel] = (W)sum.a;
        }
        LUN_UNROLL
        for (int64_t e = p.from + first; e < p.to; e += rows) {
            int64_t at = element_at(j, p.channel, e);
            j.y[at] = lun_store<T>(scale * (lun_load(j.g[at]) - less - (lun_load(j.x[at]) - m) * by));
        }
    }
}

template <class T> static bool run_channels(lun_call *c, channels<T> j, const lun_tensor *x, bool forward)
{
    j.outer = x->dims[0];
    j.n = x->dims[1];
    j.inner = x->numel / (j.outer * j.n);
    j.width = j.inner == 1 ? (int)LUN_WARP : 1;
    int64_t all = j.outer * j.inner, units = (j.n + j.width - 1) / j.width, most = units < FULL ? FULL / units : 1;
    int64_t least = CHUNK_LEAST / j.width, chunks = (all + least - 1) / least;
    chunks = chunks < most ? chunks : most;
    j.chunk = (all + chunks - 1) / chunks;
    j.chunks = (all + j.chunk - 1) / j.chunk;
    unsigned blocks = lun_blocks(units * j.chunks, 1);
    if (!(j.parts = (pair *)lun_scratch(c, (size_t)(j.n * j.chunks) * sizeof *j.parts))) return false;
    return lun_cuda_launch(c->op->name, sum_channels<T>, blocks, THREADS, 0, j) &&
           lun_cuda_launch(c->op->name, forward ? apply_forward<T> : apply_backward<T>, blocks, THREADS, 0, j);
}

static lun_dtype wide_dtype(lun_dtype type) { return type == LUN_F64 ? LUN_F64 : LUN_F32; }

extern "C" bool lun_cuda_channel_norm(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype, wide = wide_dtype(type);
    lun_tensor *x = lun_plain(c->in[0], type), *w = lun_plain(c->in[1], wide), *b = lun_plain(c->in[2], wide);
    if (!x || !w || !b) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        channels<T> j{};
        j.eps = lun_param_float(&c->params, 0, 1e-5);
        j.x = lun_at<T>(x);
        j.y = lun_at<T>(c->out[0]);
        j.w = lun_given<W>(w);
        j.b = lun_given<W>(b);
        j.mean = lun_at<W>(c->out[1]);
        j.invstd = lun_at<W>(c->out[2]);
        return run_channels(c, j, x, true);
    });
}

extern "C" bool lun_cuda_channel_norm_gradient(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[1]->dtype, wide = wide_dtype(type);
    lun_tensor *in[5];
    for (int i = 0; i < 5; i++)
        if (!(in[i] = lun_plain(c->in[i], i < 2 ? type : wide))) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        channels<T> j{};
        j.g = lun_at<T>(in[0]);
        j.x = lun_at<T>(in[1]);
        j.mean = lun_at<W>(in[2]);
        j.invstd = lun_at<W>(in[3]);
        j.w = lun_given<W>(in[4]);
        j.y = lun_at<T>(c->out[0]);
        j.dw = lun_at<W>(c->out[1]);
        j.db = lun_at<W>(c->out[2]);
        return run_channels(c, j, in[1], false);
    });
}

template <class T>
static __global__ void affine(const T *x, T *y, int64_t all, int64_t n, int64_t inner, const lun_wide<T> *mean,
                              const lun_wide<T> *scale, const lun_wide<T> *shift)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < all; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t channel = all <= 0x7fffffff ? (int64_t)((unsigned)i / (unsigned)inner % (unsigned)n) : i / inner % n;
        y[i] = lun_store<T>((lun_load(x[i]) - mean[channel]) * scale[channel] + (shift ? shift[channel] : 0));
    }
}

extern "C" bool lun_cuda_channel_affine(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_tensor *in[4];
    for (int i = 0; i < 4; i++)
        if (!(in[i] = lun_plain(c->in[i], i ? wide_dtype(type) : type))) return false;
    int64_t n = in[0]->dims[1], inner = in[0]->numel / (in[0]->dims[0] * n);
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        return lun_cuda_launch("channel_affine", affine<T>, lun_blocks(in[0]->numel, THREADS), THREADS, 0, lun_at<T>(in[0]),
                               lun_at<T>(c->out[0]),
                               in[0]->numel, n, inner, lun_at<W>(in[1]), lun_at<W>(in[2]), lun_given<W>(in[3]));
    });
}
