/* frame.h - names and their values in a frame of Lua that failed
 *
 * Holds: raw reads only; the frame is level `level` of the coroutine `dead`, which has not been closed; -1: there is none.
 * Read next: frame.c, repl/hint.c, repl/operands.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_FRAME_H
#define LUN_REPL_FRAME_H
#include "repl/suggest.h"

#include <lua.h>
#include <stdbool.h>

/* Offers the names of the frame's locals and upvalues. */
void lunL_frame_offer(lua_State *dead, int level, lun_suggestion *s);

/* Pushes on L what the chain of names text[start..end) ("net.weight") means in the frame, else among the globals; false when nothing. */
bool lunL_frame_push_chain(lua_State *L, lua_State *dead, int level, const char *text, size_t start, size_t end);
#endif
