/* index.c - x[...] and x.name
 *
 * One __index serves methods (a table look-up, first), properties, slices written as text, positions, lists of items, masks and index
 * tensors. Reading gives views wherever a view can be. Assigning writes through a view when nothing is recorded, else through the
 * ops set_slice_, set_mask_ and set_index_, which the graph understands.
 * Read next: lua_bindings/slices.h, lua_bindings/methods.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/index.h"

#include "core/apply.h"
#include "core/error.h"
#include "core/functional.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/construct.h"
#include "lua_bindings/names.h"
#include "lua_bindings/slices.h"

#include <string.h>

enum { METHODS = lua_upvalueindex(1), PROPERTIES = lua_upvalueindex(2), CACHE = lua_upvalueindex(3) };
enum { CACHED_SLICES = 256 };

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

static lun_tensor *index_select(lun_tensor *x, int64_t dim, lun_tensor *index)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_index_select));
    if (!lun_call_input(&c, x) || !lun_call_input(&c, index) || !lun_params_int(&c.params, dim)) return NULL;
    return lun_apply1(&c);
}

static bool same_dims(const lun_tensor *mask, const lun_tensor *x, int dim)
{
    if (dim + mask->ndim <= x->ndim && !memcmp(mask->dims, x->dims + dim, (size_t)mask->ndim * sizeof *mask->dims)) return true;
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    lun_fail(LUN_E_SHAPE, NULL, "the mask %s does not cover dims %d.. of %s", lun_tensor_text(mask, a), dim + 1, lun_tensor_text(x, b));
    return false;
}

/* Dims dim..dim+mask.ndim-1 become one: as long as the mask has trues. */
static lun_tensor *pick_by_mask(lun_tensor *x, int dim, lun_tensor *mask)
{
    if (!same_dims(mask, x, dim)) return NULL;
    if (mask->ndim == x->ndim) return lun_call2(LUN_OP_masked_select, x, mask);
    int64_t dims[LUN_MAX_DIMS + 1], all = -1, n;
    int k = 0;
    for (int d = 0; d < dim; d++) dims[k++] = x->dims[d];
    dims[k++] = mask->numel;
    for (int d = dim + mask->ndim; d < x->ndim; d++) dims[k++] = x->dims[d];
    if (k > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "too many dims");
    lun_tensor *at = lun_call1(LUN_OP_nonzero, lun_reshape(mask, 1, &all));
    n = at ? at->dims[0] : 0;
    return index_select(lun_reshape(x, k, dims), dim, lun_reshape(at, 1, &n));
}

/* Dim `dim` is replaced by the dims of index. */
static lun_tensor *pick_by_index(lun_tensor *x, int dim, lun_tensor *index)
{
    int64_t dims[2 * LUN_MAX_DIMS], all = -1;
    if (index->ndim == 1) return index_select(x, dim, index);
    if (x->ndim - 1 + index->ndim > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "the result would have too many dims");
    int k = 0;
    for (int d = 0; d < dim; d++) dims[k++] = x->dims[d];
    for (int d = 0; d < index->ndim; d++) dims[k++] = index->dims[d];
    for (int d = dim + 1; d < x->ndim; d++) dims[k++] = x->dims[d];
    return lun_reshape(index_select(x, dim, lun_reshape(index, 1, &all)), k, dims);
}

static bool is_index(const lun_tensor *t)
{
    return lun_dtype_is_int((lun_dtype)t->dtype) ||
           lun_fail(LUN_E_DTYPE, "x:long() makes whole numbers of it; x:gt(0) gives a mask", "a %s tensor is neither a mask nor a list of positions",
                    lun_dtypes[t->dtype].name);
}

static lun_tensor *pick(lun_tensor *x, int dim, lun_tensor *by)
{
    if (by->dtype == LUN_BOOL) return pick_by_mask(x, dim, by);
    return is_index(by) ? pick_by_index(x, dim, by) : NULL;
}

/* Dims that an item takes of x; -1 for "as many as are left". */
static int dims_taken(const lunL_slice *s)
{
    if (s->kind == LUNL_REST) return -1;
    return s->kind == LUNL_PICK && s->pick->dtype == LUN_BOOL ? s->pick->ndim : 1;
}

/* Dims left for "..."; -1 after lun_fail. */
static int dims_left(const lun_tensor *x, const lunL_slices *s)
{
    int taken = 0;
    for (int i = 0; i < s->n; i++) taken += dims_taken(&s->item[i]) > 0 ? dims_taken(&s->item[i]) : 0;
    if (taken <= x->ndim) return x->ndim - taken;
    char text[LUN_SHAPE_TEXT];
    lun_fail(LUN_E_INDEX, NULL, "%d index items for %s, which has %d dim%s", s->n, lun_tensor_text(x, text), x->ndim, x->ndim == 1 ? "" : "s");
    return -1;
}

