/* data.h - readers of data files. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_DATA_H
#define LUN_LUA_BINDINGS_DATA_H
#include <lua.h>
/* Pushes the module table lunette.data_core. */
int lunL_open_data(lua_State *L);
#endif
