/* stream.c - files that are read from front to end, for Lua: core.open(path) gives an object with
 *   :line() :record(delimiter) :bytes(n)   the next piece as a string; nil at the end
 *   :offset() :lines() :seek(offset, lines) :give_up() (what follows is the end) :close()
 * and core.csv_fields(record, delimiter) splits a record into texts and numbers. What is read wrong raises, naming path and byte.
 * Read next: formats/stream.h, lib/data/files.lua. SPDX-License-Identifier: MIT
 */
#include "formats/stream.h"

#include "core/error.h"
#include "formats/csv.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <math.h>

#define STREAM "lunette.stream"

static int open_stream(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (lua_type(L, 1) != LUA_TSTRING)
        return lunL_fail(L, f, "data", LUN_E_ARGUMENT, "data.text_lines(\"file.txt\")", "needs a path, got %s", lunL_describe(L, 1));
    lun_stream **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, STREAM);
    *box = lun_stream_open(lua_tostring(L, 1));
    return *box ? 1 : lunL_raise(L, f);
}

static lun_stream *to_stream(lua_State *L)
{
    lun_stream **box = luaL_checkudata(L, 1, STREAM);
    lunL_frame f = lunL_enter(L);
    if (!*box) lunL_fail(L, f, "data", LUN_E_RELEASED, NULL, "this file was closed");
    return *box;
}

static int give(lua_State *L, lun_stream_result result, const char *text, size_t length)
{
    if (result == LUN_STREAM_FAILED) return lunL_raise(L, (lunL_frame){lun_context_get()->scope.count});
    if (result == LUN_STREAM_END) lua_pushnil(L);
    else lua_pushlstring(L, text, length);
    return 1;
}

static int line(lua_State *L)
{
    lun_stream *s = to_stream(L);
    const char *text = NULL;
    size_t length = 0;
    lun_stream_result result = lun_stream_line(s, &text, &length);
    return give(L, result, text, length);
}

static int record(lua_State *L)
{
    lun_stream *s = to_stream(L);
    const char *text = NULL, *delimiter = luaL_checkstring(L, 2);
    size_t length = 0;
    lun_stream_result result = lun_stream_record(s, *delimiter, &text, &length);
    return give(L, result, text, length);
}

static int bytes(lua_State *L)
{
    lun_stream *s = to_stream(L);
    const char *text = NULL;
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n >= 0, 2, "a negative count");
    lun_stream_result result = lun_stream_bytes(s, (size_t)n, &text);
    return give(L, result, text, (size_t)n);
}

static int offset(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lun_stream_offset(to_stream(L)));
    return 1;
}

static int lines(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lun_stream_lines(to_stream(L)));
    return 1;
}

static int seek(lua_State *L)
{
    lun_stream *s = to_stream(L);
    bool ok = lun_stream_seek(s, (uint64_t)luaL_checkinteger(L, 2), (uint64_t)luaL_optinteger(L, 3, 0));
    return ok ? 0 : lunL_raise(L, (lunL_frame){lun_context_get()->scope.count});
}

/* The next read finds the end. */
static int give_up(lua_State *L)
{
    lun_stream_give_up(to_stream(L));
    return 0;
}

static int close_stream(lua_State *L)
{
    lun_stream **box = luaL_checkudata(L, 1, STREAM);
    lun_stream_close(*box);
    *box = NULL;
    return 0;
}

/* --- fields of one record --------------------------------------------------------------------------------------------------------- */

void lunL_push_csv_field(lua_State *L, const lun_csv_field *f)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (size_t i = 0; i < f->length; i++) {
        luaL_addchar(&b, f->text[i]);
        if (f->quoted && f->text[i] == '"') i++; /* doubled inside quotes */
    }
    luaL_pushresult(&b);
}

static int push_fields(lua_State *L)
{
    const lun_csv *csv = lua_touserdata(L, 1);
    bool as_text = lua_toboolean(L, 2);
    lua_createtable(L, (int)csv->columns, 0);
    for (size_t k = 0; csv->rows && k < csv->columns; k++) {
        double value;
        if (!as_text && !csv->field[k].quoted && lun_csv_number(&csv->field[k], &value)) lua_pushnumber(L, value);
        else lunL_push_csv_field(L, &csv->field[k]);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

/* csv_fields(record, delimiter, as_text): unquoted numbers (and missing ones, as NaN) become numbers unless as_text */
static int csv_fields(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size), *delimiter = luaL_checkstring(L, 2);
    lua_settop(L, 3);
    lunL_frame f = lunL_enter(L);
    lun_csv table;
    int status = LUA_OK;
    bool good = lun_csv_parse(text, size, *delimiter, &table);
    if (good && table.rows > 1) good = lun_fail(LUN_E_FORMAT, NULL, "a carriage return stands inside the record");
    if (good) {
        lua_pushcfunction(L, push_fields);
        lua_pushlightuserdata(L, &table);
        lua_pushvalue(L, 3);
        status = lua_pcall(L, 2, 1, 0);
    }
    lun_csv_free(&table);
    if (status != LUA_OK) return lua_error(L);
    return lunL_leave(L, f, 1);
}

void lunL_open_streams(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", open_stream}, {"csv_fields", csv_fields}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"line", line}, {"record", record}, {"bytes", bytes}, {"offset", offset}, {"lines", lines},
                                       {"seek", seek}, {"give_up", give_up},
                                       {"close", close_stream}, {"__gc", close_stream}, {"__close", close_stream}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lunL_define_class(L, STREAM, methods);
}
