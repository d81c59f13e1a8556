/* debug.h - the debugger's Lua side, in parts: stops (debug.c), breakpoints (debug_breaks.c), lines of Lua (debug_lines.c), the graph
 * (debug_graph.c), the journal (debug_journal.c), causes (debug_why.c), results to come (debug_results.c), going back
 * (debug_travel.c) and messages from outside (debug_wire.c). SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_DEBUG_H
#define LUN_LUA_BINDINGS_DEBUG_H
#include "debugger/stop.h"

#include <lua.h>
/* Has `require` find lunette.dbg_core, which makes this state the debugger's host. */
void lunL_debug_preload(lua_State *L);
/* Has failed cells kept for dbg.pm(); the debugger is loaded when the first one fails. */
void lunL_debug_failures(void);
/* An op was defined at run time. */
void lunL_debug_op_defined(void);

/* ---- between the parts ---- */

/* Fields of the table on top of the stack; a NULL string is nil. */
static inline void lunL_debug_set_string(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}
static inline void lunL_debug_set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* A message handler: keeps the frames of an error on its way through a protected call of the debugger's own, for the post-mortem. */
int lunL_debug_failed_inside(lua_State *L);
/* Each adds its functions to the table on top of the stack. */
void lunL_debug_breaks(lua_State *L);
void lunL_debug_lines(lua_State *L);
void lunL_debug_graph(lua_State *L);
void lunL_debug_journal(lua_State *L);
void lunL_debug_why(lua_State *L);
void lunL_debug_travel(lua_State *L);
void lunL_debug_results(lua_State *L);
void lunL_debug_wire(lua_State *L);
/* Calls the registered function at `key` with the n values on top of L, on a fresh coroutine whose caller is L. Leaves the
 * coroutine on L and its status in the result; its values stand on the coroutine's stack. */
lua_State *lunL_debug_call(lua_State *L, const void *key, int n, int *status);
/* The op that the innermost stop is at; NULL when it is at none. */
const lun_event *lunL_debug_event(void);
/* The coroutine that called it. */
lua_State *lunL_debug_stopped_thread(void);
/* The main coroutine of the run that the innermost stop is in; NULL at no stop. */
lua_State *lunL_debug_stopped_run(void);
/* Stops in the Lua code that L runs, in a hook, for a reason of the host's: "pause". */
void lunL_debug_stop_in_code(lua_State *L, const char *reason);
/* Pops an event table, has it shown and answered; returns how many values it pushed: action, inputs, outputs. Raises when the run is
 * given up. */
int lunL_debug_stop(lua_State *L);
/* The run in which the last step by ops was asked for; NULL: any. Compared, never followed. */
const lua_State *lunL_debug_step_run(void);
/* Pops an event table: does the condition of this breakpoint hold? */
bool lunL_debug_holds(lua_State *L, int breakpoint);
/* Pops an event table; counts the pass, asks the condition, counts the hit: does it stop here? For places that the host finds. */
bool lunL_debug_stops_here(lua_State *L, lun_breakpoint *b);
/* After breakpoints changed: which lines are wanted now? */
void lunL_debug_lines_rearm(lua_State *L);
#endif
