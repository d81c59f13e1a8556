/* dry.h - see dry.c. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_DRY_H
#define LUN_LUA_BINDINGS_DRY_H
#include <lua.h>

int lunL_open_dry(lua_State *L);
#endif
