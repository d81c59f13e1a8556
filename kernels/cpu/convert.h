/* convert.h - from one element type to another, for runs of elements that lie side by side
 *
 * Holds: floats to narrow integers wrap as C's conversion through int32 does; to bool it is "not zero"; half precision rounds to
 * nearest even. A real number becomes the real part of a complex one; a complex number leaves its real part.
 * Read next: kernels/cpu/convert.c, kernels/cpu/copy.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CONVERT_H
#define LUN_KERNELS_CPU_CONVERT_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

typedef void lun_converter(int64_t n, void *to, const void *from);
/* [to][from]; empty for pairs that go through float (one of them is f16 or bf16) and for equal dtypes */
typedef struct lun_convert_table { lun_converter *pair[LUN_DTYPE_COUNT][LUN_DTYPE_COUNT]; } lun_convert_table;
LUN_EACH_ISA(const lun_convert_table, lun_converters);

/* Converts n elements, any pair of dtypes; equal dtypes are copied. `to` and `from` do not overlap. */
void lun_convert(int64_t n, lun_dtype to_dtype, void *to, lun_dtype from_dtype, const void *from);
#endif
