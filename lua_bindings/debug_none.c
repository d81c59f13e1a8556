/* debug_none.c - what stands for the debugger in a build without it (configure --disable-debugger): an error that says so
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/init.h"

static int refuse(lua_State *L)
{
    return lunL_fail(L, lunL_enter(L), "require", LUN_E_NAME, "configure without --disable-debugger, and build again",
                     "this lunette was built without the debugger");
}

void lunL_debug_preload(lua_State *L)
{
    static const char *const names[] = {"lunette.dbg_core", "lunette.dbg", "lunette.dap", "lunette.dap.lines"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lunL_preload(L, names[i], refuse);
}

void lunL_debug_failures(void) {}
void lunL_debug_op_defined(void) {}
