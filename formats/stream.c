/* stream.c - a buffered reader over zlib's, which reads plain files too. Read next: stream.h. SPDX-License-Identifier: MIT */
#include "formats/stream.h"

#include "core/alloc.h"
#include "core/error.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

enum { FIRST_ROOM = 1 << 16 };

struct lun_stream {
    gzFile file;
    char *buffer;
    size_t room, begin, end; /* unread bytes are buffer[begin, end) */
    uint64_t offset, lines;  /* of buffer[begin] */
    bool at_end;
    char path[];
};

lun_stream *lun_stream_open(const char *path)
{
    size_t bytes = sizeof(lun_stream) + strlen(path) + 1;
    gzFile file = gzopen(path, "rbe");
    if (!file) return lun_fail(LUN_E_FILE, "relative paths start where the program was started", "cannot open %s: %s", path, strerror(errno));
    lun_stream *s = lun_block_get(bytes);
    char *buffer = s ? lun_block_get(FIRST_ROOM) : NULL;
    if (!buffer) {
        if (s) lun_block_put(s, bytes);
        gzclose(file);
        return NULL;
    }
    gzbuffer(file, 1 << 17);
    *s = (lun_stream){.file = file, .buffer = buffer, .room = FIRST_ROOM};
    memcpy(s->path, path, strlen(path) + 1);
    return s;
}

void lun_stream_close(lun_stream *s)
{
    if (!s) return;
    gzclose(s->file);
    lun_block_put(s->buffer, s->room);
    lun_block_put(s, sizeof *s + strlen(s->path) + 1);
}

uint64_t lun_stream_offset(const lun_stream *s) { return s->offset; }
uint64_t lun_stream_lines(const lun_stream *s) { return s->lines; }

bool lun_stream_seek(lun_stream *s, uint64_t offset, uint64_t lines)
{
    if (offset > INT64_MAX || gzseek(s->file, (z_off_t)offset, SEEK_SET) < 0) {
        lun_fail(LUN_E_FILE, "the file may have changed since the place was noted", "%s: cannot go to byte %llu", s->path,
                 (unsigned long long)offset);
        return false;
    }
    s->begin = s->end = 0;
    s->at_end = false;
    s->offset = offset;
    s->lines = lines;
    return true;
}

void lun_stream_give_up(lun_stream *s)
{
    s->begin = s->end = 0;
    s->at_end = true;
}

static bool grow(lun_stream *s)
{
    if (s->room >= LUN_STREAM_RECORD)
        return lun_fail(LUN_E_FORMAT, "is it a text file? is a quote never closed?", "%s: the record at byte %llu (line %llu) is longer than %d MiB",
                        s->path, (unsigned long long)s->offset, (unsigned long long)s->lines + 1, LUN_STREAM_RECORD >> 20), false;
    char *more = lun_block_get(2 * s->room);
    if (!more) return false;
    memcpy(more, s->buffer + s->begin, s->end - s->begin);
    lun_block_put(s->buffer, s->room);
    s->buffer = more;
    s->room *= 2;
    s->end -= s->begin;
    s->begin = 0;
    return true;
}

