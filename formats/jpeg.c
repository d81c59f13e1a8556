/* jpeg.c - JPEG by libturbojpeg. Read next: formats/image.h. SPDX-License-Identifier: MIT */
#include "formats/image.h"

#include "core/error.h"

#ifdef HAVE_LIBTURBOJPEG
#include <string.h>
#include <turbojpeg.h>

static lun_tensor *damaged(tjhandle decoder)
{
    return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "this JPEG is damaged: %s", tjGetErrorStr2(decoder));
}

static lun_tensor *decode(tjhandle decoder, const unsigned char *bytes, unsigned long n, int channels)
{
    int width, height, sampling, colours;
    if (tjDecompressHeader3(decoder, bytes, n, &width, &height, &sampling, &colours)) return damaged(decoder);
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return lun_fail(LUN_E_FORMAT, "convert it to RGB", "this JPEG has the four colours of printing (CMYK), which are not read");
    if (channels == 0) channels = colours == TJCS_GRAY ? 1 : 3;
    if (channels == 4) return lun_fail(LUN_E_ARGUMENT, "channels = 3", "a JPEG has no opacity, so 4 channels cannot be read");
    lun_tensor *x = lun_image_empty((uint64_t)channels, (uint64_t)height, (uint64_t)width);
    if (!x) return NULL;
    int status = tjDecompress2(decoder, bytes, n, lun_data(x), width, 0, height, channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT);
    /* warnings about stray bytes are harmless; a picture that ends early is not */
    bool fatal = status && (tjGetErrorCode(decoder) == TJERR_FATAL || strstr(tjGetErrorStr2(decoder), "remature end"));
    return fatal ? damaged(decoder) : lun_image_planes(x);
}

lun_tensor *lun_jpeg_decode(const void *bytes, size_t n, int channels)
{
    tjhandle decoder = tjInitDecompress();
    if (!decoder) return lun_fail(LUN_E_MEMORY, NULL, "out of memory");
    lun_tensor *x = decode(decoder, bytes, n, channels);
    tjDestroy(decoder);
    return x;
}
#else
lun_tensor *lun_jpeg_decode(const void *bytes, size_t n, int channels)
{
    (void)bytes, (void)n, (void)channels;
    return lun_fail(LUN_E_FORMAT, "on Debian: apt-get install libturbojpeg0-dev, then build Lunette again", "JPEG pictures are not read: Lunette was "
                    "built without libturbojpeg");
}
#endif
