/* train.c - what training loops need of the core: a Ctrl-C that waits for the end of a batch, runs without compute
 *
 * hold() gives a guard for a <close> variable: until it is closed a first Ctrl-C is only noted, and noted() says so. dry() gives one until
 * whose end ops find shapes, but compute nothing, write nothing and draw no random numbers; what results hold is not defined. dry(false) lets
 * a part inside (a layer that makes its weights) compute after all.
 * Holds: a guard ends once, however its block is left. Read next: lua_bindings/interrupt.h, lib/train/run.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/train.h"

#include "core/context.h"
#include "core/error.h"
#include "core/hook.h"
#include "core/tensor.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/interrupt.h"

#include <lauxlib.h>

typedef struct guard { bool dry, before, open; } guard;

static int guard_close(lua_State *L)
{
    guard *g = luaL_checkudata(L, 1, "lunette.train_guard");
    if (g->open && g->dry) lun_context_get()->dry = g->before;
    if (g->open && !g->dry) lunL_interrupt_release();
    g->open = false;
    return 0;
}

static guard *push_guard(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__close", guard_close}, {"__gc", guard_close}, {NULL, NULL}};
    guard *g = lua_newuserdatauv(L, sizeof *g, 0);
    *g = (guard){0};
    if (luaL_newmetatable(L, "lunette.train_guard")) luaL_setfuncs(L, methods, 0);
    lua_setmetatable(L, -2);
    return g;
}

static int hold(lua_State *L)
{
    push_guard(L)->open = true;
    lunL_interrupt_hold();
    return 1;
}

static int noted(lua_State *L)
{
    lua_pushboolean(L, lunL_interrupt_noted());
    return 1;
}

static int dry(lua_State *L)
{
    lun_context *ctx = lun_context_get();
    bool wanted = lua_isnoneornil(L, 1) || lua_toboolean(L, 1);
    *push_guard(L) = (guard){.dry = true, .before = ctx->dry, .open = true};
    ctx->dry = wanted;
    return 1;
}

/* become(x, y): x is the tensor y from now on, for everybody who holds x: a network's parameter that has moved is still the one that its
 * optimiser knows. Graphs recorded before keep the old tensor. */
static int become(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lunL_box *box = lunL_box_at(L, 1);
    lun_tensor *old = lunL_tensor(L, 1), *x = old ? lunL_tensor_named(L, 2, "y") : NULL;
    if (!x) return lunL_raise(L, f);
    if (lun_watching) lun_watching->handle(old);
    box->x = lun_keep(x);
    lun_drop(old);
    return lunL_leave(L, f, 0);
}

int lunL_open_train(lua_State *L)
{
    static const luaL_Reg functions[] = {{"hold", hold}, {"noted", noted}, {"dry", dry}, {"become", become}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