/* Masks and index tensors of a list, and the dims of the view where they belong. */
typedef struct picks {
    int n, dim[LUN_MAX_DIMS + 1];
    lun_tensor *by[LUN_MAX_DIMS + 1];
} picks;

/* All items but picks, as views of x; the picks are handed out. */
static lun_tensor *view_items(lun_tensor *x, const lunL_slices *s, picks *p)
{
    int left = dims_left(x, s), dim = 0, source = 1;
    int64_t start, length;
    p->n = 0;
    if (left < 0) return NULL;
    for (int i = 0; x && i < s->n; i++, source++) {
        const lunL_slice *item = &s->item[i];
        switch (item->kind) {
        case LUNL_AT:
            if (!lunL_slice_position(item->a, source, x->dims[dim], &start)) return NULL;
            x = lun_select(x, dim, start);
            break;
        case LUNL_RANGE:
            if (!lunL_slice_bounds(item, source, x->dims[dim], &start, &length)) return NULL;
            x = lun_slice(x, dim++, start, length, item->step);
            break;
        case LUNL_ALL: dim++; break;
        case LUNL_REST:
            dim += left;
            source += left - 1;
            break;
        case LUNL_PICK:
            p->by[p->n] = item->pick;
            p->dim[p->n++] = dim;
            dim += dims_taken(item);
            source += dims_taken(item) - 1;
            break;
        }
    }
    return x;
}

static lun_tensor *read_items(lun_tensor *x, const lunL_slices *s)
{
    picks p;
    lun_tensor *view = view_items(x, s, &p);
    if (view == x && !p.n) return lun_view(x, x->ndim, x->dims); /* x[{}]: a tensor of its own, as with every other index */
    if (!view || !p.n) return view;
    return p.n == 1 ? pick(view, p.dim[0], p.by[0]) : lun_index_places(view, p.n, p.by, p.dim);
}

static bool cached_slices(lua_State *L, int index, lunL_slices *out)
{
    lua_pushvalue(L, index);
    if (lua_rawget(L, CACHE) == LUA_TUSERDATA) {
        memcpy(out, lua_touserdata(L, -1), sizeof *out);
        lua_pop(L, 1);
        return true;
    }
    lua_pop(L, 1);
    if (!lunL_slices_of_text(lua_tostring(L, index), out)) return false;
    lua_rawgeti(L, CACHE, 0);
    lua_Integer n = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (n >= CACHED_SLICES) return true;
    lua_pushinteger(L, n + 1);
    lua_rawseti(L, CACHE, 0);
    lua_pushvalue(L, index);
    memcpy(lua_newuserdatauv(L, sizeof *out, 0), out, sizeof *out);
    lua_rawset(L, CACHE);
    return true;
}

/* The key at stack index 2 as items; false after lun_fail. */
static bool key_items(lua_State *L, lunL_slices *out)
{
    *out = (lunL_slices){.n = 1};
    lunL_slice *item = &out->item[0];
    switch (lua_type(L, 2)) {
    case LUA_TNUMBER:
        item->kind = LUNL_AT;
        return lunL_read_integer(L, 2, "index", &item->a);
    case LUA_TSTRING: return cached_slices(L, 2, out);
    case LUA_TTABLE: return lunL_slices_of_table(L, 2, out);
    case LUA_TUSERDATA:
        item->kind = LUNL_PICK;
        return (item->pick = lunL_tensor_named(L, 2, "index")) != NULL;
    default:
        lun_fail(LUN_E_ARGUMENT, "x[1], x[{1, {2,3}}], x[\"1:3, :\"], x[mask]", "cannot index a tensor with %s", lunL_describe(L, 2));
        return false;
    }
}

static int fail_at_index(lua_State *L, lunL_frame f)
{
    const lunL_box *box = lunL_box_at(L, 1);
    const lun_tensor *x = box ? box->x : NULL;
    if (x && lua_isinteger(L, 2) && lua_tointeger(L, 2) == (x->ndim ? x->dims[0] : 0) + 1)
        lun_hint("for i, row in x:rows() do ... walks the rows; ipairs runs past the end");
    return lunL_fail(L, f, "index", LUN_E_INDEX, NULL, "cannot index");
}

static int read_index(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lunL_slices s;
    lun_tensor *x = lunL_tensor(L, 1);
    if (x && !x->ndim && lua_type(L, 2) == LUA_TNUMBER)
        lun_fail(LUN_E_INDEX, "x:item() gives its number", "a 0-d tensor has no rows");
    else if (x && key_items(L, &s)) x = read_items(x, &s);
    else x = NULL;
    return x && !lun_failed() ? lunL_give(L, f, x) : fail_at_index(L, f);
}

