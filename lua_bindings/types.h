/* types.h - questions about dtypes and shapes. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_TYPES_H
#define LUN_LUA_BINDINGS_TYPES_H
#include <lua.h>
/* Adds its functions to the tables at the two stack indices (lun, the methods). */
void lunL_open_types(lua_State *L, int functions, int methods);
#endif
