/* methods.h - what tensors can do beyond the op table. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_METHODS_H
#define LUN_LUA_BINDINGS_METHODS_H
#include "lua_bindings/box.h"

/* Adds the methods, properties and setters to the tables at these indices. */
void lunL_open_methods(lua_State *L, int methods, int properties, int setters);
/* Adds __eq, __lt, __le, __len, __concat, __tostring ... to the metatable. The arithmetic operators come from the table (call.c). */
void lunL_open_operators(lua_State *L, int meta);
/* Adds functions (up to {NULL, NULL}) to the table at this index. */
void lunL_add_functions(lua_State *L, int table, const luaL_Reg *functions);
/* Pushes dims as a list that prints as [2,3] and compares by its numbers. */
void lunL_push_shape(lua_State *L, const lun_tensor *x);
/* Pushes element k as a Lua value of its kind: boolean, integer or float. */
void lunL_push_element(lua_State *L, const lun_tensor *x, int64_t k);
/* Adds lun.printoptions to the table on top, and makes string.format take one-element tensors. */
void lunL_open_text(lua_State *L);
/* string.format that takes one-element tensors; the shell calls it at start, so that ("%.2f"):format(x) finds it before lun is touched. */
void lunL_open_format(lua_State *L);
#endif
