/* debug.h - the debugger's Lua side. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_DEBUG_H
#define LUN_LUA_BINDINGS_DEBUG_H
#include <lua.h>
/* Pushes the module table lunette.dbg_core and makes this state the debugger's host. */
int lunL_open_debug(lua_State *L);
/* Has failed cells kept for dbg.pm(); the debugger is loaded when the first one fails. */
void lunL_debug_failures(void);
#endif
