/* summary.cu - what a tensor holds, in a few numbers, computed where it stands: for displays, break conditions and health checks
 *
 * Two passes over all elements, each block leaving its own tally; the host adds these up in order, so the result is the same every time.
 * Only tallies and the few elements that are shown cross the bus.
 * Holds: the numbers of core/summary.c, but never of a sample. Read next: core/summary.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/state.h"
extern "C" {
#include "core/summary.h"
}

#include <math.h>

enum { THREADS = 256, BLOCKS = 1024 };

struct tally {
    long long finite, nan, plus, minus, nonzero, bad; /* bad: the first position that is not finite */
    double least, most, sum;                          /* second pass: sum of squared distances from the mean */
};

template <class T> static __device__ double size_of(T v) { return (double)lun_load(v); }
static __device__ double size_of(lun_c64 v) { return hypot((double)v.re, (double)v.im); }
static __device__ double size_of(lun_c128 v) { return hypot(v.re, v.im); }

static __device__ void add_value(tally *t, double v, long long at)
{
    t->nonzero += v != 0;
    if (v - v == 0) {
        t->finite++;
        t->sum += v;
        if (v < t->least) t->least = v;
        if (v > t->most) t->most = v;
        return;
    }
    if (v != v) t->nan++;
    else if (v > 0) t->plus++;
    else t->minus++;
    if (at < t->bad) t->bad = at;
}

static __host__ __device__ void add_tally(tally *t, const tally *other)
{
    t->finite += other->finite;
    t->nan += other->nan;
    t->plus += other->plus;
    t->minus += other->minus;
    t->nonzero += other->nonzero;
    if (other->bad < t->bad) t->bad = other->bad;
    if (other->least < t->least) t->least = other->least;
    if (other->most > t->most) t->most = other->most;
    t->sum += other->sum;
}

static __device__ void finish_block(tally *own, tally *of_blocks)
{
    __shared__ tally of_threads[THREADS];
    of_threads[threadIdx.x] = *own;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) add_tally(&of_threads[threadIdx.x], &of_threads[threadIdx.x + half]);
    }
    if (threadIdx.x == 0) of_blocks[blockIdx.x] = of_threads[0];
}

/* squares: add up (v - mean)^2 instead of v. */
template <class T> static __global__ void tally_up(const lun_walk w, bool squares, double mean, tally *of_blocks)
{
    tally own = {0, 0, 0, 0, 0, INT64_MAX, INFINITY, -INFINITY, 0};
    for (int64_t i = blockIdx.x * (int64_t)THREADS + threadIdx.x; i < w.numel; i += (int64_t)gridDim.x * THREADS) {
        int64_t at[LUN_WALK_OPERANDS];
        lun_walk_at(w, i, at);
        double v = size_of(*(const T *)(w.data[0] + at[0]));
        if (!squares) add_value(&own, v, i);
        else if (v - v == 0) own.sum += (v - mean) * (v - mean);
    }
    finish_block(&own, of_blocks);
}

template <class T> static __global__ void pick(const lun_walk w, const int64_t *positions, int64_t step, int64_t n, T *out)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t at[LUN_WALK_OPERANDS];
        lun_walk_at(w, positions ? positions[i] : i * step, at);
        out[i] = *(const T *)(w.data[0] + at[0]);
    }
}

static lun_walk walk_of(const lun_tensor *x)
{
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    return lun_walk_of(&it);
}

template <class F> static bool by_any(lun_dtype t, F f)
{
    if (t == LUN_C64) return f(lun_tag<lun_c64>{});
    if (t == LUN_C128) return f(lun_tag<lun_c128>{});
    return lun_by_real(t, f);
}

/* One pass: *total gets the sum of all tallies. */
static bool pass(const lun_tensor *x, bool squares, double mean, tally *total)
{
    static __thread tally of_blocks[BLOCKS];
    unsigned blocks = lun_blocks(x->numel, THREADS * 4, BLOCKS);
    int64_t bytes = (int64_t)(blocks * sizeof(tally));
    int index = lun_tensor_device(x).index;
    lun_tensor *room = lun_tensor_empty(LUN_U8, 1, &bytes, lun_tensor_device(x));
    if (!room) return false;
    bool ok = by_any((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("summarize", tally_up<T>, blocks, THREADS, 0, walk_of(x), squares, mean, lun_at<tally>(room));
    });
    if (!ok || !lun_cuda_to_host(of_blocks, lun_data(room), (size_t)bytes, index)) return false;
    *total = of_blocks[0];
    for (unsigned b = 1; b < blocks; b++) add_tally(total, &of_blocks[b]);
    return true;
}

extern "C" bool lun_cuda_summarize(const lun_tensor *x, lun_summary *out)
{
    tally t, squares;
    if (!lun_cuda_use(lun_tensor_device(x).index) || !lun_cuda_follow_one(x) || !pass(x, false, 0, &t)) return false;
    out->seen = x->numel;
    out->finite = t.finite;
    out->nan = t.nan;
    out->plus_inf = t.plus;
    out->minus_inf = t.minus;
    out->nonzero = t.nonzero;
    out->first_bad = t.bad == INT64_MAX ? -1 : t.bad;
    if (!t.finite) return true;
    out->min = t.least;
    out->max = t.most;
    out->mean = t.sum / (double)t.finite;
    if (!pass(x, true, out->mean, &squares)) return false;
    out->std = t.finite > 1 ? sqrt(squares.sum / (double)(t.finite - 1)) : 0;
    return true;
}

extern "C" bool lun_cuda_pick(const lun_tensor *x, int64_t n, const int64_t *positions, int64_t step, void *out)
{
    lun_device device = lun_tensor_device(x);
    lun_tensor *picked = lun_cuda_use(device.index) ? lun_tensor_empty((lun_dtype)x->dtype, 1, &n, device) : NULL;
    lun_tensor *list = picked && positions ? lun_tensor_empty(LUN_I64, 1, &n, device) : NULL;
    const size_t bytes = (size_t)n * sizeof *positions;
    if (!picked || !lun_cuda_follow_one(x)) return false;
    if (positions && (!list || !lun_cuda_from_host(lun_data(list), positions, bytes, device.index))) return false;
    bool ok = lun_by_size((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("pick elements", pick<T>, lun_blocks(n, 256, 1024), 256, 0, walk_of(x),
                               (const int64_t *)(list ? lun_data(list) : NULL), step, n, lun_at<T>(picked));
    });
    return ok && lun_cuda_to_host(out, lun_data(picked), lun_tensor_bytes(picked), device.index);
}
