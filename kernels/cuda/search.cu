/* search.cu - positions in sorted sequences, and counts in equal bins
 *
 * Bins are computed in the dtype itself (halves in float), as on the CPU, so that elements on an edge fall where PyTorch puts
 * them.
 * Holds: bins are counted with atomics on integers, whose sums do not depend on order.
 * Read next: kernels/cpu/search.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/block.h"
#include "kernels/cuda/flag.h"
#include "kernels/cuda/kernels.h"

#include <math.h>

enum { THREADS = 256, MOST_BLOCKS = 1024, SHARED_BINS = 2048 };

/* How many of n sorted elements stand before each value (NaN after everything); row: values of each sequence, 0 for one
 * sequence. */
template <class T>
static __global__ void search(const T *sequence, const T *values, int64_t *out, int64_t n, int64_t row, int64_t count, bool right)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < count; i += (int64_t)gridDim.x * blockDim.x) {
        const T *s = sequence + (row ? i / row * n : 0);
        auto v = lun_load(values[i]);
        int64_t low = 0, high = n;
        while (low < high) {
            int64_t mid = low + (high - low) / 2;
            auto at = lun_load(s[mid]);
            if (right ? !(at > v) : !(at >= v)) low = mid + 1;
            else high = mid;
        }
        out[i] = low;
    }
}

extern "C" bool lun_cuda_search(lun_call *c)
{
    lun_dtype a = (lun_dtype)c->in[0]->dtype, b = (lun_dtype)c->in[1]->dtype;
    lun_dtype type = a == b ? a : lun_dtype_is_float(a) || lun_dtype_is_float(b) ? LUN_F64 : LUN_I64;
    int64_t count = c->in[1]->numel;
    if (!count) return true;
    lun_tensor *s = c->in[0]->numel ? lun_plain(c->in[0], type) : c->in[0], *v = lun_plain(c->in[1], type);
    return s && v && lun_by_real(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("search_sorted", search<T>, lun_blocks(count, THREADS), THREADS, 0, lun_at<T>(s), lun_at<T>(v),
                               lun_at<int64_t>(c->out[0]), s->dims[s->ndim - 1], s->ndim > 1 ? v->dims[v->ndim - 1] : (int64_t)0,
                                   count,
                               lun_param_bool(&c->params, 0, false));
    });
}

/* ---- histc ---- */

namespace {
template <class W> struct edges { W low, high; };
template <class W> struct edges_join {
    __device__ edges<W> operator()(edges<W> a, edges<W> b) const /* a NaN stays */
    {
        return {b.low < a.low || b.low != b.low ? b.low : a.low, b.high > a.high || b.high != b.high ? b.high : a.high};
    }
};
}

template <class T> static __global__ void find_edges(const T *x, int64_t n, edges<lun_wide<T>> *parts)
{
    using W = lun_wide<T>;
    __shared__ edges<W> room[LUN_WARP];
    edges<W> none = {(W)INFINITY, -(W)INFINITY}, e = none;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x) {
        W v = lun_load(x[i]);
        e = edges_join<W>()(e, edges<W>{v, v});
    }
    e = lun_block_fold(e, none, room, edges_join<W>());
    if (threadIdx.x == 0) parts[blockIdx.x] = e;
}

/* The edges, given or from `count` parts, into parts[0]; counters to 0. One block. */
template <class W>
static __global__ void prepare_bins(edges<W> *parts, int count, edges<W> given, unsigned long long *counters, int64_t bins,
                                    lun_flag flag)
{
    __shared__ edges<W> room[LUN_WARP];
    edges<W> none = {(W)INFINITY, -(W)INFINITY}, e = none;
    for (int64_t k = threadIdx.x; k < bins; k += blockDim.x) counters[k] = 0;
    for (int k = (int)threadIdx.x; k < count; k += (int)blockDim.x) e = edges_join<W>()(e, parts[k]);
    e = lun_block_fold(e, none, room, edges_join<W>());
    __syncthreads(); /* parts[0] has been read */
    if (threadIdx.x) return;
    if (!count) e = given;
    if (!(isfinite(e.low) && isfinite(e.high))) {
        lun_flag_raise(flag, LUN_FLAG_BINS, 0, 0, 0);
        e = edges<W>{0, 0};
    }
    if (e.low == e.high) {
        e.low -= 1;
        e.high += 1;
    }
    parts[0] = e;
}

template <class T>
static __global__ void count_bins(const T *x, int64_t n, const edges<lun_wide<T>> *at, unsigned long long *counters, int64_t bins)
{
    using W = lun_wide<T>;
    __shared__ unsigned own[SHARED_BINS];
    W low = at->low, high = at->high;
    bool shared = bins <= SHARED_BINS;
    for (int64_t k = threadIdx.x; shared && k < bins; k += blockDim.x) own[k] = 0;
    __syncthreads();
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x) {
        W v = lun_load(x[i]);
        if (!(v >= low && v <= high)) continue;
        int64_t bin = (int64_t)((v - low) * (W)bins / (high - low));
        bin = bin < bins ? bin : bins - 1;
        if (shared) atomicAdd(&own[bin], 1U);
        else atomicAdd(&counters[bin], 1ULL);
    }
    __syncthreads();
    for (int64_t k = threadIdx.x; shared && k < bins; k += blockDim.x)
        if (own[k]) atomicAdd(&counters[k], (unsigned long long)own[k]);
}

static __global__ void store_bins(const unsigned long long *counters, void *to, int type, int64_t bins)
{
    for (int64_t k = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; k < bins; k += (int64_t)gridDim.x * blockDim.x)
        lun_put(to, type, k, (double)counters[k]);
}

extern "C" bool lun_cuda_histc(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_tensor *x = lun_plain(c->in[0], type), *out = c->out[0];
    int64_t n = c->in[0]->numel, bins = out->numel;
    double low = lun_param_float(&c->params, 1, 0), high = lun_param_float(&c->params, 2, 0);
    return x && lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        edges<W> given = {(W)low, (W)high};
        bool search_edges = given.low == given.high && n;
        unsigned blocks = lun_blocks(n ? n : 1, THREADS * 8, MOST_BLOCKS);
        edges<W> *parts = (edges<W> *)lun_scratch(c, blocks * sizeof *parts);
        unsigned long long *counters = (unsigned long long *)lun_scratch(c, (size_t)bins * sizeof *counters);
        if (!parts || !counters) return false;
        if (search_edges && !lun_cuda_launch("histc", find_edges<T>, blocks, THREADS, 0, lun_at<T>(x), n, parts)) return false;
        return lun_cuda_launch("histc", prepare_bins<W>, 1, THREADS, 0, parts, search_edges ? (int)blocks : 0, given, counters,
                               bins, lun_cuda_flag(c)) &&
               lun_cuda_launch("histc", count_bins<T>, blocks, THREADS, 0, lun_at<T>(x), n, (const edges<W> *)parts, counters,
                               bins) &&
               lun_cuda_launch("histc", store_bins, lun_blocks(bins, THREADS), THREADS, 0, (const unsigned long long *)counters,
                               (void *)lun_data(out), (int)out->dtype, bins);
    });
}
