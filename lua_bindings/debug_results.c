/* debug_results.c - what the op that a stop is at would give: shapes and dtypes, found without running it; what random numbers it will take
 *
 * Read next: lib/dbg/change.lua (who replaces results), core/context.h (dry). SPDX-License-Identifier: MIT
 */
#include "core/apply.h"
#include "core/context.h"
#include "core/error.h"
#include "core/hook.h"
#include "core/op_id.h"
#include "core/tape.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"

#include <lauxlib.h>

static int push_results(lua_State *L, lun_tensor **out, int n)
{
    lua_createtable(L, n, 0);
    for (int k = 0; k < n; k++) {
        lunL_box_fill(L, lunL_box_new(L), lun_detach(out[k]));
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

/* expected() -> a list of tensors with nothing in them, as the op gives them; nil where the op fails, is the user's own, or at no op. */
static int expected(lua_State *L)
{
    const lun_event *e = lunL_debug_event();
    lunL_frame f = lunL_enter(L);
    lun_context *ctx = lun_context_get();
    if (!e || e->call->op->id >= LUN_OP_COUNT) return 0; /* one written in Lua would run */
    lun_call again, *c = e->call;
    if (c->inplace || (c->op->flags & LUN_OP_WRITES)) {
        push_results(L, c->in, 1);
        return lunL_leave(L, f, 1);
    }
    lun_call_begin(&again, c->op);
    for (int i = 0; i < c->n_in; i++) lun_call_input(&again, c->in[i]);
    again.params = c->params;
    ctx->dry = true;
    bool ok = lun_apply(&again);
    ctx->dry = false;
    lun_error_clear();
    if (ok) push_results(L, again.out, again.n_out);
    else lua_pushnil(L);
    return lunL_leave(L, f, 1);
}

/* generator() -> {seed, offset} of the run that is stopped */
static int generator(lua_State *L)
{
    const lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    lua_createtable(L, 0, 2);
    lunL_debug_set_integer(L, "seed", (lua_Integer)ctx->generator.seed);
    lunL_debug_set_integer(L, "offset", (lua_Integer)ctx->generator.offset);
    return 1;
}

void lunL_debug_results(lua_State *L)
{
    static const luaL_Reg functions[] = {{"expected", expected}, {"generator", generator}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
