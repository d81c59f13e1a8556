/* operators.c - comparison, length, text: the operators that are no ops
 *
 * Lua forces the result of < <= == to a boolean, so masks come from x:lt(y) and the operators compare whole tensors (==) or single
 * numbers (<); anything else raises and says what to type.
 * Read next: lua_bindings/call.c (arithmetic operators). SPDX-License-Identifier: MIT
 */
#include "lua_bindings/methods.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/print.h"
#include "lua_bindings/arguments.h"
#include "plot/terminal.h"

#include <stdio.h>
#include <string.h>

static lun_print_options options = {0};

/* --- comparison ----------------------------------------------------------------------------------------------------------------- */

static int equal(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (!lunL_is_tensor(L, 1) || !lunL_is_tensor(L, 2)) return lua_pushboolean(L, 0), 1;
    lun_tensor *x = lunL_tensor(L, 1), *y = x ? lunL_tensor_named(L, 2, "y") : NULL;
    if (!y) return lunL_raise(L, f);
    bool same = lun_shape_same(x->ndim, x->dims, y->ndim, y->dims);
    if (same && x->numel) {
        lun_tensor *all = lun_call1(LUN_OP_all, lun_eq(x, y));
        if (!all) return lunL_raise(L, f);
        same = lun_get_integer(all, 0) != 0;
    }
    lua_pushboolean(L, same);
    return lunL_leave(L, f, 1);
}

/* On a terminal no row is wider than it. */
static lun_print_options fitting(void)
{
    lun_print_options here = options;
    int columns = 0, rows;
    if (lun_terminal_is_tty()) lun_terminal_size(&columns, &rows);
    if (columns >= 20 && columns < here.linewidth) here.linewidth = columns;
    return here;
}

/* One number from a tensor of one element, or a Lua number. */
static bool single(lua_State *L, int index, double *out)
{
    lunL_box *box = lunL_box_at(L, index);
    if (box && box->x && box->x->numel == 1 && !lun_dtype_is_complex((lun_dtype)box->x->dtype)) return *out = lun_get_double(box->x, 0), true;
    if (lua_type(L, index) != LUA_TNUMBER) return false;
    *out = lua_tonumber(L, index);
    return true;
}

static int compare(lua_State *L, const char *sign, const char *method)
{
    double a, b;
    lunL_frame f = lunL_enter(L);
    if (single(L, 1, &a) && single(L, 2, &b)) {
        if (lun_failed()) return lunL_raise(L, f);
        lua_pushboolean(L, method[1] == 't' ? a < b : a <= b);
        return 1;
    }
    char hint[80];
    snprintf(hint, sizeof hint, "x:%s(y) gives the mask; x:%s(y):all() a boolean (the other way round: gt, ge)", method, method);
    return lunL_fail(L, f, sign, LUN_E_ARGUMENT, hint, "Lua would make one boolean of the whole comparison");
}

static int less(lua_State *L) { return compare(L, "<", "lt"); }
static int less_equal(lua_State *L) { return compare(L, "<=", "le"); }

static int length(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && !x->ndim) return lunL_fail(L, f, "#", LUN_E_SHAPE, "x:numel() counts elements", "a 0-d tensor has no length");
    if (!x) return lunL_raise(L, f);
    lua_pushinteger(L, x->dims[0]);
    return 1;
}

/* --- text ------------------------------------------------------------------------------------------------------------------------- */

static int to_text(lua_State *L)
{
    lunL_box *box = lunL_box_at(L, 1);
    lunL_frame f = lunL_enter(L);
    lun_print_buffer text = {0};
    if (box && !box->x) return lua_pushliteral(L, "Tensor (released)"), 1;
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && (x->flags & LUN_NUMBER)) { /* a complex Lua number */
        char number[64];
        lua_pushstring(L, lun_print_number(x, number, sizeof number));
        return 1;
    }
    lun_print_options here = fitting();
    if (!x || !lun_print(x, &here, &text)) {
        lun_print_free(&text);
        return lunL_fail(L, f, "print", LUN_E_MEMORY, NULL, "out of memory");
    }
    lua_pushlstring(L, text.data, text.length);
    lun_print_free(&text);
    return lunL_leave(L, f, 1);
}

static void push_part(lua_State *L, int index)
{
    char text[64];
    lunL_box *box = lunL_box_at(L, index);
    if (box && box->x && box->x->numel == 1) lua_pushstring(L, lun_print_number(box->x, text, sizeof text));
    else luaL_tolstring(L, index, NULL);
}

