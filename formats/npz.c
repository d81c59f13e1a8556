/* npz.c - archives of arrays: a zip whose members are .npy files, stored unpacked as numpy.savez writes them
 *
 * Read next: npy.h, formats/zip.c. SPDX-License-Identifier: MIT
 */
#include "formats/npy.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/scope.h"
#include "formats/replace.h"
#include "formats/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* --- reading ------------------------------------------------------------------------------------------------------------------------ */

static bool read_array(void *argument, const char *name, lun_source *s)
{
    const lun_safetensors_reader *to = argument;
    char plain[4096], label[4200];
    size_t n = strlen(name);
    if (n >= 4 && !strcmp(name + n - 4, ".npy")) n -= 4;
    snprintf(plain, sizeof plain, "%.*s", (int)n, name);
    snprintf(label, sizeof label, "%s (%s)", s->name, plain);
    const char *archive = s->name;
    s->name = label;
    size_t mark = lun_scope_mark();
    lun_tensor *x = lun_npy_read(s);
    s->name = archive;
    bool ok = x && (!s->left || lun_fail(LUN_E_FORMAT, NULL, "%s: bytes are left over behind array \"%s\"", archive, plain)) &&
              to->tensor(to->argument, plain, x);
    lun_scope_drain(mark);
    return ok;
}

bool lun_npz_load(const char *path, const lun_safetensors_reader *to)
{
    return lun_zip_each(path, read_array, (void *)(uintptr_t)to);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------ */

typedef struct written { uint64_t at, bytes; uint32_t crc; } written;
typedef struct archive { const lun_named_tensor *tensors; size_t count; written *of; uint64_t at; } archive;

static bool put(archive *a, int descriptor, const void *data, size_t bytes)
{
    a->at += bytes;
    return lun_write_all(descriptor, data, bytes);
}

static uint32_t crc_of(uint32_t crc, const char *p, size_t bytes)
{
    for (size_t n; bytes; p += n, bytes -= n) {
        n = bytes > 1U << 30 ? 1U << 30 : bytes;
        crc = (uint32_t)crc32(crc, (const Bytef *)p, (uInt)n);
    }
    return crc;
}

/* What a local header and an entry of the directory share, from "version needed" on: 26 bytes, sizes by zip64. */
static void fill_shared(unsigned char *p, const written *w, size_t name, size_t extra)
{
    memset(p, 0, 26);
    lun_put_little(p, 45, 2);
    lun_put_little(p + 8, 0x21, 2); /* 1 January 1980, so that the same arrays make the same file */
    lun_put_little(p + 10, w->crc, 4);
    lun_put_little(p + 14, 0xffffffff, 4);
    lun_put_little(p + 18, 0xffffffff, 4);
    lun_put_little(p + 22, name, 2);
    lun_put_little(p + 24, extra, 2);
}

static void fill_extra(unsigned char *p, const written *w, int fields)
{
    lun_put_little(p, 1, 2);
    lun_put_little(p + 2, (uint64_t)fields * 8, 2);
    lun_put_little(p + 4, w->bytes, 8);
    lun_put_little(p + 12, w->bytes, 8);
    if (fields == 3) lun_put_little(p + 20, w->at, 8);
}

static bool put_name(archive *a, int descriptor, const char *name)
{
    return put(a, descriptor, name, strlen(name)) && put(a, descriptor, ".npy", 4);
}

static bool put_member(archive *a, int descriptor, const lun_named_tensor *t, written *w)
{
    char header[LUN_NPY_HEADER];
    unsigned char local[30] = "PK\3\4", extra[20];
    size_t n = lun_npy_write_header(t->tensor, header);
    lun_tensor *x = n ? lun_on_host(lun_contiguous(t->tensor)) : NULL;
    if (!x) return false;
    *w = (written){.at = a->at, .bytes = n + lun_tensor_bytes(x), .crc = crc_of(crc_of(0, header, n), lun_data(x), lun_tensor_bytes(x))};
    fill_shared(local + 4, w, strlen(t->name) + 4, sizeof extra);
    fill_extra(extra, w, 2);
    return put(a, descriptor, local, sizeof local) && put_name(a, descriptor, t->name) && put(a, descriptor, extra, sizeof extra) &&
           put(a, descriptor, header, n) && put(a, descriptor, lun_data(x), lun_tensor_bytes(x));
}

static bool put_entry(archive *a, int descriptor, const char *name, const written *w)
{
    unsigned char head[46] = "PK\1\2", extra[28];
    lun_put_little(head + 4, 45, 2);
    fill_shared(head + 6, w, strlen(name) + 4, sizeof extra);
    lun_put_little(head + 42, 0xffffffff, 4);
    fill_extra(extra, w, 3);
    return put(a, descriptor, head, sizeof head) && put_name(a, descriptor, name) && put(a, descriptor, extra, sizeof extra);
}

static bool put_end(archive *a, int descriptor, uint64_t directory, uint64_t bytes)
{
    unsigned char last64[56] = "PK\6\6", locator[20] = "PK\6\7", last[22] = "PK\5\6";
    uint64_t at = a->at;
    lun_put_little(last64 + 4, sizeof last64 - 12, 8);
    lun_put_little(last64 + 12, 45, 2);
    lun_put_little(last64 + 14, 45, 2);
    lun_put_little(last64 + 24, a->count, 8);
    lun_put_little(last64 + 32, a->count, 8);
    lun_put_little(last64 + 40, bytes, 8);
    lun_put_little(last64 + 48, directory, 8);
    lun_put_little(locator + 8, at, 8);
    lun_put_little(locator + 16, 1, 4);
    memset(last + 8, 0xff, 12); /* counts, size and place: see the zip64 record */
    return put(a, descriptor, last64, sizeof last64) && put(a, descriptor, locator, sizeof locator) && put(a, descriptor, last, sizeof last);
}

static bool write_archive(int descriptor, void *argument)
{
    archive *a = argument;
    bool ok = true;
    for (size_t i = 0; ok && i < a->count; i++) {
        size_t mark = lun_scope_mark();
        ok = put_member(a, descriptor, &a->tensors[i], &a->of[i]);
        lun_scope_drain(mark);
    }
    uint64_t directory = a->at;
    for (size_t i = 0; ok && i < a->count; i++) ok = put_entry(a, descriptor, a->tensors[i].name, &a->of[i]);
    return ok && put_end(a, descriptor, directory, a->at - directory);
}

static int by_name(const void *a, const void *b) { return strcmp(((const lun_named_tensor *)a)->name, ((const lun_named_tensor *)b)->name); }

bool lun_npz_save(const char *path, lun_named_tensor *tensors, size_t n)
{
    if (n) qsort(tensors, n, sizeof *tensors, by_name);
    for (size_t i = 0; i < n; i++)
        if (strlen(tensors[i].name) > 1000) return lun_fail(LUN_E_ARGUMENT, NULL, "the name \"%.40s...\" is too long", tensors[i].name), false;
    archive a = {tensors, n, lun_block_get((n + 1) * sizeof *a.of), 0};
    bool ok = a.of && lun_replace_file(path, write_archive, &a);
    lun_block_put(a.of, (n + 1) * sizeof *a.of);
    return ok;
}
