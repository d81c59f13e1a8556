/* table.c - the op table as data: lun.ops(), and what lib/help.lua makes texts of
 *
 * What help, completion, tests and exports read. Holds: everything comes from the rows; nothing about an op is said here.
 * Read next: core/op.h, core/ops.def, lib/help.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/table.h"

#include "core/op.h"
#include "lua_bindings/call.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/names.h"

#include <string.h>

static const char *kind_name(int kind)
{
    static const char *const names[] = {
        [LUN_ARG_TENSOR] = "tensor", [LUN_ARG_OPERAND] = "operand", [LUN_ARG_TENSORS] = "tensors", [LUN_ARG_INDICES] = "indices",
        [LUN_ARG_LABELS] = "labels", [LUN_ARG_COUNTS] = "counts", [LUN_ARG_INT] = "int", [LUN_ARG_FLOAT] = "float", [LUN_ARG_BOOL] = "bool",
        [LUN_ARG_STRING] = "string", [LUN_ARG_NUMBER] = "number", [LUN_ARG_DTYPE] = "dtype", [LUN_ARG_DEVICE] = "device",
        [LUN_ARG_DIM] = "dim", [LUN_ARG_DIMS] = "dims", [LUN_ARG_INDEX] = "index", [LUN_ARG_INTS] = "ints",
        [LUN_ARG_PADDING] = "padding", [LUN_ARG_SIZES] = "sizes", [LUN_ARG_FLOATS] = "floats",
        [LUN_ARG_OPERANDS] = "operands", [LUN_ARG_ORDER] = "order", [LUN_ARG_DIMLISTS] = "dimlists"};
    return names[kind];
}

static void push_argument(lua_State *L, const lun_arg *arg)
{
    lua_createtable(L, 0, 5);
    lunL_set_text(L, "name", arg->name);
    lunL_set_text(L, "kind", kind_name(arg->kind));
    lunL_set_flag(L, "optional", arg->optional);
    if (*arg->fallback) lunL_set_text(L, "default", arg->fallback);
    lunL_set_flag(L, "index", arg->kind == LUN_ARG_INDICES || arg->kind == LUN_ARG_LABELS || arg->kind == LUN_ARG_INDEX || arg->kind == LUN_ARG_DIM ||
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
        lunL_set_flag(L, "index", op->index_out >> k & 1);
        lunL_set_flag(L, "list", op->gives_list);
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
        if (op->flags & flags[i].bit) lunL_set_flag(L, flags[i].name, true);
    lunL_set_flag(L, "inplace", lunL_has_inplace(op));
    lunL_set_flag(L, "method", lunL_is_method(op));
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

/* source = "core/ops/math.def:12", group = "math" */
static void push_place(lua_State *L, const lun_op *op)
{
    const char *path = op->file ? strstr(op->file, "core/ops/") : NULL;
    if (!path) return;
    const char *name = path + strlen("core/ops/");
    lua_pushfstring(L, "%s:%d", path, op->line);
    lua_setfield(L, -2, "source");
    lua_pushlstring(L, name, strcspn(name, "."));
    lua_setfield(L, -2, "group");
}

/* takes: dtype -> true */
static void set_takes(lua_State *L, const lun_op *op)
{
    lua_createtable(L, 0, LUN_DTYPE_COUNT);
    for (int t = 0; t < LUN_DTYPE_COUNT; t++) {
        if (!(op->takes >> t & 1)) continue;
        lunL_set_flag(L, lun_dtypes[t].name, true);
    }
    lua_setfield(L, -2, "takes");
}

static void push_op(lua_State *L, const lun_op *op)
{
    static const char *const families[] = {"unary", "binary", "compare", "op"};
    static const char *const classes[] = {"any", "numbers", "floats", "floats only", "integers", "numbers only", "wide"};
    lua_createtable(L, 0, 20);
    lunL_set_text(L, "name", op->name);
    lunL_set_text(L, "family", families[op->family]);
    lunL_set_text(L, "dtypes", classes[op->dtypes]);
    set_takes(L, op);
    lunL_set_text(L, "help", op->help);
    set_aliases(L, op);
    set_parts(L, "demos", op->demo);
    set_parts(L, "samples", op->sample);
    set_parts(L, "bads", op->bad);
    lunL_set_text(L, "shapes", op->shapes);
    lunL_set_text(L, "see", op->see);
    push_place(L, op);
    lunL_set_text(L, "formula", op->formula);
    lunL_set_text(L, "derivative", op->dx);
    lunL_set_text(L, "derivative2", op->dy);
    lunL_set_text(L, "torch", op->torch ? op->torch : op->name);
    lunL_set_text(L, "onnx", op->onnx);
    lunL_set_flag(L, "differentiable", !(op->flags & LUN_OP_NO_GRAD) && (op->vjp || op->compose || op->variant));
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

/* lun.ops(): a list of all rows that Lua may call; lun.ops(true): the hidden ones too; lun.ops("softmax"): that row or nil */
static int ops(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING) {
        const lun_op *op = lun_op_find(lua_tostring(L, 1));
        if (!op || (op->flags & LUN_OP_HIDDEN)) lua_pushnil(L);
        else push_op(L, op);
        return 1;
    }
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

/* Help for what is no op, from help.def: a list of {name, signature, text}. */
static int function_texts(lua_State *L)
{
    static const char *const rows[][3] = {
#define HELP(name, signature, text) {#name, signature, text},
#include "lua_bindings/help.def"
#undef HELP
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lua_createtable(L, 0, 3);
        lunL_set_text(L, "name", rows[i][0]);
        lunL_set_text(L, "signature", rows[i][1]);
        lunL_set_text(L, "text", rows[i][2]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Raises "no method 'sofmax', did you mean 'softmax'". */
static int unknown(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunL_table_key);
    return lunL_no_such_method(L, 2, 2, name);
}

/* lun.help(name) and lun.search(words) are written in Lua: upvalue 1 is the name in lib/help.lua */
static int call_help(lua_State *L)
{
    lunL_require(L, "lunette.help");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_gettable(L, -2);
    lua_insert(L, 1);
    lua_pop(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

int lunL_open_help(lua_State *L)
{
    static const luaL_Reg functions[] = {{"function_texts", function_texts}, {"unknown", unknown}, {"names_elsewhere", lunL_names_elsewhere},
                                         {"namespaces", lunL_namespaces},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

const char lunL_table_key;

void lunL_open_table(lua_State *L)
{
    static const char *const in_lua[] = {"help", "search"};
    lua_pushcfunction(L, ops);
    lua_setfield(L, -2, "ops");
    for (size_t i = 0; i < sizeof in_lua / sizeof *in_lua; i++) {
        lua_pushstring(L, in_lua[i]);
        lua_pushcclosure(L, call_help, 1);
        lua_setfield(L, -2, in_lua[i]);
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunL_table_key);
}