/* Reads more behind what is unread; at_end is set when there is no more. False after lun_fail. */
static bool fill(lun_stream *s)
{
    if (s->begin == s->end) s->begin = s->end = 0;
    if (s->end == s->room && s->begin > s->room / 2) {
        memmove(s->buffer, s->buffer + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->begin = 0;
    }
    if (s->end == s->room && !grow(s)) return false;
    int got = gzread(s->file, s->buffer + s->end, (unsigned)(s->room - s->end)), code = Z_OK;
    gzerror(s->file, &code);
    if (got < 0 || code == Z_BUF_ERROR) {
        const char *what = code == Z_ERRNO ? strerror(errno) : code == Z_BUF_ERROR ? "the gzip data is cut off" : "the gzip data is damaged";
        return lun_fail(code == Z_ERRNO ? LUN_E_FILE : LUN_E_FORMAT, NULL, "%s: reading failed after byte %llu: %s", s->path,
                        (unsigned long long)(s->offset + (s->end - s->begin)), what), false;
    }
    if (got == 0) s->at_end = true;
    s->end += (size_t)got;
    return true;
}

static void pass(lun_stream *s, size_t bytes)
{
    s->begin += bytes;
    s->offset += bytes;
}

/* Gives out the record [begin, begin + length) and passes it and its line end. */
static lun_stream_result give(lun_stream *s, size_t length, bool line_end, const char **text, size_t *out)
{
    *text = s->buffer + s->begin;
    *out = length && line_end && (*text)[length - 1] == '\r' ? length - 1 : length;
    s->lines += line_end;
    pass(s, length + line_end);
    return LUN_STREAM_GOT;
}

lun_stream_result lun_stream_line(lun_stream *s, const char **text, size_t *length)
{
    for (size_t seen = 0;;) {
        const char *from = s->buffer + s->begin;
        const char *found = s->end > s->begin + seen ? memchr(from + seen, '\n', s->end - s->begin - seen) : NULL;
        if (found) return give(s, (size_t)(found - from), true, text, length);
        seen = s->end - s->begin;
        if (s->at_end) return seen ? give(s, seen, false, text, length) : LUN_STREAM_END;
        if (!fill(s)) return LUN_STREAM_FAILED;
    }
}

/* Where in a record the scan stands, so that it goes on after a refill. */
typedef struct scan { size_t at; uint64_t inner_lines; enum { FIELD_START, PLAIN, QUOTED, QUOTE_IN_QUOTED } state; } scan;

/* True when the record's line end is at c->at. */
static bool scan_record(scan *c, const char *p, size_t n, char delimiter)
{
    for (; c->at < n; c->at++) {
        char b = p[c->at];
        if (c->state == QUOTED) {
            if (b == '"') c->state = QUOTE_IN_QUOTED;
            c->inner_lines += b == '\n';
        } else if (c->state == QUOTE_IN_QUOTED && b == '"') {
            c->state = QUOTED;
        } else if (b == '\n') {
            return true;
        } else if (b == delimiter) {
            c->state = FIELD_START;
        } else {
            c->state = c->state == FIELD_START && b == '"' ? QUOTED : PLAIN;
        }
    }
    return false;
}

static lun_stream_result last_record(lun_stream *s, const scan *c, const char **text, size_t *length)
{
    uint64_t line = s->lines + 1;
    if (s->begin == s->end) return LUN_STREAM_END;
    bool open = c->state == QUOTED;
    give(s, s->end - s->begin, false, text, length);
    if (!open) return LUN_STREAM_GOT;
    lun_fail(LUN_E_FORMAT, "a quote inside a quoted field is doubled: \"\"", "%s: a quote is opened in the record of line %llu and never closed",
             s->path, (unsigned long long)line);
    return LUN_STREAM_FAILED;
}

lun_stream_result lun_stream_record(lun_stream *s, char delimiter, const char **text, size_t *length)
{
    scan c = {0};
    for (;;) {
        if (scan_record(&c, s->buffer + s->begin, s->end - s->begin, delimiter)) {
            s->lines += c.inner_lines;
            give(s, c.at, true, text, length);
            if (*length) return LUN_STREAM_GOT;
            c = (scan){0};
            continue;
        }
        if (s->at_end) return last_record(s, &c, text, length);
        if (!fill(s)) return LUN_STREAM_FAILED;
    }
}

lun_stream_result lun_stream_bytes(lun_stream *s, size_t n, const char **text)
{
    while (s->end - s->begin < n && !s->at_end)
        if (!fill(s)) return LUN_STREAM_FAILED;
    if (s->begin == s->end && n) return LUN_STREAM_END;
    if (s->end - s->begin < n) {
        lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "%s: %zu bytes are wanted at byte %llu, only %zu are left", s->path, n,
                 (unsigned long long)s->offset, s->end - s->begin);
        pass(s, s->end - s->begin);
        return LUN_STREAM_FAILED;
    }
    *text = s->buffer + s->begin;
    pass(s, n);
    return LUN_STREAM_GOT;
}
