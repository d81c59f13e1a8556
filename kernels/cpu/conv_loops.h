/* conv_loops.h - the wide loop of convolution with few outputs
 *
 * Read next: kernels/cpu/conv_loops.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CONV_LOOPS_H
#define LUN_KERNELS_CPU_CONV_LOOPS_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

enum { LUN_CONV_FEW = 8 }; /* outputs in a block */

typedef struct lun_conv_cells {
    /* y[o * plane + i] = start[o] + sum over e < k of w[e][o] x[offset[e] + i], for `outs` outputs o of a block and n positions i.
     * Reads up to 64 bytes beyond position n - 1. */
    void (*few)(int64_t n, int64_t k, const int64_t *offset, const void *x, const void *w, const void *start, int outs, int64_t plane, void *y);
} lun_conv_cells;

LUN_EACH_ISA(const lun_conv_cells, lun_conv_cells_f32);
LUN_EACH_ISA(const lun_conv_cells, lun_conv_cells_f64);

static inline const lun_conv_cells *lun_conv_cells_for(lun_dtype type)
{
    return type == LUN_F64 ? &LUN_BY_ISA(lun_conv_cells_f64) : &LUN_BY_ISA(lun_conv_cells_f32);
}
#endif
