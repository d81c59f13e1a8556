/* radix.h - a stable sort of long lines by digits of 8 bits of their keys (kernels/cuda/sort.h), lowest first
 *
 * Elements move as they are and keys are made anew where they are looked at, so the sorted values need no second way from the keys back.
 * A pass has three launches: one counts the digits of each tile, one adds the counts up over the tiles of a line, one moves each tile: its
 * elements are put in order in shared memory first, so that what goes to one place of a line is written side by side.
 * Holds: equal keys stay in the order of their positions. Counting uses atomics on integers, whose sums do not depend on order.
 * Read next: kernels/cuda/sort.cu, kernels/cuda/keys.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_RADIX_H
#define LUN_KERNELS_CUDA_RADIX_H
#include "kernels/cuda/dense.h"
#include "kernels/cuda/sort.h"

enum { LUN_RADIX_DIGITS = 256, LUN_RADIX_THREADS = LUN_RADIX_DIGITS, LUN_RADIX_EACH = 16, LUN_RADIX_TILE = LUN_RADIX_THREADS * LUN_RADIX_EACH };

/* One pass over `lines` lines of n elements. */
template <class T> struct lun_radix_pass {
    int64_t lines, n, tiles;
    typename lun_sort_key<T>::type flip;
    int shift;
    __device__ unsigned digit(T v) const { return (unsigned)((lun_key_of(v) ^ flip) >> shift) & (LUN_RADIX_DIGITS - 1); }
};

/* How often each digit stands in each tile: counts[line][digit][tile]. */
template <class T> static __global__ void lun_count_digits(const T *x, uint32_t *counts, lun_radix_pass<T> p)
{
    __shared__ unsigned count[LUN_RADIX_DIGITS];
    for (int64_t b = blockIdx.x; b < p.lines * p.tiles; b += gridDim.x) {
        int64_t line = b / p.tiles, tile = b % p.tiles;
        __syncthreads();
        count[threadIdx.x] = 0;
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < LUN_RADIX_EACH; e++) {
            int64_t i = tile * LUN_RADIX_TILE + e * LUN_RADIX_THREADS + (int)threadIdx.x;
            if (i < p.n) atomicAdd(&count[p.digit(x[line * p.n + i])], 1U);
        }
        __syncthreads();
        counts[(line * LUN_RADIX_DIGITS + (int)threadIdx.x) * p.tiles + tile] = count[threadIdx.x];
    }
}

/* A block for each digit of a line: the counts become how many stand in earlier tiles; totals[line][digit]. */
static __global__ void lun_add_tiles(uint32_t *counts, uint32_t *totals, int64_t rows, int64_t tiles)
{
    __shared__ uint32_t room[LUN_WARP];
    auto add = [](uint32_t a, uint32_t b) { return a + b; };
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
        uint32_t carry = 0, all;
        for (int64_t first = 0; first < tiles; first += LUN_RADIX_THREADS) {
            int64_t i = first + (int)threadIdx.x;
            uint32_t v = i < tiles ? counts[row * tiles + i] : 0, before = lun_block_scan(v, 0U, room, add, &all);
            if (i < tiles) counts[row * tiles + i] = carry + before;
            carry += all;
        }
        if (threadIdx.x == 0) totals[row] = carry;
    }
}

/* Moves the elements of each tile, and their positions (at NULL: they stand where they began; P is what positions are written as), to
 * where their digit's run goes on. A warp has 16 rows of 32 neighbours; lanes of a row with the same digit find each other by a word for
 * each digit, in which each sets its bit, so that an element's rank is its rank in the order of positions. */
