/* fused_plan.h - where the operands of a fused launch are, and which numbers go along
 *
 * Read next: kernels/cuda/fused.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FUSED_PLAN_H
#define LUN_KERNELS_CUDA_FUSED_PLAN_H

enum { LUN_FUSED_MEMORY = 24, LUN_FUSED_STRIDES = 64, LUN_FUSED_NUMBERS = 48, LUN_FUSED_DIMS = 8 };
enum lun_fused_form { LUN_FUSED_STEPS_APART, LUN_FUSED_ROW, LUN_FUSED_ONE }; /* any inner stride; side by side and aligned; 0 */

typedef struct lun_fused_memory { char *data; unsigned char form, dtype, reg; } lun_fused_memory;

typedef struct lun_fused_plan {
    long long n;
    int ndim, per;                              /* elements of a thread, which follow each other in the innermost dim */
    int narrow;                                 /* n < 2^31: positions are divided in 32 bits, by multiplication */
    long long dims[LUN_FUSED_DIMS];             /* innermost first */
    unsigned times[LUN_FUSED_DIMS], shift[LUN_FUSED_DIMS];
    long long strides[LUN_FUSED_STRIDES];       /* bytes; of operand k from k * ndim on, innermost first */
    lun_fused_memory operand[LUN_FUSED_MEMORY];
    unsigned long long number[LUN_FUSED_NUMBERS]; /* in the lowest bytes, as the lane has it */
} lun_fused_plan;

/* The coordinates of position i; what lies beyond ndim is 0. */
static __device__ __forceinline__ void lun_fused_place(const lun_fused_plan &p, long long i, long long *at)
{
#pragma unroll
    for (int d = 0; d < LUN_FUSED_DIMS; d++) at[d] = 0;
#pragma unroll
    for (int d = 0; d < LUN_FUSED_DIMS; d++) {
        long long quotient = 0;
        if (d == p.ndim) break;
        if (d < p.ndim - 1) {
            if (p.narrow) quotient = ((((unsigned long long)(unsigned)i * p.times[d]) >> 32) + (unsigned)i) >> p.shift[d];
            else quotient = i / p.dims[d];
        }
        at[d] = i - quotient * p.dims[d];
        i = quotient;
    }
}

/* The operand's first element of the thread. */
static __device__ __forceinline__ char *lun_fused_at(const lun_fused_plan &p, int operand, const long long *at)
{
    const long long *strides = p.strides + operand * p.ndim;
    long long offset = at[0] * strides[0];
#pragma unroll
    for (int d = 1; d < LUN_FUSED_DIMS; d++) {
        if (d == p.ndim) break;
        offset += at[d] * strides[d];
    }
    return p.operand[operand].data + offset;
}
#endif
