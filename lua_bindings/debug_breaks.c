/* debug_breaks.c - breakpoints as Lua sees them: numbers, and functions over them
 *
 * Read next: debugger/break.h, lib/dbg/breaks.lua. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/error.h"
#include "debugger/events.h"
#include "debugger/measure.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <string.h>
#include <time.h>

static void rearm(lua_State *L)
{
    lun_stop_rearm();
    lunL_debug_lines_rearm(L);
}

static bool flag(lua_State *L, int index, const char *name)
{
    bool set = false;
    if (lua_istable(L, index)) {
        lua_getfield(L, index, name);
        set = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return set;
}

/* Conditions at ops may be compiled; those at places that the host finds are the host's. */
static void set_condition(lun_breakpoint *b, const char *text, bool host)
{
    lun_condition_free(b->condition);
    bool op = b->kind == LUN_BREAK_OP || b->kind == LUN_BREAK_NAME || b->kind == LUN_BREAK_EVENT || b->kind == LUN_BREAK_WATCH ||
              (b->kind == LUN_BREAK_MODULE && b->phase == LUN_PHASE_BACKWARD);
    b->condition = op && text ? lun_condition_compile(text) : NULL;
    b->asks_host = !b->condition && (text || host);
    if (b->condition && b->kind != LUN_BREAK_EVENT && b->kind != LUN_BREAK_WATCH) b->after = lun_condition_reads_result(b->condition);
    b->nanoseconds = 0;
}

static void push_kind_of_condition(lua_State *L, const lun_breakpoint *b)
{
    if (b->condition) lua_pushliteral(L, "native");
    else if (b->asks_host) lua_pushliteral(L, "lua");
    else lua_pushnil(L);
}

/* add(location, {once, hidden, condition = text or true, after}) -> id, number of matching ops or -1, "native" or "lua" or nil */
static int add(lua_State *L)
{
    const char *location = luaL_checkstring(L, 1), *text = NULL;
    lunL_frame f = lunL_enter(L);
    int matches = 0;
    lua_settop(L, 2);
    if (lua_istable(L, 2)) {
        lua_getfield(L, 2, "condition");
        if (lua_type(L, 3) == LUA_TSTRING) text = lua_tostring(L, 3);
    }
    lun_breakpoint *b = lun_break_add(location, &matches);
    if (!b) return lunL_raise(L, f);
    if (flag(L, 2, "hidden")) lun_break_hide(b);
    b->once = flag(L, 2, "once");
    if (flag(L, 2, "after")) b->after = true;
    if (flag(L, 2, "condition")) set_condition(b, text, !text);
    rearm(L);
    lua_pushinteger(L, b->id);
    lua_pushinteger(L, matches);
    push_kind_of_condition(L, b);
    return lunL_leave(L, f, 3);
}

static int remove_breakpoint(lua_State *L)
{
    lua_pushboolean(L, lun_break_remove((int)luaL_checkinteger(L, 1)));
    rearm(L);
    return 1;
}

/* set(id, field, value): enabled, ignore, bound, line, condition (text, or true for the host's, or nil; then after, a flag). False when there is no
 * such breakpoint. */
static int set(lua_State *L)
{
    lun_breakpoint *b = lun_break_find((int)luaL_checkinteger(L, 1));
    const char *field = luaL_checkstring(L, 2);
    if (b && !strcmp(field, "enabled")) b->enabled = lua_toboolean(L, 3);
    if (b && !strcmp(field, "ignore")) b->ignore = (uint64_t)luaL_checkinteger(L, 3);
    if (b && !strcmp(field, "bound")) b->bound = true;
    if (b && !strcmp(field, "line")) b->line = (int)luaL_checkinteger(L, 3);
    if (b && !strcmp(field, "condition")) {
        if (b->kind != LUN_BREAK_EVENT) b->after = lua_toboolean(L, 4);
        set_condition(b, lua_type(L, 3) == LUA_TSTRING ? lua_tostring(L, 3) : NULL, lua_toboolean(L, 3));
    }
    rearm(L);
    lua_pushboolean(L, b != NULL);
    if (!b) return 1;
    push_kind_of_condition(L, b);
    return 2;
}

static void push_breakpoint(lua_State *L, const lun_breakpoint *b)
{
    static const char *const kinds[] = {"op", "mod", "name", "opt", "event", "watch", "line", "function"};
    lua_createtable(L, 0, 14);
    lunL_debug_set_integer(L, "id", (lua_Integer)b->id);
    lunL_debug_set_integer(L, "hits", (lua_Integer)b->hits);
    lunL_debug_set_integer(L, "passes", (lua_Integer)b->passes);
    lunL_debug_set_integer(L, "ignore", (lua_Integer)b->ignore);
    lunL_debug_set_integer(L, "nanoseconds", (lua_Integer)b->nanoseconds);
    lunL_debug_set_string(L, "location", b->location);
    lunL_debug_set_string(L, "glob", b->glob);
    lunL_debug_set_string(L, "kind", kinds[b->kind]);
    lunL_debug_set_string(L, "pending", lun_break_pending(b));
    if (b->kind == LUN_BREAK_LINE) lunL_debug_set_integer(L, "line", (lua_Integer)b->line);
    push_kind_of_condition(L, b);
    lua_setfield(L, -2, "condition");
    lunL_set_flag(L, "enabled", b->enabled);
    lunL_set_flag(L, "once", b->once);
}

