/* op_define.h - ops written in Lua. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_OP_DEFINE_H
#define LUN_LUA_BINDINGS_OP_DEFINE_H
#include <lua.h>

/* The module lunette.op_core. */
int lunL_open_op_define(lua_State *L);
#endif
