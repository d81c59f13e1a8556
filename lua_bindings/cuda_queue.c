/* cuda_queue.c - the part of lunette.cuda_core that is about queues: events, streams, graphs
 *
 * Read next: lua_bindings/cuda.c, lib/cuda.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/cuda.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/hook.h"
#include "graph/queue.h"
#include "kernels/cuda/cuda.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>

static const lun_cuda *table(void) { return lun_backends[LUN_CUDA]->cuda; }
/* The same once ops that wait have run; NULL after lun_fail. */
static const lun_cuda *settled(void) { return lun_graph_run() ? table() : NULL; }
static int nothing(lua_State *L, lunL_frame f, bool ok) { return ok ? 0 : lunL_raise(L, f); }

/* --- events ------------------------------------------------------------------------------------------------------------------- */

static const char event_name[] = "lunette.cuda_event";

static void *event_at(lua_State *L, int at)
{
    void **event = luaL_testudata(L, at, event_name);
    if (event) return *event;
    lunL_fail(L, lunL_enter(L), "cuda.Event", LUN_E_ARGUMENT, "start:elapsed_time(stop), each made by lun.cuda.Event()", "needs an event, got %s",
              lunL_describe(L, at));
    return NULL;
}

static int event_new(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    if (!cuda) return lunL_raise(L, f);
    void **event = lua_newuserdatauv(L, sizeof *event, 0);
    if (!(*event = cuda->event_new(index))) return lunL_raise(L, f);
    luaL_setmetatable(L, event_name);
    return 1;
}

static int event_free(lua_State *L)
{
    table()->event_free(event_at(L, 1));
    return 0;
}

static int event_record(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    if (!cuda || !cuda->event_record(e, (int)luaL_optinteger(L, 2, -1))) return lunL_raise(L, f);
    lua_settop(L, 1);
    return 1;
}

/* order(event, stream number): the stream waits for it */
static int event_order(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->event_order(e, (int)luaL_optinteger(L, 2, -1)));
}

static int event_query(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    bool done;
    const lun_cuda *cuda = settled();
    if (!cuda || !cuda->event_done(e, &done)) return lunL_raise(L, f);
    lua_pushboolean(L, done);
    return 1;
}

static int event_synchronize(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->event_wait(e));
}

/* start:elapsed_time(stop) -> milliseconds */
static int event_elapsed(lua_State *L)
{
    void *from = event_at(L, 1), *to = event_at(L, 2);
    lunL_frame f = lunL_enter(L);
    double milliseconds;
    const lun_cuda *cuda = settled();
    if (!cuda || !cuda->event_elapsed(from, to, &milliseconds)) return lunL_raise(L, f);
    lua_pushnumber(L, milliseconds);
    return 1;
}

/* --- streams ------------------------------------------------------------------------------------------------------------------ */

/* stream(device) -> the device's index, the number of a new stream there */
static int stream(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    int number = cuda ? cuda->stream_new(index) : 0;
    if (!number) return lunL_raise(L, f);
    lua_pushinteger(L, index);
    lua_pushinteger(L, number);
    return 2;
}

/* stream_use(index, number) -> the stream that this thread's work went to before */
static int stream_use(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int before = 0;
    const lun_cuda *cuda = settled();
    if (!cuda || !cuda->stream_use((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2), &before)) return lunL_raise(L, f);
    lua_pushinteger(L, before);
    return 1;
}

/* stream_now(device) -> the device's index, the number of this thread's stream there */
static int stream_now(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    int number = cuda ? cuda->stream_now(index) : -1;
    if (number < 0) return lunL_raise(L, f);
    lua_pushinteger(L, index);
    lua_pushinteger(L, number);
    return 2;
}

static int stream_synchronize(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->stream_wait((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2)));
}

static int stream_query(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    bool done;
    const lun_cuda *cuda = settled();
    if (!cuda || !cuda->stream_done((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2), &done)) return lunL_raise(L, f);
    lua_pushboolean(L, done);
    return 1;
}

