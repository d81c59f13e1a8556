/* map_special_f32.cu - the kernels of special.def for float32, float16 and bfloat16
 *
 * Read next: kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#define LUN_ROWS "core/ops/special.def"
#define LUN_ROWS_WIDTH(W) 1 /* these are long: one element a thread */
#include "kernels/cuda/rows.h"

const lun_row_kernels *lun_cuda_specials_f32(void) { return lun_rows::row_kernels<float>(); }
