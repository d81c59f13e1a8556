/* construct.c - lun.tensor: nested tables, numbers and booleans as a tensor
 *
 * Two passes: the first finds the shape and what the leaves are (whole numbers make int64, any fraction float32, booleans bool,
 * complex numbers - lun.complex(1, 2) or {re = 1, im = 2} - complex64),
 * the second fills. Options may stand in a second table or beside the elements: lun.tensor{1, 2, dtype = "float64"}.
 * Holds: a ragged table is an error that names the place. Read next: lua_bindings/arguments.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/construct.h"

#include "core/context.h"
#include "core/device.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/number.h"
#include "core/tape.h"
#include "lua_bindings/arguments.h"

#include <stdio.h>
#include <string.h>

typedef struct plan {
    lua_State *L;
    int ndim, depth;                        /* depth: how deep we are now */
    int64_t dims[LUN_MAX_DIMS], at[LUN_MAX_DIMS];
    bool has_complex, has_float, has_integer, has_bool;
    lun_tensor *x;
    int64_t next;
} plan;

/* "[2][3]" */
static const char *place(const plan *p, char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (int d = 0; d < p->depth && used + 24 < room; d++)
        used += (size_t)snprintf(text + used, room - used, "[%lld]", (long long)p->at[d]);
    return text;
}

static bool ragged(plan *p, const char *expected, const char *found)
{
    char text[LUN_SHAPE_TEXT];
    lun_fail(LUN_E_SHAPE, "every row must have the same length", "element %s is %s where %s is expected", place(p, text, sizeof text), found,
             expected);
    return false;
}

static bool learn_tensor(plan *p, lun_dtype t)
{
    if (lun_dtype_is_complex(t)) p->has_complex = true;
    else if (lun_dtype_is_float(t)) p->has_float = true;
    else p->has_integer = true;
    return true;
}

static bool learn_leaf(plan *p)
{
    lua_State *L = p->L;
    lunL_box *box = lunL_box_at(L, -1);
    if (lunL_is_complex_table(L, -1)) p->has_complex = true;
    else if (lua_isboolean(L, -1)) p->has_bool = true;
    else if (lua_isinteger(L, -1)) p->has_integer = true;
    else if (lua_type(L, -1) == LUA_TNUMBER) p->has_float = true;
    else if (box && box->x && box->x->numel == 1) learn_tensor(p, (lun_dtype)box->x->dtype);
    else {
        char text[LUN_SHAPE_TEXT];
        lun_fail(LUN_E_ARGUMENT, box ? "lun.stack{a, b} puts tensors together" : NULL, "element %s is %s; numbers or booleans are needed",
                 place(p, text, sizeof text), lunL_describe(L, -1));
        return false;
    }
    return true;
}

