/* sort.cu - sort and topk: stable, by whole-number keys
 *
 * Short lines are sorted in shared memory by a bitonic network over pairs of key and position, several lines to a block. Long
 * ones are sorted by digits (radix.h). topk of a small k chooses its elements first (select.cu) and sorts those.
 * Holds: equal keys stay in the order of their positions, so the result is the CPU's.
 * Read next: kernels/cuda/sort.h, kernels/cuda/radix.h, kernels/cpu/sort.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/radix.h"
#include "kernels/cuda/kernels.h"
#include "core/op_id.h"

enum { SHORT = 2048, THREADS = 256, ALL = 256 };

/* ---- short lines ---- */

namespace {
/* Pairs that compare as one: (key, position). */
struct pair_64 {
    uint64_t key;
    uint32_t at, spare;
};
template <class K> struct pair_of { using type = uint64_t; };
template <> struct pair_of<uint64_t> { using type = pair_64; };
}
static __device__ __forceinline__ uint64_t make_pair_of(uint32_t key, uint32_t at) { return (uint64_t)key << 32 | at; }
static __device__ __forceinline__ pair_64 make_pair_of(uint64_t key, uint32_t at) { return pair_64{key, at, 0}; }
static __device__ __forceinline__ bool after(uint64_t a, uint64_t b) { return a > b; }
static __device__ __forceinline__ bool after(pair_64 a, pair_64 b) { return a.key > b.key || (a.key == b.key && a.at > b.at); }
static __device__ __forceinline__ uint32_t at_of(uint64_t a) { return (uint32_t)a; }
static __device__ __forceinline__ uint32_t at_of(pair_64 a) { return a.at; }

/* `width`: a power of two, at least the `count` elements of a line that are sorted; `list` says which ones (NULL: the first). */
template <class T>
static __global__ void __launch_bounds__(SHORT / 2)
sort_short(const T *x, const uint32_t *list, lun_sort_lines s, int count, int width, T *values, int64_t *places)
{
    using K = typename lun_sort_key<T>::type;
    using P = typename pair_of<K>::type;
    __shared__ P pairs[SHORT];
    int each = 2 * (int)blockDim.x / width, all = each * width; /* lines of a block */
    K flip = s.descending ? lun_key_mask<T>() : 0;
    for (int64_t first = blockIdx.x * (int64_t)each; first < s.lines; first += (int64_t)gridDim.x * each) {
        for (int i = (int)threadIdx.x; i < all; i += (int)blockDim.x) {
            int64_t line = first + i / width;
            int at = i % width;
            bool real = line < s.lines && at < count;
            uint32_t from = real ? (list ? list[line * count + at] : (uint32_t)at) : 0xffffffffU;
            pairs[i] = make_pair_of(real ? (K)(lun_key_of(x[line * s.n + from]) ^ flip) : (K)~(K)0, from);
        }
        for (int size = 2; size <= width; size *= 2)
            for (int step = size / 2; step; step /= 2) {
                __syncthreads();
                for (int t = (int)threadIdx.x; t < all / 2; t += (int)blockDim.x) {
                    int low = 2 * t - (t & (step - 1)), high = low + step;
                    bool up = (low & (width - 1) & size) == 0;
                    P a = pairs[low], b = pairs[high];
                    if (after(a, b) != up) continue;
                    pairs[low] = b;
                    pairs[high] = a;
                }
            }
        __syncthreads();
        for (int i = (int)threadIdx.x; i < all; i += (int)blockDim.x) {
            int64_t line = first + i / width, at = i % width, from = at_of(pairs[i]);
            int64_t to = line / s.inner * s.k * s.inner + line % s.inner + at * s.inner;
            if (line >= s.lines || at >= s.k) continue;
            places[to] = from;
            if (values) values[to] = x[line * s.n + from];
        }
        __syncthreads();
    }
}

template <class T>
static bool run_short(lun_call *c, const T *x, const uint32_t *list, lun_sort_lines s, int count, T *values, int64_t *places)
{
    int width = 2;
    while (width < count) width *= 2;
    int threads = width / 2 < ALL ? (int)ALL : width / 2;
    if (s.lines * width <= ALL) threads = width / 2 < LUN_WARP ? (int)LUN_WARP : width / 2;
    return lun_cuda_launch(c->op->name, sort_short<T>, lun_blocks(s.lines, 2 * threads / width), threads, 0, x, list, s, count,
                           width, values, places);
}

