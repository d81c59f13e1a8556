/* image.c - which decoder a picture needs, and what decoders share. Read next: formats/png.c, formats/jpeg.c. SPDX-License-Identifier: MIT */
#include "formats/image.h"

#include "core/error.h"

#include <string.h>

lun_tensor *lun_image_empty(uint64_t channels, uint64_t height, uint64_t width)
{
    if (!height || !width || height > LUN_IMAGE_PIXELS / width)
        return lun_fail(LUN_E_FORMAT, NULL, "a picture of %llu x %llu pixels is none, or too large", (unsigned long long)width,
                        (unsigned long long)height);
    int64_t dims[] = {(int64_t)height, (int64_t)width, (int64_t)channels};
    return lun_tensor_empty(LUN_U8, 3, dims, (lun_device){LUN_CPU, 0});
}

lun_tensor *lun_image_planes(const lun_tensor *interleaved)
{
    if (!interleaved) return NULL;
    int64_t height = interleaved->dims[0], width = interleaved->dims[1], channels = interleaved->dims[2], pixels = height * width;
    lun_tensor *x = lun_tensor_empty(LUN_U8, 3, (int64_t[]){channels, height, width}, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    const uint8_t *from = lun_data(interleaved);
    uint8_t *to = lun_data(x);
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < channels; c++) to[c * pixels + i] = *from++;
    return x;
}

lun_tensor *lun_image_decode(const void *bytes, size_t n, int channels)
{
    if (n >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8)) return lun_png_decode(bytes, n, channels);
    if (n >= 3 && !memcmp(bytes, "\xff\xd8\xff", 3)) return lun_jpeg_decode(bytes, n, channels);
    return lun_fail(LUN_E_FORMAT, "PNG and JPEG are read", "this is no picture that is known: it begins with neither PNG's bytes nor JPEG's");
}
