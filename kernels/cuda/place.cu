/* place.cu - index_add, index_copy, index_fill, x[idx] = v: slices brought to listed positions of one dim
 *
 * Adding goes one of three ways, by the sizes alone: a thread per column goes through a short list; a block per position looks
 * through a list for its own slices; or the list is sorted (kernels/cuda/segments.h). Of what is written to one position, the
 * last is found first. Read next: kernels/cuda/scatter.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/place.h"

#include <string.h>

/* ---- adding ---- */

/* A thread goes through the whole list for one column. */
template <class T> static __global__ void walk_columns(T *out, const T *source, const int64_t *index, lun_slices s)
{
    const int64_t columns = s.outer * s.inner;
    for (int64_t t = lun_thread<int64_t>(); t < columns; t += lun_threads<int64_t>()) {
        int64_t o = lun_divide(t, s.inner), i = t - o * s.inner;
        for (int64_t k = 0; k < s.count; k++) {
            T *to = out + lun_slice_at(s, s.length, index[k], o, i);
            *to = lun_store<T>(lun_plus(lun_load(*to), lun_slice_read<T>(s, source[lun_slice_at(s, s.count, k, o, i)])));
        }
    }
}

enum { OWN_THREADS = 256 };

/* Which of the next OWN_THREADS entries of the list are `own`, side by side and in order in `found`; how many. */
static __device__ int find_own(const int64_t *index, int64_t from, int64_t count, int64_t own, uint32_t *found, int *of_warp)
{
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, before = 0, all = 0;
    int64_t k = from + threadIdx.x;
    bool mine = k < count && index[k] == own;
    unsigned votes = __ballot_sync(0xffffffff, mine);
    if (lane == 0) of_warp[warp] = __popc(votes);
    __syncthreads();
    for (int w = 0; w < OWN_THREADS / 32; w++) {
        if (w < warp) before += of_warp[w];
        all += of_warp[w];
    }
    if (mine) found[before + __popc(votes & ((1U << lane) - 1))] = (uint32_t)threadIdx.x;
    __syncthreads();
    return all;
}

/* A block for each position of out and OWN_THREADS columns. */
template <class T> static __global__ void add_own(T *out, const T *source, const int64_t *index, lun_slices s)
{
    using W = lun_wide<T>;
    __shared__ uint32_t found[OWN_THREADS];
    __shared__ int of_warp[OWN_THREADS / 32];
    const int64_t columns = s.outer * s.inner, own = blockIdx.x, column = (int64_t)blockIdx.y * OWN_THREADS + threadIdx.x;
    const int64_t o = column < columns ? lun_divide(column, s.inner) : 0, i = column < columns ? column - o * s.inner : 0;
    T *to = out + lun_slice_at(s, s.length, own, o, i);
    W sum = W{};
    if (s.keep && column < columns) sum = lun_load(*to);
    for (int64_t from = 0; from < s.count; from += OWN_THREADS) {
        int n = find_own(index, from, s.count, own, found, of_warp);
        for (int k = 0; k < n && column < columns; k++)
            sum = lun_plus(sum, lun_slice_read<T>(s, source[lun_slice_at(s, s.count, from + found[k], o, i)]));
        __syncthreads();
    }
    if (column < columns) *to = lun_store<T>(sum);
}

bool lun_cuda_add_slices(const lun_tensor *x, lun_dtype dtype, void *out, const void *source, const int64_t *index,
                         const lun_slices &s)
{
    const int64_t columns = s.outer * s.inner, tiles = (columns + OWN_THREADS - 1) / OWN_THREADS, all = columns * s.length;
    if (!all) return true;
    return lun_by_any(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (s.count > 16 && tiles < 65536 && s.length * tiles * s.count <= (1 << 20))
            return lun_cuda_launch("index_add", add_own<T>, dim3((unsigned)s.length, (unsigned)tiles), OWN_THREADS, 0,
                                   (T *)out, (const T *)source, index, s);
        if (!s.keep && !lun_cuda_zero(out, (size_t)all * sizeof(T))) return false;
        if (!s.count) return true;
        if (!lun_cuda_sortable(s.count, s.length) || s.count <= 16 || (columns >= 65536 && s.count <= 256))
            return lun_cuda_over("index_add", walk_columns<T>, columns, (T *)out, (const T *)source, index, s);
        return lun_cuda_fold_sorted<T, lun_fold_sum>(x, (T *)out, (const T *)source, index, s);
    });
}

/* ---- writing ---- */

/* last[position] = the last entry that names it, counted from 1. */
static __global__ void mark_last(uint32_t *last, const int64_t *index, int64_t count)
{
    for (int64_t k = lun_thread<int64_t>(); k < count; k += lun_threads<int64_t>())
        atomicMax(&last[index[k]], (uint32_t)k + 1);
}

/* last NULL: every position is named once. */
template <class T>
static __global__ void put_slices(T *out, const T *source, const int64_t *index, const uint32_t *last, lun_slices s)
{
    const int64_t all = s.outer * s.count * s.inner;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t row = lun_divide(t, s.inner), i = t - row * s.inner, o = lun_divide(row, s.count), k = row - o * s.count;
        if (!last || last[index[k]] == (uint32_t)k + 1) out[lun_slice_at(s, s.length, index[k], o, i)] = source[t];
    }
}

template <class T> static __global__ void put_columns(T *out, const T *source, const int64_t *index, lun_slices s)
{
    const int64_t columns = s.outer * s.inner;
    for (int64_t t = lun_thread<int64_t>(); t < columns; t += lun_threads<int64_t>()) {
        int64_t o = lun_divide(t, s.inner), i = t - o * s.inner;
        for (int64_t k = 0; k < s.count; k++)
            out[lun_slice_at(s, s.length, index[k], o, i)] = source[lun_slice_at(s, s.count, k, o, i)];
    }
}

