/* tensor_core.h - 16 x 8 x 16 products of half precision on tensor cores, and how their operands come from shared memory; floats
 *
 * A warp multiplies: each lane holds some elements of each matrix (PTX ISA, "Matrix Fragments for mma.m16n8k16"). With g = lane / 4 and
 * t = lane % 4: of a (16 x 16) registers 0..3 hold rows g, g + 8, g, g + 8 at columns 2t, 2t, 2t + 8, 2t + 8, each with the column
 * after it; of b (16 x 8) registers 0, 1 hold rows 2t, 2t + 8 (and the one after) at column g; of c (16 x 8) floats 0..3 are rows g, g,
 * g + 8, g + 8 at columns 2t, 2t + 1, 2t, 2t + 1.
 * A float is the sum of two numbers of TF32's 11 bits, to 2^-23 of it: three 16 x 8 x 8 products make one of floats. There registers
 * 0..3 of a (16 x 8) hold rows g, g + 8, g, g + 8 at columns t, t, t + 4, t + 4; 0, 1 of b (8 x 8) rows t, t + 4 at column g; c is as above.
 * (Markidis et al., "NVIDIA Tensor Core Programmability, Performance & Precision", 2018, on splitting.)
 * The host device moves the same elements by shuffles, so the index arithmetic of the kernels is what its tests run.
 * Holds: sums are float. Rows of tiles in shared memory begin at multiples of 16 bytes. Read next: kernels/cuda/attention_tensor.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_TENSOR_CORE_H
#define LUN_KERNELS_CUDA_TENSOR_CORE_H
#include "kernels/cuda/device.h"

static __device__ __forceinline__ int lun_lane() { return (int)(threadIdx.x & 31); }

#ifdef LUN_CUDA_HOST
static inline const uint16_t *lun_host_row_of(const void *own, int lane)
{
    return (const uint16_t *)(uintptr_t)__shfl_sync(0xffffffff, (uint64_t)(uintptr_t)own, lane);
}
/* Four 8 x 8 matrices; lane i says where row i % 8 of matrix i / 8 begins. */
static inline void lun_load_matrices(uint32_t to[4], const void *row)
{
    const int g = lun_lane() / 4, t = lun_lane() % 4;
    for (int m = 0; m < 4; m++) {
        const uint16_t *r = lun_host_row_of(row, m * 8 + g);
        to[m] = r[2 * t] | (uint32_t)r[2 * t + 1] << 16;
    }
}
static inline void lun_load_transposed(uint32_t to[4], const void *row)
{
    const int g = lun_lane() / 4, t = lun_lane() % 4;
    for (int m = 0; m < 4; m++) {
        const uint16_t *first = lun_host_row_of(row, m * 8 + 2 * t), *second = lun_host_row_of(row, m * 8 + 2 * t + 1);
        to[m] = first[g] | (uint32_t)second[g] << 16;
    }
}
/* Two floats as a pair of halves, the first one low. */
template <class T> static inline uint32_t lun_pair(float low, float high)
{
    return (uint32_t)lun_store<T>(low).bits | (uint32_t)lun_store<T>(high).bits << 16;
}
static inline float lun_exp2(float v) { return exp2f(v); }
template <class T> static inline float lun_host_element(uint32_t pair, int which)
{
    uint16_t bits = (uint16_t)(pair >> (16 * which));
    T v;
    memcpy(&v, &bits, sizeof v);
    return lun_load(v);
}
template <class T> static inline void lun_multiply_matrices(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1)
{
    const int g = lun_lane() / 4, t = lun_lane() % 4;
    float sum[4] = {0, 0, 0, 0};
    for (int k = 0; k < 16; k++) {
        const int from = k % 8 / 2, high = k / 8, which = k % 2; /* lane of the group, register, half */
        uint32_t upper = __shfl_sync(0xffffffff, a[2 * high], g * 4 + from), lower = __shfl_sync(0xffffffff, a[2 * high + 1], g * 4 + from);
        uint32_t b = high ? b1 : b0;
        uint32_t left = __shfl_sync(0xffffffff, b, 2 * t * 4 + from), right = __shfl_sync(0xffffffff, b, (2 * t + 1) * 4 + from);
        float x[2] = {lun_host_element<T>(upper, which), lun_host_element<T>(lower, which)};
        float y[2] = {lun_host_element<T>(left, which), lun_host_element<T>(right, which)};
        for (int i = 0; i < 4; i++) sum[i] += x[i / 2] * y[i % 2];
    }
    for (int i = 0; i < 4; i++) c[i] += sum[i];
}
static inline float lun_host_tf32(uint32_t bits) { return __uint_as_float(bits & 0xffffe000U); }
static inline void lun_multiply_tf32(float c[4], const uint32_t a[4], const uint32_t b[2])
{
    const int g = lun_lane() / 4, t = lun_lane() % 4;
    float sum[4] = {0, 0, 0, 0};
    for (int k = 0; k < 8; k++) {
        const int from = k % 4, high = k / 4;
        float x[2], y[2];
        for (int i = 0; i < 2; i++) x[i] = lun_host_tf32(__shfl_sync(0xffffffff, a[2 * high + i], g * 4 + from));
        for (int i = 0; i < 2; i++) y[i] = lun_host_tf32(__shfl_sync(0xffffffff, b[high], (2 * t + i) * 4 + from));
        for (int i = 0; i < 4; i++) sum[i] += x[i / 2] * y[i % 2];
    }
    for (int i = 0; i < 4; i++) c[i] += sum[i];
}
static inline void lun_copy_begin(void *to, const void *from, bool there) { lun_host_copy(to, from, there); }
static inline void lun_copy_commit() { lun_host_copy_commit(); }
template <int N> static inline void lun_copy_wait() { lun_host_copy_wait(N); }
#else
template <class T> static __device__ __forceinline__ uint32_t lun_pair(float low, float high);
template <> __device__ __forceinline__ uint32_t lun_pair<lun_half>(float low, float high)
{
    uint32_t pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}