/* Follows the first elements down to find the shape. */
static bool find_shape(plan *p)
{
    lua_State *L = p->L;
    lua_pushvalue(L, 1);
    while (lua_istable(L, -1) && !lunL_is_complex_table(L, -1)) {
        if (p->ndim == LUN_MAX_DIMS || !lua_checkstack(L, 8))
            return lun_fail(LUN_E_SHAPE, NULL, "the table is nested deeper than %d dims", LUN_MAX_DIMS), false;
        int64_t n = (int64_t)lua_rawlen(L, -1);
        p->dims[p->ndim++] = n;
        if (!n) break;
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    lua_pop(L, 1);
    return true;
}

static bool too_large(const plan *p)
{
    char text[192];
    double v = lua_tonumber(p->L, -1);
    lun_error_clear();
    return lun_fail(LUN_E_ARGUMENT, "leave the dtype out, or name a wider one", "element %s is %g: it does not fit into %s",
                    place(p, text, sizeof text), v, lun_dtypes[p->x->dtype].name), false;
}

/* False when a number does not fit into the dtype asked for. */
static bool store_leaf(plan *p)
{
    lua_State *L = p->L;
    lun_dtype t = (lun_dtype)p->x->dtype;
    lunL_box *box = lunL_box_at(L, -1);
    if (box || lua_istable(L, -1)) lun_set_complex(p->x, p->next, box ? lun_get_complex(box->x, 0) : lunL_complex_table(L, -1));
    else if (lua_isboolean(L, -1)) lun_set_integer(p->x, p->next, lua_toboolean(L, -1));
    else if (lua_isinteger(L, -1) ? !lun_integer_fits(lua_tointeger(L, -1), t) : !lun_real_fits(lua_tonumber(L, -1), t))
        return too_large(p);
    else if (lua_isinteger(L, -1)) lun_set_integer(p->x, p->next, lua_tointeger(L, -1));
    else lun_set_double(p->x, p->next, lua_tonumber(L, -1));
    p->next++;
    return true;
}

/* Visits the value on top: checks it in the first pass (x NULL), stores it in the second. */
static bool visit(plan *p)
{
    lua_State *L = p->L;
    bool table = lua_istable(L, -1) && !lunL_is_complex_table(L, -1);
    if (p->depth == p->ndim) {
        if (table) return ragged(p, "a number", "a table");
        if (!p->x) return learn_leaf(p);
        return store_leaf(p);
    }
    char expected[48], found[48];
    int64_t n = table ? (int64_t)lua_rawlen(L, -1) : -1, wanted = p->dims[p->depth];
    if (n != wanted) {
        snprintf(expected, sizeof expected, "a table of %lld", (long long)wanted);
        if (table) snprintf(found, sizeof found, "a table of %lld", (long long)n);
        return ragged(p, expected, table ? found : lunL_describe(L, -1));
    }
    p->depth++;
    for (int64_t i = 1; i <= n; i++) {
        p->at[p->depth - 1] = i;
        lua_rawgeti(L, -1, i);
        bool ok = visit(p);
        lua_pop(L, 1);
        if (!ok) return false;
    }
    p->depth--;
    return true;
}

static lun_dtype natural_dtype(const plan *p)
{
    if (p->has_complex) return LUN_C64;
    if (p->has_float) return LUN_F32;
    if (p->has_integer) return LUN_I64;
    return p->has_bool ? LUN_BOOL : LUN_F32;
}

lun_tensor *lunL_tensor_of(lua_State *L, int index, lun_dtype dtype)
{
    plan p = {.L = L};
    if (index != 1) {
        lua_pushvalue(L, index);
        lua_insert(L, 1);
    }
    lun_tensor *x = NULL;
    if (find_shape(&p)) {
        lua_pushvalue(L, 1);
        if (visit(&p)) {
            lun_dtype t = dtype == LUN_DTYPE_NONE ? natural_dtype(&p) : dtype;
            x = p.x = lun_tensor_empty(t, p.ndim, p.dims, (lun_device){LUN_CPU, 0});
            p.depth = 0;
            if (x) visit(&p);
        }
        lua_pop(L, 1);
    }
    if (index != 1) lua_remove(L, 1);
    return lun_failed() ? NULL : x;
}

static const char *const option_names[] = {"dtype", "device", "requires_grad", NULL};

static bool read_options(lua_State *L, int index, lun_dtype *dtype, lun_device *device, bool *requires_grad)
{
    if (!lunL_only_options(L, index, option_names)) return false;
    if (lunL_option(L, index, "dtype")) {
        *dtype = lunL_read_dtype(L, -1);
        lua_pop(L, 1);
        if (*dtype == LUN_DTYPE_NONE) return false;
    }
    if (lunL_option(L, index, "device")) {
        bool ok = lunL_read_device(L, -1, device);
        lua_pop(L, 1);
        if (!ok) return false;
    }
    if (lunL_option(L, index, "requires_grad")) {
        *requires_grad = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return true;
}

static int construct(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_dtype dtype = LUN_DTYPE_NONE;
    bool requires_grad = false;
    const lunL_box *like = lunL_box_at(L, 1);
    lun_device device = like && like->x ? lun_tensor_device(like->x) : lun_context_get()->default_device;
    lun_tensor *x = NULL;
    if (lua_isnoneornil(L, 1))
        return lunL_fail(L, f, "tensor", LUN_E_ARGUMENT, "lun.tensor{1, 2, 3}", "needs a table, a number or a boolean");
    if (lua_gettop(L) > 2 || (lua_gettop(L) == 2 && !lua_istable(L, 2) && !lua_isnil(L, 2)))
        return lunL_fail(L, f, "tensor", LUN_E_ARGUMENT, "lun.tensor({1, 2}, {dtype = \"float64\"}); sizes go to lun.zeros(2, 3)",
                         "the second argument must be a table of options");
    if ((lunL_is_complex_table(L, 1) || read_options(L, 1, &dtype, &device, &requires_grad)) && read_options(L, 2, &dtype, &device, &requires_grad)) {
        if (lunL_is_tensor(L, 1)) {
            x = lun_clone(lun_detach(lunL_tensor(L, 1)));
            if (dtype != LUN_DTYPE_NONE) x = lun_to_dtype(x, dtype);
        } else {
            x = lunL_tensor_of(L, 1, dtype);
        }
        x = lun_on_device(x, device);
    }
    if (!x || (requires_grad && !lun_set_requires_grad(x, true)))
        return lunL_fail(L, f, "tensor", LUN_E_INTERNAL, NULL, "failed without saying why");
    return lunL_give(L, f, x);
}

/* lun.set_default_device("cuda"): where new tensors are made when no `device` is given */
static int set_default_device(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_device device;
    if (!lunL_read_device(L, 1, &device)) return lunL_fail(L, f, "set_default_device", LUN_E_DEVICE, NULL, "bad device");
    lun_context_get()->default_device = device;
    return 0;
}

static int get_default_device(lua_State *L)
{
    char text[LUN_DEVICE_TEXT];
    lua_pushstring(L, lun_device_text(lun_context_get()->default_device, text));
    return 1;
}

void lunL_open_construct(lua_State *L)
{
    static const luaL_Reg functions[] = {{"set_default_device", set_default_device}, {"get_default_device", get_default_device},
                                         {"tensor", construct}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
