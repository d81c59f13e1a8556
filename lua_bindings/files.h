/* files.h - lun.save and lun.load. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_FILES_H
#define LUN_LUA_BINDINGS_FILES_H
#include <lua.h>

/* Adds its functions to the table on top of the stack (lun). */
void lunL_open_files(lua_State *L);
#endif
