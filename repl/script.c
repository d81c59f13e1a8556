/* script.c - what the command line asks to run: -e, -l, a file, standard input as one chunk
 *
 * Holds: text only; everything runs through lunL_eval, so Ctrl-C, errors and the debugger work as at the prompt.
 * Read next: script.h, repl/eval.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/script.h"

#include "lua_bindings/fields.h"
#include "repl/console.h"
#include "repl/report.h"
#include "repl/session.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lunL_script_set_arg(lua_State *L, int argc, char **argv, int script)
{
    if (script == argc) script = 0; /* no script: the program's own name is at 0 */
    lua_createtable(L, argc, 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

typedef lunL_eval_status runner(lua_State *L, int arguments, int *results, const char *names);

static lunL_eval_status run_loaded(lua_State *L, int status, int arguments, runner *run)
{
    int results;
    if (status != LUA_OK) {
        lua_insert(L, -arguments - 1);
        lua_pop(L, arguments);
        lunL_report_syntax(L);
        lunL_report_print(L, false);
        return status == LUA_ERRMEM ? LUNL_EVAL_MEMORY : LUNL_EVAL_ERROR;
    }
    lua_insert(L, -arguments - 1);
    lunL_eval_status outcome = run(L, arguments, &results, NULL);
    lua_pop(L, results);
    return outcome;
}

/* --- -e and -l ------------------------------------------------------------------------------------------ */

/* "name" or "global=name". */
static int load_library(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1), *equals = strchr(text, '=');
    const char *module = equals ? equals + 1 : text;
    lunL_require(L, module);
    lua_pushlstring(L, text, equals ? (size_t)(equals - text) : strlen(text));
    lua_insert(L, -2);
    lua_pushglobaltable(L);
    lua_insert(L, -3);
    lua_rawset(L, -3);
    return 0;
}

static lunL_eval_status last_chunk;

static bool run_chunk(char option, const char *text)
{
    lua_State *L = lunL_the_shell.L;
    if (option == 'l') {
        lua_pushstring(L, text);
        lua_pushcfunction(L, load_library);
        last_chunk = run_loaded(L, LUA_OK, 1, lunL_eval);
    } else {
        lunL_session_keep_source(L, "=(command line)", text, strlen(text));
        last_chunk = run_loaded(L, luaL_loadbufferx(L, text, strlen(text), "=(command line)", "t"), 0, lunL_eval_run);
    }
    return last_chunk == LUNL_EVAL_GOOD;
}

lunL_eval_status lunL_script_run_chunks(lua_State *L, char **argv)
{
    (void)L;
    last_chunk = LUNL_EVAL_GOOD;
    lun_options_each_chunk(lunL_the_shell.options, argv, run_chunk);
    return last_chunk;
}

/* --- files ---------------------------------------------------------------------------------------------- */

static int push_arguments(lua_State *L)
{
    lua_getglobal(L, "arg");
    int count = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
    luaL_checkstack(L, count + 20, "too many arguments to the script");
    for (int i = 1; i <= count; i++) lua_rawgeti(L, -i, i);
    lua_remove(L, -count - 1);
    return count;
}

lunL_eval_status lunL_script_run_file(lua_State *L, const char *path)
{
    int arguments = push_arguments(L);
    int status = luaL_loadfilex(L, strcmp(path, "-") == 0 ? NULL : path, "t");
    return run_loaded(L, status, arguments, lunL_eval_run);
}

/* --- what belongs to the library ------------------------------------------------------------------------ */

/* Pushes lun's own function `name`; false and nothing pushed if this build has none. */
static bool push_function(lua_State *L, const char *name)
{
    lua_getglobal(L, "lun");
    lua_pushstring(L, name);
    bool found = lua_rawget(L, -2) == LUA_TFUNCTION;
    lua_remove(L, -2);
    if (!found) lua_pop(L, 1);
    return found;
}

