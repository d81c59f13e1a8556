/* module.c - what lib/nn and lib/optim need of the core: where a run is
 *
 * lun.set_module_path(path | nil) names the module call that runs now, so that nodes and the debugger know it;
 * lun.optimizer_phase(f) runs f without recording, in the optimiser's phase. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/module.h"

#include "core/context.h"
#include "lua_bindings/box.h"
#include "lua_bindings/memory.h"

#include <lauxlib.h>

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

static int collect_step(lua_State *L)
{
    lunL_memory_border(L);
    return 0;
}

void lunL_open_module(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"set_module_path", set_module_path}, {"optimizer_phase", optimizer_phase}, {"collect_step", collect_step}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
