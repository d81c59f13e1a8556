/* report.h - an error as text for a person
 *
 * First line: what happened. Then the user's line with a caret when exactly one token on it is meant, a suggestion or hint, and
 * the calls that led there. Frames of Lunette's own Lua are hidden; LUNETTE_TRACEBACK=1 shows everything.
 * Holds: any error object is fine (nil, tables without __tostring, one whose __tostring fails); never raises.
 * Read next: report.c, repl/source.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_REPORT_H
#define LUN_REPL_REPORT_H
#include <lua.h>
#include <stdbool.h>

/* Pushes on L the report of the error on top of the coroutine `dead`, whose frames are still there. `interrupted`: it was Ctrl-C. */
void lunL_report_push(lua_State *L, lua_State *dead, bool interrupted);
/* Pushes the traceback of the last error that was reported, every frame of it, or nil. */
void lunL_report_push_traceback(lua_State *L);
/* Pushes the last error as {code, message}, code "" for Lua's own, or nil. */
void lunL_report_push_last(lua_State *L);
/* The same for a message that came from compiling a cell, which is on top of L and is replaced. */
void lunL_report_syntax(lua_State *L);
/* Prints the report on top of L to stderr, after what stdout still holds, and pops it. `after_keys`: the terminal has echoed a
 * ^C, so it begins on a new line. */
void lunL_report_print(lua_State *L, bool after_keys);
/* Is this the core's out-of-memory error (or Lua's)? */
bool lunL_report_is_memory(lua_State *L, int index);
#endif