static int concat(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (lunL_is_tensor(L, 1) && lunL_is_tensor(L, 2))
        return lunL_fail(L, f, "..", LUN_E_ARGUMENT, "x:matmul(y) is the matrix product; lun.cat{x, y} joins",
                         ".. makes text, and both sides are tensors");
    push_part(L, 1);
    push_part(L, 2);
    lua_concat(L, 2);
    return 1;
}

static int no_pairs(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_fail(L, f, "pairs", LUN_E_ARGUMENT, "for i, row in x:rows() do ... end", "a tensor is not a table");
}

/* string.format that takes one-element tensors as numbers. upvalue 1: the original */
static int format(lua_State *L)
{
    int n = lua_gettop(L);
    for (int i = 2; i <= n; i++) {
        lunL_box *box = lunL_box_at(L, i);
        if (!box || !box->x || box->x->numel != 1 || lun_dtype_is_complex((lun_dtype)box->x->dtype)) continue;
        lunL_frame f = lunL_enter(L);
        if (!lun_needs_values(box->x)) return lunL_raise(L, f);
        lunL_push_element(L, box->x, 0);
        if (lun_failed()) return lunL_raise(L, f);
        lua_replace(L, i);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, 1);
    return 1;
}

/* --- print options ------------------------------------------------------------------------------------------------------------------- */

static bool number_option(lua_State *L, const char *name, int64_t low, int64_t high, int64_t *out)
{
    if (!lunL_option(L, 1, name)) return true;
    bool ok = lunL_read_integer(L, -1, name, out);
    lua_pop(L, 1);
    if (ok && (*out < low || *out > high))
        return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` must be between %lld and %lld", name, (long long)low, (long long)high), false;
    return ok;
}

static void switch_option(lua_State *L, const char *name, bool *out)
{
    if (!lunL_option(L, 1, name)) return;
    *out = lua_toboolean(L, -1);
    lua_pop(L, 1);
}

/* lun.printoptions{precision = 4, threshold = 200, edgeitems = 3, linewidth = 100, ascii = false, body = true}; returns all */
static int printoptions(lua_State *L)
{
    static const char *const names[] = {"precision", "threshold", "edgeitems", "linewidth", "ascii", "header", "body", NULL};
    lunL_frame f = lunL_enter(L);
    int64_t precision = options.precision, threshold = options.threshold, edge = options.edgeitems, width = options.linewidth;
    bool ok = lua_isnoneornil(L, 1) || lua_istable(L, 1) || lun_fail(LUN_E_ARGUMENT, NULL, "a table of options is needed");
    ok = ok && lunL_only_options(L, 1, names) && number_option(L, "precision", 0, 17, &precision) &&
         number_option(L, "threshold", 0, 1 << 20, &threshold) && number_option(L, "edgeitems", 1, 100, &edge) &&
         number_option(L, "linewidth", 20, 10000, &width);
    if (!ok) return lunL_fail(L, f, "printoptions", LUN_E_ARGUMENT, NULL, "bad option");
    options.precision = (int)precision;
    options.threshold = threshold;
    options.edgeitems = (int)edge;
    options.linewidth = (int)width;
    switch_option(L, "ascii", &options.ascii);
    switch_option(L, "header", &options.header);
    switch_option(L, "body", &options.body);
    lua_createtable(L, 0, 7);
    const int64_t values[] = {precision, threshold, edge, width};
    for (int i = 0; i < 4; i++) lua_pushinteger(L, values[i]), lua_setfield(L, -2, names[i]);
    const bool switches[] = {options.ascii, options.header, options.body};
    for (int i = 0; i < 3; i++) lua_pushboolean(L, switches[i]), lua_setfield(L, -2, names[4 + i]);
    return 1;
}

void lunL_open_operators(lua_State *L, int meta)
{
    static const luaL_Reg events[] = {{"__eq", equal}, {"__lt", less}, {"__le", less_equal}, {"__len", length}, {"__tostring", to_text},
                                      {"__concat", concat}, {"__pairs", no_pairs}, {NULL, NULL}};
    if (!lunL_in_worker) options = lun_print_defaults; /* the process has one set of them */
    lua_pushvalue(L, meta);
    luaL_setfuncs(L, events, 0);
    lua_pop(L, 1);
}

void lunL_open_text(lua_State *L)
{
    int top = lua_gettop(L);
    lua_pushcfunction(L, printoptions);
    lua_setfield(L, -2, "printoptions");
    lua_settop(L, top);
    lunL_open_format(L);
}

void lunL_open_format(lua_State *L)
{
    int top = lua_gettop(L);
    if (lua_getglobal(L, "string") == LUA_TTABLE && lua_getfield(L, -1, "format") == LUA_TFUNCTION && lua_tocfunction(L, -1) != format) {
        lua_pushcclosure(L, format, 1);
        lua_setfield(L, -2, "format");
    }
    lua_settop(L, top);
}
