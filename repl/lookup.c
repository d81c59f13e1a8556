/* lookup.c - what a name means, found without running anything of the user's
 *
 * Holds: at most eight steps along __index, so a cycle ends. Our own userdata say what they have in a raw field of their
 * metatable, `__methods` (a table of functions) - their __index is a C function and is not called.
 * Read next: lookup.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/lookup.h"

#include "repl/session.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

enum { MOST_STEPS = 8 };

/* --- one field ------------------------------------------------------------------------------------------ */

/* Replaces the value on top by the table behind its metatable; false: there is none (the value is popped). */
static bool step_behind(lua_State *L)
{
    static const char *const ways[] = {"__index", "__methods"};
    if (!lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    lua_remove(L, -2);
    for (int i = 0; i < 2; i++) {
        lua_pushstring(L, ways[i]);
        if (lua_rawget(L, -2) == LUA_TTABLE) {
            lua_remove(L, -2);
            return true;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return false;
}

bool lunL_lookup_field(lua_State *L, int index, const char *name, size_t length)
{
    if (!lua_checkstack(L, 6)) return false;
    lua_pushvalue(L, index);
    for (int steps = 0; steps < MOST_STEPS; steps++) {
        if (lua_istable(L, -1)) {
            lua_pushlstring(L, name, length);
            if (lua_rawget(L, -2) != LUA_TNIL) {
                lua_remove(L, -2);
                return true;
            }
            lua_pop(L, 1);
        }
        if (!step_behind(L)) return false;
    }
    lua_pop(L, 1);
    return false;
}

/* A module that is not loaded yet is ours: loading it runs no code of the user's. */
static int load_module(lua_State *L)
{
    return lunL_session_module(L, lua_tostring(L, 1)) ? 1 : 0;
}

static bool known_to_session(lua_State *L, const char *name, size_t length)
{
    bool list = (length == 2 && memcmp(name, "In", 2) == 0) || (length == 3 && memcmp(name, "Out", 3) == 0);
    if (list) {
        lua_pushlstring(L, name, length);
        lunL_session_push_list(L, lua_tostring(L, -1));
        lua_remove(L, -2);
        return true;
    }
    lua_pushcfunction(L, load_module);
    lua_pushlstring(L, name, length);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && !lua_isnil(L, -1)) return true;
    lua_pop(L, 1);
    return false;
}

bool lunL_lookup_name(lua_State *L, int env, const char *name, size_t length)
{
    if (!lua_checkstack(L, 8)) return false;
    if (env && lunL_lookup_field(L, env, name, length)) return true;
    lua_pushglobaltable(L);
    bool found = lunL_lookup_field(L, -1, name, length);
    lua_remove(L, found ? -2 : -1);
    return found || known_to_session(L, name, length);
}

/* Pushes lun.nn and the like, which come into the table when they are touched; the library is on top. */
static bool push_part_of_library(lua_State *L, const char *name, size_t length)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    bool library = lua_getfield(L, -1, "lunette") == LUA_TTABLE && lua_rawequal(L, -1, -3);
    lua_pop(L, 2);
    if (!library) return false;
    lua_pushcfunction(L, load_module);
    lua_pushlstring(L, name, length);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && !lua_isnil(L, -1)) return true;
    lua_pop(L, 1);
    return false;
}

/* --- chains of fields ----------------------------------------------------------------------------------- */

static bool continues(const lun_token *t) { return lun_token_is(t, ".") || lun_token_is(t, ":"); }

bool lun_lookup_chain(const char *text, size_t end, size_t *start)
{
    lun_lexer lexer = lun_lexer_start(text, end);
    lun_token token, before = {0};
    bool inside = false, want_name = false;
    while ((token = lun_lexer_next_code(&lexer)).kind != LUN_TOKEN_END) {
        if (want_name && token.kind != LUN_TOKEN_NAME && token.kind != LUN_TOKEN_KEYWORD) inside = false;
        if (inside && continues(&token)) want_name = true;
        else if (want_name && inside) want_name = false;
        else if (inside && lun_token_is(&token, "[") && before.at + before.length == token.at) {
            lun_token key = lun_lexer_next_code(&lexer), close = lun_lexer_next_code(&lexer);
            bool simple = key.kind == LUN_TOKEN_STRING || key.kind == LUN_TOKEN_NUMBER;
            inside = simple && lun_token_is(&close, "]");
            token = close;
        } else {
            inside = token.kind == LUN_TOKEN_NAME || (token.kind == LUN_TOKEN_STRING && token.finished);
            *start = token.at;
            want_name = false;
        }
        before = token;
    }
    return inside && !want_name && before.at + before.length == end;
}

/* Replaces the value on top by its element [key]; raw. */
static bool step_element(lua_State *L, const lun_token *key)
{
    bool found;
    if (key->kind == LUN_TOKEN_STRING) {
        found = key->length >= 2 && lunL_lookup_field(L, -1, key->text + 1, key->length - 2);
    } else {
        lua_pushlstring(L, key->text, key->length);
        bool number = lua_istable(L, -2) && lua_stringtonumber(L, lua_tostring(L, -1)) != 0;
        found = number;
        if (number) {
            lua_remove(L, -2);
            found = lua_rawget(L, -2) != LUA_TNIL;
        }
        if (!found) lua_pop(L, 1);
    }
    lua_remove(L, found ? -2 : -1);
    return found;
}

bool lunL_lookup_path(lua_State *L, int env, const char *text, size_t start, size_t end)
{
    lun_lexer lexer = lun_lexer_start(text + start, end - start);
    lun_token token = lun_lexer_next_code(&lexer);
    if (!lua_checkstack(L, 8)) return false;
    if (env) env = lua_absindex(L, env);
    if (token.kind == LUN_TOKEN_STRING) lua_pushliteral(L, "");
    else if (token.kind != LUN_TOKEN_NAME || !lunL_lookup_name(L, env, token.text, token.length)) return false;
    while ((token = lun_lexer_next_code(&lexer)).kind != LUN_TOKEN_END) {
        bool element = lun_token_is(&token, "[");
        token = lun_lexer_next_code(&lexer);
        if (element) {
            if (!step_element(L, &token)) return false;
            lun_lexer_next_code(&lexer);
            continue;
        }
        bool found = lunL_lookup_field(L, -1, token.text, token.length) || push_part_of_library(L, token.text, token.length);
        lua_remove(L, found ? -2 : -1);
        if (!found) return false;
    }
    return true;
}

void lunL_lookup_keys(lua_State *L, int index, void (*each)(lua_State *L, void *data), void *data)
{
    if (!lua_checkstack(L, 10)) return;
    lua_pushvalue(L, index);
    for (int steps = 0; steps < MOST_STEPS; steps++) {
        if (lua_istable(L, -1)) {
            lua_pushnil(L);
            while (lua_next(L, -2)) {
                if (lua_type(L, -2) == LUA_TSTRING) each(L, data);
                lua_pop(L, 1);
            }
        }
        if (!step_behind(L)) return;
    }
    lua_pop(L, 1);
}