template <class T, class P>
static __global__ void __launch_bounds__(LUN_RADIX_THREADS)
lun_move_digits(const T *x, const uint32_t *at, T *values, P *places, const uint32_t *counts, const uint32_t *totals, lun_radix_pass<T> p)
{
    enum { EACH = LUN_RADIX_EACH, THREADS = LUN_RADIX_THREADS, TILE = LUN_RADIX_TILE, WARPS = THREADS / LUN_WARP };
    __shared__ unsigned seen[WARPS][LUN_RADIX_DIGITS], start[LUN_RADIX_DIGITS];
    __shared__ uint32_t room[LUN_WARP];
    __shared__ lun_bytes16 tile_room[TILE * (sizeof(T) > 4 ? sizeof(T) : 4) / 16];
    T *in_order = (T *)tile_room;
    uint32_t *at_in_order = (uint32_t *)tile_room;
    unsigned (*alike)[LUN_RADIX_DIGITS] = (unsigned (*)[LUN_RADIX_DIGITS])tile_room; /* before the tile is put in order */
    int lane = (int)threadIdx.x % LUN_WARP, warp = (int)threadIdx.x / LUN_WARP;
    auto add = [](uint32_t a, uint32_t b) { return a + b; };
    for (int64_t b = blockIdx.x; b < p.lines * p.tiles; b += gridDim.x) {
        int64_t line = b / p.tiles, tile = b % p.tiles, base = line * p.n, first = tile * TILE + warp * (EACH * LUN_WARP) + lane;
        int count = (int)min((long long)(p.n - tile * TILE), (long long)TILE);
        T own[EACH];
        unsigned rank[EACH];
        uint32_t all, to[EACH];
        __syncthreads();
        for (int w = 0; w < WARPS; w++) seen[w][threadIdx.x] = alike[w][threadIdx.x] = 0;
        LUN_UNROLL
        for (int e = 0; e < EACH; e++)
            if (first + e * LUN_WARP < p.n) own[e] = x[base + first + e * LUN_WARP];
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < EACH; e++) {
            bool real = first + e * LUN_WARP < p.n;
            unsigned digit = real ? p.digit(own[e]) : 0U, lower = (1U << lane) - 1;
            if (real) atomicOr(&alike[warp][digit], 1U << lane);
            __syncwarp();
            unsigned peers = alike[warp][digit], before = seen[warp][digit];
            rank[e] = before + (unsigned)__popc(peers & lower);
            __syncwarp();
            if (real && (peers & lower) == 0) {
                seen[warp][digit] = before + (unsigned)__popc(peers);
                alike[warp][digit] = 0;
            }
            __syncwarp();
        }
        __syncthreads();
        /* a thread for each digit */
        unsigned here = 0, earlier[WARPS];
        for (int w = 0; w < WARPS; w++) {
            earlier[w] = here;
            here += seen[w][threadIdx.x];
        }
        unsigned in_tile = lun_block_scan(here, 0U, room, add, &all);
        unsigned in_line = lun_block_scan(totals[line * LUN_RADIX_DIGITS + (int)threadIdx.x], 0U, room, add, &all);
        start[threadIdx.x] = in_line + counts[(line * LUN_RADIX_DIGITS + (int)threadIdx.x) * p.tiles + tile] - in_tile;
        for (int w = 0; w < WARPS; w++) seen[w][threadIdx.x] = in_tile + earlier[w];
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < EACH; e++)
            if (first + e * LUN_WARP < p.n) {
                rank[e] += seen[warp][p.digit(own[e])];
                in_order[rank[e]] = own[e];
            }
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < EACH; e++) {
            int i = e * THREADS + (int)threadIdx.x;
            if (i >= count) continue;
            T v = in_order[i];
            to[e] = start[p.digit(v)] + (unsigned)i;
            if (values) values[base + to[e]] = v;
        }
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < EACH; e++) {
            int64_t i = first + e * LUN_WARP;
            if (i < p.n) at_in_order[rank[e]] = at ? at[base + i] : (uint32_t)i;
        }
        __syncthreads();
        LUN_UNROLL
        for (int e = 0; e < EACH; e++) {
            int i = e * THREADS + (int)threadIdx.x;
            if (i < count) places[base + to[e]] = (P)at_in_order[i];
        }
    }
}

/* Sorts each of `lines` lines of n < 2^32 elements by the low `bits` bits of their keys, into values (NULL: not wanted) and places (from 0,
 * as P). `like` says which device. Queues only; false after lun_fail. */
template <class T, class P>
static bool lun_radix_sort(const char *name, const lun_tensor *like, const T *x, int64_t lines, int64_t n, bool descending, int bits,
                           T *values, P *places)
{
    enum { TILE = LUN_RADIX_TILE };
    lun_radix_pass<T> p = {lines, n, (n + TILE - 1) / TILE, descending ? lun_key_mask<T>() : 0, 0};
    int64_t all = lines * n, rows = lines * LUN_RADIX_DIGITS;
    uint32_t *counts = lun_cuda_room<uint32_t>(like, rows * p.tiles + rows), *totals = counts + rows * p.tiles, *at = NULL;
    uint32_t *room_at[2] = {NULL, NULL};
    T *room[2] = {NULL, NULL};
    int passes = (bits + 7) / 8;
    for (int k = 0; k < 2 && k < passes - 1; k++)
        if (!(room[k] = lun_cuda_room<T>(like, all)) || !(room_at[k] = lun_cuda_room<uint32_t>(like, all))) return false;
    if (!counts) return false;
    unsigned blocks = lun_blocks(lines * p.tiles, 1);
    for (int k = 0; k < passes; k++, p.shift += 8) {
        if (!lun_cuda_launch(name, lun_count_digits<T>, blocks, LUN_RADIX_THREADS, 0, x, counts, p) ||
            !lun_cuda_launch(name, lun_add_tiles, lun_blocks(rows, 1), LUN_RADIX_THREADS, 0, counts, totals, rows, p.tiles)) return false;
        if (k == passes - 1)
            return lun_cuda_launch(name, lun_move_digits<T, P>, blocks, LUN_RADIX_THREADS, 0, x, at, values, places, counts, totals, p);
        if (!lun_cuda_launch(name, lun_move_digits<T, uint32_t>, blocks, LUN_RADIX_THREADS, 0, x, at, room[k % 2], room_at[k % 2], counts,
                             totals, p)) return false;
        x = room[k % 2];
        at = room_at[k % 2];
    }
    return true;
}
#endif
