/* loop.h - the two ways of reading cells: at a prompt, and from a pipe
 *
 * Holds: nothing typed ends the interactive loop but its end of input, %q and the debugger's Q. Read next: loop.c, repl/run.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_LOOP_H
#define LUN_REPL_LOOP_H
#include <lua.h>

/* Reads cells until the end; the program's exit status. */
int lunL_loop_prompt(lua_State *L);
/* Cells from standard input, values shown, no prompt; stops at the first error unless -i was given. */
int lunL_loop_pipe(lua_State *L);
#endif
