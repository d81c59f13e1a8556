/* distance.cu - distances between all rows of two matrices
 *
 * A block makes 16 x 16 distances from tiles of both matrices in shared memory. The 2-norm by way of a product, where asked
 * for, is |x|^2 + |y|^2 - 2 x y of the same tiles, and as PyTorch's inexact for rows that nearly agree.
 * Holds: what a distance is made of is added in the order of the columns. Read next: kernels/cpu/distance.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/dense.h"

enum { SIDE = 16, TWO, ONE, MOST, NONE, ANY, PRODUCT };

/* What comes of two elements. `largest` is what differences are divided by before a power is taken of them. */
template <int Norm, class W> struct sums {
    W s = 0, xx = 0, yy = 0;
    double any = 0;
    __device__ void add(W x, W y, double p, double largest)
    {
        W d = x - y;
        if (Norm == TWO) s += d * d;
        if (Norm == ONE) s += fabs(d);
        if (Norm == MOST) s = s != s ? s : d != d ? d : fabs(d) > s ? fabs(d) : s;
        if (Norm == NONE) any += x != y;
        if (Norm == ANY) any += pow((double)fabs(d) / largest, p);
        if (Norm != PRODUCT) return;
        s += x * y;
        xx += x * x;
        yy += y * y;
    }
    __device__ W value(double p, double largest) const
    {
        if (Norm == TWO) return (W)sqrt((double)s);
        if (Norm == ONE || Norm == MOST) return s;
        if (Norm == NONE) return (W)any;
        if (Norm == ANY) return (W)(largest * pow(any, 1 / p));
        W d = (xx + yy) - 2 * s;
        return d < 0 ? 0 : sqrt(d);
    }
};

/* The next SIDE columns of SIDE rows of both matrices; 0 beyond their ends. */
template <class T, class W>
static __device__ void bring(W (*tile)[SIDE + 1], const T *from, int64_t first, int64_t rows, int64_t column, int64_t n)
{
    const int across = threadIdx.x % SIDE, down = threadIdx.x / SIDE;
    tile[down][across] =
        first + down < rows && column + across < n ? (W)lun_load(from[(first + down) * n + column + across]) : 0;
}

/* to [matrices, rows, columns] */
template <class T, int Norm>
static __global__ void distances(T *to, const T *x, const T *y, int64_t matrices, int64_t rows, int64_t columns, int64_t n,
                                 double p)
{
    using W = lun_wide<T>;
    __shared__ W xs[SIDE][SIDE + 1], ys[SIDE][SIDE + 1];
    const int across = threadIdx.x % SIDE, down = threadIdx.x / SIDE;
    const int64_t wide = (columns + SIDE - 1) / SIDE, high = (rows + SIDE - 1) / SIDE;
    for (int64_t tile = blockIdx.x; tile < matrices * wide * high; tile += gridDim.x) {
        int64_t line = lun_divide(tile, wide), matrix = lun_divide(line, high), column0 = (tile - line * wide) * SIDE;
        int64_t row0 = (line - matrix * high) * SIDE;
        const T *from_x = x + matrix * rows * n, *from_y = y + matrix * columns * n;
        sums<Norm, W> sum;
        double largest = 0;
        for (int pass = Norm == ANY ? 0 : 1; pass < 2; pass++) { /* the first one looks for the largest difference */
            for (int64_t k = 0; k < n; k += SIDE) {
                bring(xs, from_x, row0, rows, k, n);
                bring(ys, from_y, column0, columns, k, n);
                __syncthreads();
                for (int i = 0; i < SIDE && k + i < n; i++) {
                    if (pass == 0) largest = fmax(largest, (double)fabs(xs[down][i] - ys[across][i]));
                    else sum.add(xs[down][i], ys[across][i], p, largest);
                }
                __syncthreads();
            }
            if (largest == 0 || isinf(largest)) largest = 1;
        }
        if (row0 + down < rows && column0 + across < columns)
            to[(matrix * rows + row0 + down) * columns + column0 + across] = lun_store<T>(sum.value(p, largest));
    }
}

template <class T> static auto kernel_of(double p, bool product)
{
    if (product) return distances<T, PRODUCT>;
    return p == 2     ? distances<T, TWO>
           : p == 1   ? distances<T, ONE>
           : isinf(p) ? distances<T, MOST>
           : p == 0   ? distances<T, NONE>
                      : distances<T, ANY>;
}

/* row_distances(x, y, p, product) -> [..., rows of x, rows of y] */
extern "C" bool lun_cuda_row_distances(lun_call *c)
{
    const lun_tensor *out = c->out[0], *x = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype),
                     *y = lun_cuda_dense(c->in[1], (lun_dtype)out->dtype);
    if (!x || !y) return false;
    if (!out->numel) return true;
    const int64_t rows = out->dims[out->ndim - 2], columns = out->dims[out->ndim - 1], n = x->dims[x->ndim - 1],
                  matrices = out->numel / rows / columns;
    const double p = lun_param_float(&c->params, 0, 2);
    const bool product = lun_param_bool(&c->params, 1, false) && n;
    const int64_t tiles = matrices * ((rows + SIDE - 1) / SIDE) * ((columns + SIDE - 1) / SIDE);
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("cdist", kernel_of<T>(p, product), lun_blocks(tiles, 1), SIDE * SIDE, 0, lun_at<T>(out),
                               lun_at<T>(x), lun_at<T>(y), matrices, rows, columns, n, p);
    });
}
