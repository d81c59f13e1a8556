/* arrays.c - NumPy's files and arrays that stay in a file, for Lua
 *
 * core.npy(path), core.save_npy(path, x), core.npz(path) -> {name = tensor}, core.save_npz(path, {name = tensor});
 * core.from_bytes(bytes, dtype, sizes); core.mapped(path, dtype, sizes, offset) and core.mapped_npy(path) give an object with
 * :rows(first, count), :pick(positions), :about().
 * Read next: formats/npy.h, formats/mapped.h, lib/data/arrays.lua. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "formats/mapped.h"
#include "formats/npy.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/files.h"

#include <lauxlib.h>
#include <unistd.h>

#define MAPPED "lunette.mapped"

static const char *path_of(lua_State *L, lunL_frame f, const char *op)
{
    if (lua_type(L, 1) != LUA_TSTRING) lunL_fail(L, f, op, LUN_E_ARGUMENT, NULL, "needs a path, got %s", lunL_describe(L, 1));
    return lua_tostring(L, 1);
}

static int npy(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_source s;
    if (!lun_source_open(&s, path_of(L, f, "data.npy"))) return lunL_fail(L, f, "data.npy", LUN_E_FILE, NULL, "failed");
    lun_tensor *x = lun_npy_read(&s);
    close(s.descriptor);
    return x ? lunL_give(L, f, x) : lunL_fail(L, f, "data.npy", LUN_E_FILE, NULL, "failed");
}

static int save_npy(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *path = path_of(L, f, "data.save_npy");
    lun_tensor *x = lunL_tensor(L, 2);
    if (!x || !lun_npy_save(path, x)) return lunL_fail(L, f, "data.save_npy", LUN_E_FILE, NULL, "failed");
    return lunL_leave(L, f, 0);
}

static int npz(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *path = path_of(L, f, "data.npz");
    lua_settop(L, 1);
    lua_newtable(L);
    lun_safetensors_reader to = lunL_reader_into_table(L);
    if (!lun_npz_load(path, &to)) return lunL_fail(L, f, "data.npz", LUN_E_FILE, NULL, "failed");
    return lunL_leave(L, f, 1);
}

static int save_npz(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *path = path_of(L, f, "data.save_npz");
    size_t n = 0;
    lun_named_tensor *tensors = lua_istable(L, 2) ? lunL_named_tensors(L, 2, &n) : NULL;
    if (!lua_istable(L, 2))
        lun_fail(LUN_E_ARGUMENT, "data.save_npz(path, {x = x, y = y})", "needs a table of named tensors, got %s", lunL_describe(L, 2));
    if (!tensors || !lun_npz_save(path, tensors, n)) return lunL_fail(L, f, "data.save_npz", LUN_E_FILE, NULL, "failed");
    return lunL_leave(L, f, 0);
}

/* from_bytes(bytes, dtype, sizes): a first size of -1 takes all there are */
static int from_bytes(lua_State *L)
{
    static const char op[] = "data.from_bytes";
    size_t n;
    lunL_frame f = lunL_enter(L);
    if (lua_type(L, 1) != LUA_TSTRING) return lunL_fail(L, f, op, LUN_E_ARGUMENT, NULL, "needs bytes, got %s", lunL_describe(L, 1));
    const char *bytes = lua_tolstring(L, 1, &n);
    lun_spec spec = {.dtype = lunL_read_dtype(L, 2)};
    bool ok = spec.dtype != LUN_DTYPE_NONE && (spec.ndim = lunL_read_integers(L, 3, "shape", spec.dims, LUN_MAX_DIMS)) >= 0;
    if (!ok) return lunL_fail(L, f, op, LUN_E_ARGUMENT, NULL, "failed");
    size_t wanted = lun_dtype_size(spec.dtype);
    for (int d = spec.ndim; d-- > 0;) {
        if (d == 0 && spec.dims[0] == -1 && wanted) spec.dims[0] = (int64_t)(n / wanted);
        if (spec.dims[d] < 0 || !lun_mul_sizes(wanted, (size_t)spec.dims[d], &wanted))
            return lunL_fail(L, f, op, LUN_E_SHAPE, "only the first size may be -1", "size %d of `shape` is %lld", d + 1, (long long)spec.dims[d]);
    }
    char shape[LUN_SHAPE_TEXT];
    if (wanted != n)
        return lunL_fail(L, f, op, LUN_E_SHAPE, "a first size of -1 takes what there is", "%zu bytes are not %s%s", n,
                         lun_dtypes[spec.dtype].abbreviation, lun_shape_text(spec.ndim, spec.dims, shape));
    lun_tensor *x = lun_tensor_copy_of(bytes, spec.dtype, spec.ndim, spec.dims);
    if (x && spec.dtype == LUN_BOOL && !lun_true_or_false(x)) x = lun_fail(LUN_E_FORMAT, "\"uint8\"", "bytes other than 0 and 1 are no booleans");
    if (x && lun_dtype_is_int(spec.dtype)) x->flags |= LUN_ZERO_BASED;
    return x ? lunL_give(L, f, x) : lunL_fail(L, f, op, LUN_E_FORMAT, NULL, "failed");
}

