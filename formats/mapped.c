/* mapped.c - arrays in files. Read next: mapped.h, lib/data/arrays.lua. SPDX-License-Identifier: MIT */
#include "formats/mapped.h"

#include "core/alloc.h"
#include "core/error.h"
#include "formats/npy.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t pages_kept = (size_t)64 << 20; /* bytes brought in between two returns of pages */
static const size_t pages_around = (size_t)128 << 10; /* what the system brings in around a place that is read out of turn */
enum { JUMPS = 16 }; /* places out of turn after which the system is told not to read ahead */

struct lun_mapped {
    int descriptor;
    lun_spec spec;
    size_t row_bytes, mapped_bytes, brought_in, next; /* next: where reading in turn would go on */
    int jumps, advice;
    uint64_t file_bytes, offset;
    char *base; /* NULL: no bytes to map */
    char path[];
};

static size_t record_bytes(const char *path) { return sizeof(lun_mapped) + strlen(path) + 1; }

static bool row_bytes(const lun_spec *spec, size_t *bytes)
{
    *bytes = lun_dtype_size(spec->dtype);
    for (int d = 1; d < spec->ndim; d++)
        if (!lun_mul_sizes(*bytes, (size_t)spec->dims[d], bytes)) return false;
    return true;
}

/* Fills in the number of rows when it is left open, and compares what is wanted with the file. */
static bool fits(lun_mapped *m)
{
    uint64_t have = m->file_bytes > m->offset ? m->file_bytes - m->offset : 0;
    size_t wanted;
    bool sane = row_bytes(&m->spec, &m->row_bytes);
    if (sane && m->spec.dims[0] < 0) m->spec.dims[0] = m->row_bytes ? (int64_t)(have / m->row_bytes) : 0;
    sane = sane && lun_mul_sizes(m->row_bytes, (size_t)m->spec.dims[0], &wanted) && lun_shape_numel(m->spec.ndim, m->spec.dims) >= 0;
    if (sane && wanted <= have) {
        m->mapped_bytes = wanted ? m->offset + wanted : 0;
        return true;
    }
    char shape[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_FORMAT, "a first size of -1 takes as many rows as there are",
                    "%s has %llu bytes from byte %llu on, too few for %s%s", m->path, (unsigned long long)have,
                    (unsigned long long)m->offset, lun_dtypes[m->spec.dtype].abbreviation,
                    lun_shape_text(m->spec.ndim, m->spec.dims, shape)), false;
}

/* Takes over the open file. */
static lun_mapped *map(lun_source *file, uint64_t file_bytes, const lun_spec *spec, uint64_t offset)
{
    lun_mapped *m = lun_block_get(record_bytes(file->name));
    if (!m) {
        close(file->descriptor);
        return NULL;
    }
    *m = (lun_mapped){.descriptor = file->descriptor, .spec = *spec, .file_bytes = file_bytes, .offset = offset, .advice = MADV_NORMAL};
    memcpy(m->path, file->name, strlen(file->name) + 1);
    bool ok = fits(m);
    if (ok && m->mapped_bytes) {
        void *base = mmap(NULL, m->mapped_bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, m->descriptor, 0);
        ok = base != MAP_FAILED;
        if (ok) m->base = base;
        else lun_fail(LUN_E_FILE, NULL, "cannot map %s: %s", m->path, strerror(errno));
    }
    if (ok) return m;
    lun_mapped_close(m);
    return NULL;
}

lun_mapped *lun_mapped_open(const char *path, const lun_spec *spec, uint64_t offset)
{
    lun_source file;
    if (spec->ndim < 1) return lun_fail(LUN_E_SHAPE, "shape = {-1}", "an array in a file has at least one dim");
    return lun_source_open(&file, path) ? map(&file, file.left, spec, offset) : NULL;
}

