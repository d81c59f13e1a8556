/* zip.c - an archive is read from its end: the last record, the directory it names, each member's own header
 *
 * Read next: zip.h, formats/npz.c. SPDX-License-Identifier: MIT
 */
#include "formats/zip.h"

#include "core/alloc.h"
#include "core/error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { LAST_RECORD = 22, LOCATOR = 20, LAST_RECORD_64 = 56, LONGEST_COMMENT = 65535, DIRECTORY_ENTRY = 46, LOCAL_HEADER = 30,
       LONGEST_DIRECTORY = 1 << 28, LONGEST_NAME = 4096, PIECE = 1 << 16 };

typedef struct entry { uint64_t packed, size, header_at; uint32_t crc; unsigned method, flags; char name[LONGEST_NAME]; } entry;

/* A member while it is read. `base` comes first, so the source is the member. */
typedef struct member {
    lun_source base;
    uint64_t packed_left;
    const entry *is;
    uint32_t crc;
    z_stream z;
    unsigned char piece[PIECE];
} member;

static bool damaged(const lun_source *file, const char *what)
{
    return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "%s is no valid zip archive: %s", file->name, what), false;
}

static bool read_at(lun_source *file, uint64_t size, uint64_t at, void *out, size_t bytes)
{
    if (at > size || bytes > size - at) return damaged(file, "a record lies outside the file");
    file->at = at;
    file->left = size - at;
    return lun_source_read(file, out, bytes);
}

/* --- the directory -------------------------------------------------------------------------------------------------------------- */

typedef struct directory { uint64_t at, bytes, count, file_size; } directory;

static bool find_directory_64(lun_source *file, uint64_t last_at, directory *d)
{
    unsigned char locator[LOCATOR], last[LAST_RECORD_64];
    if (last_at < LOCATOR || !read_at(file, d->file_size, last_at - LOCATOR, locator, LOCATOR)) return damaged(file, "its zip64 record is missing");
    if (memcmp(locator, "PK\6\7", 4)) return damaged(file, "its zip64 record is missing");
    if (!read_at(file, d->file_size, lun_little(locator + 8, 8), last, LAST_RECORD_64)) return false;
    if (memcmp(last, "PK\6\6", 4)) return damaged(file, "its zip64 record is missing");
    d->count = lun_little(last + 32, 8);
    d->bytes = lun_little(last + 40, 8);
    d->at = lun_little(last + 48, 8);
    return true;
}

static bool find_directory(lun_source *file, directory *d)
{
    unsigned char tail[LAST_RECORD + LONGEST_COMMENT];
    size_t n = d->file_size < sizeof tail ? (size_t)d->file_size : sizeof tail;
    if (n < LAST_RECORD) return damaged(file, "it is too short");
    if (!read_at(file, d->file_size, d->file_size - n, tail, n)) return false;
    for (size_t i = n - LAST_RECORD + 1; i-- > 0;) {
        const unsigned char *p = tail + i;
        if (memcmp(p, "PK\5\6", 4) || lun_little(p + 20, 2) != n - LAST_RECORD - i) continue;
        d->count = lun_little(p + 10, 2);
        d->bytes = lun_little(p + 12, 4);
        d->at = lun_little(p + 16, 4);
        bool large = d->count == 0xffff || d->bytes == 0xffffffff || d->at == 0xffffffff;
        return !large || find_directory_64(file, d->file_size - n + i, d);
    }
    return damaged(file, "its directory is not found");
}

/* Sizes of 0xffffffff stand in the extra field of zip64, in this order. */
static bool read_extra_64(const lun_source *file, const unsigned char *p, size_t n, entry *e)
{
    uint64_t *const wide[] = {&e->size, &e->packed, &e->header_at};
    while (n >= 4) {
        size_t id = (size_t)lun_little(p, 2), bytes = (size_t)lun_little(p + 2, 2);
        p += 4;
        n -= 4;
        if (bytes > n) return damaged(file, "an extra field is cut off");
        for (size_t i = 0, at = 0; id == 1 && i < 3; i++) {
            if (*wide[i] != 0xffffffff) continue;
            if (at + 8 > bytes) return damaged(file, "a zip64 field is cut off");
            *wide[i] = lun_little(p + at, 8);
            at += 8;
        }
        p += bytes;
        n -= bytes;
    }
    return true;
}

/* Reads the entry at p, at most n bytes; its length goes to *used. */
static bool read_entry(const lun_source *file, const unsigned char *p, size_t n, entry *e, size_t *used)
{
    if (n < DIRECTORY_ENTRY || memcmp(p, "PK\1\2", 4)) return damaged(file, "its directory is cut off");
    size_t name = (size_t)lun_little(p + 28, 2), extra = (size_t)lun_little(p + 30, 2), comment = (size_t)lun_little(p + 32, 2);
    *used = DIRECTORY_ENTRY + name + extra + comment;
    if (*used > n) return damaged(file, "its directory is cut off");
    if (name >= LONGEST_NAME || memchr(p + DIRECTORY_ENTRY, 0, name)) return damaged(file, "a name is impossible");
    *e = (entry){.flags = (unsigned)lun_little(p + 8, 2), .method = (unsigned)lun_little(p + 10, 2), .crc = (uint32_t)lun_little(p + 16, 4),
                 .packed = lun_little(p + 20, 4), .size = lun_little(p + 24, 4), .header_at = lun_little(p + 42, 4)};
    memcpy(e->name, p + DIRECTORY_ENTRY, name);
    return read_extra_64(file, p + DIRECTORY_ENTRY + name, extra, e);
}

