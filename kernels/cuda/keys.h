/* keys.h - positions put in order, so that what goes to one place lies side by side and is added in one order
 *
 * Read next: kernels/cuda/keys.cu, kernels/cuda/place.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_KEYS_H
#define LUN_KERNELS_CUDA_KEYS_H
#include "kernels/cuda/dense.h"

/* key[i] is the i-th smallest key, and order[i] where it stood; equal ones keep their order. */
struct lun_sorted_keys {
    uint32_t *key, *order;
};

/* Can count keys below `bound` be sorted? */
static inline bool lun_cuda_sortable(int64_t count, int64_t bound) { return count < INT32_MAX && bound <= UINT32_MAX; }
/* Sorts `count` keys (from 0, below `bound`); x says which device. K is int64_t or uint32_t. False after lun_fail. */
template <class K>
bool lun_cuda_sort_keys(lun_sorted_keys *to, const lun_tensor *x, const K *keys, int64_t count, int64_t bound);
#endif
