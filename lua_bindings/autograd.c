/* autograd.c - between the graph and lib/autograd.lua: functions with a gradient written in Lua, saved-tensor hooks, anomaly mode
 *
 * Holds: no Lua error passes the core's frames: a callback runs protected, its error is kept and raised where backward was called,
 * a text with the traceback of where it happened.
 * Read next: lib/autograd.lua, core/saved.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/autograd.h"

#include "core/alloc.h"
#include "core/backward.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/saved.h"
#include "core/views.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/callback.h"

#include <lauxlib.h>
#include <stdlib.h>

enum { MOST_INPUTS = 1024 };

/* --- functions with a gradient of their own ---------------------------------------------------------------------------------------- */

typedef struct function { lua_State *main; int backward; bool materialize; } function;

typedef struct backward_request {
    const function *f;
    const lun_node *n;
    lun_tensor **g, **dx;
    int n_inputs;
} backward_request;

static void release_function(void *argument)
{
    function *f = argument;
    luaL_unref(f->main, LUA_REGISTRYINDEX, f->backward);
    free(f);
}

static void push_tensor(lua_State *L, lun_tensor *x)
{
    if (!x || lun_is_none(x)) lua_pushnil(L);
    else lunL_box_fill(L, lunL_box_new(L), x);
}

/* May a gradient like g be summed down to the input's shape? */
static bool fits(const lun_node *n, int i, const lun_tensor *g)
{
    const lun_spec *s = &n->in_spec[i];
    bool good = g->ndim >= s->ndim && lun_dtype_has_gradient((lun_dtype)g->dtype);
    for (int d = 0; good && d < s->ndim; d++) {
        int64_t have = g->dims[g->ndim - s->ndim + d];
        good = s->dims[d] == have || s->dims[d] == 1;
    }
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    return good || lun_fail(LUN_E_SHAPE, "return a gradient of the input's shape",
                            "backward of %s returned %s as the gradient of input %d, which is %s",
                            lun_node_name(n), lun_tensor_text(g, a), i + 1, lun_shape_text(s->ndim, s->dims, b));
}

/* backward(node, gradients...) gives a list, one entry for each tensor of forward; false where there is none. */
static int backward_body(lua_State *L)
{
    backward_request *r = lua_touserdata(L, 1);
    luaL_checkstack(L, LUN_MAX_OUT + 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->f->backward);
    lua_pushlightuserdata(L, (void *)(uintptr_t)r->n);
    for (int k = 0; k < r->n->n_out; k++) {
        const lun_spec *s = &r->n->out_spec[k];
        if (lun_is_none(r->g[k]) && r->f->materialize) {
            push_tensor(L, lun_full(s->ndim, s->dims, 0, s->dtype, (lun_device){LUN_CPU, 0}));
        } else {
            push_tensor(L, r->g[k]);
        }
    }
    lua_call(L, r->n->n_out + 1, 1);
    for (int i = 0; i < r->n_inputs && lua_istable(L, 2); i++) {
        lua_rawgeti(L, 2, i + 1);
        lunL_box *box = lunL_box_at(L, -1);
        if (box && box->x && lun_wants(r->n, i) && fits(r->n, i, box->x)) r->dx[i] = lun_scope_add(lun_keep(box->x));
        lua_pop(L, 1);
    }
    return 0;
}

/* The nodes whose Lua functions run now: only those may be asked for what they saved. */
typedef struct running { const lun_node *n; struct running *outer; } running;
static __thread running *innermost;

static void run_backward(void *argument, const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const function *f = argument;
    backward_request r = {.f = f, .n = n, .g = g, .dx = dx, .n_inputs = n->n_in};
    running now = {n, innermost};
    innermost = &now;
    lunL_protect(f->main, backward_body, &r);
    innermost = now.outer;
}

static const lun_node *running_node(lua_State *L, int index)
{
    const void *wanted = lua_touserdata(L, index);
    for (const running *r = innermost; r; r = r->outer)
        if (r->n == wanted) return r->n;
    return lun_fail(LUN_E_GRADIENT, "ctx.saved_tensors", "saved tensors can be read in backward only");
}

/* The boxes of the list at `index` as inputs or outputs of the call. */
static int read_list(lua_State *L, int index, const char *name, int most, lun_tensor **out)
{
    int n = (int)lua_rawlen(L, index);
    if (n > most) return lun_fail(LUN_E_ARGUMENT, NULL, "%d %s, at most %d are possible", n, name, most), -1;
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, index, i + 1);
        out[i] = lunL_tensor_named(L, -1, name);
        lua_pop(L, 1); /* the list keeps it alive */
        if (!out[i]) return -1;
    }
    return n;
}

/* A result must be a tensor of its own, or an input that was written to. */
static lun_tensor *own_result(lun_call *c, lun_tensor *y, bool dirty)
{
    if (dirty) return y;
    for (int i = 0; i < c->n_in; i++)
        if (c->in[i] == y) return lun_tensor_alias(y);
    lun_view_part(y);
    return y;
}

