/* safetensors_save.c - writing the safetensors format, atomically
 *
 * Tensors stand by falling element size, then by name, so each is aligned and the same values make the same file.
 * Read next: formats/safetensors.h, formats/replace.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/print.h"
#include "formats/json.h"
#include "formats/replace.h"
#include "formats/safetensors.h"
#include "formats/safetensors_names.h"

#include <stdlib.h>
#include <string.h>

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

typedef struct content { const lun_print_buffer *header; const lun_named_tensor *tensors; size_t count; } content;

static bool write_content(int descriptor, void *argument)
{
    const content *c = argument;
    unsigned char length[8];
    for (int i = 0; i < 8; i++) length[i] = (unsigned char)(c->header->length >> (8 * i));
    if (!lun_write_all(descriptor, length, sizeof length) || !lun_write_all(descriptor, c->header->data, c->header->length)) return false;
    for (size_t i = 0; i < c->count; i++)
        if (!lun_write_tensor(descriptor, c->tensors[i].tensor)) return false;
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
    bool ok = make_header(&header, tensors, n, metadata, n_metadata) && lun_replace_file(path, write_content, &(content){&header, tensors, n});
    lun_print_free(&header);
    return ok;
}