lun_mapped *lun_mapped_open_npy(const char *path)
{
    lun_source file;
    lun_npy_header h;
    if (!lun_source_open(&file, path)) return NULL;
    uint64_t bytes = file.left;
    bool ok = lun_npy_read_header(&file, &h);
    if (ok && (h.big_endian || (h.fortran && h.ndim > 1) || h.item != lun_dtype_size(h.dtype) || !h.ndim))
        ok = lun_fail(LUN_E_FORMAT, "data.npy(path) reads it whole", "%s cannot be mapped: it has no dims, Fortran or big-endian order, or a type "
                      "that is converted", path);
    if (!ok) {
        close(file.descriptor);
        return NULL;
    }
    lun_spec spec = {.dtype = h.dtype, .ndim = h.ndim};
    memcpy(spec.dims, h.dims, sizeof spec.dims);
    return map(&file, bytes, &spec, file.at);
}

void lun_mapped_close(lun_mapped *m)
{
    if (!m) return;
    if (m->base) munmap(m->base, m->mapped_bytes);
    close(m->descriptor);
    lun_block_put(m, record_bytes(m->path));
}

const lun_spec *lun_mapped_spec(const lun_mapped *m) { return &m->spec; }

static bool still_there(const lun_mapped *m)
{
    struct stat now;
    if (!fstat(m->descriptor, &now) && (uint64_t)now.st_size >= m->mapped_bytes) return true;
    return lun_fail(LUN_E_FILE, NULL, "%s became shorter while it was in use: it had %llu bytes", m->path, (unsigned long long)m->file_bytes), false;
}

static void copy_rows(lun_mapped *m, char *to, int64_t first, int64_t count)
{
    size_t bytes = (size_t)count * m->row_bytes;
    if (!bytes) return;
    size_t from = (size_t)m->offset + (size_t)first * m->row_bytes;
    m->jumps = from == m->next || bytes >= pages_around ? 0 : m->jumps + 1;
    int advice = m->jumps > JUMPS ? MADV_RANDOM : MADV_NORMAL;
    if (advice != m->advice) madvise(m->base, m->mapped_bytes, m->advice = advice);
    memcpy(to, m->base + from, bytes);
    m->brought_in += bytes + (from == m->next ? 0 : pages_around);
    m->next = from + bytes;
    if (m->brought_in < pages_kept) return;
    m->brought_in = 0;
    madvise(m->base, m->mapped_bytes, MADV_DONTNEED);
}

static lun_tensor *space_for(lun_mapped *m, int64_t count)
{
    lun_spec spec = m->spec;
    spec.dims[0] = count;
    return still_there(m) ? lun_tensor_empty(spec.dtype, spec.ndim, spec.dims, (lun_device){LUN_CPU, 0}) : NULL;
}

static lun_tensor *checked(const lun_mapped *m, lun_tensor *x)
{
    if (m->spec.dtype == LUN_BOOL && !lun_true_or_false(x))
        return lun_fail(LUN_E_FORMAT, "dtype = \"uint8\"", "%s: a bool array holds bytes other than 0 and 1", m->path);
    if (lun_dtype_is_int(m->spec.dtype)) x->flags |= LUN_ZERO_BASED;
    return x;
}

static void *no_such_row(const lun_mapped *m, int64_t row)
{
    return lun_fail(LUN_E_INDEX, NULL, "%s has %lld rows; there is no row %lld", m->path, (long long)m->spec.dims[0], (long long)row);
}

lun_tensor *lun_mapped_rows(lun_mapped *m, int64_t first, int64_t count)
{
    int64_t rows = m->spec.dims[0];
    if (first < 1 || first - 1 > rows) return no_such_row(m, first);
    if (count < 0) return lun_fail(LUN_E_ARGUMENT, NULL, "%lld rows cannot be read", (long long)count);
    if (count > rows - (first - 1)) return no_such_row(m, rows + 1);
    lun_tensor *x = space_for(m, count);
    if (!x) return NULL;
    copy_rows(m, lun_data(x), first - 1, count);
    return checked(m, x);
}

lun_tensor *lun_mapped_pick(lun_mapped *m, const int64_t *positions, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (positions[i] < 1 || positions[i] > m->spec.dims[0]) return no_such_row(m, positions[i]);
    lun_tensor *x = space_for(m, n);
    if (!x) return NULL;
    for (int64_t i = 0, run; i < n; i += run) { /* neighbours at once */
        for (run = 1; i + run < n && positions[i + run] == positions[i] + run;) run++;
        copy_rows(m, (char *)lun_data(x) + (size_t)i * m->row_bytes, positions[i] - 1, run);
    }
    return checked(m, x);
}
