/* table.h - the op table for Lua. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_TABLE_H
#define LUN_LUA_BINDINGS_TABLE_H
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

extern const char lunL_table_key; /* registry: lun itself */
/* Adds lun.ops, lun.help and lun.search to the table on top of the stack. */
void lunL_open_table(lua_State *L);
/* Opens lunette.help_core: what lib/help.lua needs beside the rows. */
int lunL_open_help(lua_State *L);
#endif
