/* conv_depthwise.cu - convolution with one input channel per group, straight over windows
 *
 * As a product of matrices it would be one row wide. A thread makes an output, or an element of the images' gradient; a block
 * makes an element of the weight's. A group may have more than one output channel. Read next: kernels/cuda/conv.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/conv.h"

enum { THREADS = LUN_CUDA_BLOCK };

/* Element (z, y, x) of a window. */
struct element {
    int z, y, x;
};
static __device__ __forceinline__ element element_of(const lun_conv &v, int64_t k)
{
    int64_t row = lun_divide(k, v.w.kernel[2]), slice = lun_divide(row, v.w.kernel[1]);
    return element{(int)slice, (int)(row - slice * v.w.kernel[1]), (int)(k - row * v.w.kernel[2])};
}

/* Where in its plane an output reads with an element of the window; -1 outside. */
static __device__ __forceinline__ int64_t read_at(const lun_conv &v, const lun_place &o, const element &e)
{
    int64_t z = (int64_t)o.z * v.w.stride[0] - v.w.pad[0] + (int64_t)e.z * v.w.dilation[0];
    int64_t y = (int64_t)o.y * v.w.stride[1] - v.w.pad[1] + (int64_t)e.y * v.w.dilation[1];
    int64_t x = (int64_t)o.x * v.w.stride[2] - v.w.pad[2] + (int64_t)e.x * v.w.dilation[2];
    bool inside = z >= 0 && z < v.w.in[0] && y >= 0 && y < v.w.in[1] && x >= 0 && x < v.w.in[2];
    return inside ? (z * v.w.in[1] + y) * v.w.in[2] + x : -1;
}

template <class T> static __global__ void forward(T *to, const T *x, const T *weight, const T *bias, int64_t n, lun_conv v)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place o = lun_place_of(t, v.w.out);
        int64_t channels = v.groups * v.out, channel = o.plane - lun_divide(o.plane, channels) * channels;
        const T *plane = x + lun_divide(o.plane, v.out) * v.w.in_plane, *own = weight + channel * v.window;
        lun_wide<T> sum = 0;
        if (bias) sum = lun_load(bias[channel]);
        for (int64_t k = 0; k < v.window; k++) {
            int64_t at = read_at(v, o, element_of(v, k));
            if (at >= 0) sum = lun_add_product(sum, lun_load(own[k]), lun_load(plane[at]));
        }
        to[t] = lun_store<T>(sum);
    }
}

bool lun_cuda_conv_depthwise(const lun_conv *v)
{
    int64_t n = v->images * v->groups * v->out * v->w.out_plane;
    return lun_by_conv(v->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("conv", forward<T>, n, (T *)v->to, (const T *)v->x, (const T *)v->weight, (const T *)v->bias, n,
                             *v);
    });
}

/* The output of a dim that reads input i with element k of the window; -1: none. */
static __device__ __forceinline__ int64_t reader(const lun_conv &v, int d, int i, int k)
{
    int64_t at = (int64_t)i + v.w.pad[d] - (int64_t)k * v.w.dilation[d], o = at / v.w.stride[d];
    return at < 0 || o * v.w.stride[d] != at || o >= v.w.out[d] ? -1 : o;
}

template <class T> static __global__ void to_input(T *to, const T *g, const T *weight, const T *bias, int64_t n, lun_conv v)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_place p = lun_place_of(t, v.w.in);
        int64_t group = p.plane - lun_divide(p.plane, v.groups) * v.groups;
        lun_wide<T> sum = 0;
        if (bias) sum = lun_load(bias[group]);
        for (int64_t c = 0; c < v.out; c++)
            for (int64_t k = 0; k < v.window; k++) {
                element e = element_of(v, k);
                int64_t z = reader(v, 0, p.z, e.z), y = reader(v, 1, p.y, e.y), x = reader(v, 2, p.x, e.x);
                if (z < 0 || y < 0 || x < 0) continue;
                sum = lun_add_product(sum, lun_load(weight[(group * v.out + c) * v.window + k]),
                                      lun_load(
                                          g[(p.plane * v.out + c) * v.w.out_plane + (z * v.w.out[1] + y) * v.w.out[2] + x]));
            }
        to[t] = lun_store<T>(sum);
    }
}

bool lun_cuda_conv_depthwise_input_gradient(const lun_conv *v)
{
    int64_t n = v->images * v->groups * v->w.in_plane;
    return lun_by_conv(v->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("conv gradient", to_input<T>, n, (T *)v->to, (const T *)v->g, (const T *)v->weight,
                             (const T *)v->bias, n, *v);
    });
}

/* A block for each element of the weight; n of them. */
template <class T> static __global__ void to_weight(T *to, const T *g, const T *x, int64_t n, lun_conv v)
{
    using W = lun_wide<T>;
    __shared__ W sums[THREADS];
    for (int64_t t = blockIdx.x; t < n; t += gridDim.x) {
        const int64_t channel = lun_divide(t, v.window), all = v.images * v.w.out_plane, group = lun_divide(channel, v.out);
        const element e = element_of(v, t - channel * v.window);
        W sum = 0;
        for (int64_t i = threadIdx.x; i < all; i += THREADS) {
            lun_place o = lun_place_of(i, v.w.out);
            int64_t at = read_at(v, o, e),
                    from = (o.plane * v.groups * v.out + channel) * v.w.out_plane + i - o.plane * v.w.out_plane;
            if (at >= 0)
                sum = lun_add_product(sum, lun_load(g[from]), lun_load(x[(o.plane * v.groups + group) * v.w.in_plane + at]));
        }
        sums[threadIdx.x] = sum;
        for (int half = THREADS / 2; half > 0; half /= 2) {
            __syncthreads();
            if ((int)threadIdx.x < half)
                sums[threadIdx.x] = lun_add_product(sums[threadIdx.x], sums[threadIdx.x + half], (W)1);
        }
        if (threadIdx.x == 0) to[t] = lun_store<T>(sums[0]);
        __syncthreads();
    }
}

bool lun_cuda_conv_depthwise_weight_gradient(const lun_conv *v)
{
    int64_t n = v->groups * v->out * v->window;
    return lun_by_conv(v->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("conv gradient", to_weight<T>, lun_blocks(n, 1, LUN_CUDA_GRID), THREADS, 0, (T *)v->to,
                               (const T *)v->g, (const T *)v->x, n, *v);
    });
}
