/* debug_wire.c - messages from outside as Lua sees them: the wire_ functions of lunette.dbg_core
 *
 * While the run computes, a message wakes the function set with wire_on_message(f): at the next Lua instruction, or at the next op where
 * no Lua runs (a backward pass). f answers on a coroutine and in a context of its own, as a stop does; "pause" has the run stop there.
 * Read next: debugger/wire.h, lib/dap.lua. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/error.h"
#include "debugger/travel.h"
#include "debugger/wire.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/interrupt.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char on_message_key;

/* Has Lua answer. True: it wants the run to pause. */
static bool answered_with_pause(lua_State *L)
{
    lun_context inner;
    int status, top = lua_gettop(L);
    if (!lua_checkstack(L, 8)) return false;
    lun_context_push(&inner);
    lua_State *co = lunL_debug_call(L, &on_message_key, 0, &status);
    lun_context_pop();
    bool pause = status == LUA_OK && lua_toboolean(co, 1), unwind = status != LUA_OK && lunL_is_unwind(co, -1);
    if (status != LUA_OK && !unwind) lua_writestringerror("debugger: %s\n", luaL_tolstring(co, -1, NULL));
    lua_settop(L, top);
    if (unwind) return lunL_unwind(L, lunL_unwind_reason()), false;
    return pause;
}

static int guarded_now; /* evaluations at stops that are running */

static void answer_in_hook(lua_State *L)
{
    if (lun_travel_forwarding()) return; /* a stop follows, where it is read */
    if (lun_context_get()->outer && !guarded_now) { /* in the debugger's own code, on its way back to the run */
        lunL_message_keep();
        return;
    }
    if (answered_with_pause(L)) lunL_debug_stop_in_code(L, "pause");
}

static int answer_protected(lua_State *L)
{
    if (answered_with_pause(L)) lun_stop_step(LUN_STEP_OP, 1);
    return 0;
}

/* In C for long, a backward pass: before an op. */
static lun_action answer_at_op(lun_listener *l, lun_event *e)
{
    (void)l;
    lua_State *L = lunL_now;
    if (!(__atomic_load_n(&lun_context_get()->armed, __ATOMIC_RELAXED) & LUN_ARMED_MESSAGE)) return LUN_GO;
    lun_disarm(LUN_ARMED_MESSAGE);
    if (!L || e->kind != LUN_EVENT_BEFORE || lun_travel_forwarding() || !lua_checkstack(L, 8)) return LUN_GO;
    int top = lua_gettop(L);
    lua_pushcfunction(L, answer_protected);
    bool unwinds = lua_pcall(L, 0, 0, 0) != LUA_OK && lunL_is_unwind(L, -1);
    lua_settop(L, top);
    lunL_now = L;
    if (!unwinds) return LUN_GO;
    lun_fail(LUN_E_UNWIND, NULL, "the debugger left this run");
    return LUN_UNWIND;
}

static lun_listener listener = {.bits = 0, .on = answer_at_op};

/* ---- the functions of lunette.dbg_core ---- */

/* wire_open("lines" or "headers", port or nil: standard input and output) -> port or nil */
static int wire_open(lua_State *L)
{
    static const char *const names[] = {"lines", "headers", NULL};
    int framing = luaL_checkoption(L, 1, NULL, names);
    lua_Integer port = luaL_optinteger(L, 2, LUN_WIRE_STDIO);
    lunL_frame f = lunL_enter(L);
    luaL_argcheck(L, port >= LUN_WIRE_STDIO && port < 65536, 2, "a port: 0 to 65535");
    if (!lun_wire_open((int)port, (lun_wire_framing)framing, lunL_message_signal)) return lunL_raise(L, f);
    lunL_message_host(answer_in_hook);
    lun_context *run = lun_context_get();
    while (run->outer) run = run->outer;
    lun_listen_in(run, &listener, true);
    if (lun_wire_port() == LUN_WIRE_STDIO) lua_pushnil(L);
    else lua_pushinteger(L, lun_wire_port());
    return lunL_leave(L, f, 1);
}

/* wire_receive(milliseconds) -> "message", text; "opened"; "closed"; nil when nothing came */
static int wire_receive(lua_State *L)
{
    static const char *const kinds[] = {NULL, "message", "opened", "closed"};
    char *text = NULL;
    size_t length = 0;
    lun_wire_news kind = lun_wire_receive((int)luaL_checkinteger(L, 1), &text, &length);
    lua_pushstring(L, kinds[kind]);
    if (!text) return 1;
    lua_pushlstring(L, text, length);
    free(text);
    return 2;
}

