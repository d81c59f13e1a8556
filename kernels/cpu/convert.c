/* convert.c - any pair of dtypes, in one step or through float
 *
 * Read next: kernels/cpu/convert_loops.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/convert.h"
#include <string.h>

enum { BLOCK = 1024 };

static void through_float(int64_t n, lun_dtype to_dtype, char *to, lun_dtype from_dtype, const char *from)
{
    const lun_convert_table *t = &LUN_BY_ISA(lun_converters);
    float middle[BLOCK];
    int64_t to_size = (int64_t)lun_dtype_size(to_dtype), from_size = (int64_t)lun_dtype_size(from_dtype);
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t some = n - i < BLOCK ? n - i : BLOCK;
        t->pair[LUN_F32][from_dtype](some, middle, from + i * from_size);
        t->pair[to_dtype][LUN_F32](some, to + i * to_size, middle);
    }
}

void lun_convert(int64_t n, lun_dtype to_dtype, void *to, lun_dtype from_dtype, const void *from)
{
    if (to_dtype == from_dtype) {
        memcpy(to, from, (size_t)n * lun_dtype_size(to_dtype));
        return;
    }
    lun_converter *direct = LUN_BY_ISA(lun_converters).pair[to_dtype][from_dtype];
    if (direct) {
        direct(n, to, from);
    } else {
        through_float(n, to_dtype, to, from_dtype, from);
    }
}
