/* norm.cu - layer_norm, rms_norm and their gradients: outer rows of n
 *
 * Forward: a row is held in registers (row.h), or walked three times by a block when it is too long. Backward: a block takes
 * many rows one after the other; its threads own columns, so that the sums for weight and bias grow in registers while x and g
 * are read once; a second launch adds the blocks' sums up in order.
 * Holds: variance in two passes around the mean; the number of blocks depends on the shape only; sums that are infinite are taken
 * once more of smaller numbers, as large ones may have a deviation though no variance.
 * Read next: kernels/cuda/row.h, kernels/cpu/norm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"
#include "core/op_id.h"
extern "C" {
#include "core/ops/norm.h"
}

#include <math.h>

enum { LONG_THREADS = 512, SUM_THREADS = 256, MOST_THREADS = 512 };

namespace {
/* Weights of x's own dtype T, or (halves) in float. */
template <class T> struct affine {
    const void *w, *b;
    bool own;
    __device__ __forceinline__ lun_wide<T> get(const void *from, int64_t i) const
    {
        return own ? (lun_wide<T>)lun_load(((const T *)from)[i]) : ((const lun_wide<T> *)from)[i];
    }
};
}

template <class T, int K>
static __device__ __forceinline__ void load_affine(lun_row<T, K> &r, const affine<T> &a, const void *from, int n, int t,
                                                   int lanes)
{
    if (a.own) {
        r.load((const T *)from, n, t, lanes, 0);
        return;
    }
    LUN_UNROLL
    for (int e = 0; e < lun_row<T, K>::COUNT; e++) {
        int i = r.place(e, t, lanes);
        r.at[e] = i < n ? a.get(from, i) : 0;
    }
}

namespace {
template <class T> struct norm_forward {
    const T *x;
    T *y;
    affine<T> a;
    lun_wide<T> *mean, *invstd; /* mean: NULL for rms_norm, which takes it as 0 */
    int64_t rows, n;
    lun_wide<T> eps;
};
}

/* sum(unit) with unit = 1, and if that is not finite with a unit so small that the squares of all floats have room. Doubles have
 * none on the CPU either. */
template <class W, class F> static __device__ __forceinline__ W with_room(W *unit, F sum)
{
    for (*unit = 1;; *unit = (W)0x1p-80) {
        W v = sum(*unit);
        if (sizeof(W) == sizeof(double) || isfinite(v) || *unit < 1) return v;
    }
}

template <class T, int K>
static __global__ void __launch_bounds__(LUN_ROW_THREADS)
forward_rows(norm_forward<T> j, lun_row_shape s)
{
    using W = lun_wide<T>;
    using row_of = lun_row<T, K>;
    __shared__ W room[LUN_WARP];
    const lun_row_seat seat(s.lanes);
    const int lanes = s.lanes, t = seat.t, n = (int)j.n;
    for (int64_t row = (int64_t)blockIdx.x * seat.each + seat.own; row < j.rows; row += (int64_t)gridDim.x * seat.each) {
        row_of r, w;
        W mean = 0, unit;
        r.load(j.x + row * n, n, t, lanes, 0);
        if (j.mean) {
            W total = with_room(&unit, [&](W by) {
                W sum = 0;
                LUN_UNROLL
                for (int e = 0; e < row_of::COUNT; e++) sum += r.at[e] * by;
                return lun_row_fold(sum, lanes, (W)0, room, lun_add_join());
            });
            mean = total / (W)n / unit;
        }
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) r.at[e] = row_of::place(e, t, lanes) < n ? r.at[e] - mean : 0;
        W squares = with_room(&unit, [&](W by) {
            W sum = 0;
            LUN_UNROLL
            for (int e = 0; e < row_of::COUNT; e++) sum += r.at[e] * by * (r.at[e] * by);
            return lun_row_fold(sum, lanes, (W)0, room, lun_add_join());
        });
        W invstd = unit / sqrt(squares / (W)n + j.eps * unit * unit);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) r.at[e] *= invstd;
        if (j.a.w) {
            load_affine(w, j.a, j.a.w, n, t, lanes);
            LUN_UNROLL
            for (int e = 0; e < row_of::COUNT; e++) r.at[e] *= w.at[e];
        }
        if (j.a.b) {
            load_affine(w, j.a, j.a.b, n, t, lanes);
            LUN_UNROLL
            for (int e = 0; e < row_of::COUNT; e++) r.at[e] += w.at[e];
        }
        r.store(j.y + row * n, n, t, lanes);
        if (t == 0) {
            if (j.mean) j.mean[row] = mean;
            j.invstd[row] = invstd;
        }
    }
}

