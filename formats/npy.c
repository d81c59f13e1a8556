/* npy.c - one array: its header is a dict written in Python, then come the elements
 *
 *     "\x93NUMPY" major minor length {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 * Holds: the dict is read by the few forms that NumPy writes; everything else is refused. Read next: npy.h, formats/npz.c.
 * SPDX-License-Identifier: MIT
 */
#include "formats/npy.h"

#include "core/alloc.h"
#include "core/error.h"
#include "formats/replace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct { char kind; unsigned char item; lun_dtype dtype; } types[] = {
    {'f', 2, LUN_F16}, {'f', 4, LUN_F32}, {'f', 8, LUN_F64}, {'i', 1, LUN_I8}, {'i', 2, LUN_I16}, {'i', 4, LUN_I32}, {'i', 8, LUN_I64},
    {'u', 1, LUN_U8}, {'b', 1, LUN_BOOL}, {'c', 8, LUN_C64}, {'c', 16, LUN_C128}, {'u', 2, LUN_I32}, {'u', 4, LUN_I64}};
enum { TYPES = sizeof types / sizeof *types, LONGEST_HEADER = 1 << 20 };

typedef struct text { const char *at, *end; } text;

static bool damaged(const lun_source *s, const char *what)
{
    return lun_fail(LUN_E_FORMAT, "numpy.save writes such files", "%s is no valid .npy: %s", s->name, what), false;
}

/* --- the dict --------------------------------------------------------------------------------------------------------------------- */

static void skip_spaces(text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t')) t->at++;
}

static bool take(text *t, const char *word)
{
    skip_spaces(t);
    size_t n = strlen(word);
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n)) return false;
    t->at += n;
    return true;
}

/* A quoted word of at most room - 1 bytes without escapes. */
static bool take_quoted(text *t, char *out, size_t room)
{
    skip_spaces(t);
    if (t->at == t->end || (*t->at != '\'' && *t->at != '"')) return false;
    char quote = *t->at++;
    size_t n = 0;
    while (t->at < t->end && *t->at != quote && *t->at != '\\' && n + 1 < room) out[n++] = *t->at++;
    out[n] = 0;
    return t->at < t->end && *t->at++ == quote;
}

static bool take_size(text *t, int64_t *out)
{
    skip_spaces(t);
    const char *start = t->at;
    *out = 0;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *t->at - '0', out)) return false;
    if (t->at > start) take(t, "L"); /* Python 2 */
    return t->at > start;
}

static bool take_shape(text *t, lun_npy_header *h)
{
    if (!take(t, "(")) return false;
    while (!take(t, ")")) {
        if (h->ndim == LUN_MAX_DIMS || !take_size(t, &h->dims[h->ndim])) return false;
        h->ndim++;
        if (!take(t, ",")) return take(t, ")");
    }
    return true;
}

static bool take_type(const lun_source *s, text *t, lun_npy_header *h)
{
    char word[32];
    if (!take_quoted(t, word, sizeof word)) return damaged(s, "its elements are records of several fields; save each field for itself");
    bool ordered = *word == '<' || *word == '>' || *word == '|' || *word == '=';
    const char *kind = word + ordered;
    unsigned item = 0;
    char rest;
    if (*kind && sscanf(kind + 1, "%u%c", &item, &rest) == 1)
        for (size_t i = 0; i < TYPES; i++)
            if (types[i].kind == *kind && types[i].item == item) h->dtype = types[i].dtype;
    h->item = item;
    h->big_endian = *word == '>';
    if (h->dtype != LUN_DTYPE_NONE) return true;
    if (*kind == 'O')
        return lun_fail(LUN_E_FORMAT, "save plain numbers: numpy.save(path, a.astype(\"float32\"))",
                        "%s holds pickled Python objects, which could run code; they are not read", s->name), false;
    return lun_fail(LUN_E_DTYPE, "convert it in NumPy: a.astype(\"float32\") or \"int64\"",
                    "%s has elements of type '%s', for which there is no dtype", s->name, word), false;
}

