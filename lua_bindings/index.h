/* index.h - x[...] and x.name, reading and writing. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_INDEX_H
#define LUN_LUA_BINDINGS_INDEX_H
#include "lua_bindings/box.h"

/* Puts __index and __newindex into the metatable. The tables map names to methods, and to functions that push a property. */
void lunL_open_index(lua_State *L, int meta, int methods, int properties, int setters);
#endif
