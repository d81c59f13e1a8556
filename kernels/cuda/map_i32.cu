/* map_i32.cu - the kernels of math.def for bool and whole numbers of up to 32 bits
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/math.def"
#define LUN_ROWS_WIDTH(W) lun_lane<W>::width
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_rows_i32(void) { return lun_rows::row_kernels<lun_whole<int32_t>>(); }