static bool read_dict(const lun_source *s, text t, lun_npy_header *h)
{
    unsigned seen = 0;
    if (!take(&t, "{")) return damaged(s, "its header is no dict");
    while (!take(&t, "}")) {
        char key[32];
        if (!take_quoted(&t, key, sizeof key) || !take(&t, ":")) return damaged(s, "its header is no dict");
        unsigned bit = !strcmp(key, "descr") ? 1 : !strcmp(key, "fortran_order") ? 2 : !strcmp(key, "shape") ? 4 : 0;
        if (!bit || (seen & bit)) return damaged(s, "its header has a key that is unknown or stands twice");
        seen |= bit;
        if (bit == 1 && !take_type(s, &t, h)) return false;
        if (bit == 2) h->fortran = take(&t, "True");
        if (bit == 2 && !h->fortran && !take(&t, "False")) return damaged(s, "fortran_order is neither True nor False");
        if (bit == 4 && !take_shape(&t, h)) return damaged(s, "its shape is no tuple of at most 8 sizes");
        if (!take(&t, ",") && !take(&t, "}")) return damaged(s, "its header is no dict");
        else if (t.at[-1] == '}') break;
    }
    skip_spaces(&t);
    if (t.at != t.end) return damaged(s, "something follows the dict of its header");
    return seen == 7 || damaged(s, "its header lacks descr, fortran_order or shape");
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------ */

/* The bytes of the elements in the file; false when they are more than can come. */
static bool content_bytes(const lun_source *s, const lun_npy_header *h, size_t *bytes)
{
    bool fits = true;
    *bytes = h->item;
    for (int d = 0; d < h->ndim; d++) fits = fits && lun_mul_sizes(*bytes, (size_t)h->dims[d], bytes);
    if (fits && *bytes <= s->left) return true;
    char shape[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again",
                    "%s claims %s elements of %zu bytes, but only %llu bytes follow", s->name,
                    lun_shape_text(h->ndim, h->dims, shape), h->item, (unsigned long long)s->left), false;
}

bool lun_npy_read_header(lun_source *s, lun_npy_header *h)
{
    unsigned char head[12] = {0};
    size_t bytes;
    *h = (lun_npy_header){.dtype = LUN_DTYPE_NONE};
    if (s->left < 10) return damaged(s, "it is too short");
    if (!s->read(s, head, 8)) return false;
    if (memcmp(head, "\x93NUMPY", 6)) return damaged(s, "it does not begin with \\x93NUMPY");
    if (head[6] < 1 || head[6] > 3 || head[7]) return damaged(s, "its version is not 1.0, 2.0 or 3.0");
    int width = head[6] == 1 ? 2 : 4;
    if (!s->read(s, head + 8, (size_t)width)) return false;
    uint64_t length = lun_little(head + 8, width);
    if (length > LONGEST_HEADER || length > s->left) return damaged(s, "its header's length is impossible");
    char *dict = lun_block_get((size_t)length + 1);
    bool ok = dict && s->read(s, dict, (size_t)length) && read_dict(s, (text){dict, dict + length}, h) && content_bytes(s, h, &bytes);
    lun_block_put(dict, (size_t)length + 1);
    return ok;
}

/* Whole numbers of half the size, which lie in the second half of x's memory, spread over all of it from the front. */
static void widen(lun_tensor *x, const char *half)
{
    for (int64_t i = 0; i < x->numel; i++) {
        uint32_t wide = 0;
        uint16_t narrow;
        if (x->dtype == LUN_I32) memcpy(&narrow, half + 2 * i, 2), wide = narrow;
        else memcpy(&wide, half + 4 * i, 4);
        if (x->dtype == LUN_I32) ((int32_t *)lun_data(x))[i] = (int32_t)wide;
        else ((int64_t *)lun_data(x))[i] = wide;
    }
}

static lun_tensor *in_fortran_order(lun_tensor *x, const lun_npy_header *h)
{
    int64_t strides[LUN_MAX_DIMS], step = 1;
    for (int d = 0; d < h->ndim; d++) {
        strides[d] = step;
        step *= h->dims[d];
    }
    return lun_tensor_as(x, h->ndim, h->dims, strides, 0);
}

lun_tensor *lun_npy_read(lun_source *s)
{
    lun_npy_header h;
    size_t bytes;
    if (!lun_npy_read_header(s, &h) || !content_bytes(s, &h, &bytes)) return NULL;
    lun_tensor *x = lun_tensor_empty(h.dtype, h.ndim, h.dims, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    char *to = (char *)lun_data(x) + (lun_tensor_bytes(x) - bytes);
    if (!s->read(s, to, bytes)) return NULL;
    bool complex = lun_dtype_is_complex(h.dtype);
    if (h.big_endian) lun_swap_bytes((unsigned char *)to, complex ? 2 * x->numel : x->numel, complex ? h.item / 2 : h.item);
    if (h.item != lun_dtype_size(h.dtype)) widen(x, to);
    if (h.dtype == LUN_BOOL && !lun_true_or_false(x)) return damaged(s, "a bool array holds bytes other than 0 and 1"), NULL;
    if (h.fortran && h.ndim > 1) x = in_fortran_order(x, &h);
    if (x && lun_dtype_is_int(h.dtype)) x->flags |= LUN_ZERO_BASED;
    return x;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------ */

size_t lun_npy_write_header(const lun_tensor *x, char *out)
{
    char shape[256] = "";
    size_t n = 0, i = 0;
    while (i < TYPES && types[i].dtype != (lun_dtype)x->dtype) i++;
    if (i == TYPES)
        return lun_fail(LUN_E_DTYPE, "save x:float()", "an .npy file has no dtype %s", lun_dtypes[x->dtype].name), 0;
    for (int d = 0; d < x->ndim; d++)
        n += (size_t)snprintf(shape + n, sizeof shape - n, d ? ", %lld" : x->ndim > 1 ? "%lld" : "%lld,", (long long)x->dims[d]);
    int length = snprintf(out + 10, LUN_NPY_HEADER - 10, "{'descr': '%c%c%d', 'fortran_order': False, 'shape': (%s), }",
                          types[i].item == 1 ? '|' : '<', types[i].kind, types[i].item, shape);
    size_t total = ((size_t)length + 10 + 1 + 63) / 64 * 64; /* the data is aligned to 64 bytes, as NumPy's own */
    memcpy(out, "\x93NUMPY\1\0", 8);
    lun_put_little((unsigned char *)out + 8, total - 10, 2);
    memset(out + 10 + length, ' ', total - 10 - (size_t)length);
    out[total - 1] = '\n';
    return total;
}

static bool write_content(int descriptor, void *argument)
{
    char header[LUN_NPY_HEADER];
    lun_tensor *x = argument;
    size_t n = lun_npy_write_header(x, header);
    return n && lun_write_all(descriptor, header, n) && lun_write_tensor(descriptor, x);
}

bool lun_npy_save(const char *path, lun_tensor *x) { return lun_replace_file(path, write_content, x); }
