/* attention_plain.cu - attention by ordinary arithmetic, for every dtype and size
 *
 * A block owns a tile of queries (forward, dq) or of keys (dk, dv) and goes through the tiles of the other side; scores are computed
 * from slices in shared memory, weighted sums are kept in registers. Results wider than a block holds are cut into parts, each of
 * which computes the scores again.
 * Holds: 16 x 16 threads; thread (x, y) has rows y R.. and columns x R.. of a tile of scores, and 4 columns of each 64 of a sum.
 * Read next: kernels/cuda/attention_tensor.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/attention.h"
#include "kernels/cuda/multiply.h"

enum { SIDE = 16, SLICE = 16, THREADS = SIDE * SIDE, CHUNK = 64 };

template <class W, int R> struct tile_space {
    W a[SLICE][SIDE * R + 1], b[SLICE][SIDE * R + 1]; /* slices of the factors of scores */
    W p[SIDE * R][SIDE * R + 1];                      /* weights */
    W v[SIDE * R][CHUNK];                             /* what is weighted */
};

/* sum[i][j] += the product of rows y R + i of a and x R + j of b, of n elements; rows from a_rows and b_rows on count as 0. */
template <class T, class W, int R>
static __device__ void score(tile_space<W, R> *s, W (*sum)[R], const T *a, int64_t a_row, int64_t a_rows, const T *b, int64_t b_row, int64_t b_rows,
                             int64_t n)
{
    constexpr int TILE = SIDE * R;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    for (int64_t from = 0; from < n; from += SLICE) {
        for (int i = (int)threadIdx.x; i < TILE * SLICE; i += THREADS) {
            int r = i / SLICE, l = i % SLICE;
            bool inside = from + l < n;
            s->a[l][r] = inside && r < a_rows ? (W)lun_load(a[r * a_row + from + l]) : (W)0;
            s->b[l][r] = inside && r < b_rows ? (W)lun_load(b[r * b_row + from + l]) : (W)0;
        }
        __syncthreads();
#pragma unroll 4
        for (int l = 0; l < SLICE; l++)
#pragma unroll
            for (int i = 0; i < R; i++)
#pragma unroll
                for (int j = 0; j < R; j++) sum[i][j] = lun_multiply_add(s->a[l][y * R + i], s->b[l][x * R + j], sum[i][j]);
        __syncthreads();
    }
}

/* sum[i][c] += weights (row y R + i of s->p) times rows of v, of which columns `column`.. are wanted and there are `columns`. */
template <class T, class W, int R, int N>
static __device__ void weigh(tile_space<W, R> *s, W (*sum)[4 * N], const T *v, int64_t v_row, int64_t v_rows, int64_t column, int64_t columns)
{
    constexpr int TILE = SIDE * R;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
#pragma unroll
    for (int part = 0; part < N; part++) {
        int64_t first = column + part * CHUNK;
        if (first < columns) { /* the same for all threads */
            for (int i = (int)threadIdx.x; i < TILE * CHUNK; i += THREADS) {
                int r = i / CHUNK, l = i % CHUNK;
                s->v[r][l] = r < v_rows && first + l < columns ? (W)lun_load(v[r * v_row + first + l]) : (W)0;
            }
            __syncthreads();
#pragma unroll 4
            for (int r = 0; r < TILE; r++)
#pragma unroll
                for (int i = 0; i < R; i++)
#pragma unroll
                    for (int l = 0; l < 4; l++)
                        sum[i][part * 4 + l] = lun_multiply_add(s->p[y * R + i][r], s->v[r][x * 4 + l], sum[i][part * 4 + l]);
            __syncthreads();
        }
    }
}

/* Row y R + i of `to` becomes sum[i] times factor[i]. */
template <class T, class W, int R, int N>
static __device__ void put(T *to, int64_t rows, int64_t column, int64_t columns, const W (*sum)[4 * N], const W *factor)
{
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
#pragma unroll
    for (int i = 0; i < R; i++)
#pragma unroll
        for (int l = 0; l < 4 * N; l++) {
            int64_t c = column + l / 4 * CHUNK + x * 4 + l % 4;
            if (y * R + i < rows && c < columns) to[(y * R + i) * columns + c] = lun_store<T>(sum[i][l] * factor[i]);
        }
}

