/* mask.cu - masked_fill, positions of non-zero elements, x[mask] = v, triangles
 *
 * Set elements are counted by tiles, the counts are added up, and each set element then knows its number. Only x[mask] = v
 * with several values waits for the count, which has to fit them. Read next: kernels/cuda/place.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/place.h"

#include "core/op_id.h"

#include <string.h>

/* ---- masked_fill ---- */

/* 16 bytes of elements, and what the mask says of them. */
template <class T> struct alignas(16) elements {
    T of[16 / sizeof(T)];
};
template <class T> struct alignas(16 / sizeof(T)) verdicts {
    uint8_t of[16 / sizeof(T)];
};

/* All lie as the result does; the mask is read again and again, every `period` groups. */
template <class T>
static __global__ void fill_groups(elements<T> *to, const elements<T> *from, const verdicts<T> *mask, int64_t n,
                                   int64_t period, lun_cuda_value value)
{
    const T v = lun_value_of<T>(value);
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>()) {
        elements<T> e = from[i];
        const verdicts<T> set = mask[period == n ? i : i - lun_divide(i, period) * period];
        for (size_t k = 0; k < 16 / sizeof(T); k++) e.of[k] = set.of[k] ? v : e.of[k];
        to[i] = e;
    }
}

template <class T> static __global__ void fill_walk(lun_walk w, lun_cuda_value value)
{
    const T v = lun_value_of<T>(value);
    int64_t at[LUN_WALK_OPERANDS];
    for (int64_t i = lun_thread<int64_t>(); i < w.numel; i += lun_threads<int64_t>()) {
        lun_walk_at(w, i, at);
        *(T *)(w.data[0] + at[0]) = w.data[2][at[2]] ? v : *(const T *)(w.data[1] + at[1]);
    }
}

/* Does the mask lie as the last dims of the result do, in groups of 16 bytes of elements? */
static bool is_repeated(const lun_tensor *out, const lun_tensor *x, const lun_tensor *mask)
{
    const int64_t group = 16 / (int64_t)lun_dtype_size((lun_dtype)out->dtype);
    int d = mask->ndim, first = 0;
    while (first < d && mask->dims[first] == 1) first++;
    bool same = lun_is_contiguous(x) && lun_is_contiguous(mask) && lun_shape_same(x->ndim, x->dims, out->ndim, out->dims);
    for (int at = out->ndim; same && d > first; d--) same = mask->dims[d - 1] == out->dims[--at];
    return same && mask->numel % group == 0 && (uintptr_t)lun_data(x) % 16 == 0 &&
           (uintptr_t)lun_data(mask) % (size_t)group == 0;
}

extern "C" bool lun_cuda_masked_fill(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = c->in[0], *mask = c->in[1];
    lun_cuda_value value;
    if (!lun_cuda_value_read(&value, c->in[2], (lun_dtype)out->dtype)) return false;
    return lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (is_repeated(out, x, mask)) {
            int64_t group = 16 / (int64_t)sizeof(T);
            return lun_cuda_over("masked_fill", fill_groups<T>, out->numel / group, lun_at<elements<T>>(out),
                                 lun_at<elements<T>>(x), lun_at<verdicts<T>>(mask), out->numel / group, mask->numel / group,
                                 value);
        }
        lun_iter it;
        lun_iter_begin(&it, out->ndim, out->dims);
        lun_iter_add(&it, out);
        lun_iter_add(&it, x);
        lun_iter_add(&it, mask);
        lun_iter_merge(&it);
        return lun_cuda_over("masked_fill", fill_walk<T>, it.numel, lun_walk_of(&it), value);
    });
}

/* ---- positions ---- */

enum { THREADS = LUN_CUDA_BLOCK, WARPS = THREADS / 32, ROUNDS = 16, TILE = THREADS * ROUNDS };

/* How many of the block's threads before this one say yes; *all: how many do. */
static __device__ int count_before(bool yes, int *of_warp, int *all)
{
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, before = 0, sum = 0;
    unsigned votes = __ballot_sync(0xffffffff, yes);
    if (lane == 0) of_warp[warp] = __popc(votes);
    __syncthreads();
    for (int w = 0; w < WARPS; w++) {
        if (w < warp) before += of_warp[w];
        sum += of_warp[w];
    }
    __syncthreads();
    *all = sum;
    return before + __popc(votes & ((1U << lane) - 1));
}

