/* scan.cu - cumsum, cumprod, cummax, cummin, logcumsumexp along any dim
 *
 * A tensor is outer x n x inner around the dim; a line is one run along it. Many lines are walked by a thread each. Fewer belong
 * to blocks that scan tile after tile and carry the state on; where lines are few and long they are cut into chunks: a first
 * launch folds each, a second scans the folds of a line, a third scans each chunk from there. A warp has some rows of a tile, one
 * after the other; a lane has 16 bytes of each row, which it reads and writes at once where they lie so.
 * An op says what is carried:
 *     using element, state;  state none();  state lift(element, int64_t place);  state join(state earlier, state later);
 *     element result(state);  void note(int64_t at, state);  element *out;   (note: what is written besides the result)
 * Holds: the order of a scan depends on the shape only. Read next: kernels/cpu/scan.c, kernels/cpu/running.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/scan.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"
#include "core/op_id.h"

#include <math.h>

enum { THREADS = 256, CHUNK_LEAST = 8192 };

namespace {
struct lines_plan {
    lun_lines l;
    int64_t chunk, chunks;
};

/* Floats are added up in double, whole numbers in int64 that wraps around. W is what the result is stored from. */
template <class T> struct running_total {
    using element = T;
    using state = typename lun_total<T>::type;
    T *out;
    bool product;
    __device__ state none() const { return product ? 1 : 0; }
    __device__ state lift(T v, int64_t) const { return (state)lun_load(v); }
    __device__ double join(double a, double b) const { return product ? a * b : a + b; }
    __device__ int64_t join(int64_t a, int64_t b) const
    {
        return (int64_t)(product ? (uint64_t)a * (uint64_t)b : (uint64_t)a + (uint64_t)b);
    }
    __device__ T result(state s) const { return lun_store<T>((lun_wide<T>)s); }
    __device__ void note(int64_t, state) const {}
};

template <class Z> struct running_complex {
    using element = Z;
    using state = lun_c128;
    Z *out;
    bool product;
    __device__ state none() const { return state{product ? 1.0 : 0.0, 0}; }
    __device__ state lift(Z v, int64_t) const { return state{(double)v.re, (double)v.im}; }
    __device__ state join(state a, state b) const
    {
        return product ? state{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re} : state{a.re + b.re, a.im + b.im};
    }
    __device__ Z result(state s) const { return Z{(decltype(Z::re))s.re, (decltype(Z::re))s.im}; }
    __device__ void note(int64_t, state) const {}
};

/* Of equal ones the later counts, and a NaN stays, as on the CPU. */
template <class T> struct running_extreme {
    using element = T;
    struct state {
        lun_wide<T> value;
        int64_t place; /* -1: nothing yet */
    };
    T *out;
    int64_t *places;
    bool least;
    __device__ state none() const { return state{0, -1}; }
    __device__ state lift(T v, int64_t place) const { return state{lun_load(v), place}; }
    __device__ state join(state a, state b) const
    {
        if (a.place < 0 || b.place < 0) return a.place < 0 ? b : a;
        bool later = b.value != b.value || (a.value == a.value && (least ? b.value <= a.value : b.value >= a.value));
        return later ? b : a;
    }
    __device__ T result(state s) const { return lun_store<T>(s.value); }
    __device__ void note(int64_t at, state s) const { places[at] = s.place; }
};

template <class T> struct running_logarithm {
    using element = T;
    using state = double;
    T *out;
    __device__ double none() const { return -(double)INFINITY; }
    __device__ double lift(T v, int64_t) const { return (double)lun_load(v); }
    __device__ double join(double a, double b) const /* log(exp(a) + exp(b)), also where one or both are infinite */
    {
        double high = a > b ? a : b, low = a > b ? b : a;
        if (a != a || b != b) return a + b;
        return isinf(high) ? high : high + log1p(exp(low - high));
    }
    __device__ T result(double s) const { return lun_store<T>((lun_wide<T>)s); }
    __device__ void note(int64_t, double) const {}
};
}

template <class Op> static __global__ void walk_lines(const typename Op::element *x, lun_lines l, Op op)
{
    int64_t lines = l.outer * l.inner;
    for (int64_t line = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; line < lines; line += (int64_t)gridDim.x * blockDim.x) {
        int64_t at = line / l.inner * l.n * l.inner + line % l.inner;
        typename Op::state s = op.none();
        for (int64_t i = 0; i < l.n; i++, at += l.inner) {
            s = op.join(s, op.lift(x[at], i));
            op.out[at] = op.result(s);
            op.note(at, s);
        }
    }
}

/* Elements of a lane's piece of a row; rows of a warp. */
template <class E> struct shape_of {
    enum { PIECE = 16 / sizeof(E), ROWS = PIECE < 4 ? 4 : 16 / PIECE, WARP = LUN_WARP * PIECE * ROWS };
};

