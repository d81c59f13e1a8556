/* safetensors.c - reading the safetensors format
 *
 * File: 8 bytes header length, little-endian; the header, a JSON object {name: {dtype, shape, data_offsets: [begin, end]}, ...} with
 * an optional "__metadata__" of texts; then the data. Checked before any data is read: header at most 100 MB and inside the file;
 * names unique; shape times dtype is the range, by checked multiplication; ranges neither overlap nor leave holes and end with the file.
 * Holds: memory asked for is at most about the file's size. Read next: formats/safetensors_save.c. SPDX-License-Identifier: MIT
 */
#include "formats/safetensors.h"

#include "core/alloc.h"
#include "core/error.h"
#include "formats/json.h"
#include "formats/safetensors_names.h"
#include "formats/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct entry {
    const char *name;
    lun_dtype dtype;
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    uint64_t begin, end;
} entry;

typedef struct file {
    const char *path;
    int descriptor;
    uint64_t size, header_bytes;
    char *header;
    entry *entries;
    size_t count, capacity;
    bool ours;               /* written by Lunette: whole numbers are as they were */
    const char *zero_based;  /* names (one a line) that carried the mark */
} file;

static bool damaged(const file *f, const char *what)
{
    lun_fail(LUN_E_FORMAT, "nothing was loaded; fetch or save the file again", "%s is no valid safetensors file: %s", f->path, what);
    return false;
}

static bool read_at(const file *f, void *out, uint64_t bytes, uint64_t at)
{
    char *to = out;
    while (bytes) {
        ssize_t got = pread(f->descriptor, to, bytes > 1U << 30 ? 1U << 30 : (size_t)bytes, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            lun_fail(LUN_E_FILE, NULL, "cannot read %s: %s", f->path, got < 0 ? strerror(errno) : "it became shorter while it was read");
            return false;
        }
        to += got;
        at += (uint64_t)got;
        bytes -= (uint64_t)got;
    }
    return true;
}

/* --- header ------------------------------------------------------------------------------------------------------------------- */

static bool read_shape(lun_json *j, entry *e)
{
    if (!lun_json_expect(j, '[')) return false;
    if (lun_json_next_is(j, ']')) return lun_json_expect(j, ']');
    for (;;) {
        uint64_t size;
        if (e->ndim == LUN_MAX_DIMS) {
            j->problem = "a tensor has more than 8 dims";
            return false;
        }
        if (!lun_json_whole(j, &size)) return false;
        e->dims[e->ndim++] = (int64_t)size;
        if (!lun_json_next_is(j, ',')) return lun_json_expect(j, ']');
        lun_json_expect(j, ',');
    }
}

static bool read_dtype(lun_json *j, entry *e)
{
    const char *name;
    if (!lun_json_string(j, &name)) return false;
    e->dtype = lun_safetensors_dtype(name);
    if (e->dtype == LUN_DTYPE_NONE) j->problem = "a tensor has a dtype that is not supported";
    return e->dtype != LUN_DTYPE_NONE;
}

/* {"dtype": ..., "shape": ..., "data_offsets": ...}, each once, in any order */
static bool read_entry(lun_json *j, entry *e)
{
    unsigned seen = 0;
    if (!lun_json_expect(j, '{')) return false;
    for (int field = 0; field < 3; field++) {
        const char *key;
        if ((field && !lun_json_expect(j, ',')) || !lun_json_string(j, &key) || !lun_json_expect(j, ':')) return false;
        unsigned bit = !strcmp(key, "dtype") ? 1 : !strcmp(key, "shape") ? 2 : !strcmp(key, "data_offsets") ? 4 : 0;
        if (!bit || (seen & bit)) {
            j->problem = "an entry has a key that is unknown or stands twice";
            return false;
        }
        seen |= bit;
        bool ok = bit == 1 ? read_dtype(j, e)
                  : bit == 2 ? read_shape(j, e)
                             : lun_json_expect(j, '[') && lun_json_whole(j, &e->begin) && lun_json_expect(j, ',') &&
                                   lun_json_whole(j, &e->end) && lun_json_expect(j, ']');
        if (!ok) return false;
    }
    return lun_json_expect(j, '}');
}

static bool read_metadata(file *f, lun_json *j, const lun_safetensors_reader *to)
{
    if (!lun_json_expect(j, '{')) return false;
    if (lun_json_next_is(j, '}')) return lun_json_expect(j, '}');
    for (;;) {
        const char *key, *value;
        if (!lun_json_string(j, &key) || !lun_json_expect(j, ':') || !lun_json_string(j, &value)) return false;
        if (!strcmp(key, "format") && !strcmp(value, "lunette")) f->ours = true;
        else if (!strcmp(key, "lunette.zero_based")) f->zero_based = value;
        else if (to->text && !to->text(to->argument, key, value)) return false;
        if (!lun_json_next_is(j, ',')) return lun_json_expect(j, '}');
        lun_json_expect(j, ',');
    }
}

static entry *next_entry(file *f)
{
    if (f->count == f->capacity && !lun_block_grow(&f->entries, &f->capacity, sizeof *f->entries, 64)) return NULL;
    entry *e = &f->entries[f->count++];
    memset(e, 0, sizeof *e);
    return e;
}

