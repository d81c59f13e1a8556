/* values.c - single Lua values as integers, dims, dtypes, devices and wrapped numbers
 *
 * Holds: nothing here raises a Lua error (lun_fail instead); tables are read raw, so no metamethod runs.
 * Read next: lua_bindings/arguments.c. SPDX-License-Identifier: MIT
 */
#include "core/device.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/nearest.h"

#include <stdlib.h>
#include <string.h>

/* A float with a whole value counts as an integer, as in Lua; a one-element integer tensor does too. */
static bool whole(lua_State *L, int index, int64_t *out)
{
    int ok = 0;
    if (lua_type(L, index) == LUA_TNUMBER) *out = lua_tointegerx(L, index, &ok);
    lunL_box *box = ok ? NULL : lunL_box_at(L, index);
    if (box && box->x && box->x->numel == 1 && !lun_dtype_has_gradient((lun_dtype)box->x->dtype)) {
        *out = lun_get_integer(box->x, 0);
        ok = !lun_failed(); /* it may have to come from a device */
    }
    return ok;
}

bool lunL_read_integer(lua_State *L, int index, const char *name, int64_t *out)
{
    if (whole(L, index, out)) return true;
    if (lun_failed()) return false;
    if (lua_type(L, index) == LUA_TNUMBER)
        return lun_fail(LUN_E_ARGUMENT, "n // 1 rounds down", "`%s` must be a whole number, got %g", name, lua_tonumber(L, index)), false;
    return lun_fail(LUN_E_ARGUMENT, NULL, "`%s` must be a whole number, got %s", name, lunL_describe(L, index)), false;
}

bool lunL_read_dim(lua_State *L, int index, const char *name, int64_t *out)
{
    if (!lunL_read_integer(L, index, name, out)) return false;
    if (!*out) return lun_fail(LUN_E_INDEX, NULL, "`%s`: dims start at 1 here (the last one is -1), got 0", name), false;
    *out -= *out > 0;
    return true;
}

bool lunL_read_position(lua_State *L, int index, const char *name, int64_t *out)
{
    if (!lunL_read_integer(L, index, name, out)) return false;
    if (!*out) return lun_fail(LUN_E_INDEX, NULL, "`%s` is 0: indices start at 1 here; the last one is -1", name), false;
    *out -= *out > 0;
    return true;
}

lun_dtype lunL_read_dtype(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TSTRING) {
        lun_fail(LUN_E_ARGUMENT, "dtypes are names: \"float32\"", "`dtype` must be a string, got %s", lunL_describe(L, index));
        return LUN_DTYPE_NONE;
    }
    const char *name = lua_tostring(L, index);
    lun_dtype t = lun_dtype_by_name(name);
    if (t != LUN_DTYPE_NONE) return t;
    lunL_nearest search = lunL_nearest_begin(name);
    for (int i = 0; i < LUN_DTYPE_COUNT; i++) lunL_nearest_try(&search, lun_dtypes[i].name);
    lun_fail(LUN_E_NAME, "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128", "no dtype '%s'%s%s%s", name,
             search.best ? ", did you mean '" : "", search.best ? search.best : "", search.best ? "'" : "");
    return LUN_DTYPE_NONE;
}

bool lunL_read_device(lua_State *L, int index, lun_device *out)
{
    *out = (lun_device){LUN_CPU, 0};
    const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
    if (!name)
        return lun_fail(LUN_E_ARGUMENT, "devices are names: \"cpu\", \"cuda\", \"cuda:1\"", "`device` must be a string, got %s",
                        lunL_describe(L, index)), false;
    return lun_device_read(name, out);
}

int lunL_read_integers(lua_State *L, int index, const char *name, int64_t *out, int room)
{
    if (!lua_istable(L, index)) return lunL_read_integer(L, index, name, out) ? 1 : -1;
    lua_Unsigned n = lua_rawlen(L, index);
    if (n > (lua_Unsigned)room) {
        lun_fail(LUN_E_ARGUMENT, NULL, "`%s`: a list of %llu numbers is too long (at most %d)", name, (unsigned long long)n, room);
        return -1;
    }
    for (lua_Unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        bool ok = lunL_read_integer(L, -1, name, &out[i]);
        lua_pop(L, 1);
        if (!ok) return -1;
    }
    return (int)n;
}

bool lunL_is_complex_table(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_checkstack(L, 4)) return false;
    index = lua_absindex(L, index);
    lua_pushliteral(L, "re");
    bool re = lua_rawget(L, index) == LUA_TNUMBER;
    lua_pushliteral(L, "im");
    bool im = lua_rawget(L, index) == LUA_TNUMBER;
    lua_pop(L, 2);
    return re && im;
}

lun_c128 lunL_complex_table(lua_State *L, int index)
{
    lun_c128 z;
    index = lua_absindex(L, index);
    lua_pushliteral(L, "re");
    lua_rawget(L, index);
    lua_pushliteral(L, "im");
    lua_rawget(L, index);
    z = (lun_c128){lua_tonumber(L, -2), lua_tonumber(L, -1)};
    lua_pop(L, 2);
    return z;
}

lun_tensor *lunL_wrap_number(lua_State *L, int index)
{
    if (lua_isboolean(L, index)) return lun_tensor_number(lua_toboolean(L, index), LUN_BOOL);
    if (lua_isinteger(L, index)) return lun_tensor_integer(lua_tointeger(L, index));
    return lun_tensor_number(lua_tonumber(L, index), LUN_F64);
}

lun_tensor *lunL_operand(lua_State *L, int index, const char *name)
{
    int type = lua_type(L, index);
    if (type == LUA_TNUMBER || type == LUA_TBOOLEAN) return lunL_wrap_number(L, index);
    if (lunL_is_complex_table(L, index)) return lun_tensor_complex(lunL_complex_table(L, index));
    if (type == LUA_TUSERDATA && lunL_is_tensor(L, index)) return lunL_tensor_named(L, index, name);
    return lun_fail(LUN_E_ARGUMENT, type == LUA_TTABLE ? "lun.tensor(t) makes a tensor of a table of numbers" : NULL,
                    "`%s` must be a tensor or a number, got %s", name, lunL_describe(L, index));
}

bool lunL_is_options(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_checkstack(L, 4) || lunL_is_complex_table(L, index)) return false;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        lua_pop(L, 1);
        return true;
    }
    return false;
}

bool lunL_option(lua_State *L, int index, const char *name)
{
    if (lua_type(L, index) != LUA_TTABLE) return false;
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    if (lua_rawget(L, index) != LUA_TNIL) return true;
    lua_pop(L, 1);
    return false;
}

bool lunL_only_options(lua_State *L, int index, const char *const *names)
{
    if (lua_type(L, index) != LUA_TTABLE) return true;
    index = lua_absindex(L, index);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        const char *key = lua_tostring(L, -1);
        lunL_nearest search = lunL_nearest_begin(key);
        int k = 0;
        for (; names[k] && strcmp(names[k], key); k++) lunL_nearest_try(&search, names[k]);
        if (names[k]) continue;
        lun_fail(LUN_E_NAME, NULL, "no option '%s'%s%s%s", key, search.best ? ", did you mean '" : "", search.best ? search.best : "",
                 search.best ? "'" : "");
        lua_pop(L, 1);
        return false;
    }
    return true;
}
