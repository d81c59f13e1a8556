/* conv_loops.h - the wide loop of convolution with few outputs
 *
 * Read next: kernels/cpu/conv_loops.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CONV_LOOPS_H
#define LUN_KERNELS_CPU_CONV_LOOPS_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

enum { LUN_CONV_FEW = 8, LUN_CONV_SQUARE = 4 }; /* outputs in a block; in a block of the weights' gradient */

typedef struct lun_conv_weigh { int64_t images, rows, n, x_image, x_row, g_image, g_row, plane; } lun_conv_weigh;

typedef struct lun_conv_cells {
    /* y[o * plane + i] = start[o] + sum over e < k of w[e][o] x[offset[e] + i], for `outs` outputs o of a block and n positions i.
     * Reads up to 64 bytes beyond position n - 1. */
    void (*few)(int64_t n, int64_t k, const int64_t *offset, const void *x, const void *w, const void *start, int outs, int64_t plane, void *y);
    /* sum[e * LUN_CONV_SQUARE + o] += sum over images m, rows r, positions i < n of x[m * x_image + r * x_row + offset[e] + i]
     * g[m * g_image + r * g_row + o * plane + i], for LUN_CONV_SQUARE e and as many o. g is 0 from n up to a multiple of 64 bytes, and g_row
     * is one; x may be read as far. */
    void (*weigh)(const lun_conv_weigh *j, const int64_t *offset, const void *x, const void *g, double *sum);
    /* y[i] = start + sum over e < k of w[e] x[offset[e] + i] for n positions i. Reads up to 256 bytes beyond position n - 1. */
    void (*one)(int64_t n, int64_t k, const int64_t *offset, const void *x, const void *w, double start, void *y);
    /* As weigh for one output (plane is not used), with rows of g that end at n. */
    void (*weigh_one)(const lun_conv_weigh *j, const int64_t *offset, const void *x, const void *g, double *sum);
} lun_conv_cells;

LUN_EACH_ISA(const lun_conv_cells, lun_conv_cells_f32);
LUN_EACH_ISA(const lun_conv_cells, lun_conv_cells_f64);

static inline const lun_conv_cells *lun_conv_cells_for(lun_dtype type)
{
    return type == LUN_F64 ? &LUN_BY_ISA(lun_conv_cells_f64) : &LUN_BY_ISA(lun_conv_cells_f32);
}
#endif
