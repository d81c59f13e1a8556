/* safetensors.h - named tensors in a file: a JSON header, then plain numbers; never code
 *
 * Saving is atomic: a crash or a full disk leaves the old file. Loading believes nothing: every length is checked against the file.
 * Read next: safetensors.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_SAFETENSORS_H
#define LUN_FORMATS_SAFETENSORS_H
#include "core/tensor.h"

typedef struct lun_named_tensor { const char *name; lun_tensor *tensor; } lun_named_tensor;
typedef struct lun_named_text { const char *name, *text; } lun_named_text;

/* Writes n tensors (sorted in place) and metadata. False after lun_fail naming the path and the cause. */
bool lun_safetensors_save(const char *path, lun_named_tensor *tensors, size_t n, const lun_named_text *metadata, size_t n_metadata);

/* Receives what a file holds; return false after lun_fail to stop. Names and texts live for the call only; tensors are scoped. */
typedef struct lun_safetensors_reader {
    bool (*tensor)(void *argument, const char *name, lun_tensor *x);
    bool (*text)(void *argument, const char *name, const char *text);
    void *argument;
} lun_safetensors_reader;

/* Reads a file; metadata comes first. Whole numbers carry LUN_ZERO_BASED unless Lunette wrote the file. False after lun_fail. */
bool lun_safetensors_load(const char *path, const lun_safetensors_reader *to);
#endif
