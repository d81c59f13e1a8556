/* graph.c - the autograd graph behind a tensor, as data for Lua
 *
 * Holds: walks with a list, not by recursion, so a chain of a million nodes is fine; each node once. Read next: graph.h, core/tape.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/graph.h"

#include "core/dtype.h"
#include "core/tape.h"
#include "core/views.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"

#include <stdio.h>

enum { MOST_NODES = 10000 };

static void push_shape(lua_State *L, const lun_spec *spec)
{
    char dims[LUN_SHAPE_TEXT];
    lua_pushfstring(L, "%s%s", lun_dtypes[spec->dtype].abbreviation, lun_shape_text(spec->ndim, spec->dims, dims));
}

/* The position of a node in the list; the first time it is put behind the others. Stack: list, seen. */
static lua_Integer place_of(lua_State *L, int list, int seen, lun_node *node)
{
    if (lua_rawgetp(L, seen, node) == LUA_TNUMBER) {
        lua_Integer at = lua_tointeger(L, -1);
        lua_pop(L, 1);
        return at;
    }
    lua_pop(L, 1);
    lua_Integer at = (lua_Integer)lua_rawlen(L, list) + 1;
    lua_pushlightuserdata(L, node);
    lua_rawseti(L, list, at);
    lua_pushinteger(L, at);
    lua_rawsetp(L, seen, node);
    return at;
}

/* Replaces the node at `at` of the list by its description. */
static void describe(lua_State *L, int list, int seen, lua_Integer at)
{
    lua_rawgeti(L, list, at);
    lun_node *node = lua_touserdata(L, -1);
    lua_pop(L, 1);
    lua_createtable(L, 0, 5);
    lunL_set_text(L, "op", lun_node_name(node));
    push_shape(L, &node->out_spec[0]);
    lua_setfield(L, -2, "shape");
    if (node->site.file) {
        lua_pushfstring(L, "%s:%d", node->site.file, node->site.line);
        lua_setfield(L, -2, "place");
    }
    lua_createtable(L, node->n_in, 0);
    lua_createtable(L, node->n_in, 0);
    for (int i = 0; i < node->n_in; i++) {
        const lun_edge *edge = &node->edge[i];
        if (edge->node) lua_pushinteger(L, place_of(L, list, seen, edge->node));
        else if (edge->leaf) lua_pushlightuserdata(L, edge->leaf);
        else lua_pushboolean(L, 0);
        lua_rawseti(L, -3, i + 1);
        push_shape(L, &node->in_spec[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -3, "shapes");
    lua_setfield(L, -2, "inputs");
    lua_rawseti(L, list, at);
}

int lunL_graph_from_lua(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x || !lun_view_refresh(x)) return lunL_raise(L, f);
    lua_settop(L, 1);
    luaL_checkstack(L, 20, NULL);
    lua_newtable(L);
    lua_newtable(L);
    if (x->node) place_of(L, 2, 3, x->node);
    for (lua_Integer at = 1; at <= (lua_Integer)lua_rawlen(L, 2) && at <= MOST_NODES; at++) describe(L, 2, 3, at);
    for (lua_Integer at = (lua_Integer)lua_rawlen(L, 2); at > MOST_NODES; at--) { /* what was not looked at */
        lua_pushnil(L);
        lua_rawseti(L, 2, at);
    }
    lua_settop(L, 2);
    return lunL_leave(L, f, 1);
}

int lunL_graph_address(lua_State *L)
{
    lunL_box *box = lunL_box_at(L, 1);
    lua_pushlightuserdata(L, box ? box->x : NULL);
    return 1;
}
