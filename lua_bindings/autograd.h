/* autograd.h - what lib/autograd.lua needs of the core. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_AUTOGRAD_H
#define LUN_LUA_BINDINGS_AUTOGRAD_H
#include <lua.h>

/* The module lunette.autograd_core. */
int lunL_open_autograd_core(lua_State *L);
#endif
