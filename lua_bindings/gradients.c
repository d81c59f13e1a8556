/* gradients.c - backward, .grad, hooks; lun.no_grad, lun.grad
 *
 * A gradient hook written in Lua runs protected: its error is kept as it is and raised where backward was called.
 * Holds: the recording mode is put back however a function given to no_grad is left (a to-be-closed guard does it).
 * Read next: core/backward.h, core/tape.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/gradients.h"

#include "core/backward.h"
#include "core/device.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/hook.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/methods.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 1024 };

/* --- properties ------------------------------------------------------------------------------------------------------------- */

static int get_grad(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    return lunL_give(L, f, x && !x->grad ? LUN_NONE : x ? x->grad : NULL);
}

static int set_grad(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1), *g = NULL;
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (!x) return lunL_raise(L, f);
    if (!lua_isnil(L, 3)) {
        if (!(g = lunL_tensor_named(L, 3, "grad"))) return lunL_raise(L, f);
        if (!lun_shape_same(g->ndim, g->dims, x->ndim, x->dims) || g->dtype != x->dtype)
            return lunL_fail(L, f, "grad", LUN_E_SHAPE, NULL, "the gradient of %s must be like it, got %s", lun_tensor_text(x, a),
                             lun_tensor_text(g, b));
        if (!lun_device_same(lun_tensor_device(g), lun_tensor_device(x)))
            return lunL_fail(L, f, "grad", LUN_E_DEVICE, "a gradient stands where its tensor does: g:to(x.device)",
                             "the gradient is on %s, the tensor on %s", lun_device_text(lun_tensor_device(g), a),
                             lun_device_text(lun_tensor_device(x), b));
    }
    lun_tensor *old = x->grad;
    if (lun_watching) lun_watching->handle(x);
    x->grad = g ? lun_keep(lun_detach(g)) : NULL;
    lun_drop(old);
    return lunL_leave(L, f, 0);
}

static int set_requires_grad(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x || !lun_set_requires_grad(x, lua_toboolean(L, 3))) return lunL_fail(L, f, "requires_grad", LUN_E_GRADIENT, NULL, "cannot be set");
    return 0;
}

/* --- methods ------------------------------------------------------------------------------------------------------------------ */

static int requires_grad_(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    bool wanted = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
    if (!x || !lun_set_requires_grad(x, wanted)) return lunL_fail(L, f, "requires_grad_", LUN_E_GRADIENT, NULL, "cannot be set");
    lua_settop(L, 1);
    return 1;
}

static int retain_grad(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x || !lun_tensor_retain_grad(x)) return lunL_fail(L, f, "retain_grad", LUN_E_GRADIENT, NULL, "cannot be retained");
    lua_settop(L, 1);
    return 1;
}

/* Option `name` of the table at `index` as a boolean. */
static bool flag(lua_State *L, int index, const char *name, bool absent)
{
    if (!index || !lunL_option(L, index, name)) return absent; /* index 0: no options */
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

/* x:backward(), x:backward(g), x:backward{gradient = g, retain_graph = true, create_graph = true}; returns x */
static int backward(lua_State *L)
{
    static const char *const names[] = {"gradient", "retain_graph", "create_graph", NULL};
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1), *seed = LUN_NONE;
    int options = lua_istable(L, 2) ? 2 : lua_istable(L, 3) ? 3 : 0;
    if (!x || (options && !lunL_only_options(L, options, names))) return lunL_fail(L, f, "backward", LUN_E_ARGUMENT, NULL, "bad argument");
    bool create = options && flag(L, options, "create_graph", false);
    bool retain = options ? flag(L, options, "retain_graph", create) : false;
    if (options && lunL_option(L, options, "gradient")) seed = lunL_operand(L, -1, "gradient");
    else if (options != 2 && !lua_isnoneornil(L, 2)) seed = lunL_operand(L, 2, "gradient");
    if (!seed || !lun_backward(1, &x, &seed, retain, create)) return lunL_fail(L, f, "backward", LUN_E_GRADIENT, NULL, "failed");
    lua_settop(L, 1);
    return lunL_leave(L, f, 1);
}

/* --- hooks ---------------------------------------------------------------------------------------------------------------------- */

/* Shared by the graph and the handle: a hook that an in-place op left on an older node is removed by emptying it. */
typedef struct lua_hook { lua_State *main; int function, refs; } lua_hook;

static int hook_body(lua_State *L)
{
    lun_tensor *g = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lunL_box_fill(L, lunL_box_new(L), g);
    lua_call(L, 1, 1);
    return 1;
}

