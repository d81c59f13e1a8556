/* files.c - lun.save(path, tensors, metadata) and lun.load(path)
 *
 * Tensors by name, in one flat table, in the safetensors format: no code, readable everywhere. Read next: formats/safetensors.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/files.h"

#include "core/error.h"
#include "formats/safetensors.h"
#include "lua_bindings/box.h"
#include "lua_bindings/interrupt.h"

#include <string.h>

static size_t count_entries(lua_State *L, int table)
{
    size_t n = 0;
    lua_pushnil(L);
    for (; lua_next(L, table); lua_pop(L, 1)) n++;
    return n;
}

/* Names from Lua strings with a zero byte inside would be cut silently. */
static bool plain_string(lua_State *L, int index)
{
    size_t n;
    if (lua_type(L, index) != LUA_TSTRING) return lun_fail(LUN_E_ARGUMENT, NULL, "names must be strings, got %s", lunL_describe(L, index)), false;
    const char *text = lua_tolstring(L, index, &n);
    return strlen(text) == n || lun_fail(LUN_E_ARGUMENT, NULL, "a name contains a zero byte");
}

static bool collect_tensors(lua_State *L, int table, lun_named_tensor *out)
{
    size_t i = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        bool ok = plain_string(L, -2);
        lun_tensor *x = ok ? lunL_tensor_named(L, -1, lua_tostring(L, -2)) : NULL;
        if (x) out[i++] = (lun_named_tensor){lua_tostring(L, -2), x};
        lua_pop(L, x ? 1 : 2);
        if (!x) return false;
    }
    return true;
}

lun_named_tensor *lunL_named_tensors(lua_State *L, int table, size_t *n)
{
    *n = count_entries(L, table);
    lun_named_tensor *tensors = lua_newuserdatauv(L, (*n + 1) * sizeof *tensors, 0);
    return collect_tensors(L, table, tensors) ? tensors : NULL;
}

static bool collect_texts(lua_State *L, int table, lun_named_text *out)
{
    size_t i = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        bool ok = plain_string(L, -2);
        if (ok && lua_type(L, -1) != LUA_TSTRING)
            ok = lun_fail(LUN_E_ARGUMENT, "tostring(v)", "metadata `%s` must be a string, got %s", lua_tostring(L, -2), lunL_describe(L, -1));
        if (ok) out[i++] = (lun_named_text){lua_tostring(L, -2), lua_tostring(L, -1)};
        lua_pop(L, ok ? 1 : 2);
        if (!ok) return false;
    }
    return true;
}

static int save(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lua_settop(L, 3);
    if (lua_type(L, 1) != LUA_TSTRING || !lua_istable(L, 2) || !(lua_isnil(L, 3) || lua_istable(L, 3)))
        return lunL_fail(L, f, "save", LUN_E_ARGUMENT, "lun.save(\"model.safetensors\", net:state_dict())",
                         "needs a path, a table of named tensors, and perhaps a table of texts; got %s and %s", lunL_describe(L, 1),
                         lunL_describe(L, 2));
    size_t n, m = lua_istable(L, 3) ? count_entries(L, 3) : 0;
    lun_named_tensor *tensors = lunL_named_tensors(L, 2, &n);
    lun_named_text *texts = lua_newuserdatauv(L, (m + 1) * sizeof *texts, 0);
    bool read = tensors && (!m || collect_texts(L, 3, texts));
    if (!read || !lun_safetensors_save(lua_tostring(L, 1), tensors, n, texts, m))
        return lunL_fail(L, f, "save", LUN_E_FILE, NULL, "failed");
    return lunL_leave(L, f, 0);
}

typedef struct entry { const char *name, *text; lun_tensor *x; } entry;

/* (table, entry): the part of put that may raise. */
static int put_protected(lua_State *L)
{
    const entry *e = lua_touserdata(L, 2);
    lua_pushstring(L, e->name);
    if (e->x) lunL_box_fill(L, lunL_box_new(L), e->x);
    else lua_pushstring(L, e->text);
    lua_rawset(L, 1);
    return 0;
}

/* The reader holds a file and memory, so no Lua error may pass through it. */
static bool put(lua_State *L, int table, entry *e)
{
    lua_pushcfunction(L, put_protected);
    lua_pushvalue(L, table);
    lua_pushlightuserdata(L, e);
    if (lua_pcall(L, 2, 0, 0) == LUA_OK) return true;
    bool interrupted = lunL_is_unwind(L, -1);
    lua_pop(L, 1);
    if (interrupted) return lun_fail_interrupted();
    return lun_fail(LUN_E_MEMORY, NULL, "Lua has no memory for \"%s\"", e->name), false;
}

/* The tables that are filled lie at stack indices 2 (tensors) and 3 (metadata). */
static bool put_tensor(void *argument, const char *name, lun_tensor *x) { return put(argument, 2, &(entry){.name = name, .x = x}); }
static bool put_text(void *argument, const char *name, const char *text) { return put(argument, 3, &(entry){.name = name, .text = text}); }

lun_safetensors_reader lunL_reader_into_table(lua_State *L) { return (lun_safetensors_reader){put_tensor, put_text, L}; }

static int load(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lua_settop(L, 1);
    if (lua_type(L, 1) != LUA_TSTRING) return lunL_fail(L, f, "load", LUN_E_ARGUMENT, NULL, "needs a path, got %s", lunL_describe(L, 1));
    lua_newtable(L);
    lua_newtable(L);
    lun_safetensors_reader to = lunL_reader_into_table(L);
    if (!lun_safetensors_load(lua_tostring(L, 1), &to)) return lunL_fail(L, f, "load", LUN_E_FILE, NULL, "failed");
    return lunL_leave(L, f, 2);
}

void lunL_open_files(lua_State *L)
{
    static const luaL_Reg functions[] = {{"save", save}, {"load", load}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
