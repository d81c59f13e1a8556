/* png.c - PNG by libpng. Read next: formats/image.h. SPDX-License-Identifier: MIT */
#include "formats/image.h"

#include "core/alloc.h"
#include "core/error.h"

#ifdef HAVE_LIBPNG
#include <png.h>
#include <string.h>

/* All that libpng's jump back may find changed lives here, not in variables of the function that is jumped into. */
typedef struct decoder {
    png_structp png;
    png_infop info;
    const unsigned char *at, *end;
    int channels;
    lun_tensor *x;
    png_bytep *rows;
    size_t row_bytes;
} decoder;

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
    decoder *d = png_get_io_ptr(png);
    if (n > (size_t)(d->end - d->at)) png_error(png, "it ends too early");
    memcpy(out, d->at, n);
    d->at += n;
}

static void on_error(png_structp png, png_const_charp message)
{
    lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "this PNG is damaged: %s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* Asks for 8 bits and the wanted channels, whatever the file has. */
static void set_transforms(decoder *d)
{
    int type = png_get_color_type(d->png, d->info);
    bool transparent = png_get_valid(d->png, d->info, PNG_INFO_tRNS) != 0, alpha = (type & PNG_COLOR_MASK_ALPHA) || transparent;
    bool colour = (type & PNG_COLOR_MASK_COLOR) != 0;
    png_set_expand(d->png);
    png_set_strip_16(d->png);
    if (d->channels == 0) return;
    if (alpha && d->channels != 4) png_set_strip_alpha(d->png);
    if (!alpha && d->channels == 4) png_set_add_alpha(d->png, 255, PNG_FILLER_AFTER);
    if (colour && d->channels == 1) png_set_rgb_to_gray_fixed(d->png, PNG_ERROR_ACTION_NONE, 29900, 58700);
    if (!colour && d->channels != 1) png_set_gray_to_rgb(d->png);
}

static void decode(decoder *d)
{
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, LUN_IMAGE_PIXELS, LUN_IMAGE_PIXELS);
    png_set_chunk_malloc_max(d->png, 1 << 24);
    png_read_info(d->png, d->info);
    uint64_t width = png_get_image_width(d->png, d->info), height = png_get_image_height(d->png, d->info);
    /* zlib never packs 1032 bytes into less than one, and a pixel has at least a bit */
    if (width * height / 8 / 1032 > (uint64_t)(d->end - d->at)) png_error(d->png, "it is too small for the size it claims");
    set_transforms(d);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    d->x = lun_image_empty(png_get_channels(d->png, d->info), height, width);
    d->row_bytes = (size_t)height * sizeof *d->rows;
    d->rows = d->x ? lun_block_get(d->row_bytes) : NULL;
    if (!d->rows) return;
    size_t stride = png_get_rowbytes(d->png, d->info);
    for (uint64_t i = 0; i < height; i++) d->rows[i] = (png_bytep)lun_data(d->x) + i * stride;
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
}

lun_tensor *lun_png_decode(const void *bytes, size_t n, int channels)
{
    decoder *d = lun_block_get(sizeof *d);
    if (!d) return NULL;
    *d = (decoder){.at = bytes, .end = (const unsigned char *)bytes + n, .channels = channels};
    d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
    d->info = d->png ? png_create_info_struct(d->png) : NULL;
    if (!d->info) lun_fail(LUN_E_MEMORY, NULL, "out of memory");
    else if (!setjmp(png_jmpbuf(d->png))) decode(d);
    png_destroy_read_struct(&d->png, &d->info, NULL);
    lun_block_put(d->rows, d->row_bytes);
    lun_tensor *x = lun_failed() ? NULL : lun_image_planes(d->x);
    lun_block_put(d, sizeof *d);
    return x;
}
#else
lun_tensor *lun_png_decode(const void *bytes, size_t n, int channels)
{
    (void)bytes, (void)n, (void)channels;
    return lun_fail(LUN_E_FORMAT, "on Debian: apt-get install libpng-dev, then build Lunette again", "PNG pictures are not read: Lunette was built "
                    "without libpng");
}
#endif
