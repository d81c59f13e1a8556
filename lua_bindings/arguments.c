/* arguments.c - reading a call's arguments by its row
 *
 * A call may be positional, f(x, 1, true), with options in a last table, f(x, {dim = 1}), or all named, f{x, dim = 1}. First every
 * argument of the row finds its place on the stack, then each is read by its kind.
 * Holds: nothing here raises a Lua error; it reports through lun_fail, so the caller can drop what was made so far.
 * Read next: lua_bindings/values.c (single values), lua_bindings/call.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/arguments.h"

#include "core/params.h"
#include "lua_bindings/call.h"
#include "lua_bindings/nearest.h"
#include "lua_bindings/spelling.h"

#include <stdio.h>
#include <string.h>

typedef struct reader {
    lua_State *L;
    lun_call *c;
    const lun_op *op;
    int at[LUN_MAX_ARGS];    /* stack index of each argument; 0: not given */
    int count[LUN_MAX_ARGS]; /* values it takes when sizes are spread out; else 0 */
    bool *requires_grad;
} reader;

static bool is_list(int kind)
{
    return kind == LUN_ARG_TENSORS || kind == LUN_ARG_OPERANDS || kind == LUN_ARG_DIMS || kind == LUN_ARG_INTS || kind == LUN_ARG_PADDING ||
           kind == LUN_ARG_FLOATS || kind == LUN_ARG_SIZES || kind == LUN_ARG_DIMLISTS;
}

/* May argument k be spread out, as in x:view(2, 3)? Only when no number may follow it. */
static bool spreads(const lun_op *op, int k)
{
    if (op->arg[k].kind != LUN_ARG_SIZES && op->arg[k].kind != LUN_ARG_DIMS) return false;
    for (int i = k + 1; i < op->n_args; i++)
        if (op->arg[i].kind != LUN_ARG_DTYPE && op->arg[i].kind != LUN_ARG_DEVICE) return false;
    return true;
}

static void argument_names(const lun_op *op, char *out, size_t room)
{
    size_t used = 0;
    out[0] = 0;
    for (int k = 0; k < op->n_args && used + 28 < room; k++)
        used += (size_t)snprintf(out + used, room - used, "%s%s", k ? ", " : "", op->arg[k].name);
}

/* Gives the positional values first..last to arguments. */
static bool place_positional(reader *r, int first, int last)
{
    int next = first;
    for (int k = 0; k < r->op->n_args && next <= last; k++) {
        r->at[k] = next++;
        if (r->op->arg[k].kind == LUN_ARG_TENSORS && lunL_is_tensor(r->L, r->at[k])) { /* lun.einsum("ij,jk", a, b) */
            while (next <= last && lunL_is_tensor(r->L, next)) next++;
            r->count[k] = next - r->at[k];
        }
        if (!spreads(r->op, k) || lua_type(r->L, r->at[k]) != LUA_TNUMBER) continue;
        while (next <= last && lua_type(r->L, next) == LUA_TNUMBER) next++;
        r->count[k] = next - r->at[k];
    }
    if (next > last) return true;
    char names[160];
    argument_names(r->op, names, sizeof names);
    return lun_fail(LUN_E_ARGUMENT, NULL, "takes at most %d argument%s (%s), got %d", r->op->n_args, r->op->n_args == 1 ? "" : "s", names,
                    last - first + 1), false;
}

static bool unknown_option(const lun_op *op, const char *name)
{
    lunL_nearest search = lunL_nearest_begin(name);
    for (int k = 0; k < op->n_args; k++) lunL_nearest_try(&search, op->arg[k].name);
    char names[160];
    argument_names(op, names, sizeof names);
    lun_fail(LUN_E_NAME, NULL, "no option '%s'%s%s%s; there are %s", name, search.best ? ", did you mean '" : "",
             search.best ? search.best : "", search.best ? "'" : "", *names ? names : "none");
    if (!strcmp(name, "inplace") && lunL_has_inplace(op)) lun_hint("x:%s_() works in place", op->name);
    return false;
}

static bool creates(const lun_op *op)
{
    size_t n = strlen(op->name);
    return (op->flags & LUN_OP_CREATION) || (n > 5 && !strcmp(op->name + n - 5, "_like"));
}

