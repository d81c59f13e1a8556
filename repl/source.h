/* source.h - the line an error is about, and the token on it
 *
 * Holds: a caret is drawn only when exactly one token on the line can be meant. Read next: source.c, repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_SOURCE_H
#define LUN_REPL_SOURCE_H
#include "repl/text.h"

/* Appends line `line` of the chunk `source` (Lua's name for it: "@file" or "=In[3]"); false if its text is not known. */
bool lunL_source_line(lua_State *L, const char *source, int line, lun_text *out);

/* The name a Lua error message is about: "global 'x'" gives x. False if it names none. */
bool lun_source_wanted(const char *message, char *name, size_t size);

/* Where `wanted` (a name, or an op whose operator may be written) stands on the line; false when nowhere or twice. */
bool lun_source_find(const char *line, size_t length, const char *wanted, size_t *at, size_t *width);

/* Appends "  In[3]:1 | line" and, when `wanted` is found, the caret below. */
void lun_source_draw(lun_text *out, const char *place, const char *line, const char *wanted);
#endif