static int get_index(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return read_index(L);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, METHODS) != LUA_TNIL) return 1;
    lua_pushvalue(L, 2);
    lua_rawget(L, PROPERTIES);
    lua_CFunction property = lua_tocfunction(L, -1);
    lua_settop(L, 2);
    if (property) return property(L);
    if (lunL_slices_look_like(lua_tostring(L, 2))) return read_index(L);
    return lunL_no_such_method(L, METHODS, PROPERTIES, lua_tostring(L, 2));
}

/* --- writing ------------------------------------------------------------------------------------------------------------------ */

/* Every item as start, length, step of a region, for set_slice_. */
static bool region_of(const lun_tensor *x, const lunL_slices *s, int64_t *region, int64_t *dropped, int *n_dropped)
{
    int left = dims_left(x, s), dim = 0;
    *n_dropped = 0;
    if (left < 0) return false;
    for (int d = 0; d < x->ndim; d++) memcpy(region + 3 * d, (int64_t[]){0, x->dims[d], 1}, 3 * sizeof *region);
    for (int i = 0; i < s->n; i++) {
        const lunL_slice *item = &s->item[i];
        int64_t *r = region + 3 * dim;
        if (item->kind == LUNL_AT) {
            if (!lunL_slice_position(item->a, dim + 1, x->dims[dim], r)) return false;
            r[1] = 1;
            dropped[(*n_dropped)++] = dim;
        } else if (item->kind == LUNL_RANGE) {
            if (!lunL_slice_bounds(item, dim + 1, x->dims[dim], r, r + 1)) return false;
            r[2] = item->step;
        }
        dim += item->kind == LUNL_REST ? left : 1;
    }
    return true;
}

static lun_tensor *write_region(lun_tensor *x, lun_tensor *v, const lunL_slices *s)
{
    int64_t region[3 * LUN_MAX_DIMS + 3], dropped[LUN_MAX_DIMS + 1];
    int n;
    if (!region_of(x, s, region, dropped, &n)) return NULL;
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_set_slice_));
    bool ok = lun_call_input(&c, x) && lun_call_input(&c, v) && lun_params_ints(&c.params, 3 * x->ndim, region) &&
              lun_params_ints(&c.params, n, dropped);
    return ok ? lun_apply1(&c) : NULL;
}

/* One pick in front has an op that writes only there. */
static lun_tensor *write_picked(lun_tensor *x, const picks *p, lun_tensor *v)
{
    lun_tensor *by = p->by[0];
    if (p->n > 1 || p->dim[0]) return lun_set_places(x, p->n, p->by, p->dim, v);
    if (by->dtype == LUN_BOOL) return same_dims(by, x, 0) ? lun_call3(LUN_OP_set_mask_, x, by, v) : NULL;
    return is_index(by) ? lun_call3(LUN_OP_set_index_, x, by, v) : NULL;
}

static lun_tensor *write_items(lun_tensor *x, lun_tensor *v, const lunL_slices *s)
{
    picks p;
    bool any = false;
    for (int i = 0; i < s->n; i++) any |= s->item[i].kind == LUNL_PICK;
    if (!any) return write_region(x, v, s);
    lun_tensor *view = view_items(x, s, &p);
    return view ? write_picked(view, &p, v) : NULL;
}

/* x[key] = value. */
static int write_index(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lunL_slices s;
    lun_tensor *x = lunL_tensor(L, 1);
    lun_tensor *v = !x ? NULL : lua_istable(L, 3) ? lunL_tensor_of(L, 3, LUN_DTYPE_NONE) : lunL_operand(L, 3, "value");
    if (!v || !key_items(L, &s) || !write_items(x, v, &s)) return fail_at_index(L, f);
    return lunL_leave(L, f, 0);
}

/* upvalues 1: setters by name, 2: methods, 3: slice cache */
static int set_index(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return write_index(L);
    lua_pushvalue(L, 2);
    lua_rawget(L, METHODS);
    lua_CFunction setter = lua_tocfunction(L, -1);
    lua_settop(L, 3);
    if (setter) return setter(L);
    if (lunL_slices_look_like(lua_tostring(L, 2))) return write_index(L);
    lunL_frame f = lunL_enter(L);
    return lunL_fail(L, f, "assign", LUN_E_NAME, "x.grad and x.requires_grad can be assigned; x[{...}] = v writes elements",
                     "a tensor has no field '%s' to assign", lua_tostring(L, 2));
}

void lunL_open_index(lua_State *L, int meta, int methods, int properties, int setters)
{
    lua_createtable(L, 0, 16);
    lua_pushvalue(L, methods);
    lua_pushvalue(L, properties);
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, get_index, 3);
    lua_setfield(L, meta, "__index");
    lua_pushvalue(L, setters);
    lua_pushvalue(L, methods);
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, set_index, 3);
    lua_setfield(L, meta, "__newindex");
    lua_pop(L, 1);
}