static bool place_option(reader *r, const char *name, int table)
{
    int k = lunL_argument_called(r->op, name);
    if (k < 0 && creates(r->op) && !strcmp(name, "requires_grad")) {
        lua_getfield(r->L, table, name);
        *r->requires_grad = lua_toboolean(r->L, -1);
        lua_pop(r->L, 1);
        return true;
    }
    if (k < 0) return unknown_option(r->op, name);
    if (r->at[k] && !lua_isnil(r->L, r->at[k]))
        return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` is given twice", name), false;
    lua_pushstring(r->L, name);
    lua_rawget(r->L, table);
    if (!strcmp(name, "unbiased") && lua_isboolean(r->L, -1)) lua_pushinteger(r->L, lua_toboolean(r->L, -1)); /* a correction of 1 or 0 */
    r->at[k] = lua_gettop(r->L);
    r->count[k] = 0;
    return true;
}

static bool place_options(reader *r, int table)
{
    if (!lua_checkstack(r->L, LUN_MAX_ARGS + 8)) return lun_fail(LUN_E_MEMORY, NULL, "Lua's stack is full"), false;
    int seen = 0;
    lua_pushnil(r->L);
    while (lua_next(r->L, table)) {
        lua_pop(r->L, 1);
        if (lua_type(r->L, -1) != LUA_TSTRING) continue;
        const char *name = lua_tostring(r->L, -1);
        if (++seen > 2 * LUN_MAX_ARGS) return lun_fail(LUN_E_ARGUMENT, NULL, "too many options"), false;
        int key = lua_gettop(r->L);
        if (!lua_checkstack(r->L, 4) || !place_option(r, name, table)) return false;
        lua_pushvalue(r->L, key); /* lua_next wants the key on top; the value it found stays below */
    }
    return true;
}

/* f{a, b, dim = 1}: the list part of the option table is a list argument, or more positional values. */
static bool place_with_list(reader *r, int top, int table)
{
    int k = top, n = (int)lua_rawlen(r->L, table);
    if (k < r->op->n_args && is_list(r->op->arg[k].kind)) {
        r->at[k] = table;
        return place_positional(r, 1, top);
    }
    if (n > 100 || !lua_checkstack(r->L, top + n + 4)) return lun_fail(LUN_E_ARGUMENT, NULL, "too many arguments"), false;
    int first = lua_gettop(r->L) + 1;
    for (int i = 1; i <= top; i++) lua_pushvalue(r->L, i);
    for (int i = 1; i <= n; i++) lua_rawgeti(r->L, table, i);
    return place_positional(r, first, first + top + n - 1);
}

/* An empty table where no list can stand, or numbers of which there cannot be none (strides): f(x, {}) of somebody whose options were all
 * left out. */
static bool no_options(const reader *r, int top)
{
    if (lua_type(r->L, top) != LUA_TTABLE || lua_rawlen(r->L, top)) return false;
    if (top > r->op->n_args) return true;
    const lun_arg *arg = &r->op->arg[top - 1];
    if (arg->kind == LUN_ARG_INTS || arg->kind == LUN_ARG_PADDING) return arg->fallback[0] != 0;
    return arg->kind > LUN_ARG_LABELS && !is_list(arg->kind);
}

static bool place(reader *r, int top)
{
    if (top < 1) return true;
    if (!lunL_is_options(r->L, top)) return place_positional(r, 1, no_options(r, top) ? top - 1 : top);
    bool list = lua_rawlen(r->L, top) > 0;
    if (!(list ? place_with_list(r, top - 1, top) : place_positional(r, 1, top - 1))) return false;
    return place_options(r, top);
}

/* --- reading one argument ------------------------------------------------------------------------------------------------ */

/* A list of whole numbers as an index tensor, for x:index_select(1, {1, 3}). */
static lun_tensor *index_table(lua_State *L, int index, const char *name)
{
    int64_t n = (int64_t)lua_rawlen(L, index);
    if (lunL_is_options(L, index))
        return lun_fail(LUN_E_ARGUMENT, "a table of options comes last", "`%s` must be a tensor or a list of whole numbers, got options", name);
    lun_tensor *x = lun_tensor_empty(LUN_I64, 1, &n, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0; x && i < n; i++) {
        int whole = 0;
        lua_rawgeti(L, index, i + 1);
        ((int64_t *)lun_data(x))[i] = lua_tointegerx(L, -1, &whole);
        lua_pop(L, 1);
        if (!whole) return lun_fail(LUN_E_ARGUMENT, NULL, "`%s`: element %lld is not a whole number", name, (long long)i + 1);
    }
    return x;
}

static bool read_list(reader *r, int k)
{
    lua_State *L = r->L;
    const char *name = r->op->arg[k].name;
    for (int i = 0; i < r->count[k]; i++)
        if (!lun_call_input(r->c, lunL_tensor_named(L, r->at[k] + i, name))) return false;
    bool operands = r->op->arg[k].kind == LUN_ARG_OPERANDS;
    if (r->count[k]) return true;
    if (operands && !lua_istable(L, r->at[k])) return lun_call_input(r->c, lunL_operand(L, r->at[k], name));
    if (!lua_istable(L, r->at[k]))
        return lun_fail(LUN_E_ARGUMENT, "write {a, b}", "`%s` must be a list of tensors, got %s", name, lunL_describe(L, r->at[k])), false;
    int64_t n = (int64_t)lua_rawlen(L, r->at[k]);
    if (!n) return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` is an empty list; at least one tensor is needed", name), false;
    for (int64_t i = 1; i <= n; i++) {
        char label[48];
        snprintf(label, sizeof label, "%s[%lld]", name, (long long)i);
        lua_rawgeti(L, r->at[k], i);
        lun_tensor *x = operands ? lunL_operand(L, -1, label) : lunL_tensor_named(L, -1, label);
        if (x) x->flags &= (uint16_t)~LUN_NUMBER; /* {0.5} is a list of one, 0.5 a number for all */
        bool ok = lun_call_input(r->c, x);
        lua_pop(L, 1); /* the list keeps it alive */
        if (!ok) return false;
    }
    return true;
}

