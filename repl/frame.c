/* frame.c - names and their values in a frame of Lua that failed
 *
 * Read next: frame.h, repl/lookup.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/frame.h"

#include "repl/lexer.h"
#include "repl/lookup.h"

#include <lauxlib.h>
#include <string.h>

void lunL_frame_offer(lua_State *dead, int level, lun_suggestion *s)
{
    lua_Debug frame;
    const char *name;
    if (level < 0 || !lua_getstack(dead, level, &frame) || !lua_checkstack(dead, 3)) return;
    for (int i = 1; (name = lua_getlocal(dead, &frame, i)) != NULL; i++) {
        if (name[0] != '(') lun_suggest_offer(s, name);
        lua_pop(dead, 1);
    }
    if (!lua_getinfo(dead, "f", &frame)) return;
    for (int i = 1; (name = lua_getupvalue(dead, -1, i)) != NULL; i++) {
        if (strcmp(name, "_ENV") != 0) lun_suggest_offer(s, name);
        lua_pop(dead, 1);
    }
    lua_pop(dead, 1);
}

/* Pushes the upvalue `name` of the function on top of `dead`. */
static bool push_upvalue(lua_State *L, lua_State *dead, const char *name, size_t length)
{
    const char *found;
    for (int i = 1; (found = lua_getupvalue(dead, -1, i)) != NULL; i++) {
        if (strlen(found) == length && memcmp(found, name, length) == 0) {
            lua_xmove(dead, L, 1);
            return true;
        }
        lua_pop(dead, 1);
    }
    return false;
}

/* Pushes the local or upvalue `name` of the frame, if it has one. */
static bool push_from_frame(lua_State *L, lua_State *dead, int level, const char *name, size_t length)
{
    lua_Debug frame;
    const char *found;
    bool have = false;
    if (level < 0 || !lua_getstack(dead, level, &frame) || !lua_checkstack(dead, 3)) return false;
    for (int i = 1; (found = lua_getlocal(dead, &frame, i)) != NULL; i++) {
        bool same = strlen(found) == length && memcmp(found, name, length) == 0;
        if (same && have) lua_pop(L, 1); /* a later one shadows it */
        if (same) lua_xmove(dead, L, 1);
        else lua_pop(dead, 1);
        have = have || same;
    }
    if (have || !lua_getinfo(dead, "f", &frame)) return have;
    have = push_upvalue(L, dead, name, length);
    lua_pop(dead, 1);
    return have;
}

bool lunL_frame_push_chain(lua_State *L, lua_State *dead, int level, const char *text, size_t start, size_t end)
{
    lun_lexer lexer = lun_lexer_start(text + start, end - start);
    lun_token first = lun_lexer_next_code(&lexer);
    if (!lua_checkstack(L, 8)) return false;
    if (!push_from_frame(L, dead, level, first.text, first.length)) return lunL_lookup_path(L, 0, text, start, end);
    if (first.length == end - start) return true;
    lua_newtable(L); /* an environment of that one name, so that the rest of the chain is read as always */
    lua_pushlstring(L, first.text, first.length);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_remove(L, -2);
    bool found = lunL_lookup_path(L, lua_gettop(L), text, start, end);
    lua_remove(L, found ? -2 : -1);
    return found;
}
