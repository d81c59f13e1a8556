/* reduce.h - folding dims of a tensor away: the plan, the kernels, who launches them
 *
 * As on the CPU dims are parted into kept and folded ones, sorted by the input's strides and merged (core/axes.h).
 * Where the input runs along a folded dim, a few lanes or a block fold one result; where it runs along a kept one, neighbouring
 * threads fold neighbouring results. Few results of many elements are folded in chunks, whose states a second launch joins.
 * An op says what is folded:
 *     using element, state;  state none();  void add(state &, element, int64_t place, element first);
 *     state join(state, state);  void finish(const lun_fold_plan &, int64_t at, state);
 * Holds: join commutes; every fold has one order, so bits depend on shape, strides and dtype only.
 * Read next: kernels/cuda/reduce_sum.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_REDUCE_H
#define LUN_KERNELS_CUDA_REDUCE_H
#include "kernels/cuda/block.h"
extern "C" {
#include "core/axes.h"
#include "core/infer.h"
}

struct lun_fold_plan {
    const void *x;
    void *out;
    int64_t *places;      /* of extremes; NULL: not wanted */
    void *partial;        /* states of chunks: [result][chunk] */
    int out_type;         /* lun_dtype */
    double count, left;   /* what a mean is divided by (1: a sum), and a variance */
    bool root;            /* of a variance */
    bool flat;            /* folded elements lie side by side */
    bool packed;          /* they do so in runs that are whole packs, one after the other in some order */
    int64_t chunk, chunks;
    lun_axes kept, folded; /* strides in elements; the last axis is the innermost */
};

enum { LUN_FOLD_THREADS = 256 };

/* ---- device ---- */

/* Where element i of some axes lies, by strides in `by` (x.in or x.out). Not unrolled: a division of 64 bits is 70 instructions. */
static __device__ __forceinline__ int64_t lun_fold_at(const lun_axes &x, const int64_t *by, int64_t i)
{
    int64_t at = 0;
    if (x.numel <= 0x7fffffff) {
        unsigned rest = (unsigned)i;
#pragma unroll 1
        for (int d = x.n - 1; d > 0; d--) {
            unsigned n = (unsigned)x.dims[d], q = rest / n;
            at += (int64_t)(rest - q * n) * by[d];
            rest = q;
        }
        return at + (int64_t)rest * by[0];
    }
#pragma unroll 1
    for (int d = x.n - 1; d > 0; d--) {
        int64_t q = i / x.dims[d];
        at += (i - q * x.dims[d]) * by[d];
        i = q;
    }
    return at + i * by[0];
}

/* Elements that are read at once. */
static __host__ __device__ constexpr int64_t lun_fold_width(size_t element) { return element < 2 ? 8 : 16 / (int64_t)element; }

/* Packs t, t + width ... of `packs` of V elements into s, four of them under way at once; pack k lies at place(k) and begins with element
 * from + k V. */
template <int V, class Op, class Place>
static __device__ __forceinline__ void lun_fold_packs(const Op &op, const typename Op::element *x, int64_t packs, int64_t from, int t,
                                                      int width, typename Op::state &s, Place place)
{
    using T = typename Op::element;
    enum { TOGETHER = 4 };
    struct alignas(V * sizeof(T)) pack { T at[V]; };
    const T first = x[0];
    for (int64_t k = t; k < packs; k += TOGETHER * (int64_t)width) {
        pack some[TOGETHER];
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) { /* past the end the first one again, so that no load waits for another */
            const int64_t own = k + u * (int64_t)width;
            some[u] = *(const pack *)(const void *)(x + place(own < packs ? own : k));
        }
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) {
            const int64_t own = k + u * (int64_t)width;
            if (own >= packs) break;
            LUN_UNROLL
            for (int j = 0; j < V; j++) op.add(s, some[u].at[j], from + own * V + j, first);
        }
    }
}

