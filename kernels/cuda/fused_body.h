/* fused_body.h - how a fused launch brings a thread's elements and stores them
 *
 * Read by the interpreter (fused.cu) and by texts that are compiled while the program runs (fused_text.cu).
 * Read next: kernels/cuda/fused_plan.h, kernels/cuda/words.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FUSED_BODY_H
#define LUN_KERNELS_CUDA_FUSED_BODY_H
#include "kernels/cuda/convert.h"
#include "kernels/cuda/fused_plan.h"
#include "kernels/cuda/words.h"

/* `count` elements E of operand o from `from` on, `stride` bytes apart, as lane W has them; 0 behind them. */
template <class E, int V, class W>
static __device__ __forceinline__ void lun_fused_load(const lun_fused_memory &o, const char *from, long long stride, int count, W *to)
{
    if (V > 1 && o.form == LUN_FUSED_ROW && count == V) {
        const lun_pack<E, V> some = *(const lun_pack<E, V> *)(const void *)from;
#pragma unroll
        for (int j = 0; j < V; j++) to[j] = lun_widen<W>(some.e[j]);
    } else {
        to[0] = lun_widen<W>(*(const E *)(const void *)from);
#pragma unroll
        for (int j = 1; j < V; j++)
            to[j] = o.form == LUN_FUSED_ONE ? to[0] : j < count ? lun_widen<W>(*(const E *)(const void *)(from + j * stride)) : W(0);
    }
}

template <class E, int V, class W>
static __device__ __forceinline__ void lun_fused_store(const lun_fused_memory &o, char *to, long long stride, int count, const W *from)
{
    if (V > 1 && o.form == LUN_FUSED_ROW && count == V) {
        lun_pack<E, V> some;
#pragma unroll
        for (int j = 0; j < V; j++) some.e[j] = lun_narrow<E>(from[j]);
        *(lun_pack<E, V> *)(void *)to = some;
    } else {
#pragma unroll
        for (int j = 0; j < V; j++)
            if (j < count) *(E *)(void *)(to + j * stride) = lun_narrow<E>(from[j]);
    }
}

/* A number of the launch, as lane T has it. */
template <class T> static __device__ __forceinline__ T lun_fused_number_of(const lun_fused_plan &p, int k)
{
    T v;
    const unsigned long long bytes = p.number[k];
    memcpy((void *)&v, &bytes, sizeof v);
    return v;
}
/* What is left of a value that is stored as E. */
template <class E, class W> static __device__ __forceinline__ W lun_fused_as(W v) { return lun_widen<W>(lun_narrow<E>(v)); }
#endif