static bool read_call(lua_State *L, lun_call *c, lun_edge *edges, lun_tensor **in)
{
    bool dirty = lua_toboolean(L, 4);
    int n = read_list(L, 2, "inputs", MOST_INPUTS, in), m = n < 0 ? -1 : read_list(L, 3, "differentiable results", LUN_MAX_OUT, c->out);
    for (int i = 0; i < n; i++) {
        if (!lun_call_input(c, in[i]) || !lun_view_refresh(in[i])) return false;
        edges[i] = i < lua_tointeger(L, 6) ? lun_tape_edge(in[i]) : (lun_edge){0};
    }
    c->n_out = m < 0 ? 0 : m;
    c->inplace = dirty;
    for (int k = 0; k < m; k++)
        if (!(c->out[k] = own_result(c, c->out[k], dirty))) return false;
    if (dirty && (m != 1 || ((c->out[0]->flags & LUN_REQUIRES_GRAD) && !c->out[0]->node)))
        return lun_fail(LUN_E_INPLACE, "write into a copy", m != 1 ? "a function that writes into its argument may have one result only"
                                                                   : "a leaf that requires grad was written in place"), false;
    if (dirty && (c->out[0]->flags & LUN_VIEW) && !lun_view_writable(c->out[0])) return false;
    return m >= 0;
}

/* Saves what the list at `index` names: {result = boolean, index = from 1}. */
static bool save_values(lua_State *L, int index, const lun_call *c, lun_node *n)
{
    int top = lua_gettop(L), count = lua_istable(L, index) ? (int)lua_rawlen(L, index) : 0;
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        if (!lua_istable(L, -1)) return lun_fail(LUN_E_ARGUMENT, NULL, "saved value %d is no table", i), false;
        lua_getfield(L, -1, "result");
        lua_getfield(L, -2, "index");
        bool result = lua_toboolean(L, -2);
        lua_Integer at = lua_tointeger(L, -1);
        lua_settop(L, top);
        if (at < 1 || at > (result ? c->n_out : c->n_in))
            return lun_fail(LUN_E_ARGUMENT, NULL, "saved value %d is neither an input nor a result", i), false;
        if (!lun_saved_put(result ? &n->saved_out[at - 1] : &n->saved_in[at - 1], result ? c->out[at - 1] : c->in[at - 1])) return false;
    }
    return true;
}

/* record(name, {inputs}, {results}, dirty, materialize, count, backward, saves): the results join the graph. Inputs after the first
 * `count` are there to be saved only. Returns the list of results. */
