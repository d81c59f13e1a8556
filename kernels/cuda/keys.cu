/* keys.cu - a stable sort of keys with their positions: in one block where they are few, else by digits of 8 bits
 *
 * A pass over a digit counts the digits of each tile, adds the counts up in the order (digit, tile), and moves each key to its
 * count.
 * Holds: no atomics, so the order is one. Read next: kernels/cuda/keys.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/keys.h"

enum {
    FEW = 4096,
    FEW_THREADS = 1024,
    DIGITS = 256,
    THREADS = 256,
    WARPS = THREADS / 32,
    ROUNDS = 16,
    TILE = THREADS * ROUNDS
};

/* ---- few keys ---- */

/* A bitonic sort of (key, position) pairs, which are all different. size: the power of two at or above count. */
template <class K>
static __global__ void __launch_bounds__(FEW_THREADS)
    sort_few(uint32_t *key, uint32_t *order, const K *keys, int count, int size)
{
    __shared__ uint64_t pair[FEW];
    for (int i = threadIdx.x; i < size; i += FEW_THREADS)
        pair[i] = i < count ? (uint64_t)keys[i] << 32 | (unsigned)i : ~(uint64_t)0;
    __syncthreads();
    for (int run = 2; run <= size; run *= 2)
        for (int step = run / 2; step > 0; step /= 2) {
            for (int i = threadIdx.x; i < size / 2; i += FEW_THREADS) {
                int a = 2 * i - (i & (step - 1)), b = a + step;
                bool up = !(a & run);
                uint64_t x = pair[a], y = pair[b];
                if ((x > y) == up) {
                    pair[a] = y;
                    pair[b] = x;
                }
            }
            __syncthreads();
        }
    for (int i = threadIdx.x; i < count; i += FEW_THREADS) {
        key[i] = (uint32_t)(pair[i] >> 32);
        order[i] = (uint32_t)pair[i];
    }
}

/* ---- many ---- */

/* counts[digit * tiles + tile] */
template <class K>
static __global__ void count_digits(uint32_t *counts, const K *keys, int64_t count, int shift, int64_t tiles)
{
    __shared__ unsigned found[DIGITS];
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        found[threadIdx.x] = 0;
        __syncthreads();
        for (int r = 0; r < ROUNDS; r++) {
            int64_t i = tile * TILE + r * THREADS + threadIdx.x;
            if (i < count) atomicAdd(&found[(uint64_t)keys[i] >> shift & (DIGITS - 1)], 1U);
        }
        __syncthreads();
        counts[threadIdx.x * tiles + tile] = found[threadIdx.x];
        __syncthreads();
    }
}

/* Each count becomes the sum of those before it; one block of 1024. */
static __global__ void __launch_bounds__(FEW_THREADS) add_counts_up(uint32_t *counts, int64_t n)
{
    __shared__ uint32_t sums[32];
    uint32_t before = 0;
    for (int64_t from = 0; from < n; from += FEW_THREADS) {
        int64_t i = from + threadIdx.x;
        int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
        uint32_t own = i < n ? counts[i] : 0, sum = own;
        for (int d = 1; d < 32; d *= 2) {
            uint32_t other = __shfl_up_sync(0xffffffff, sum, d);
            if (lane >= d) sum += other;
        }
        if (lane == 31) sums[warp] = sum;
        __syncthreads();
        uint32_t all = 0, mine = 0;
        for (int w = 0; w < 32; w++) {
            if (w == warp) mine = all;
            all += sums[w];
        }
        if (i < n) counts[i] = before + mine + sum - own;
        before += all;
        __syncthreads();
    }
}

/* Lanes of the warp with the same digit; lanes that do not take part have digit DIGITS. */
static __device__ unsigned same_digit(unsigned digit)
{
    unsigned same = 0xffffffff;
    for (int bit = 0; bit < 9; bit++) {
        unsigned set = __ballot_sync(0xffffffff, digit >> bit & 1);
        same &= digit >> bit & 1 ? set : ~set;
    }
    return same;
}

