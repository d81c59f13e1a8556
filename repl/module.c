/* module.c - require "lunette.shell": what Lua code may ask of the program it runs in
 *
 * lib/magics.lua and the tutor are made of these. Holds: nothing here is needed by a program that only computes.
 * Read next: module.h, repl/command.h, repl/prompt.h, repl/run.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/module.h"

#include "lua_bindings/fields.h"
#include "lua_bindings/interrupt.h"
#include "plot/terminal.h"
#include "repl/cell.h"
#include "repl/command.h"
#include "repl/console.h"
#include "repl/ghost.h"
#include "repl/graph.h"
#include "repl/highlight.h"
#include "repl/input.h"
#include "repl/job.h"
#include "repl/journal.h"
#include "repl/profile.h"
#include "repl/prompt.h"
#include "repl/record.h"
#include "repl/report.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/show.h"
#include "repl/undo.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

/* source(chunk): the text kept for a chunk that is no file ("=In[3]"), or nil. */
static int source(lua_State *L)
{
    lunL_session_push_source(L, luaL_checkstring(L, 1));
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

static void add_option(const char *kind, const char *usage, const char *help, void *data)
{
    const char *const values[] = {kind, usage, help};
    lua_State *L = data;
    lua_createtable(L, 3, 0);
    for (int i = 0; i < 3; i++) {
        lua_pushstring(L, values[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* options(): what the command line takes, as {"word" or "option", "--seed N", help}. */
static int options(lua_State *L)
{
    lua_newtable(L);
    lun_options_each(add_option, L);
    return 1;
}

/* theme() -> "auto", "dark", "light" or "none"; theme(name) sets it */
static int theme(lua_State *L)
{
    static const char *const names[] = {"auto", "dark", "light", "none", NULL};
    static int now;
    if (!lua_isnoneornil(L, 1)) now = luaL_checkoption(L, 1, NULL, names);
    lun_terminal_set_theme((lun_terminal_theme)now);
    lua_pushstring(L, names[now]);
    return 1;
}

/* undo(): wakes the session from before the last cell and does not return, or says why not; undo(on) turns it on or off. */
static int undo(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_pushstring(L, lun_undo());
        return 1;
    }
    lun_undo_wanted(lua_toboolean(L, 1));
    return 0;
}

/* last_error(): {code, message} of the last error; nil when there was none. */
static int last_error(lua_State *L)
{
    lunL_report_push_last(L);
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

/* notebook(name, text): the chunks named "=name" are cells of the notebook whose text this is. */
static int notebook(lua_State *L)
{
    size_t length;
    const char *name = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
    snprintf(lunL_the_shell.notebook, sizeof lunL_the_shell.notebook, "=%.100s", name);
    lunL_session_keep_source(L, lunL_the_shell.notebook, text, length);
    lua_pushstring(L, lunL_the_shell.notebook);
    return 1;
}

/* recording(): is a cell being recorded? */
static int is_recording(lua_State *L)
{
    lua_pushboolean(L, lunL_record_on());
    return 1;
}

typedef struct name_set { lua_State *L; int index; } name_set;

static void note_magic(const char *name, const char *help, void *data)
{
    const name_set *set = data;
    (void)help;
    lua_pushlstring(set->L, name, strcspn(name, " "));
    lua_pushboolean(set->L, 1);
    lua_rawset(set->L, set->index);
}

/* magics(): a set of their names. */
static int magics(lua_State *L)
{
    luaL_checkstack(L, 12, NULL);
    lua_newtable(L);
    name_set set = {L, lua_gettop(L)};
    lunL_command_each(L, note_magic, &set);
    return 1;
}

/* judge(text): is it a whole cell, or must more lines follow? */
static int judge(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_pushboolean(L, lunL_run_judge(L, text, length) == LUNL_RUN_WHOLE);
    return 1;
}

/* styles(text): one letter for each byte, as repl/highlight.h counts them: "a" plain text, "b" keyword, ... */
static int styles(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    luaL_Buffer b;
    char *to = luaL_buffinitsize(L, &b, length);
    lun_highlight(text, length, length + 1, (unsigned char *)to);
    for (size_t i = 0; i < length; i++) to[i] = (char)(to[i] + 'a');
    luaL_pushresultsize(&b, length);
    return 1;
}

/* pause(seconds): sleeps; Ctrl-C ends it. */
static int sleep_for(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    seconds = seconds > 0 ? seconds < 3600 ? seconds : 3600 : 0;
    struct timespec t = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&t, NULL);
    return 0;
}

int lunL_open_shell_module(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"magic", lunL_command_add}, {"on_cell", lunL_run_add_listener}, {"before_cell", lunL_run_add_early_listener},
        {"prompt", lunL_prompt_from_lua}, {"unwind", unwind},
        {"run", run}, {"cell", cell}, {"compile", compile}, {"list", list}, {"number", number}, {"forget", forget}, {"brief", brief},
        {"standard", standard}, {"source", source}, {"type", type}, {"traceback", traceback}, {"last_error", last_error}, {"options", options},
        {"undo", undo}, {"start_job", lunL_job_start}, {"job", lunL_job_state}, {"stop_job", lunL_job_stop}, {"job_value", lunL_job_value},
        {"dead_session", dead_session}, {"theme", theme},
        {"ghost", lunL_ghost_from_lua},
        {"record", lunL_record_cell}, {"emit", lunL_record_emit}, {"recording", is_recording}, {"notebook", notebook},
        {"judge", judge}, {"magics", magics}, {"styles", styles}, {"pause", sleep_for},
        {"graph", lunL_graph_from_lua}, {"address", lunL_graph_address}, {"profile", lunL_profile_from_lua}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lunL_set_flag(L, "interactive", lun_input_main.kind == LUN_INPUT_EDITOR);
    lunL_set_flag(L, "plain", lunL_the_shell.options->plain || lun_console_dumb() || !lun_console_output());
    lunL_set_flag(L, "batch", lunL_the_shell.options->batch);
    return 1;
}
