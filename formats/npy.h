/* npy.h - NumPy's files: .npy (one array) and .npz (a zip archive of them); never pickled objects, so loading runs no code
 *
 * f2 f4 f8 i1 i2 i4 i8 u1 b1 c8 c16 keep their type, u2 and u4 become int32 and int64; either byte order, C or Fortran order.
 * Whole numbers carry LUN_ZERO_BASED, because nobody knows whether they count from 0. Read next: formats/zip.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_NPY_H
#define LUN_FORMATS_NPY_H
#include "core/tensor.h"
#include "formats/safetensors.h"
#include "formats/source.h"

typedef struct lun_npy_header {
    lun_dtype dtype;
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    size_t item;      /* bytes of an element in the file; u2 and u4 have fewer than their dtype */
    bool big_endian, fortran;
} lun_npy_header;

/* Reads a header and leaves the source at the data, whose size was checked against what is left. False after lun_fail. */
bool lun_npy_read_header(lun_source *s, lun_npy_header *h);
/* Reads a whole array; scoped. An array in Fortran order has its strides so. NULL after lun_fail. */
lun_tensor *lun_npy_read(lun_source *s);

/* The first bytes of an .npy file of x; their count, 0 after lun_fail. `out` has LUN_NPY_HEADER bytes. */
enum { LUN_NPY_HEADER = 512 };
size_t lun_npy_write_header(const lun_tensor *x, char *out);
/* Whole or not at all; false after lun_fail. */
bool lun_npy_save(const char *path, lun_tensor *x);
bool lun_npz_save(const char *path, lun_named_tensor *tensors, size_t n); /* sorts them in place */
/* Gives each array of an archive to `tensor`, by its name without ".npy". False after lun_fail. */
bool lun_npz_load(const char *path, const lun_safetensors_reader *to);
#endif
