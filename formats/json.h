/* json.h - reading JSON from a bounded span, value by value
 *
 * A pull reader for headers of known form: the caller says what it expects next. Strings are decoded in place, so the span is
 * overwritten as it is read. Holds: never reads at or beyond `end`; numbers are whole; \u0000 and invalid UTF-8 are refused.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_JSON_H
#define LUN_FORMATS_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lun_json {
    char *begin, *at, *end;
    const char *problem; /* what was wrong, NULL while all is well */
} lun_json;

/* Each returns false and sets `problem` when something else stands here. Spaces before are skipped. */
bool lun_json_expect(lun_json *j, char c);
bool lun_json_next_is(lun_json *j, char c);           /* looks only */
bool lun_json_string(lun_json *j, const char **out);  /* zero-terminated, inside the span */
bool lun_json_whole(lun_json *j, uint64_t *out);      /* 0 .. 2^63-1 */
/* Any number: `whole` holds it when it is one that fits, else `real`. */
bool lun_json_number(lun_json *j, double *real, int64_t *whole, bool *is_whole);
bool lun_json_word(lun_json *j, const char *word);    /* true, false, null: passes it when it stands here, no problem else */
bool lun_json_end(lun_json *j);                       /* nothing but spaces is left */

/* Is the text valid UTF-8 without zero bytes? */
bool lun_utf8_valid(const char *text, size_t length);
#endif
