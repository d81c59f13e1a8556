/* device.h - what every .cu file starts with: element types, launches, the way from a call to memory
 *
 * A .cu file holds kernels and the functions of the backend's table that launch them (`extern "C" bool lun_cuda_NAME(lun_call *)`). It
 * is compiled twice: by nvcc for the device, and by g++ with LUN_CUDA_HOST, where kernels/cuda/host runs the same kernels
 * block by block on the CPU, which is how they are tested (and watched by the sanitizers) on machines without a GPU. So kernels
 * use what cuda_host.h offers and nothing else: grid and block indices, shared memory, __syncthreads, warp shuffles and votes, atomics.
 * Holds: all work of a device goes to lun_cuda_stream(), in order; nothing here waits for it. Host code never reads device memory.
 * Kernels clamp and flag, they never trap. The door's promises hold (core/apply.h): n >= 1, indices checked and 0-based.
 * Read next: kernels/cuda/backend.c, kernels/cuda/map.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_DEVICE_H
#define LUN_KERNELS_CUDA_DEVICE_H
#ifdef LUN_CUDA_HOST
#include "kernels/cuda/host/cuda_host.h"
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#endif
extern "C" {
#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/params.h"
#include "kernels/iter.h"
}

extern "C" {
/* The stream that work of the current device goes to (kernels/cuda/runtime.cu). */
cudaStream_t lun_cuda_stream(void);
/* True when `result` is success; else false after lun_fail, with `what` (a verb: "launch sum") and CUDA's own words. */
bool lun_cuda_check(cudaError_t result, const char *what);
}

#include "kernels/cuda/element.h"

/* Launches kernel<<<grid, block, shared>>>(arguments) on the current stream; false after lun_fail. Never waits.
 * A template's instance is written lun_cuda_launch("sum", sum_rows<float>, grid, block, 0, x, y, n). */
template <class... P, class... A>
static inline bool lun_cuda_launch(const char *what, void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, A... arguments)
{
#ifdef LUN_CUDA_HOST
    return lun_host_launch(what, grid, block, shared, [=] { kernel(P(arguments)...); });
#else
    kernel<<<grid, block, shared, lun_cuda_stream()>>>(P(arguments)...);
    return lun_cuda_check(cudaPeekAtLastError(), what);
#endif
}

/* LUN_SHARED(T, name) declares T *name: the block's dynamic shared memory, of as many bytes as the launch says, aligned to 16. */
#ifdef LUN_CUDA_HOST
#define LUN_SHARED(T, name) T *name = (T *)lun_host_shared()
#else
#define LUN_SHARED(T, name)                                                                                                      \
    extern __shared__ __align__(16) unsigned char lun_shared_bytes[];                                                            \
    T *name = (T *)lun_shared_bytes
#endif

/* How many blocks of `each` make up n; grids are at most 2^31 - 1 blocks wide, and kernels stride by the grid. */
static inline unsigned lun_blocks(int64_t n, int64_t each, int64_t most = 0x7fffffff)
{
    int64_t blocks = (n + each - 1) / each;
    return (unsigned)(blocks < most ? blocks : most);
}

/* --- from a dtype to a type --------------------------------------------------------------------------------------------------- */

/* Calls f(lun_tag<T>{}) with the type of t: `return lun_by_float(t, [&](auto tag) { using T = typename decltype(tag)::type; ... });`
 * False (an internal error) for other dtypes: the door has refused those before. */
static inline bool lun_no_such_kernel(lun_dtype t)
{
    lun_fail(LUN_E_INTERNAL, "x:cpu() moves it to the CPU", "no CUDA kernel for %s", lun_dtypes[t].name);
    return false;
}
template <class F> static inline bool lun_by_float(lun_dtype t, F f)
{
    switch (t) {
    case LUN_F32: return f(lun_tag<float>{});
    case LUN_F64: return f(lun_tag<double>{});
    case LUN_F16: return f(lun_tag<lun_half>{});
    case LUN_BF16: return f(lun_tag<lun_bf16>{});
    default: return lun_no_such_kernel(t);
    }
}
template <class F> static inline bool lun_by_integer(lun_dtype t, F f) /* bool too, as uint8_t */
{
    switch (t) {
    case LUN_I8: return f(lun_tag<int8_t>{});
    case LUN_U8: case LUN_BOOL: return f(lun_tag<uint8_t>{});
    case LUN_I16: return f(lun_tag<int16_t>{});
    case LUN_I32: return f(lun_tag<int32_t>{});
    case LUN_I64: return f(lun_tag<int64_t>{});
    default: return lun_no_such_kernel(t);
    }
}
template <class F> static inline bool lun_by_real(lun_dtype t, F f)
{
    return lun_dtype_is_float(t) ? lun_by_float(t, f) : lun_by_integer(t, f);
}
/* By size only, for kernels that move elements and never look at them. */
struct alignas(16) lun_bytes16 { uint64_t a, b; };
template <class F> static inline bool lun_by_size(lun_dtype t, F f)
{
    switch (lun_dtype_size(t)) {
    case 1: return f(lun_tag<uint8_t>{});
    case 2: return f(lun_tag<uint16_t>{});
    case 4: return f(lun_tag<uint32_t>{});
    case 8: return f(lun_tag<uint64_t>{});
    default: return f(lun_tag<lun_bytes16>{});
    }
}
template <class T> static inline T *lun_at(const lun_tensor *x) { return (T *)lun_data(x); }

/* --- walking strided tensors -------------------------------------------------------------------------------------------------- */

/* A merged iteration (kernels/iter.h) in the form that kernels take by value: dims innermost first, strides in bytes. */
enum { LUN_WALK_OPERANDS = 5 };
struct lun_walk {
    int ndim, count;
    int64_t numel;
    int64_t dims[LUN_MAX_DIMS];
    int64_t strides[LUN_WALK_OPERANDS][LUN_MAX_DIMS];
    char *data[LUN_WALK_OPERANDS];
};
static inline lun_walk lun_walk_of(const lun_iter *it)
{
    lun_walk w{};
    w.ndim = it->ndim;
    w.count = it->count;
    w.numel = it->numel;
    for (int d = 0; d < it->ndim; d++) {
        w.dims[d] = it->dims[it->ndim - 1 - d];
        for (int k = 0; k < it->count; k++) w.strides[k][d] = it->operand[k].strides[it->ndim - 1 - d];
    }
    for (int k = 0; k < it->count; k++) w.data[k] = it->operand[k].data;
    return w;
}
/* Byte offsets of the operands at linear position i. */
static __device__ __forceinline__ void lun_walk_at(const lun_walk &w, int64_t i, int64_t *at)
{
    for (int k = 0; k < LUN_WALK_OPERANDS; k++) at[k] = 0;
    if (w.numel <= 0x7fffffff) {
        unsigned rest = (unsigned)i;
        for (int d = 0; d < w.ndim; d++) {
            unsigned n = (unsigned)w.dims[d], q = rest / n, r = rest - q * n;
            rest = q;
            for (int k = 0; k < LUN_WALK_OPERANDS; k++) at[k] += (int64_t)r * w.strides[k][d];
        }
        return;
    }
    int64_t rest = i;
    for (int d = 0; d < w.ndim; d++) {
        int64_t q = rest / w.dims[d], r = rest - q * w.dims[d];
        rest = q;
        for (int k = 0; k < LUN_WALK_OPERANDS; k++) at[k] += r * w.strides[k][d];
    }
}
#endif
