/* graph.c - compiled functions and chains for lib/graph: new, call, run, counts, chains
 *
 * Holds: a compiled function cannot yield; an error in it leaves what waits as it is, which later reads run as always.
 * Read next: graph/queue.h, lib/graph/compile.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/graph.h"

#include "core/context.h"
#include "core/error.h"
#include "graph/chains.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/memory.h"

static const char graph_type[] = "lunette.compiled";
static const struct { const char *name; unsigned bit; } passes[] = {
    {"fuse", LUN_PASS_FUSE}, {"dead", LUN_PASS_DEAD}, {"common", LUN_PASS_COMMON},
    {"constant", LUN_PASS_CONSTANT}};

static lun_graph *graph_at(lua_State *L, int index) { return luaL_checkudata(L, index, graph_type); }

/* new{fuse, dead, common, constant}: each pass is on unless it is false */
static int new_graph(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lun_graph *g = lua_newuserdatauv(L, sizeof *g, 0);
    *g = (lun_graph){.passes = LUN_PASS_ALL};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        bool off = lua_getfield(L, 1, passes[i].name) == LUA_TBOOLEAN && !lua_toboolean(L, -1);
        if (off) g->passes &= ~passes[i].bit;
        lua_pop(L, 1);
    }
    luaL_setmetatable(L, graph_type);
    return 1;
}

static int free_graph(lua_State *L)
{
    lun_graph_free(lua_touserdata(L, 1));
    return 0;
}

/* call(graph, f, ...): f(...), whose ops wait */
static int call(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (!lun_graph_enter(graph_at(L, 1))) return lunL_raise(L, f);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    lun_graph_leave();
    if (status != LUA_OK) return lua_error(L);
    return lua_gettop(L) - 1;
}

/* run(): what waits runs now */
static int run(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (!lun_graph_run()) return lunL_raise(L, f);
    return lunL_leave(L, f, 0);
}

/* chains([elements or boolean]): from how many elements on ops wait for the next one, false for never; gives what was. */
static int chains(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t before = lun_op_waits.elements, elements = lua_toboolean(L, 1) ? LUN_WORTH_WAITING : INT64_MAX;
    bool given = !lua_isnoneornil(L, 1), number = given && !lua_isboolean(L, 1);
    if (number && (!lunL_read_integer(L, 1, "elements", &elements) || elements < 1))
        return lunL_fail(L, f, "graph.chains", LUN_E_ARGUMENT, "true, false, or from how many elements on", "`elements` must be 1 or more");
    if (given && !lun_graph_chains(elements)) return lunL_raise(L, f);
    if (before == INT64_MAX) lua_pushboolean(L, 0);
    else lua_pushinteger(L, before);
    return 1;
}

/* counts(graph), or counts() of the chains */
static int counts(lua_State *L)
{
    const lun_graph *g = lua_isnoneornil(L, 1) ? &lun_chains : graph_at(L, 1);
    const lun_graph_counts *c = &g->counts;
    const struct { const char *name; uint64_t value; } all[] = {
        {"calls", c->calls}, {"queued", c->queued}, {"runs", c->runs}, {"plans", c->plans}, {"matched", c->matched}, {"groups", c->groups},
        {"fused", c->fused}, {"unwritten", c->unwritten}, {"dead", c->dead}, {"common", c->common},
        {"constant", c->constant}, {"at_once", c->at_once},
        {"watched", c->watched}};
    lua_createtable(L, 0, 16);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lunL_set_count(L, all[i].name, all[i].value);
    }
    lua_newtable(L);
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        lunL_set_flag(L, passes[i].name, (g->passes & passes[i].bit) != 0);
    }
    lua_setfield(L, -2, "passes");
    lunL_set_text(L, "reason", c->reason);
    return 1;
}

/* Intermediate values that Lua no longer uses need not be written. */
static void collect(void)
{
    if (lunL_now) lunL_memory_young(lunL_now);
}

int lunL_open_graph(lua_State *L)
{
    static const luaL_Reg functions[] = {{"new", new_graph}, {"call", call}, {"run", run}, {"counts", counts}, {"chains", chains},
                                         {NULL, NULL}};
    luaL_newmetatable(L, graph_type);
    lua_pushcfunction(L, free_graph);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}

void lunL_graph_settle(void)
{
    if (!lun_graph_run()) lun_error_clear();
}

void lunL_graph_start(void)
{
    lun_graph_on_run(collect);
    lun_graph_chains(LUN_WORTH_WAITING);
}
