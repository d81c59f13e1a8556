/* debug_travel.c - going back, for Lua: a call that may be left by a rewind and called again
 *
 * Holds: a rewind is an unwind like `q`, which pcall and its kin pass on after <close> variables have run; only the call that can go back
 * catches it. Read next: debugger/travel.h, lib/dbg/travel.lua. SPDX-License-Identifier: MIT
 */
#include "debugger/travel.h"

#include "core/error.h"
#include "debugger/measure.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/interrupt.h"

#include <lauxlib.h>

static int64_t wanted; /* the step that a rewind on its way goes to */

static int finish_enter(lua_State *L, int status, lua_KContext k)
{
    (void)k;
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_pushboolean(L, 1);
        lua_insert(L, 1);
        return lua_gettop(L);
    }
    if (!lunL_is_unwind(L, -1) || lunL_unwind_reason() != LUNL_UNWIND_REWIND) return lua_error(L);
    lun_measure_forget(true);
    lun_travel_rewind(wanted);
    lun_stop_rearm();
    lua_pushboolean(L, 0);
    return 1;
}

/* enter(f, ...) -> true and f's results; false when it was left to go back, and is to be called again. */
static int enter(lua_State *L)
{
    luaL_checkany(L, 1);
    return finish_enter(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, finish_enter), 0);
}

/* rewind(k): leaves the run and goes back to step k. Raises when there is no way. */
static int rewind_to(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    wanted = (int64_t)luaL_checkinteger(L, 1) - 1;
    if (!lun_travel_can(wanted)) return lunL_raise(L, f);
    return lunL_unwind(L, LUNL_UNWIND_REWIND);
}

/* travel(bytes to keep) begins a call that can be gone back in; travel(nil) ends it. */
static int travel(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) lun_travel_end();
    else lun_travel_begin((size_t)luaL_checknumber(L, 1));
    lun_stop_rearm();
    return 0;
}

/* steps() -> {{op, module, file, line, sequence, kept, edited}, ...}, bytes held */
static int steps(lua_State *L)
{
    const lun_travel_step *s;
    lua_createtable(L, (int)lun_travel_count(), 0);
    for (int64_t k = 0; (s = lun_travel_at(k)); k++) {
        lua_createtable(L, 0, 8);
        lunL_debug_set_string(L, "op", s->op->name);
        lunL_debug_set_string(L, "module", s->module_path);
        lunL_debug_set_string(L, "file", s->site.file);
        lua_pushinteger(L, s->site.line);
        lua_setfield(L, -2, "line");
        lua_pushinteger(L, (lua_Integer)s->sequence);
        lua_setfield(L, -2, "sequence");
        lua_pushboolean(L, s->out[0] != NULL);
        lua_setfield(L, -2, "kept");
        lua_pushboolean(L, s->edited);
        lua_setfield(L, -2, "edited");
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    lua_pushinteger(L, (lua_Integer)lun_travel_bytes());
    return 2;
}

static int forwarding(lua_State *L)
{
    lua_pushboolean(L, lun_travel_forwarding());
    return 1;
}

static int mute(lua_State *L)
{
    lun_stop_mute(lua_toboolean(L, 1));
    return 0;
}

/* unwind(): passes on the unwind that ended a prompt. */
static int unwind(lua_State *L) { return lunL_unwind(L, lunL_unwind_reason()); }

void lunL_debug_travel(lua_State *L)
{
    static const luaL_Reg functions[] = {{"enter", enter}, {"rewind", rewind_to}, {"travel", travel}, {"steps", steps},
                                         {"forwarding", forwarding}, {"mute", mute}, {"unwind", unwind}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