static __global__ void count_set(int64_t *counts, const uint8_t *set, int64_t n, int64_t tiles)
{
    __shared__ int of_warp[WARPS];
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        int sum = 0, all;
        for (int r = 0; r < ROUNDS; r++) {
            int64_t i = tile * TILE + r * THREADS + threadIdx.x;
            count_before(i < n && set[i], of_warp, &all);
            sum += all;
        }
        if (threadIdx.x == 0) counts[tile] = sum;
    }
}

/* Each count becomes the sum of those before it; counts[tiles] the sum of all. One block. */
static __global__ void add_tiles_up(int64_t *counts, int64_t tiles)
{
    __shared__ int64_t sums[THREADS];
    const int64_t each = (tiles + THREADS - 1) / THREADS, from = threadIdx.x * each,
                  to = from + each < tiles ? from + each : tiles;
    int64_t sum = 0;
    for (int64_t i = from; i < to; i++) sum += counts[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (int t = 0; t < (int)threadIdx.x; t++) sum += sums[t];
    for (int64_t i = from; i < to; i++) {
        int64_t here = counts[i];
        counts[i] = sum;
        sum += here;
    }
    if (threadIdx.x == THREADS - 1) counts[tiles] = sum;
}

struct shape {
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
};

/* The positions of set elements, the first `room` of them: `ndim` numbers for each, or with ndim 0 one that counts through.
 */
static __global__ void write_set(int64_t *to, const int64_t *starts, const uint8_t *set, int64_t n, int64_t tiles,
                                 int64_t room, shape x)
{
    __shared__ int of_warp[WARPS];
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        int64_t number = starts[tile];
        for (int r = 0; r < ROUNDS; r++) {
            int all;
            int64_t i = tile * TILE + r * THREADS + threadIdx.x;
            bool yes = i < n && set[i];
            int64_t k = number + count_before(yes, of_warp, &all);
            number += all;
            if (!yes || k >= room) continue;
            if (!x.ndim) to[k] = i;
            for (int d = x.ndim - 1; d >= 0; d--) {
                int64_t q = lun_divide(i, x.dims[d]);
                to[k * x.ndim + d] = i - q * x.dims[d];
                i = q;
            }
        }
    }
}

/* The counts of the tiles of `set`, added up; NULL after lun_fail. */
static int64_t *count_tiles(const lun_tensor *set)
{
    int64_t n = set->numel, tiles = (n + TILE - 1) / TILE;
    int64_t *counts = lun_cuda_room<int64_t>(set, tiles + 1);
    bool ok = counts &&
              lun_cuda_launch("count non-zero elements", count_set, lun_blocks(tiles, 1, LUN_CUDA_GRID), THREADS, 0, counts,
                              lun_at<uint8_t>(set), n, tiles) &&
              lun_cuda_launch("count non-zero elements", add_tiles_up, 1, THREADS, 0, counts, tiles);
    return ok ? counts : NULL;
}

static bool write_positions(int64_t *to, const int64_t *counts, const lun_tensor *set, int64_t room, const shape &x)
{
    int64_t n = set->numel, tiles = (n + TILE - 1) / TILE;
    return lun_cuda_launch("nonzero", write_set, lun_blocks(tiles, 1, LUN_CUDA_GRID), THREADS, 0, to, counts,
                           lun_at<uint8_t>(set), n, tiles, room, x);
}

extern "C" bool lun_cuda_nonzero_positions(lun_call *c)
{
    const lun_tensor *x = c->in[0], *set = lun_cuda_dense(x, LUN_BOOL), *out = c->out[0];
    const int64_t *counts = set ? count_tiles(set) : NULL;
    shape s = {lun_param_bool(&c->params, 1, false) ? 0 : x->ndim, {}};
    memcpy(s.dims, x->dims, (size_t)x->ndim * sizeof *s.dims);
    return counts && write_positions(lun_at<int64_t>(out), counts, set, out->dims[0], s);
}

/* ---- x[mask] = v ---- */

/* One row of values for every set element; rest: elements of a row. */
template <class T> static __global__ void fill_rows(T *x, const uint8_t *set, const T *row, int64_t n, int64_t rest)
{
    const int64_t all = n * rest;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t i = lun_divide(t, rest);
        if (set[i]) x[t] = row[t - i * rest];
    }
}

static bool does_not_fit(const lun_tensor *v, int64_t places)
{
    char text[LUN_SHAPE_TEXT];
    lun_fail(LUN_E_SHAPE, "x:masked_fill_(mask, number) writes one value everywhere",
             "the mask chooses %lld places, which %s does not fit", (long long)places, lun_tensor_text(v, text));
    return false;
}

