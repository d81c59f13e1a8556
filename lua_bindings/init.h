/* init.h - the module. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_INIT_H
#define LUN_LUA_BINDINGS_INIT_H
#include <lua.h>

#ifdef PACKAGE_VERSION
#define LUN_VERSION PACKAGE_VERSION
#else
#define LUN_VERSION "0.1.0"
#endif

/* What `require "lunette"` runs; pushes the module table. */
int luaopen_lunette(lua_State *L);
/* `open` is what require(name) calls. */
void lunL_preload(lua_State *L, const char *name, lua_CFunction open);
#endif
