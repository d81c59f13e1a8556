/* mapped.h - rows of an array in a file that may be larger than memory
 *
 * The file is mapped; what is asked for is copied out, and the pages read so far are given back now and then, so memory stays flat.
 * Holds: the file's size is looked at before each copy, since touching a mapping beyond its end would kill the program.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_MAPPED_H
#define LUN_FORMATS_MAPPED_H
#include "core/tensor.h"

typedef struct lun_mapped lun_mapped;

/* Plain numbers (least significant byte first) from byte `offset` on, in row-major order. A first size of -1 is as many rows as the file
 * has. NULL after lun_fail naming the path, what is wanted and what the file has. */
lun_mapped *lun_mapped_open(const char *path, const lun_spec *spec, uint64_t offset);
lun_mapped *lun_mapped_open_npy(const char *path); /* an .npy file in C order */
void lun_mapped_close(lun_mapped *m);              /* NULL is fine */
const lun_spec *lun_mapped_spec(const lun_mapped *m);
/* Copies, scoped: rows first .. first + count - 1; the rows at n positions, as one tensor; both from 1. NULL after lun_fail. */
lun_tensor *lun_mapped_rows(lun_mapped *m, int64_t first, int64_t count);
lun_tensor *lun_mapped_pick(lun_mapped *m, const int64_t *positions, int64_t n);
#endif
