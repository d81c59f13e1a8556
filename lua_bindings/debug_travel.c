/* debug_travel.c - going back, for Lua: a call that may be left by a rewind and called again
 *
 * Holds: a rewind is an unwind like `q`, which pcall and its kin pass on after <close> variables have run; only the innermost call that holds
 * the target catches it. A whole run (a cell, a script) is called again by the shell. Read next: debugger/travel.h, lib/dbg/travel.lua.
 * SPDX-License-Identifier: MIT
 */
#include "debugger/travel.h"

#include "core/error.h"
#include "core/tape.h"
#include "debugger/measure.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/interrupt.h"
#include "lua_bindings/prompt.h"

#include <lauxlib.h>

static int64_t wanted; /* the step that a rewind on its way goes to */
static char run_key;

static void go_back(void)
{
    lun_measure_forget(true);
    lun_stop_uncount(wanted);
    lun_travel_rewind(wanted);
    lun_stop_rearm();
}

static int finish_enter(lua_State *L, int status, lua_KContext k)
{
    (void)k;
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_pushboolean(L, 1);
        lua_replace(L, 1); /* where the handler was */
        return lua_gettop(L);
    }
    bool here = lunL_is_unwind(L, -1) && lunL_unwind_reason() == LUNL_UNWIND_REWIND && lun_travel_holds(wanted);
    if (!here) return lua_error(L);
    go_back();
    lua_pushboolean(L, 0);
    return 1;
}

/* enter(f, ...) -> true and f's results; false when it was left to go back, and is to be called again. */
static int enter(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushcfunction(L, lunL_debug_failed_inside);
    lua_insert(L, 1);
    return finish_enter(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, finish_enter), 0);
}

/* rewind(k): leaves the run and goes back to step k. Raises when there is no way. */
static int rewind_to(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    wanted = (int64_t)luaL_checkinteger(L, 1) - 1;
    if (!lun_travel_can(wanted)) return lunL_raise(L, f);
    return lunL_unwind(L, LUNL_UNWIND_REWIND);
}

/* travel(bytes to keep) begins a call that can be gone back in, travel(nil) ends the innermost. -> how many have begun */
static int travel(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) lun_travel_end();
    else if (!lun_travel_begin((size_t)luaL_checknumber(L, 1)))
        return lunL_fail(L, lunL_enter(L), "travel", LUN_E_MEMORY, "travel off", "there is no memory to go back");
    lun_stop_rearm();
    lua_pushinteger(L, lun_travel_calls());
    return 1;
}

/* steps() -> how many, the first that can be gone back to (nil: none), bytes held */
static int steps(lua_State *L)
{
    int64_t first = lun_travel_earliest();
    lun_error_clear();
    lua_pushinteger(L, (lua_Integer)lun_travel_count());
    if (first < 0) lua_pushnil(L);
    else lua_pushinteger(L, (lua_Integer)first + 1);
    lua_pushinteger(L, (lua_Integer)lun_travel_bytes());
    return 3;
}

/* The list `name` of what is kept; what was written to since is left out. */
static void set_kept(lua_State *L, const char *name, lun_tensor *const *list, const uint32_t *version, int n)
{
    lua_createtable(L, n, 1);
    lunL_debug_set_integer(L, "n", n);
    for (int i = 0; i < n; i++) {
        if (!list[i] || list[i]->storage->version != version[i]) continue;
        lunL_box_fill(L, lunL_box_new(L), list[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
}

/* step(k) -> {op, of, module, file, line, sequence, phase, kept, edited, inputs, outputs}, nil outside */
static int step(lua_State *L)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"};
    const lun_travel_step *s = lun_travel_at((int64_t)luaL_checkinteger(L, 1) - 1);
    if (!s) return 0;
    lua_createtable(L, 0, 12);
    lunL_debug_set_string(L, "op", s->op->name);
    lunL_debug_set_string(L, "of", s->node_op ? s->node_op->name : NULL);
    lunL_debug_set_string(L, "module", s->module_path);
    lunL_debug_set_string(L, "file", s->site.file);
    lunL_debug_set_string(L, "phase", phases[s->phase]);
    lunL_debug_set_integer(L, "line", s->site.line);
    lunL_debug_set_integer(L, "sequence", (lua_Integer)s->sequence);
    lunL_set_flag(L, "kept", s->out[0] != NULL);
    lunL_set_flag(L, "edited", s->edited);
    set_kept(L, "inputs", s->in, s->in_version, s->n_in < LUN_TRAVEL_INPUTS ? s->n_in : LUN_TRAVEL_INPUTS);
    set_kept(L, "outputs", s->out, s->out_version, s->n_out < LUN_MAX_OUT ? s->n_out : LUN_MAX_OUT);
    return 1;
}

static int forwarding(lua_State *L)
{
    lua_pushboolean(L, lun_travel_forwarding());
    return 1;
}

/* position() -> the step that comes next */
static int position(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lun_travel_position() + 1);
    return 1;
}

/* travel_cost() -> bytes held, nanoseconds spent, ops */
static int travel_cost(lua_State *L)
{
    uint64_t nanoseconds, ops;
    lun_travel_cost(&nanoseconds, &ops);
    lua_pushinteger(L, (lua_Integer)lun_travel_bytes());
    lua_pushinteger(L, (lua_Integer)nanoseconds);
    lua_pushinteger(L, (lua_Integer)ops);
    return 3;
}

/* travel_calls() -> how many calls that can be gone back in have begun */
static int travel_calls(lua_State *L)
{
    lua_pushinteger(L, lun_travel_calls());
    return 1;
}

static int mute(lua_State *L)
{
    lun_stop_mute(lua_toboolean(L, 1));
    return 0;
}

/* unwind(): passes on the unwind that ended a prompt. */
static int unwind(lua_State *L) { return lunL_unwind(L, lunL_unwind_reason()); }

/* ---- a whole run ---- */

static int set_on_run(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &run_key);
    return 0;
}

/* on_run(what) in Lua -> true, or a step to go back to */
static bool tell(lua_State *L, const char *what)
{
    if (!lua_checkstack(L, 4)) return false;
    int top = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &run_key);
    lua_pushstring(L, what);
    bool yes = lua_pcall(L, 1, 1, 0) == LUA_OK && lua_toboolean(L, -1);
    if (yes && lua_isinteger(L, -1)) wanted = (int64_t)lua_tointeger(L, -1) - 1;
    lua_settop(L, top);
    return yes;
}

static bool on_run(lua_State *L, lunL_prompt_moment moment)
{
    switch (moment) {
    case LUNL_RUN_BEGINS: return tell(L, "begins");
    case LUNL_RUN_REWOUND:
        if (!lun_travel_holds(wanted)) return false;
        go_back();
        return tell(L, "again");
    case LUNL_RUN_DONE:
        if (!tell(L, "done") || !lun_travel_holds(wanted)) return false;
        go_back();
        return tell(L, "again");
    default: return tell(L, "ends");
    }
}

void lunL_debug_travel(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"enter", enter}, {"rewind", rewind_to}, {"travel", travel}, {"steps", steps}, {"step_at", step}, {"forwarding", forwarding},
        {"position", position}, {"travel_calls", travel_calls}, {"travel_cost", travel_cost}, {"mute", mute}, {"unwind", unwind},
        {"on_run", set_on_run}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lunL_prompt_run = on_run;
}
