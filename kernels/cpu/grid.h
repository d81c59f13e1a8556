/* grid.h - the wide loops of grid_sample: places and weights of a run of grid positions on images
 *
 * Holds: only bilinear reading of images with padding zeros or border; kernels/cpu/grid.c does everything else one by one.
 * Read next: kernels/cpu/grid_loops.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_GRID_H
#define LUN_KERNELS_CPU_GRID_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

#include <stdbool.h>

/* One dim: its size, place = (g + 1) scale - shift, and whether places outside are moved to the edge. */
typedef struct lun_grid_dim { int64_t size; double scale, shift; bool border; } lun_grid_dim;

typedef struct lun_grid_cells {
    /* For n grid positions (x, y) side by side: the four elements of a plane that each reads (element k of position i at k * n + i,
     * clipped to the plane), their weights (0 outside), whether they are inside, and, unless wx is NULL, the derivatives of the weights
     * by x and y. */
    void (*corners)(int64_t n, const void *grid, const lun_grid_dim *dx, const lun_grid_dim *dy, int32_t *at, void *w, int32_t *inside, void *wx,
                    void *wy);
} lun_grid_cells;

LUN_EACH_ISA(const lun_grid_cells, lun_grid_cells_f32);
LUN_EACH_ISA(const lun_grid_cells, lun_grid_cells_f64);

static inline const lun_grid_cells *lun_grid_cells_for(lun_dtype type)
{
    return type == LUN_F64 ? &LUN_BY_ISA(lun_grid_cells_f64) : &LUN_BY_ISA(lun_grid_cells_f32);
}
#endif
