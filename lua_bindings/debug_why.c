/* debug_why.c - causes: the trail of bad values, and which leaves a gradient can reach
 *
 * Read next: debugger/trail.h, lib/dbg/why.lua. SPDX-License-Identifier: MIT
 */
#include "core/tape.h"
#include "core/views.h"
#include "debugger/events.h"
#include "debugger/trail.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

static void push_entry(lua_State *L, const lun_trail_entry *t)
{
    lua_createtable(L, 0, 12);
    lunL_debug_set_string(L, "op", t->op->name);
    lunL_debug_set_string(L, "of", t->node_op ? t->node_op->name : NULL);
    lunL_debug_set_string(L, "module", t->module_path);
    lunL_debug_set_string(L, "file", t->site.file);
    lunL_debug_set_integer(L, "line", t->site.line);
    lunL_debug_set_integer(L, "sequence", (lua_Integer)t->sequence);
    lunL_debug_set_integer(L, "position", (lua_Integer)t->position + 1);
    lunL_set_flag(L, "born", t->born != 0);
    lunL_set_number(L, "value", t->value);
    lua_createtable(L, t->n_in, 0);
    for (int i = 0; i < t->n_in; i++) {
        if (t->known[i]) lua_pushnumber(L, t->input[i]);
        else lua_pushboolean(L, 0);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "inputs");
}

/* A NaN may be born of an infinity, which was born elsewhere. */
static bool may_be_bad(const lun_trail_entry *t, int i)
{
    return t->in[i] && (t->known[i] ? !isfinite(t->input[i]) : !t->born);
}

/* trail(x) -> the chain of ops from the one that made x bad back to the birth: {entry, ...}, newest first; empty when no op is known. */
static int trail(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    const lun_trail_entry *t = lun_trail_maker(x->storage, 0);
    lua_newtable(L);
    for (lua_Integer n = 1; t; n++) {
        push_entry(L, t);
        lua_rawseti(L, -2, n);
        const lun_trail_entry *maker = NULL;
        for (int i = 0; i < t->n_in && !maker; i++)
            if (may_be_bad(t, i)) maker = lun_trail_maker(t->in[i], t->sequence);
        t = maker;
    }
    return lunL_leave(L, f, 1);
}

/* reached(x) -> the first single number that x made bad, an entry; nil: none so far */
static int reached(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    const lun_trail_entry *t = lun_trail_reached(x->storage);
    if (t) push_entry(L, t);
    else lua_pushnil(L);
    return lunL_leave(L, f, 1);
}

/* ---- which leaves hang below ---- */

typedef struct seen { lun_node *node; uint64_t visit; } seen;
typedef struct walk { seen *nodes; size_t count, capacity; } walk;

/* A node's `visit` is scratch of passes over the graph, one of which may be stopped just now: it gets its own back. */
static bool visit(walk *w, lun_node *n, uint64_t mark)
{
    if (n->visit == mark) return true;
    if (w->count == w->capacity) {
        size_t more = w->capacity ? 2 * w->capacity : 64;
        seen *grown = realloc(w->nodes, more * sizeof *grown);
        if (!grown) return false;
        w->nodes = grown;
        w->capacity = more;
    }
    w->nodes[w->count++] = (seen){n, n->visit};
    n->visit = mark;
    return true;
}

/* leaves(x) -> the tensors that a gradient of x would arrive at */
static int leaves(lua_State *L)
{
    const uint64_t mark = UINT64_MAX;
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    walk w = {0};
    lua_Integer count = 0;
    if (!x || !lun_view_refresh(x)) return lunL_raise(L, f);
    lua_newtable(L);
    bool ok = !x->node || visit(&w, x->node, mark);
    for (size_t k = 0; k < w.count && ok; k++) {
        const lun_node *n = w.nodes[k].node;
        for (int i = 0; i < n->n_in && ok; i++)
            if (n->edge[i].node) ok = visit(&w, n->edge[i].node, mark);
    }
    for (size_t k = 0; k < w.count; k++) w.nodes[k].node->visit = w.nodes[k].visit;
    for (size_t k = 0; k < w.count; k++)
        for (int i = 0; i < w.nodes[k].node->n_in; i++) {
            if (!w.nodes[k].node->edge[i].leaf) continue;
            lunL_box_fill(L, lunL_box_new(L), w.nodes[k].node->edge[i].leaf);
            lua_rawseti(L, -2, ++count);
        }
    free(w.nodes);
    return lunL_leave(L, f, 1);
}

static int grad_enabled(lua_State *L)
{
    const lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    lua_pushboolean(L, ctx->grad_enabled);
    return 1;
}

void lunL_debug_why(lua_State *L)
{
    static const luaL_Reg functions[] = {{"trail", trail}, {"reached", reached}, {"leaves", leaves}, {"grad_enabled", grad_enabled}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
