/* locals.c - `local` at the top of a cell lives on in the session
 *
 * Holds: values go to the environment the cell was loaded with (its _ENV upvalue), with that table's own rules for assignment.
 * Read next: locals.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/locals.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char catcher_key;

static bool declared(const char *names, const char *name)
{
    char padded[256];
    return !names || (snprintf(padded, sizeof padded, " %s ", name) < (int)sizeof padded && strstr(names, padded));
}

/* Copies the locals of `frame`, which is on `from`, into the environment of its function. All on `from`. */
static void copy_locals(lua_State *from, lua_Debug *frame, const char *names)
{
    int top = lua_gettop(from);
    lua_getinfo(from, "f", frame);
    const char *upvalue = lua_getupvalue(from, -1, 1);
    if (upvalue && strcmp(upvalue, "_ENV") == 0) {
        int env = lua_gettop(from);
        const char *name;
        for (int i = 1; (name = lua_getlocal(from, frame, i)) != NULL; i++) {
            bool wanted = name[0] != '(' && strcmp(name, LUNL_LOCALS_NAME) != 0 && declared(names, name);
            if (wanted) lua_setfield(from, env, name);
            lua_settop(from, env);
        }
    }
    lua_settop(from, top);
}

static int cell_ends(lua_State *L)
{
    lua_Debug frame;
    if (lua_isnil(L, 2) && lua_getstack(L, 1, &frame) && lua_getinfo(L, "S", &frame) && strcmp(frame.what, "main") == 0)
        copy_locals(L, &frame, NULL);
    return 0;
}

int lunL_locals_push_catcher(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &catcher_key) == LUA_TTABLE) return 1;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, cell_ends);
    lua_setfield(L, -2, "__close");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &catcher_key);
    return 1;
}

/* --- after an error ------------------------------------------------------------------------------------- */

typedef struct rescue {
    lua_State *dead;
    const char *names;
} rescue;

/* The cell itself is the outermost frame. Found by halving: after a stack overflow there are 200,000. */
static bool outermost_frame(lua_State *L, lua_Debug *frame)
{
    int known = 0, beyond = 1;
    if (!lua_getstack(L, 0, frame)) return false;
    while (lua_getstack(L, beyond, frame)) {
        known = beyond;
        beyond *= 2;
    }
    while (beyond - known > 1) {
        int middle = known + (beyond - known) / 2;
        if (lua_getstack(L, middle, frame)) known = middle;
        else beyond = middle;
    }
    return lua_getstack(L, known, frame) == 1;
}

static int rescue_protected(lua_State *L)
{
    const rescue *job = lua_touserdata(L, 1);
    lua_State *dead = job->dead;
    lua_Debug frame;
    const char *name;
    if (!outermost_frame(dead, &frame) || !lua_checkstack(dead, 2)) return 0;
    if (!lua_getinfo(dead, "f", &frame)) return 0;
    lua_xmove(dead, L, 1);
    const char *upvalue = lua_iscfunction(L, -1) ? NULL : lua_getupvalue(L, -1, 1);
    if (!upvalue || strcmp(upvalue, "_ENV") != 0) return 0;
    for (int i = 1; (name = lua_getlocal(dead, &frame, i)) != NULL; i++) {
        lua_xmove(dead, L, 1);
        if (name[0] != '(' && declared(job->names, name)) lua_setfield(L, -2, name);
        else lua_pop(L, 1);
    }
    return 0;
}

void lunL_locals_rescue(lua_State *L, lua_State *dead, const char *names)
{
    rescue job = {dead, names};
    if (!names || !*names) return;
    lua_pushcfunction(L, rescue_protected);
    lua_pushlightuserdata(L, &job);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1); /* memory is short: the error itself matters more */
}