/* order_in NULL: keys stand in their first order. */
template <class K>
static __global__ void move_keys(uint32_t *key_out, uint32_t *order_out, const K *keys, const uint32_t *order_in,
                                 const uint32_t *starts, int64_t count, int shift, int64_t tiles)
{
    __shared__ uint32_t next[DIGITS], at[WARPS][DIGITS];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        next[threadIdx.x] = starts[threadIdx.x * tiles + tile];
        for (int r = 0; r < ROUNDS; r++) {
            int64_t i = tile * TILE + r * THREADS + threadIdx.x;
            uint32_t key = i < count ? (uint32_t)keys[i] : 0;
            unsigned digit = i < count ? key >> shift & (DIGITS - 1) : (unsigned)DIGITS;
            for (int w = 0; w < WARPS; w++) at[w][threadIdx.x] = 0;
            __syncthreads();
            unsigned same = same_digit(digit), rank = __popc(same & ((1U << lane) - 1));
            if (digit < DIGITS && rank == 0) at[warp][digit] = __popc(same);
            __syncthreads();
            uint32_t sum = next[threadIdx.x];
            for (int w = 0; w < WARPS; w++) {
                uint32_t here = at[w][threadIdx.x];
                at[w][threadIdx.x] = sum;
                sum += here;
            }
            next[threadIdx.x] = sum;
            __syncthreads();
            if (digit < DIGITS) {
                uint32_t to = at[warp][digit] + rank;
                key_out[to] = key;
                order_out[to] = order_in ? order_in[i] : (uint32_t)i;
            }
            __syncthreads();
        }
    }
}

template <class K>
static bool one_pass(const lun_sorted_keys *to, const K *keys, const uint32_t *order, uint32_t *counts, int64_t count,
                     int shift)
{
    int64_t tiles = (count + TILE - 1) / TILE;
    unsigned grid = lun_blocks(tiles, 1, 4096);
    return lun_cuda_launch("sort positions", count_digits<K>, grid, THREADS, 0, counts, keys, count, shift, tiles) &&
           lun_cuda_launch("sort positions", add_counts_up, 1, FEW_THREADS, 0, counts, tiles * DIGITS) &&
           lun_cuda_launch("sort positions", move_keys<K>, grid, THREADS, 0, to->key, to->order, keys, order, counts, count,
                           shift, tiles);
}

template <class K>
bool lun_cuda_sort_keys(lun_sorted_keys *to, const lun_tensor *x, const K *keys, int64_t count, int64_t bound)
{
    lun_sorted_keys other;
    if (!(to->key = lun_cuda_room<uint32_t>(x, 2 * count))) return false;
    to->order = to->key + count;
    if (count <= FEW) {
        int size = 2;
        while (size < count) size *= 2;
        return lun_cuda_launch("sort positions", sort_few<K>, 1, FEW_THREADS, 0, to->key, to->order, keys, count, size);
    }
    uint32_t *counts = lun_cuda_room<uint32_t>(x, (count + TILE - 1) / TILE * DIGITS);
    if (!counts || !(other.key = lun_cuda_room<uint32_t>(x, 2 * count))) return false;
    other.order = other.key + count;
    if (!one_pass(to, keys, (const uint32_t *)NULL, counts, count, 0)) return false;
    for (int shift = 8; shift < 32 && (bound - 1) >> shift; shift += 8) {
        lun_sorted_keys from = *to;
        *to = other;
        other = from;
        if (!one_pass(to, (const uint32_t *)from.key, (const uint32_t *)from.order, counts, count, shift)) return false;
    }
    return true;
}
template bool lun_cuda_sort_keys(lun_sorted_keys *, const lun_tensor *, const int64_t *, int64_t, int64_t);
template bool lun_cuda_sort_keys(lun_sorted_keys *, const lun_tensor *, const uint32_t *, int64_t, int64_t);
