/* types.c - questions about dtypes and shapes that compute nothing: lun.result_type, x:is_complex(), lun.finfo ...
 *
 * Names and answers are PyTorch's; a dtype is its name. Read next: core/dtype.h, core/mix.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/types.h"

#include "core/error.h"
#include "core/mix.h"
#include "core/op_id.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/methods.h"

#include <float.h>
#include <string.h>

/* The dtype of the tensor at index 1, or the dtype that is named there. */
static bool read_either(lua_State *L, lun_dtype *t)
{
    if (lua_type(L, 1) == LUA_TSTRING) return (*t = lunL_read_dtype(L, 1)) != LUN_DTYPE_NONE;
    lun_tensor *x = lunL_tensor(L, 1);
    if (x) *t = (lun_dtype)x->dtype;
    return x != NULL;
}

#define ASKS(name, answer)                                                                           \
    static int name(lua_State *L)                                                                    \
    {                                                                                                \
        lunL_frame f = lunL_enter(L);                                                                \
        lun_dtype t;                                                                                 \
        if (!read_either(L, &t)) return lunL_fail(L, f, #name, LUN_E_ARGUMENT, NULL, "bad argument"); \
        answer;                                                                                      \
        return lunL_leave(L, f, 1);                                                                  \
    }
ASKS(is_complex, lua_pushboolean(L, lun_dtypes[t].kind == LUN_KIND_COMPLEX))
ASKS(is_floating_point, lua_pushboolean(L, lun_dtypes[t].kind == LUN_KIND_FLOAT))
ASKS(is_signed, lua_pushboolean(L, t != LUN_U8 && t != LUN_BOOL))
ASKS(element_size, lua_pushinteger(L, (lua_Integer)lun_dtype_size(t)))

static int is_same_size(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1), *y = lunL_tensor_named(L, 2, "y");
    if (!x || !y) return lunL_fail(L, f, "is_same_size", LUN_E_ARGUMENT, NULL, "needs two tensors");
    lua_pushboolean(L, lun_shape_same(x->ndim, x->dims, y->ndim, y->dims));
    return lunL_leave(L, f, 1);
}

static int is_nonzero(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    char text[LUN_SHAPE_TEXT];
    if (x && x->numel != 1)
        return lunL_fail(L, f, "is_nonzero", LUN_E_SHAPE, "x:any() or x:all()", "needs one element, got %s", lun_tensor_text(x, text));
    if (!x) return lunL_raise(L, f);
    lua_pushboolean(L, lun_get_double(x, 0) != 0);
    return lunL_leave(L, f, 1);
}

static int result_type(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_add));
    bool ok = lun_call_input(&c, lunL_operand(L, 1, "x")) && lun_call_input(&c, lunL_operand(L, 2, "y"));
    if (!ok) return lunL_fail(L, f, "result_type", LUN_E_ARGUMENT, "lun.result_type(x, 1.5)", "needs two tensors or numbers");
    lua_pushstring(L, lun_dtypes[lun_common_dtype(&c, 0)].name);
    return lunL_leave(L, f, 1);
}

static bool two_dtypes(lua_State *L, lun_dtype *a, lun_dtype *b)
{
    *a = lunL_read_dtype(L, 1);
    *b = *a == LUN_DTYPE_NONE ? LUN_DTYPE_NONE : lunL_read_dtype(L, 2);
    return *b != LUN_DTYPE_NONE;
}

static int promote_types(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_dtype a, b;
    if (!two_dtypes(L, &a, &b)) return lunL_fail(L, f, "promote_types", LUN_E_ARGUMENT, NULL, "needs two dtypes");
    lua_pushstring(L, lun_dtypes[lun_dtype_promote(a, b)].name);
    return lunL_leave(L, f, 1);
}

/* Only a kind may not be lost: complex to real, float to whole number, number to bool. */
static int can_cast(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_dtype from, to;
    if (!two_dtypes(L, &from, &to)) return lunL_fail(L, f, "can_cast", LUN_E_ARGUMENT, NULL, "needs two dtypes");
    lua_pushboolean(L, lun_dtypes[from].kind <= lun_dtypes[to].kind);
    return lunL_leave(L, f, 1);
}

