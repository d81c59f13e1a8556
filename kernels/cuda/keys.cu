/* keys.cu - a stable sort of keys with their positions: in one block where they are few, else by digits (radix.h)
 *
 * Holds: equal keys keep their order, so the order is one. Read next: kernels/cuda/keys.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/keys.h"
#include "kernels/cuda/radix.h"

enum { FEW = 4096, FEW_THREADS = 1024 };

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

static __global__ void narrow(uint32_t *to, const int64_t *keys, int64_t count)
{
    for (int64_t i = lun_thread<int64_t>(); i < count; i += lun_threads<int64_t>()) to[i] = (uint32_t)keys[i];
}
static const uint32_t *in_32_bits(const lun_tensor *x, const int64_t *keys, int64_t count)
{
    uint32_t *to = lun_cuda_room<uint32_t>(x, count);
    return to && lun_cuda_over("sort positions", narrow, count, to, keys, count) ? to : NULL;
}
static const uint32_t *in_32_bits(const lun_tensor *, const uint32_t *keys, int64_t) { return keys; }

template <class K>
bool lun_cuda_sort_keys(lun_sorted_keys *to, const lun_tensor *x, const K *keys, int64_t count, int64_t bound)
{
    if (!(to->key = lun_cuda_room<uint32_t>(x, 2 * count))) return false;
    to->order = to->key + count;
    if (count <= FEW) {
        int size = 2;
        while (size < count) size *= 2;
        return lun_cuda_launch("sort positions", sort_few<K>, 1, FEW_THREADS, 0, to->key, to->order, keys, count, size);
    }
    const uint32_t *from = in_32_bits(x, keys, count);
    int bits = 1;
    while (bits < 32 && (bound - 1) >> bits) bits++;
    return from && lun_radix_sort("sort positions", x, from, 1, count, false, bits, to->key, to->order);
}
template bool lun_cuda_sort_keys(lun_sorted_keys *, const lun_tensor *, const int64_t *, int64_t, int64_t);
template bool lun_cuda_sort_keys(lun_sorted_keys *, const lun_tensor *, const uint32_t *, int64_t, int64_t);
