/* run.c - one cell from text to shown result
 *
 * Holds: the work is done inside protected calls; only their outcome leaves. Read next: run.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/run.h"

#include "core/backend.h"
#include "debugger/events.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/memory.h"
#include "repl/cell.h"
#include "repl/command.h"
#include "repl/journal.h"
#include "repl/lexer.h"
#include "repl/report.h"
#include "repl/session.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_LOOKED_THROUGH = 10 * 1000 * 1000 }; /* elements, for NaN */

static const char after_key, before_key; /* registry: lists of functions */

typedef struct job {
    const char *text, *source;
    size_t length;
    int first_line, env;
    bool keeps;               /* results become Out[n] */
    lunL_run_state state;
    lunL_eval_status status;
} job;

/* --- judging -------------------------------------------------------------------------------------------- */

static int judge(lua_State *L)
{
    job *j = lua_touserdata(L, 1);
    lunL_cell cell = {.text = j->text, .length = j->length, .source = "=judge", .first_line = 1};
    j->state = lunL_cell_compile(L, &cell) == LUNL_CELL_INCOMPLETE ? LUNL_RUN_MORE : LUNL_RUN_WHOLE;
    return 0;
}

static bool protected(lua_State *L, lua_CFunction f, job *j)
{
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, j);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) return true;
    lua_pop(L, 1);
    return false;
}

lunL_run_state lunL_run_judge(lua_State *L, const char *text, size_t length)
{
    job j = {.text = text, .length = length, .state = LUNL_RUN_WHOLE};
    bool lua = true;
    const char *body = lun_command_body(text, length, &lua);
    if (!body) {
        if (!lun_command_is(text, length)) protected(L, judge, &j);
        return j.state;
    }
    j.text = body;
    j.length = length - (size_t)(body - text);
    bool ended = text[length - 1] == '\n'; /* an empty row ends it, so that it may have several statements */
    if (!ended || strspn(body, " \t\n") >= j.length) return LUNL_RUN_MORE;
    if (lua) protected(L, judge, &j);
    return j.state;
}

/* --- running -------------------------------------------------------------------------------------------- */

#ifndef LUN_WITHOUT_DEBUGGER
static bool has_nan(lua_State *L, int index)
{
    if (lua_type(L, index) == LUA_TNUMBER) return isnan(lua_tonumber(L, index));
    const lunL_box *box = lunL_box_at(L, index);
    return box && box->x && box->x->numel <= MOST_LOOKED_THROUGH && (lun_health(box->x) & LUN_HAS_NAN);
}

/* The first NaN that a session shows: what finds the op that made it. */
static void tell_nan(lua_State *L, int first, int values)
{
    static bool told;
    if (told || !lunL_the_shell.interactive || lunL_the_shell.prompts) return;
    for (int i = 0; i < values && !told; i++) told = has_nan(L, first + i);
    if (told) puts("  hint: %nan, then run what computed it again: that stops at the op that makes the first NaN");
}
#else
static void tell_nan(lua_State *L, int first, int values) { (void)L, (void)first, (void)values; }
#endif

/* Runs the compiled cell on top of the stack; leaves its values. */
static void evaluate(lua_State *L, job *j, const lunL_cell *cell, int *values)
{
    j->status = lunL_eval_run(L, 0, values, cell->names);
    if (j->status != LUNL_EVAL_GOOD || *values == 0) return;
    if (j->keeps) lunL_session_store(L, *values);
    if (!cell->shows) return;
    luaL_checkstack(L, *values + 5, NULL);
    int first = lua_gettop(L) - *values + 1;
    for (int i = 0; i < *values; i++) lua_pushvalue(L, first + i);
    j->status = lunL_eval_show(L, *values);
    if (j->status == LUNL_EVAL_GOOD) tell_nan(L, first, *values);
}

/* ":view(2)" or ".shape": no cell begins so. */
static bool rest_of_chain(const char *text, size_t length)
{
    lun_lexer lexer = lun_lexer_start(text, length);
    lun_token mark = lun_lexer_next_code(&lexer), name = lun_lexer_next_code(&lexer);
    return (lun_token_is(&mark, ":") || lun_token_is(&mark, ".")) && name.kind == LUN_TOKEN_NAME;
}

