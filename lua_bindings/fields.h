/* fields.h - fields of Lua tables, classes and modules, each in one call. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_FIELDS_H
#define LUN_LUA_BINDINGS_FIELDS_H
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* A field of the table on top of the stack. */
void lunL_set_number(lua_State *L, const char *key, double value);
void lunL_set_integer(lua_State *L, const char *key, int64_t value);
void lunL_set_count(lua_State *L, const char *key, uint64_t value); /* as Lua has it: below 0 from 2^63 on */
void lunL_set_flag(lua_State *L, const char *key, bool value);
void lunL_set_text(lua_State *L, const char *key, const char *value); /* NULL: no such field */

/* The metatable `name`, whose functions are also the methods; leaves nothing on the stack. */
void lunL_define_class(lua_State *L, const char *name, const luaL_Reg *methods);

/* Pushes require(module). */
void lunL_require(lua_State *L, const char *module);
#endif