bool lun_cuda_put_slices(const lun_tensor *x, lun_dtype dtype, void *out, const void *source, const int64_t *index,
                         const lun_slices &s)
{
    const int64_t columns = s.outer * s.inner;
    if (!columns || !s.length || !s.count) return true;
    return lun_by_size(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (s.count == 1 || s.unique)
            return lun_cuda_over("index_copy", put_slices<T>, columns * s.count, (T *)out, (const T *)source, index,
                                 (const uint32_t *)NULL, s);
        if (s.count >= UINT32_MAX)
            return lun_cuda_over("index_copy", put_columns<T>, columns, (T *)out, (const T *)source, index, s);
        uint32_t *last = lun_cuda_room<uint32_t>(x, s.length);
        return last && lun_cuda_zero(last, (size_t)s.length * sizeof *last) &&
               lun_cuda_over("index_copy", mark_last, s.count, last, index, s.count) &&
               lun_cuda_over("index_copy", put_slices<T>, columns * s.count, (T *)out, (const T *)source, index, last, s);
    });
}

/* ---- rows of the table ---- */

static lun_slices slices_of(const lun_tensor *x, int64_t dim, int64_t count)
{
    lun_slices s = {1, 1, count, x->ndim ? x->dims[dim] : 1, 1, true, false};
    for (int d = 0; d < x->ndim; d++) (d < dim ? s.outer : s.inner) *= d == dim ? 1 : x->dims[d];
    return s;
}

static int64_t dim_of(const lun_call *c)
{
    int64_t dim = lun_param_int(&c->params, 0, 0);
    return dim < 0 ? dim + (c->in[0]->ndim ? c->in[0]->ndim : 1) : dim;
}

extern "C" bool lun_cuda_index_add(lun_call *c)
{
    const lun_tensor *out = c->out[0], *index = c->in[1];
    lun_dtype t = (lun_dtype)out->dtype;
    if (!lun_cuda_assign(out, c->in[0])) return false;
    if (!index->numel || !out->numel) return true;
    lun_slices s = slices_of(out, dim_of(c), index->numel);
    s.alpha = lun_param_float(&c->params, 1, 1);
    const lun_tensor *source = lun_cuda_dense(c->in[2], t);
    return source && lun_cuda_add_slices(out, t, lun_data(out), lun_data(source), lun_at<int64_t>(index), s);
}

extern "C" bool lun_cuda_index_copy(lun_call *c)
{
    const lun_tensor *out = c->out[0], *index = c->in[1];
    lun_dtype t = (lun_dtype)out->dtype;
    if (!lun_cuda_assign(out, c->in[0])) return false;
    if (!index->numel || !out->numel) return true;
    const lun_tensor *source = lun_cuda_dense(c->in[2], t);
    return source && lun_cuda_put_slices(out, t, lun_data(out), lun_data(source), lun_at<int64_t>(index),
                                         slices_of(out, dim_of(c), index->numel));
}

template <class T> static __global__ void fill_slices(T *out, const int64_t *index, lun_cuda_value value, lun_slices s)
{
    const int64_t all = s.outer * s.count * s.inner;
    const T v = lun_value_of<T>(value);
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t row = lun_divide(t, s.inner), i = t - row * s.inner, o = lun_divide(row, s.count);
        out[lun_slice_at(s, s.length, index[row - o * s.count], o, i)] = v;
    }
}

extern "C" bool lun_cuda_index_fill(lun_call *c)
{
    const lun_tensor *out = c->out[0], *index = c->in[1];
    lun_cuda_value value;
    if (!lun_cuda_assign(out, c->in[0])) return false;
    if (!index->numel || !out->numel) return true;
    if (!lun_cuda_value_read(&value, c->in[2], (lun_dtype)out->dtype)) return false;
    lun_slices s = slices_of(out, dim_of(c), index->numel);
    return lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("index_fill", fill_slices<T>, s.outer * s.count * s.inner, lun_at<T>(out),
                             lun_at<int64_t>(index), value, s);
    });
}

/* x[idx] = v: x is the caller's own tensor. One that is strided is put together elsewhere and copied back. */
extern "C" bool lun_cuda_set_index(lun_call *c)
{
    const lun_tensor *x = c->out[0], *index = c->in[1], *v = c->in[2];
    lun_dtype t = (lun_dtype)x->dtype;
    int64_t dims[2 * LUN_MAX_DIMS];
    int ndim = index->ndim + x->ndim - 1;
    memcpy(dims, index->dims, (size_t)index->ndim * sizeof *dims);
    for (int d = 1; d < x->ndim; d++) dims[index->ndim + d - 1] = x->dims[d];
    lun_tensor values = *v;
    int skip = values.ndim > ndim ? values.ndim - ndim : 0; /* leading dims of size 1 are no harm */
    values.ndim = (uint8_t)(values.ndim - skip);
    memmove(values.dims, values.dims + skip, values.ndim * sizeof *values.dims);
    memmove(values.strides, values.strides + skip, values.ndim * sizeof *values.strides);
    const lun_tensor *whole = lun_cuda_dense(x, t);
    lun_tensor *source = ndim <= LUN_MAX_DIMS ? lun_tensor_empty(t, ndim, dims, lun_tensor_device(x)) : NULL;
    return whole && source && lun_cuda_assign(source, &values) &&
           lun_cuda_put_slices(x, t, lun_data(whole), lun_data(source), lun_at<int64_t>(index),
                               slices_of(x, 0, index->numel)) &&
           (whole == x || lun_cuda_assign(x, whole));
}
