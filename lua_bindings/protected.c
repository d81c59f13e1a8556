/* protected.c - the library functions that catch errors, made to let an unwind through
 *
 * pcall, xpcall, load and the coroutine functions as in Lua's manual, with three differences: an unwind passes on after
 * <close> variables have run; the running coroutine is known to Ctrl-C; chunks are text unless "b" is asked for.
 * Holds: yields still work across pcall and xpcall; a coroutine that an unwind leaves is closed on the way.
 * Read next: lua_bindings/interrupt.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/interrupt.h"

#include <lauxlib.h>
#include <string.h>

/* --- pcall and xpcall ----------------------------------------------------------------------------------- */

/* `below` values lie under the results: xpcall keeps its function and handler there. */
static int finish_call(lua_State *L, int status, lua_KContext below)
{
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)below;
    if (lunL_is_unwind(L, -1)) return lua_error(L);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

static int protected_call(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_call);
    return finish_call(L, status, 0);
}

/* A user's handler never sees an unwind: an error in it would hide that we are leaving. */
static int guarded_handler(lua_State *L)
{
    if (lunL_is_unwind(L, 1)) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* upvalue 1: debug.traceback, which leaves tables alone and counts levels, so it needs and stands no guard. */
static int protected_call_handled(lua_State *L)
{
    int arguments = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (!lua_rawequal(L, 2, lua_upvalueindex(1))) {
        lua_pushvalue(L, 2);
        lua_pushcclosure(L, guarded_handler, 1);
        lua_replace(L, 2);
    }
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, arguments - 2, LUA_MULTRET, 2, 2, finish_call);
    return finish_call(L, status, 2);
}

/* --- load ----------------------------------------------------------------------------------------------- */

/* upvalue 1: Lua's own function; upvalue 2: where its mode argument stands. */
static int load_text(lua_State *L)
{
    int mode = (int)lua_tointeger(L, lua_upvalueindex(2));
    if (lua_gettop(L) < mode) lua_settop(L, mode);
    if (lua_isnil(L, mode)) {
        lua_pushliteral(L, "t");
        lua_replace(L, mode);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    if (lua_isnil(L, 1) && lunL_is_unwind(L, 2)) {
        lua_settop(L, 2);
        return lua_error(L);
    }
    return lua_gettop(L);
}

static int finish_file(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

static int do_file(lua_State *L)
{
    const char *name = luaL_optstring(L, 1, NULL);
    lua_settop(L, 1);
    if (luaL_loadfilex(L, name, "t") != LUA_OK) return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, finish_file);
    return finish_file(L, 0, 0);
}

/* --- coroutines ----------------------------------------------------------------------------------------- */

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

/* Runs what is left of a coroutine that an unwind has stopped, then passes the unwind on. */
static int leave_through(lua_State *L, lua_State *co)
{
    lunL_close(co, L);
    return lunL_unwind(L, lunL_unwind_reason());
}

/* The number of results, or -1 with the error object; either way on L. */
static int transfer(lua_State *L, lua_State *co, int arguments)
{
    int results;
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, arguments);
    int status = lunL_resume(co, L, arguments, &results);
    if (status != LUA_OK && status != LUA_YIELD) {
        if (lunL_is_unwind(co, -1)) return leave_through(L, co);
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int results = transfer(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -(results + 1) : -2);
    return results >= 0 ? results + 1 : 2;
}

/* wrap closes a coroutine that failed and says where the call stood, as Lua's own does. */
static int wrap_failed(lua_State *L, lua_State *co)
{
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        status = lunL_close(co, L);
        if (lunL_is_unwind(co, -1)) return lunL_unwind(L, lunL_unwind_reason());
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = transfer(L, co, lua_gettop(L));
    return results >= 0 ? results : wrap_failed(L, co);
}

static int create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lunL_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int wrap(lua_State *L)
{
    create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

/* upvalue 1: Lua's own coroutine.close, which knows which coroutines may be closed. */
static int close_coroutine(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    if (lua_gettop(L) == 2 && lunL_is_unwind(L, 2)) return lua_error(L);
    return lua_gettop(L);
}

static int yield(lua_State *L)
{
    if (lunL_is_main(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
    return lua_yield(L, lua_gettop(L));
}

static int is_yieldable(lua_State *L)
{
    lua_State *co = lua_isnone(L, 1) ? L : check_coroutine(L);
    lua_pushboolean(L, lua_isyieldable(co) && !lunL_is_main(co));
    return 1;
}

static int running_coroutine(lua_State *L)
{
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main || lunL_is_main(L));
    return 2;
}

/* --- into place ----------------------------------------------------------------------------------------- */

static const char installed_key;

/* Replaces field `name` of the table on top by `f`, which gets the old value and `mode` as upvalues. */
static void wrap_field(lua_State *L, const char *name, lua_CFunction f, int mode)
{
    lua_getfield(L, -1, name);
    lua_pushinteger(L, mode);
    lua_pushcclosure(L, f, 2);
    lua_setfield(L, -2, name);
}

static void install_globals(lua_State *L)
{
    static const luaL_Reg functions[] = {{"pcall", protected_call}, {"dofile", do_file}, {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    wrap_field(L, "load", load_text, 3);
    wrap_field(L, "loadfile", load_text, 2);
    luaL_getsubtable(L, -1, "debug");
    lua_getfield(L, -1, "traceback");
    lua_remove(L, -2);
    lua_pushcclosure(L, protected_call_handled, 1);
    lua_setfield(L, -2, "xpcall");
    lua_pop(L, 1);
}

static void install_coroutines(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"create", create}, {"resume", resume}, {"wrap", wrap}, {"yield", yield},
        {"isyieldable", is_yieldable}, {"running", running_coroutine}, {NULL, NULL}};
    if (lua_getglobal(L, "coroutine") == LUA_TTABLE) {
        luaL_setfuncs(L, functions, 0);
        wrap_field(L, "close", close_coroutine, 0);
    }
    lua_pop(L, 1);
}

void lunL_interrupt_install(lua_State *L)
{
    luaL_checkstack(L, 8, NULL);
    bool done = lua_rawgetp(L, LUA_REGISTRYINDEX, &installed_key) == LUA_TBOOLEAN;
    lua_pop(L, 1);
    if (done) return;
    install_globals(L);
    install_coroutines(L);
    lua_pushboolean(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &installed_key);
}