static void set_number(lua_State *L, const char *function, const char *text)
{
    if (!push_function(L, function)) luaL_error(L, "this build of Lunette has no lun.%s", function);
    lua_pushinteger(L, (lua_Integer)strtoll(text, NULL, 0));
    lua_call(L, 1, 0);
}

static void set_device(lua_State *L, const char *device)
{
    if (push_function(L, "set_default_device")) {
        lua_pushstring(L, device);
        lua_call(L, 1, 0);
    } else if (strcmp(device, "cpu") != 0) {
        luaL_error(L, "there is no device '%s' in this build; there is: cpu", device);
    }
}

static int apply_options(lua_State *L)
{
    const lun_options *options = lunL_the_shell.options;
    if (options->threads) set_number(L, "set_num_threads", options->threads);
    if (options->device) set_device(L, options->device);
    if (options->seed) set_number(L, "manual_seed", options->seed);
    return 0;
}

lunL_eval_status lunL_script_apply_options(lua_State *L)
{
    const lun_options *options = lunL_the_shell.options;
    if (options->threads) setenv("LUNETTE_THREADS", options->threads, 1); /* read when the pool starts */
    if (!options->seed && !options->device && !options->threads) return LUNL_EVAL_GOOD;
    lua_pushcfunction(L, apply_options);
    return run_loaded(L, LUA_OK, 0, lunL_eval);
}

/* Calls global.function(text or nil). */
static int call_module(lua_State *L)
{
    lua_getglobal(L, lua_tostring(L, 1));
    lua_getfield(L, -1, lua_tostring(L, 2));
    lua_pushvalue(L, 3);
    lua_call(L, 1, 0);
    return 0;
}

lunL_eval_status lunL_script_start_debugger(lua_State *L, const char *path)
{
    lua_pushliteral(L, "dbg");
    lua_pushliteral(L, "script");
    lua_pushstring(L, path);
    lua_pushcfunction(L, call_module);
    return run_loaded(L, LUA_OK, 3, lunL_eval);
}

void lunL_script_post_mortem(lua_State *L)
{
    lua_pushliteral(L, "dbg");
    lua_pushliteral(L, "pm");
    lua_pushnil(L);
    lua_pushcfunction(L, call_module);
    run_loaded(L, LUA_OK, 3, lunL_eval);
}

/* require(module).function(value, value) */
static int call_required(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, lua_tostring(L, 2));
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 4);
    lua_call(L, 2, 0);
    return 0;
}

/* Calls function(value, value) of the module that serves; the values are on top of L. */
static lunL_eval_status call_server(lua_State *L, const char *function)
{
    lua_pushstring(L, lunL_the_shell.options->dap ? "lunette.dap" : "lunette.dap.lines");
    lua_insert(L, -3);
    lua_pushstring(L, function);
    lua_insert(L, -3);
    lua_pushcfunction(L, call_required);
    return run_loaded(L, LUA_OK, 4, lunL_eval);
}

static bool serving;

lunL_eval_status lunL_script_serve(lua_State *L)
{
    const lun_options *o = lunL_the_shell.options;
    if (!o->dap) lua_pushstring(L, o->debugger_script); /* NULL is nil */
    else if (*o->dap) lua_pushinteger(L, (lua_Integer)strtoll(o->dap, NULL, 0));
    else lua_pushnil(L);
    lua_pushboolean(L, o->script < lunL_the_shell.argc || o->runs_code);
    lunL_eval_status status = call_server(L, "serve");
    serving = status == LUNL_EVAL_GOOD;
    return status;
}

void lunL_script_served(lua_State *L, int exit_status)
{
    if (!serving) return;
    lua_pushinteger(L, exit_status);
    lua_pushnil(L);
    call_server(L, "finish");
}

static int push_program(lua_State *L)
{
    lunL_require(L, "lunette.dap");
    lua_getfield(L, -1, "program");
    return 1;
}

const char *lunL_script_served_program(lua_State *L)
{
    lua_pushcfunction(L, push_program);
    return lua_pcall(L, 0, 1, 0) == LUA_OK ? lua_tostring(L, -1) : NULL;
}