template <class T>
static __global__ void __launch_bounds__(LONG_THREADS)
forward_long(norm_forward<T> j)
{
    using W = lun_wide<T>;
    __shared__ W room[LUN_WARP];
    for (int64_t row = blockIdx.x; row < j.rows; row += gridDim.x) {
        const T *x = j.x + row * j.n;
        W mean = 0, unit;
        if (j.mean) {
            W total = with_room(&unit, [&](W by) {
                W sum = 0;
                for (int64_t i = threadIdx.x; i < j.n; i += blockDim.x) sum += lun_load(x[i]) * by;
                return lun_block_fold(sum, (W)0, room, lun_add_join());
            });
            mean = total / (W)j.n / unit;
        }
        W squares = with_room(&unit, [&](W by) {
            W sum = 0;
            for (int64_t i = threadIdx.x; i < j.n; i += blockDim.x) {
                W d = (lun_load(x[i]) - mean) * by;
                sum += d * d;
            }
            return lun_block_fold(sum, (W)0, room, lun_add_join());
        });
        W invstd = unit / sqrt(squares / (W)j.n + j.eps * unit * unit);
        for (int64_t i = threadIdx.x; i < j.n; i += blockDim.x) {
            W v = (lun_load(x[i]) - mean) * invstd;
            if (j.a.w) v *= j.a.get(j.a.w, i);
            if (j.a.b) v += j.a.get(j.a.b, i);
            j.y[row * j.n + i] = lun_store<T>(v);
        }
        if (threadIdx.x == 0) {
            if (j.mean) j.mean[row] = mean;
            j.invstd[row] = invstd;
        }
    }
}

/* Weight and bias as they are when they have x's dtype, else both wide. False after lun_fail. */
template <class T> static bool open_affine(affine<T> *a, lun_dtype type, lun_tensor *w, lun_tensor *b)
{
    lun_dtype wide = type == LUN_F64 ? LUN_F64 : LUN_F32;
    a->own = (lun_is_none(w) || w->dtype == type) && (lun_is_none(b) || b->dtype == type);
    w = lun_plain(w, a->own ? type : wide);
    b = lun_plain(b, a->own ? type : wide);
    if (!w || !b) return false;
    a->w = lun_given<void>(w);
    a->b = lun_given<void>(b);
    return true;
}

extern "C" bool lun_cuda_layer_norm(lun_call *c)
{
    bool centred = c->op->id == LUN_OP_layer_norm;
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_tensor *x = lun_plain(c->in[0], type);
    return x && lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        norm_forward<T> j{};
        j.rows = c->out[1]->numel;
        j.n = x->numel / j.rows;
        j.eps = (W)(centred ? lun_param_float(&c->params, 1, 1e-5) : lun_rms_norm_eps(&c->params, c->in[0]));
        if (!open_affine(&j.a, type, c->in[1], centred ? c->in[2] : LUN_NONE)) return false;
        j.x = lun_at<T>(x);
        j.y = lun_at<T>(c->out[0]);
        j.mean = centred ? lun_at<W>(c->out[1]) : NULL;
        j.invstd = lun_at<W>(c->out[centred ? 2 : 1]);
        bool aligned = lun_row_aligned(j.x) && lun_row_aligned(j.y) && lun_row_aligned(j.a.w) && lun_row_aligned(j.a.b);
        lun_row_shape s = lun_row_for(j.rows, j.n, sizeof(T), aligned);
        if (!s.parts) return lun_cuda_launch(c->op->name, forward_long<T>, lun_blocks(j.rows, 1), LONG_THREADS, 0, j);
        return lun_by_parts(s.parts, [&](auto k) {
            return lun_cuda_launch(c->op->name, forward_rows<T, decltype(k)::COUNT>, s.blocks, s.threads, 0, j, s);
        });
    });
}

/* ---- gradient ---- */

namespace {
template <class T> struct norm_backward {
    const T *g, *x;
    T *dx;
    affine<T> a;
    const lun_wide<T> *mean, *invstd;
    lun_wide<T> *parts; /* of each block: n sums of g xhat, n sums of g; NULL when those are not wanted */
    int64_t rows, n;
};
template <class W> struct both_sums { W h, hx; };
struct both_join {
    template <class W> __device__ both_sums<W> operator()(both_sums<W> a, both_sums<W> b) const
    {
        return {a.h + b.h, a.hx + b.hx};
    }
};
}

