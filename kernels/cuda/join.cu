/* join.cu - cat, flip, x[region] = v, and diagonals and slices put back
 *
 * Most are copies into views of a tensor. cat of contiguous tensors is one launch for many of them. Read next:
 * kernels/cuda/dense.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/dense.h"

#include <string.h>

/* ---- cat ---- */

enum { PARTS = 64 };

/* Parts of a row of the result: where each begins and how wide it is, in units. */
struct parts {
    const void *from[PARTS];
    int64_t start[PARTS], width[PARTS], outer, row;
};

/* A row of blocks for each part. */
template <class V> static __global__ void join(V *to, parts p)
{
    const V *from = (const V *)p.from[blockIdx.y];
    const int64_t width = p.width[blockIdx.y], start = p.start[blockIdx.y], all = p.outer * width;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t o = lun_divide(t, width);
        to[o * p.row + start + t - o * width] = from[t];
    }
}

/* Joins `count` parts whose sizes are in bytes, in units of up to 16 bytes. */
static bool join_parts(void *to, parts p, int count)
{
    int64_t all = (int64_t)(uintptr_t)to | p.row | 16, widest = 0;
    for (int k = 0; k < count; k++) {
        all |= (int64_t)(uintptr_t)p.from[k] | p.start[k] | p.width[k];
        widest = p.width[k] > widest ? p.width[k] : widest;
    }
    int64_t unit = all & -all;
    p.row /= unit;
    for (int k = 0; k < count; k++) {
        p.start[k] /= unit;
        p.width[k] /= unit;
    }
    lun_dtype same_size = unit == 1 ? LUN_U8 : unit == 2 ? LUN_I16 : unit == 4 ? LUN_I32 : unit == 8 ? LUN_I64 : LUN_C128;
    dim3 grid(lun_blocks(p.outer * (widest / unit), LUN_CUDA_BLOCK, LUN_CUDA_GRID), (unsigned)count);
    return lun_by_size(same_size, [&](auto tag) {
        using V = typename decltype(tag)::type;
        return lun_cuda_launch("cat", join<V>, grid, LUN_CUDA_BLOCK, 0, (V *)to, p);
    });
}

extern "C" bool lun_cuda_cat(lun_call *c)
{
    const lun_tensor *out = c->out[0];
    int64_t at = 0, dim = lun_param_int(&c->params, 0, 0), inner = (int64_t)lun_dtype_size((lun_dtype)out->dtype);
    parts p;
    int count = 0;
    dim += dim < 0 ? out->ndim : 0;
    for (int d = (int)dim + 1; d < out->ndim; d++) inner *= out->dims[d];
    p.row = inner * out->dims[dim];
    p.outer = (int64_t)lun_tensor_bytes(out) / p.row;
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (!x->numel) continue;
        int64_t length = x->dims[dim];
        if (!lun_is_contiguous(x)) {
            lun_tensor part = *out;
            part.offset += at * out->strides[dim];
            part.dims[dim] = length;
            part.numel = x->numel;
            if (!lun_cuda_assign(&part, x)) return false;
        } else {
            p.from[count] = lun_data(x);
            p.start[count] = at * inner;
            p.width[count++] = length * inner;
        }
        if (count == PARTS) {
            if (!join_parts(lun_data(out), p, count)) return false;
            count = 0;
        }
        at += length;
    }
    return !count || join_parts(lun_data(out), p, count);
}

/* ---- flip ---- */

/* Dims innermost first, strides in elements. */
struct backwards {
    int ndim;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
};

template <class T> static __global__ void flip(T *to, const T *from, int64_t n, backwards b)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        int64_t rest = t, at = 0;
        for (int d = 0; d < b.ndim; d++) {
            int64_t q = lun_divide(rest, b.dims[d]);
            at += (rest - q * b.dims[d]) * b.strides[d];
            rest = q;
        }
        to[t] = from[at];
    }
}

extern "C" bool lun_cuda_flip(lun_call *c)
{
    lun_tensor x = *c->in[0];
    const int64_t *dims;
    int n = lun_param_ints(&c->params, 0, &dims);
    for (int i = 0; i < n && x.ndim; i++) { /* read from the end: strides become negative */
        int64_t d = dims[i] < 0 ? dims[i] + x.ndim : dims[i];
        x.offset += (x.dims[d] - 1) * x.strides[d];
        x.strides[d] = -x.strides[d];
    }
    backwards b{};
    for (int d = x.ndim - 1; d >= 0; d--) {
        int last = b.ndim - 1;
        if (last >= 0 && x.strides[d] == b.strides[last] * b.dims[last]) {
            b.dims[last] *= x.dims[d];
            continue;
        }
        b.dims[b.ndim] = x.dims[d];
        b.strides[b.ndim++] = x.strides[d];
    }
    return lun_by_size((lun_dtype)x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("flip", flip<T>, x.numel, lun_at<T>(c->out[0]), lun_at<T>(&x), x.numel, b);
    });
}

/* ---- copies into views ---- */

extern "C" bool lun_cuda_diagonal_gradient(lun_call *c)
{
    const lun_tensor *out = c->out[0], *g = c->in[0];
    lun_tensor place = *out;
    int64_t offset = lun_param_int(&c->params, 1, 0), a = lun_param_int(&c->params, 2, 0),
            b = lun_param_int(&c->params, 3, 1);
    a += a < 0 ? out->ndim : 0;
    b += b < 0 ? out->ndim : 0;
    place.ndim = 0;
    for (int d = 0; d < out->ndim; d++) {
        if (d == a || d == b) continue;
        place.dims[place.ndim] = out->dims[d];
        place.strides[place.ndim++] = out->strides[d];
    }
    place.offset += offset >= 0 ? offset * out->strides[b] : -offset * out->strides[a];
    place.dims[place.ndim] = g->dims[g->ndim - 1];
    place.strides[place.ndim++] = out->strides[a] + out->strides[b];
    place.numel = g->numel;
    return lun_cuda_zero(lun_data(out), lun_tensor_bytes(out)) && lun_cuda_assign(&place, g);
}

static bool is_dropped(const lun_params *p, int dim)
{
    const int64_t *dims;
    int n = lun_param_ints(p, 1, &dims);
    for (int i = 0; i < n; i++)
        if (dims[i] == dim) return true;
    return false;
}

extern "C" bool lun_cuda_set_slice(lun_call *c)
{
    const lun_tensor *x = c->out[0];
    const int64_t *region;
    lun_tensor place = *x, v = *c->in[1];
    lun_param_ints(&c->params, 0, &region);
    place.ndim = 0;
    place.numel = 1;
    for (int d = 0; d < x->ndim; d++) {
        const int64_t *r = region + 3 * d;
        place.offset += r[1] ? r[0] * x->strides[d] : 0;
        if (is_dropped(&c->params, d)) continue;
        place.dims[place.ndim] = r[1];
        place.strides[place.ndim++] = x->strides[d] * r[2];
        place.numel *= r[1];
    }
    int skip = v.ndim > place.ndim ? v.ndim - place.ndim : 0; /* leading dims of size 1 are no harm */
    v.ndim = (uint8_t)(v.ndim - skip);
    memmove(v.dims, v.dims + skip, v.ndim * sizeof *v.dims);
    memmove(v.strides, v.strides + skip, v.ndim * sizeof *v.strides);
    return lun_cuda_assign(&place, &v);
}
