/* text.h - a string that grows
 *
 * Holds: after a failed allocation everything added is dropped and `failed` says so; bytes is always 0-terminated once
 * something was added. Read next: repl/show.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_TEXT_H
#define LUN_REPL_TEXT_H
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_text {
    char *bytes;
    size_t length, room;
    bool failed;
} lun_text;

void lun_text_add(lun_text *text, const char *bytes, size_t length);
void lun_text_put(lun_text *text, const char *string);
void lun_text_print(lun_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lun_text_fill(lun_text *text, char byte, int times);
void lun_text_cut(lun_text *text, size_t length);
void lun_text_free(lun_text *text);
/* What was gathered, "" when nothing was. */
const char *lun_text_string(const lun_text *text);

/* Appends text from outside: control bytes and bytes that are not UTF-8 as \n, \t, \xNN, so that nothing can steer the terminal.
 * `quote` is escaped too, unless it is 0; `multiline` leaves newline and tab alone. */
void lun_text_escape(lun_text *text, const char *bytes, size_t length, char quote, bool multiline);

/* A text that Lua frees, also when an error passes. Pushed. */
lun_text *lunL_text_new(lua_State *L);
#endif
