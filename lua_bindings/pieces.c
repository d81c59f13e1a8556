/* pieces.c - split, chunk, unbind: a tensor as a list of views
 *
 * Read next: lua_bindings/methods.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/methods.h"

static int pieces_dim(lua_State *L, lun_tensor *x, int index)
{
    int64_t d = 0;
    if (!lua_isnoneornil(L, index) && !lunL_read_dim(L, index, "dim", &d)) return -1;
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, NULL, "a 0-d tensor has no dims"), -1;
    return lun_dim_normalize(d, x->ndim);
}

/* Appends a piece to the list on top of the stack. */
static bool add_piece(lua_State *L, lun_tensor *piece)
{
    if (!piece) return false;
    lunL_box_fill(L, lunL_box_new(L), piece);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    return true;
}

static int cut(lua_State *L, lunL_frame f, const char *op, lun_tensor *x, int dim, int64_t piece, const int64_t *sizes, int n)
{
    lua_newtable(L);
    int64_t at = 0, total = x->dims[dim];
    bool ok = true;
    for (int i = 0; ok && (sizes ? i < n : at < total || i == 0); i++) {
        int64_t length = sizes ? sizes[i] : piece < total - at ? piece : total - at;
        ok = add_piece(L, lun_narrow(x, dim, at, length));
        at += length;
    }
    return ok ? lunL_leave(L, f, 1) : lunL_fail(L, f, op, LUN_E_INTERNAL, NULL, "failed");
}

/* x:split(size, dim) or x:split({2, 3}, dim): a list of views */
static int split(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int64_t sizes[64], sum = 0;
    int dim = x ? pieces_dim(L, x, 3) : -1, n = dim < 0 ? -1 : lunL_read_integers(L, 2, "size", sizes, 64);
    if (n < 0) return lunL_fail(L, f, "split", LUN_E_ARGUMENT, NULL, "bad argument");
    for (int i = 0; i < n; i++) sum += sizes[i];
    if (lua_istable(L, 2) && sum != x->dims[dim])
        return lunL_fail(L, f, "split", LUN_E_SHAPE, NULL, "the sizes add up to %lld, dim %d has %lld", (long long)sum, dim + 1,
                         (long long)x->dims[dim]);
    if (!lua_istable(L, 2) && sizes[0] < 1)
        return lunL_fail(L, f, "split", LUN_E_ARGUMENT, NULL, "pieces must have at least one position");
    return cut(L, f, "split", x, dim, sizes[0], lua_istable(L, 2) ? sizes : NULL, n);
}

/* x:chunk(n, dim): n pieces, the last perhaps shorter */
static int chunk(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int64_t n = 0;
    int dim = x ? pieces_dim(L, x, 3) : -1;
    if (dim < 0 || !lunL_read_integer(L, 2, "chunks", &n) || n < 1)
        return lunL_fail(L, f, "chunk", LUN_E_ARGUMENT, NULL, "`chunks` must be at least 1, got %lld", (long long)n);
    int64_t piece = (x->dims[dim] + n - 1) / n;
    return cut(L, f, "chunk", x, dim, piece ? piece : 1, NULL, 0);
}

static int unbind(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    int dim = x ? pieces_dim(L, x, 2) : -1;
    if (dim < 0) return lunL_fail(L, f, "unbind", LUN_E_ARGUMENT, NULL, "bad argument");
    lua_newtable(L);
    for (int64_t i = 0; i < x->dims[dim]; i++)
        if (!add_piece(L, lun_select(x, dim, i))) return lunL_fail(L, f, "unbind", LUN_E_INTERNAL, NULL, "failed");
    return lunL_leave(L, f, 1);
}

void lunL_open_pieces(lua_State *L, int methods)
{
    static const luaL_Reg functions[] = {{"split", split}, {"chunk", chunk}, {"unbind", unbind}, {NULL, NULL}};
    lua_pushvalue(L, methods);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