static int start_lesson(lua_State *L)
{
    lunL_require(L, "lunette.tutor");
    lua_getfield(L, -1, "start");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 0);
    return 0;
}

lunL_eval_status lunL_script_learn(lua_State *L, const char *lesson)
{
    if (lesson) lua_pushstring(L, lesson);
    else lua_pushnil(L);
    lua_pushcfunction(L, start_lesson);
    return run_loaded(L, LUA_OK, 1, lunL_eval);
}

static int examine(lua_State *L)
{
    lunL_require(L, "lunette.doctor");
    lua_pop(L, 1);
    return 0;
}

lunL_eval_status lunL_script_doctor(lua_State *L)
{
    lua_pushcfunction(L, examine);
    return run_loaded(L, LUA_OK, 0, lunL_eval);
}

/* check.files(arg) into the integer at upvalue 1. */
static int check_shapes(lua_State *L)
{
    lunL_require(L, "lunette.shapes.check");
    lua_getfield(L, -1, "files");
    lua_getglobal(L, "arg");
    lua_call(L, 1, 1);
    *(int *)lua_touserdata(L, lua_upvalueindex(1)) = (int)luaL_checkinteger(L, -1);
    return 0;
}

lunL_eval_status lunL_script_check_shapes(lua_State *L, int *found)
{
    lua_pushlightuserdata(L, found);
    lua_pushcclosure(L, check_shapes, 1);
    return run_loaded(L, LUA_OK, 0, lunL_eval);
}

/* --- notebooks ------------------------------------------------------------------------------------------ */

/* Arguments: the options as light userdata, the rest of the command line from 2. Returns the exit status. */
static int notebook_command(lua_State *L)
{
    const lun_options *options = lua_touserdata(L, 1);
    int last = lua_gettop(L);
    lunL_require(L, "lunette.notebook.command");
    lua_createtable(L, last - 1, 6);
    for (int i = 2; i <= last; i++) lua_pushvalue(L, i), lua_rawseti(L, -2, i - 1);
    lunL_set_text(L, "open", options->open);
    lunL_set_text(L, "run", options->run);
    lunL_set_text(L, "check", options->check);
    lunL_set_text(L, "watch", options->watch);
    lunL_set_text(L, "export", options->export_to);
    lunL_set_text(L, "seed", options->seed);
    lunL_set_text(L, "record", options->record ? "yes" : NULL);
    lua_call(L, 1, 1);
    return 1;
}

int lunL_script_notebook(lua_State *L, char **argv)
{
    const lun_options *options = lunL_the_shell.options;
    int count = lunL_the_shell.argc - options->script, results;
    luaL_checkstack(L, count + 20, "too many arguments");
    lua_pushcfunction(L, notebook_command);
    lua_pushlightuserdata(L, (void *)options);
    for (int i = 0; i < count; i++) lua_pushstring(L, argv[options->script + i]);
    lunL_eval_status status = lunL_eval(L, count + 1, &results, NULL);
    int exit_status = status == LUNL_EVAL_GOOD && results == 1 ? (int)lua_tointeger(L, -1) : lunL_eval_exit_status(status);
    lua_pop(L, results);
    return exit_status;
}

/* Argument: a code or nil. Prints its page, or the list. */
static int explain(lua_State *L)
{
    lunL_require(L, "lunette.errors");
    lua_getfield(L, -1, lua_isnil(L, 1) ? "list" : "page");
    lua_pushvalue(L, 1);
    lua_pushinteger(L, lun_console_width());
    lua_call(L, 2, 1);
    if (lua_isnil(L, -1)) return luaL_error(L, "there is no code '%s'; `lunette explain` lists them", lua_tostring(L, 1));
    puts(lua_tostring(L, -1));
    return 0;
}

lunL_eval_status lunL_script_explain(lua_State *L, const char *code)
{
    lua_pushstring(L, code);
    lua_pushcfunction(L, explain);
    return run_loaded(L, LUA_OK, 1, lunL_eval);
}
