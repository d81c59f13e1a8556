/* show.h - a value as text for a person
 *
 * Holds: never floods (tables are cut at a depth and a count, strings at a length), tables are read raw, and the only code of
 * the user that runs is __tostring, whose failure is shown in place. Cost follows what is shown, not what there is.
 * Read next: show.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_SHOW_H
#define LUN_REPL_SHOW_H
#include "repl/text.h"

/* Appends the value at `index`. `indent` columns are taken on the first line already. An unwind passes through as an error. */
void lunL_show_value(lua_State *L, int index, lun_text *out, int indent, int width);

/* One short line, for lists: "table: 3 fields", "\"abc\"", "f32[3,4] ...". */
void lunL_show_brief(lua_State *L, int index, lun_text *out);

/* A Lua function: prints all its arguments to stdout, the first after "Out[n]: " when upvalue 1 is a number n. */
int lunL_show_results(lua_State *L);
#endif