/* wire_send(text): false when nobody is there */
static int wire_send(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_pushboolean(L, lun_wire_send(text, length));
    return 1;
}

/* wire_output(0: stdout, 1: stderr) -> what was printed since, or "" */
static int wire_output(lua_State *L)
{
    int stream = luaL_checkinteger(L, 1) != 0;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    fflush(stream ? stderr : stdout);
    for (size_t n = 1; n;) {
        n = lun_wire_output(stream, luaL_prepbuffer(&b), LUAL_BUFFERSIZE);
        luaL_addsize(&b, n);
    }
    luaL_pushresult(&b);
    return 1;
}

static int wire_serve(lua_State *L)
{
    lun_wire_serve(lua_toboolean(L, 1));
    return 0;
}

static int wire_drop(lua_State *L)
{
    (void)L;
    lun_wire_drop();
    return 0;
}

static int wire_on_message(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &on_message_key);
    return 0;
}

static lua_State *asker;

static void add_thread(lua_State *thread)
{
    if (!lua_checkstack(thread, 1)) return;
    lua_pushthread(thread);
    lua_xmove(thread, asker, 1);
    lua_rawseti(asker, 1, (lua_Integer)lua_rawlen(asker, 1) + 1);
}

/* threads() -> the living coroutines, in no order */
static int threads(lua_State *L)
{
    lua_settop(L, 0);
    lua_newtable(L);
    asker = L;
    lunL_each_thread(L, add_thread);
    return 1;
}

/* main() -> the main coroutine of the run that the stop is in, or nil */
static int main_of_run(lua_State *L)
{
    lua_State *run = lunL_debug_stopped_run();
    if (!run || !lua_checkstack(run, 1)) return 0;
    lua_pushthread(run);
    lua_xmove(run, L, 1);
    return 1;
}

/* guarded(f, ...) -> true, what f gives; or false, its error. While f runs, messages wake, and what interrupts ends f alone; other unwinds
 * go on. */
static int guarded(lua_State *L)
{
    int n = lua_gettop(L) - 1, results = 0;
    luaL_checkany(L, 1);
    lua_State *co = lunL_newthread(L);
    luaL_checkstack(co, n + 10, NULL);
    lua_insert(L, 1);
    lua_xmove(L, co, n + 1);
    lun_wire_serve(false);
    guarded_now++;
    int status = lunL_run(co, L, n, &results);
    guarded_now--;
    lun_wire_serve(true);
    lunL_now = L;
    if (status == LUA_OK) {
        luaL_checkstack(L, results + 1, NULL);
        lua_pushboolean(L, 1);
        lua_xmove(co, L, results);
        return results + 1;
    }
    bool unwind = lunL_is_unwind(co, -1);
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    lunL_close(co, L);
    if (!unwind) return 2;
    lunL_unwind_kind why = lunL_unwind_reason();
    if (why != LUNL_UNWIND_INTERRUPT) return lunL_unwind(L, why);
    lua_pushliteral(L, "interrupted");
    lua_replace(L, -2);
    return 2;
}

/* interrupt(): ends the innermost evaluation, as Ctrl-C does. */
static int interrupt(lua_State *L) { return lunL_unwind(L, LUNL_UNWIND_INTERRUPT); }

/* wire_folder() -> the folder that this process is in */
static int wire_folder(lua_State *L)
{
    char path[4096];
    lua_pushstring(L, getcwd(path, sizeof path) ? path : ".");
    return 1;
}

static int wire_chdir(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    if (!chdir(path)) return 0;
    return lunL_fail(L, lunL_enter(L), "cwd", LUN_E_FILE, NULL, "%s: %s", path, strerror(errno));
}

void lunL_debug_wire(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"wire_open", wire_open}, {"wire_receive", wire_receive}, {"wire_send", wire_send}, {"wire_output", wire_output},
        {"wire_serve", wire_serve},
        {"wire_drop", wire_drop}, {"wire_on_message", wire_on_message}, {"threads", threads}, {"main", main_of_run},
        {"guarded", guarded}, {"interrupt", interrupt}, {"wire_folder", wire_folder}, {"wire_chdir", wire_chdir}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
