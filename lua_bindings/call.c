/* call.c - the trampoline: every op, as function, method, operator and in-place form, is this code with another row
 *
 * Marks the scope, pushes the empty boxes, reads the arguments, passes the door, fills the boxes. Closures carry the row, the
 * tensors' metatable and how the call is meant (upvalues 1, 2, 3), so that a call of a small op takes no look-ups.
 * Holds: a result that is the first argument itself (in place) comes back as the same userdata.
 * Read next: lua_bindings/arguments.c, core/apply.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/call.h"

#include "core/apply.h"
#include "core/error.h"
#include "core/tape.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/names.h"
#include "lua_bindings/table.h"

#include <stdio.h>
#include <string.h>

enum { INPLACE = 8, RESULTS = 7 }; /* upvalue 3 */

int lunL_visible_results(const lun_op *op)
{
    int n = 1;
    for (const char *s = op->returns; *s; s++) n += *s == ',';
    return op->visible && op->visible < n ? op->visible : n;
}

bool lunL_is_method(const lun_op *op)
{
    return op->n_args && op->arg[0].kind <= LUN_ARG_LABELS && op->arg[0].kind != LUN_ARG_TENSORS &&
           !(op->flags & (LUN_OP_NO_METHOD | LUN_OP_CREATION));
}

bool lunL_has_inplace(const lun_op *op)
{
    unsigned without = LUN_OP_VIEW | LUN_OP_HIDDEN | LUN_OP_CREATION | LUN_OP_NO_INPLACE | LUN_OP_WRITES | LUN_OP_LUA_BOOLEAN;
    return lunL_is_method(op) && !(op->flags & without) && lunL_visible_results(op) == 1 && !op->gives_list;
}

/* A number beside a float tensor is written in that dtype at once, which is what mixing would come to (but for halves). */
static lun_tensor *wrap_beside(lua_State *L, int number, int other)
{
    const lunL_box *box = lunL_box_at(L, other);
    bool simple = box && box->x && (box->x->dtype == LUN_F32 || box->x->dtype == LUN_F64);
    return simple ? lun_tensor_number(lua_tonumber(L, number), (lun_dtype)box->x->dtype) : lunL_wrap_number(L, number);
}

/* The common case: exactly the row's tensors, which stand first, no attributes (the door completes those).
 * False (and nothing done) when it is another case. */
static bool read_plain(lua_State *L, int top, lun_call *c)
{
    const lun_op *op = c->op;
    if (top != op->n_tensors || top > LUN_CALL_INPUTS || op->has_list) return false;
    for (int k = 0; k < top; k++) {
        if (op->arg[k].kind > LUN_ARG_LABELS) return false;
        lunL_box *box = lunL_box_at(L, k + 1);
        if (box && box->x) {
            c->in[k] = box->x;
        } else if (!box && op->arg[k].kind == LUN_ARG_OPERAND && lua_type(L, k + 1) == LUA_TNUMBER) {
            if (!(c->in[k] = top == 2 && op->mix == LUN_MIX_COMMON ? wrap_beside(L, k + 1, 2 - k) : lunL_wrap_number(L, k + 1))) return false;
        } else {
            return false;
        }
    }
    c->n_in = top;
    return true;
}

static int failed(lua_State *L, lunL_frame f, const lun_call *c)
{
    lun_error *e = &lun_context_get()->error;
    if (!e->op[0]) snprintf(e->op, sizeof e->op, "%s%s", c->op->name, c->inplace ? "_" : "");
    bool usage = e->code == LUN_E_ARGUMENT || e->code == LUN_E_INDEX || e->code == LUN_E_SHAPE || e->code == LUN_E_DTYPE || e->code == LUN_E_NAME;
    if (usage) lun_hint("lun.help(\"%s\") shows the arguments and an example", c->op->name);
    return lunL_raise(L, f);
}

static bool dim_given(const lun_call *c)
{
    uint8_t kind = c->op->n_args > c->op->n_tensors ? c->op->arg[c->op->n_tensors].kind : LUN_ARG_TENSOR;
    return (kind == LUN_ARG_DIM || kind == LUN_ARG_DIMS) && lun_param_given(&c->params, 0);
}

/* x:any() and its like without a dim. */
static bool push_boolean(lua_State *L, const lun_call *c)
{
    if (!(c->op->flags & LUN_OP_LUA_BOOLEAN) || c->out[0]->ndim || dim_given(c)) return false;
    lua_pushboolean(L, lun_get_integer(c->out[0], 0) != 0);
    return true;
}

/* The results of a row that gives a list, in a table. */
static int push_list(lua_State *L, lunL_frame f, const lun_call *c)
{
    lua_createtable(L, c->n_out, 0);
    for (int k = 0; k < c->n_out; k++) {
        lunL_box_fill(L, lunL_box_make(L, lua_upvalueindex(2)), c->out[k]);
        lua_rawseti(L, -2, k + 1);
    }
    return lunL_leave(L, f, 1);
}

