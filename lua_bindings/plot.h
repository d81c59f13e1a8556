/* plot.h - charts for Lua
 *
 * Read next: plot.c, lib/plot.lua. SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_PLOT_H
#define LUN_LUA_BINDINGS_PLOT_H
#include <lua.h>

/* Pushes the module "lunette.plot_core", which lib/plot.lua builds upon. */
int lunL_open_plot(lua_State *L);
#endif