static int broadcast_shapes(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor common = {.ndim = 0};
    int64_t dims[LUN_MAX_DIMS];
    int ndim = 0, top = lua_gettop(L);
    for (int i = 1; i <= top; i++) {
        int n = lunL_read_integers(L, i, "shape", dims, LUN_MAX_DIMS);
        for (int d = 0; d < n; d++)
            if (dims[d] < 0) n = (lun_fail(LUN_E_ARGUMENT, NULL, "size %lld of shape %d is negative", (long long)dims[d], i), -1);
        if (n < 0 || !lun_shape_broadcast(ndim, common.dims, n, dims, &ndim, common.dims))
            return lunL_fail(L, f, "broadcast_shapes", LUN_E_SHAPE, "lun.broadcast_shapes({2,1}, {3})", "needs shapes");
    }
    common.ndim = (uint8_t)ndim;
    lunL_push_shape(L, &common);
    return lunL_leave(L, f, 1);
}

static int finfo(lua_State *L)
{
    static const struct { lun_dtype dtype; double eps, max, smallest; } limits[] = {
        {LUN_F32, FLT_EPSILON, FLT_MAX, FLT_MIN}, {LUN_F64, DBL_EPSILON, DBL_MAX, DBL_MIN},
        {LUN_F16, 0x1p-10, 65504, 0x1p-14}, {LUN_BF16, 0x1p-7, 0x1.fep127, 0x1p-126},
        {LUN_C64, FLT_EPSILON, FLT_MAX, FLT_MIN}, {LUN_C128, DBL_EPSILON, DBL_MAX, DBL_MIN}};
    lunL_frame f = lunL_enter(L);
    lun_dtype t = LUN_F32;
    if (!lua_isnoneornil(L, 1) && !read_either(L, &t)) return lunL_fail(L, f, "finfo", LUN_E_ARGUMENT, NULL, "needs a dtype");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].dtype != t) continue;
        lua_createtable(L, 0, 8);
        lunL_set_integer(L, "bits", (int64_t)lun_dtype_size(t) * (lun_dtypes[t].kind == LUN_KIND_COMPLEX ? 4 : 8));
        lunL_set_number(L, "eps", limits[i].eps);
        lunL_set_number(L, "max", limits[i].max);
        lunL_set_number(L, "min", -limits[i].max);
        lunL_set_number(L, "tiny", limits[i].smallest);
        lunL_set_number(L, "smallest_normal", limits[i].smallest);
        return lunL_leave(L, f, 1);
    }
    return lunL_fail(L, f, "finfo", LUN_E_DTYPE, "lun.iinfo(dtype) is for whole numbers", "needs a float dtype, got %s", lun_dtypes[t].name);
}

static int iinfo(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_dtype t;
    if (!read_either(L, &t)) return lunL_fail(L, f, "iinfo", LUN_E_ARGUMENT, "lun.iinfo(\"int64\")", "needs a dtype");
    if (!lun_dtype_is_int(t))
        return lunL_fail(L, f, "iinfo", LUN_E_DTYPE, "lun.finfo(dtype) is for floats", "needs a whole-number dtype, got %s", lun_dtypes[t].name);
    int bits = (int)lun_dtype_size(t) * 8;
    int64_t max = t == LUN_U8 ? UINT8_MAX : INT64_MAX >> (64 - bits);
    lua_createtable(L, 0, 3);
    lunL_set_integer(L, "bits", bits);
    lunL_set_integer(L, "max", max);
    lunL_set_integer(L, "min", t == LUN_U8 ? 0 : -max - 1);
    return lunL_leave(L, f, 1);
}

void lunL_open_types(lua_State *L, int functions, int methods)
{
    static const luaL_Reg both[] = {{"is_complex", is_complex}, {"is_floating_point", is_floating_point}, {"is_signed", is_signed},
                                    {"is_same_size", is_same_size}, {"is_nonzero", is_nonzero}, {"element_size", element_size}, {NULL, NULL}};
    static const luaL_Reg only_functions[] = {{"result_type", result_type}, {"promote_types", promote_types}, {"can_cast", can_cast},
                                              {"broadcast_shapes", broadcast_shapes}, {"finfo", finfo}, {"iinfo", iinfo}, {NULL, NULL}};
    for (int k = 0; k < 2; k++) {
        lua_pushvalue(L, k ? methods : functions);
        luaL_setfuncs(L, both, 0);
        if (!k) luaL_setfuncs(L, only_functions, 0);
        lua_pop(L, 1);
    }
}
