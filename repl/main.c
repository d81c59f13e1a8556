/* main.c - the program lunette
 *
 * Reads the command line, makes a Lua state with Lunette's library in it, runs what was asked for, and opens the shell when
 * nothing was asked for (or -i).
 * Holds: start-up loads nothing that is not used: the library, the editor and the history come at first touch.
 * Read next: repl/options.h, repl/script.c, repl/loop.c, repl/eval.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/interrupt.h"
#include "lua_bindings/state.h"
#include "plot/terminal.h"
#include "repl/input.h"
#include "repl/loop.h"
#include "repl/module.h"
#include "repl/prompt.h"
#include "repl/script.h"
#include "repl/session.h"
#include "repl/console.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_lunette(lua_State *L);

typedef struct invocation {
    int argc;
    char **argv;
    lun_options options;
    int exit_status;
} invocation;

/* --- the state ------------------------------------------------------------------------------------------ */

static void preload(lua_State *L, const char *name, lua_CFunction open)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void open_state(lua_State *L, const lun_options *options)
{
    if (options->ignore_environment) {
        lua_pushboolean(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    }
    lua_gc(L, LUA_GCSTOP);
    luaL_openlibs(L);
    preload(L, "lunette", luaopen_lunette);
    preload(L, "lunette.shell", lunL_open_shell_module);
    lunL_interrupt_install(L);
    lunL_session_open(L);
    lunL_prompt_plug_in();
    if (options->warnings) lua_warning(L, "@on", 0);
    lua_gc(L, LUA_GCRESTART);
    lua_gc(L, LUA_GCGEN, 0, 0);
}

/* --- what was asked for --------------------------------------------------------------------------------- */

static void find_input(const lun_options *options)
{
    const bool served = options->dbg_json || options->dap;
    bool person = lun_console_input() && !options->batch && !options->check && !served;
    bool shell = !served && (options->open || (options->script >= lunL_the_shell.argc && !options->runs_code && !lun_options_notebook(options)));
    if (person) lun_input_main = (lun_input){.kind = LUN_INPUT_EDITOR};
    else if (shell || options->interactive || options->learn) lun_input_main = (lun_input){.kind = LUN_INPUT_PIPE, .file = stdin};
}

static int open_shell(lua_State *L)
{
    return lun_input_main.kind == LUN_INPUT_EDITOR ? lunL_loop_prompt(L) : lunL_loop_pipe(L);
}

static lunL_eval_status run_script(lua_State *L, const invocation *i, int *found)
{
    const char *path = i->options.script < i->argc ? i->argv[i->options.script] : i->options.dap ? lunL_script_served_program(L) : NULL;
    if (!path) return LUNL_EVAL_GOOD;
    if (lun_options_notebook(&i->options)) return LUNL_EVAL_GOOD; /* what follows are its arguments */
    if (i->options.learn) return lunL_script_learn(L, i->options.script + 1 < i->argc ? i->argv[i->options.script + 1] : NULL);
    if (i->options.explain) return lunL_script_explain(L, i->options.script + 1 < i->argc ? i->argv[i->options.script + 1] : NULL);
    if (i->options.doctor) return lunL_script_doctor(L);
    if (i->options.check_shapes) return lunL_script_check_shapes(L, found);
    return lunL_script_run_file(L, path);
}

static int run_all(lua_State *L, const invocation *i)
{
    const lun_options *o = &i->options;
    bool served = o->dap || o->dbg_json, asked = o->runs_code || o->version || o->script < i->argc || served;
    int found = LUN_EXIT_GOOD;
    lunL_eval_status status = lunL_script_apply_options(L);
    if (status == LUNL_EVAL_GOOD && served) status = lunL_script_serve(L);
    else if (status == LUNL_EVAL_GOOD && o->debugger_script) status = lunL_script_start_debugger(L, o->debugger_script);
    if (status == LUNL_EVAL_GOOD) status = lunL_script_run_chunks(L, i->argv);
    if (status == LUNL_EVAL_GOOD) status = run_script(L, i, &found);
    if (status == LUNL_EVAL_ERROR && o->pm) lunL_script_post_mortem(L);
    if (status != LUNL_EVAL_GOOD && !o->interactive) return lunL_eval_exit_status(status);
    if (lun_options_notebook(o)) {
        int exit_status = lunL_script_notebook(L, i->argv);
        if (!o->open || exit_status != LUN_EXIT_GOOD) return exit_status;
    }
    if (o->interactive || o->learn || o->open || !asked) return open_shell(L);
    return found;
}

static int protected_main(lua_State *L)
{
    invocation *i = lua_touserdata(L, 1);
    luaL_checkversion(L);
    open_state(L, &i->options);
    if (i->options.version) printf("Lunette %s  %s\n", PACKAGE_VERSION, LUA_COPYRIGHT);
    lunL_script_set_arg(L, i->argc, i->argv, i->options.script);
    i->exit_status = run_all(L, i);
    if (i->exit_status == LUN_EXIT_GOOD && lunL_the_shell.stop_met_nobody) i->exit_status = LUN_EXIT_NOBODY;
    if (i->options.dap || i->options.dbg_json) lunL_script_served(L, i->exit_status);
    return 0;
}

/* What could not be written is an error, even if the script did not look. */
static int flush_output(int exit_status)
{
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed || exit_status != LUN_EXIT_GOOD) return exit_status;
    fprintf(stderr, "lunette: the output could not be written%s%s\n", errno ? ": " : "", errno ? strerror(errno) : "");
    return LUN_EXIT_ERROR;
}

int main(int argc, char **argv)
{
    invocation i = {.argc = argc, .argv = argv, .exit_status = LUN_EXIT_ERROR};
    if (!lun_options_parse(argc, argv, &i.options)) return LUN_EXIT_USAGE;
    if (i.options.help) {
        lun_options_print_help();
        return flush_output(LUN_EXIT_GOOD);
    }
    lua_State *L = lunL_state_new();
    if (!L) {
        fputs("lunette: not enough memory to start\n", stderr);
        return LUN_EXIT_MEMORY;
    }
    lunL_the_shell = (lunL_shell){.L = L, .options = &i.options, .argc = argc};
    lun_console_start();
    if (i.options.plain) lun_terminal_plain(true);
    find_input(&i.options);
    lua_pushcfunction(L, protected_main);
    lua_pushlightuserdata(L, &i);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        const char *why = lua_tostring(L, -1);
        fprintf(stderr, "lunette: %s\n", why ? why : "failed");
    }
    int exit_status = flush_output(i.exit_status);
    lunL_state_close(L);
    return exit_status;
}
