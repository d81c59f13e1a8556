/* op_define.c - ops written in Lua: a row of the op table whose compose function is a Lua function
 *
 * The door calls it like every composed op, so hooks, help, completion and tests see nothing special. Attributes go back to what the
 * user wrote: dims and positions from 1, dtypes by name.
 * Holds: no Lua error passes the door (callback.h); a row is checked before anything is registered.
 * Read next: lib/op.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/op_define.h"

#include "core/apply.h"
#include "core/context.h"
#include "core/error.h"
#include "lua_bindings/call.h"
#include "lua_bindings/callback.h"
#include "lua_bindings/debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct host { lua_State *main; int run; } host;
typedef struct request { lun_call *c; const host *h; } request;

/* --- arguments as the user wrote them ------------------------------------------------------------------------------------------- */

static void push_box(lua_State *L, lun_tensor *x)
{
    if (lun_is_none(x)) lua_pushnil(L);
    else lunL_box_fill(L, lunL_box_new(L), x);
}

static int64_t to_surface(const lun_arg *arg, int64_t v)
{
    bool counts = arg->kind == LUN_ARG_DIM || arg->kind == LUN_ARG_DIMS || arg->kind == LUN_ARG_INDEX;
    return counts && v >= 0 ? v + 1 : v;
}

static void push_ints(lua_State *L, const lun_arg *arg, int n, const int64_t *values)
{
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushinteger(L, to_surface(arg, values[i]));
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_attribute(lua_State *L, const lun_params *p, int k, const lun_arg *arg)
{
    const int64_t *values;
    switch (k < p->count ? (lun_attr_kind)p->attr[k].kind : LUN_ATTR_NONE) {
    case LUN_ATTR_INT: lua_pushinteger(L, to_surface(arg, p->attr[k].value.i)); break;
    case LUN_ATTR_FLOAT: lua_pushnumber(L, p->attr[k].value.f); break;
    case LUN_ATTR_BOOL: lua_pushboolean(L, p->attr[k].value.i != 0); break;
    case LUN_ATTR_DTYPE: lua_pushstring(L, lun_dtypes[lun_param_dtype(p, k, LUN_F32)].name); break;
    case LUN_ATTR_STRING: lua_pushstring(L, lun_param_string(p, k, "")); break;
    case LUN_ATTR_INTS: {
        int n = lun_param_ints(p, k, &values);
        push_ints(L, arg, n, values);
        break;
    }
    default: lua_pushnil(L);
    }
}

static int push_arguments(lua_State *L, const lun_call *c)
{
    int in = 0, attribute = 0;
    for (int k = 0; k < c->op->n_args; k++) {
        const lun_arg *arg = &c->op->arg[k];
        if (arg->kind == LUN_ARG_TENSORS) {
            lua_createtable(L, c->n_in - in, 0);
            for (int i = 1; in < c->n_in; i++) {
                push_box(L, c->in[in++]);
                lua_rawseti(L, -2, i);
            }
        } else if (arg->kind <= LUN_ARG_LABELS) {
            push_box(L, in < c->n_in ? c->in[in++] : LUN_NONE);
        } else {
            push_attribute(L, &c->params, attribute++, arg);
        }
    }
    return c->op->n_args;
}

/* --- the call --------------------------------------------------------------------------------------------------------------------- */

static bool take_result(lua_State *L, lun_call *c, int index, int number)
{
    lunL_box *box = lunL_box_at(L, index);
    lun_tensor *y = box && box->x ? lun_scope_add(lun_keep(box->x)) : NULL;
    if (y && c->op->gives_list) return lun_call_output(c, y);
    if (y) return c->out[c->n_out++] = y, true;
    return lun_fail(LUN_E_ARGUMENT, NULL, "its function gave %s as result %d; a tensor is needed", lunL_describe(L, index), number), false;
}

static bool take_results(lua_State *L, lun_call *c, int base)
{
    int n = lunL_visible_results(c->op);
    c->n_out = 0;
    if (!c->op->gives_list) {
        luaL_checkstack(L, n, NULL);
        lua_settop(L, base + n);
        for (int k = 1; k <= n; k++)
            if (!take_result(L, c, base + k, k)) return false;
        return true;
    }
    lua_settop(L, base + 1);
    if (!lua_istable(L, base + 1))
        return lun_fail(LUN_E_ARGUMENT, NULL, "its function gave %s; a list of tensors is needed", lunL_describe(L, base + 1)), false;
    for (int k = 1; k <= (int)lua_rawlen(L, base + 1); k++) {
        lua_rawgeti(L, base + 1, k);
        if (!take_result(L, c, base + 2, k)) return false;
        lua_settop(L, base + 1);
    }
    return true;
}

static int run_body(lua_State *L)
{
    request *r = lua_touserdata(L, 1);
    luaL_checkstack(L, LUN_MAX_ARGS + 8, NULL);
    lua_settop(L, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->h->run);
    lua_call(L, push_arguments(L, r->c), LUA_MULTRET);
    take_results(L, r->c, 0);
    return 0;
}

static bool compose(lun_call *c)
{
    request r = {.c = c, .h = c->op->host};
    return lunL_protect(r.h->main, run_body, &r) && !lun_failed();
}

/* --- the definition ------------------------------------------------------------------------------------------------------------------ */

/* Field `name` of the table at 1, kept for ever; NULL when it is not there. */
static const char *text(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    const char *value = lua_type(L, -1) == LUA_TSTRING ? lun_intern(lua_tostring(L, -1)) : NULL;
    lua_pop(L, 1);
    return value;
}

static unsigned flag(lua_State *L, const char *name, unsigned bit)
{
    lua_getfield(L, 1, name);
    bool set = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return set ? bit : 0;
}

static lun_class class_of(const char *dtypes)
{
    if (dtypes && !strcmp(dtypes, "floats")) return LUN_CLASS_FLOAT_ONLY;
    return dtypes && !strcmp(dtypes, "integers") ? LUN_CLASS_I : LUN_CLASS_ANY;
}

/* Holes in what a row may say that the reader does not see. */
static bool sound(const lun_op *op)
{
    for (int k = 0; k < op->n_args; k++) {
        const char *name = op->arg[k].name;
        if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(name))
            return lun_fail(LUN_E_ARGUMENT, NULL, "'%s' is no name for an argument", name), false;
        for (int i = k + 1; i < op->n_args; i++) {
            if (!strcmp(name, op->arg[i].name)) return lun_fail(LUN_E_ARGUMENT, NULL, "two arguments are called '%s'", name), false;
            if (op->arg[k].kind == LUN_ARG_TENSORS && op->arg[i].kind <= LUN_ARG_LABELS)
                return lun_fail(LUN_E_ARGUMENT, NULL, "no tensor argument may follow the list '%s'", name), false;
        }
    }
    int results = lunL_visible_results(op);
    return results <= LUN_MAX_OUT ||
           lun_fail(LUN_E_ARGUMENT, "returns = \"pieces: list\"", "%d results, at most %d are possible", results, LUN_MAX_OUT);
}

