/* locals.h - `local` at the top of a cell lives on in the session
 *
 * A cell's first line begins with the declaration of a to-be-closed variable; when the cell ends, its handler stands on top
 * of the cell's frame and copies the locals out. A cell that fails is read before its frames are dropped.
 * Costs nothing while the cell runs (a return hook would slow every call in it).
 * Read next: locals.c, repl/cell.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_LOCALS_H
#define LUN_REPL_LOCALS_H
#include <lua.h>

/* The hidden global behind which the catcher is found; never in _G itself. */
#define LUNL_LOCALS_NAME "__cell"
#define LUNL_LOCALS_PREFIX "local __cell<close> = __cell;"

/* Pushes the value whose __close does the copying; returns 1. */
int lunL_locals_push_catcher(lua_State *L);

/* After an error: copies the locals of the main function of the cell that died on `dead`. `names` is " a b c ", what the
 * cell declares at its top. Protected. */
void lunL_locals_rescue(lua_State *L, lua_State *dead, const char *names);
#endif
