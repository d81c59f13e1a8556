/* language.h - CUDA C++ as plain C++: keywords, vector types, where a thread is, barriers, warps
 *
 * Holds: __noinline__ and friends become macros here, so the standard headers that use those words are included before.
 * Read next: launch.cpp, which runs the threads. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_LANGUAGE_H
#define LUN_KERNELS_CUDA_HOST_LANGUAGE_H
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <math.h>
#include <map>
#include <mutex>
#include <new>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __shared__ static /* blocks run one after another, so one copy serves all */
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(bytes) alignas(bytes)
#define __grid_constant__
#define CUDART_INF_F INFINITY
#define CUDART_NAN_F NAN
#define CUDART_INF ((double)INFINITY)
#define CUDART_NAN ((double)NAN)

struct uint3 { unsigned x, y, z; };
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

/* Vector types, aligned as CUDA aligns them. */
#define LUN_HOST_VECTOR(T, name)                                                                                                 \
    struct alignas(sizeof(T)) name##1 { T x; };                                                                                  \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                                                           \
    struct name##3 { T x, y, z; };                                                                                               \
    struct alignas(sizeof(T) == 8 ? 16 : 4 * sizeof(T)) name##4 { T x, y, z, w; };                                               \
    static inline name##1 make_##name##1(T x) { return name##1{x}; }                                                             \
    static inline name##2 make_##name##2(T x, T y) { return name##2{x, y}; }                                                     \
    static inline name##3 make_##name##3(T x, T y, T z) { return name##3{x, y, z}; }                                             \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return name##4{x, y, z, w}; }
LUN_HOST_VECTOR(signed char, char)
LUN_HOST_VECTOR(unsigned char, uchar)
LUN_HOST_VECTOR(short, short)
LUN_HOST_VECTOR(unsigned short, ushort)
LUN_HOST_VECTOR(int, int)
LUN_HOST_VECTOR(long long, longlong)
LUN_HOST_VECTOR(unsigned long long, ulonglong)
LUN_HOST_VECTOR(float, float)
LUN_HOST_VECTOR(double, double)
#undef LUN_HOST_VECTOR
struct alignas(4) uint1 { unsigned x; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
static inline uint2 make_uint2(unsigned x, unsigned y) { return uint2{x, y}; }
static inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return uint3{x, y, z}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return uint4{x, y, z, w}; }

/* Where the running thread is. The scheduler changes these when it changes threads. */
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
static const int warpSize = 32;

/* Runs body once for each thread of the grid; false after lun_fail. `what` is the verb of the error's text. */
bool lun_host_launch(const char *what, dim3 grid, dim3 block, size_t shared, const std::function<void()> &body);
/* The block's dynamic shared memory. */
void *lun_host_shared(void);

/* A thread waits here for the other threads of its block. Where it stands is part of the error if they never come. */
enum lun_host_barrier { LUN_HOST_SYNC, LUN_HOST_OR, LUN_HOST_AND, LUN_HOST_COUNT };
int lun_host_block(lun_host_barrier kind, int value, const char *file, int line);
/* A lane waits here for the lanes of its warp that mask names, then has the value of lane `source`. */
enum lun_host_warp { LUN_HOST_SYNCWARP, LUN_HOST_SHUFFLE, LUN_HOST_BALLOT };
uint64_t lun_host_warp_value(lun_host_warp kind, unsigned mask, uint64_t value, int source, const char *file, int line);
int lun_host_lane(void);

#define LUN_HOST_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()
static inline void __syncthreads(LUN_HOST_HERE) { lun_host_block(LUN_HOST_SYNC, 0, file, line); }
static inline int __syncthreads_or(int v, LUN_HOST_HERE) { return lun_host_block(LUN_HOST_OR, v != 0, file, line); }
static inline int __syncthreads_and(int v, LUN_HOST_HERE) { return lun_host_block(LUN_HOST_AND, v != 0, file, line); }
static inline int __syncthreads_count(int v, LUN_HOST_HERE) { return lun_host_block(LUN_HOST_COUNT, v != 0, file, line); }
static inline void __syncwarp(unsigned mask = 0xffffffff, LUN_HOST_HERE)
{
    lun_host_warp_value(LUN_HOST_SYNCWARP, mask, 0, 0, file, line);
}

template <class T> static inline T lun_host_shuffle(unsigned mask, T v, int source, const char *file, int line)
{
    static_assert(std::is_arithmetic<T>::value && (sizeof(T) == 4 || sizeof(T) == 8), "CUDA shuffles 4 and 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof v);
    bits = lun_host_warp_value(LUN_HOST_SHUFFLE, mask, bits, source, file, line);
    memcpy(&v, &bits, sizeof v);
    return v;
}
/* A source outside of the lane's group of `width` gives the lane its own value, as in CUDA. */
template <class T> static inline T __shfl_sync(unsigned mask, T v, int source, int width = 32, LUN_HOST_HERE)
{
    int lane = lun_host_lane();
    return lun_host_shuffle(mask, v, (lane & ~(width - 1)) | (source & (width - 1)), file, line);
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T v, unsigned by, int width = 32, LUN_HOST_HERE)
{
    int lane = lun_host_lane(), first = lane & ~(width - 1), source = lane - (int)by;
    return lun_host_shuffle(mask, v, source < first ? lane : source, file, line);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32, LUN_HOST_HERE)
{
    int lane = lun_host_lane(), last = lane | (width - 1), source = lane + (int)by;
    return lun_host_shuffle(mask, v, source > last ? lane : source, file, line);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T v, int by, int width = 32, LUN_HOST_HERE)
{
    int lane = lun_host_lane(), source = lane ^ by;
    return lun_host_shuffle(mask, v, source > (lane | (width - 1)) ? lane : source, file, line);
}
static inline unsigned __ballot_sync(unsigned mask, int v, LUN_HOST_HERE)
{
    return (unsigned)lun_host_warp_value(LUN_HOST_BALLOT, mask, v != 0, 0, file, line);
}
static inline int __any_sync(unsigned mask, int v, LUN_HOST_HERE) { return __ballot_sync(mask, v, file, line) != 0; }
static inline int __all_sync(unsigned mask, int v, LUN_HOST_HERE) { return __ballot_sync(mask, v, file, line) == mask; }
static inline unsigned __activemask(void) { return 1U << lun_host_lane(); } /* the only lane that certainly runs */
#undef LUN_HOST_HERE

/* 16 bytes that a thread copies to shared memory beside its other work (cp.async), zeros where `there` is false; after a wait all of its
 * copies are done but those of the last `open` commits. They are done then and no sooner, or, where the order of blocks is shuffled, some at
 * once: so a wait that is missing shows, and a place that is written while others still read it. */
void lun_host_copy(void *to, const void *from, bool there);
void lun_host_copy_commit(void);
void lun_host_copy_wait(int open);

static inline void __threadfence(void) {}
static inline void __threadfence_block(void) {}
static inline void __threadfence_system(void) {}
static inline void __nanosleep(unsigned) {}
#endif