static bool read_entries(file *f, lun_json *j, const lun_safetensors_reader *to)
{
    if (!lun_json_expect(j, '{')) return false;
    bool more = !lun_json_next_is(j, '}'), metadata = false;
    while (more) {
        const char *name;
        if (!lun_json_string(j, &name) || !lun_json_expect(j, ':')) return false;
        if (!strcmp(name, "__metadata__")) {
            if (metadata) j->problem = "__metadata__ stands twice";
            metadata = true;
            if (!read_metadata(f, j, to)) return false;
        } else {
            entry *e = next_entry(f);
            if (!e || !read_entry(j, e)) return false;
            e->name = name;
        }
        more = lun_json_next_is(j, ',');
        if (more) lun_json_expect(j, ',');
    }
    return lun_json_expect(j, '}') && lun_json_end(j);
}

/* --- checks --------------------------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) { return strcmp(((const entry *)a)->name, ((const entry *)b)->name); }

static int by_place(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static bool size_fits(const entry *e)
{
    size_t bytes = lun_dtype_size(e->dtype);
    for (int d = 0; d < e->ndim; d++)
        if (!lun_mul_sizes(bytes, (size_t)e->dims[d], &bytes)) return false;
    return e->begin <= e->end && e->end - e->begin == bytes;
}

static bool check_entries(file *f)
{
    uint64_t data = f->size - 8 - f->header_bytes, at = 0;
    if (f->count) qsort(f->entries, f->count, sizeof *f->entries, by_name);
    for (size_t i = 1; i < f->count; i++)
        if (!strcmp(f->entries[i - 1].name, f->entries[i].name)) return damaged(f, "a name stands twice");
    if (f->count) qsort(f->entries, f->count, sizeof *f->entries, by_place);
    for (size_t i = 0; i < f->count; i++) {
        const entry *e = &f->entries[i];
        if (!size_fits(e)) return damaged(f, "a tensor's shape and its bytes differ");
        if (e->begin != at) return damaged(f, "tensors overlap or leave a hole");
        at = e->end;
        if (at > data) return damaged(f, "a tensor reaches beyond the end of the file");
    }
    return at == data || damaged(f, "bytes are left over at the end");
}

static bool read_header(file *f, const lun_safetensors_reader *to)
{
    unsigned char length[8];
    if (f->size < 10) return damaged(f, "it is too short");
    if (!read_at(f, length, sizeof length, 0)) return false;
    for (int i = 7; i >= 0; i--) f->header_bytes = f->header_bytes << 8 | length[i];
    if (f->header_bytes > 100000000 || f->header_bytes > f->size - 8 || f->header_bytes < 2)
        return damaged(f, "the header's length is impossible");
    if (!(f->header = lun_block_get((size_t)f->header_bytes)) || !read_at(f, f->header, f->header_bytes, 8)) return false;
    if (*f->header != '{') return damaged(f, "the header does not begin with {");
    lun_json j = {f->header, f->header, f->header + f->header_bytes, NULL};
    if (!read_entries(f, &j, to)) return j.problem ? damaged(f, j.problem) : false;
    return check_entries(f);
}

/* --- data -------------------------------------------------------------------------------------------------------------------------- */

static bool listed(const char *lines, const char *name)
{
    size_t n = strlen(name);
    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        if (length == n && !memcmp(lines, name, n)) return true;
        lines += length + (lines[length] == '\n');
    }
    return false;
}

static bool read_tensor(const file *f, const entry *e, const lun_safetensors_reader *to)
{
    lun_tensor *x = lun_tensor_empty(e->dtype, e->ndim, e->dims, (lun_device){LUN_CPU, 0});
    if (!x || !read_at(f, lun_data(x), e->end - e->begin, 8 + f->header_bytes + e->begin)) return false;
    if (e->dtype == LUN_BOOL && !lun_true_or_false(x)) return damaged(f, "a BOOL tensor holds bytes other than 0 and 1");
    bool marked = f->ours ? listed(f->zero_based, e->name) : lun_dtype_is_int(e->dtype);
    if (marked) x->flags |= LUN_ZERO_BASED;
    return to->tensor(to->argument, e->name, x);
}

bool lun_safetensors_load(const char *path, const lun_safetensors_reader *to)
{
    struct stat about;
    file f = {.path = path, .descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (f.descriptor < 0 || fstat(f.descriptor, &about)) {
        int cause = errno;
        if (f.descriptor >= 0) close(f.descriptor);
        return lun_fail(LUN_E_FILE, NULL, "cannot open \"%s\": %s", path, strerror(cause)), false;
    }
    bool ok = S_ISREG(about.st_mode) || lun_fail(LUN_E_FILE, NULL, "\"%s\" is not a file", path);
    f.size = (uint64_t)about.st_size;
    ok = ok && read_header(&f, to);
    for (size_t i = 0; ok && i < f.count; i++) ok = read_tensor(&f, &f.entries[i], to);
    close(f.descriptor);
    lun_block_put(f.entries, f.capacity * sizeof *f.entries);
    lun_block_put(f.header, (size_t)f.header_bytes);
    return ok;
}
