/* session.c - what a session remembers
 *
 * Holds: the session's tables live in the registry, so a user who assigns to In or _ shadows them and breaks nothing.
 * Read next: session.h, repl/locals.c (how `local` persists).
 * SPDX-License-Identifier: MIT
 */
#include "repl/session.h"

#include "lua_bindings/box.h"
#include "lua_bindings/methods.h"
#include "repl/locals.h"
#include "repl/show.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RESULTS = 1000, MOST_BYTES = 64 * 1024 * 1024 };

lunL_shell lunL_the_shell;

const lunL_module_row lunL_session_modules[] = {
    {"lun", "lunette", "tensors, autograd and what belongs to them"},
    {"nn", "lunette.nn", "layers, losses, networks"},
    {"optim", "lunette.optim", "optimisers"},
    {"data", "lunette.data", "data sets and loaders"},
    {"keras", "lunette.keras", "networks that are compiled and fitted"},
    {"metrics", "lunette.metrics", "accuracy and other figures of a network"},
    {"plot", "lunette.plot", "charts"},
    {"dbg", "lunette.dbg", "the debugger"},
    {NULL, NULL, NULL}};

static const char session_key;

/* --- the tables behind ---------------------------------------------------------------------------------- */

/* Pushes table `name` of the session: In, Out, bytes (of each result), sources. */
static void push_part(lua_State *L, const char *name)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &session_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &session_key);
    }
    luaL_getsubtable(L, -1, name);
    lua_remove(L, -2);
}

void lunL_session_push_list(lua_State *L, const char *name) { push_part(L, name); }

void lunL_session_keep_source(lua_State *L, const char *source, const char *text, size_t length)
{
    push_part(L, "sources");
    lua_pushlstring(L, text, length);
    lua_setfield(L, -2, source);
    lua_pop(L, 1);
}

void lunL_session_push_source(lua_State *L, const char *source)
{
    int n;
    if (sscanf(source, "=In[%d]", &n) == 1) {
        push_part(L, "In");
        lua_rawgeti(L, -1, n);
    } else {
        push_part(L, "sources");
        lua_getfield(L, -1, source);
    }
    lua_remove(L, -2);
}

bool lunL_session_is_cell(const char *source)
{
    return strncmp(source, "=In[", 4) == 0 || strcmp(source, "=stdin") == 0 || strncmp(source, "=stop[", 6) == 0 ||
           (lunL_the_shell.notebook[0] && strcmp(source, lunL_the_shell.notebook) == 0);
}

/* --- results -------------------------------------------------------------------------------------------- */

static int gone(lua_State *L)
{
    push_part(L, "bytes");
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TSTRING) return 0;
    int n = (int)lua_tointeger(L, 2);
    bool known = lua_rawlen(L, -1) > 0;
    return luaL_error(L, "Out[%d] was let go to keep memory free; run In[%d] again%s%s", n, n, known ? "\n  it was " : "",
                      lua_tostring(L, -1));
}

enum { SMALL = 64, MOST_ITEMS = 1000 };

/* What keeping the value at `index` costs, as far as one can see without running anything of the user's: a tensor, a text, and what of
 * them stands in a table. A view costs what it keeps alive. */
static lua_Integer bytes_of(lua_State *L, int index, int deeper)
{
    if (lua_type(L, index) == LUA_TSTRING) return (lua_Integer)lua_rawlen(L, index);
    const lunL_box *box = lunL_box_at(L, index);
    lua_Integer sum = SMALL + (box && box->x ? (lua_Integer)box->x->storage->bytes : 0);
    if (!lua_istable(L, index) || deeper == 0 || !lua_checkstack(L, 4)) return sum;
    int items = 0;
    for (lua_pushnil(L); lua_next(L, index) && items++ < MOST_ITEMS; lua_pop(L, 1)) sum += bytes_of(L, lua_gettop(L), deeper - 1);
    if (items > MOST_ITEMS) lua_pop(L, 2);
    return sum;
}

/* Lets one result go; what it was stays as a line of text. */
static void release(lua_State *L, int out, int bytes, int n)
{
    lun_text *text = lunL_text_new(L);
    lua_rawgeti(L, out, n);
    bool ours = lua_isuserdata(L, -1) || lua_isstring(L, -1); /* tables may have a __tostring of the user's */
    if (ours) lunL_show_brief(L, lua_gettop(L), text);
    lua_pushnil(L);
    lua_rawseti(L, out, n);
    lua_pushlstring(L, lun_text_string(text), text->length);
    lua_rawseti(L, bytes, n);
    lua_pop(L, 2);
}

/* Stack: Out, bytes. Lets the oldest results go until what is left fits. */
static void let_go(lua_State *L, int newest)
{
    lua_Integer kept = 0;
    int out = lua_gettop(L) - 1, bytes = out + 1;
    for (int n = newest, count = 0; n > 0; n--) {
        bool known = lua_rawgeti(L, bytes, n) == LUA_TNUMBER;
        kept += known ? lua_tointeger(L, -1) : 0;
        lua_pop(L, 1);
        if (!known || n == newest) continue;
        if (kept <= MOST_BYTES && ++count < MOST_RESULTS) continue;
        release(L, out, bytes, n);
    }
}