/* to_bytes(x): what from_bytes reads */
static int to_bytes(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && lun_tensor_device(x).type != LUN_CPU) x = lun_fail(LUN_E_DEVICE, "x:cpu()", "the tensor is on a device");
    if (x && !lun_is_contiguous(x)) x = lun_contiguous(lun_tensor_alias(x));
    if (!x) return lunL_fail(L, f, "data.to_bytes", LUN_E_ARGUMENT, NULL, "failed");
    lua_pushlstring(L, lun_data(x), lun_tensor_bytes(x));
    return lunL_leave(L, f, 1);
}

/* --- arrays that stay in a file ----------------------------------------------------------------------------------------------------- */

static lun_mapped **new_mapped(lua_State *L)
{
    lun_mapped **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, MAPPED);
    return box;
}

static int mapped(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *path = path_of(L, f, "data.mapped");
    lun_spec spec = {.dtype = lunL_read_dtype(L, 2)};
    int64_t offset = 0;
    bool ok = spec.dtype != LUN_DTYPE_NONE && (spec.ndim = lunL_read_integers(L, 3, "shape", spec.dims, LUN_MAX_DIMS)) >= 0 &&
              lunL_read_integer(L, 4, "offset", &offset);
    for (int d = 0; ok && d < spec.ndim; d++)
        if (spec.dims[d] < (d ? 0 : -1)) ok = lun_fail(LUN_E_SHAPE, NULL, "size %d of `shape` is %lld", d + 1, (long long)spec.dims[d]);
    if (ok && offset < 0) ok = lun_fail(LUN_E_ARGUMENT, NULL, "`offset` is %lld", (long long)offset);
    lun_mapped **box = new_mapped(L);
    if (ok) *box = lun_mapped_open(path, &spec, (uint64_t)offset);
    return *box ? lunL_leave(L, f, 1) : lunL_fail(L, f, "data.mapped", LUN_E_FILE, NULL, "failed");
}

static int mapped_npy(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const char *path = path_of(L, f, "data.mapped_npy");
    lun_mapped **box = new_mapped(L);
    *box = lun_mapped_open_npy(path);
    return *box ? lunL_leave(L, f, 1) : lunL_fail(L, f, "data.mapped_npy", LUN_E_FILE, NULL, "failed");
}

static lun_mapped *to_mapped(lua_State *L, lunL_frame f)
{
    lun_mapped **box = luaL_checkudata(L, 1, MAPPED);
    if (!*box) lunL_fail(L, f, "data.mapped", LUN_E_RELEASED, NULL, "this array was closed");
    return *box;
}

/* rows(first, count), from 1 */
static int rows(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_mapped *m = to_mapped(L, f);
    int64_t first = 0, count = 0;
    bool ok = lunL_read_integer(L, 2, "first", &first) && lunL_read_integer(L, 3, "count", &count);
    return ok ? lunL_give(L, f, lun_mapped_rows(m, first, count)) : lunL_raise(L, f);
}

static int pick(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_mapped *m = to_mapped(L, f);
    lun_tensor *positions = lunL_tensor_named(L, 2, "positions");
    bool plain = positions && positions->dtype == LUN_I64 && positions->ndim == 1 && lun_is_contiguous(positions) &&
                 lun_tensor_device(positions).type == LUN_CPU;
    if (positions && !plain) lun_fail(LUN_E_ARGUMENT, "positions:long():contiguous()", "`positions` must be a plain row of int64");
    return lunL_give(L, f, plain ? lun_mapped_pick(m, lun_data(positions), positions->numel) : NULL);
}

/* the sizes as a list, and the dtype's name */
static int about(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_spec *spec = lun_mapped_spec(to_mapped(L, f));
    lua_createtable(L, spec->ndim, 0);
    for (int d = 0; d < spec->ndim; d++) {
        lua_pushinteger(L, spec->dims[d]);
        lua_rawseti(L, -2, d + 1);
    }
    lua_pushstring(L, lun_dtypes[spec->dtype].name);
    return 2;
}

static int close_mapped(lua_State *L)
{
    lun_mapped **box = luaL_checkudata(L, 1, MAPPED);
    lun_mapped_close(*box);
    *box = NULL;
    return 0;
}

void lunL_open_arrays(lua_State *L)
{
    static const luaL_Reg functions[] = {{"npy", npy}, {"save_npy", save_npy}, {"npz", npz}, {"save_npz", save_npz}, {"mapped", mapped},
                                         {"mapped_npy", mapped_npy}, {"from_bytes", from_bytes},
                                         {"to_bytes", to_bytes}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"rows", rows}, {"pick", pick}, {"about", about}, {"close", close_mapped}, {"__gc", close_mapped},
                                       {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lunL_define_class(L, MAPPED, methods);
}