/* dx = invstd (h - mean of h - xhat (mean of h xhat)), h = g w; the mean of h is 0 in rms_norm */
template <class T, int K>
static __global__ void __launch_bounds__(MOST_THREADS)
backward_rows(norm_backward<T> j)
{
    using W = lun_wide<T>;
    using row_of = lun_row<T, K>;
    __shared__ both_sums<W> room[LUN_WARP];
    int lanes = (int)blockDim.x, t = (int)threadIdx.x, n = (int)j.n;
    row_of w;
    W dw[row_of::COUNT], db[row_of::COUNT];
    LUN_UNROLL
    for (int e = 0; e < row_of::COUNT; e++) {
        w.at[e] = 1;
        dw[e] = db[e] = 0;
    }
    if (j.a.w) load_affine(w, j.a, j.a.w, n, t, lanes);
    for (int64_t row = blockIdx.x; row < j.rows; row += gridDim.x) {
        row_of g, x;
        W mean = j.mean ? j.mean[row] : 0, invstd = j.invstd[row];
        both_sums<W> sum = {0, 0};
        g.load(j.g + row * n, n, t, lanes, 0);
        x.load(j.x + row * n, n, t, lanes, 0);
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) {
            W h = g.at[e] * w.at[e], normal = (x.at[e] - mean) * invstd;
            if (row_of::place(e, t, lanes) >= n) normal = 0;
            sum.h += h;
            sum.hx += h * normal;
            dw[e] += g.at[e] * normal;
            db[e] += g.at[e];
            x.at[e] = normal;
            g.at[e] = h;
        }
        sum = lun_row_fold(sum, lanes, both_sums<W>{0, 0}, room, both_join());
        W p = j.mean ? sum.h / (W)n : 0, q = sum.hx / (W)n;
        LUN_UNROLL
        for (int e = 0; e < row_of::COUNT; e++) g.at[e] = invstd * (g.at[e] - p - x.at[e] * q);
        g.store(j.dx + row * n, n, t, lanes);
    }
    if (!j.parts) return;
    W *part = j.parts + 2 * (int64_t)blockIdx.x * n;
    LUN_UNROLL
    for (int e = 0; e < row_of::COUNT; e++) {
        int i = row_of::place(e, t, lanes);
        if (i >= n) continue;
        part[i] = dw[e];
        part[n + i] = db[e];
    }
}

template <class T>
static __global__ void __launch_bounds__(LONG_THREADS)
backward_long(norm_backward<T> j)
{
    using W = lun_wide<T>;
    __shared__ both_sums<W> room[LUN_WARP];
    W *part = j.parts + 2 * (int64_t)blockIdx.x * j.n;
    for (int64_t i = threadIdx.x; j.parts && i < j.n; i += blockDim.x) part[i] = part[j.n + i] = 0;
    for (int64_t row = blockIdx.x; row < j.rows; row += gridDim.x) {
        const T *g = j.g + row * j.n, *x = j.x + row * j.n;
        W mean = j.mean ? j.mean[row] : 0, invstd = j.invstd[row];
        both_sums<W> sum = {0, 0};
        for (int64_t i = threadIdx.x; i < j.n; i += blockDim.x) {
            W v = lun_load(g[i]), normal = (lun_load(x[i]) - mean) * invstd, h = j.a.w ? v * j.a.get(j.a.w, i) : v;
            sum = both_join()(sum, both_sums<W>{h, h * normal});
            if (!j.parts) continue;
            part[i] += v * normal; /* a column belongs to one thread of the block */
            part[j.n + i] += v;
        }
        sum = lun_block_fold(sum, both_sums<W>{0, 0}, room, both_join());
        W p = j.mean ? sum.h / (W)j.n : 0, q = sum.hx / (W)j.n;
        for (int64_t i = threadIdx.x; i < j.n; i += blockDim.x) {
            W v = lun_load(g[i]), normal = (lun_load(x[i]) - mean) * invstd, h = j.a.w ? v * j.a.get(j.a.w, i) : v;
            j.dx[row * j.n + i] = lun_store<T>(invstd * (h - p - normal * q));
        }
    }
}

