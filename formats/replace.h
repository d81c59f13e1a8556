/* replace.h - writing a file whole or not at all
 *
 * Into a fresh file beside the target, then fsync, rename, fsync of the folder: whoever looks sees the old file or the whole new one.
 * Holds: when something fails the target is untouched and the fresh file is gone. SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_REPLACE_H
#define LUN_FORMATS_REPLACE_H
#include "core/tensor.h"

#include <stdbool.h>
#include <stddef.h>

/* `write` puts the content into the descriptor; it returns false with errno set, or after lun_fail. False after lun_fail naming the path. */
bool lun_replace_file(const char *path, bool (*write)(int descriptor, void *argument), void *argument);
/* For `write`: all bytes; a tensor's elements in row-major order, from whichever device. False with errno set. */
bool lun_write_all(int descriptor, const void *data, size_t bytes);
bool lun_write_tensor(int descriptor, lun_tensor *x);
#endif