/* --- a member -------------------------------------------------------------------------------------------------------------------- */

static bool member_fails(const member *m, const char *what)
{
    return lun_fail(LUN_E_FORMAT, "the file may be damaged; fetch it again", "%s: member %s %s", m->base.name, m->is->name, what), false;
}

static bool inflate_into(member *m, unsigned char *to, size_t bytes)
{
    m->z.next_out = to;
    m->z.avail_out = (uInt)bytes;
    while (m->z.avail_out) {
        if (!m->z.avail_in) {
            size_t n = m->packed_left < PIECE ? (size_t)m->packed_left : PIECE;
            lun_source from = m->base;
            from.left = m->packed_left;
            if (!n) return member_fails(m, "ends too early");
            if (!lun_source_read(&from, m->piece, n)) return false;
            m->base.at = from.at;
            m->packed_left -= n;
            m->z.next_in = m->piece;
            m->z.avail_in = (uInt)n;
        }
        int status = inflate(&m->z, Z_NO_FLUSH);
        if (status == Z_STREAM_END && m->z.avail_out) return member_fails(m, "is shorter than it claims");
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return member_fails(m, "is damaged");
    }
    return true;
}

static bool read_member(lun_source *s, void *out, size_t bytes)
{
    member *m = (member *)(void *)s;
    unsigned char *to = out;
    if (bytes > s->left) return member_fails(m, "ends before its header says");
    while (bytes) {
        size_t n = bytes > 1U << 30 ? 1U << 30 : bytes;
        uint64_t left = s->left;
        if (m->is->method == 8 ? !inflate_into(m, to, n) : !lun_source_read(s, to, n)) return false;
        s->left = left - n;
        m->crc = (uint32_t)crc32(m->crc, to, (uInt)n);
        to += n;
        bytes -= n;
    }
    return s->left || m->crc == m->is->crc || member_fails(m, "fails its checksum");
}

static bool visit_member(lun_source *file, const directory *d, const entry *e, lun_zip_visit *visit, void *argument, member *m)
{
    unsigned char head[LOCAL_HEADER];
    *m = (member){.base = *file, .is = e};
    if (e->flags & 1) return member_fails(m, "is encrypted");
    if (e->method != 0 && e->method != 8) return member_fails(m, "is packed by a method other than deflate");
    if (!read_at(file, d->file_size, e->header_at, head, LOCAL_HEADER)) return false;
    if (memcmp(head, "PK\3\4", 4)) return member_fails(m, "has no header");
    uint64_t at = e->header_at + LOCAL_HEADER + lun_little(head + 26, 2) + lun_little(head + 28, 2);
    /* deflate never packs 1032 bytes into less than one */
    bool plausible = e->method == 0 ? e->size == e->packed : e->size / 1032 <= e->packed;
    if (at > d->file_size || e->packed > d->file_size - at || !plausible) return member_fails(m, "claims sizes that cannot be");
    m->base.read = read_member;
    m->base.at = at;
    m->base.left = e->size;
    m->packed_left = e->packed;
    if (e->method == 8 && inflateInit2(&m->z, -15) != Z_OK) return lun_fail(LUN_E_MEMORY, NULL, "out of memory"), false;
    bool ok = visit(argument, e->name, &m->base);
    if (e->method == 8) inflateEnd(&m->z);
    return ok;
}

static bool each_entry(lun_source *file, const directory *d, lun_zip_visit *visit, void *argument)
{
    unsigned char *all = lun_block_get((size_t)d->bytes + 1);
    member *m = lun_block_get(sizeof *m);
    entry *e = lun_block_get(sizeof *e);
    bool ok = all && m && e && read_at(file, d->file_size, d->at, all, (size_t)d->bytes);
    size_t at = 0, used = 0;
    for (uint64_t i = 0; ok && i < d->count; i++, at += used)
        ok = read_entry(file, all + at, (size_t)d->bytes - at, e, &used) && visit_member(file, d, e, visit, argument, m);
    lun_block_put(e, sizeof *e);
    lun_block_put(m, sizeof *m);
    lun_block_put(all, (size_t)d->bytes + 1);
    return ok;
}

bool lun_zip_each(const char *path, lun_zip_visit *visit, void *argument)
{
    lun_source file;
    if (!lun_source_open(&file, path)) return false;
    directory d = {.file_size = file.left};
    bool ok = find_directory(&file, &d);
    if (ok && (d.at > d.file_size || d.bytes > d.file_size - d.at || d.bytes > LONGEST_DIRECTORY))
        ok = damaged(&file, "its directory lies outside the file");
    ok = ok && each_entry(&file, &d, visit, argument);
    close(file.descriptor);
    return ok;
}
