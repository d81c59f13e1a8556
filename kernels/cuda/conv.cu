/* conv.cu - convolution and its two gradients as products of matrices that are never stored
 *
 * Each is left [rows, k] times right [k, columns], a group at a time:
 *   forward          weight [out, (in, window)]      times x as [(in, window), (image, position)]
 *   input gradient   weight [in, (out, window)]      times g as [(out, window), (image, input position)]
 *   weight gradient  g [out, (image, position)]      times x as [(image, position), (in, window)]
 * A block makes a tile of 64 x 64 and gathers the elements of both matrices, 16 of k at a time, into shared memory. The weight
 * gradient's long k is cut into parts whose sums are added in order.
 * Holds: all sums have one order, which depends on the shape only. Read next: kernels/cuda/conv.h, kernels/cpu/conv.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/conv.h"

#include <string.h>

enum { FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT };
enum { SIDE = 64, DEPTH = 16, THREADS = 256, OWN = 4, LOADS = SIDE * DEPTH / THREADS };

/* Half of what an element of the right matrix is found by: offsets and coordinates of its row and its column are added. */
struct part {
    int64_t at;
    int z, y, x;
};

static __device__ __forceinline__ part window_part(const lun_conv &v, int64_t i, int64_t channel_size, int way)
{
    int64_t row = lun_divide(i, v.w.kernel[2]), slice = lun_divide(row, v.w.kernel[1]),
            channel = lun_divide(slice, v.w.kernel[0]);
    part p;
    p.x = way * (int)(i - row * v.w.kernel[2]) * v.w.dilation[2];
    p.y = way * (int)(row - slice * v.w.kernel[1]) * v.w.dilation[1];
    p.z = way * (int)(slice - channel * v.w.kernel[0]) * v.w.dilation[0];
    p.at = channel * channel_size;
    return p;
}

/* An output position as where its window begins. */
static __device__ __forceinline__ part output_part(const lun_conv &v, int64_t i)
{
    lun_place o = lun_place_of(i, v.w.out);
    part p;
    p.at = o.plane * v.groups * v.in * v.w.in_plane;
    p.z = o.z * v.w.stride[0] - v.w.pad[0];
    p.y = o.y * v.w.stride[1] - v.w.pad[1];
    p.x = o.x * v.w.stride[2] - v.w.pad[2];
    return p;
}

static __device__ __forceinline__ part input_part(const lun_conv &v, int64_t i)
{
    lun_place o = lun_place_of(i, v.w.in);
    part p;
    p.at = o.plane * v.groups * v.out * v.w.out_plane;
    p.z = o.z + v.w.pad[0];
    p.y = o.y + v.w.pad[1];
    p.x = o.x + v.w.pad[2];
    return p;
}

template <int Mode> static __device__ __forceinline__ part row_part(const lun_conv &v, int64_t k)
{
    if (Mode == FORWARD) return window_part(v, k, v.w.in_plane, 1);
    if (Mode == INPUT_GRADIENT) return window_part(v, k, v.w.out_plane, -1);
    return output_part(v, k);
}
template <int Mode> static __device__ __forceinline__ part column_part(const lun_conv &v, int64_t j)
{
    if (Mode == FORWARD) return output_part(v, j);
    if (Mode == INPUT_GRADIENT) return input_part(v, j);
    return window_part(v, j, v.w.in_plane, 1);
}

/* The output position that reads this coordinate; -1: none does. */
static __device__ __forceinline__ int read_by(int at, int stride, int out)
{
    if (stride == 1) return at < out ? at : -1;
    int o = at / stride;
    return at < 0 || o * stride != at || o >= out ? -1 : o;
}

/* Where the element lies in the images; -1 outside of them. */
template <int Mode>
static __device__ __forceinline__ int64_t element_at(const lun_conv &v, const part &row, const part &column)
{
    int z = row.z + column.z, y = row.y + column.y, x = row.x + column.x;
    const int *sizes = Mode == INPUT_GRADIENT ? v.w.out : v.w.in;
    if (Mode == INPUT_GRADIENT) {
        z = read_by(z, v.w.stride[0], sizes[0]);
        y = read_by(y, v.w.stride[1], sizes[1]);
        x = read_by(x, v.w.stride[2], sizes[2]);
    }
    if (z < 0 || y < 0 || x < 0 || z >= sizes[0] || y >= sizes[1] || x >= sizes[2]) return -1;
    return row.at + column.at + ((int64_t)z * sizes[1] + y) * sizes[2] + x;
}

