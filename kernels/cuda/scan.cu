/* scan.cu - cumsum, cumprod, cummax, cummin, logcumsumexp along any dim
 *
 * A tensor is outer x n x inner around the dim; a line is one run along it. Many lines are walked by a thread each. Fewer belong
 * to blocks that scan tile after tile and carry the state on; where lines are few and long they are cut into chunks: a first
 * launch folds each, a second scans the folds of a line, a third scans each chunk from there.
 * An op says what is carried:
 *     using element, state;  state none();  state lift(element, int64_t place);  state join(state earlier, state later);
 *     void store(int64_t at, state);
 * Holds: the order of a scan depends on the shape only. Read next: kernels/cpu/scan.c, kernels/cpu/running.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/scan.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/row.h"
#include "core/op_id.h"

#include <math.h>

enum { THREADS = 256, EACH = 8, TILE = THREADS * EACH, CHUNK_LEAST = 4 * TILE };

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
    __device__ void store(int64_t at, state s) const { out[at] = lun_store<T>((lun_wide<T>)s); }
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
    __device__ void store(int64_t at, state s) const { out[at] = Z{(decltype(Z::re))s.re, (decltype(Z::re))s.im}; }
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
    __device__ void store(int64_t at, state s) const
    {
        out[at] = lun_store<T>(s.value);
        places[at] = s.place;
    }
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
    __device__ void store(int64_t at, double s) const { out[at] = lun_store<T>((lun_wide<T>)s); }
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
            op.store(at, s);
        }
    }
}

/* Folds chunks (totals given) or scans them, from what stands before in `before` (NULL: from nothing). */
template <class Op>
static __global__ void scan_chunks(const typename Op::element *x, lines_plan p, Op op, typename Op::state *totals,
                                   const typename Op::state *before)
{
    using S = typename Op::state;
    __shared__ S room[LUN_WARP];
    auto join = [&](S a, S b) { return op.join(a, b); };
    int64_t lines = p.l.outer * p.l.inner;
    for (int64_t b = blockIdx.x; b < lines * p.chunks; b += gridDim.x) {
        int64_t line = b / p.chunks, from = b % p.chunks * p.chunk, to = from + p.chunk < p.l.n ? from + p.chunk : p.l.n;
        int64_t base = line / p.l.inner * p.l.n * p.l.inner + line % p.l.inner;
        S carry = before ? before[b] : op.none(), all;
        for (int64_t tile = from; tile < to; tile += TILE) {
            S own[EACH], sum = op.none();
            int64_t first = tile + (int64_t)threadIdx.x * EACH;
            LUN_UNROLL
            for (int e = 0; e < EACH; e++) {
                own[e] = first + e < to ? op.lift(x[base + (first + e) * p.l.inner], first + e) : op.none();
                sum = op.join(sum, own[e]);
            }
            S prefix = lun_block_scan(sum, op.none(), room, join, &all);
            prefix = op.join(carry, prefix);
            carry = op.join(carry, all);
            if (totals) continue;
            LUN_UNROLL
            for (int e = 0; e < EACH; e++) {
                prefix = op.join(prefix, own[e]);
                if (first + e < to) op.store(base + (first + e) * p.l.inner, prefix);
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

template <class Op> static bool scan(lun_call *c, const typename Op::element *x, lun_lines l, Op op)
{
    using S = typename Op::state;
    enum { MANY = 4096, SHORT = 32, SOME = 4096 }; /* SOME blocks keep the memory busy */
    const char *name = c->op->name;
    int64_t lines = l.outer * l.inner;
    if (l.n <= SHORT || (lines >= MANY && l.inner >= LUN_WARP))
        return lun_cuda_launch(name, walk_lines<Op>, lun_blocks(lines, THREADS), THREADS, 0, x, l, op);
    lines_plan p = {l, l.n, 1};
    int64_t most = lines < SOME ? SOME / lines : 1, chunks = (l.n + CHUNK_LEAST - 1) / CHUNK_LEAST;
    chunks = chunks < most ? chunks : most;
    p.chunk = (l.n + chunks - 1) / chunks;
    p.chunks = (l.n + p.chunk - 1) / p.chunk;
    S *totals = NULL, *none = NULL;
    unsigned blocks = lun_blocks(lines * p.chunks, 1);
    if (p.chunks > 1) {
        if (!(totals = (S *)lun_scratch(c, (size_t)(lines * p.chunks) * sizeof *totals))) return false;
        if (!lun_cuda_launch(name, scan_chunks<Op>, blocks, THREADS, 0, x, p, op, totals, (const S *)NULL) ||
            !lun_cuda_launch(name, scan_totals<Op>, lun_blocks(lines, 1), THREADS, 0, totals, lines, p.chunks, op)) return false;
    }
    return lun_cuda_launch(name, scan_chunks<Op>, blocks, THREADS, 0, x, p, op, none, (const S *)totals);
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