static int results(lua_State *L, lunL_frame f, const lun_call *c, int boxes, int n)
{
    if (c->list || c->op->gives_list) return push_list(L, f, c);
    bool writes = c->n_in && (c->inplace || (c->op->flags & LUN_OP_WRITES));
    const lunL_box *first = writes ? lunL_box_at(L, 1) : NULL;
    if (first && first->x == c->out[0]) {
        lua_settop(L, 1);
        lun_scope_drain(f.mark);
        return 1;
    }
    if (c->n_out < n) n = c->n_out;
    lua_settop(L, boxes + n - 1);
    if (!push_boolean(L, c)) {
        for (int k = n; k-- > 0;) lunL_box_take(L, f, lua_touserdata(L, boxes + k), c->out[k]);
    } else {
        n = 1;
        if (lun_failed()) return lunL_raise(L, f); /* of a dry run's result there is no element to read */
    }
    lun_scope_drain(f.mark);
    return n;
}

/* A table whose metatable has __lun_op stands for a tensor: it gets the op's name and the arguments. -1: there is none among them. */
static int call_stand_in(lua_State *L, lunL_frame f, const lun_call *c, int top)
{
    int at = 1;
    while (at <= top && !(lua_istable(L, at) && luaL_getmetafield(L, at, "__lun_op"))) at++;
    if (at > top) return -1;
    int function = lua_gettop(L);
    lun_error_clear();
    lun_scope_drain(f.mark);
    luaL_checkstack(L, top + 2, NULL);
    lua_pushfstring(L, "%s%s", c->op->name, c->inplace ? "_" : "");
    for (int i = 1; i <= top; i++) lua_pushvalue(L, i);
    lua_call(L, top + 1, LUA_MULTRET);
    return lua_gettop(L) - function + 1;
}

/* The result is computed later. What stands on the stack until the caller uses these places again would have to be kept in memory then. */
static void forget_arguments(lua_State *L, int top)
{
    for (int i = 1; i <= top; i++) {
        lua_pushnil(L);
        lua_replace(L, i);
    }
}

static int call(lua_State *L, const lun_op *op, int how)
{
    int top = lua_gettop(L), n = how & RESULTS, boxes = top + 1;
    lunL_frame f = lunL_enter(L);
    for (int k = 0; k < n; k++) lunL_box_make(L, lua_upvalueindex(2));
    lun_call c;
    lun_call_begin(&c, op);
    c.inplace = (how & INPLACE) != 0;
    bool requires_grad = false;
    if (!read_plain(L, top, &c) && (lun_failed() || !lunL_read_arguments(L, top, &c, &requires_grad))) {
        lun_call_end(&c);
        int count = call_stand_in(L, f, &c, top);
        return count >= 0 ? count : failed(L, f, &c);
    }
    if (!lun_apply(&c)) return failed(L, f, &c);
    if (__builtin_expect(c.n_out == 1 && c.out[0]->storage->queued, 0)) forget_arguments(L, top);
    if (requires_grad && !lun_set_requires_grad(c.out[0], true)) return failed(L, f, &c);
    return results(L, f, &c, boxes, n);
}

static int call_op(lua_State *L)
{
    return call(L, lua_touserdata(L, lua_upvalueindex(1)), (int)lua_tointeger(L, lua_upvalueindex(3)));
}

/* Lua gives unary operators their operand twice. */
static int call_unary(lua_State *L)
{
    lua_settop(L, 1);
    return call_op(L);
}

const lun_op *lunL_op_of(lua_State *L, int index)
{
    lua_CFunction f = lua_tocfunction(L, index);
    if ((f != call_op && f != call_unary) || !lua_getupvalue(L, index, 1)) return NULL;
    const lun_op *op = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return op;
}

static void push_closure(lua_State *L, const lun_op *op, int meta, int how, lua_CFunction f)
{
    lua_pushlightuserdata(L, (void *)op);
    lua_pushvalue(L, meta);
    lua_pushinteger(L, how | lunL_visible_results(op));
    lua_pushcclosure(L, f, 3);
}

static void add_entry(lua_State *L, const lun_op *op, int functions, int methods, const char *name)
{
    lua_pushvalue(L, -1);
    lua_setfield(L, functions, name);
    if (lunL_is_method(op)) lua_setfield(L, methods, name);
    else lua_pop(L, 1);
}

/* PyTorch's modules of functions. A row whose PyTorch name is "linalg.det" is also lun.linalg.det; nn.functional goes to lib/nn.lua. */
static const char *const namespaces[] = {"linalg", "fft", "special", "nn.functional"};

