/* safetensors_names.h - what the format calls the dtypes. SPDX-License-Identifier: MIT */
#ifndef LUN_FORMATS_SAFETENSORS_NAMES_H
#define LUN_FORMATS_SAFETENSORS_NAMES_H
#include "core/dtype.h"

/* NULL and LUN_DTYPE_NONE: the format (or Lunette) does not have it. */
const char *lun_safetensors_name(lun_dtype dtype);
lun_dtype lun_safetensors_dtype(const char *name);
#endif
