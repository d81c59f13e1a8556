/* window.h - which outputs one element of a moving window reaches
 *
 * Output o of a dim reads input o * stride - pad + k * dilation for element k of the window. Read next: kernels/cpu/conv.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WINDOW_H
#define LUN_KERNELS_CPU_WINDOW_H
#include <stdint.h>

/* The outputs first..last-1 of `out` that read inside an input of size `in`; shift is k * dilation - pad. Empty: first = last. */
static inline void lun_reach(int64_t in, int64_t out, int64_t stride, int64_t shift, int64_t *first, int64_t *last)
{
    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    *last = in - shift <= 0 ? 0 : (in - shift - 1) / stride + 1;
    if (*last > out) *last = out;
    if (*first > *last) *first = *last;
}
#endif
