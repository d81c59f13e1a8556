/* debug_graph.c - the nodes of the graph as tables, for `i graph`, `i saved` and `fwd`
 *
 * Holds: tables of texts and numbers, and tensors that are detached aliases of what a node saved; nothing here keeps a node.
 * Read next: core/tape.h, lib/dbg/inspect.lua. SPDX-License-Identifier: MIT
 */
#include "core/tape.h"
#include "core/views.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>

/* Appends {name, tensor or nil, changed} to the list on top. */
static void add_saved(lua_State *L, const char *name, const lun_saved *s)
{
    if (!s->value && !s->packed) return;
    lua_createtable(L, 0, 3);
    lunL_debug_set_string(L, "name", name);
    if (s->value) {
        lunL_box_fill(L, lunL_box_new(L), lun_tensor_alias(s->value));
        lua_setfield(L, -2, "value");
        lunL_set_flag(L, "changed", s->version != s->value->storage->version);
    }
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static void push_saved(lua_State *L, const lun_node *n)
{
    char name[16];
    lua_newtable(L);
    for (int i = 0; i < n->n_in; i++) {
        snprintf(name, sizeof name, "in%d", i + 1);
        add_saved(L, name, &n->saved_in[i]);
    }
    for (int k = 0; k < n->n_out; k++) {
        snprintf(name, sizeof name, k ? "out%d" : "out", k + 1);
        add_saved(L, name, &n->saved_out[k]);
    }
}

enum { DEEPEST = 40, MOST_NODES = 500 }; /* a graph of diamonds would be a tree without end */
static int pushed;

static void push_node(lua_State *L, const lun_node *n, int depth);

/* What the inputs hang on: a node, "leaf" or false. */
static void push_edges(lua_State *L, const lun_node *n, int depth)
{
    lua_createtable(L, n->n_in, 0);
    for (int i = 0; i < n->n_in; i++) {
        if (n->edge[i].node && depth > 0 && pushed < MOST_NODES) push_node(L, n->edge[i].node, depth - 1);
        else if (n->edge[i].leaf) lunL_box_fill(L, lunL_box_new(L), n->edge[i].leaf);
        else if (n->edge[i].node) lua_pushliteral(L, "more");
        else lua_pushboolean(L, 0);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_node(lua_State *L, const lun_node *n, int depth)
{
    char text[LUN_SHAPE_TEXT];
    pushed++;
    luaL_checkstack(L, 8, NULL);
    lua_createtable(L, 0, 8);
    lunL_debug_set_string(L, "op", lun_node_name(n));
    lunL_debug_set_integer(L, "sequence", (lua_Integer)n->sequence);
    lunL_debug_set_string(L, "file", n->site.file);
    lunL_debug_set_integer(L, "line", n->site.line);
    lunL_debug_set_string(L, "module", n->module_path);
    lunL_debug_set_string(L, "shape", lun_shape_text(n->out_spec[0].ndim, n->out_spec[0].dims, text));
    lunL_set_flag(L, "freed", n->freed);
    push_saved(L, n);
    lua_setfield(L, -2, "saved");
    push_edges(L, n, depth);
    lua_setfield(L, -2, "edges");
}

/* node(x or nil, depth): the node that made x; nil for x: in a backward pass the node whose gradient is computed. */
static int node(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lua_Integer depth = luaL_optinteger(L, 2, 0);
    const lun_event *e = lunL_debug_event();
    const lun_node *n = e ? e->node : NULL;
    pushed = 0;
    if (!lua_isnoneornil(L, 1)) {
        lun_tensor *x = lunL_tensor(L, 1);
        if (!x || !lun_view_refresh(x)) return lunL_raise(L, f);
        n = x->node;
    }
    if (n) push_node(L, n, depth < 0 ? 0 : depth > DEEPEST ? DEEPEST : (int)depth);
    else lua_pushnil(L);
    return lunL_leave(L, f, 1);
}

/* same_memory(x, y): do they begin at the same place? */
static int same_memory(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_tensor *x = lunL_tensor(L, 1), *y = x ? lunL_tensor(L, 2) : NULL;
    if (!y) return lunL_raise(L, f);
    lua_pushboolean(L, x->storage == y->storage && x->offset == y->offset);
    return lunL_leave(L, f, 1);
}

void lunL_debug_graph(lua_State *L)
{
    static const luaL_Reg functions[] = {{"node", node}, {"same_memory", same_memory}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
