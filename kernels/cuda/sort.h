/* sort.h - keys that order as elements do, and sorting lines by them
 *
 * An element becomes an unsigned key of its own width: NaN largest, -0 equal to 0; inverted for descending order. Equal keys
 * stay in the order of their positions. Read next: kernels/cuda/sort.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SORT_H
#define LUN_KERNELS_CUDA_SORT_H
#include "kernels/cuda/scan.h"

/* type: of a key; BITS: how many of its bits are used. */
template <class T> struct lun_sort_key { using type = uint32_t; enum { BITS = 8 * sizeof(T) }; };
template <> struct lun_sort_key<double> { using type = uint64_t; enum { BITS = 64 }; };
template <> struct lun_sort_key<int64_t> { using type = uint64_t; enum { BITS = 64 }; };

static __device__ __forceinline__ uint32_t lun_key_of(float v)
{
    uint32_t bits = __float_as_uint(v == 0 ? 0.0F : v);
    return v != v ? 0xffffffffU : bits >> 31 ? ~bits : bits | 0x80000000U;
}
static __device__ __forceinline__ uint64_t lun_key_of(double v)
{
    uint64_t bits = (uint64_t)__double_as_longlong(v == 0 ? 0.0 : v);
    return v != v ? ~(uint64_t)0 : bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}
static __device__ __forceinline__ uint32_t lun_half_key(uint32_t bits, uint32_t infinity)
{
    if ((bits & 0x7fffU) > infinity) return 0xffffU;
    if ((bits & 0x7fffU) == 0) return 0x8000U;
    return bits >> 15 ? ~bits & 0xffffU : bits | 0x8000U;
}
static __device__ __forceinline__ uint32_t lun_key_of(lun_half v) { return lun_half_key(v.bits, 0x7c00U); }
static __device__ __forceinline__ uint32_t lun_key_of(lun_bf16 v) { return lun_half_key(v.bits, 0x7f80U); }
static __device__ __forceinline__ uint32_t lun_key_of(int8_t v) { return (uint32_t)(v + 128); }
static __device__ __forceinline__ uint32_t lun_key_of(uint8_t v) { return v; }
static __device__ __forceinline__ uint32_t lun_key_of(int16_t v) { return (uint32_t)(v + 32768); }
static __device__ __forceinline__ uint32_t lun_key_of(uint32_t v) { return v; }
static __device__ __forceinline__ uint32_t lun_key_of(int32_t v) { return (uint32_t)v ^ 0x80000000U; }
static __device__ __forceinline__ uint64_t lun_key_of(int64_t v) { return (uint64_t)v ^ (uint64_t)1 << 63; }

/* All used bits set: what a key is combined with (by xor) for descending order. */
template <class T> __host__ __device__ inline typename lun_sort_key<T>::type lun_key_mask()
{
    using K = typename lun_sort_key<T>::type;
    return (K)~(K)0 >> (8 * sizeof(K) - lun_sort_key<T>::BITS);
}

/* Lines of n elements side by side; results are `inner` apart: [lines / inner][k][inner]. */
struct lun_sort_lines { int64_t lines, n, k, inner; bool descending; };

/* The first k of each line in order, into values (NULL: not wanted) and places (from 0). False after lun_fail. n < 2^32. */
bool lun_sort_run(lun_call *c, lun_dtype type, const void *x, lun_sort_lines s, void *values, int64_t *places);
/* x with dim d moved to the end, in row-major order, outside any graph; NULL after lun_fail. */
lun_tensor *lun_lines_of_dim(lun_tensor *x, int d);
/* False after lun_fail where a line is too long for positions of 32 bits. */
bool lun_sort_fits(int64_t n);

/* select.cu: the k first of each line, found by narrowing a key down digit by digit, into list [line][k], in no order that
 * matters. */
template <class T> bool lun_select_run(lun_call *c, const T *x, lun_sort_lines s, uint32_t *list);
#endif