static bool read_tensor(reader *r, int k)
{
    const lun_arg *arg = &r->op->arg[k];
    int at = r->at[k];
    if (arg->kind == LUN_ARG_TENSORS || arg->kind == LUN_ARG_OPERANDS) return read_list(r, k);
    if (arg->kind == LUN_ARG_OPERAND) return lun_call_input(r->c, lunL_operand(r->L, at, arg->name));
    bool whole = arg->kind == LUN_ARG_INDICES || arg->kind == LUN_ARG_LABELS || arg->kind == LUN_ARG_COUNTS;
    if (whole && lua_istable(r->L, at))
        return lun_call_input(r->c, index_table(r->L, at, arg->name));
    return lun_call_input(r->c, lunL_tensor_named(r->L, at, arg->name));
}

static bool dims_from_surface(int n, int64_t *values, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (!values[i]) return lun_fail(LUN_E_INDEX, NULL, "`%s`: dims start at 1 here (the last one is -1), got 0", name), false;
        values[i] -= values[i] > 0;
    }
    return true;
}

static bool read_ints(reader *r, int k)
{
    int64_t values[LUN_PARAM_POOL];
    const lun_arg *arg = &r->op->arg[k];
    int n = 0;
    if (r->count[k]) {
        if (r->count[k] > LUN_PARAM_POOL) return lun_fail(LUN_E_ARGUMENT, NULL, "`%s`: too many numbers", arg->name), false;
        for (; n < r->count[k]; n++)
            if (!lunL_read_integer(r->L, r->at[k] + n, arg->name, &values[n])) return false;
    } else if (arg->kind == LUN_ARG_INTS && lua_type(r->L, r->at[k]) == LUA_TNUMBER) { /* split(2) is not split({2}) */
        return lunL_read_integer(r->L, r->at[k], arg->name, values) && lun_params_int(&r->c->params, values[0]);
    } else if ((n = lunL_read_integers(r->L, r->at[k], arg->name, values, LUN_PARAM_POOL)) < 0) {
        return false;
    }
    return (arg->kind != LUN_ARG_DIMS || dims_from_surface(n, values, arg->name)) && lun_params_ints(&r->c->params, n, values);
}

