/* block.h - folds over the threads of a warp or of a block, and writing a result in the dtype asked for
 *
 * Holds: a fold has one order, so its bits depend on the number of threads only; all lanes of all warps of the block take part,
 * blocks are one-dimensional with a multiple of 32 threads. States are plain structs of 32-bit words.
 * Read next: kernels/cuda/reduce.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_BLOCK_H
#define LUN_KERNELS_CUDA_BLOCK_H
#include "kernels/cuda/device.h"

#include <string.h>

enum { LUN_WARP = 32 };
#define LUN_LANES 0xffffffffU
#ifdef __CUDACC__
#define LUN_UNROLL _Pragma("unroll")
#else
#define LUN_UNROLL
#endif

/* Each 32-bit word of v by way of `shuffle`. */
template <class S, class F> __device__ __forceinline__ S lun_lane_words(S v, F shuffle)
{
    static_assert(sizeof(S) % 4 == 0, "a state is made of 32-bit words");
    unsigned word[sizeof(S) / 4];
    memcpy(word, &v, sizeof v);
    for (unsigned k = 0; k < sizeof(S) / 4; k++) word[k] = shuffle(word[k]);
    memcpy(&v, word, sizeof v);
    return v;
}
/* v of the lane whose number differs from this one's by the bits of `mask`; and of lane `from`; and of `by` lanes before. */
template <class S> __device__ __forceinline__ S lun_lane_across(S v, int mask)
{
    return lun_lane_words(v, [mask](unsigned word) { return __shfl_xor_sync(LUN_LANES, word, mask); });
}
template <class S> __device__ __forceinline__ S lun_lane_of(S v, int from)
{
    return lun_lane_words(v, [from](unsigned word) { return __shfl_sync(LUN_LANES, word, from); });
}
template <class S> __device__ __forceinline__ S lun_lane_before(S v, int by)
{
    return lun_lane_words(v, [by](unsigned word) { return __shfl_up_sync(LUN_LANES, word, (unsigned)by); });
}

/* Folds v over groups of `lanes` neighbouring lanes (a power of two, at most 32); join commutes, so every lane gets the
 * result. */
template <class S, class J> __device__ __forceinline__ S lun_group_fold(S v, int lanes, J join)
{
    for (int step = lanes / 2; step; step /= 2) v = join(v, lun_lane_across(v, step));
    return v;
}
template <class S, class J> __device__ __forceinline__ S lun_warp_fold(S v, J join)
{
    LUN_UNROLL
    for (int step = LUN_WARP / 2; step; step /= 2) v = join(v, lun_lane_across(v, step));
    return v;
}
/* Folds v over the block; every thread gets the result. `room` is shared memory for 32 states, `none` changes nothing when
 * joined. */
template <class S, class J> __device__ __forceinline__ S lun_block_fold(S v, S none, S *room, J join)
{
    unsigned warps = blockDim.x / LUN_WARP, lane = threadIdx.x % LUN_WARP;
    v = lun_warp_fold(v, join);
    if (warps == 1) return v;
    __syncthreads(); /* what an earlier fold left there has been read */
    if (lane == 0) room[threadIdx.x / LUN_WARP] = v;
    __syncthreads();
    return lun_warp_fold(lane < warps ? room[lane] : none, join);
}

struct lun_add_join {
    template <class S> __device__ S operator()(S a, S b) const { return a + b; }
};
/* The larger one; a NaN is passed over, as in the CPU's rows. */
struct lun_larger_join {
    template <class S> __device__ S operator()(S a, S b) const { return b > a ? b : a; }
};

/* Element `at` of an array of dtype `type`, from a wide value. */
static __device__ __forceinline__ void lun_put(void *to, int type, int64_t at, double v)
{
    switch (type) {
    case LUN_F32: ((float *)to)[at] = (float)v; break;
    case LUN_F64: ((double *)to)[at] = v; break;
    case LUN_F16: ((lun_half *)to)[at] = lun_half_of((float)v); break;
    default: ((lun_bf16 *)to)[at] = lun_bf16_of((float)v);
    }
}
static __device__ __forceinline__ void lun_put(void *to, int type, int64_t at, int64_t v)
{
    switch (type) {
    case LUN_I8: ((int8_t *)to)[at] = (int8_t)v; break;
    case LUN_U8: ((uint8_t *)to)[at] = (uint8_t)v; break;
    case LUN_I16: ((int16_t *)to)[at] = (int16_t)v; break;
    case LUN_I32: ((int32_t *)to)[at] = (int32_t)v; break;
    case LUN_I64: ((int64_t *)to)[at] = v; break;
    default: ((uint8_t *)to)[at] = v != 0;
    }
}

/* 16 bytes of elements, read and written at once. */
template <class T> struct alignas(16) lun_pack {
    enum { COUNT = 16 / sizeof(T) };
    T at[COUNT];
};

/* The type a sum of T is kept in. */
template <class T> struct lun_total { using type = int64_t; };
template <> struct lun_total<float> { using type = double; };
template <> struct lun_total<double> { using type = double; };
template <> struct lun_total<lun_half> { using type = double; };
template <> struct lun_total<lun_bf16> { using type = double; };

/* Scratch memory of the call's device, its own as long as the kernel function runs; NULL after lun_fail. */
static inline void *lun_scratch(const lun_call *c, size_t bytes)
{
    int64_t n = (int64_t)bytes;
    lun_tensor *room = lun_tensor_empty(LUN_U8, 1, &n, lun_tensor_device(c->out[0]));
    return room ? lun_data(room) : NULL;
}
/* x in row-major order as `dtype`, outside any graph; NULL after lun_fail, LUN_NONE for LUN_NONE. */
static inline lun_tensor *lun_plain(lun_tensor *x, lun_dtype dtype)
{
    if (lun_is_none(x) || (x->dtype == dtype && lun_is_contiguous(x))) return x;
    return lun_contiguous(lun_to_dtype(lun_tensor_alias(x), dtype));
}
/* Its data; NULL for LUN_NONE. */
template <class T> static inline T *lun_given(const lun_tensor *x) { return lun_is_none(x) ? NULL : lun_at<T>(x); }
#endif
