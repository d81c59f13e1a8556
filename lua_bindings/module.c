/* module.c - what lib/nn and lib/optim need of the core: where a run is
 *
 * lun.set_module_path(path | nil) names the module call that runs now, so that nodes and the debugger know it;
 * lun.optimizer_phase(f) runs f without recording, in the optimiser's phase; lun.fail(op, message, hint, kind) raises an error like
 * those of the ops, at the user's line. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/module.h"

#include "core/context.h"
#include "core/error.h"
#include "core/touched.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/box.h"

#include <lauxlib.h>
#include <string.h>

static int set_module_path(lua_State *L)
{
    lun_context *ctx = lun_context_get();
    const char *path = luaL_optstring(L, 1, NULL);
    ctx->module_path = path ? lun_intern(path) : NULL;
    return 0;
}

/* After f, whether it returned or raised, the phase is what it was. */
static int finish_phase(lua_State *L, int status, lua_KContext saved)
{
    lun_context *ctx = lun_context_get();
    ctx->phase = (lun_phase)(saved >> 1);
    ctx->grad_enabled = saved & 1;
    if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
    return 0;
}

static int optimizer_phase(lua_State *L)
{
    lun_context *ctx = lun_context_get();
    lua_KContext saved = (lua_KContext)ctx->phase << 1 | ctx->grad_enabled;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    ctx->phase = LUN_PHASE_OPTIMIZER;
    ctx->grad_enabled = false;
    return finish_phase(L, lua_pcallk(L, 0, 0, 0, saved, finish_phase), saved);
}

/* The code of a kind, "shape" say; what is unknown is an argument error. */
static lun_code code_of(const char *kind)
{
    for (int code = 1; code < LUN_E_COUNT; code++)
        if (!strcmp(lun_error_kind((lun_code)code), kind)) return (lun_code)code;
    return LUN_E_ARGUMENT;
}

static int fail(lua_State *L)
{
    const char *op = luaL_checkstring(L, 1), *message = luaL_checkstring(L, 2);
    const char *hint = luaL_optstring(L, 3, NULL), *kind = luaL_optstring(L, 4, "argument");
    return lunL_fail(L, lunL_enter(L), op, code_of(kind), hint, "%s", message);
}

/* The rows that a gradient knows to be all it has (core/touched.h), or nil. */
static int touched_rows(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_tensor *x = lunL_tensor(L, 1);
    return lunL_give(L, f, x ? lun_touched_positions(x) : NULL);
}

static int touched_still(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (x) lun_touched_still(x);
    return lunL_leave(L, f, 0);
}

static int is_row_sparse(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_tensor *x = lunL_tensor(L, 1);
    lua_pushboolean(L, x && lun_touched_declared(x));
    return lunL_leave(L, f, 1);
}

void lunL_open_module(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"set_module_path", set_module_path}, {"optimizer_phase", optimizer_phase}, {"fail", fail}, {"touched_rows", touched_rows},
        {"touched_still", touched_still}, {"is_row_sparse", is_row_sparse}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