/* Folds chunks (totals given) or scans them, from what stands before in `before` (NULL: from nothing). WHOLE: pieces are aligned. */
template <bool WHOLE, class Op>
static __global__ void __launch_bounds__(THREADS)
scan_chunks(const typename Op::element *x, lines_plan p, Op op, typename Op::state *totals, const typename Op::state *before)
{
    using E = typename Op::element;
    using S = typename Op::state;
    using shape = shape_of<E>;
    enum { PIECE = shape::PIECE, ROWS = shape::ROWS };
    __shared__ S room[LUN_WARP];
    auto join = [&](S a, S b) { return op.join(a, b); };
    const int lane = (int)threadIdx.x % LUN_WARP, warp = (int)threadIdx.x / LUN_WARP, tile_size = (int)(blockDim.x / LUN_WARP) * shape::WARP;
    int64_t lines = p.l.outer * p.l.inner;
    for (int64_t b = blockIdx.x; b < lines * p.chunks; b += gridDim.x) {
        int64_t line = b / p.chunks, from = b % p.chunks * p.chunk, to = from + p.chunk < p.l.n ? from + p.chunk : p.l.n;
        int64_t base = line / p.l.inner * p.l.n * p.l.inner + line % p.l.inner;
        S carry = before ? before[b] : op.none(), all;
        for (int64_t tile = from; tile < to; tile += tile_size) {
            const int64_t first = tile + warp * shape::WARP + lane * PIECE;
            lun_pack<E> own[ROWS];
            S prefix[ROWS], sum = op.none();
            LUN_UNROLL
            for (int r = 0; r < ROWS; r++) {
                const int64_t at = first + r * (LUN_WARP * PIECE);
                if (WHOLE && at < to) own[r] = *(const lun_pack<E> *)(x + base + at);
                else if (!WHOLE)
                    LUN_UNROLL
                    for (int e = 0; e < PIECE; e++)
                        if (at + e < to) own[r].at[e] = x[base + (at + e) * p.l.inner];
            }
            LUN_UNROLL
            for (int r = 0; r < ROWS; r++) {
                const int64_t at = first + r * (LUN_WARP * PIECE);
                S piece = op.none();
                LUN_UNROLL
                for (int e = 0; e < PIECE; e++)
                    if (at + e < to) piece = op.join(piece, op.lift(own[r].at[e], at + e));
                S row = lun_warp_scan(piece, join);
                S earlier = lun_lane_before(row, 1);
                prefix[r] = lane ? op.join(sum, earlier) : sum;
                sum = op.join(sum, lun_lane_of(row, LUN_WARP - 1));
            }
            S start = op.join(carry, lun_warps_scan(sum, op.none(), room, join, &all));
            carry = op.join(carry, all);
            if (totals) continue;
            LUN_UNROLL
            for (int r = 0; r < ROWS; r++) {
                const int64_t at = first + r * (LUN_WARP * PIECE);
                S s = op.join(start, prefix[r]);
                LUN_UNROLL
                for (int e = 0; e < PIECE; e++) {
                    if (at + e >= to) break;
                    s = op.join(s, op.lift(own[r].at[e], at + e));
                    own[r].at[e] = op.result(s);
                    op.note(base + (at + e) * p.l.inner, s);
                    if (!WHOLE) op.out[base + (at + e) * p.l.inner] = own[r].at[e];
                }
                if (WHOLE && at < to) *(lun_pack<E> *)(op.out + base + at) = own[r];
            }
        }
        if (totals && threadIdx.x == 0) totals[b] = carry;
    }
}

/* The folds of a line's chunks become what stands before each, a block's threads' worth at a time. */
template <class Op> static __global__ void scan_totals(typename Op::state *totals, int64_t lines, int64_t chunks, Op op)
{
    using S = typename Op::state;
    __shared__ S room[LUN_WARP];
    auto join = [&](S a, S b) { return op.join(a, b); };
    for (int64_t line = blockIdx.x; line < lines; line += gridDim.x) {
        S carry = op.none(), all;
        for (int64_t from = 0; from < chunks; from += THREADS) {
            int64_t chunk = from + threadIdx.x;
            S v = chunk < chunks ? totals[line * chunks + chunk] : op.none();
            v = op.join(carry, lun_block_scan(v, op.none(), room, join, &all));
            if (chunk < chunks) totals[line * chunks + chunk] = v;
            carry = op.join(carry, all);
        }
    }
}

