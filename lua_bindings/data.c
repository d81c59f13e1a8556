/* data.c - readers of data files for Lua: lunette.data_core
 *
 * idx(path) gives a tensor; csv(text, delimiter, header, name for errors) gives {names, columns, rows}: a column is a float64 tensor when every
 * field is a number (or missing), else a list of texts; embedded(name) gives a file that travels in the program; gunzip(bytes)
 * unpacks; crc32(bytes); replace_file(path, bytes). The rest is in stream.c, arrays.c, json.c, media.c,
 * pack.c and workers.c.
 * Read next: lib/data.lua, formats/csv.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/data.h"

#include "core/error.h"
#include "formats/csv.h"
#include "formats/idx.h"
#include "formats/replace.h"
#include "lua_bindings/box.h"
#include "lua_bindings/embedded.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <string.h>
#include <zlib.h>

static int idx(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (lua_type(L, 1) != LUA_TSTRING)
        return lunL_fail(L, f, "data.idx", LUN_E_ARGUMENT, "data.idx(\"images.gz\")", "needs a path, got %s", lunL_describe(L, 1));
    lun_tensor *x = lun_idx_read(lua_tostring(L, 1));
    return x ? lunL_give(L, f, x) : lunL_fail(L, f, "data.idx", LUN_E_FILE, NULL, "failed");
}

static bool is_numeric(const lun_csv *csv, size_t first, size_t column)
{
    double value;
    for (size_t r = first; r < csv->rows; r++)
        if (!lun_csv_number(&csv->field[r * csv->columns + column], &value)) return false;
    return true;
}

static void push_column(lua_State *L, const lun_csv *csv, size_t first, size_t column)
{
    int64_t rows = (int64_t)(csv->rows - first);
    if (is_numeric(csv, first, column)) {
        lunL_box *box = lunL_box_new(L); /* stays empty when there is no memory; csv then raises the pending error */
        lun_tensor *x = lun_tensor_empty(LUN_F64, 1, &rows, (lun_device){LUN_CPU, 0});
        double *v = x ? lun_data(x) : NULL;
        for (size_t r = first; v && r < csv->rows; r++) lun_csv_number(&csv->field[r * csv->columns + column], v++);
        if (x) lunL_box_fill(L, box, x);
        return;
    }
    lua_createtable(L, (int)rows, 0);
    for (size_t r = first; r < csv->rows; r++) {
        lunL_push_csv_field(L, &csv->field[r * csv->columns + column]);
        lua_rawseti(L, -2, (lua_Integer)(r - first + 1));
    }
}

/* Runs protected, so that the parsed fields are freed whatever happens. */
static int csv_result(lua_State *L)
{
    const lun_csv *csv = lua_touserdata(L, 1);
    bool header = lua_toboolean(L, 2);
    size_t first = header && csv->rows ? 1 : 0;
    lua_createtable(L, 0, 3);
    lua_createtable(L, (int)csv->columns, 0);
    for (size_t k = 0; k < csv->columns; k++) {
        if (first) lunL_push_csv_field(L, &csv->field[k]);
        else lua_pushfstring(L, "column%d", (int)k + 1);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    lua_setfield(L, -2, "names");
    lua_createtable(L, (int)csv->columns, 0);
    for (size_t k = 0; k < csv->columns; k++) {
        push_column(L, csv, first, k);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    lua_setfield(L, -2, "columns");
    lunL_set_count(L, "rows", (csv->rows - first));
    return 1;
}

static int csv(lua_State *L)
{
    size_t size, n;
    const char *text = luaL_checklstring(L, 1, &size), *delimiter = luaL_optlstring(L, 2, ",", &n);
    bool header = lua_isnoneornil(L, 3) || lua_toboolean(L, 3);
    const char *name = luaL_optstring(L, 4, "the text");
    lunL_frame f = lunL_enter(L);
    if (!lua_isnoneornil(L, 2) && n != 1)
        return lunL_fail(L, f, "data.csv", LUN_E_ARGUMENT, "{delimiter = \";\"}", "the delimiter must be one character, got '%s'", delimiter);
    lun_csv table;
    int status = LUA_OK;
    if (lun_csv_parse(text, size, *delimiter, &table)) {
        lua_pushcfunction(L, csv_result);
        lua_pushlightuserdata(L, &table);
        lua_pushboolean(L, header);
        status = lua_pcall(L, 2, 1, 0);
    }
    lun_csv_free(&table);
    if (status != LUA_OK) return lua_error(L);
    if (lun_failed()) {
        lun_error e = *lun_error_get();
        lun_error_clear();
        return lunL_fail(L, f, "data.csv", e.code, e.hint, "%s: %s", name, e.message);
    }
    return lunL_leave(L, f, 1);
}

static int embedded(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    for (const lun_embedded_file *f = lun_embedded_files; f->name; f++)
        if (!strcmp(f->name, name)) return lua_pushlstring(L, f->start, (size_t)(f->end - f->start)), 1;
    return lunL_fail(L, lunL_enter(L), "embedded", LUN_E_NAME, NULL, "no file '%s' travels in the program", name);
}

/* Unpacks gzip; at most 256 MiB, since the result is a Lua string. */
static int gunzip(lua_State *L)
{
    enum { LIMIT = 256 << 20 };
    size_t size;
    const char *packed = luaL_checklstring(L, 1, &size);
    luaL_argcheck(L, size <= LIMIT, 1, "more than 256 MiB");
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed, .avail_in = (uInt)size};
    if (inflateInit2(&z, 15 + 16) != Z_OK) return lunL_fail(L, lunL_enter(L), "gunzip", LUN_E_MEMORY, NULL, "out of memory");
    int status = Z_OK;
    char piece[8192];
    while (status == Z_OK && z.total_out < LIMIT) {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        status = inflate(&z, Z_NO_FLUSH);
        luaL_addlstring(&b, piece, sizeof piece - z.avail_out);
    }
    inflateEnd(&z);
    if (status != Z_STREAM_END)
        return lunL_fail(L, lunL_enter(L), "gunzip", LUN_E_FILE, NULL, "the data is damaged, or larger than 256 MiB");
    luaL_pushresult(&b);
    return 1;
}

static int checksum(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    uLong crc = 0;
    for (size_t part; n; bytes += part, n -= part) crc = crc32(crc, (const Bytef *)bytes, (uInt)(part = n > 1U << 30 ? 1U << 30 : n));
    lua_pushinteger(L, (lua_Integer)crc);
    return 1;
}

typedef struct span { const char *bytes; size_t n; } span;

static bool write_span(int descriptor, void *argument)
{
    const span *s = argument;
    return lun_write_all(descriptor, s->bytes, s->n);
}

/* replace_file(path, bytes): whole or not at all */
static int replace_file(lua_State *L)
{
    span s;
    lunL_frame f = lunL_enter(L);
    const char *path = luaL_checkstring(L, 1);
    s.bytes = luaL_checklstring(L, 2, &s.n);
    return lun_replace_file(path, write_span, &s) ? 0 : lunL_fail(L, f, "data", LUN_E_FILE, NULL, "failed");
}

int lunL_open_data(lua_State *L)
{
    static const luaL_Reg functions[] = {{"idx", idx}, {"csv", csv}, {"embedded", embedded}, {"gunzip", gunzip}, {"crc32", checksum},
                                         {"replace_file", replace_file}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lunL_open_streams(L);
    lunL_open_arrays(L);
    lunL_open_json(L);
    lunL_open_pack(L);
    lunL_open_media(L);
    lunL_open_workers(L);
    return 1;
}