/* --- graphs ------------------------------------------------------------------------------------------------------------------- */

static const char graph_name[] = "lunette.cuda_graph";

static void *graph_at(lua_State *L, int at) { return *(void **)luaL_checkudata(L, at, graph_name); }

/* graph_begin() -> a graph that now records, of the device that was used last */
static int graph_begin(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    if (!cuda) return lunL_raise(L, f);
    void **graph = lua_newuserdatauv(L, sizeof *graph, 0);
    if (!(*graph = cuda->graph_begin(-1))) return lunL_raise(L, f);
    luaL_setmetatable(L, graph_name);
    return 1;
}

/* finish(wanted): recording ends; with false it was in vain */
static int graph_finish(lua_State *L)
{
    void *g = graph_at(L, 1);
    lunL_frame f = lunL_enter(L);
    bool wanted = lua_toboolean(L, 2), settles = lun_graph_run(), ok = table()->graph_end(g, wanted && settles);
    if (ok || wanted) return nothing(L, f, ok);
    lun_error_clear();
    return 0;
}

/* cut(): a part of the graph ends, the next one begins */
static int graph_cut(lua_State *L)
{
    void *g = graph_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->graph_cut(g));
}

/* replay(part), from 1 */
static int graph_replay(lua_State *L)
{
    void *g = graph_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->graph_replay(g, (int)luaL_checkinteger(L, 2) - 1));
}

/* steps() -> how many steps of optimisers are in it */
static int graph_steps(lua_State *L)
{
    lua_pushinteger(L, table()->graph_steps(graph_at(L, 1)));
    return 1;
}

/* collect(first): ops of optimisers leave their numbers for the next replay, from the step after `first` on; collect() ends that */
static int graph_collect(lua_State *L)
{
    void *g = graph_at(L, 1);
    lunL_frame f = lunL_enter(L);
    const lun_cuda *cuda = settled();
    return nothing(L, f, cuda && cuda->graph_collect(g, (int)luaL_optinteger(L, 2, -1)));
}

static int graph_free(lua_State *L)
{
    table()->graph_free(graph_at(L, 1));
    return 0;
}

/* place_of(x) -> where its values are, to be compared */
static int place_of(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    lua_pushlightuserdata(L, x->storage);
    return 1;
}

/* is_watched(): does somebody want to see each op? */
static int is_watched(lua_State *L)
{
    const unsigned by = LUN_ARMED_BREAK | LUN_ARMED_STEP | LUN_ARMED_WATCH | LUN_ARMED_HEALTH | LUN_ARMED_JOURNAL;
    lua_pushboolean(L, (__atomic_load_n(&lun_context_get()->armed, __ATOMIC_RELAXED) & by) != 0);
    return 1;
}

void lunL_open_cuda_queue(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"event", event_new}, {"stream", stream}, {"stream_use", stream_use}, {"stream_now", stream_now}, {"stream_synchronize", stream_synchronize},
        {"stream_query", stream_query}, {"graph_begin", graph_begin}, {"is_watched", is_watched},
        {"place_of", place_of}, {NULL, NULL}};
    static const luaL_Reg event_methods[] = {{"record", event_record}, {"order", event_order},
                                             {"query", event_query}, {"synchronize", event_synchronize},
                                             {"elapsed_time", event_elapsed}, {"__gc", event_free}, {NULL, NULL}};
    static const luaL_Reg graph_methods[] = {{"finish", graph_finish}, {"cut", graph_cut}, {"replay", graph_replay}, {"steps", graph_steps},
                                             {"collect", graph_collect}, {"__gc", graph_free}, {NULL, NULL}};
    lunL_define_class(L, event_name, event_methods);
    lunL_define_class(L, graph_name, graph_methods);
    luaL_setfuncs(L, functions, 0);
}