static lun_tensor *run_hook(void *argument, lun_tensor *g)
{
    lua_hook *h = argument;
    lua_State *L = lunL_now ? lunL_now : h->main;
    if (h->function == LUA_NOREF) return g;
    if (!lua_checkstack(L, 8)) return lun_fail(LUN_E_MEMORY, NULL, "Lua's stack is full");
    int top = lua_gettop(L);
    lua_pushcfunction(L, hook_body);
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->function);
    lua_pushlightuserdata(L, g);
    int status = lua_pcall(L, 2, 1, 0);
    lunL_now = L;
    if (status != LUA_OK) {
        lunL_keep_error(L);
        lua_settop(L, top);
        return NULL;
    }
    lunL_box *box = lunL_box_at(L, -1);
    lun_tensor *result = box && box->x ? lun_scope_add(lun_keep(box->x)) : g;
    lua_settop(L, top);
    return result;
}

static void empty_hook(lua_hook *h)
{
    luaL_unref(h->main, LUA_REGISTRYINDEX, h->function);
    h->function = LUA_NOREF;
}

static void release_hook(void *argument)
{
    lua_hook *h = argument;
    if (--h->refs) return;
    empty_hook(h);
    free(h);
}

static int collect_handle(lua_State *L)
{
    lua_hook **token = luaL_checkudata(L, 1, "lunette.hook");
    if (*token) release_hook(*token);
    *token = NULL;
    return 0;
}

/* handle:remove(): was it still there? */
static int remove_hook(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "id");
    lua_getfield(L, 1, "tensor");
    lua_getfield(L, 1, "token");
    lua_hook **token = luaL_checkudata(L, -1, "lunette.hook");
    lunL_box *box = lunL_box_at(L, -2);
    bool there = *token && (*token)->function != LUA_NOREF;
    if (there) empty_hook(*token);
    if (box && box->x) lun_tensor_unhook(box->x, (int)lua_tointeger(L, -3));
    lua_pushboolean(L, there);
    return lunL_leave(L, f, 1);
}

static int register_hook(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && !lua_isfunction(L, 2))
        return lunL_fail(L, f, "register_hook", LUN_E_ARGUMENT, "x:register_hook(function(g) return g * 2 end)", "needs a function, got %s",
                         lunL_describe(L, 2));
    lua_hook *h = x ? malloc(sizeof *h) : NULL;
    if (!h) return lunL_fail(L, f, "register_hook", LUN_E_MEMORY, NULL, "out of memory");
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    *h = (lua_hook){.main = lua_tothread(L, -1), .function = LUA_NOREF, .refs = 1};
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    h->function = luaL_ref(L, LUA_REGISTRYINDEX);
    int id = lun_tensor_hook(x, run_hook, release_hook, h);
    if (!id) {
        release_hook(h);
        return lunL_fail(L, f, "register_hook", LUN_E_GRADIENT, NULL, "failed");
    }
    lua_createtable(L, 0, 4);
    lua_hook **token = lua_newuserdatauv(L, sizeof(lua_hook *), 0);
    *token = NULL;
    luaL_setmetatable(L, "lunette.hook");
    *token = h;
    h->refs++;
    lua_setfield(L, -2, "token");
    lunL_set_integer(L, "id", id);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "tensor");
    lua_pushcfunction(L, remove_hook);
    lua_setfield(L, -2, "remove");
    return 1;
}

/* --- the recording mode ------------------------------------------------------------------------------------------------------------ */

typedef struct guard { bool before, open; } guard;

static int close_guard(lua_State *L)
{
    guard *g = luaL_checkudata(L, 1, "lunette.mode");
    if (g->open) lun_context_get()->grad_enabled = g->before;
    g->open = false;
    return 0;
}

static int call_done(lua_State *L, int status, lua_KContext at)
{
    (void)status;
    lua_closeslot(L, (int)at);
    return lua_gettop(L) - (int)at;
}

/* with_mode(f, ...) runs f in the mode; with_mode() gives a guard for `local _ <close> =`. */
static int with_mode(lua_State *L, bool enabled)
{
    lun_context *ctx = lun_context_get();
    bool call = lua_gettop(L) > 0;
    if (call && lua_type(L, 1) != LUA_TFUNCTION && !luaL_getmetafield(L, 1, "__call"))
        return luaL_argerror(L, 1, "a function is needed, or nothing: local _ <close> = lun.no_grad()");
    if (call && lua_type(L, 1) != LUA_TFUNCTION) lua_pop(L, 1);
    guard *g = lua_newuserdatauv(L, sizeof *g, 0);
    *g = (guard){.before = ctx->grad_enabled, .open = true};
    luaL_setmetatable(L, "lunette.mode");
    if (!call) {
        ctx->grad_enabled = enabled;
        return 1;
    }
    lua_insert(L, 1);
    lua_toclose(L, 1);
    ctx->grad_enabled = enabled;
    lua_callk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, call_done);
    return call_done(L, LUA_OK, 1);
}

static int no_grad(lua_State *L) { return with_mode(L, false); }
static int enable_grad(lua_State *L) { return with_mode(L, true); }

static int is_grad_enabled(lua_State *L)
{
    lua_pushboolean(L, lun_context_get()->grad_enabled);
    return 1;
}

static int set_grad_enabled(lua_State *L)
{
    lun_context_get()->grad_enabled = lua_toboolean(L, 1);
    return 0;
}