int lunL_namespaces(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        lua_pushstring(L, namespaces[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void open_namespaces(lua_State *L, int functions)
{
    char module[64];
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        lua_newtable(L);
        lunL_strict_names(L, namespaces[i]);
        if (!strchr(namespaces[i], '.')) {
            lua_pushvalue(L, -1);
            lua_setfield(L, functions, namespaces[i]);
        }
        snprintf(module, sizeof module, "lunette.%s", namespaces[i]);
        lua_setfield(L, -2, module);
    }
    lua_pop(L, 1);
}

/* An op under its dotted name in PyTorch, where that is one of the namespaces. */
static void add_to_namespace(lua_State *L, const lun_op *op, const char *dotted, int meta)
{
    const char *dot = dotted ? strrchr(dotted, '.') : NULL;
    if (!dot) return;
    int top = lua_gettop(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushliteral(L, "lunette.");
    lua_pushlstring(L, dotted, (size_t)(dot - dotted));
    lua_concat(L, 2);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        push_closure(L, op, meta, 0, call_op);
        lua_setfield(L, -2, dot + 1);
    }
    lua_settop(L, top);
}

static void add_operators(lua_State *L, int meta)
{
    static const struct { const char *event, *op; bool unary; } operators[] = {
        {"__add", "add", false}, {"__sub", "sub", false}, {"__mul", "mul", false}, {"__div", "div", false}, {"__pow", "pow", false},
        {"__idiv", "floor_divide", false}, {"__mod", "remainder", false}, {"__band", "bitwise_and", false},
        {"__bor", "bitwise_or", false}, {"__bxor", "bitwise_xor", false}, {"__shl", "bitwise_left_shift", false},
        {"__shr", "bitwise_right_shift", false}, {"__unm", "neg", true}, {"__bnot", "bitwise_not", true},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const lun_op *op = lun_op_find(operators[i].op);
        if (!op) continue;
        push_closure(L, op, meta, 0, operators[i].unary ? call_unary : call_op);
        lua_setfield(L, meta, operators[i].event);
    }
}

/* An op under a name, which may be its second one. */
static void add_op(lua_State *L, const lun_op *op, const char *name, int functions, int methods, int meta)
{
    char inplace[64];
    push_closure(L, op, meta, 0, call_op);
    add_entry(L, op, functions, methods, name);
    if (!lunL_has_inplace(op)) return;
    snprintf(inplace, sizeof inplace, "%s_", name);
    push_closure(L, op, meta, INPLACE, call_op);
    add_entry(L, op, functions, methods, inplace);
}

void lunL_open_ops(lua_State *L, int functions, int methods, int meta)
{
    const lun_op *op;
    const char *alias;
    open_namespaces(L, functions);
    for (int id = 0; id < lun_op_count(); id++) {
        op = lun_op_at(id);
        if (op->flags & LUN_OP_HIDDEN) continue;
        add_op(L, op, op->name, functions, methods, meta);
        add_to_namespace(L, op, op->torch, meta);
    }
    for (int k = 0; (alias = lun_op_alias(k, &op)); k++) {
        if (strchr(alias, '.')) add_to_namespace(L, op, alias, meta);
        else add_op(L, op, alias, functions, methods, meta);
    }
    add_operators(L, meta);
}

/* Is lun.NAME or x:NAME something else than an op? */
static bool name_taken(lua_State *L, int functions, int methods, const char *name)
{
    lua_pushstring(L, name);
    bool taken = lua_rawget(L, functions) != LUA_TNIL;
    lua_pushstring(L, name);
    taken |= lua_rawget(L, methods) != LUA_TNIL;
    lua_pop(L, 2);
    return taken && (lun_fail(LUN_E_NAME, "another name", "lun.%s or x:%s is something already", name, name), true);
}

static void forget_name(lua_State *L, int functions, int methods, const char *name)
{
    int tables[] = {functions, methods};
    for (int i = 0; i < 2; i++) {
        lua_pushstring(L, name);
        lua_pushnil(L);
        lua_rawset(L, tables[i]);
    }
}

bool lunL_define_op(lua_State *L, const lun_op *row)
{
    char inplace[64];
    int top = lua_gettop(L), functions = top + 1, methods = top + 3;
    const lun_op *before = lun_op_find(row->name), *op = NULL;
    lun_op read = *row;
    if (before && !before->host) before = NULL; /* lun_op_define refuses it */
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunL_table_key);
    lunL_push_metatable(L);
    lua_getfield(L, -1, "__methods");
    snprintf(inplace, sizeof inplace, "%s_", row->name);
    bool in_place = lun_op_read(&read) && lunL_has_inplace(&read), had = before && lunL_has_inplace(before);
    bool ok = (before || !name_taken(L, functions, methods, row->name)) && (!in_place || had || !name_taken(L, functions, methods, inplace));
    if (ok) op = lun_op_define(row);
    if (op && before) forget_name(L, functions, methods, row->name);
    if (op && had) forget_name(L, functions, methods, inplace);
    if (op) add_op(L, op, op->name, functions, methods, top + 2);
    lua_settop(L, top);
    return op != NULL;
}
