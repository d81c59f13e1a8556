/* hint.h - the line of an error report that says what to type instead
 *
 * Holds: the hint that came with the error, else a name that exists where the wrong one was used, else nothing.
 * Read next: hint.c, repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_HINT_H
#define LUN_REPL_HINT_H
#include "repl/text.h"

/* Appends "\n  hint: ..." if there is one. `object`: index of the error; `message` without its place; `level`: the frame of
 * `dead` it happened in, -1 unknown; the line of source it is about. */
void lunL_hint_put(lua_State *L, int object, const char *message, lua_State *dead, int level, const char *source, int line,
                   lun_text *out);
#endif