/* Where element (row, k) of the left matrix lies. */
template <int Mode>
static __device__ __forceinline__ int64_t left_at(const lun_conv &v, int64_t group, int64_t row, int64_t k)
{
    if (Mode == FORWARD) return (group * v.out + row) * v.in * v.window + k;
    if (Mode == INPUT_GRADIENT) {
        int64_t o = lun_divide(k, v.window);
        return ((group * v.out + o) * v.in + row) * v.window + k - o * v.window;
    }
    int64_t image = lun_divide(k, v.w.out_plane);
    return ((image * v.groups + group) * v.out + row) * v.w.out_plane + k - image * v.w.out_plane;
}

/* Where the sum (row, column) goes. */
template <int Mode>
static __device__ __forceinline__ int64_t result_at(const lun_conv &v, int64_t group, int64_t row, int64_t column)
{
    if (Mode == WEIGHT_GRADIENT) return (group * v.out + row) * v.in * v.window + column;
    int64_t plane = Mode == FORWARD ? v.w.out_plane : v.w.in_plane, channels = Mode == FORWARD ? v.out : v.in,
            image = lun_divide(column, plane);
    return ((image * v.groups + group) * channels + row) * plane + column - image * plane;
}

/* The sizes of the product, and how k is cut: `parts` of `length` each. */
struct product {
    int64_t rows, columns, k, length;
    int parts;
};

/* What a thread brings into shared memory; element i of DEPTH x SIDE is (k, side): neighbours in k for the left, as they lie
 * in memory. */
template <int Mode> static __device__ __forceinline__ void cell_of(bool left, int i, int *k, int *side)
{
    int e = (int)threadIdx.x + i * THREADS;
    bool along_k = left || Mode == WEIGHT_GRADIENT;
    *k = along_k ? e % DEPTH : e / SIDE;
    *side = along_k ? e / DEPTH : e % SIDE;
}