/* How many dims, or two lists of them. */
static bool read_dim_lists(reader *r, int k)
{
    lua_State *L = r->L;
    int64_t values[2 * LUN_MAX_DIMS], count;
    const char *name = r->op->arg[k].name;
    int n[2];
    if (!lua_istable(L, r->at[k])) return lunL_read_integer(L, r->at[k], name, &count) && lun_params_int(&r->c->params, count);
    for (int i = 0; i < 2; i++) {
        lua_rawgeti(L, r->at[k], i + 1);
        bool list = lua_istable(L, -1);
        n[i] = list ? lunL_read_integers(L, -1, name, values + (i ? n[0] : 0), LUN_MAX_DIMS) : -1;
        lua_pop(L, 1);
        if (!list) lun_fail(LUN_E_ARGUMENT, "{{1}, {2}}", "`%s` must be a number or two lists of dims", name);
        if (n[i] < 0) return false;
    }
    if (n[0] != n[1])
        return lun_fail(LUN_E_ARGUMENT, "{{1}, {2}}", "`%s`: the two lists have %d and %d dims", name, n[0], n[1]), false;
    return dims_from_surface(2 * n[0], values, name) && lun_params_ints(&r->c->params, 2 * n[0], values);
}

static bool read_number(reader *r, int k)
{
    lua_State *L = r->L;
    int at = r->at[k];
    if (lua_isboolean(L, at)) return lun_params_bool(&r->c->params, lua_toboolean(L, at));
    if (lua_isinteger(L, at)) return lun_params_int(&r->c->params, lua_tointeger(L, at));
    if (lua_type(L, at) == LUA_TNUMBER) return lun_params_float(&r->c->params, lua_tonumber(L, at));
    const lunL_box *box = lunL_box_at(L, at);
    if (lunL_is_complex_table(L, at)) return lun_params_complex(&r->c->params, lunL_complex_table(L, at));
    if (box && box->x && (box->x->flags & LUN_NUMBER)) return lun_params_complex(&r->c->params, lun_get_complex(box->x, 0));
    const char *hint = lunL_is_tensor(L, at) ? "x:item() gives the number in a one-element tensor" : NULL;
    return lun_fail(LUN_E_ARGUMENT, hint, "`%s` must be a number, got %s", r->op->arg[k].name, lunL_describe(L, at)), false;
}