static int record(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_call c;
    lua_settop(L, 8);
    lun_edge *edges = lua_newuserdatauv(L, MOST_INPUTS * sizeof *edges, 0);
    lun_tensor **in = lua_newuserdatauv(L, MOST_INPUTS * sizeof *in, 0);
    const char *name = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_checktype(L, 7, LUA_TFUNCTION);
    lun_call_begin(&c, lun_op_at(LUN_OP_custom));
    function *own = read_call(L, &c, edges, in) ? malloc(sizeof *own) : NULL;
    lun_node *n = NULL;
    if (own) {
        *own = (function){.main = lunL_main_thread(L), .materialize = lua_toboolean(L, 5), .backward = LUA_NOREF};
        lua_pushvalue(L, 7);
        own->backward = luaL_ref(L, LUA_REGISTRYINDEX);
        lun_custom custom = {.name = lun_intern(name), .backward = run_backward, .release = release_function, .argument = own};
        n = lun_tape_custom(&c, edges, &custom);
    }
    if (!n || !save_values(L, 8, &c, n)) {
        lun_call_end(&c);
        return lunL_fail(L, f, name, LUN_E_MEMORY, NULL, "out of memory");
    }
    lua_createtable(L, c.n_out, 0);
    for (int k = 0; k < c.n_out; k++) {
        push_tensor(L, c.out[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lun_call_end(&c);
    return lunL_leave(L, f, 1);
}

/* saved(node, result, index): the value, joined to the graph in a backward pass that is recorded. Only during backward. */
static int saved(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_node *n = running_node(L, 1);
    bool result = lua_toboolean(L, 2);
    lua_Integer i = lua_tointeger(L, 3);
    if (!n || i < 1 || i > (result ? n->n_out : n->n_in)) return lunL_fail(L, f, "saved", LUN_E_INDEX, NULL, "no such value");
    return lunL_give(L, f, result ? lun_saved_out(n, (int)i - 1) : lun_saved_in(n, (int)i - 1));
}

/* sources(node): what the inputs that want a gradient hang on, as tensors without their values. Only during backward. */
static int sources(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_node *n = running_node(L, 1);
    lua_newtable(L);
    for (int i = 0, count = 0; n && i < n->n_in; i++) {
        if (!lun_wants(n, i)) continue;
        lun_tensor *x = n->edge[i].leaf ? n->edge[i].leaf : lun_tensor_number(0, n->in_spec[i].dtype);
        if (!x) return lunL_raise(L, f);
        if (n->edge[i].node) {
            lun_node_keep(n->edge[i].node);
            x->node = n->edge[i].node;
            x->output = n->edge[i].output;
        }
        push_tensor(L, x);
        lua_rawseti(L, -2, ++count);
    }
    return lunL_leave(L, f, 1);
}

/* --- saved-tensor hooks --------------------------------------------------------------------------------------------------------------- */

typedef struct hooks { lua_State *main; int pack, unpack; } hooks;
typedef struct hook_request { const hooks *h; lun_tensor *x; int thing; } hook_request;
enum { THING_BIAS = 16 }; /* references are small numbers from -2 on; a thing is never NULL */

static int pack_body(lua_State *L)
{
    hook_request *r = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->h->pack);
    push_tensor(L, r->x);
    lua_call(L, 1, 1);
    r->thing = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static void *pack(void *argument, lun_tensor *x)
{
    hook_request r = {.h = argument, .x = x};
    if (!lunL_protect(r.h->main, pack_body, &r)) return NULL;
    return (void *)(intptr_t)(r.thing + THING_BIAS);
}

static int unpack_body(lua_State *L)
{
    hook_request *r = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->h->unpack);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->thing);
    lua_call(L, 1, 1);
    lun_tensor *x = lunL_tensor_named(L, -1, "what unpack returned");
    r->x = x ? lun_scope_add(lun_keep(x)) : NULL;
    return 0;
}

static lun_tensor *unpack(void *argument, void *thing)
{
    hook_request r = {.h = argument, .thing = (int)(intptr_t)thing - THING_BIAS};
    return lunL_protect(r.h->main, unpack_body, &r) ? r.x : NULL;
}

static void release_thing(void *argument, void *thing)
{
    luaL_unref(((hooks *)argument)->main, LUA_REGISTRYINDEX, (int)(intptr_t)thing - THING_BIAS);
}

static void hooks_done(void *argument)
{
    hooks *h = argument;
    luaL_unref(h->main, LUA_REGISTRYINDEX, h->pack);
    luaL_unref(h->main, LUA_REGISTRYINDEX, h->unpack);
    free(h);
}

typedef struct hooks_guard { lun_saved_hooks *own, *before; } hooks_guard;

static int close_hooks(lua_State *L)
{
    hooks_guard *g = luaL_checkudata(L, 1, "lunette.saved_hooks");
    if (!g->own) return 0;
    lun_context_get()->saved_hooks = g->before;
    lun_saved_hooks_drop(g->own);
    g->own = NULL;
    return 0;
}

/* saved_hooks(pack, unpack): a guard; until it is closed saved values go through them */
static int saved_hooks(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lua_settop(L, 2);
    hooks_guard *g = lua_newuserdatauv(L, sizeof *g, 0);
    *g = (hooks_guard){.before = lun_context_get()->saved_hooks};
    luaL_setmetatable(L, "lunette.saved_hooks");
    hooks *h = malloc(sizeof *h);
    lun_saved_hooks *own = h ? lun_block_get(sizeof *own) : NULL;
    if (!own) {
        free(h);
        return lunL_fail(L, f, "saved_tensors_hooks", LUN_E_MEMORY, NULL, "out of memory");
    }
    *h = (hooks){.main = lunL_main_thread(L), .pack = LUA_NOREF, .unpack = LUA_NOREF};
    *own = (lun_saved_hooks){.pack = pack, .unpack = unpack, .release = release_thing, .done = hooks_done, .argument = h, .refs = 1};
    g->own = own;
    lua_pushvalue(L, 1);
    h->pack = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, 2);
    h->unpack = luaL_ref(L, LUA_REGISTRYINDEX);
    lun_context_get()->saved_hooks = own;
    return 1;
}

/* detect_anomaly(wanted): what it was */
static int detect_anomaly(lua_State *L)
{
    lun_context *ctx = lun_context_get();
    lua_pushboolean(L, ctx->detect_anomaly);
    ctx->detect_anomaly = lua_toboolean(L, 1);
    return 1;
}

int lunL_open_autograd_core(lua_State *L)
{
    static const luaL_Reg functions[] = {{"record", record}, {"saved", saved}, {"sources", sources}, {"saved_hooks", saved_hooks},
                                         {"detect_anomaly", detect_anomaly}, {NULL, NULL}};
    if (luaL_newmetatable(L, "lunette.saved_hooks")) {
        lua_pushcfunction(L, close_hooks);
        lua_setfield(L, -2, "__close");
        lua_pushcfunction(L, close_hooks);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
