/* segments.h - elements folded onto places that several of them may share, in an order that is always the same
 *
 * A source is slices [outer, count, inner]; slice k goes to position key[k] of out [outer, length, inner]. A "column" is one
 * (outer, inner). With the keys sorted, what goes to one place lies in a run of sorted keys; runs are folded in chunks, and
 * those that cross chunks are joined.
 * Holds: no float atomics; the order depends on the keys only. Read next: kernels/cuda/place.cu, kernels/cuda/scatter.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SEGMENTS_H
#define LUN_KERNELS_CUDA_SEGMENTS_H
#include "kernels/cuda/folds.h"
#include "kernels/cuda/keys.h"

struct lun_slices {
    int64_t outer, inner, count, length;
    double alpha; /* the source is multiplied with it */
    bool keep;    /* what is in `out` is folded too; else it is overwritten where slices go */
    bool unique;  /* no position is named twice */
};
static __device__ __forceinline__ int64_t lun_slice_at(const lun_slices &s, int64_t positions, int64_t position, int64_t o,
                                                       int64_t i)
{
    return (o * positions + position) * s.inner + i;
}
template <class T> static __device__ __forceinline__ lun_wide<T> lun_slice_read(const lun_slices &s, T v)
{
    return s.alpha == 1 ? lun_load(v) : lun_scaled(lun_load(v), s.alpha);
}

/* What is folded, as the kernels below want it: `count` entries of `columns` columns; entry p of a column, and where those of
 * a key go. */
template <class T, class Fold> struct lun_slice_entries {
    using Sum = lun_wide<T>;
    lun_slices s;
    const T *source;
    T *out;
    int64_t count, columns;
    __device__ Sum read(int64_t p, int64_t column) const
    {
        int64_t o = lun_divide(column, s.inner);
        return lun_slice_read<T>(s, source[lun_slice_at(s, s.count, p, o, column - o * s.inner)]);
    }
    __device__ void write(uint32_t key, int64_t column, Sum v) const
    {
        int64_t o = lun_divide(column, s.inner);
        T *to = out + lun_slice_at(s, s.length, key, o, column - o * s.inner);
        *to = lun_store<T>(s.keep ? Fold::template of<Sum>(lun_load(*to), v) : v);
    }
};

/* A thread folds a chunk of one column. head: what belongs to a run that began before the chunk; tail: to one that began here
 * and goes on. */
template <class Entries, class Fold>
static __global__ void lun_fold_chunks(Entries e, lun_sorted_keys keys, int64_t chunk, typename Entries::Sum *head,
                                       typename Entries::Sum *tail)
{
    using W = typename Entries::Sum;
    const int64_t all = (e.count + chunk - 1) / chunk * e.columns;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t number = lun_divide(t, e.columns), column = t - number * e.columns;
        int64_t first = number * chunk, last = first + chunk < e.count ? first + chunk : e.count;
        uint32_t key = keys.key[first];
        bool began = first == 0 || keys.key[first - 1] != key;
        W sum = e.read(keys.order[first], column);
        for (int64_t p = first + 1; p < last; p++) {
            uint32_t next = keys.key[p];
            W v = e.read(keys.order[p], column);
            if (next == key) {
                sum = Fold::template of<W>(sum, v);
                continue;
            }
            if (began) e.write(key, column, sum);
            else head[t] = sum;
            key = next;
            sum = v;
            began = true;
        }
        bool ends = last == e.count || keys.key[last] != key;
        if (!began) head[t] = sum;
        else if (!ends) tail[t] = sum;
        else e.write(key, column, sum);
    }
}

/* Runs that begin in a chunk and go on in the next ones. */
template <class Entries, class Fold>
static __global__ void lun_join_chunks(Entries e, lun_sorted_keys keys, int64_t chunk, const typename Entries::Sum *head,
                                       const typename Entries::Sum *tail)
{
    using W = typename Entries::Sum;
    const int64_t all = (e.count + chunk - 1) / chunk * e.columns;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t number = lun_divide(t, e.columns), column = t - number * e.columns, first = number * chunk,
                last = first + chunk;
        if (last >= e.count) continue;
        uint32_t key = keys.key[last - 1];
        if (keys.key[last] != key || (keys.key[first] == key && first > 0 && keys.key[first - 1] == key)) continue;
        W sum = tail[t];
        for (int64_t at = t + e.columns; last < e.count && keys.key[last] == key; at += e.columns, last += chunk)
            sum = Fold::template of<W>(sum, head[at]);
        e.write(key, column, sum);
    }
}

/* Entry p goes to key index[p], below `bound`; x says which device. */
template <class Fold, class Entries, class K>
static bool lun_cuda_fold_entries(const lun_tensor *x, const Entries &e, const K *index, int64_t bound)
{
    using W = typename Entries::Sum;
    lun_sorted_keys keys;
    const int64_t chunk = e.count * e.columns > (1 << 26) ? 128 : 32, all = (e.count + chunk - 1) / chunk * e.columns;
    if (!lun_cuda_sort_keys(&keys, x, index, e.count, bound)) return false;
    W *head = lun_cuda_room<W>(x, 2 * all), *tail = head + all;
    return head && lun_cuda_over("add at positions", lun_fold_chunks<Entries, Fold>, all, e, keys, chunk, head, tail) &&
           (e.count <= chunk ||
            lun_cuda_over("add at positions", lun_join_chunks<Entries, Fold>, all, e, keys, chunk, head, tail));
}
template <class T, class Fold>
static bool lun_cuda_fold_sorted(const lun_tensor *x, T *out, const T *source, const int64_t *index, const lun_slices &s)
{
    const lun_slice_entries<T, Fold> e = {s, source, out, s.count, s.outer * s.inner};
    return lun_cuda_fold_entries<Fold>(x, e, index, s.length);
}
#endif
