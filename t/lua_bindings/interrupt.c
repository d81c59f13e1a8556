/* interrupt.c - the shared hook and the unwind, without a shell around them
 *
 * Read next: lua_bindings/interrupt.h, t/repl/interrupt.c (the key itself, through a terminal).
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/interrupt.h"
#include "t/tap.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

static int lines, counts, profiled;

static void on_debugger(lua_State *L, lua_Debug *event)
{
    (void)L;
    lines += event->event == LUA_HOOKLINE;
    counts += event->event == LUA_HOOKCOUNT;
}

static void on_profiler(lua_State *L, lua_Debug *event)
{
    (void)L;
    profiled += event->event == LUA_HOOKCOUNT;
    lines += 1000 * (event->event == LUA_HOOKLINE); /* not asked for: would spoil the count */
}

static bool runs(lua_State *L, const char *code)
{
    bool good = luaL_dostring(L, code) == LUA_OK;
    if (!good) note("%s", luaL_tolstring(L, -1, NULL));
    return good;
}

static void hooks(lua_State *L)
{
    ok(runs(L, "old = coroutine.create(function() local a = 1\n a = 2\n coroutine.yield()\n a = 3\n end)"), "a coroutine is made");
    lunL_hook_set(L, LUNL_HOOK_DEBUGGER, on_debugger, LUA_MASKLINE, 0);
    runs(L, "coroutine.resume(old)");
    is_int(lines, 4, "a hook set later sees the lines of an older coroutine, and of the caller");
    lines = 0;
    runs(L, "coroutine.wrap(function() local a = 1\n a = 2\n end)()");
    ok(lines > 3, "and those of a newer one");
    lunL_hook_set(L, LUNL_HOOK_PROFILER, on_profiler, LUA_MASKCOUNT, 100);
    lines = 0;
    runs(L, "for i = 1, 1000 do end");
    ok(profiled > 5 && counts == 0, "a second owner gets its own events only (%d counts)", profiled);
    ok(lines > 0 && lines < 1000 * 1000, "the first keeps its lines");
    lunL_hook_set(L, LUNL_HOOK_DEBUGGER, NULL, 0, 0);
    lines = profiled = 0;
    runs(L, "for i = 1, 1000 do end\nlocal x = 1\n");
    ok(lines == 0 && profiled > 5, "giving the hook back leaves the other in place");
    lunL_hook_set(L, LUNL_HOOK_PROFILER, NULL, 0, 0);
    ok(lua_gethook(L) == NULL, "nobody wants events: no hook at all");
}

static int raise_quit(lua_State *L) { return lunL_unwind(L, LUNL_UNWIND_QUIT); }

static int is_closed(lua_State *L, const char *name)
{
    lua_getglobal(L, name);
    int n = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return n;
}

/* Runs code that must end in the unwind, with the <close> variable of `guard()` closed once. */
static void passes(lua_State *L, const char *how, const char *code)
{
    lua_pushinteger(L, 0);
    lua_setglobal(L, "closed");
    int status = luaL_loadstring(L, code);
    if (status == LUA_OK) status = lua_pcall(L, 0, 0, 0);
    bool unwound = status == LUA_ERRRUN && lunL_is_unwind(L, -1) && lunL_unwind_reason() == LUNL_UNWIND_QUIT;
    if (!ok(unwound, "an unwind passes %s", how)) note("%d %s", status, status ? luaL_tolstring(L, -1, NULL) : "");
    is_int(is_closed(L, "closed"), 1, "... and <close> variables ran");
    lua_settop(L, 0);
}

static void unwinds(lua_State *L)
{
    lua_register(L, "quit", raise_quit);
    runs(L, "function guard() return setmetatable({}, {__close = function() closed = closed + 1 end}) end");
    passes(L, "pcall", "pcall(function() local g <close> = guard() quit() end)");
    passes(L, "xpcall", "xpcall(function() local g <close> = guard() quit() end, function(e) return e .. 'x' end)");
    passes(L, "xpcall with debug.traceback", "xpcall(function() local g <close> = guard() quit() end, debug.traceback)");
    passes(L, "coroutine.resume", "coroutine.resume(coroutine.create(function() local g <close> = guard() quit() end))");
    passes(L, "coroutine.wrap", "pcall(coroutine.wrap(function() local g <close> = guard() quit() end))");
    passes(L, "coroutine.close",
           "local co = coroutine.create(function() local g <close> = guard() local h <close> = setmetatable({}, {__close = quit}) "
           "coroutine.yield() end) coroutine.resume(co) coroutine.close(co)");
    passes(L, "a reader of load", "local g <close> = guard() load(function() quit() end)");
    passes(L, "pcall in pcall in a coroutine",
           "pcall(function() coroutine.wrap(function() pcall(function() local g <close> = guard() quit() end) end)() end)");
    passes(L, "a sort", "pcall(function() local g <close> = guard() table.sort({3, 2, 1}, function() quit() end) end)");
}

static void ordinary(lua_State *L)
{
    ok(runs(L, "local good, why = pcall(error, 'x', 0) assert(not good and why == 'x')"), "ordinary errors are still caught");
    ok(runs(L, "assert(select('#', pcall(function() return 1, nil, nil end)) == 4)"), "results keep their number");
    ok(runs(L, "local co = coroutine.wrap(function() return pcall(function() return coroutine.yield(1) + 1 end) end)\n"
               "assert(co() == 1) local good, n = co(41) assert(good and n == 42)"), "yields pass pcall");
    ok(runs(L, "local good, where = xpcall(function() error('y') end, function(e) return 'got ' .. e end)\n"
               "assert(not good and where:find 'got .*y')"), "handlers are called");
    ok(runs(L, "local co = coroutine.wrap(function() error('z') end) local good, why = pcall(co) assert(why:find 'z$')"),
       "wrap passes errors on");
    ok(runs(L, "assert(not load(string.dump(function() end)) and load(string.dump(function() end), 'x', 'b'))"),
       "binary chunks only when asked for");
    ok(runs(L, "local env = {} load('a = 1', 'x', nil, env)() assert(env.a == 1 and a == nil)"), "load takes an environment");
    ok(runs(L, "assert(coroutine.close(coroutine.create(print)) == true)"), "coroutine.close works");
}

int main(void)
{
    lua_State *L = luaL_newstate();
    if (!ok(L != NULL, "there is a Lua")) return done_testing();
    luaL_openlibs(L);
    lunL_interrupt_install(L);
    lunL_interrupt_install(L);
    hooks(L);
    unwinds(L);
    ordinary(L);
    lua_close(L);
    return done_testing();
}
