/* callback.c - from the core back into Lua. Read next: lua_bindings/autograd.c. SPDX-License-Identifier: MIT */
#include "lua_bindings/callback.h"

#include "core/error.h"

lua_State *lunL_main_thread(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

static int with_traceback(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING && lua_checkstack(L, 8)) luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

bool lunL_protect(lua_State *main, lua_CFunction body, void *request)
{
    lua_State *L = lunL_now ? lunL_now : main;
    if (!lua_checkstack(L, 10)) return lun_fail(LUN_E_MEMORY, NULL, "Lua's stack is full"), false;
    int top = lua_gettop(L);
    lua_pushcfunction(L, with_traceback);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, request);
    int status = lua_pcall(L, 1, 0, top + 1);
    lunL_now = L;
    if (status != LUA_OK) lunL_keep_error(L);
    lua_settop(L, top);
    return status == LUA_OK;
}