/* --- lun.grad ----------------------------------------------------------------------------------------------------------------------- */

/* A tensor or a list of them at `index`, into out; their number, or -1 after lun_fail. */
static int tensors_at(lua_State *L, int index, const char *name, lun_tensor **out)
{
    if (lunL_is_tensor(L, index) || !lua_istable(L, index)) return (out[0] = lunL_tensor_named(L, index, name)) ? 1 : -1;
    lua_Unsigned n = lua_rawlen(L, index);
    if (n > MOST_TENSORS) return lun_fail(LUN_E_ARGUMENT, NULL, "`%s`: more than %d tensors", name, MOST_TENSORS), -1;
    for (lua_Unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        out[i] = lunL_tensor_named(L, -1, name);
        lua_pop(L, 1);
        if (!out[i]) return -1;
    }
    return (int)n;
}

typedef struct request {
    lun_tensor *roots[MOST_TENSORS], *seeds[MOST_TENSORS], *inputs[MOST_TENSORS], *grads[MOST_TENSORS];
} request;

static bool read_seeds(lua_State *L, int options, request *r, int n_roots)
{
    for (int i = 0; i < n_roots; i++) r->seeds[i] = LUN_NONE;
    if (!options || !lunL_option(L, options, "grad_outputs")) return true;
    int n = tensors_at(L, lua_gettop(L), "grad_outputs", r->seeds);
    lua_pop(L, 1); /* the options keep them alive */
    if (n < 0 || n == n_roots) return n >= 0;
    return lun_fail(LUN_E_ARGUMENT, NULL, "%d grad_outputs for %d outputs", n, n_roots), false;
}

static int differentiate(lua_State *L, lunL_frame f, request *r)
{
    static const char *const names[] = {"grad_outputs", "retain_graph", "create_graph", "allow_unused", NULL};
    int options = lua_istable(L, 3) ? 3 : 0, n_roots = -1, n_inputs = -1;
    if (!options || lunL_only_options(L, 3, names)) n_roots = tensors_at(L, 1, "outputs", r->roots);
    if (n_roots >= 0) n_inputs = tensors_at(L, 2, "inputs", r->inputs);
    if (n_inputs < 0 || !read_seeds(L, options, r, n_roots)) return lunL_fail(L, f, "grad", LUN_E_ARGUMENT, NULL, "bad argument");
    bool create = flag(L, options, "create_graph", false), retain = flag(L, options, "retain_graph", create);
    if (!lun_gradients(n_roots, r->roots, r->seeds, n_inputs, r->inputs, r->grads, retain, create, flag(L, options, "allow_unused", false)))
        return lunL_fail(L, f, "grad", LUN_E_GRADIENT, NULL, "failed");
    if (!lua_istable(L, 2)) return lunL_give(L, f, r->grads[0]);
    lua_createtable(L, n_inputs, 0);
    for (int i = 0; i < n_inputs; i++) {
        if (lun_is_none(r->grads[i])) lua_pushboolean(L, 0);
        else lunL_box_fill(L, lunL_box_new(L), r->grads[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return lunL_leave(L, f, 1);
}

static int grad(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (lua_isfunction(L, 1)) {
        lua_settop(L, 1);
        lunL_require(L, "lunette.autograd.functional");
        lua_getfield(L, -1, "gradient");
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    lua_settop(L, 3);
    request *r = lua_newuserdatauv(L, sizeof *r, 0);
    return differentiate(L, f, r);
}

/* --- start ------------------------------------------------------------------------------------------------------------------------- */

static int detach(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    return lunL_give(L, f, x ? lun_detach(x) : NULL);
}

void lunL_open_gradients(lua_State *L, int methods, int properties, int setters)
{
    static const luaL_Reg own_methods[] = {
        {"backward", backward}, {"detach", detach}, {"requires_grad_", requires_grad_}, {"retain_grad", retain_grad},
        {"register_hook", register_hook}, {NULL, NULL}};
    static const luaL_Reg own_properties[] = {{"grad", get_grad}, {"data", detach}, {NULL, NULL}};
    static const luaL_Reg own_setters[] = {{"grad", set_grad}, {"requires_grad", set_requires_grad}, {NULL, NULL}};
    lunL_add_functions(L, methods, own_methods);
    lunL_add_functions(L, properties, own_properties);
    lunL_add_functions(L, setters, own_setters);
    if (luaL_newmetatable(L, "lunette.hook")) {
        lua_pushcfunction(L, collect_handle);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    if (luaL_newmetatable(L, "lunette.mode")) {
        lua_pushcfunction(L, close_guard);
        lua_setfield(L, -2, "__close");
    }
    lua_pop(L, 1);
}

void lunL_open_autograd(lua_State *L)
{
    static const luaL_Reg functions[] = {{"no_grad", no_grad}, {"enable_grad", enable_grad}, {"is_grad_enabled", is_grad_enabled},
                                         {"set_grad_enabled", set_grad_enabled}, {"grad", grad}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
