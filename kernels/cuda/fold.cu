/* fold.cu - windows of planes as columns (im2col) and back (col2im)
 *
 * A thread makes an element; on the way back it goes through the windows that hold it, in the order of their elements, so that
 * sums have the order of the CPU's. Read next: kernels/cuda/window.h, kernels/cpu/fold.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/folds.h"
#include "kernels/cuda/window.h"

/* Columns are [plane, element of the window, output position]. */
template <class T> static __global__ void unfold(T *to, const T *from, int64_t n, lun_moving w)
{
    const int64_t window = (int64_t)w.kernel[1] * w.kernel[2];
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place o = lun_place_of(t, w.out);
        int64_t plane = lun_divide(o.plane, window);
        int k = (int)(o.plane - plane * window), ky = k / w.kernel[2], kx = k - ky * w.kernel[2];
        int64_t y = (int64_t)o.y * w.stride[1] - w.pad[1] + (int64_t)ky * w.dilation[1];
        int64_t x = (int64_t)o.x * w.stride[2] - w.pad[2] + (int64_t)kx * w.dilation[2];
        bool inside = y >= 0 && y < w.in[1] && x >= 0 && x < w.in[2];
        to[t] = inside ? from[plane * w.in_plane + y * w.in[2] + x] : T{};
    }
}

/* The output of a dim that reads input i with element k of the window; -1: none. */
static __device__ int64_t reader(const lun_moving &w, int d, int i, int k)
{
    int64_t at = (int64_t)i + w.pad[d] - (int64_t)k * w.dilation[d], o = at < 0 ? 0 : lun_divide(at, w.stride[d]);
    return at < 0 || o * w.stride[d] != at || o >= w.out[d] ? -1 : o;
}

template <class T> static __global__ void fold(T *to, const T *from, int64_t n, lun_moving w)
{
    using W = lun_wide<T>;
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place p = lun_place_of(t, w.in);
        W sum = W{};
        for (int ky = 0; ky < w.kernel[1]; ky++) {
            int64_t y = reader(w, 1, p.y, ky);
            for (int kx = 0; kx < w.kernel[2] && y >= 0; kx++) {
                int64_t x = reader(w, 2, p.x, kx), column = (p.plane * w.kernel[1] + ky) * w.kernel[2] + kx;
                if (x >= 0) sum = lun_plus(sum, lun_load(from[column * w.out_plane + y * w.out[2] + x]));
            }
        }
        to[t] = lun_store<T>(sum);
    }
}

extern "C" bool lun_cuda_im2col(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    lun_window w;
    if (!x || !lun_unfold_window(&c->params, 0, x->dims[x->ndim - 2], x->dims[x->ndim - 1], &w)) return false;
    return lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("unfold", unfold<T>, out->numel, lun_at<T>(out), lun_at<T>(x), out->numel, lun_moving_of(&w));
    });
}

extern "C" bool lun_cuda_col2im(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    lun_window w;
    if (!x || !lun_unfold_window(&c->params, 1, out->dims[out->ndim - 2], out->dims[out->ndim - 1], &w)) return false;
    return lun_by_number((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("fold", fold<T>, out->numel, lun_at<T>(out), lun_at<T>(x), out->numel, lun_moving_of(&w));
    });
}
