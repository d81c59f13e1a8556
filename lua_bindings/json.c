/* json.c - JSON text as Lua values: core.json(text [, null [, list]])
 *
 * Objects and arrays are tables, null is nil (or the value `null`), whole numbers that fit are integers. Arrays get the
 * metatable `list`, if it is given, so that who writes them again knows an empty one. A key that stands twice is refused,
 * nesting ends at 100. What is wrong raises, naming the byte. Read next: formats/json.h. SPDX-License-Identifier: MIT
 */
#include "formats/json.h"

#include "core/error.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"

#include <lauxlib.h>
#include <string.h>

enum { DEEPEST = 100 };
enum { TEXT = 1, NULL_VALUE, LIST }; /* arguments, by their places on the stack */

static bool push_value(lua_State *L, lun_json *j, int depth);

static bool wrong(lun_json *j, const char *problem)
{
    if (!j->problem) j->problem = problem;
    return false;
}

static bool push_string(lua_State *L, lun_json *j)
{
    const char *text;
    if (!lun_json_string(j, &text)) return false;
    lua_pushstring(L, text);
    return true;
}

static bool push_array(lua_State *L, lun_json *j, int depth)
{
    lua_newtable(L);
    if (!lua_isnil(L, LIST)) lua_pushvalue(L, LIST), lua_setmetatable(L, -2);
    lun_json_expect(j, '[');
    if (lun_json_next_is(j, ']')) return lun_json_expect(j, ']');
    for (lua_Integer i = 1;; i++) {
        if (!push_value(L, j, depth)) return false;
        lua_rawseti(L, -2, i);
        if (!lun_json_next_is(j, ',')) return lun_json_expect(j, ']');
        lun_json_expect(j, ',');
    }
}

static bool push_object(lua_State *L, lun_json *j, int depth)
{
    lua_newtable(L);
    lun_json_expect(j, '{');
    if (lun_json_next_is(j, '}')) return lun_json_expect(j, '}');
    for (;;) {
        if (!push_string(L, j)) return false;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TNIL) return wrong(j, "a key stands twice");
        lua_pop(L, 1);
        if (!lun_json_expect(j, ':') || !push_value(L, j, depth)) return false;
        lua_rawset(L, -3);
        if (!lun_json_next_is(j, ',')) return lun_json_expect(j, '}');
        lun_json_expect(j, ',');
    }
}

static bool push_number(lua_State *L, lun_json *j)
{
    double real;
    int64_t whole;
    bool is_whole;
    if (!lun_json_number(j, &real, &whole, &is_whole)) return false;
    if (is_whole) lua_pushinteger(L, whole);
    else lua_pushnumber(L, real);
    return true;
}

static bool push_value(lua_State *L, lun_json *j, int depth)
{
    if (depth == DEEPEST) return wrong(j, "it is nested deeper than 100");
    if (!lua_checkstack(L, 4)) return wrong(j, "there is no memory for it");
    if (lun_json_next_is(j, '{')) return push_object(L, j, depth + 1);
    if (lun_json_next_is(j, '[')) return push_array(L, j, depth + 1);
    if (lun_json_next_is(j, '"')) return push_string(L, j);
    if (lun_json_word(j, "true")) return lua_pushboolean(L, 1), true;
    if (lun_json_word(j, "false")) return lua_pushboolean(L, 0), true;
    if (lun_json_word(j, "null")) return lua_pushvalue(L, NULL_VALUE), true;
    return push_number(L, j);
}

static int json(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, TEXT, &n);
    lua_settop(L, LIST);
    if (!lua_isnil(L, LIST)) luaL_checktype(L, LIST, LUA_TTABLE);
    lunL_frame f = lunL_enter(L);
    char *copy = lua_newuserdatauv(L, n + 1, 0); /* the reader unescapes in place */
    memcpy(copy, text, n);
    lun_json j = {copy, copy, copy + n, NULL};
    if (push_value(L, &j, 0) && lun_json_end(&j)) return 1;
    return lunL_fail(L, f, "data.json", LUN_E_FORMAT, NULL, "this is no JSON: %s, at byte %d of %d", j.problem ? j.problem : "it is damaged",
                     (int)(j.at - j.begin) + 1, (int)n);
}

void lunL_open_json(lua_State *L)
{
    lua_pushcfunction(L, json);
    lua_setfield(L, -2, "json");
}
