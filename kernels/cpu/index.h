/* index.h - walking an index tensor, for kernels that place elements. Read next: kernels/cpu/index.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_INDEX_H
#define LUN_KERNELS_CPU_INDEX_H
#include "core/apply.h"

/* n elements of a row: index[j] says where along dim, which has stride `along`; `step` is how far the far tensor moves with j. */
typedef void lun_row_mover(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index);

/* Moves each element of `source` (laid out as in[2]; `one`: a single value) to or onto its place in `out` (laid out as out[0]), as in[1]
 * says along the dim of attribute 0. Elements have `size` bytes. False after lun_fail (interrupt). */
bool lun_scatter_rows(const lun_call *c, void *out, const void *source, bool one, size_t size, lun_row_mover *move);
lun_row_mover *lun_row_putter(size_t size); /* of several elements for one place the last counts */
#endif