/* Elements from..to of a line into s, as thread t of `width`. */
template <class Op>
__device__ __forceinline__ void lun_fold_range(const lun_fold_plan &p, const Op &op, const typename Op::element *x, int64_t from,
                                               int64_t to, int t, int width, typename Op::state &s)
{
    using T = typename Op::element;
    constexpr int V = (int)lun_fold_width(sizeof(T));
    auto place = [&](int64_t i) { return lun_fold_at(p.folded, p.folded.in, i); };
    if (p.packed) {
        lun_fold_packs<V>(op, x, (to - from) / V, from, t, width, s, [&](int64_t k) { return place(from + k * V); });
    } else if (!p.flat) {
        lun_fold_packs<1>(op, x, to - from, from, t, width, s, [&](int64_t k) { return place(from + k); });
    } else { /* packs begin where memory has them */
        const int64_t bytes = V * sizeof(T), head = (bytes - (int64_t)((uintptr_t)(x + from) % bytes)) % bytes / (int64_t)sizeof(T);
        const int64_t begin = from + (head < to - from ? head : to - from), packs = (to - begin) / V, end = begin + packs * V;
        lun_fold_packs<V>(op, x, packs, begin, t, width, s, [=](int64_t k) { return begin + k * V; });
        const T first = x[0];
        for (int64_t i = from + t; i < begin; i += width) op.add(s, x[i], i, first);
        for (int64_t i = end + t; i < to; i += width) op.add(s, x[i], i, first);
    }
}

/* A chunk of a result is folded by `lanes` lanes of a warp, or by a block where lanes is its size. */
template <class Op> __global__ void lun_fold_rows(lun_fold_plan p, Op op, int lanes)
{
    using S = typename Op::state;
    __shared__ S room[LUN_WARP];
    int64_t each = blockDim.x / (unsigned)lanes, lane = threadIdx.x % (unsigned)lanes, all = p.kept.numel * p.chunks;
    auto join = [&](S a, S b) { return op.join(a, b); };
    for (int64_t start = blockIdx.x * each; start < all; start += gridDim.x * each) {
        int64_t b = start + threadIdx.x / (unsigned)lanes, o = b / p.chunks, from = (b - o * p.chunks) * p.chunk;
        S s = op.none();
        if (b < all)
            lun_fold_range(p, op, (const typename Op::element *)p.x + lun_fold_at(p.kept, p.kept.in, o), from,
                           from + p.chunk < p.folded.numel ? from + p.chunk : p.folded.numel, (int)lane, lanes, s);
        s = lanes > LUN_WARP ? lun_block_fold(s, op.none(), room, join) : lun_group_fold(s, lanes, join);
        if (b >= all || lane) continue;
        if (p.chunks > 1) ((S *)p.partial)[b] = s;
        else op.finish(p, lun_fold_at(p.kept, p.kept.out, o), s);
    }
}

/* Elements i, i + step ... of a column into s, as long as TOGETHER of them are below `to`; place(i): where element i lies. */
template <int TOGETHER, class Op, class Place>
static __device__ __forceinline__ void lun_fold_column(const Op &op, const typename Op::element *x, int64_t &i, int64_t to, int step,
                                                       typename Op::state &s, Place place)
{
    using T = typename Op::element;
    const T first = x[0];
    for (; i + (TOGETHER - 1) * step < to; i += TOGETHER * step) {
        T some[TOGETHER];
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) some[u] = x[place(i + u * step)];
        LUN_UNROLL
        for (int u = 0; u < TOGETHER; u++) op.add(s, some[u], i + u * step, first);
    }
}

/* `width` neighbouring results are folded by a block, its rows of threads taking turns along the folded dims; ONE: there is one of them,
 * so that a place is a multiple of its stride and nothing is divided. */
template <class Op, bool ONE> __global__ void __launch_bounds__(LUN_FOLD_THREADS) lun_fold_columns(lun_fold_plan p, Op op, int width)
{
    using T = typename Op::element;
    using S = typename Op::state;
    __shared__ S room[LUN_FOLD_THREADS];
    int column = (int)threadIdx.x % width, row = (int)threadIdx.x / width, rows = (int)blockDim.x / width;
    int64_t inner = p.kept.dims[p.kept.n - 1], blocks = (inner + width - 1) / width;
    int64_t all = p.kept.numel / inner * blocks * p.chunks;
    for (int64_t b = blockIdx.x; b < all; b += gridDim.x) {
        int64_t chunk = b % p.chunks, unit = b / p.chunks, at = unit % blocks * width + column, o = unit / blocks * inner + at;
        int64_t from = chunk * p.chunk, to = from + p.chunk < p.folded.numel ? from + p.chunk : p.folded.numel;
        S s = op.none();
        if (at < inner) {
            const T *x = (const T *)p.x + lun_fold_at(p.kept, p.kept.in, o);
            const int64_t stride = p.folded.in[0];
            int64_t i = from + row;
            if constexpr (ONE) {
                auto place = [=](int64_t k) { return k * stride; };
                lun_fold_column<8>(op, x, i, to, rows, s, place);
                lun_fold_column<2>(op, x, i, to, rows, s, place);
                lun_fold_column<1>(op, x, i, to, rows, s, place);
            } else {
                auto place = [&](int64_t k) { return lun_fold_at(p.folded, p.folded.in, k); };
                lun_fold_column<4>(op, x, i, to, rows, s, place);
                lun_fold_column<1>(op, x, i, to, rows, s, place);
            }
        }
        if (rows > 1) {
            __syncthreads(); /* the round before has been read */
            room[threadIdx.x] = s;
            __syncthreads();
            for (int r = 1; row == 0 && r < rows; r++) s = op.join(s, room[r * width + column]);
        }
        if (row || at >= inner) continue;
        if (p.chunks > 1) ((S *)p.partial)[o * p.chunks + chunk] = s;
        else op.finish(p, lun_fold_at(p.kept, p.kept.out, o), s);
    }
}