template <> __device__ __forceinline__ uint32_t lun_pair<lun_bf16>(float low, float high)
{
    uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}
/* To 2 ulp; results below the normal numbers are 0. */
static __device__ __forceinline__ float lun_exp2(float v)
{
    asm("ex2.approx.ftz.f32 %0, %0;" : "+f"(v));
    return v;
}
static __device__ __forceinline__ void lun_load_matrices(uint32_t to[4], const void *row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"((uint32_t)__cvta_generic_to_shared(row)) : "memory");
}
static __device__ __forceinline__ void lun_load_transposed(uint32_t to[4], const void *row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"((uint32_t)__cvta_generic_to_shared(row)) : "memory");
}
template <class T> static __device__ __forceinline__ void lun_multiply_matrices(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1);
template <> __device__ __forceinline__ void lun_multiply_matrices<lun_half>(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
template <> __device__ __forceinline__ void lun_multiply_matrices<lun_bf16>(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
/* The low 13 bits of operands are not looked at. */
static __device__ __forceinline__ void lun_multiply_tf32(float c[4], const uint32_t a[4], const uint32_t b[2])
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
/* 16 bytes from global to shared memory; zeros when there is nothing to copy. Asynchronous: what was begun before the last N commits is
 * there after lun_copy_wait<N> and a barrier. */
static __device__ __forceinline__ void lun_copy_begin(void *to, const void *from, bool there)
{
    int bytes = there ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"((uint32_t)__cvta_generic_to_shared(to)), "l"(from), "r"(bytes) : "memory");
}
static __device__ __forceinline__ void lun_copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> static __device__ __forceinline__ void lun_copy_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }
#endif

/* N floats as pairs of numbers of TF32, both rounded to nearest. Of what is not finite nothing is left over. */
template <int N> struct lun_split_floats {
    uint32_t high[N], low[N];
    __device__ __forceinline__ void set(int i, float v)
    {
        const bool finite = fabsf(v) < INFINITY;
        high[i] = (__float_as_uint(v) + (finite ? 0x1000U : 0U)) & 0xffffe000U;
        low[i] = finite ? __float_as_uint(v - __uint_as_float(high[i])) + 0x1000U : 0U;
    }
};
static __device__ __forceinline__ void lun_multiply_split(float c[4], const lun_split_floats<4> &a, const lun_split_floats<2> &b)
{
    lun_multiply_tf32(c, a.low, b.high);
    lun_multiply_tf32(c, a.high, b.low);
    lun_multiply_tf32(c, a.high, b.high);
}

/* A tile in shared memory: rows PITCH elements apart, where (2 PITCH) % 128 is 16, so that 8 rows never share a bank. */
template <class T, int PITCH> struct lun_tile {
    const T *data;
    /* a: rows row.. (16) at columns col.. (16) */
    __device__ __forceinline__ void left(uint32_t to[4], int row, int col) const
    {
        lun_load_matrices(to, data + (row + (lun_lane() & 15)) * PITCH + col + (lun_lane() >> 4) * 8);
    }
    /* b of two products, from a tile that holds it transposed: columns of b are rows row.. (16) of the tile; registers 0, 1 and 2, 3 */
    __device__ __forceinline__ void right(uint32_t to[4], int row, int col) const
    {
        lun_load_matrices(to, data + (row + (lun_lane() & 7) + (lun_lane() >> 4) * 8) * PITCH + col + (lun_lane() >> 3 & 1) * 8);
    }
    /* b of two products as it lies: rows row.. (16), columns col.. (8) and col + 8.. */
    __device__ __forceinline__ void straight(uint32_t to[4], int row, int col) const
    {
        lun_load_transposed(to, data + (row + (lun_lane() & 15)) * PITCH + col + (lun_lane() >> 4) * 8);
    }
};
#endif