/* Over the 16 threads that share rows. NaN is largest. */
template <class W> static __device__ __forceinline__ W row_max(W v)
{
    for (int by = SIDE / 2; by; by /= 2) {
        W other = __shfl_xor_sync(0xffffffff, v, by);
        v = other > v || other != other ? other : v;
    }
    return v;
}
template <class W> static __device__ __forceinline__ W row_sum(W v)
{
    for (int by = SIDE / 2; by; by /= 2) v += __shfl_xor_sync(0xffffffff, v, by);
    return v;
}

/* The scaled and masked score, -inf where the query may not look. */
template <class W> static __device__ __forceinline__ W adjusted(const lun_attend &a, int64_t mask_at, int64_t row, int64_t key, W s)
{
    if (row >= a.length || key >= a.keys || (a.causal && key > row)) return -(W)INFINITY;
    s *= (W)a.scale;
    return a.mask_kind == LUN_MASK_NONE ? s : s + lun_mask_value<W>(a, mask_at, row, key);
}

/* Factors of dropout for keys key..key + R - 1 of a row of scores; 1 without dropout. */
template <int R, class W> static __device__ __forceinline__ void factors(const lun_attend &a, int64_t score_row, int64_t key, W *to)
{
    for (int j = 0; j < R; j++) to[j] = 1;
    if (a.dropout > 0) lun_attention_factors<R>(a, score_row, key, to);
}

template <class T, class W, int R, int N> static __global__ void __launch_bounds__(THREADS, 2) forward(lun_attend a)
{
    constexpr int TILE = SIDE * R;
    __shared__ tile_space<W, R> space;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    const int64_t tiles = (a.length + TILE - 1) / TILE, parts = (a.ev + CHUNK * N - 1) / (CHUNK * N);
    for (int64_t t = blockIdx.x; t < a.heads * tiles * parts; t += gridDim.x) {
        const int64_t part = t % parts, head = t / parts / tiles, first = (tiles - 1 - t / parts % tiles) * TILE; /* long rows first */
        const int64_t rows = a.length - first < TILE ? a.length - first : TILE, last = a.causal && first + rows < a.keys ? first + rows : a.keys;
        const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head);
        const T *q = lun_query_head<T>(a, a.q, head) + first * a.q.row;
        const T *k = lun_key_head<T>(a, a.k, head), *v = lun_key_head<T>(a, a.v, head);
        W top[R], total[R], sum[R][4 * N] = {};
        for (int i = 0; i < R; i++) top[i] = -(W)INFINITY, total[i] = 0;
        for (int64_t from = 0; from < last; from += TILE) {
            W s[R][R] = {};
            score<T, W, R>(&space, s, q, a.q.row, rows, k + from * a.k.row, a.k.row, a.keys - from, a.e);
#pragma unroll
            for (int i = 0; i < R; i++) {
                const int64_t row = first + y * R + i;
                W best = -(W)INFINITY, part_sum = 0, factor[R];
#pragma unroll
                for (int j = 0; j < R; j++) {
                    s[i][j] = adjusted(a, mask_at, row, from + x * R + j, s[i][j]);
                    best = s[i][j] > best || s[i][j] != s[i][j] ? s[i][j] : best;
                }
                best = row_max(best);
                W shrink = 1;
                if (!(best <= top[i])) { /* larger, or NaN */
                    shrink = exp(top[i] - best);
                    top[i] = best;
                }
                factors<R>(a, head * a.length + row, from + x * R, factor);
#pragma unroll
                for (int j = 0; j < R; j++) {
                    W e = top[i] == -(W)INFINITY ? (W)0 : exp(s[i][j] - top[i]);
                    part_sum += e;
                    space.p[y * R + i][x * R + j] = e * factor[j];
                }
                total[i] = total[i] * shrink + row_sum(part_sum);
#pragma unroll
                for (int l = 0; l < 4 * N; l++) sum[i][l] *= shrink;
            }
            weigh<T, W, R, N>(&space, sum, v + from * a.v.row, a.v.row, a.keys - from, part * CHUNK * N, a.ev);
        }
        W factor[R];
        for (int i = 0; i < R; i++) {
            bool nothing = top[i] == -(W)INFINITY; /* such a query gets zeros; its exponentials are 0 in the backward too */
            factor[i] = nothing ? 0 : 1 / total[i];
            if (!part && !x && y * R + i < rows)
                ((W *)a.logsumexp)[head * a.length + first + y * R + i] = nothing ? (W)INFINITY : top[i] + log(total[i]);
        }
        put<T, W, R, N>((T *)a.out + (head * a.length + first) * a.ev, rows, part * CHUNK * N, a.ev, sum, factor);
    }
}

