/* map_special_c128.cu - the kernels of special.def for complex128
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/special.def"
#define LUN_ROWS_WIDTH(W) 1
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_specials_c128(void) { return lun_rows::row_kernels<lun_complex128>(); }
