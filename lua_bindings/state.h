/* state.h - a Lua state whose small objects come from free lists
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_STATE_H
#define LUN_LUA_BINDINGS_STATE_H
#include <lua.h>

/* Like luaL_newstate and lua_close; NULL without memory. A state is closed by the thread that runs it. */
lua_State *lunL_state_new(void);
void lunL_state_close(lua_State *L);
#endif
