/* record.c - a cell whose outputs are data
 *
 * Holds: between start and stop of the capture nothing may raise here but inside the cell's own evaluation, so the outputs
 * of the program are always given back. Read next: record.h, repl/run.h. SPDX-License-Identifier: MIT
 */
#include "repl/record.h"

#include "lua_bindings/fields.h"
#include "repl/capture.h"
#include "repl/console.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/show.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEPT = 256 * 1024, MOST_WRITTEN = 64 * 1024 * 1024, WIDTH = 100 };

static bool recording;
static const char outputs_key; /* registry: the list of outputs */

bool lunL_record_on(void) { return recording && lunL_the_shell.prompts == 0; }

/* --- the list ------------------------------------------------------------------------------------------- */

static void push_outputs(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &outputs_key); }

/* Appends the table on top of the stack, and pops it. */
static void append(lua_State *L)
{
    push_outputs(L);
    lua_insert(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

static void append_text(lua_State *L, const char *kind, const char *text, size_t length, size_t dropped)
{
    lua_createtable(L, 0, 3);
    lunL_set_text(L, "kind", kind);
    lua_pushlstring(L, text, length);
    lua_setfield(L, -2, "text");
    if (dropped) lua_pushinteger(L, (lua_Integer)dropped), lua_setfield(L, -2, "dropped");
    append(L);
}

/* Frees the bytes, also when the list has no room for them. */
static int append_taken(lua_State *L)
{
    append_text(L, lua_tostring(L, 1), lua_touserdata(L, 2), (size_t)lua_tointeger(L, 3), (size_t)lua_tointeger(L, 4));
    return 0;
}

/* Moves what was printed so far into the list. Never raises: what there is no memory for is lost. */
static void take_printed(lua_State *L)
{
    static const char *const kinds[] = {"text", "warning"};
    for (int stream = 0; stream < 2; stream++) {
        char *bytes;
        size_t length, dropped;
        lun_capture_take(stream, &bytes, &length, &dropped);
        if (length && lua_checkstack(L, 10)) {
            lua_pushcfunction(L, append_taken);
            lua_pushstring(L, kinds[stream]);
            lua_pushlightuserdata(L, bytes);
            lua_pushinteger(L, (lua_Integer)length);
            lua_pushinteger(L, (lua_Integer)dropped);
            if (lua_pcall(L, 4, 0, 0) != LUA_OK) lua_pop(L, 1);
        }
        free(bytes);
    }
}

static void flush(lua_State *L)
{
    lun_capture_settle();
    take_printed(L);
}

int lunL_record_values(lua_State *L)
{
    int values = lua_gettop(L);
    lun_text *all = lunL_text_new(L);
    for (int i = 1; i <= values; i++) {
        if (i > 1) lun_text_put(all, "\n");
        lunL_show_value(L, i, all, 0, WIDTH);
    }
    if (all->failed) return luaL_error(L, "not enough memory to show this");
    flush(L);
    append_text(L, "value", lun_text_string(all), all->length, 0);
    char label[32] = "";
    if (lua_isinteger(L, lua_upvalueindex(1)))
        snprintf(label, sizeof label, "Out[%d]: ", (int)lua_tointeger(L, lua_upvalueindex(1)));
    lun_capture_echo(0, label, strlen(label));
    lun_text_put(all, "\n");
    lun_capture_echo(0, lun_text_string(all), all->length);
    return 0;
}

static int append_report(lua_State *L)
{
    size_t length;
    const char *text = lua_tolstring(L, 1, &length);
    append_text(L, lua_toboolean(L, 2) ? "interrupted" : "error", text ? text : "", text ? length : 0, 0);
    return 0;
}

void lunL_record_report(lua_State *L, bool interrupted)
{
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    flush(L);
    if (text) lun_capture_echo(1, text, length);
    lun_capture_echo(1, "\n", 1);
    if (!lua_checkstack(L, 5)) return;
    lua_pushcfunction(L, append_report);
    lua_pushvalue(L, -2);
    lua_pushboolean(L, interrupted);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

int lunL_record_emit(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    bool on = lunL_record_on();
    if (on) {
        flush(L);
        lua_pushvalue(L, 1);
        append(L);
        if (lua_getfield(L, 1, "shown") == LUA_TSTRING) {
            size_t length;
            const char *shown = lua_tolstring(L, -1, &length);
            lun_capture_echo(0, shown, length);
        }
    }
    lua_pushboolean(L, on);
    return 1;
}

/* --- a cell --------------------------------------------------------------------------------------------- */

static const char *status_word(lunL_eval_status status)
{
    switch (status) {
    case LUNL_EVAL_GOOD: return "good";
    case LUNL_EVAL_MEMORY: return "memory";
    case LUNL_EVAL_INTERRUPTED: return "interrupted";
    case LUNL_EVAL_QUIT: return "quit";
    case LUNL_EVAL_EXIT: return "exit";
    default: return "error";
    }
}

static double number_field(lua_State *L, const char *name)
{
    lua_getfield(L, 2, name);
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

/* Leaves the field on the stack, where its bytes stay valid. */
static const char *text_field(lua_State *L, const char *name)
{
    lua_getfield(L, 2, name);
    return lua_tostring(L, -1);
}

int lunL_record_cell(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    const char *source = text_field(L, "source");
    int line = (int)number_field(L, "line");
    lua_getfield(L, 2, "echo");
    lun_capture_limits limits = {.kept = MOST_KEPT, .flood = MOST_WRITTEN, .seconds = number_field(L, "seconds")};
    if (recording) return luaL_error(L, "a cell of the notebook cannot run another one");
    lua_createtable(L, 0, 3);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &outputs_key);
    lua_setfield(L, -2, "outputs");
    if (!lun_capture_start(&limits, lua_toboolean(L, 4)))
        return luaL_error(L, "its output cannot be caught: %s", strerror(errno));
    recording = true;
    lunL_eval_status status = lunL_run_cell(L, text, length, source, line > 0 ? line : 1);
    lun_capture_verdict verdict = lun_capture_stop();
    take_printed(L);
    recording = false;
    if (verdict != LUN_CAPTURE_RAN) lun_console_interrupted(); /* that Ctrl-C was ours */
    lunL_set_text(L, "status", status_word(status));
    if (verdict != LUN_CAPTURE_RAN) {
        lunL_set_text(L, "stopped", verdict == LUN_CAPTURE_TIME ? "time" : "flood");
    }
    return 1;
}
