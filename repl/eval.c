/* eval.c - runs a function for the person at the prompt
 *
 * Holds: the order after a failure is: post-mortem hook, rescue of locals, report made (frames are needed for all three),
 * <close> variables, report printed. Read next: eval.h, lua_bindings/interrupt.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/eval.h"

#include "core/backend.h"
#include "core/device.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/graph.h"
#include "lua_bindings/interrupt.h"
#include "lua_bindings/prompt.h"
#include "repl/locals.h"
#include "repl/record.h"
#include "repl/report.h"
#include "repl/session.h"
#include "repl/show.h"
#include "repl/console.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static lunL_eval_status classify(lua_State *dead, int status)
{
    static const lunL_eval_status unwinds[] = {LUNL_EVAL_ERROR, LUNL_EVAL_INTERRUPTED, LUNL_EVAL_QUIT, LUNL_EVAL_EXIT,
                                               LUNL_EVAL_REWIND};
    if (status == LUA_ERRMEM) return LUNL_EVAL_MEMORY;
    if (lunL_is_unwind(dead, -1)) return unwinds[lunL_unwind_reason()];
    return lunL_report_is_memory(dead, -1) ? LUNL_EVAL_MEMORY : LUNL_EVAL_ERROR;
}

/* The first error of a session at a prompt loads the debugger (10 ms), so that %pm can walk through it. */
static int load_debugger(lua_State *L)
{
    lunL_require(L, "lunette.dbg");
    lua_pop(L, 1);
    return 0;
}

static int call_failed_hook(lua_State *L)
{
    lunL_prompt_failed(L, lua_touserdata(L, 1));
    return 0;
}

/* Everything that must happen while the dead coroutine's frames can be read. Pushes the report. */
static void look_at_dead(lua_State *L, lua_State *dead, lunL_eval_status status, const char *names)
{
    if (!lunL_prompt_failed && status == LUNL_EVAL_ERROR && lunL_the_shell.interactive) {
        lua_pushcfunction(L, load_debugger);
        if (lua_pcall(L, 0, 0, 0) != LUA_OK) lua_pop(L, 1); /* %pm will say that there is nothing to look at */
    }
    if (lunL_prompt_failed && (status == LUNL_EVAL_ERROR || status == LUNL_EVAL_MEMORY)) {
        lua_pushcfunction(L, call_failed_hook);
        lua_pushlightuserdata(L, dead);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1);
    }
    lunL_locals_rescue(L, dead, names);
    lunL_report_push(L, dead, status == LUNL_EVAL_INTERRUPTED);
}

/* Runs the <close> variables that wait on the dead coroutine. Pushes the error that one of them raised, or nil. */
static void bury(lua_State *dead, lua_State *L)
{
    bool same = true;
    if (!lua_checkstack(dead, 2)) {
        lua_pushnil(L);
        return;
    }
    lua_pushvalue(dead, -1);
    lua_xmove(dead, L, 1);
    if (lunL_close(dead, L) != LUA_OK) {
        lua_xmove(dead, L, 1);
        same = lua_rawequal(L, -1, -2) || lunL_is_unwind(L, -1);
        lua_remove(L, -2);
    }
    if (!same) return;
    lua_pop(L, 1);
    lua_pushnil(L);
}

/* What went wrong on a device before, or beside: nobody will ask for it in this cell any more. A debugger that looks for NaN there would
 * stop, so it asks by itself. */
static void tell_pending(void)
{
    if (!lun_backends[LUN_CUDA] || lunL_the_shell.prompts > 0 || (lun_context_get()->armed & LUN_ARMED_HEALTH)) return;
    if (lun_device_settle()) return;
    const lun_error *e = lun_error_get();
    fprintf(stderr, "  and on the device: %s%s%s\n", e->op, *e->op ? ": " : "", e->message);
    lun_error_clear();
}

static lunL_eval_status failed(lua_State *L, lua_State *dead, int status, const char *names)
{
    lunL_eval_status outcome = classify(dead, status);
    bool silent = outcome == LUNL_EVAL_QUIT || outcome == LUNL_EVAL_EXIT || outcome == LUNL_EVAL_REWIND;
    look_at_dead(L, dead, outcome, names);
    bury(dead, L);
    if (!silent) {
        lua_pushvalue(L, -2);
        bool pressed = outcome == LUNL_EVAL_INTERRUPTED && lun_console_input();
        lunL_report_print(L, pressed);
        if (pressed) lun_console_forget_signals();
    }
    const char *closing = lua_tostring(L, -1);
    if (closing) fprintf(stderr, "  and while closing: %s\n", closing);
    lua_pop(L, 2);
    if (outcome == LUNL_EVAL_ERROR) tell_pending();
    return outcome;
}

