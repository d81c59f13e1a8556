/* methods.c - properties and methods of tensors that are no ops: shape, item, to, rows ...
 *
 * Properties are C functions that push a value for the tensor at index 1; setters take the value at index 3.
 * Holds: everything goes through lunL_enter and lunL_give or lunL_leave (box.h). Read next: lua_bindings/gradients.c (backward, grad,
 * hooks), lua_bindings/operators.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/methods.h"

#include "core/device.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/tape.h"
#include "core/views.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/cuda.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/gradients.h"
#include "lua_bindings/nearest.h"

#include <stdlib.h>
#include <string.h>

/* --- elements ---------------------------------------------------------------------------------------------------------------- */

/* {re = 1, im = 2}: what lun.tensor takes back */
static void push_complex_table(lua_State *L, lun_c128 z)
{
    lua_createtable(L, 0, 2);
    lunL_set_number(L, "re", z.re);
    lunL_set_number(L, "im", z.im);
}

void lunL_push_element(lua_State *L, const lun_tensor *x, int64_t k)
{
    lun_dtype t = (lun_dtype)x->dtype;
    if (lun_dtype_is_complex(t)) {
        push_complex_table(L, lun_get_complex(x, k));
        return;
    }
    if (t == LUN_BOOL) lua_pushboolean(L, lun_get_integer(x, k) != 0);
    else if (lun_dtype_is_float(t)) lua_pushnumber(L, lun_get_double(x, k));
    else lua_pushinteger(L, lun_get_integer(x, k));
}

/* --- properties --------------------------------------------------------------------------------------------------------------- */

#define PROPERTY(name, push)                          \
    static int name(lua_State *L)                     \
    {                                                 \
        lunL_frame f = lunL_enter(L);                 \
        lun_tensor *x = lunL_tensor(L, 1);            \
        if (!x) return lunL_raise(L, f);              \
        push;                                         \
        return 1;                                     \
    }
PROPERTY(get_shape, lunL_push_shape(L, x))
PROPERTY(get_dtype, lua_pushstring(L, lun_dtypes[x->dtype].name))
PROPERTY(get_device, char text[LUN_DEVICE_TEXT]; lua_pushstring(L, lun_device_text(lun_tensor_device(x), text)))
PROPERTY(get_ndim, lua_pushinteger(L, x->ndim))
PROPERTY(get_requires_grad, lua_pushboolean(L, lun_requires_grad(x)))
PROPERTY(get_is_leaf, if (!lun_view_refresh(x)) return lunL_raise(L, f); lua_pushboolean(L, !x->node))
PROPERTY(get_zero_based, lua_pushboolean(L, (x->flags & LUN_ZERO_BASED) != 0))
PROPERTY(is_complex, lua_pushboolean(L, lun_dtype_is_complex((lun_dtype)x->dtype)))
PROPERTY(is_floating_point, lua_pushboolean(L, lun_dtype_is_float((lun_dtype)x->dtype)))
PROPERTY(get_numel, lua_pushinteger(L, x->numel))
PROPERTY(get_bytes, lua_pushinteger(L, (lua_Integer)lun_tensor_bytes(x)))
PROPERTY(get_is_contiguous, lua_pushboolean(L, lun_is_contiguous(x)))
PROPERTY(get_version, lua_pushinteger(L, (lua_Integer)x->storage->version))

static int get_T(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int64_t dims[LUN_MAX_DIMS];
    for (int d = 0; x && d < x->ndim; d++) dims[d] = x->ndim - 1 - d;
    return lunL_give(L, f, x && x->ndim > 1 ? lun_permute(x, x->ndim, dims) : x);
}

static int get_mT(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_give(L, f, lun_mT(lunL_tensor(L, 1)));
}

static int get_mH(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_give(L, f, lun_mH(lunL_tensor(L, 1)));
}

/* Of a matrix; a number is its own. */
static int get_H(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && x->ndim != 2 && x->ndim != 0)
        return lunL_fail(L, f, "H", LUN_E_SHAPE, "x.mH exchanges the last two dims", "H is for matrices, this has %d dims", x->ndim);
    return lunL_give(L, f, x && x->ndim ? lun_mH(x) : lun_conj(x));
}

static int get_grad_fn(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x || !lun_view_refresh(x)) return lunL_raise(L, f);
    if (x->node) lua_pushstring(L, lun_node_name(x->node));
    else lua_pushnil(L);
    return 1;
}

