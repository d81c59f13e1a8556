/* table.c - the op table as data: lun.ops(), lun.help(name)
 *
 * What help, completion, tests and exports read. Holds: everything comes from the rows; nothing about an op is said here.
 * Read next: core/op.h, core/ops.def. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/table.h"

#include "core/op.h"
#include "lua_bindings/call.h"
#include "lua_bindings/names.h"

#include <string.h>

static const char *kind_name(int kind)
{
    static const char *const names[] = {
        [LUN_ARG_TENSOR] = "tensor", [LUN_ARG_OPERAND] = "operand", [LUN_ARG_TENSORS] = "tensors", [LUN_ARG_INDICES] = "indices",
        [LUN_ARG_LABELS] = "labels", [LUN_ARG_INT] = "int", [LUN_ARG_FLOAT] = "float", [LUN_ARG_BOOL] = "bool",
        [LUN_ARG_STRING] = "string", [LUN_ARG_NUMBER] = "number", [LUN_ARG_DTYPE] = "dtype", [LUN_ARG_DEVICE] = "device",
        [LUN_ARG_DIM] = "dim", [LUN_ARG_DIMS] = "dims", [LUN_ARG_INDEX] = "index", [LUN_ARG_INTS] = "ints",
        [LUN_ARG_PADDING] = "padding", [LUN_ARG_SIZES] = "sizes"};
    return names[kind];
}

static void set(lua_State *L, const char *key, const char *value)
{
    if (!value) return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

static void push_argument(lua_State *L, const lun_arg *arg)
{
    lua_createtable(L, 0, 5);
    set(L, "name", arg->name);
    set(L, "kind", kind_name(arg->kind));
    set_flag(L, "optional", arg->optional);
    if (*arg->fallback) set(L, "default", arg->fallback);
    set_flag(L, "index", arg->kind == LUN_ARG_INDICES || arg->kind == LUN_ARG_LABELS || arg->kind == LUN_ARG_INDEX || arg->kind == LUN_ARG_DIM ||
                             arg->kind == LUN_ARG_DIMS);
}

/* "values, indices: index" as {{name = "values"}, {name = "indices", index = true}} */
static void push_returns(lua_State *L, const lun_op *op)
{
    lua_newtable(L);
    int k = 0;
    for (const char *s = op->returns; *s && k < lunL_visible_results(op); k++) {
        s += strspn(s, " ,");
        size_t n = strcspn(s, ",:");
        lua_createtable(L, 0, 2);
        lua_pushlstring(L, s, n);
        lua_setfield(L, -2, "name");
        set_flag(L, "index", op->index_out >> k & 1);
        lua_rawseti(L, -2, k + 1);
        s += strcspn(s, ",");
    }
}

static void push_flags(lua_State *L, const lun_op *op)
{
    static const struct { unsigned bit; const char *name; } flags[] = {
        {LUN_OP_VIEW, "view"}, {LUN_OP_RANDOM, "random"}, {LUN_OP_HIDDEN, "hidden"}, {LUN_OP_NO_GRAD, "no_grad"}, {LUN_OP_CREATION, "creation"},
        {LUN_OP_LUA_BOOLEAN, "lua_boolean"}, {LUN_OP_WRITES, "writes"}};
    lua_newtable(L);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (op->flags & flags[i].bit) set_flag(L, flags[i].name, true);
    set_flag(L, "inplace", lunL_has_inplace(op));
    set_flag(L, "method", lunL_is_method(op));
}

/* The parts of a row's text that stand between ";;", as a list. */
static void set_parts(lua_State *L, const char *key, const char *text)
{
    lua_newtable(L);
    for (int n = 1; text && *text; n++) {
        const char *end = strstr(text, ";;");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        while (length && *text == ' ') text++, length--;
        lua_pushlstring(L, text, length);
        lua_rawseti(L, -2, n);
        text += length + (end ? 2 : 0);
    }
    lua_setfield(L, -2, key);
}

static void set_aliases(lua_State *L, const lun_op *op)
{
    const lun_op *whose;
    const char *alias;
    lua_newtable(L);
    for (int k = 0, n = 0; (alias = lun_op_alias(k, &whose)); k++) {
        if (whose != op) continue;
        lua_pushstring(L, alias);
        lua_rawseti(L, -2, ++n);
    }
    lua_setfield(L, -2, "aliases");
}

