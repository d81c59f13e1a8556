/* loop.c - the two ways of reading cells: at a prompt, and from a pipe
 *
 * Read next: loop.h, repl/input.h, repl/run.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/loop.h"

#include "lua_bindings/fields.h"
#include "repl/complete.h"
#include "repl/ghost.h"
#include "repl/input.h"
#include "repl/journal.h"
#include "repl/report.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/undo.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool blank(const lun_text *text)
{
    const char *s = lun_text_string(text);
    return strspn(s, " \t\r\n") == text->length;
}

/* --- at a prompt ---------------------------------------------------------------------------------------- */

static void greet(void)
{
    printf("Lunette %s   %s   ? for help, Ctrl-D to leave\n", PACKAGE_VERSION, LUA_RELEASE);
}

static void announce_dead(void)
{
    char path[4096];
    if (lun_journal_dead(path, sizeof path)) puts("A session ended without leaving; %recover shows what was typed in it");
}

/* The start-up file, if there is one. Its errors are shown and change nothing else. */
static void run_config(lua_State *L)
{
    char path[4096];
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int results;
    if (config && *config == '/') snprintf(path, sizeof path, "%s/lunette/init.lua", config);
    else if (home && *home == '/') snprintf(path, sizeof path, "%s/.config/lunette/init.lua", home);
    else return;
    if (access(path, R_OK) != 0) return;
    if (luaL_loadfilex(L, path, "t") != LUA_OK) {
        lunL_report_syntax(L);
        lunL_report_print(L, false);
    } else if (lunL_eval(L, 0, &results, NULL) == LUNL_EVAL_GOOD) {
        lua_pop(L, results);
    }
}

static int tell_stale(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, "lunette") == LUA_TNIL) return 0; /* a session of plain Lua is not made to load it */
    lunL_require(L, "lunette.magics.stale");
    lua_getfield(L, -1, "tell");
    lua_call(L, 0, 0);
    return 0;
}

/* Runs the cell and says which names it made stale; in the copy that %undo woke, says what is undone. */
static lunL_eval_status run_or_undo(lua_State *L, const lun_text *cell)
{
    if (lun_undo_mark(cell->bytes)) {
        printf("In[%d] is undone\n", lunL_the_shell.cell + 1);
        lun_journal_undone(lunL_the_shell.cell + 1);
        return LUNL_EVAL_GOOD;
    }
    lunL_eval_status status = lunL_run_cell(L, cell->bytes, cell->length, NULL, 1);
    int results;
    lua_pushcfunction(L, tell_stale);
    if (status == LUNL_EVAL_GOOD && lunL_eval(L, 0, &results, NULL) == LUNL_EVAL_GOOD) lua_pop(L, results);
    else if (status != LUNL_EVAL_GOOD) lua_pop(L, 1);
    return status;
}

int lunL_loop_prompt(lua_State *L)
{
    lunL_shell *shell = &lunL_the_shell;
    lun_text cell = {0};
    lun_input_result result = LUN_INPUT_LINE;
    lunL_eval_status status = LUNL_EVAL_GOOD;
    shell->interactive = true;
    if (!shell->options->learn) greet(); /* a lesson has its own opening */
    announce_dead();
    lun_journal_open();
    if (!shell->options->no_config) run_config(L);
    while (result != LUN_INPUT_END && !shell->leaving && status != LUNL_EVAL_EXIT) {
        char prompt[32];
        snprintf(prompt, sizeof prompt, "In[%d]: ", shell->cell + 1);
        lun_text_cut(&cell, 0);
        clearerr(stdout); /* a write that Ctrl-C cut short is no failure of the session */
        lunL_complete_use(L, 0, 0);
        lunL_ghost_use(L, 0);
        result = lunL_input_cell(L, &lun_input_main, prompt, &cell);
        if (result == LUN_INPUT_LINE && !blank(&cell)) status = run_or_undo(L, &cell);
    }
    lun_journal_close();
    clearerr(stdout);
    lun_text_free(&cell);
    shell->interactive = false;
    return status == LUNL_EVAL_EXIT ? LUN_EXIT_QUIT : LUN_EXIT_GOOD;
}

/* --- from a pipe ---------------------------------------------------------------------------------------- */

/* All lines read so far are the source of "=stdin", so that errors can show the line whichever cell it stands in. */
static void keep_source(lua_State *L, lun_text *all, const lun_text *cell)
{
    lun_text_add(all, lun_text_string(cell), cell->length);
    lun_text_put(all, "\n");
    lunL_session_keep_source(L, "=stdin", lun_text_string(all), all->length);
}

int lunL_loop_pipe(lua_State *L)
{
    lunL_shell *shell = &lunL_the_shell;
    lun_text cell = {0}, all = {0};
    lunL_eval_status status = LUNL_EVAL_GOOD;
    lun_input_result result = LUN_INPUT_LINE;
    bool goes_on = shell->options->interactive;
    while (result == LUN_INPUT_LINE && !shell->leaving && (goes_on || status == LUNL_EVAL_GOOD)) {
        int first_line = lun_input_main.line + 1;
        lun_text_cut(&cell, 0);
        result = lunL_input_cell(L, &lun_input_main, "", &cell);
        if (result != LUN_INPUT_LINE) break;
        keep_source(L, &all, &cell);
        if (!blank(&cell)) status = lunL_run_cell(L, cell.bytes, cell.length, "=stdin", first_line);
        if (status == LUNL_EVAL_EXIT) break;
    }
    lun_text_free(&cell);
    lun_text_free(&all);
    if (result == LUN_INPUT_CANCELLED) return LUN_EXIT_INTERRUPTED;
    return goes_on && status != LUNL_EVAL_EXIT ? LUN_EXIT_GOOD : lunL_eval_exit_status(status);
}
