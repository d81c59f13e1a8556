/* index.cu - gather, index_select: elements and rows picked by position
 *
 * A thread brings one element, or up to 16 bytes of a row.
 * Holds: indices are checked, from 0, int64 and contiguous. Read next: kernels/cuda/place.cu, which is the other direction.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/pick.h"

/* ---- rows ---- */

template <class V, class I>
static __global__ void pick_rows(V *to, const V *from, const int64_t *index, I outer, I count, I length, I units)
{
    const I all = outer * count * units;
    for (I t = lun_thread<I>(); t < all; t += lun_threads<I>()) {
        I row = t / units, unit = t - row * units, o = row / count, k = row - o * count;
        to[t] = from[(int64_t)(o * length + (I)index[k]) * units + unit];
    }
}

/* The largest unit up to 16 bytes that divides all addresses and lengths. */
static int64_t unit_of(const void *to, const void *from, int64_t bytes)
{
    int64_t all = (int64_t)(uintptr_t)to | (int64_t)(uintptr_t)from | bytes | 16;
    return all & -all;
}

bool lun_cuda_pick_rows(void *to, const void *from, const int64_t *index, int64_t outer, int64_t count, int64_t length,
                        int64_t bytes)
{
    int64_t unit = unit_of(to, from, bytes), units = bytes / unit, most = count > length ? count : length;
    lun_dtype same_size = unit == 1 ? LUN_U8 : unit == 2 ? LUN_I16 : unit == 4 ? LUN_I32 : unit == 8 ? LUN_I64 : LUN_C128;
    return lun_by_size(same_size, [&](auto v) {
        using V = typename decltype(v)::type;
        return lun_by_width(outer * most * units, [&](auto i) {
            using I = typename decltype(i)::type;
            return lun_cuda_over("index_select", pick_rows<V, I>, outer * count * units, (V *)to, (const V *)from, index,
                                 outer, count, length, units);
        });
    });
}

extern "C" bool lun_cuda_index_select(lun_call *c)
{
    const lun_tensor *x = lun_cuda_dense(c->in[0], (lun_dtype)c->in[0]->dtype);
    if (!x) return false;
    int64_t dim = lun_param_int(&c->params, 0, 0), outer = 1, inner = 1;
    dim += dim < 0 ? (x->ndim ? x->ndim : 1) : 0;
    for (int d = 0; d < x->ndim; d++) (d < dim ? outer : inner) *= d == dim ? 1 : x->dims[d];
    return lun_cuda_pick_rows(lun_data(c->out[0]), lun_data(x), lun_at<int64_t>(c->in[1]), outer, c->in[1]->numel,
                              x->ndim ? x->dims[dim] : 1, inner * (int64_t)lun_dtype_size((lun_dtype)x->dtype));
}

/* ---- elements ---- */

/* The dims of the index tensor, innermost first, and the strides (in elements) of what it points into. */
template <class I> struct reading {
    int ndim;
    I dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    int64_t along;
};

template <class T, class I> static __global__ void gather(T *to, const T *from, const int64_t *index, I n, reading<I> r)
{
    for (I t = lun_thread<I>(); t < n; t += lun_threads<I>()) {
        I rest = t;
        int64_t at = index[t] * r.along;
        for (int d = 0; d < r.ndim; d++) {
            I q = rest / r.dims[d];
            at += (int64_t)((rest - q * r.dims[d]) * r.strides[d]);
            rest = q;
        }
        to[t] = from[at];
    }
}

template <class I> static reading<I> reading_of(const lun_tensor *x, const lun_tensor *index, int dim)
{
    reading<I> r{};
    r.along = x->ndim ? x->strides[dim] : 1;
    for (int d = index->ndim - 1; d >= 0; d--) {
        int64_t stride = d == dim || !x->ndim ? 0 : x->strides[d];
        int last = r.ndim - 1;
        if (index->dims[d] == 1 && index->ndim > 1) continue;
        if (last >= 0 &&
            stride == (int64_t)(r.strides[last] * r.dims[last])) { /* lies in memory as one with the dim before */
            r.dims[last] *= (I)index->dims[d];
            continue;
        }
        r.dims[r.ndim] = (I)index->dims[d];
        r.strides[r.ndim++] = (I)stride;
    }
    return r;
}

/* How far apart elements of x may lie. */
static int64_t extent(const lun_tensor *x)
{
    int64_t far = 1;
    for (int d = 0; d < x->ndim; d++) far += (x->dims[d] - 1) * x->strides[d];
    return far;
}

extern "C" bool lun_cuda_gather(lun_call *c)
{
    const lun_tensor *x = c->in[0], *index = c->in[1];
    int64_t dim = lun_param_int(&c->params, 0, 0), n = index->numel, far = extent(x);
    dim += dim < 0 ? (index->ndim ? index->ndim : 1) : 0;
    return lun_by_size((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_by_width(n > far ? n : far, [&](auto width) {
            using I = typename decltype(width)::type;
            return lun_cuda_over("gather", gather<T, I>, n, lun_at<T>(c->out[0]), lun_at<T>(x), lun_at<int64_t>(index), n,
                                 reading_of<I>(x, index, (int)dim));
        });
    });
}
