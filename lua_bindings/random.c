/* random.c - seeds, generator state, threads and clocks: what a program sets once. Read next: core/random.h, kernels/threads.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/random.h"

#include "core/context.h"
#include "core/error.h"
#include "graph/queue.h"
#include "kernels/cpu/onednn.h"
#include "kernels/threads.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/fields.h"

#include <time.h>
#include <unistd.h>

static int manual_seed(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t seed;
    if (!lunL_read_integer(L, 1, "seed", &seed)) return lunL_fail(L, f, "manual_seed", LUN_E_ARGUMENT, NULL, "bad seed");
    lun_manual_seed((uint64_t)seed);
    return 0;
}

static int get_rng_state(lua_State *L)
{
    lun_generator g = lun_context_get()->generator;
    lua_createtable(L, 0, 2);
    lunL_set_count(L, "seed", g.seed);
    lunL_set_count(L, "offset", g.offset);
    return 1;
}

static int set_rng_state(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t seed = 0, offset = 0;
    bool ok = lunL_option(L, 1, "seed") && lunL_read_integer(L, -1, "seed", &seed) && lunL_option(L, 1, "offset") &&
              lunL_read_integer(L, -1, "offset", &offset);
    if (!ok) return lunL_fail(L, f, "set_rng_state", LUN_E_ARGUMENT, NULL, "needs what lun.get_rng_state() gave");
    lun_context_get()->generator = (lun_generator){(uint64_t)seed, (uint64_t)offset};
    return 0;
}

static int get_threads(lua_State *L)
{
    lua_pushinteger(L, lun_threads());
    return 1;
}

static int set_threads(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t n;
    if (!lunL_read_integer(L, 1, "threads", &n) || n < 0 || n > LUN_THREADS_MAX || !lun_threads_set((int)n))
        return lunL_fail(L, f, "set_num_threads", LUN_E_ARGUMENT, "0 means one for each core", "`threads` must be between 1 and %d", LUN_THREADS_MAX);
    return 0;
}

/* Who looks at a clock means all ops so far. */
static int wall_clock(lua_State *L)
{
    struct timespec t;
    lunL_frame f = lunL_enter(L);
    if (!lun_graph_run()) return lunL_raise(L, f);
    clock_gettime(CLOCK_MONOTONIC, &t);
    lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec * 1e-9);
    return 1;
}

/* os.clock; upvalue 1: the original */
static int processor_clock(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    if (!lun_graph_run()) return lunL_raise(L, f);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 0, 1);
    return 1;
}

static int is_terminal(lua_State *L)
{
    luaL_Stream *file = luaL_testudata(L, 1, LUA_FILEHANDLE);
    lua_pushboolean(L, file ? file->closef && isatty(fileno(file->f)) : lua_isnoneornil(L, 1) && isatty(STDOUT_FILENO));
    return 1;
}

static int matrix_libraries(lua_State *L)
{
    if (!lun_blas_there()) lua_pushstring(L, "plain loops: OpenBLAS was not found");
    else lua_pushstring(L, lun_onednn_there() ? "OpenBLAS, and oneDNN for large float32 products and convolutions" : "OpenBLAS");
    return 1;
}

void lunL_open_random(lua_State *L)
{
    static const luaL_Reg functions[] = {{"manual_seed", manual_seed}, {"get_rng_state", get_rng_state}, {"set_rng_state", set_rng_state},
                                         {"get_num_threads", get_threads}, {"set_num_threads", set_threads}, {"wall_clock", wall_clock},
                                         {"is_terminal", is_terminal}, {"matrix_libraries", matrix_libraries}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    int top = lua_gettop(L);
    if (lua_getglobal(L, "os") == LUA_TTABLE && lua_getfield(L, -1, "clock") == LUA_TFUNCTION && lua_tocfunction(L, -1) != processor_clock) {
        lua_pushcclosure(L, processor_clock, 1);
        lua_setfield(L, -2, "clock");
    }
    lua_settop(L, top);
}
