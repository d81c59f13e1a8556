/* callback.h - from the core back into Lua
 *
 * Holds: no Lua error passes the core's frames. Read next: lua_bindings/box.h (lunL_keep_error). SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_CALLBACK_H
#define LUN_LUA_BINDINGS_CALLBACK_H
#include "lua_bindings/box.h"

lua_State *lunL_main_thread(lua_State *L);
/* Calls body(request) protected, in the coroutine that called into C last, or in `main`. False after an error, which is kept (a text
 * with the traceback of where it happened) and raised by lunL_raise. */
bool lunL_protect(lua_State *main, lua_CFunction body, void *request);
#endif
