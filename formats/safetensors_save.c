/* safetensors_save.c - writing the safetensors format, atomically
 *
 * Into a fresh file beside the target, then fsync, rename, fsync of the folder: whoever looks sees the old file or the whole new one.
 * Tensors stand by falling element size, then by name, so each is aligned and the same values make the same file.
 * Holds: when something fails the target is untouched and the fresh file is gone. Read next: formats/safetensors.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/print.h"
#include "core/scope.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/safetensors_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct { lun_dtype dtype; const char *name; } dtype_names[] = {
    {LUN_F32, "F32"}, {LUN_F64, "F64"}, {LUN_F16, "F16"}, {LUN_BF16, "BF16"}, {LUN_C64, "C64"}, {LUN_I8, "I8"},
    {LUN_U8, "U8"}, {LUN_I16, "I16"}, {LUN_I32, "I32"}, {LUN_I64, "I64"}, {LUN_BOOL, "BOOL"}};

const char *lun_safetensors_name(lun_dtype dtype)
{
    for (size_t i = 0; i < sizeof dtype_names / sizeof *dtype_names; i++)
        if (dtype_names[i].dtype == dtype) return dtype_names[i].name;
    return NULL;
}

lun_dtype lun_safetensors_dtype(const char *name)
{
    for (size_t i = 0; i < sizeof dtype_names / sizeof *dtype_names; i++)
        if (!strcmp(dtype_names[i].name, name)) return dtype_names[i].dtype;
    return LUN_DTYPE_NONE;
}

/* --- header ------------------------------------------------------------------------------------------------------------------- */

static bool add_string(lun_print_buffer *out, const char *text)
{
    if (!lun_utf8_valid(text, strlen(text))) return lun_fail(LUN_E_ARGUMENT, NULL, "a name or text to save is not UTF-8"), false;
    lun_print_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') lun_print_add(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20) lun_print_add(out, "\\u%04x", (unsigned)*c);
        else lun_print_add(out, "%c", *c);
    }
    lun_print_add(out, "\"");
    return !out->failed;
}

static bool add_metadata(lun_print_buffer *out, const lun_named_tensor *t, size_t n, const lun_named_text *metadata, size_t n_metadata)
{
    lun_print_buffer marked = {0};
    for (size_t i = 0; i < n; i++)
        if (t[i].tensor->flags & LUN_ZERO_BASED) lun_print_add(&marked, "%s\n", t[i].name);
    lun_print_add(out, "{\"__metadata__\":{\"format\":\"lunette\"");
    bool ok = !marked.failed;
    if (marked.length) {
        lun_print_add(out, ",\"lunette.zero_based\":");
        ok = ok && add_string(out, marked.data);
    }
    lun_print_free(&marked);
    for (size_t i = 0; ok && i < n_metadata; i++) {
        if (!strcmp(metadata[i].name, "format")) continue; /* says who wrote the file */
        lun_print_add(out, ",");
        ok = add_string(out, metadata[i].name);
        lun_print_add(out, ":");
        ok = ok && add_string(out, metadata[i].text);
    }
    lun_print_add(out, "}");
    return ok && !out->failed;
}

