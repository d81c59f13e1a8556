/* module.h - require "lunette.shell": what Lua code may ask of the program it runs in
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_MODULE_H
#define LUN_REPL_MODULE_H
#include <lua.h>

int lunL_open_shell_module(lua_State *L);
#endif
