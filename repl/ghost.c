/* ghost.c - asks lib/shapes/ghost.lua about the cell being typed
 *
 * What is worked out leaves garbage, which is not collected here, so that no __gc of the user's runs between two keys; after
 * so many bytes there are no ghosts until the next prompt. Read next: ghost.h, lua_bindings/dry.c.
 * SPDX-License-Identifier: MIT
 */
#include "repl/ghost.h"

#include "lua_bindings/fields.h"
#include "repl/command.h"
#include "repl/lookup.h"
#include "repl/session.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const double patience = 0.0005; /* seconds for one key */
enum { MOST_GARBAGE = 32 << 10 };      /* kilobytes between two prompts */

static lua_State *state;
static int environment, garbage;
static bool off;
static char answer[400];

static const char functions_key; /* registry: what lib/shapes/ghost.lua returns, once it is loaded */

/* look_up(name): the value of a global, found raw; a module only when it is loaded. */
static int look_up(lua_State *L)
{
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++) {
        if (strcmp(row->global, name) != 0) continue;
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_getfield(L, -1, row->module);
        if (lua_isnil(L, -1)) return 1;
    }
    return lunL_lookup_name(L, lua_istable(L, lua_upvalueindex(1)) ? lua_upvalueindex(1) : 0, name, length) ? 1 : 0;
}

static int load(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, "lunette") == LUA_TNIL) return 0;
    lunL_require(L, "lunette.shapes.ghost");
    lua_getfield(L, -1, "forget");
    lua_call(L, 0, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &functions_key);
    return 0;
}

void lunL_ghost_use(lua_State *L, int env)
{
    state = L;
    environment = env ? lua_absindex(L, env) : 0;
    garbage = 0;
    if (!lua_checkstack(L, 4)) return;
    lua_pushcfunction(L, load);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/* The function called `name` of lib/shapes/ghost.lua, inside within(): pushes `within`, the seconds, the function. */
static bool push_asking(lua_State *L, const char *name)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &functions_key) != LUA_TTABLE || lua_getfield(L, -2, "lunette.dry_core") != LUA_TTABLE) return false;
    lua_getfield(L, -1, "within");
    lua_pushnumber(L, patience);
    lua_getfield(L, -4, name);
    return true;
}

static void push_look_up(lua_State *L, int env)
{
    if (env) lua_pushvalue(L, env);
    else lua_pushnil(L);
    lua_pushcclosure(L, look_up, 1);
}

bool lunL_ghost_push_value(lua_State *L, int env, const char *text, size_t length)
{
    if (!push_asking(L, "value")) return false;
    lua_pushlstring(L, text, length);
    push_look_up(L, env);
    lua_call(L, 4, 2);
    return lua_toboolean(L, -2) && !lua_isnil(L, -1);
}

/* within(patience, ghost.of, text, look_up) */
static int ask(lua_State *L)
{
    if (!push_asking(L, "of")) return 0;
    lua_pushvalue(L, 1);
    push_look_up(L, lua_istable(L, 2) ? 2 : 0);
    lua_call(L, 4, 3);
    lua_Integer results = lua_toboolean(L, -3) ? (lua_isstring(L, -2) ? -2 : lua_isstring(L, -1) ? -1 : 0) : 0;
    if (!results) return 0;
    snprintf(answer, sizeof answer, "%s", lua_tostring(L, (int)results));
    lua_pushboolean(L, results == -1);
    return 1;
}

lun_edit_ghost lunL_ghost(const char *text, size_t length)
{
    lun_edit_ghost none = {0};
    if (off || !state || garbage > MOST_GARBAGE || !length || lun_command_is(text, length)) return none;
    if (!lua_checkstack(state, 12)) return none;
    int top = lua_gettop(state), before = lua_gc(state, LUA_GCCOUNT);
    lua_pushcfunction(state, ask);
    lua_pushlstring(state, text, length);
    if (environment) lua_pushvalue(state, environment);
    else lua_pushnil(state);
    bool good = lua_pcall(state, 2, 1, 0) == LUA_OK && lua_isboolean(state, -1);
    lun_edit_ghost found = {.text = good ? answer : NULL, .wrong = good && lua_toboolean(state, -1)};
    lua_settop(state, top);
    garbage += lua_gc(state, LUA_GCCOUNT) - before;
    return found;
}

int lunL_ghost_from_lua(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) off = !lua_toboolean(L, 1);
    lua_pushboolean(L, !off);
    return 1;
}
