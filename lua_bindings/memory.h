/* memory.h - telling Lua's collector about bytes it cannot see, and freeing them early
 *
 * Lua counts a tensor as its box. Here we count what boxes hold and ask the collector to work when it pays (design: a young
 * collection per max(64 MB, live bytes), a full one when that is not enough, always one before an out-of-memory error).
 * Read next: memory.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_MEMORY_H
#define LUN_LUA_BINDINGS_MEMORY_H
#include "lua_bindings/box.h"

/* Puts generational mode and the pressure callback in place, and the functions of lun (on top of the stack). */
void lunL_open_memory(lua_State *L);
/* A box got its tensor: count it, enter it in the innermost lun.scope of this coroutine, perhaps collect. */
void lunL_memory_filled(lua_State *L, lunL_box *box);
/* A box is released or kept: out of its scope's list. */
void lunL_memory_leave_scope(lunL_box *box);
/* A good moment to collect young garbage: the end of a batch, an optimiser step, a prompt. */
void lunL_memory_border(lua_State *L);
/* A young collection now: values that Lua let go of just before are released. */
void lunL_memory_young(lua_State *L);
/* true: no collection is made here until false; what was set before. */
bool lunL_memory_pause(bool pause);
#endif