static int list(lua_State *L)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        push_breakpoint(L, b);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* watch(id, x): the memory of x belongs to a name: or watch breakpoint */
static int watch(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_breakpoint *b = lun_break_find((int)luaL_checkinteger(L, 1));
    lun_tensor *x = lunL_tensor(L, 2);
    if (!b || !lun_break_watch(b, x)) return lunL_raise(L, f);
    rearm(L);
    return lunL_leave(L, f, 0);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

bool lunL_debug_stops_here(lua_State *L, lun_breakpoint *b)
{
    int id = b->id;
    b->passes++;
    b->bound = true;
    if (b->asks_host) {
        double before = seconds();
        bool holds = lunL_debug_holds(L, id);
        if (lun_break_find(id) != b) return false;
        b->nanoseconds += (uint64_t)((seconds() - before) * 1e9);
        return holds && lun_break_hit(b);
    }
    lua_pop(L, 1);
    return lun_break_hit(b);
}

/* here(id, event): a place that Lua found; does the breakpoint stop there? */
static int here(lua_State *L)
{
    lun_breakpoint *b = lun_break_find((int)luaL_checkinteger(L, 1));
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushboolean(L, b && b->enabled && lunL_debug_stops_here(L, b));
    return 1;
}

/* match_module(path, call, exit, after id or nil) -> id of the next breakpoint for this call; nil */
static int match_module(lua_State *L)
{
    lun_breakpoint *after = lua_isnoneornil(L, 4) ? NULL : lun_break_find((int)luaL_checkinteger(L, 4));
    lun_breakpoint *b = lun_break_module(after, luaL_checkstring(L, 1), (int)luaL_checkinteger(L, 2), lua_toboolean(L, 3));
    if (!b) return 0;
    lua_pushinteger(L, b->id);
    return 1;
}

/* module_matters(path): may a breakpoint stop at some call of this module? */
static int module_matters(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    bool matters = false;
    for (lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (b->kind != LUN_BREAK_MODULE || b->phase != LUN_PHASE_FORWARD || !lun_break_path_matches(b->glob, path)) continue;
        matters = b->bound = true;
    }
    lua_pushboolean(L, matters);
    return 1;
}

static int path_matches(lua_State *L)
{
    lua_pushboolean(L, lun_break_path_matches(luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
    return 1;
}

static const lua_State *step_run;
const lua_State *lunL_debug_step_run(void) { return step_run; }

/* step(how, count, in any run) */
static int step(lua_State *L)
{
    static const char *const modes[] = {"none", "op", "over", "finish", NULL};
    static const lun_step steps[] = {LUN_STEP_NONE, LUN_STEP_OP, LUN_STEP_OVER_OP, LUN_STEP_FINISH_OP};
    step_run = lua_toboolean(L, 3) ? NULL : lunL_debug_stopped_run();
    lun_stop_step(steps[luaL_checkoption(L, 1, NULL, modes)], (int)luaL_optinteger(L, 2, 1));
    return 0;
}

static int new_run(lua_State *L)
{
    (void)L;
    lun_stop_new_run();
    return 0;
}

/* optimizer_step(n or nil) -> the number of the optimiser's step */
static int optimizer_step(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) lun_stop_set_step((uint64_t)luaL_checkinteger(L, 1));
    lua_pushinteger(L, (lua_Integer)lun_stop_get_step());
    return 1;
}

/* measure(name, x): a number of debugger/measure.h, or the text of dtype, device, shape */
static int measure(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *name = luaL_checkstring(L, 1);
    const lun_tensor *x = lunL_tensor_named(L, 2, name);
    int number = lun_measure_find(name, false), text = lun_measure_find(name, true);
    double value = 0;
    char shown[LUN_MEASURE_TEXT];
    if (!x || (number >= 0 && !lun_measure(number, x, &value))) return lunL_raise(L, f);
    if (text >= 0) {
        lun_measure_text(text, x, shown);
        lua_pushstring(L, shown);
    } else {
        lua_pushnumber(L, value);
    }
    lun_measure_forget(false);
    return lunL_leave(L, f, 1);
}

/* measures() -> the names of the numbers and texts */
static int measures(lua_State *L)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (int text = 0; text < 2; text++)
        for (int k = 0; lun_measure_name(k, text); k++) {
            lua_pushstring(L, lun_measure_name(k, text));
            lua_rawseti(L, -2, ++n);
        }
    return 1;
}

/* events() -> {{name, help}, ...} */
static int events(lua_State *L)
{
    lua_newtable(L);
    for (int k = 0; lun_event_at(k); k++) {
        lua_createtable(L, 2, 0);
        lua_pushstring(L, lun_event_at(k)->name);
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, lun_event_at(k)->help);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static int deliberate(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lun_deliberate_count());
    return 1;
}

/* methods() -> the table of the tensors' methods, for what must be seen although it is no op (detach) */
static int methods(lua_State *L)
{
    lunL_push_metatable(L);
    lua_getfield(L, -1, "__methods");
    return 1;
}

void lunL_debug_breaks(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"add", add}, {"remove", remove_breakpoint}, {"set", set}, {"list", list}, {"watch", watch}, {"here", here},
        {"match_module", match_module}, {"module_matters", module_matters}, {"path_matches", path_matches}, {"step", step}, {"new_run", new_run},
        {"optimizer_step", optimizer_step}, {"measure", measure}, {"measures", measures}, {"events", events}, {"deliberate", deliberate},
        {"methods", methods}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