/* How many elements are set; waits for the device. -1 after lun_fail. */
static int64_t count_of(const int64_t *counts, const lun_tensor *set)
{
    int64_t tiles = (set->numel + TILE - 1) / TILE, count = 0;
    lun_device device = lun_tensor_device(set);
    return lun_backends[LUN_CUDA]->to_host(&count, counts + tiles, sizeof count, device.index) ? count : -1;
}

/* x is contiguous. `v` has dims [1 or several, the dims of x behind the mask's] or is broadcast to them. */
static bool write_masked(const lun_tensor *x, const lun_tensor *set, const lun_tensor *v)
{
    lun_dtype t = (lun_dtype)x->dtype;
    int rest_dims = x->ndim - set->ndim, n, skip = v->ndim > 1 + rest_dims ? v->ndim - 1 - rest_dims : 0;
    int64_t dims[LUN_MAX_DIMS + 1], both[LUN_MAX_DIMS], rest = 1;
    bool several = v->ndim - skip == 1 + rest_dims && v->dims[skip] != 1;
    lun_tensor values = *v;
    values.ndim = (uint8_t)(v->ndim - skip);
    memmove(values.dims, values.dims + skip, values.ndim * sizeof *values.dims);
    memmove(values.strides, values.strides + skip, values.ndim * sizeof *values.strides);
    int64_t *counts = several ? count_tiles(set) : NULL;
    dims[0] = several ? count_of(counts, set) : 1;
    if (several && (!counts || dims[0] < 0)) return false;
    for (int d = 0; d < rest_dims; d++) rest *= dims[1 + d] = x->dims[set->ndim + d];
    bool fits = !several || values.dims[0] == dims[0];
    for (int d = 0; d < skip; d++) fits = fits && v->dims[d] == 1;
    fits = fits && lun_shape_broadcast(values.ndim, values.dims, 1 + rest_dims, dims, &n, both) &&
           lun_shape_same(n, both, 1 + rest_dims, dims);
    if (!fits) {
        lun_error_clear();
        counts = counts ? counts : count_tiles(set);
        return counts && (dims[0] = count_of(counts, set)) >= 0 && does_not_fit(v, dims[0]);
    }
    if (!dims[0] || !rest) return true;
    lun_tensor *source = lun_tensor_empty(t, 1 + rest_dims, dims, lun_tensor_device(x));
    if (!source || !lun_cuda_assign(source, &values)) return false;
    if (!several)
        return lun_by_size(t, [&](auto tag) {
            using T = typename decltype(tag)::type;
            return lun_cuda_over("set_mask_", fill_rows<T>, x->numel, lun_at<T>(x), lun_at<uint8_t>(set), lun_at<T>(source),
                                 set->numel, rest);
        });
    int64_t *positions = lun_cuda_room<int64_t>(x, dims[0]);
    const lun_slices s = {1, rest, dims[0], set->numel, 1, true, true};
    return positions && write_positions(positions, counts, set, dims[0], shape{}) &&
           lun_cuda_put_slices(x, t, lun_data(x), lun_data(source), positions, s);
}

extern "C" bool lun_cuda_set_mask(lun_call *c)
{
    const lun_tensor *x = c->out[0], *set = lun_cuda_dense(c->in[1], LUN_BOOL),
                     *whole = lun_cuda_dense(x, (lun_dtype)x->dtype);
    return set && whole && write_masked(whole, set, c->in[2]) && (whole == x || lun_cuda_assign(x, whole));
}

/* ---- triangles ---- */

template <class T>
static __global__ void triangle(T *to, const T *from, int64_t n, int64_t rows, int64_t columns, int64_t diagonal, bool lower)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        int64_t line = lun_divide(t, columns), column = t - line * columns, row = line - lun_divide(line, rows) * rows;
        bool kept = lower ? column <= row + diagonal : column >= row + diagonal;
        to[t] = kept ? from[t] : T{};
    }
}

extern "C" bool lun_cuda_triangle(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    int64_t rows = out->dims[out->ndim - 2], columns = out->dims[out->ndim - 1], diagonal = lun_param_int(&c->params, 0, 0);
    int64_t reach = rows > columns ? rows : columns;
    diagonal = diagonal > reach ? reach : diagonal < -reach ? -reach : diagonal;
    return x && lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("tril", triangle<T>, out->numel, lun_at<T>(out), lun_at<T>(x), out->numel, rows, columns,
                                    diagonal, c->op->id == LUN_OP_tril);
           });
}