/* Read from a file: positions count from 0 and are refused as indices until from_zero_based. */
static int set_zero_based(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    x->flags = (uint16_t)(lua_toboolean(L, 3) ? x->flags | LUN_ZERO_BASED : x->flags & ~LUN_ZERO_BASED);
    return 0;
}

/* --- sizes ---------------------------------------------------------------------------------------------------------------------- */

static int size(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int64_t d;
    if (!x) return lunL_raise(L, f);
    if (lua_isnoneornil(L, 2)) return lunL_push_shape(L, x), 1;
    if (!lunL_read_dim(L, 2, "dim", &d)) return lunL_fail(L, f, "size", LUN_E_ARGUMENT, NULL, "bad dim");
    int at = x->ndim ? lun_dim_normalize(d, x->ndim) : (lun_fail(LUN_E_INDEX, NULL, "a 0-d tensor has no dims"), -1);
    if (at < 0) return lunL_fail(L, f, "size", LUN_E_INDEX, NULL, "bad dim");
    lua_pushinteger(L, x->dims[at]);
    return 1;
}

static int dims(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    for (int d = 0; d < x->ndim; d++) lua_pushinteger(L, x->dims[d]);
    return x->ndim;
}

static int stride(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int64_t d;
    if (!x) return lunL_raise(L, f);
    if (!lua_isnoneornil(L, 2)) {
        int at = lunL_read_dim(L, 2, "dim", &d) ? lun_dim_normalize(d, x->ndim) : -1;
        if (at < 0 || at >= x->ndim) return lunL_fail(L, f, "stride", LUN_E_INDEX, NULL, "a 0-d tensor has no dims");
        lua_pushinteger(L, x->strides[at]);
        return 1;
    }
    lua_createtable(L, x->ndim, 0);
    for (int i = 0; i < x->ndim; i++) {
        lua_pushinteger(L, x->strides[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* --- values ---------------------------------------------------------------------------------------------------------------------- */

static int item(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int given = lua_gettop(L) - 1;
    int64_t k = 0, i;
    char text[LUN_SHAPE_TEXT];
    if (!x) return lunL_raise(L, f);
    if (!given && x->numel != 1)
        return lunL_fail(L, f, "item", LUN_E_SHAPE, "x:item(1, 2) takes one element, x:totable() all", "%s has %lld elements, not one",
                         lun_tensor_text(x, text), (long long)x->numel);
    if (given && given != x->ndim)
        return lunL_fail(L, f, "item", LUN_E_INDEX, NULL, "%d positions for %s", given, lun_tensor_text(x, text));
    for (int d = 0; d < given; d++) {
        if (!lunL_read_position(L, d + 2, "position", &i)) return lunL_fail(L, f, "item", LUN_E_INDEX, NULL, "bad position");
        i += i < 0 ? x->dims[d] : 0;
        if (i < 0 || i >= x->dims[d])
            return lunL_fail(L, f, "item", LUN_E_INDEX, NULL, "position %lld is out of range: dim %d has size %lld",
                             (long long)lua_tointeger(L, d + 2), d + 1, (long long)x->dims[d]);
        k = k * x->dims[d] + i;
    }
    if (!lun_needs_values(x)) return lunL_raise(L, f);
    if (lun_dtype_is_complex((lun_dtype)x->dtype)) return lunL_give(L, f, lun_tensor_complex(lun_get_complex(x, k)));
    lunL_push_element(L, x, k);
    return lun_failed() ? lunL_raise(L, f) : 1; /* reading from a device may have failed */
}

static void push_nested(lua_State *L, const lun_tensor *x, int dim, int64_t at)
{
    if (dim == x->ndim) {
        lunL_push_element(L, x, at);
        return;
    }
    int64_t n = x->dims[dim];
    lua_createtable(L, n > 1 << 26 ? 0 : (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        push_nested(L, x, dim + 1, at * n + i);
        lua_rawseti(L, -2, i + 1);
    }
}

static int totable(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lun_on_host(lunL_tensor(L, 1));
    if (!x || !lun_needs_values(x)) return lunL_raise(L, f);
    /* a table takes 16 bytes an element, and an empty tensor may still have many (empty) rows */
    int64_t most = (int64_t)1 << 27, rows = 1;
    for (int d = 0; d < x->ndim && x->dims[d] && rows <= most; d++) rows *= x->dims[d] < most ? x->dims[d] : most;
    if (rows > most) {
        char text[LUN_SHAPE_TEXT];
        return lunL_fail(L, f, "totable", LUN_E_SHAPE, "take a part of it first: x[{{1, 10}}]:totable()", "%s is too large for a Lua table",
                         lun_tensor_text(x, text));
    }
    luaL_checkstack(L, 2 * LUN_MAX_DIMS + 4, NULL);
    push_nested(L, x, 0, 0);
    return lunL_leave(L, f, 1);
}

static int next_row(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lua_Integer i = lua_tointeger(L, 2);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    if (i >= x->dims[0]) return 0;
    lua_pushinteger(L, i + 1);
    return lunL_give(L, f, lun_select(x, 0, i)) + 1;
}

static int rows(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && !x->ndim) return lunL_fail(L, f, "rows", LUN_E_SHAPE, "x:item() gives its number", "a 0-d tensor has no rows");
    if (!x) return lunL_raise(L, f);
    lua_pushcfunction(L, next_row);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

/* --- conversions ---------------------------------------------------------------------------------------------------------------- */

/* What `to` got instead of a dtype or a device. */
static void *no_such_target(lua_State *L, int index, const char *name)
{
    if (!name)
        return lun_fail(LUN_E_ARGUMENT, "x:to(\"float16\"), x:to(\"cuda\") or x:to(y)", "needs the name of a dtype or a device, got %s",
                        lua_type(L, index) == LUA_TSTRING ? "\"\"" : lunL_describe(L, index));
    lunL_nearest search = lunL_nearest_begin(name);
    for (int i = 0; i < LUN_DTYPE_COUNT; i++) lunL_nearest_try(&search, lun_dtypes[i].name);
    if (search.best) return lunL_read_dtype(L, index), NULL;
    return lun_fail(LUN_E_NAME, "devices are \"cpu\", \"cuda\" and \"cuda:1\"; dtypes such as \"float32\" and \"int64\"",
                    "no dtype and no device '%s'", name);
}

/* x:to("float16"), x:to("cpu"), x:to(y), x:to{dtype = ..., device = ...} */
static int to(lua_State *L)
{
    static const char *const names[] = {"dtype", "device", NULL};
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    lun_device device;
    for (int i = 2; x && i <= lua_gettop(L); i++) {
        lunL_box *like = lunL_box_at(L, i);
        if (lua_isnil(L, i)) continue;
        if (like && like->x) {
            x = lun_to_device(lun_to_dtype(x, (lun_dtype)like->x->dtype), lun_tensor_device(like->x));
        } else if (lua_istable(L, i)) {
            if (!lunL_only_options(L, i, names)) x = NULL;
            if (x && lunL_option(L, i, "device")) x = lunL_read_device(L, -1, &device) ? lun_to_device(x, device) : NULL;
            lun_dtype t = x && lunL_option(L, i, "dtype") ? lunL_read_dtype(L, -1) : LUN_DTYPE_NONE;
            if (x && t != LUN_DTYPE_NONE) x = lun_to_dtype(x, t);
            if (x && t == LUN_DTYPE_NONE && !lunL_option(L, i, "device")) x = no_such_target(L, i, NULL);
        } else {
            const char *name = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : "";
            lun_dtype t = lun_dtype_by_name(name);
            if (t != LUN_DTYPE_NONE) x = lun_to_dtype(x, t);
            else if (!strcmp(name, "cpu") || !strncmp(name, "cuda", 4)) x = lunL_read_device(L, i, &device) ? lun_to_device(x, device) : NULL;
            else x = no_such_target(L, i, *name ? name : NULL);
        }
    }
    return x && !lun_failed() ? lunL_give(L, f, x) : lunL_fail(L, f, "to", LUN_E_ARGUMENT, NULL, "bad argument");
}

/* upvalue 1: the dtype */
static int to_dtype(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_give(L, f, lun_to_dtype(lunL_tensor(L, 1), (lun_dtype)lua_tointeger(L, lua_upvalueindex(1))));
}

static int type_as(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1), *y = x ? lunL_tensor_named(L, 2, "y") : NULL;
    return lunL_give(L, f, y ? lun_to_dtype(x, (lun_dtype)y->dtype) : NULL);
}

static int cpu(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_give(L, f, lun_to_device(lunL_tensor(L, 1), LUN_DEVICE_CPU));
}

/* x:cuda(), x:cuda(1), x:cuda("cuda:1"): devices are numbered from 0, as everywhere else in CUDA */
static int cuda(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int index;
    if (!x || !lunL_read_cuda(L, 2, &index)) return lunL_raise(L, f);
    return lunL_give(L, f, lun_to_device(x, (lun_device){LUN_CUDA, (uint8_t)index}));
}

static int contiguous(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return lunL_give(L, f, lun_contiguous(lunL_tensor(L, 1)));
}

static int zero_(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x || !lun_fill_into(x, 0)) return lunL_raise(L, f);
    lua_settop(L, 1);
    return lunL_leave(L, f, 1);
}

/* Positions that count from 0 (from a file) as positions from 1. */
static int from_zero_based(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && !lun_dtype_is_int((lun_dtype)x->dtype))
        return lunL_fail(L, f, "from_zero_based", LUN_E_DTYPE, "x:long() first", "positions are whole numbers, got %s", lun_dtypes[x->dtype].name);
    lun_tensor *y = lun_add(lun_to_dtype(x, LUN_I64), lun_tensor_integer(1)); /* 256 does not fit in a byte */
    if (y) y->flags &= (uint16_t)~LUN_ZERO_BASED;
    return lunL_give(L, f, y);
}

/* --- start ------------------------------------------------------------------------------------------------------------------------- */

static void add_conversions(lua_State *L, int methods)
{
    static const struct { const char *name; lun_dtype dtype; } conversions[] = {
        {"float", LUN_F32}, {"double", LUN_F64}, {"half", LUN_F16}, {"bfloat16", LUN_BF16}, {"long", LUN_I64}, {"int", LUN_I32},
        {"short", LUN_I16}, {"char", LUN_I8}, {"byte", LUN_U8}, {"bool", LUN_BOOL}, {"cfloat", LUN_C64}, {"cdouble", LUN_C128}};
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        lua_pushinteger(L, conversions[i].dtype);
        lua_pushcclosure(L, to_dtype, 1);
        lua_setfield(L, methods, conversions[i].name);
    }
}

/* x:heat(options) and the like: the chart of lun.plot with x first. */
static int chart(lua_State *L, const char *name)
{
    lunL_require(L, "lunette.plot");
    lua_getfield(L, -1, name);
    lua_insert(L, 1);
    lua_pop(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}
static int heat(lua_State *L) { return chart(L, "heat"); }
static int hist(lua_State *L) { return chart(L, "hist"); }
static int img(lua_State *L) { return chart(L, "image"); }

void lunL_add_functions(lua_State *L, int table, const luaL_Reg *functions)
{
    lua_pushvalue(L, table);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}

void lunL_open_methods(lua_State *L, int methods, int properties, int setters)
{
    static const luaL_Reg own_methods[] = {
        {"size", size}, {"dims", dims}, {"stride", stride}, {"numel", get_numel}, {"is_contiguous", get_is_contiguous}, {"is_complex", is_complex},
        {"is_floating_point", is_floating_point}, {"item", item},
        {"totable", totable}, {"rows", rows}, {"to", to}, {"type_as", type_as}, {"cpu", cpu}, {"cuda", cuda}, {"contiguous", contiguous},
        {"zero_", zero_}, {"from_zero_based", from_zero_based}, {"heat", heat}, {"hist", hist}, {"img", img}, {NULL, NULL}};
    static const luaL_Reg own_properties[] = {
        {"shape", get_shape}, {"dtype", get_dtype}, {"device", get_device}, {"ndim", get_ndim}, {"requires_grad", get_requires_grad},
        {"is_leaf", get_is_leaf}, {"T", get_T}, {"mT", get_mT}, {"H", get_H}, {"mH", get_mH}, {"grad_fn", get_grad_fn},
        {"zero_based", get_zero_based}, {"bytes", get_bytes}, {"version", get_version}, {NULL, NULL}};
    static const luaL_Reg own_setters[] = {{"zero_based", set_zero_based}, {NULL, NULL}};
    lunL_add_functions(L, methods, own_methods);
    lunL_add_functions(L, properties, own_properties);
    lunL_add_functions(L, setters, own_setters);
    add_conversions(L, methods);
    lunL_open_gradients(L, methods, properties, setters);
}
