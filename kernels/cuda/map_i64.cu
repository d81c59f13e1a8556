/* map_i64.cu - the kernels of math.def for int64
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/math.def"
#define LUN_ROWS_WIDTH(W) lun_lane<W>::width
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_rows_i64(void) { return lun_rows::row_kernels<lun_whole<int64_t>>(); }
