/* module.c - require "lunette.shell": what Lua code may ask of the program it runs in
 *
 * lib/magics.lua and the tutor are made of these. Holds: nothing here is needed by a program that only computes.
 * Read next: module.h, repl/command.h, repl/prompt.h, repl/run.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/module.h"

#include "lua_bindings/interrupt.h"
#include "repl/cell.h"
#include "repl/command.h"
#include "repl/console.h"
#include "repl/ghost.h"
#include "repl/graph.h"
#include "repl/input.h"
#include "repl/journal.h"
#include "repl/profile.h"
#include "repl/prompt.h"
#include "repl/report.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/show.h"

#include <lauxlib.h>
#include <string.h>

/* unwind("quit" or "exit"): what the debugger's q and Q do. */
static int unwind(lua_State *L)
{
    static const char *const kinds[] = {"quit", "exit", NULL};
    return lunL_unwind(L, luaL_checkoption(L, 1, "quit", kinds) == 0 ? LUNL_UNWIND_QUIT : LUNL_UNWIND_EXIT);
}

/* run(text): as part of the present cell, its values shown; did it go well? */
static int run(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lunL_eval_status status = lunL_run_lua(L, 0, text, length);
    if (status == LUNL_EVAL_INTERRUPTED) return lunL_unwind(L, LUNL_UNWIND_INTERRUPT);
    lua_pushboolean(L, status == LUNL_EVAL_GOOD);
    return 1;
}

/* cell(text): as a cell of its own, with a number; did it go well? */
static int cell(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lunL_eval_status status = lunL_run_cell(L, text, length, NULL, 1);
    if (status == LUNL_EVAL_INTERRUPTED) return lunL_unwind(L, LUNL_UNWIND_INTERRUPT);
    lua_pushboolean(L, status == LUNL_EVAL_GOOD);
    return 1;
}

/* compile(text): the function that the cell would run, never called here, and the names its top-level locals give the session; nil
 * when it is no Lua. */
static int compile(lua_State *L)
{
    lunL_cell cell = {.source = "=cell", .first_line = 1};
    cell.text = luaL_checklstring(L, 1, &cell.length);
    if (lun_command_is(cell.text, cell.length) || lunL_cell_compile(L, &cell) != LUNL_CELL_READY) return 0;
    lua_pushstring(L, cell.names);
    return 2;
}

/* list("In"), list("Out"), list("bytes"): what the session keeps. */
static int list(lua_State *L)
{
    static const char *const names[] = {"In", "Out", "bytes", NULL};
    lunL_session_push_list(L, names[luaL_checkoption(L, 1, NULL, names)]);
    return 1;
}

/* number(): of the cell that runs. */
static int number(lua_State *L)
{
    lua_pushinteger(L, lunL_the_shell.cell);
    return 1;
}

/* forget(n): lets Out[n] go. */
static int forget(lua_State *L)
{
    lunL_session_forget(L, (int)luaL_checkinteger(L, 1));
    return 0;
}

/* brief(value): one short line. */
static int brief(lua_State *L)
{
    luaL_checkany(L, 1);
    lun_text *out = lunL_text_new(L);
    lunL_show_brief(L, 1, out);
    lua_pushlstring(L, lun_text_string(out), out->length);
    return 1;
}

/* standard(name): does this global come with Lua or Lunette? */
static int standard(lua_State *L)
{
    lua_pushboolean(L, lunL_session_comes_with(luaL_checkstring(L, 1)));
    return 1;
}

/* type(text): stands at the next prompt, to be changed and run. */
static int type(lua_State *L)
{
    lun_input_type(luaL_checkstring(L, 1));
    return 0;
}

/* traceback(): of the last error, every frame; nil when there was none. */
static int traceback(lua_State *L)
{
    lunL_report_push_traceback(L);
    return 1;
}

/* dead_session(): the file of the newest session that died, or nil. */
static int dead_session(lua_State *L)
{
    char path[4096];
    if (!lun_journal_dead(path, sizeof path)) return 0;
    lua_pushstring(L, path);
    return 1;
}

int lunL_open_shell_module(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"magic", lunL_command_add}, {"on_cell", lunL_run_add_listener}, {"prompt", lunL_prompt_from_lua}, {"unwind", unwind},
        {"run", run}, {"cell", cell}, {"compile", compile}, {"list", list}, {"number", number}, {"forget", forget}, {"brief", brief},
        {"standard", standard}, {"type", type}, {"traceback", traceback}, {"dead_session", dead_session},
        {"ghost", lunL_ghost_from_lua},
        {"graph", lunL_graph_from_lua}, {"address", lunL_graph_address}, {"profile", lunL_profile_from_lua}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_pushboolean(L, lun_input_main.kind == LUN_INPUT_EDITOR);
    lua_setfield(L, -2, "interactive");
    lua_pushboolean(L, lunL_the_shell.options->plain || lun_console_dumb() || !lun_console_output());
    lua_setfield(L, -2, "plain");
    return 1;
}
