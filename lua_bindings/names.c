/* names.c - helping with names: slips of the finger, and names from Torch7 and PyTorch
 *
 * What those call otherwise is an error that tells the name here, not an alias: one way to say a thing.
 * Read next: lua_bindings/nearest.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/names.h"

#include "core/error.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/nearest.h"

#include <string.h>

static const struct { const char *other, *here; } elsewhere[] = {
    {"nElement", "x:numel()"}, {"nelement", "x:numel()"}, {"cmul", "x * y"}, {"cdiv", "x / y"}, {"cpow", "x ^ y"},
    {"typeAs", "x:type_as(y)"}, {"isSameSizeAs", "x:is_same_size(y)"}, {"dim", "x.ndim"}, {"ndimension", "x.ndim"},
    {"isContiguous", "x:is_contiguous()"}, {"expandAs", "x:expand_as(y)"}, {"viewAs", "x:view_as(y)"},
    {"reshapeAs", "x:reshape_as(y)"}, {"repeatTensor", "x:tile(2, 3)"}, {"repeat", "x:tile(2, 3)"},
    {"index", "x[idx], x:index_select(dim, index)"}, {"indexCopy", "x:index_copy_(dim, index, y)"},
    {"indexAdd", "x:index_add_(dim, index, y)"}, {"indexFill", "x:index_fill_(dim, index, v)"},
    {"maskedSelect", "x[mask]"}, {"maskedFill", "x:masked_fill(mask, v)"}, {"maskedCopy", "x[mask] = y"},
    {"copy", "x:copy_(y)"}, {"zero", "x:zero_()"}, {"uniform", "x:uniform_()"},
    {"storage", "x:totable()"}, {"manualSeed", "lun.manual_seed(1)"},
    {"Tensor", "lun.tensor{...} for values, lun.zeros(2, 3) for sizes"},
    {"FloatTensor", "lun.tensor({...}, {dtype = \"float32\"})"},
    {"DoubleTensor", "lun.tensor({...}, {dtype = \"float64\"})"},
    {"LongTensor", "lun.tensor({...}, {dtype = \"int64\"})"},
    {"setdefaulttensortype", "the dtype option of each maker"}, {"type", "x.dtype, x:to(dtype)"},
    {"tolist", "x:totable()"}, {"numpy", "x:totable(), or lun.save to a safetensors file"},
    {"from_numpy", "lun.tensor(values), or lun.load"}, {"conv2", "x:conv2d(weight)"}, {"nbytes", "x.bytes"},
    {"itemsize", "x:element_size()"}, {"is_cuda", "x.device"}, {"is_cpu", "x.device"}, {"get_device", "x.device"},
    {"new_empty", "lun.empty({2, 3}, {dtype = x.dtype})"},
    {"new_tensor", "lun.tensor(values, {dtype = x.dtype})"},
    {"new", "lun.tensor{...} for values, lun.empty(2, 3) for sizes"}, {"as_tensor", "lun.tensor(values)"},
    {"asarray", "lun.tensor(values)"}, {"Size", "x.shape"},
    {"seed", "lun.manual_seed(os.time())"}, {"initial_seed", "lun.get_rng_state().seed"},
    {"Generator", "lun.get_rng_state() and lun.set_rng_state(state)"},
    {"inference_mode", "lun.no_grad(f)"}, {"gamma", "lun.distributions.Gamma(concentration, rate):sample()"},
    {"beta", "lun.distributions.Beta(a, b):sample()"}, {"dirichlet", "lun.distributions.Dirichlet(concentration):sample()"},
    {"focal_loss", "lun.sigmoid_focal_loss(x, target)"}, {"max_pool2d_with_indices", "x:max_pool2d(2, {return_indices = true})"},
    {"detach_", "x = x:detach()"}, {"typename", "x.dtype"}, {"resize_", "x:reshape(2, 3), or lun.empty(2, 3)"},
    {"data_ptr", "x:totable()"}, {"set_printoptions", "lun.printoptions{precision = 6}"},
};

static const char *name_here(const char *name)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (!strcmp(elsewhere[i].other, name)) return elsewhere[i].here;
    return NULL;
}

int lunL_names_elsewhere(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        lunL_set_text(L, elsewhere[i].other, elsewhere[i].here);
    }
    return 1;
}

static void try_keys(lua_State *L, int table, lunL_nearest *search)
{
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) lunL_nearest_try(search, lua_tostring(L, -1));
    }
}

static int no_such(lua_State *L, const char *what, const char *op, const char *name, const lunL_nearest *search)
{
    lunL_frame f = lunL_enter(L);
    const char *here = name_here(name);
    if (here) return lunL_fail(L, f, op, LUN_E_NAME, NULL, "no %s '%s' here: write %s", what, name, here);
    if (search->best) return lunL_fail(L, f, op, LUN_E_NAME, NULL, "no %s '%s', did you mean '%s'?", what, name, search->best);
    return lunL_fail(L, f, op, LUN_E_NAME, "lun.help() lists what there is", "no %s '%s'", what, name);
}

int lunL_no_such_method(lua_State *L, int methods, int properties, const char *name)
{
    lunL_nearest search = lunL_nearest_begin(name);
    try_keys(L, methods, &search);
    try_keys(L, properties, &search);
    return no_such(L, "method", "tensor", name, &search);
}

static int no_such_function(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    const char *name = lua_tostring(L, 2);
    lunL_nearest search = lunL_nearest_begin(name);
    try_keys(L, 1, &search);
    return no_such(L, "function", "lun", name, &search);
}

/* upvalue 1: what the table is called */
static int no_such_in_module(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    const char *name = lua_tostring(L, 2);
    lunL_nearest search = lunL_nearest_begin(name);
    try_keys(L, 1, &search);
    return no_such(L, "function", lua_tostring(L, lua_upvalueindex(1)), name, &search);
}

void lunL_strict_names(lua_State *L, const char *module)
{
    lua_createtable(L, 0, 1);
    lua_pushstring(L, module);
    lua_pushcclosure(L, no_such_in_module, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* Modules of lib/ are loaded when they are first asked for. upvalue 1: name -> module to require */
static int lun_index(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TSTRING) {
        lua_settop(L, 2);
        return no_such_function(L);
    }
    lua_getglobal(L, "require");
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

void lunL_open_names(lua_State *L)
{
    static const char *const lazy[][2] = {{"nn", "lunette.nn"}, {"optim", "lunette.optim"}, {"data", "lunette.data"}, {"plot", "lunette.plot"},
                                         {"autograd", "lunette.autograd"}, {"vmap", "lunette.autograd.vmap"},
                                         {"checkpoint", "lunette.autograd.checkpoint"}, {"func", "lunette.func"}, {"op", "lunette.op"},
                                         {"graph", "lunette.graph"}, {"compile", "lunette.graph.compile"},
                                         {"distributions", "lunette.distributions"}, {"metrics", "lunette.metrics"},
                                         {"train", "lunette.train"}, {"keras", "lunette.keras"}, {"cuda", "lunette.cuda"},
                                         {"triplet_margin_with_distance_loss", "lunette.nn.distance_loss"}};
    lua_createtable(L, 0, 2);
    lua_createtable(L, 0, 4);
    for (size_t i = 0; i < sizeof lazy / sizeof *lazy; i++) {
        lunL_set_text(L, lazy[i][0], lazy[i][1]);
    }
    lua_pushcclosure(L, lun_index, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
