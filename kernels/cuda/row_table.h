/* row_table.h - where the kernels of a formula row are found: a table for each lane, made by kernels/cuda/map_*.cu
 *
 * Holds: entry k of a table of math.def is the row with LUN_OP number k; entry k of one of special.def the row LUN_MATH_ROWS + k.
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ROW_TABLE_H
#define LUN_KERNELS_CUDA_ROW_TABLE_H
#include "kernels/cuda/map.h"

typedef struct lun_row_kernels {
    lun_map_kernels forward, dx, dy; /* NULL where the row's class has none */
    lun_map_entry flat_halves;       /* 2 * width elements a thread, of a flat plan of halves; NULL: none */
    int width;
} lun_row_kernels;

enum {
    LUN_MATH_ROWS = 0
#define UNARY(id, ...) +1
#define BINARY(id, ...) +1
#define COMPARE(id, ...) +1
#define OP(id, ...) +1
#include "core/ops/math.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP
};

const lun_row_kernels *lun_cuda_rows_f32(void);
const lun_row_kernels *lun_cuda_rows_f64(void);
const lun_row_kernels *lun_cuda_rows_i32(void);
const lun_row_kernels *lun_cuda_rows_i64(void);
const lun_row_kernels *lun_cuda_rows_c64(void);
const lun_row_kernels *lun_cuda_rows_c128(void);
const lun_row_kernels *lun_cuda_specials_f32(void);
const lun_row_kernels *lun_cuda_specials_f64(void);
const lun_row_kernels *lun_cuda_specials_c64(void);
const lun_row_kernels *lun_cuda_specials_c128(void);
#endif
