/* map_c128.cu - the kernels of math.def for complex128
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/math.def"
#define LUN_ROWS_WIDTH(W) 1
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_rows_c128(void) { return lun_rows::row_kernels<lun_complex128>(); }