/* S: what sums are stored as, T itself or (for parts) lun_wide<T>. */
template <class T, class S, int Mode>
static __global__ void __launch_bounds__(THREADS)
    multiply(S *to, const T *left, const T *right, const T *bias, lun_conv v, product m)
{
    using W = lun_wide<T>;
    __shared__ W a[DEPTH][SIDE + OWN], b[DEPTH][SIDE + OWN];
    __shared__ part rows[DEPTH], columns[SIDE];
    /* Places that no output reads take no part: weights may be infinite. */
    __shared__ bool read[Mode == INPUT_GRADIENT ? DEPTH : 1][SIDE];
    const int64_t group = blockIdx.z / m.parts, cut = blockIdx.z % m.parts, row0 = (int64_t)blockIdx.y * SIDE,
                  column0 = (int64_t)blockIdx.x * SIDE;
    const int64_t first = cut * m.length, last = first + m.length < m.k ? first + m.length : m.k;
    const int64_t channel0 = group * (Mode == INPUT_GRADIENT ? v.out * v.w.out_plane : v.in * v.w.in_plane);
    const int down = threadIdx.x / (SIDE / OWN) * OWN, across = threadIdx.x % (SIDE / OWN) * OWN;
    W sum[OWN][OWN], next_a[LOADS], next_b[LOADS];
    bool inside[LOADS];
    for (int i = 0; i < OWN; i++)
        for (int j = 0; j < OWN; j++) sum[i][j] = 0;
    if (threadIdx.x < SIDE && column0 + threadIdx.x < m.columns)
        columns[threadIdx.x] = column_part<Mode>(v, column0 + threadIdx.x);
    for (int64_t k0 = first; k0 < last; k0 += DEPTH) {
        if (threadIdx.x < DEPTH && k0 + threadIdx.x < last) rows[threadIdx.x] = row_part<Mode>(v, k0 + threadIdx.x);
        __syncthreads();
        for (int i = 0; i < LOADS; i++) {
            int k, side;
            cell_of<Mode>(true, i, &k, &side);
            bool in = k0 + k < last && row0 + side < m.rows;
            next_a[i] = in ? lun_load(left[left_at<Mode>(v, group, row0 + side, k0 + k)]) : 0;
            cell_of<Mode>(false, i, &k, &side);
            int64_t at = k0 + k < last && column0 + side < m.columns ? element_at<Mode>(v, rows[k], columns[side]) : -1;
            inside[i] = at >= 0;
            next_b[i] = inside[i] ? lun_load(right[channel0 + at]) : 0;
        }
        for (int i = 0; i < LOADS; i++) {
            int k, side;
            cell_of<Mode>(true, i, &k, &side);
            a[k][side] = next_a[i];
            cell_of<Mode>(false, i, &k, &side);
            b[k][side] = next_b[i];
            if (Mode == INPUT_GRADIENT) read[k][side] = inside[i];
        }
        __syncthreads();
        for (int k = 0; k < DEPTH; k++)
            for (int i = 0; i < OWN; i++)
                for (int j = 0; j < OWN; j++)
                    if (Mode != INPUT_GRADIENT || read[k][across + j])
                        sum[i][j] = lun_add_product(sum[i][j], a[k][down + i], b[k][across + j]);
        __syncthreads();
    }
    for (int i = 0; i < OWN && row0 + down + i < m.rows; i++) {
        const int64_t row = row0 + down + i, channel = group * m.rows + row;
        W more = bias ? (W)lun_load(bias[channel]) : 0;
        for (int j = 0; j < OWN && column0 + across + j < m.columns; j++)
            to[cut * v.groups * m.rows * m.columns + result_at<Mode>(v, group, row, column0 + across + j)] =
                lun_store<S>(bias ? lun_add_product(sum[i][j], more, (W)1) : sum[i][j]);
    }
}

/* Parts added in order. */
template <class T> static __global__ void add_parts(T *to, const lun_wide<T> *from, int64_t n, int parts)
{
    for (int64_t t = lun_thread<int64_t>(); t < n; t += lun_threads<int64_t>()) {
        lun_wide<T> sum = from[t];
        for (int p = 1; p < parts; p++) sum = lun_add_product(sum, from[p * n + t], (lun_wide<T>)1);
        to[t] = lun_store<T>(sum);
    }
}

enum { ENOUGH_BLOCKS = 264, LEAST_LENGTH = 512 };

/* Cuts k where the product alone has too few tiles to fill a device. */
static void cut(product *m, int64_t groups)
{
    int64_t tiles = (m->rows + SIDE - 1) / SIDE * ((m->columns + SIDE - 1) / SIDE) * groups, parts = ENOUGH_BLOCKS / tiles;
    if (parts > m->k / LEAST_LENGTH) parts = m->k / LEAST_LENGTH;
    if (parts < 1) parts = 1;
    m->length = ((m->k + parts - 1) / parts + DEPTH - 1) / DEPTH * DEPTH;
    m->parts = (int)((m->k + m->length - 1) / m->length);
}

template <class T, class S, int Mode>
static bool launch(const char *what, S *to, const lun_conv *v, const void *left, const void *right, const product &m)
{
    int64_t across = (m.columns + SIDE - 1) / SIDE, down = (m.rows + SIDE - 1) / SIDE, deep = v->groups * m.parts;
    if (across > INT32_MAX || down > 65535 || deep > 65535) {
        lun_fail(LUN_E_SHAPE, "x:cpu() computes it on the CPU",
                 "a convolution with %lld groups of %lld channels is too large for this device", (long long)v->groups,
                 (long long)m.rows);
        return false;
    }
    return lun_cuda_launch(what, multiply<T, S, Mode>, dim3((unsigned)across, (unsigned)down, (unsigned)deep), THREADS, 0, to,
                           (const T *)left, (const T *)right, (const T *)v->bias, *v, m);
}