static bool check_row(const lun_op *row)
{
    lun_op trial = *row;
    if (lun_op_read(&trial)) return sound(&trial);
    return lun_fail(LUN_E_ARGUMENT, "args = \"x: tensor, dim: dim?, scale: float = 1\"", "cannot read the arguments \"%s\"", row->args), false;
}

/* define{name, args, returns, help, sample, ..., inplace, no_grad}(table, run): the row and its functions */
static int define(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_site at = lunL_site();
    unsigned flags = flag(L, "no_grad", LUN_OP_NO_GRAD) | flag(L, "random", LUN_OP_RANDOM) | LUN_OP_COMPLEX;
    if (!flag(L, "inplace", 1)) flags |= LUN_OP_NO_INPLACE;
    lun_op row = {.name = text(L, "name"), .family = LUN_FAMILY_OP, .dtypes = class_of(text(L, "dtypes")), .args = text(L, "args"),
                  .returns = text(L, "returns"), .flags = flags, .compose = compose, .torch = text(L, "torch"), .sample = text(L, "sample"),
                  .bad = text(L, "bad"), .help = text(L, "help"), .demo = text(L, "demo"), .shapes = text(L, "shapes"), .see = text(L, "see"),
                  .file = at.file ? at.file : "?", .line = at.line};
    host *h = row.name && row.args && check_row(&row) ? malloc(sizeof *h) : NULL;
    if (!h) return lunL_fail(L, f, "op.define", LUN_E_MEMORY, NULL, "out of memory");
    *h = (host){.main = lunL_main_thread(L), .run = LUA_NOREF};
    lua_pushvalue(L, 2);
    h->run = luaL_ref(L, LUA_REGISTRYINDEX);
    row.host = h;
    if (!lunL_define_op(L, &row)) {
        luaL_unref(L, LUA_REGISTRYINDEX, h->run);
        free(h);
        return lunL_fail(L, f, "op.define", LUN_E_NAME, NULL, "cannot be defined");
    }
    lunL_debug_op_defined();
    return lunL_leave(L, f, 0);
}

int lunL_open_op_define(lua_State *L)
{
    static const luaL_Reg functions[] = {{"define", define}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