typedef struct evaluation {
    lua_State *co;
    int arguments, results, status;
} evaluation;

/* Protected: what may run out of memory before the coroutine runs. */
static int prepare(lua_State *L)
{
    evaluation *e = lua_touserdata(L, 1);
    e->co = lunL_newthread(L);
    if (!lua_checkstack(e->co, e->arguments + 10)) return luaL_error(L, "too many arguments");
    return 1;
}

static int wait_for_devices(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lun_device_settle() ? lunL_leave(L, f, 0) : lunL_raise(L, f);
}

/* What a device has still to do is this cell's work, and what goes wrong there this cell's error. Not at a stop: the run goes on. */
static void settle(lua_State *L, evaluation *e)
{
    int none;
    lunL_graph_settle();
    if (!lun_backends[LUN_CUDA] || lunL_the_shell.prompts > 0 || !lua_checkstack(e->co, 2)) return;
    lua_pushcfunction(e->co, wait_for_devices);
    e->status = lunL_run(e->co, L, 0, &none);
}

/* Moves the results to L, or says that there are too many. */
static lunL_eval_status finish(lua_State *L, evaluation *e)
{
    if (lua_checkstack(L, e->results + 10)) {
        lua_xmove(e->co, L, e->results);
        return LUNL_EVAL_GOOD;
    }
    lua_pop(e->co, e->results);
    fputs("error: too many results to show\n", stderr);
    e->results = 0;
    return LUNL_EVAL_ERROR;
}

lunL_eval_status lunL_eval(lua_State *L, int arguments, int *results, const char *names)
{
    evaluation e = {.arguments = arguments};
    int base = lua_gettop(L) - arguments;
    *results = 0;
    lua_pushcfunction(L, prepare);
    lua_pushlightuserdata(L, &e);
    if (!lua_checkstack(L, 12) || lua_pcall(L, 1, 1, 0) != LUA_OK) {
        fputs("error[E601] not enough memory to run this\n", stderr);
        lua_settop(L, base - 1);
        return LUNL_EVAL_MEMORY;
    }
    lua_insert(L, base);                   /* the coroutine lies under what it takes */
    lua_xmove(L, e.co, arguments + 1);
    e.status = lunL_run(e.co, L, arguments, &e.results);
    if (e.status == LUA_OK) settle(L, &e);
    lunL_eval_status outcome = e.status == LUA_OK ? finish(L, &e) : failed(L, e.co, e.status, names);
    lua_remove(L, base);
    lunL_interrupt_clear();
    *results = outcome == LUNL_EVAL_GOOD ? e.results : 0;
    lunL_now = L; /* not the coroutine that may be collected now */
    return outcome;
}

lunL_eval_status lunL_eval_run(lua_State *L, int arguments, int *results, const char *names)
{
    bool asked = lunL_prompt_run && lunL_the_shell.prompts == 0 && lua_checkstack(L, arguments + 12);
    if (!asked || !lunL_prompt_run(L, LUNL_RUN_BEGINS)) return lunL_eval(L, arguments, results, names);
    int base = lua_gettop(L) - arguments; /* the function; it and its arguments stay here */
    lunL_eval_status status;
    bool again;
    do {
        for (int i = 0; i <= arguments; i++) lua_pushvalue(L, base + i);
        status = lunL_eval(L, arguments, results, names);
        again = (status == LUNL_EVAL_REWIND && lunL_prompt_run(L, LUNL_RUN_REWOUND)) ||
                (status == LUNL_EVAL_GOOD && lunL_prompt_run(L, LUNL_RUN_DONE));
        if (again) lua_settop(L, base + arguments);
    } while (again);
    lunL_prompt_run(L, LUNL_RUN_ENDS);
    for (int i = 0; i <= arguments; i++) lua_remove(L, base);
    return status;
}

lunL_eval_status lunL_eval_show(lua_State *L, int values)
{
    int ignored;
    if (lunL_the_shell.interactive && lunL_the_shell.prompts == 0) lua_pushinteger(L, lunL_the_shell.cell);
    else lua_pushnil(L);
    lua_pushcclosure(L, lunL_record_on() ? lunL_record_values : lunL_show_results, 1);
    lua_insert(L, -values - 1);
    return lunL_eval(L, values, &ignored, NULL);
}

int lunL_eval_exit_status(lunL_eval_status status)
{
    switch (status) {
    case LUNL_EVAL_GOOD: return LUN_EXIT_GOOD;
    case LUNL_EVAL_MEMORY: return LUN_EXIT_MEMORY;
    case LUNL_EVAL_INTERRUPTED: return LUN_EXIT_INTERRUPTED;
    case LUNL_EVAL_QUIT:
    case LUNL_EVAL_EXIT: return LUN_EXIT_QUIT;
    default: return LUN_EXIT_ERROR;
    }
}