/* Joins the chunks of each result by `lanes` lanes of a warp, or by a block where lanes is its size. */
template <class Op> __global__ void lun_fold_join(lun_fold_plan p, Op op, int lanes)
{
    using S = typename Op::state;
    __shared__ S room[LUN_WARP];
    int64_t each = blockDim.x / (unsigned)lanes, lane = threadIdx.x % (unsigned)lanes;
    auto join = [&](S a, S b) { return op.join(a, b); };
    for (int64_t begin = blockIdx.x * each; begin < p.kept.numel; begin += gridDim.x * each) {
        int64_t o = begin + threadIdx.x / (unsigned)lanes;
        const S *part = (const S *)p.partial + o * p.chunks;
        S s = op.none();
        LUN_UNROLL
        for (int64_t k = lane; o < p.kept.numel && k < p.chunks; k += lanes) s = op.join(s, part[k]);
        s = lanes > LUN_WARP ? lun_block_fold(s, op.none(), room, join) : lun_group_fold(s, lanes, join);
        if (o < p.kept.numel && lane == 0) op.finish(p, lun_fold_at(p.kept, p.kept.out, o), s);
    }
}

/* ---- host: reduce.cu ---- */

/* Parts x's dims by the mask of folded ones; `in_order`: places matter, so folded dims keep their order. */
void lun_fold_part(lun_fold_plan *p, const lun_tensor *x, uint32_t folded, bool in_order);
/* Chooses how the folded range is cut; by columns? `lanes`: threads per result, or columns of a block. */
bool lun_fold_cut(lun_fold_plan *p, size_t element, int *lanes);

static inline int lun_fold_lanes(int64_t n, int most)
{
    int lanes = 1;
    while (lanes < most && lanes < n) lanes *= 2;
    return lanes;
}

/* Runs the fold: one launch, or two when there are chunks. p says where results go. False after lun_fail. */
template <class Op> static bool lun_fold_run(lun_call *c, const lun_tensor *x, lun_fold_plan p, Op op, uint32_t folded,
                                             bool in_order)
{
    int lanes;
    lun_fold_part(&p, x, folded, in_order);
    bool columns = lun_fold_cut(&p, sizeof(typename Op::element), &lanes), done;
    const char *name = c->op->name;
    if (p.chunks > 1 && !(p.partial = lun_scratch(c, (size_t)(p.kept.numel * p.chunks) * sizeof(typename Op::state)))) return false;
    if (columns) {
        int64_t inner = p.kept.dims[p.kept.n - 1], blocks = p.kept.numel / inner * ((inner + lanes - 1) / lanes) * p.chunks;
        auto kernel = p.folded.n == 1 ? lun_fold_columns<Op, true> : lun_fold_columns<Op, false>;
        done = lun_cuda_launch(name, kernel, lun_blocks(blocks, 1), LUN_FOLD_THREADS, 0, p, op, lanes);
    } else {
        unsigned blocks = lun_blocks(p.kept.numel * p.chunks, LUN_FOLD_THREADS / lanes);
        done = lun_cuda_launch(name, lun_fold_rows<Op>, blocks, LUN_FOLD_THREADS, 0, p, op, lanes);
    }
    if (!done || p.chunks == 1) return done;
    lanes = p.chunks > LUN_WARP ? LUN_FOLD_THREADS : lun_fold_lanes(p.chunks, LUN_WARP);
    unsigned blocks = lun_blocks(p.kept.numel, LUN_FOLD_THREADS / lanes);
    return lun_cuda_launch(name, lun_fold_join<Op>, blocks, LUN_FOLD_THREADS, 0, p, op, lanes);
}
#endif
