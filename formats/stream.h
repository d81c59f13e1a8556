/* stream.h - reading a file from front to end in lines, records or pieces; gzip is unpacked on the fly
 *
 * Holds: memory grows with the longest record only, and no record is longer than LUN_STREAM_RECORD.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_STREAM_H
#define LUN_FORMATS_STREAM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LUN_STREAM_RECORD = 256 << 20 };

typedef struct lun_stream lun_stream;

typedef enum { LUN_STREAM_GOT, LUN_STREAM_END, LUN_STREAM_FAILED } lun_stream_result; /* FAILED: after lun_fail with path and offset */

lun_stream *lun_stream_open(const char *path); /* NULL after lun_fail */
void lun_stream_close(lun_stream *s);          /* NULL is fine */

/* The next line without its end (LF or CRLF); the last one may lack it. `text` is good until the next call. */
lun_stream_result lun_stream_line(lun_stream *s, const char **text, size_t *length);
/* The next record of comma-separated text without its end: line breaks inside quoted fields belong to it; empty lines are skipped. */
lun_stream_result lun_stream_record(lun_stream *s, char delimiter, const char **text, size_t *length);
/* Exactly n bytes; END when there are none left, FAILED when there are some but fewer than n. */
lun_stream_result lun_stream_bytes(lun_stream *s, size_t n, const char **text);

void lun_stream_give_up(lun_stream *s); /* the rest is of no use: the next read finds the end */

uint64_t lun_stream_offset(const lun_stream *s); /* of the next record, in unpacked bytes */
uint64_t lun_stream_lines(const lun_stream *s);  /* line ends passed so far */
/* Goes on at a place where the two above said so. False after lun_fail. */
bool lun_stream_seek(lun_stream *s, uint64_t offset, uint64_t lines);
#endif