template <bool WHOLE, class Op>
static bool scan_long(lun_call *c, const typename Op::element *x, lines_plan p, Op op)
{
    using S = typename Op::state;
    enum { TILE = THREADS / LUN_WARP * shape_of<typename Op::element>::WARP };
    const char *name = c->op->name;
    int64_t lines = p.l.outer * p.l.inner;
    S *totals = NULL, *none = NULL;
    unsigned blocks = lun_blocks(lines * p.chunks, 1), threads = THREADS;
    while (threads > LUN_WARP && p.chunk <= TILE / THREADS * (threads / 2)) threads /= 2;
    if (p.chunks > 1) {
        if (!(totals = (S *)lun_scratch(c, (size_t)(lines * p.chunks) * sizeof *totals))) return false;
        if (!lun_cuda_launch(name, scan_chunks<WHOLE, Op>, blocks, threads, 0, x, p, op, totals, (const S *)NULL) ||
            !lun_cuda_launch(name, scan_totals<Op>, lun_blocks(lines, 1), THREADS, 0, totals, lines, p.chunks, op)) return false;
    }
    return lun_cuda_launch(name, scan_chunks<WHOLE, Op>, blocks, threads, 0, x, p, op, none, (const S *)totals);
}

template <class Op> static bool scan(lun_call *c, const typename Op::element *x, lun_lines l, Op op)
{
    enum { MANY = 4096, SHORT = 32, SOME = 4096, PIECE = shape_of<typename Op::element>::PIECE }; /* SOME blocks keep the memory busy */
    int64_t lines = l.outer * l.inner;
    if (l.n <= SHORT || (lines >= MANY && l.inner >= LUN_WARP))
        return lun_cuda_launch(c->op->name, walk_lines<Op>, lun_blocks(lines, THREADS), THREADS, 0, x, l, op);
    lines_plan p = {l, l.n, 1};
    int64_t most = lines < SOME ? SOME / lines : 1, chunks = (l.n + CHUNK_LEAST - 1) / CHUNK_LEAST;
    chunks = chunks < most ? chunks : most;
    p.chunk = (l.n + chunks - 1) / chunks;
    p.chunk = (p.chunk + PIECE - 1) / PIECE * PIECE;
    p.chunks = (l.n + p.chunk - 1) / p.chunk;
    bool whole = l.inner == 1 && l.n % PIECE == 0 && ((uintptr_t)x | (uintptr_t)op.out) % 16 == 0;
    return whole ? scan_long<true>(c, x, p, op) : scan_long<false>(c, x, p, op);
}

/* Where the computed dtype is not that of result k: a tensor to compute into, moved there by arrive(). */
static lun_tensor *room_for(const lun_call *c, int k, lun_dtype type)
{
    lun_tensor *out = c->out[k];
    return out->dtype == type ? out : lun_tensor_empty(type, out->ndim, out->dims, lun_tensor_device(out));
}
static bool arrive(lun_tensor *out, lun_tensor *y) { return out == y || lun_copy_into(out, y) != NULL; }

static lun_lines lines_of(const lun_call *c)
{
    const lun_tensor *x = c->in[0];
    return lun_lines_of(x, lun_dim_normalize(lun_param_int(&c->params, 0, 0), x->ndim));
}

extern "C" bool lun_cuda_cumulative(lun_call *c)
{
    bool product = c->op->id == LUN_OP_cumprod;
    lun_dtype type = (lun_dtype)c->out[0]->dtype;
    if (lun_dtypes[type].kind < LUN_KIND_FLOAT) type = LUN_I64;
    if (c->in[0]->dtype != type) type = lun_dtype_computed(type); /* halves that are asked for are rounded once */
    lun_tensor *x = lun_plain(c->in[0], type), *y = room_for(c, 0, type);
    lun_lines l = lines_of(c);
    if (!x || !y) return false;
    bool done;
    if (type == LUN_C64) done = scan(c, lun_at<lun_c64>(x), l, running_complex<lun_c64>{lun_at<lun_c64>(y), product});
    else if (type == LUN_C128) done = scan(c, lun_at<lun_c128>(x), l, running_complex<lun_c128>{lun_at<lun_c128>(y), product});
    else if (type == LUN_I64) done = scan(c, lun_at<int64_t>(x), l, running_total<int64_t>{lun_at<int64_t>(y), product});
    else done = lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return scan(c, lun_at<T>(x), l, running_total<T>{lun_at<T>(y), product});
    });
    return done && arrive(c->out[0], y);
}

extern "C" bool lun_cuda_running(lun_call *c)
{
    bool least = c->op->id == LUN_OP_cummin;
    lun_dtype type = (lun_dtype)c->out[0]->dtype;
    if (!lun_dtype_is_float(type)) type = LUN_I64;
    lun_tensor *x = lun_plain(c->in[0], type), *y = room_for(c, 0, type);
    lun_lines l = lines_of(c);
    if (!x || !y) return false;
    bool done;
    if (c->n_out == 1) done = lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return scan(c, lun_at<T>(x), l, running_logarithm<T>{lun_at<T>(y)});
    });
    else if (type == LUN_I64)
        done = scan(c, lun_at<int64_t>(x), l, running_extreme<int64_t>{lun_at<int64_t>(y), lun_at<int64_t>(c->out[1]), least});
    else done = lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return scan(c, lun_at<T>(x), l, running_extreme<T>{lun_at<T>(y), lun_at<int64_t>(c->out[1]), least});
    });
    return done && arrive(c->out[0], y);
}