template <int Mode>
static bool convolve(const char *what, const lun_conv *v, const lun_tensor *out, const void *left, const void *right,
                     product m)
{
    m.length = m.k;
    m.parts = 1;
    if (Mode == WEIGHT_GRADIENT) cut(&m, v->groups);
    return lun_by_conv(v->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        if (m.parts == 1) return launch<T, T, Mode>(what, (T *)v->to, v, left, right, m);
        W *sums = lun_cuda_room<W>(out, m.parts * out->numel);
        return sums && launch<T, W, Mode>(what, sums, v, left, right, m) &&
               lun_cuda_over(what, add_parts<T>, out->numel, (T *)v->to, (const W *)sums, out->numel, m.parts);
    });
}

bool lun_cuda_conv_read(lun_conv *v, const lun_call *c, const lun_tensor *x, const lun_tensor *w, const lun_tensor *y)
{
    int n = w->ndim - 2;
    lun_window window = {};
    lun_window_dims(n, x->dims + x->ndim - n, window.in);
    lun_window_dims(n, w->dims + 2, window.kernel);
    if (!lun_conv_window(&c->params, n, &window)) return false;
    lun_window_dims(n, y->dims + y->ndim - n, window.out); /* for gradients of gradients the sizes are given */
    memset(v, 0, sizeof *v);
    v->w = lun_moving_of(&window);
    v->groups = lun_param_int(&c->params, 3, 1);
    v->images = x->ndim == n + 2 ? x->dims[0] : 1;
    v->in = w->dims[1];
    v->out = w->dims[0] / v->groups;
    v->window = window.kernel[0] * window.kernel[1] * window.kernel[2];
    v->dtype = (lun_dtype)c->out[0]->dtype;
    v->to = lun_data(c->out[0]);
    return true;
}

/* The memory of an input, in *to; NULL for LUN_NONE. False after lun_fail. */
static bool open(const void **to, const lun_tensor *x, lun_dtype dtype)
{
    const lun_tensor *dense = lun_is_none(x) ? x : lun_cuda_dense(x, dtype);
    *to = dense && !lun_is_none(x) ? lun_data(dense) : NULL;
    return dense != NULL;
}

extern "C" bool lun_cuda_conv(lun_call *c)
{
    lun_conv v;
    if (!lun_cuda_conv_read(&v, c, c->in[0], c->in[1], c->out[0])) return false;
    if (!open(&v.x, c->in[0], v.dtype) || !open(&v.weight, c->in[1], v.dtype) || !open(&v.bias, c->in[2], v.dtype))
        return false;
    if (v.in == 1 && v.groups > 1) return lun_cuda_conv_depthwise(&v);
    return convolve<FORWARD>("conv", &v, c->out[0], v.weight, v.x,
                             product{v.out, v.images * v.w.out_plane, v.in * v.window, 0, 1});
}

extern "C" bool lun_cuda_conv_input_gradient(lun_call *c)
{
    lun_conv v;
    if (!lun_cuda_conv_read(&v, c, c->out[0], c->in[1], c->in[0])) return false;
    if (!open(&v.g, c->in[0], v.dtype) || !open(&v.weight, c->in[1], v.dtype) || !open(&v.bias, c->in[2], v.dtype))
        return false;
    if (v.in == 1 && v.groups > 1) return lun_cuda_conv_depthwise_input_gradient(&v);
    return convolve<INPUT_GRADIENT>("conv gradient", &v, c->out[0], v.weight, v.g,
                                    product{v.in, v.images * v.w.in_plane, v.out * v.window, 0, 1});
}

extern "C" bool lun_cuda_conv_weight_gradient(lun_call *c)
{
    lun_conv v;
    if (!lun_cuda_conv_read(&v, c, c->in[1], c->out[0], c->in[0])) return false;
    if (!open(&v.g, c->in[0], v.dtype) || !open(&v.x, c->in[1], v.dtype)) return false;
    if (v.in == 1 && v.groups > 1) return lun_cuda_conv_depthwise_weight_gradient(&v);
    return convolve<WEIGHT_GRADIENT>("conv gradient", &v, c->out[0], v.g, v.x,
                                     product{v.out, v.in * v.window, v.images * v.w.out_plane, 0, 1});
}
