/* dry.c - runs on shapes alone, for whoever looks ahead: require "lunette.dry_core"
 *
 * hollow(x) is a tensor like x without elements (core/hollow.h). within(seconds, f, ...) calls f in a context of its own
 * where every op finds shapes only, and gives true and the results, or false and the error; it takes back nothing else that f
 * does. After `seconds` the call is given up with the error OVER, whatever Lua code runs by then. dry() and dry(false), for
 * parts of a program, are in train.c.
 * Holds: the run around it sees no op, no random number, no collection of garbage (so nobody's __gc either) and no error of it.
 * Read next: lib/shapes/ghost.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/dry.h"

#include "core/device.h"
#include "core/hollow.h"
#include "lua_bindings/box.h"
#include "lua_bindings/call.h"
#include "lua_bindings/memory.h"

#include <lauxlib.h>
#include <time.h>

enum { INSTRUCTIONS = 2000 }; /* between two looks at the clock */

static __thread double deadline;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* what others run meanwhile is not this call's fault */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int hollow(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    return lunL_give(L, f, x ? lun_hollow_like(x) : NULL);
}

/* text(x): "f32[64,10]", with the device where that is not the CPU. */
static int text(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    char shape[LUN_SHAPE_TEXT], device[LUN_DEVICE_TEXT];
    if (!x) return lunL_raise(L, f);
    lua_pushstring(L, lun_tensor_text(x, shape));
    if (lun_tensor_device(x).type == LUN_CPU) return 1;
    lua_pushfstring(L, " %s", lun_device_text(lun_tensor_device(x), device));
    lua_concat(L, 2);
    return 1;
}

/* op(f): the name of the op of the table that the function is; nil for another one, and for ops that programs define. */
static int op(lua_State *L)
{
    const lun_op *row = lunL_op_of(L, 1);
    if (!row || row->host) return 0;
    lua_pushstring(L, row->name);
    return 1;
}

static void look_at_clock(lua_State *L, lua_Debug *event)
{
    (void)event;
    if (now() < deadline) return;
    lua_pushliteral(L, "OVER");
    lua_error(L);
}

static int over(lua_State *L)
{
    lua_pushboolean(L, now() >= deadline);
    return 1;
}

static int within(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1), before = deadline;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_Hook hook = lua_gethook(L);
    int mask = lua_gethookmask(L), count = lua_gethookcount(L);
    bool collects = lua_gc(L, LUA_GCISRUNNING), grad = lun_context_get()->grad_enabled;
    lua_State *running = lunL_now;
    lun_context own;
    luaL_checkstack(L, 4, NULL);
    if (collects) lua_gc(L, LUA_GCSTOP);
    bool paused = lunL_memory_pause(true);
    lun_context_push(&own);
    own.dry = true;
    own.grad_enabled = grad;
    deadline = now() + seconds;
    lua_sethook(L, look_at_clock, LUA_MASKCOUNT, INSTRUCTIONS);
    bool good = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0) == LUA_OK;
    lua_sethook(L, hook, mask, count);
    deadline = before;
    lun_context_pop();
    lunL_memory_pause(paused);
    if (collects) lua_gc(L, LUA_GCRESTART);
    lunL_now = running;
    lua_pushboolean(L, good);
    lua_replace(L, 1);
    return lua_gettop(L);
}

int lunL_open_dry(lua_State *L)
{
    static const luaL_Reg functions[] = {{"hollow", hollow}, {"within", within}, {"over", over}, {"text", text},
                                         {"op", op}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
