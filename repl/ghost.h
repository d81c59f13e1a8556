/* ghost.h - dtype and shape of the line being typed, or why it will fail
 *
 * Answered by lib/shapes/ghost.lua on shapes alone, within half a millisecond or not at all. Nothing of the user's
 * runs: see there.
 * Holds: nothing is worked out before the session has touched the library. Read next: ghost.c, repl/painter.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_GHOST_H
#define LUN_REPL_GHOST_H
#include "repl/edit.h"

#include <lua.h>
#include <stdbool.h>

/* Before each prompt: where names are looked up from now on, as for lunL_complete_use. */
void lunL_ghost_use(lua_State *L, int env);
/* For lun_edit_settings. The text lives until the next call. Never raises. */
lun_edit_ghost lunL_ghost(const char *text, size_t length);
/* Pushes the value of the expression that text[0, length) ends with, tensors without elements; false, and anything pushed, when it is
 * not known. For completion behind calls; may raise. */
bool lunL_ghost_push_value(lua_State *L, int env, const char *text, size_t length);
/* For lunette.shell: ghost(wanted) turns it on or off; whether it is on. */
int lunL_ghost_from_lua(lua_State *L);
#endif
