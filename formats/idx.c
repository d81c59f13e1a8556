/* idx.c - reading IDX files
 *
 * Header: two zero bytes, a type byte, the number of dims, then each size as 4 bytes, most significant first.
 * Holds: what the header says is checked against the file's size before memory is asked for, so a header that lies costs an error,
 * not memory. Read next: lib/data.lua. SPDX-License-Identifier: MIT
 */
#include "formats/idx.h"

#include "core/error.h"
#include "formats/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

static const struct { unsigned char code; lun_dtype dtype; } types[] = {
    {0x08, LUN_U8}, {0x09, LUN_I8}, {0x0b, LUN_I16}, {0x0c, LUN_I32}, {0x0d, LUN_F32}, {0x0e, LUN_F64},
};

static bool read_bytes(gzFile f, const char *path, void *out, size_t bytes)
{
    char *at = out;
    while (bytes) {
        unsigned part = bytes > 1U << 20 ? 1U << 20 : (unsigned)bytes;
        int got = gzread(f, at, part);
        if (got <= 0) {
            int code = Z_OK;
            gzerror(f, &code);
            if (code == Z_ERRNO) lun_fail(LUN_E_FILE, NULL, "cannot read %s: %s", path, strerror(errno));
            else lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "%s %s", path,
                          got < 0 ? "is damaged" : "ends before its header says");
            return false;
        }
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

static lun_dtype read_header(gzFile f, const char *path, int *ndim, int64_t *dims)
{
    unsigned char head[4], size[4];
    if (!read_bytes(f, path, head, sizeof head)) return LUN_DTYPE_NONE;
    lun_dtype dtype = LUN_DTYPE_NONE;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == head[2]) dtype = types[i].dtype;
    if (head[0] || head[1] || dtype == LUN_DTYPE_NONE || head[3] > LUN_MAX_DIMS) {
        lun_fail(LUN_E_FORMAT, "IDX files begin with 00 00, a type and the number of dims", "%s is no IDX file: it begins with %02x %02x %02x %02x",
                 path, head[0], head[1], head[2], head[3]);
        return LUN_DTYPE_NONE;
    }
    *ndim = head[3];
    for (int d = 0; d < *ndim; d++) {
        if (!read_bytes(f, path, size, sizeof size)) return LUN_DTYPE_NONE;
        dims[d] = (int64_t)size[0] << 24 | (int64_t)size[1] << 16 | (int64_t)size[2] << 8 | size[3];
    }
    return dtype;
}

/* Can the file hold that much? gzip never packs 1032 bytes into less than one. */
static bool is_plausible(const char *path, lun_dtype dtype, int ndim, const int64_t *dims)
{
    struct stat file;
    int64_t bytes = (int64_t)lun_dtype_size(dtype);
    bool fits = stat(path, &file) == 0;
    for (int d = 0; fits && d < ndim; d++) fits = !__builtin_mul_overflow(bytes, dims[d], &bytes);
    if (fits && (!S_ISREG(file.st_mode) || bytes / 1032 <= file.st_size)) return true;
    return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "%s is too small for what its header says", path), false;
}

lun_tensor *lun_idx_read(const char *path)
{
    int ndim = 0;
    int64_t dims[LUN_MAX_DIMS];
    gzFile f = gzopen(path, "rb");
    if (!f) return lun_fail(LUN_E_FILE, NULL, "cannot open %s: %s", path, strerror(errno));
    lun_dtype dtype = read_header(f, path, &ndim, dims);
    bool good = dtype != LUN_DTYPE_NONE && is_plausible(path, dtype, ndim, dims);
    lun_tensor *x = !good ? NULL : lun_tensor_empty(dtype, ndim, dims, (lun_device){LUN_CPU, 0});
    if (x && !read_bytes(f, path, lun_data(x), lun_tensor_bytes(x))) x = NULL;
    gzclose(f);
    if (!x) return NULL;
    lun_swap_bytes(lun_data(x), x->numel, lun_dtype_size(dtype));
    if (lun_dtype_is_int(dtype)) x->flags |= LUN_ZERO_BASED;
    return x;
}