/* ---- long lines ---- */

/* The first k of each sorted line, to where the results have them. */
template <class T>
static __global__ void spread(const T *sorted, const uint32_t *at, lun_sort_lines s, T *values, int64_t *places)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < s.lines * s.k; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t outer = i / (s.k * s.inner), rank = i / s.inner % s.k, line = outer * s.inner + i % s.inner;
        places[i] = at[line * s.n + rank];
        if (values) values[i] = sorted[line * s.n + rank];
    }
}

template <class T> static bool run_long(lun_call *c, const T *x, lun_sort_lines s, T *values, int64_t *places)
{
    const char *name = c->op->name;
    int64_t all = s.lines * s.n;
    int bits = lun_sort_key<T>::BITS;
    if (s.inner == 1 && s.k == s.n) return lun_radix_sort(name, c->out[0], x, s.lines, s.n, s.descending, bits, values, places);
    T *sorted = values ? lun_cuda_room<T>(c->out[0], all) : NULL;
    uint32_t *at = lun_cuda_room<uint32_t>(c->out[0], all);
    return (sorted || !values) && at && lun_radix_sort(name, c->out[0], x, s.lines, s.n, s.descending, bits, sorted, at) &&
           lun_cuda_launch(name, spread<T>, lun_blocks(s.lines * s.k, THREADS), THREADS, 0, (const T *)sorted, (const uint32_t *)at, s,
                           values, places);
}

/* ---- host ---- */

bool lun_sort_run(lun_call *c, lun_dtype type, const void *x, lun_sort_lines s, void *values, int64_t *places)
{
    enum { MANY_LINES = 32, LONG = 1 << 20 };
    return lun_by_real(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (s.n <= SHORT) return run_short(c, (const T *)x, NULL, s, (int)s.n, (T *)values, places);
        if (s.k > SHORT || s.k > s.n / 4 || (s.n > LONG && s.lines < MANY_LINES)) return run_long(c, (const T *)x, s, (T *)values,
                                                                                                  places);
        uint32_t *list = (uint32_t *)lun_scratch(c, (size_t)(s.lines * s.k) * sizeof *list);
        return list && lun_select_run(c, (const T *)x, s, list) && run_short(c, (const T *)x, list, s, (int)s.k, (T *)values,
                                                                             places);
    });
}

lun_tensor *lun_lines_of_dim(lun_tensor *x, int d)
{
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    int n = 0;
    for (int k = 0; k < x->ndim; k++) {
        if (k == d) continue;
        dims[n] = x->dims[k];
        strides[n++] = x->strides[k];
    }
    if (x->ndim) {
        dims[n] = x->dims[d];
        strides[n++] = x->strides[d];
    }
    return lun_contiguous(lun_tensor_as(x, n, dims, strides, x->offset));
}

bool lun_sort_fits(int64_t n)
{
    if (n < (int64_t)1 << 32) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "a dim of %lld positions is too long to be sorted", (long long)n), false;
}

/* k: how many of each line; -1: all. */
static bool sort_along(lun_call *c, int64_t dim, int64_t k, bool descending)
{
    lun_tensor *x = c->in[0];
    int d = lun_dim_normalize(dim, x->ndim);
    int64_t n = x->ndim ? x->dims[d] : 1;
    lun_sort_lines s = {0, n, k < 0 ? n : k, 1, descending};
    if (k == 0) return true;
    s.lines = x->numel / s.n;
    for (int i = d + 1; i < x->ndim; i++) s.inner *= x->dims[i];
    lun_tensor *lines = lun_sort_fits(s.n) ? lun_lines_of_dim(x, d) : NULL;
    return lines && lun_sort_run(c, (lun_dtype)x->dtype, lun_data(lines), s, lun_data(c->out[0]), lun_at<int64_t>(c->out[1]));
}

extern "C" bool lun_cuda_sort(lun_call *c) { return sort_along(c, lun_param_int(&c->params, 0, -1), -1,
                                                               lun_param_bool(&c->params, 1, false)); }

extern "C" bool lun_cuda_topk(lun_call *c)
{
    return sort_along(c, lun_param_int(&c->params, 1, -1), lun_param_int(&c->params, 0, 0), lun_param_bool(&c->params, 2, true));
}