/* Compiles and runs; leaves *values values. */
static void run_lua(lua_State *L, job *j, int *values)
{
    lunL_cell cell = {.text = j->text, .length = j->length, .source = j->source, .first_line = j->first_line, .env = j->env};
    *values = 0;
    switch (lunL_cell_compile(L, &cell)) {
    case LUNL_CELL_READY: evaluate(L, j, &cell, values); break;
    case LUNL_CELL_EMPTY: j->status = LUNL_EVAL_GOOD; break;
    default:
        lunL_report_syntax(L);
        lunL_report_print(L, false);
        if (rest_of_chain(j->text, j->length))
            fputs("  hint: this looks like the rest of a chain of calls; it belongs into the cell of its beginning (M-Enter breaks a line)\n",
                  stderr);
        j->status = LUNL_EVAL_ERROR;
    }
}

static void tell_listeners(lua_State *L, const char *which, const job *j, int value)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, which) != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    int list = lua_gettop(L), results;
    for (lua_Integer i = 1; lua_rawgeti(L, list, i) == LUA_TFUNCTION; i++) {
        lua_createtable(L, 0, 4);
        lua_pushlstring(L, j->text, j->length);
        lua_setfield(L, -2, "text");
        lunL_set_flag(L, "good", j->status == LUNL_EVAL_GOOD);
        lunL_set_integer(L, "number", lunL_the_shell.cell);
        if (value) {
            lua_pushvalue(L, value);
            lua_setfield(L, -2, "value");
        }
        if (lunL_eval(L, 1, &results, NULL) == LUNL_EVAL_GOOD) lua_pop(L, results);
    }
    lua_settop(L, list - 1);
}

static int run_cell(lua_State *L)
{
    job *j = lua_touserdata(L, 1);
    char source[32];
    int values = 0;
    lunL_session_begin(L, j->text, j->length);
    lun_journal_cell(lunL_the_shell.cell, j->text, j->length);
    tell_listeners(L, &before_key, j, 0);
    snprintf(source, sizeof source, "=In[%d]", lunL_the_shell.cell);
    if (!j->source) j->source = source;
    if (lun_command_is(j->text, j->length)) {
        lua_pushlstring(L, j->text, j->length);
        j->status = lunL_command_run(L, 0, lua_tostring(L, -1));
    } else {
        run_lua(L, j, &values);
    }
    lun_journal_ended(j->status == LUNL_EVAL_GOOD);
    tell_listeners(L, &after_key, j, values ? lua_gettop(L) - values + 1 : 0);
    lunL_memory_border(L); /* a good moment: the person is thinking */
    return 0;
}

lunL_eval_status lunL_run_cell(lua_State *L, const char *text, size_t length, const char *source, int first_line)
{
    job j = {.text = text, .length = length, .source = source, .first_line = first_line, .keeps = true};
    if (protected(L, run_cell, &j)) return j.status;
    fputs("error[E601] not enough memory for this cell\n", stderr);
    return LUNL_EVAL_MEMORY;
}

lunL_eval_status lunL_run_lua(lua_State *L, int env, const char *text, size_t length)
{
    static int stop_lines;
    char source[32];
    int values;
    bool stopped = lunL_the_shell.prompts > 0;
    job j = {.text = text, .length = length, .source = source, .first_line = 1, .env = env, .keeps = !stopped};
    if (stopped) {
        snprintf(source, sizeof source, "=stop[%d]", ++stop_lines);
        lunL_session_keep_source(L, source, text, length);
    } else {
        snprintf(source, sizeof source, "=In[%d]", lunL_the_shell.cell);
    }
    run_lua(L, &j, &values);
    lua_pop(L, values);
    return j.status;
}

static int add_listener(lua_State *L, const char *which)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, which) != LUA_TTABLE) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, which);
    }
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    return 0;
}

int lunL_run_add_listener(lua_State *L) { return add_listener(L, &after_key); }
int lunL_run_add_early_listener(lua_State *L) { return add_listener(L, &before_key); }