/* A whole number beyond the doubles stays one: an int64 may be compared with it. */
static bool read_float(reader *r, int k)
{
    int64_t whole = lua_tointeger(r->L, r->at[k]);
    if (lua_isinteger(r->L, r->at[k]) && (whole > INT64_C(1) << 53 || whole < -(INT64_C(1) << 53))) return lun_params_int(&r->c->params, whole);
    if (lua_type(r->L, r->at[k]) == LUA_TNUMBER) return lun_params_float(&r->c->params, lua_tonumber(r->L, r->at[k]));
    int mark = r->c->params.count;
    bool boolean = lua_isboolean(r->L, r->at[k]);
    if (!boolean && !read_number(r, k)) return false;
    if (!boolean && r->c->params.attr[mark].kind != LUN_ATTR_COMPLEX) return true;
    return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` must be a number, got a %s", r->op->arg[k].name, boolean ? "boolean" : "complex one"), false;
}

static bool read_floats(reader *r, int k)
{
    double values[LUN_MAX_DIMS];
    lua_State *L = r->L;
    int at = r->at[k], n = lua_istable(L, at) ? (int)lua_rawlen(L, at) : 0;
    if (!lua_istable(L, at)) return read_float(r, k);
    if (n < 1 || n > LUN_MAX_DIMS)
        return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` has %d entries; 1 to %d are possible", r->op->arg[k].name, n, LUN_MAX_DIMS), false;
    for (int i = 0; i < n; i++) {
        bool number = lua_rawgeti(L, at, i + 1) == LUA_TNUMBER;
        values[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
        if (!number) return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` must hold numbers only", r->op->arg[k].name), false;
    }
    return lun_params_floats(&r->c->params, n, values);
}

static bool wrong_kind(reader *r, int k, const char *wanted)
{
    lun_fail(LUN_E_ARGUMENT, NULL, "`%s` must be %s, got %s", r->op->arg[k].name, wanted, lunL_describe(r->L, r->at[k]));
    return false;
}

/* PyTorch's max and min also take a second tensor in the dim's place. */
static bool read_dim(reader *r, int k, int64_t *dim)
{
    const char *op = r->op->name;
    if (lunL_read_dim(r->L, r->at[k], r->op->arg[k].name, dim)) return true;
    if (lunL_is_tensor(r->L, r->at[k]) && (!strcmp(op, "max") || !strcmp(op, "min"))) lun_hint("x:%simum(y) compares two tensors", op);
    return false;
}

static bool read_attribute(reader *r, int k)
{
    lua_State *L = r->L;
    lun_params *p = &r->c->params;
    const lun_arg *arg = &r->op->arg[k];
    int at = r->at[k];
    int64_t i;
    lun_device device;
    switch ((lun_arg_kind)arg->kind) {
    case LUN_ARG_INT: return lunL_read_integer(L, at, arg->name, &i) && lun_params_int(p, i);
    case LUN_ARG_DIM: return read_dim(r, k, &i) && lun_params_int(p, i);
    case LUN_ARG_INDEX: return lunL_read_position(L, at, arg->name, &i) && lun_params_int(p, i);
    case LUN_ARG_FLOAT: return read_float(r, k);
    case LUN_ARG_FLOATS: return read_floats(r, k);
    case LUN_ARG_NUMBER: return read_number(r, k);
    case LUN_ARG_BOOL: return lua_isboolean(L, at) ? lun_params_bool(p, lua_toboolean(L, at)) : wrong_kind(r, k, "true or false");
    case LUN_ARG_STRING:
        return lua_type(L, at) == LUA_TSTRING ? lun_params_string(p, lua_tostring(L, at)) : wrong_kind(r, k, "a string");
    case LUN_ARG_DTYPE: {
        lun_dtype t = lunL_read_dtype(L, at);
        return t != LUN_DTYPE_NONE && lun_params_dtype(p, t);
    }
    case LUN_ARG_DEVICE: return lunL_read_device(L, at, &device) && lun_params_device(p, device);
    case LUN_ARG_PADDING:
        if (lua_type(L, at) == LUA_TSTRING) return lun_params_string(p, lua_tostring(L, at));
        return read_ints(r, k);
    case LUN_ARG_ORDER:
        if (lua_type(L, at) == LUA_TSTRING) return lun_params_string(p, lua_tostring(L, at));
        return lua_isboolean(L, at) ? wrong_kind(r, k, "a number or a word") : read_number(r, k);
    case LUN_ARG_DIMLISTS: return read_dim_lists(r, k);
    default: return read_ints(r, k);
    }
}

/* An attribute that is left out may end the reading only if all after it are left out too: the door completes those. */
static bool read_all(reader *r)
{
    for (int k = 0; k < r->op->n_args; k++) {
        const lun_arg *arg = &r->op->arg[k];
        bool given = r->at[k] && !lua_isnil(r->L, r->at[k]), tensor = arg->kind <= LUN_ARG_LABELS;
        if (!given && !arg->optional) {
            char names[160];
            argument_names(r->op, names, sizeof names);
            return lun_fail(LUN_E_ARGUMENT, NULL, "argument `%s` is missing; the arguments are %s", arg->name, names), false;
        }
        bool ok = tensor ? (given ? read_tensor(r, k) : lun_call_input(r->c, LUN_NONE))
                         : (given ? read_attribute(r, k) : lun_params_fallback(&r->c->params, r->op, k));
        if (!ok) return false;
    }
    return true;
}

bool lunL_read_arguments(lua_State *L, int top, lun_call *c, bool *requires_grad)
{
    reader r;
    r.L = L;
    r.c = c;
    r.op = c->op;
    r.requires_grad = requires_grad;
    memset(r.at, 0, (size_t)c->op->n_args * sizeof *r.at);
    memset(r.count, 0, (size_t)c->op->n_args * sizeof *r.count);
    return place(&r, top) && read_all(&r);
}