/* Several results are kept as one list. */
static void push_packed(lua_State *L, int values)
{
    if (values == 1) {
        lua_pushvalue(L, -1);
        return;
    }
    lua_createtable(L, values, 0);
    for (int i = 1; i <= values; i++) {
        lua_pushvalue(L, -1 - values + i - 1);
        lua_rawseti(L, -2, i);
    }
}

void lunL_session_store(lua_State *L, int values)
{
    int n = lunL_the_shell.cell;
    luaL_checkstack(L, 10, NULL);
    push_packed(L, values);
    int value = lua_gettop(L);
    push_part(L, "values");
    lua_getfield(L, -1, "last");
    lua_setfield(L, -2, "before");
    lua_pushvalue(L, value);
    lua_setfield(L, -2, "last");
    push_part(L, "Out");
    lua_pushvalue(L, value);
    lua_rawseti(L, -2, n);
    push_part(L, "bytes");
    lua_pushinteger(L, bytes_of(L, value, 2));
    lua_rawseti(L, -2, n);
    let_go(L, n);
    lua_settop(L, value - 1);
}

void lunL_session_forget(lua_State *L, int n)
{
    push_part(L, "Out");
    push_part(L, "bytes");
    int bytes = lua_gettop(L);
    if (lua_rawgeti(L, bytes, n) == LUA_TNUMBER) release(L, bytes - 1, bytes, n);
    lua_settop(L, bytes - 2);
}

void lunL_session_begin(lua_State *L, const char *text, size_t length)
{
    push_part(L, "In");
    lua_pushlstring(L, text, length);
    lua_rawseti(L, -2, ++lunL_the_shell.cell);
    lua_pop(L, 1);
}

/* --- names ---------------------------------------------------------------------------------------------- */

static void require(lua_State *L, const char *module)
{
    lua_pushglobaltable(L);
    lua_pushliteral(L, "require");
    lua_rawget(L, -2);
    lua_remove(L, -2);
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
}

bool lunL_session_module(lua_State *L, const char *global)
{
    const lunL_module_row *row = lunL_session_modules;
    while (row->global && strcmp(row->global, global) != 0) row++;
    if (!row->global) return false;
    luaL_checkstack(L, 8, NULL);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* package.loaded, also where a script hid `require` */
    if (lua_getfield(L, -1, lunL_session_modules[0].module) == LUA_TNIL) {
        require(L, lunL_session_modules[0].module); /* the library first: it knows where the others are */
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (lua_getfield(L, -1, row->module) == LUA_TNIL) {
        lua_pop(L, 1);
        require(L, row->module);
    }
    lua_remove(L, -2);
    lua_pushglobaltable(L);
    lua_pushstring(L, global);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return true;
}

/* `_`, `__`, `_7`, In, Out. */
static bool push_history(lua_State *L, const char *name)
{
    bool numbered = name[0] == '_' && name[1] && strspn(name + 1, "0123456789") == strlen(name + 1);
    if (strcmp(name, "In") == 0 || strcmp(name, "Out") == 0) {
        push_part(L, name);
    } else if (strcmp(name, "_") == 0 || strcmp(name, "__") == 0) {
        push_part(L, "values");
        lua_getfield(L, -1, name[1] ? "before" : "last");
    } else if (numbered) {
        push_part(L, "Out");
        lua_pushinteger(L, atoi(name + 1));
        lua_gettable(L, -2);
    } else {
        return false;
    }
    return true;
}

bool lunL_session_comes_with(const char *name)
{
    static const char *const standard[] = {
        "_G", "_VERSION", "arg", "assert", "collectgarbage", "coroutine", "debug", "dofile", "error", "getmetatable", "io",
        "ipairs", "load", "loadfile", "math", "next", "os", "package", "pairs", "pcall", "print", "rawequal", "rawget",
        "rawlen", "rawset", "require", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8",
        "warn", "xpcall", NULL};
    for (const char *const *s = standard; *s; s++)
        if (strcmp(*s, name) == 0) return true;
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++)
        if (strcmp(row->global, name) == 0) return true;
    return false;
}

/* The code that asks: a frame of our own kind may lie between when the environment of a stopped frame falls back to _G. */
static bool asked_by_cell(lua_State *L)
{
    lua_Debug frame;
    for (int level = 1; level <= 2 && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "S", &frame);
        if (frame.what[0] != 'C') return lunL_session_is_cell(frame.source);
    }
    return false;
}

static int global_missing(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (!name) return 0;
    if (strcmp(name, LUNL_LOCALS_NAME) == 0) return lunL_locals_push_catcher(L);
    if (push_history(L, name) || lunL_session_module(L, name)) return 1;
    if (asked_by_cell(L)) {
        luaL_where(L, 1);
        lua_pushfstring(L, "undefined name '%s'", name);
        lua_concat(L, 2);
        return lua_error(L);
    }
    return 0;
}

/* A searcher: `require "lunette.nn"` works before the library was touched. Loading it puts its own searcher in our place. */
static int search_unloaded(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *library = lunL_session_modules[0].module;
    size_t n = strlen(library);
    if (strncmp(name, library, n) != 0 || name[n] != '.') return 0;
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, library) != LUA_TNIL) return 0;
    require(L, library);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_rawgeti(L, -1, 2);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2);
    return 2;
}

static void add_searcher(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search_unloaded);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

void lunL_session_open(lua_State *L)
{
    add_searcher(L);
    lunL_open_format(L);
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, global_missing);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    push_part(L, "Out");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, gone);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}
