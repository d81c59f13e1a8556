/* select.cu - the first k of each line, in no order, for topk
 *
 * Read next: kernels/cuda/select.h, kernels/cuda/sort.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/select.h"

template <class T>
static __global__ void __launch_bounds__(LUN_SELECT_THREADS)
choose(const T *x, lun_sort_lines s, uint32_t *list)
{
    using K = typename lun_sort_key<T>::type;
    __shared__ lun_select_room room;
    K flip = s.descending ? lun_key_mask<T>() : 0;
    for (int64_t line = blockIdx.x; line < s.lines; line += gridDim.x) {
        const T *from = x + line * s.n;
        uint32_t *to = list + line * s.k;
        int64_t less, k = s.k;
        K key = lun_select_key(from, s.n, k, flip, &room, &less);
        auto equal = [&](int64_t i, int64_t rank) {
            if (less + rank < k) to[less + rank] = (uint32_t)i;
        };
        lun_select_walk(from, s.n, key, flip, &room, equal, [&](int64_t i, int64_t rank) { to[rank] = (uint32_t)i; });
    }
}

template <class T> bool lun_select_run(lun_call *c, const T *x, lun_sort_lines s, uint32_t *list)
{
    return lun_cuda_launch(c->op->name, choose<T>, lun_blocks(s.lines, 1), LUN_SELECT_THREADS, 0, x, s, list);
}
#define SELECT(T) template bool lun_select_run<T>(lun_call *, const T *, lun_sort_lines, uint32_t *);
SELECT(float)
SELECT(double)
SELECT(lun_half)
SELECT(lun_bf16)
SELECT(int8_t)
SELECT(uint8_t)
SELECT(int16_t)
SELECT(int32_t)
SELECT(int64_t)