static void push_op(lua_State *L, const lun_op *op)
{
    static const char *const families[] = {"unary", "binary", "compare", "op"};
    static const char *const classes[] = {"any", "numbers", "floats", "floats only", "integers"};
    lua_createtable(L, 0, 20);
    set(L, "name", op->name);
    set(L, "family", families[op->family]);
    set(L, "dtypes", classes[op->dtypes]);
    set(L, "help", op->help);
    set_aliases(L, op);
    set_parts(L, "demos", op->demo);
    set_parts(L, "samples", op->sample);
    set_parts(L, "bads", op->bad);
    set(L, "shapes", op->shapes);
    set(L, "see", op->see);
    set(L, "formula", op->formula);
    set(L, "derivative", op->dx);
    set(L, "derivative2", op->dy);
    set(L, "torch", op->torch ? op->torch : op->name);
    set(L, "onnx", op->onnx);
    set_flag(L, "differentiable", !(op->flags & LUN_OP_NO_GRAD) && (op->vjp || op->compose));
    lua_createtable(L, op->n_args, 0);
    for (int k = 0; k < op->n_args; k++) {
        push_argument(L, &op->arg[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "args");
    push_returns(L, op);
    lua_setfield(L, -2, "returns");
    push_flags(L, op);
    lua_setfield(L, -2, "flags");
}

/* lun.ops(): a list of all rows that Lua may call; lun.ops(true): the hidden ones too */
static int ops(lua_State *L)
{
    bool all = lua_toboolean(L, 1);
    lua_newtable(L);
    lua_Integer n = 0;
    for (int id = 0; id < lun_op_count(); id++) {
        const lun_op *op = lun_op_at(id);
        if ((op->flags & LUN_OP_HIDDEN) && !all) continue;
        push_op(L, op);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

static void add_signature(luaL_Buffer *b, const lun_op *op)
{
    bool method = lunL_is_method(op);
    luaL_addstring(b, method ? op->arg[0].name : "lun.");
    if (method) luaL_addchar(b, ':');
    luaL_addstring(b, op->name);
    luaL_addchar(b, '(');
    for (int k = method ? 1 : 0; k < op->n_args; k++) {
        const lun_arg *arg = &op->arg[k];
        if (k > (method ? 1 : 0)) luaL_addstring(b, ", ");
        luaL_addstring(b, arg->name);
        if (*arg->fallback) {
            luaL_addstring(b, " = ");
            luaL_addstring(b, arg->fallback);
        } else if (arg->optional) {
            luaL_addchar(b, '?');
        }
    }
    luaL_addchar(b, ')');
}

/* A formula for people: the constants without their K(). */
static void add_formula(luaL_Buffer *b, const char *formula)
{
    bool constant = false;
    for (const char *c = formula; *c; c++) {
        if (c[0] == 'K' && c[1] == '(') {
            constant = true;
            c++;
        } else if (constant && *c == ')') {
            constant = false;
        } else {
            luaL_addchar(b, *c);
        }
    }
}

/* `name` as it was asked for: the row's, its in-place form, or a second name of either. */
static int help_on(lua_State *L, const lun_op *op, const char *name)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    size_t own = strlen(op->name);
    if (strncmp(name, op->name, own) || (name[own] && strcmp(name + own, "_"))) {
        lua_pushfstring(L, "%s is the same as %s%s\n", name, op->name, name[strlen(name) - 1] == '_' ? "_" : "");
        luaL_addvalue(&b);
    }
    add_signature(&b, op);
    if (strcmp(op->returns, "out")) {
        luaL_addstring(&b, " -> ");
        luaL_addstring(&b, op->returns);
    }
    luaL_addchar(&b, '\n');
    luaL_addstring(&b, op->help ? op->help : "");
    if (lunL_has_inplace(op)) {
        luaL_addstring(&b, "\nIn place: ");
        luaL_addstring(&b, op->name);
        luaL_addchar(&b, '_');
    }
    if (op->formula) {
        luaL_addstring(&b, "\nFormula: ");
        add_formula(&b, op->formula);
    }
    if (op->demo) {
        luaL_addstring(&b, "\nExample: ");
        luaL_addstring(&b, op->demo);
    }
    luaL_pushresult(&b);
    return 1;
}

static int list_names(lua_State *L)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "lun.help(name) explains one of these ops:\n");
    size_t column = 0;
    for (int id = 0; id < lun_op_count(); id++) {
        const lun_op *op = lun_op_at(id);
        if (op->flags & LUN_OP_HIDDEN) continue;
        size_t n = strlen(op->name) + 1;
        if (column + n > 96) {
            luaL_addchar(&b, '\n');
            column = 0;
        }
        luaL_addstring(&b, op->name);
        luaL_addchar(&b, ' ');
        column += n;
    }
    luaL_pushresult(&b);
    return 1;
}

/* lun.help("matmul"), lun.help("add_"), lun.help(): text */
static const struct { const char *name, *signature, *text; } functions_help[] = {
#define HELP(name, signature, text) {#name, signature, text},
#include "lua_bindings/help.def"
#undef HELP
};

static bool help_on_function(lua_State *L, const char *name)
{
    for (size_t i = 0; i < sizeof functions_help / sizeof *functions_help; i++) {
        if (strcmp(functions_help[i].name, name)) continue;
        lua_pushfstring(L, "%s\n%s", functions_help[i].signature, functions_help[i].text);
        return true;
    }
    return false;
}

static int help(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) return list_names(L);
    size_t n;
    const char *name = luaL_checklstring(L, 1, &n);
    const lun_op *op = lun_op_find(name);
    if (!op && n && name[n - 1] == '_') {
        lua_pushlstring(L, name, n - 1);
        op = lun_op_find(lua_tostring(L, -1));
    }
    if (op && !(op->flags & LUN_OP_HIDDEN)) return help_on(L, op, name);
    if (help_on_function(L, name)) return 1;
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunL_table_key);
    return lunL_no_such_method(L, 2, 2, name);
}

const char lunL_table_key;

void lunL_open_table(lua_State *L)
{
    static const luaL_Reg functions[] = {{"ops", ops}, {"help", help}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunL_table_key);
}
