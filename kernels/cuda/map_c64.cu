/* map_c64.cu - the kernels of math.def for complex64
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/math.def"
#define LUN_ROWS_WIDTH(W) 1 /* these are long: one element a thread */
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_rows_c64(void) { return lun_rows::row_kernels<lun_complex64>(); }