/* dq of a tile of queries; also writes inner. */
template <class T, class W, int R, int N> static __global__ void __launch_bounds__(THREADS, 2) backward_queries(lun_attend a)
{
    constexpr int TILE = SIDE * R;
    __shared__ tile_space<W, R> space;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    const int64_t tiles = (a.length + TILE - 1) / TILE, parts = (a.e + CHUNK * N - 1) / (CHUNK * N);
    for (int64_t t = blockIdx.x; t < a.heads * tiles * parts; t += gridDim.x) {
        const int64_t part = t % parts, head = t / parts / tiles, first = (tiles - 1 - t / parts % tiles) * TILE;
        const int64_t rows = a.length - first < TILE ? a.length - first : TILE, last = a.causal && first + rows < a.keys ? first + rows : a.keys;
        const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head), score_row = head * a.length + first + y * R;
        const T *q = lun_query_head<T>(a, a.q, head) + first * a.q.row, *g = lun_query_head<T>(a, a.g, head) + first * a.g.row;
        const T *k = lun_key_head<T>(a, a.k, head), *v = lun_key_head<T>(a, a.v, head);
        W total[R], inner[R], one[R], sum[R][4 * N] = {};
        for (int i = 0; i < R; i++) {
            bool inside = y * R + i < rows;
            W own = 0;
            for (int64_t c = x; c < a.ev && inside; c += SIDE)
                own += (W)lun_load(g[(y * R + i) * a.g.row + c]) * (W)lun_load(((const T *)a.out)[(score_row + i) * a.ev + c]);
            inner[i] = row_sum(own);
            total[i] = inside ? ((const W *)a.logsumexp)[score_row + i] : (W)INFINITY;
            one[i] = 1;
            if (!part && !x && inside) ((W *)a.inner)[score_row + i] = inner[i];
        }
        for (int64_t from = 0; from < last; from += TILE) {
            W s[R][R] = {}, d[R][R] = {};
            score<T, W, R>(&space, s, q, a.q.row, rows, k + from * a.k.row, a.k.row, a.keys - from, a.e);
            score<T, W, R>(&space, d, g, a.g.row, rows, v + from * a.v.row, a.v.row, a.keys - from, a.ev);
#pragma unroll
            for (int i = 0; i < R; i++) {
                W factor[R];
                factors<R>(a, score_row + i, from + x * R, factor);
#pragma unroll
                for (int j = 0; j < R; j++) {
                    W p = exp(adjusted(a, mask_at, first + y * R + i, from + x * R + j, s[i][j]) - total[i]);
                    space.p[y * R + i][x * R + j] = p * (d[i][j] * factor[j] - inner[i]) * (W)a.scale;
                }
            }
            weigh<T, W, R, N>(&space, sum, k + from * a.k.row, a.k.row, a.keys - from, part * CHUNK * N, a.e);
        }
        put<T, W, R, N>((T *)a.dq + (head * a.length + first) * a.e, rows, part * CHUNK * N, a.e, sum, one);
    }
}

