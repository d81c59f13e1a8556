/* dense.h - tensors of a call as plain memory, scratch memory, and single values, from inside a CUDA kernel function
 *
 * Holds: what is returned is scoped, and its memory is given back in the order of the stream. Numbers (0-d tensors) may lie on
 * the host or on the device. Read next: kernels/cuda/dense.cu, kernels/cuda/index.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_DENSE_H
#define LUN_KERNELS_CUDA_DENSE_H
#include "kernels/cuda/device.h"

/* x, or a number that lies on the host, into `to`, broadcast and converted; `to` may be strided, and empty. */
bool lun_cuda_assign(const lun_tensor *to, const lun_tensor *x);
/* The elements of x, which lies on the device, as `as`, row-major: x itself where it is that already. NULL after lun_fail. */
const lun_tensor *lun_cuda_dense(const lun_tensor *x, lun_dtype as);
/* Zeros into memory of the device. */
bool lun_cuda_zero(void *data, size_t bytes);
/* Scratch memory of the current call on the device of x; NULL after lun_fail. */
void *lun_cuda_scratch(const lun_tensor *x, size_t bytes);
template <class T> static inline T *lun_cuda_room(const lun_tensor *x, int64_t n)
{
    return (T *)lun_cuda_scratch(x, (size_t)(n > 0 ? n : 1) * sizeof(T));
}

/* One element of a given dtype, wherever the 0-d tensor it comes from lies: kernels take it by value and call lun_value_of.
 */
struct lun_cuda_value {
    alignas(16) char bytes[16];
    const void *device; /* NULL: bytes holds it */
};
bool lun_cuda_value_read(lun_cuda_value *v, const lun_tensor *x, lun_dtype as);
template <class T> static __device__ __forceinline__ T lun_value_of(const lun_cuda_value &v)
{
    return v.device ? *(const T *)v.device : *(const T *)v.bytes;
}

/* Kernels that find their elements by division run on 32-bit numbers where those do: calls f(lun_tag<uint32_t or int64_t>{}).
 * `largest` bounds all positions, the grid's own overshoot included. */
template <class F> static inline bool lun_by_width(int64_t largest, F f)
{
    if (largest <= 0x40000000) return f(lun_tag<uint32_t>{});
    return f(lun_tag<int64_t>{});
}
/* Where a thread of a one-dimensional grid begins, and how far apart its elements are. */
template <class I> static __device__ __forceinline__ I lun_thread(void) { return (I)blockIdx.x * blockDim.x + threadIdx.x; }
template <class I> static __device__ __forceinline__ I lun_threads(void) { return (I)gridDim.x * blockDim.x; }

/* a / n for numbers that are not negative, in 32 bits where they fit. */
static __device__ __forceinline__ int64_t lun_divide(int64_t a, int64_t n)
{
    return (uint64_t)(a | n) <= 0xffffffffU ? (int64_t)((uint32_t)a / (uint32_t)n) : a / n;
}

enum { LUN_CUDA_BLOCK = 256, LUN_CUDA_GRID = 132 * 32 };
/* Launches a kernel over n elements, a thread for each up to what fills the device; kernels stride by the grid. */
static inline unsigned lun_cuda_grid(int64_t n) { return lun_blocks(n, LUN_CUDA_BLOCK, LUN_CUDA_GRID); }
template <class... P, class... A>
static inline bool lun_cuda_over(const char *what, void (*kernel)(P...), int64_t n, A... arguments)
{
    return n <= 0 || lun_cuda_launch(what, kernel, lun_cuda_grid(n), LUN_CUDA_BLOCK, 0, arguments...);
}
#endif
