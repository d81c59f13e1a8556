/* random.h - seeds, threads and clocks for Lua. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_RANDOM_H
#define LUN_LUA_BINDINGS_RANDOM_H
#include <lua.h>

/* Adds its functions to the table on top of the stack (lun). */
void lunL_open_random(lua_State *L);
#endif