/* dk and dv of a tile of keys: rows of the tile of scores are keys here, columns are queries. */
template <class T, class W, int R, int N> static __global__ void __launch_bounds__(THREADS, 2) backward_keys(lun_attend a)
{
    constexpr int TILE = SIDE * R;
    __shared__ tile_space<W, R> space;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    const int64_t tiles = (a.keys + TILE - 1) / TILE, widest = a.e > a.ev ? a.e : a.ev, parts = (widest + CHUNK * N - 1) / (CHUNK * N);
    for (int64_t t = blockIdx.x; t < a.heads / a.groups * tiles * parts; t += gridDim.x) {
        const int64_t part = t % parts, set = t / parts / tiles, first = t / parts % tiles * TILE;
        const int64_t rows = a.keys - first < TILE ? a.keys - first : TILE;
        const T *k = lun_key_head<T>(a, a.k, set * a.groups) + first * a.k.row, *v = lun_key_head<T>(a, a.v, set * a.groups) + first * a.v.row;
        W dk[R][4 * N] = {}, dv[R][4 * N] = {}, one[R];
        for (int i = 0; i < R; i++) one[i] = 1;
        for (int64_t head = set * a.groups; head < (set + 1) * a.groups; head++) {
            const int64_t mask_at = lun_head_at(a, a.q_dims, a.mask, head);
            for (int64_t from = a.causal ? first : 0; from < a.length; from += TILE) {
                const T *q = lun_query_head<T>(a, a.q, head) + from * a.q.row, *g = lun_query_head<T>(a, a.g, head) + from * a.g.row;
                W s[R][R] = {}, d[R][R] = {};
                score<T, W, R>(&space, s, k, a.k.row, rows, q, a.q.row, a.length - from, a.e);
                score<T, W, R>(&space, d, v, a.v.row, rows, g, a.g.row, a.length - from, a.ev);
#pragma unroll
                for (int j = 0; j < R; j++) {
                    const int64_t row = from + x * R + j, score_row = head * a.length + row;
                    bool inside = row < a.length;
                    W total = inside ? ((const W *)a.logsumexp)[score_row] : (W)INFINITY, inner = inside ? ((const W *)a.inner)[score_row] : (W)0;
                    W factor[R];
                    factors<R>(a, score_row, first + y * R, factor);
#pragma unroll
                    for (int i = 0; i < R; i++) {
                        W p = exp(adjusted(a, mask_at, row, first + y * R + i, s[i][j]) - total);
                        space.p[y * R + i][x * R + j] = p * factor[i];
                        s[i][j] = p * (d[i][j] * factor[i] - inner) * (W)a.scale;
                    }
                }
                weigh<T, W, R, N>(&space, dv, g, a.g.row, a.length - from, part * CHUNK * N, a.ev);
                __syncthreads();
#pragma unroll
                for (int i = 0; i < R; i++)
#pragma unroll
                    for (int j = 0; j < R; j++) space.p[y * R + i][x * R + j] = s[i][j];
                weigh<T, W, R, N>(&space, dk, q, a.q.row, a.length - from, part * CHUNK * N, a.e);
                __syncthreads();
            }
        }
        put<T, W, R, N>((T *)a.dk + (set * a.keys + first) * a.e, rows, part * CHUNK * N, a.e, dk, one);
        put<T, W, R, N>((T *)a.dv + (set * a.keys + first) * a.ev, rows, part * CHUNK * N, a.ev, dv, one);
    }
}

/* R: 4, but 2 for double; N: how many times 64 columns of a sum a block keeps. */
template <class T, int N> static bool launch(const lun_attend &a, bool back)
{
    using W = lun_wide<T>;
    constexpr int R = sizeof(W) == 8 ? 2 : 4;
    const int64_t tile = SIDE * R, wide = CHUNK * N, query_tiles = (a.length + tile - 1) / tile, key_tiles = (a.keys + tile - 1) / tile;
    auto parts = [&](int64_t n) { return (n + wide - 1) / wide; };
    if (!back)
        return lun_cuda_launch("attend", forward<T, W, R, N>, lun_blocks(a.heads * query_tiles * parts(a.ev), 1), THREADS, 0, a);
    return lun_cuda_launch("attend backward", backward_queries<T, W, R, N>, lun_blocks(a.heads * query_tiles * parts(a.e), 1), THREADS, 0, a) &&
           lun_cuda_launch("attend backward", backward_keys<T, W, R, N>,
                           lun_blocks(a.heads / a.groups * key_tiles * parts(a.e > a.ev ? a.e : a.ev), 1), THREADS, 0, a);
}

static bool by_type(lun_dtype type, const lun_attend &a, bool back)
{
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return (back && a.e > a.ev ? a.e : a.ev) <= CHUNK ? launch<T, 1>(a, back) : launch<T, 2>(a, back);
    });
}

bool lun_attention_forward(lun_dtype type, const lun_attend &a) { return by_type(type, a, false); }
bool lun_attention_backward(lun_dtype type, const lun_attend &a) { return by_type(type, a, true); }