/* Adds up the blocks' sums of each of n columns of `stride`; 32 columns by 8 rows of threads. */
template <class W> static __global__ void add_parts(const W *parts, int count, int64_t n, W *dw, W *db)
{
    __shared__ W room[SUM_THREADS];
    int column = (int)threadIdx.x % LUN_WARP, first = (int)threadIdx.x / LUN_WARP, rows = (int)blockDim.x / LUN_WARP;
    int64_t all = db ? 2 * n : n;
    for (int64_t begin = blockIdx.x * (int64_t)LUN_WARP; begin < all; begin += gridDim.x * (int64_t)LUN_WARP) {
        int64_t i = begin + column;
        W sum = 0;
        LUN_UNROLL
        for (int k = first; i < all && k < count; k += rows) sum += parts[2 * n * k + i];
        __syncthreads();
        room[threadIdx.x] = sum;
        __syncthreads();
        for (int r = 1; first == 0 && r < rows; r++) sum += room[r * LUN_WARP + column];
        if (first || i >= all) continue;
        if (i < n) dw[i] = sum;
        else db[i - n] = sum;
    }
}

/* As many blocks as fill a GPU, but several rows for each. */
static unsigned backward_blocks(int64_t rows, int threads)
{
    int64_t most = threads <= 64 ? 1024 : threads <= 256 ? 528 : 264, some = (rows + 1) / 2;
    return (unsigned)(some < most ? some : most);
}

template <class T> static bool backward(lun_call *c, norm_backward<T> j, bool affine_wanted, lun_wide<T> *dw, lun_wide<T> *db)
{
    using W = lun_wide<T>;
    bool aligned = lun_row_aligned(j.g) && lun_row_aligned(j.x) && lun_row_aligned(j.dx) && lun_row_aligned(j.a.w);
    int64_t v = lun_pack<T>::COUNT;
    bool packed = aligned && j.n % v == 0;
    int64_t parts = packed ? j.n / v : j.n, k = packed ? (parts <= MOST_THREADS ? 1 : 2) : 4;
    bool held = parts <= k * MOST_THREADS;
    int threads = held ? (int)((parts + k * LUN_WARP - 1) / (k * LUN_WARP)) * LUN_WARP : (int)LONG_THREADS;
    unsigned blocks = backward_blocks(j.rows, threads);
    if (affine_wanted && !(j.parts = (W *)lun_scratch(c, (size_t)(2 * j.n * blocks) * sizeof(W)))) return false;
    void (*kernel)(norm_backward<T>) = !held ? backward_long<T> : !packed ? backward_rows<T, -4> : k == 1 ? backward_rows<T, 1>
                                                                                                         : backward_rows<T, 2>;
    bool done = lun_cuda_launch(c->op->name, kernel, blocks, threads, 0, j);
    if (!affine_wanted) blocks = 0; /* the sums are then 0 */
    return done && lun_cuda_launch(c->op->name, add_parts<W>, lun_blocks(db ? 2 * j.n : j.n, LUN_WARP), SUM_THREADS, 0,
                                   (const W *)j.parts, (int)blocks, j.n, dw, db);
}

extern "C" bool lun_cuda_layer_norm_gradient(lun_call *c)
{
    bool centred = c->op->id == LUN_OP_layer_norm_gradient;
    lun_dtype type = (lun_dtype)c->in[1]->dtype, wide = type == LUN_F64 ? LUN_F64 : LUN_F32;
    lun_tensor *g = lun_plain(c->in[0], type), *x = lun_plain(c->in[1], type), *mean = lun_plain(c->in[2], wide);
    lun_tensor *invstd = lun_plain(c->in[centred ? 3 : 2], wide);
    if (!g || !x || !mean || !invstd) return false;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using W = lun_wide<T>;
        norm_backward<T> j{};
        j.rows = mean->numel;
        j.n = x->numel / j.rows;
        if (!open_affine(&j.a, type, c->in[centred ? 4 : 3], LUN_NONE)) return false;
        j.g = lun_at<T>(g);
        j.x = lun_at<T>(x);
        j.dx = lun_at<T>(c->out[0]);
        j.mean = centred ? lun_at<W>(mean) : NULL;
        j.invstd = lun_at<W>(invstd);
        return backward(c, j, lun_param_bool(&c->params, 1, true), lun_at<W>(c->out[1]), centred ? lun_at<W>(c->out[2]) : NULL);
    });
}
