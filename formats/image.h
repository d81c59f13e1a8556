/* image.h - pictures in PNG and JPEG files, by libpng and libturbojpeg where Lunette was built with them
 *
 * Holds: the format is told by the first bytes, not by a name; a picture has at most LUN_IMAGE_PIXELS pixels. SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_IMAGE_H
#define LUN_FORMATS_IMAGE_H
#include "core/tensor.h"

enum { LUN_IMAGE_PIXELS = 1 << 28 };

/* Decodes a span to uint8 [channels, height, width]; channels: 1 grey, 3 red green blue, 4 with opacity (PNG only), 0 what the file has
 * (palettes become 3 or 4). 16 bits become 8 by their upper half. Scoped; NULL after lun_fail. */
lun_tensor *lun_image_decode(const void *bytes, size_t n, int channels);

/* One for each format; NULL after lun_fail, which without the library says so. */
lun_tensor *lun_png_decode(const void *bytes, size_t n, int channels);
lun_tensor *lun_jpeg_decode(const void *bytes, size_t n, int channels);
/* For decoders: a picture for rows of interleaved samples; planes apart. Both NULL after lun_fail; `interleaved` may be NULL. */
lun_tensor *lun_image_empty(uint64_t channels, uint64_t height, uint64_t width);
lun_tensor *lun_image_planes(const lun_tensor *interleaved);
#endif