static bool add_tensor(lun_print_buffer *out, const lun_named_tensor *t, size_t begin)
{
    const lun_tensor *x = t->tensor;
    if (!strcmp(t->name, "__metadata__")) return lun_fail(LUN_E_ARGUMENT, NULL, "\"__metadata__\" cannot be a tensor's name"), false;
    if (!lun_safetensors_name((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "save x:view_as_real(), or x:to(\"complex64\")", "a safetensors file has no dtype %s (tensor \"%s\")",
                        lun_dtypes[x->dtype].name, t->name), false;
    lun_print_add(out, ",");
    if (!add_string(out, t->name)) return false;
    lun_print_add(out, ":{\"dtype\":\"%s\",\"shape\":[", lun_safetensors_name((lun_dtype)x->dtype));
    for (int d = 0; d < x->ndim; d++) lun_print_add(out, d ? ",%lld" : "%lld", (long long)x->dims[d]);
    lun_print_add(out, "],\"data_offsets\":[%zu,%zu]}", begin, begin + lun_tensor_bytes(x));
    return !out->failed;
}

static bool make_header(lun_print_buffer *out, const lun_named_tensor *t, size_t n, const lun_named_text *metadata, size_t n_metadata)
{
    size_t at = 0;
    if (!add_metadata(out, t, n, metadata, n_metadata)) return false;
    for (size_t i = 0; i < n; i++) {
        if (!add_tensor(out, &t[i], at)) return false;
        at += lun_tensor_bytes(t[i].tensor);
    }
    lun_print_add(out, "}");
    while (out->length % 8) lun_print_add(out, " ");
    return !out->failed;
}

/* --- file ------------------------------------------------------------------------------------------------------------------------ */

static bool write_all(int descriptor, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes) {
        ssize_t done = write(descriptor, from, bytes > 1U << 30 ? 1U << 30 : bytes);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        from += done;
        bytes -= (size_t)done;
    }
    return true;
}

static bool write_content(int descriptor, const lun_print_buffer *header, const lun_named_tensor *t, size_t n)
{
    unsigned char length[8];
    for (int i = 0; i < 8; i++) length[i] = (unsigned char)(header->length >> (8 * i));
    if (!write_all(descriptor, length, sizeof length) || !write_all(descriptor, header->data, header->length)) return false;
    for (size_t i = 0; i < n; i++) {
        size_t mark = lun_scope_mark();
        lun_tensor *x = lun_on_host(lun_contiguous(t[i].tensor));
        bool ok = x && write_all(descriptor, lun_data(x), lun_tensor_bytes(x));
        int cause = errno;
        lun_scope_drain(mark);
        errno = cause;
        if (!ok) return false;
    }
    return true;
}

/* The rename itself must survive a power cut: the folder is synced too. */
static void sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return;
    memcpy(folder, path, n);
    folder[n] = 0;
    int descriptor = open(!slash ? "." : n ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

static bool cannot(const char *path, const char *fresh, int cause)
{
    if (fresh) unlink(fresh);
    lun_fail(LUN_E_FILE, cause == ENOSPC ? "make room, or save elsewhere; the old file is untouched" : NULL, "cannot save \"%s\": %s", path,
             strerror(cause));
    return false;
}

static bool replace_file(const char *path, const lun_print_buffer *header, const lun_named_tensor *t, size_t n)
{
    char fresh[4096];
    struct stat old;
    int length = snprintf(fresh, sizeof fresh, "%s.new-XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof fresh) return cannot(path, NULL, ENAMETOOLONG);
    bool there = !stat(path, &old);
    if (there && S_ISDIR(old.st_mode)) return cannot(path, NULL, EISDIR);
    if (there && !S_ISREG(old.st_mode)) /* a rename would put a file in the place of the device or pipe */
        return lun_fail(LUN_E_FILE, "give the name of a file", "cannot save \"%s\": it is a device or a pipe", path), false;
    int descriptor = mkstemp(fresh);
    if (descriptor < 0) return cannot(path, NULL, errno);
    mode_t mask = umask(0);
    umask(mask);
    bool ok = !fchmod(descriptor, 0666 & ~mask) && write_content(descriptor, header, t, n) && !fsync(descriptor);
    int cause = errno;
    if (close(descriptor) && ok) ok = false, cause = errno;
    if (ok && rename(fresh, path)) ok = false, cause = errno;
    if (!ok) return cannot(path, fresh, cause);
    sync_folder(path);
    return true;
}

static int by_alignment(const void *a, const void *b)
{
    const lun_named_tensor *x = a, *y = b;
    size_t sx = lun_dtype_size((lun_dtype)x->tensor->dtype), sy = lun_dtype_size((lun_dtype)y->tensor->dtype);
    return sx != sy ? (sx > sy ? -1 : 1) : strcmp(x->name, y->name);
}

bool lun_safetensors_save(const char *path, lun_named_tensor *tensors, size_t n, const lun_named_text *metadata, size_t n_metadata)
{
    lun_print_buffer header = {0};
    if (n) qsort(tensors, n, sizeof *tensors, by_alignment);
    bool ok = make_header(&header, tensors, n, metadata, n_metadata) && replace_file(path, &header, tensors, n);
    lun_print_free(&header);
    return ok;
}
