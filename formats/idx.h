/* idx.h - the format of MNIST and its family: big-endian sizes, then plain numbers; .gz files are unpacked on the fly
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_IDX_H
#define LUN_FORMATS_IDX_H
#include "core/tensor.h"

/* Reads an IDX file (plain or gzip): u8, i8, i16, i32, f32 or f64 of any shape. Whole numbers carry LUN_ZERO_BASED, because nobody
 * knows whether they count from 0. Scoped; NULL after lun_fail naming the path and what is wrong. */
lun_tensor *lun_idx_read(const char *path);
#endif
