/* shape.c - x.shape: a table of sizes that prints as [2,3] and compares by value
 *
 * Read next: lua_bindings/methods.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/methods.h"

static int shape_text(lua_State *L)
{
    int n = (int)lua_rawlen(L, 1);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addchar(&b, '[');
    for (int i = 1; i <= n; i++) {
        if (i > 1) luaL_addchar(&b, ',');
        lua_rawgeti(L, 1, i);
        luaL_tolstring(L, -1, NULL);
        lua_remove(L, -2);
        luaL_addvalue(&b);
    }
    luaL_addchar(&b, ']');
    luaL_pushresult(&b);
    return 1;
}

static int shape_equal(lua_State *L)
{
    bool same = lua_istable(L, 1) && lua_istable(L, 2) && lua_rawlen(L, 1) == lua_rawlen(L, 2);
    for (lua_Integer i = 1; same && i <= (lua_Integer)lua_rawlen(L, 1); i++) {
        lua_rawgeti(L, 1, i);
        lua_rawgeti(L, 2, i);
        same = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    lua_pushboolean(L, same);
    return 1;
}

static int shape_concat(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

void lunL_push_shape(lua_State *L, const lun_tensor *x)
{
    lua_createtable(L, x->ndim, 0);
    for (int d = 0; d < x->ndim; d++) {
        lua_pushinteger(L, x->dims[d]);
        lua_rawseti(L, -2, d + 1);
    }
    if (luaL_newmetatable(L, "Shape")) {
        static const luaL_Reg events[] = {{"__tostring", shape_text}, {"__eq", shape_equal}, {"__concat", shape_concat}, {NULL, NULL}};
        luaL_setfuncs(L, events, 0);
    }
    lua_setmetatable(L, -2);
}
