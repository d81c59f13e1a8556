/* module.h - what lib/nn and lib/optim need of the core. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_MODULE_H
#define LUN_LUA_BINDINGS_MODULE_H
#include <lua.h>
/* Adds its functions to the table on top of the stack (lun). */
void lunL_open_module(lua_State *L);
#endif
