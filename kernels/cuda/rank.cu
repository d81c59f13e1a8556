/* rank.cu - median, nanmedian, kthvalue, mode: one element of each line, by its rank
 *
 * The first three find the element of a rank without sorting (select.h), a block for each line. mode sorts the lines and looks
 * for the longest run of equal elements.
 * Read next: kernels/cuda/select.h, kernels/cpu/rank.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/select.h"
#include "core/op_id.h"

enum { MEDIAN, NANMEDIAN, KTHVALUE };

namespace {
struct nan_count { int64_t count, first; };
struct nan_join {
    __device__ nan_count operator()(nan_count a, nan_count b) const
    {
        return nan_count{a.count + b.count, a.first < b.first ? a.first : b.first};
    }
};
/* The longest run so far and where it ends; of equally long ones the first. */
struct run_best { int64_t length, end; };
struct run_join {
    __device__ run_best operator()(run_best a, run_best b) const
    {
        return b.length > a.length || (b.length == a.length && b.end < a.end) ? b : a;
    }
};
}

static __device__ __forceinline__ bool is_nan(float v) { return v != v; }
static __device__ __forceinline__ bool is_nan(double v) { return v != v; }
template <class T> static __device__ __forceinline__ bool is_nan(T) { return false; }

/* For a median the first NaN where there is one, for nanmedian the middle of the others. */
template <class T>
static __global__ void __launch_bounds__(LUN_SELECT_THREADS)
pick_ranks(const T *x, int64_t lines, int64_t n, int64_t k, int what, T *values, int64_t *places)
{
    __shared__ lun_select_room room;
    __shared__ nan_count nan_room[LUN_WARP];
    for (int64_t line = blockIdx.x; line < lines; line += gridDim.x) {
        const T *from = x + line * n;
        int64_t rank = k, less;
        if (what != KTHVALUE) {
            nan_count nans = {0, n};
            for (int64_t i = threadIdx.x; i < n; i += blockDim.x)
                if (is_nan(lun_load(from[i]))) nans = nan_join()(nans, nan_count{1, i});
            nans = lun_block_fold(nans, nan_count{0, n}, nan_room, nan_join());
            if (nans.count && (what == MEDIAN || nans.count == n)) {
                if (threadIdx.x == 0) {
                    values[line] = from[nans.first];
                    if (places) places[line] = nans.first;
                }
                continue;
            }
            rank = (n - nans.count - 1) / 2 + 1;
        }
        typename lun_sort_key<T>::type key = lun_select_key(from, n, rank, (typename lun_sort_key<T>::type)0, &room, &less);
        lun_select_walk(from, n, key, (typename lun_sort_key<T>::type)0, &room, [&](int64_t i, int64_t equal) {
            if (less + equal != rank - 1) return;
            values[line] = from[i];
            if (places) places[line] = i;
        }, [](int64_t, int64_t) {});
    }
}

/* order: the places of each line's elements, sorted. NaNs are no run: each counts by itself. */
template <class T>
static __global__ void __launch_bounds__(LUN_SELECT_THREADS)
pick_longest(const T *x, const int64_t *order, int64_t lines, int64_t n, T *values, int64_t *places)
{
    __shared__ int64_t scan_room[LUN_WARP];
    __shared__ run_best room[LUN_WARP];
    for (int64_t line = blockIdx.x; line < lines; line += gridDim.x) {
        const T *from = x + line * n;
        const int64_t *at = order + line * n;
        int64_t start = 0;
        run_best best = {0, n};
        for (int64_t first = 0; first < n; first += blockDim.x) {
            int64_t i = first + (int)threadIdx.x, all;
            bool begins = i < n && (i == 0 || !(lun_load(from[at[i - 1]]) == lun_load(from[at[i]])));
            bool ends = i < n && (i + 1 == n || !(lun_load(from[at[i]]) == lun_load(from[at[i + 1]])));
            auto later = [](int64_t a, int64_t b) { return a > b ? a : b; };
            int64_t own = begins ? i : -1, before = lun_block_scan(own, (int64_t)-1, scan_room, later, &all);
            int64_t begin = later(later(start, before), own);
            if (ends) best = run_join()(best, run_best{i - begin + 1, i});
            start = later(start, all);
        }
        best = lun_block_fold(best, run_best{0, n}, room, run_join());
        if (threadIdx.x) continue;
        values[line] = from[at[best.end]];
        if (places) places[line] = at[best.end];
    }
}

extern "C" bool lun_cuda_rank(lun_call *c)
{
    int id = c->op->id, k = id == LUN_OP_kthvalue;
    lun_tensor *x = c->in[0];
    bool all = (id == LUN_OP_median || id == LUN_OP_nanmedian) && !lun_param_given(&c->params, 0);
    int dim = all || !x->ndim ? 0 : lun_dim_normalize(lun_param_int(&c->params, k, -1), x->ndim);
    if (dim < 0) return false;
    int64_t n = all ? x->numel : x->ndim ? x->dims[dim] : 1, lines = x->numel / n, rank = k ? lun_param_int(&c->params, 0, 1) : 0;
    int64_t *places = c->n_out > 1 ? lun_at<int64_t>(c->out[1]) : NULL;
    lun_tensor *plain = !lun_sort_fits(n) ? NULL : all ? lun_plain(x, (lun_dtype)x->dtype) : lun_lines_of_dim(x, dim);
    return plain && lun_by_real((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T *from = lun_at<T>(plain);
        T *values = lun_at<T>(c->out[0]);
        if (id != LUN_OP_mode) {
            int what = k ? KTHVALUE : id == LUN_OP_median ? MEDIAN : NANMEDIAN;
            return lun_cuda_launch(c->op->name, pick_ranks<T>, lun_blocks(lines, 1), LUN_SELECT_THREADS, 0, from, lines, n, rank,
                                   what, values, places);
        }
        int64_t *order = (int64_t *)lun_scratch(c, (size_t)(lines * n) * sizeof *order);
        return order && lun_sort_run(c, (lun_dtype)x->dtype, from, lun_sort_lines{lines, n, n, 1, false}, NULL, order) &&
               lun_cuda_launch(c->op->name, pick_longest<T>, lun_blocks(lines, 1), LUN_SELECT_THREADS, 0, from,
                               (const int64_t *)order, lines, n, values, places);
    });
}
