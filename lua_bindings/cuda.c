/* cuda.c - lunette.cuda_core: devices, memory and events of CUDA for lib/cuda.lua
 *
 * Everything goes through the table of the module that was loaded (kernels/cuda/cuda.h); where there is none, functions raise the reason.
 * A device is nil (the default device, else the first), a number from 0, or a name such as "cuda:1".
 * Read next: lib/cuda.lua. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/cuda.h"

#include "core/alloc.h"
#include "core/context.h"
#include "core/device.h"
#include "core/error.h"
#include "core/tape.h"
#include "graph/queue.h"
#include "kernels/cuda/cuda.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------------------------------------ */

bool lunL_read_cuda(lua_State *L, int at, int *index)
{
    lun_device device = lun_context_get()->default_device;
    int64_t number = 0;
    if (lua_isnoneornil(L, at)) {
        if (device.type != LUN_CUDA) device = (lun_device){LUN_CUDA, 0};
    } else if (lua_type(L, at) == LUA_TSTRING) {
        if (!lunL_read_device(L, at, &device)) return false;
        if (device.type != LUN_CUDA) return lun_fail(LUN_E_DEVICE, "\"cuda\" or \"cuda:1\"", "%s is no CUDA device", lua_tostring(L, at)), false;
    } else {
        if (!lunL_read_integer(L, at, "device", &number)) return false;
        if (number < 0 || number > UINT8_MAX)
            return lun_fail(LUN_E_DEVICE, "devices are numbered from 0", "there is no device cuda:%lld", (long long)number), false;
        device = (lun_device){LUN_CUDA, (uint8_t)number};
    }
    *index = device.index;
    return lun_device_open(device);
}

/* The module's table, and which device argument `at` means; NULL after lun_fail. Ops that wait (graph/queue.h) run first. */
static const lun_cuda *services(lua_State *L, int at, int *index)
{
    return lunL_read_cuda(L, at, index) && lun_graph_run() ? lun_backends[LUN_CUDA]->cuda : NULL;
}

static int nothing(lua_State *L, lunL_frame f, bool ok) { return ok ? 0 : lunL_raise(L, f); }

/* --- devices ------------------------------------------------------------------------------------------------------------------ */

/* count() -> how many devices; 0, why, what helps */
static int count(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    bool ok = lun_device_open((lun_device){LUN_CUDA, 0});
    lua_pushinteger(L, ok ? lun_backends[LUN_CUDA]->count() : 0);
    if (!ok) {
        lua_pushstring(L, lun_error_get()->message);
        lua_pushstring(L, lun_error_get()->hint);
        lun_error_clear();
    }
    return lunL_leave(L, f, ok ? 1 : 3);
}

static int current(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    if (!lunL_read_cuda(L, 1, &index)) return lunL_raise(L, f);
    lua_pushinteger(L, index);
    return 1;
}

static int properties(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_cuda_properties p;
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    if (!cuda || !cuda->properties(index, &p)) return lunL_raise(L, f);
    lua_createtable(L, 0, 9);
    lunL_set_text(L, "name", p.name);
    lunL_set_integer(L, "major", p.major);
    lunL_set_integer(L, "minor", p.minor);
    lunL_set_integer(L, "multi_processor_count", p.processors);
    lunL_set_integer(L, "driver", p.driver);
    lunL_set_integer(L, "runtime", p.runtime);
    lunL_set_count(L, "total_memory", p.memory);
    lunL_set_count(L, "shared_memory_per_block", p.shared_memory);
    lunL_set_count(L, "l2_cache_size", p.cache);
    return 1;
}

static int synchronize(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    return nothing(L, f, lunL_read_cuda(L, 1, &index) && lun_backends[LUN_CUDA]->synchronize(index));
}

/* blocking(on?) -> was it on? */
static int blocking(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 2, &index);
    if (!cuda) return lunL_raise(L, f);
    lua_pushboolean(L, cuda->blocking());
    if (!lua_isnoneornil(L, 1)) cuda->set_blocking(lua_toboolean(L, 1));
    return 1;
}

/* tf32(on?) -> was it on? */
static int tf32(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 2, &index);
    if (!cuda) return lunL_raise(L, f);
    lua_pushboolean(L, cuda->tf32(-1));
    if (!lua_isnoneornil(L, 1)) cuda->tf32(lua_toboolean(L, 1));
    return 1;
}

/* --- memory ------------------------------------------------------------------------------------------------------------------- */

static int memory(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_cuda_memory m;
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    if (!cuda || !cuda->memory(index, &m)) return lunL_raise(L, f);
    const struct { const char *name; uint64_t value; } numbers[] = {
        {"allocated", m.allocated}, {"peak_allocated", m.peak_allocated}, {"reserved", m.reserved}, {"peak_reserved", m.peak_reserved},
        {"asked", m.asked}, {"largest_free", m.largest_free}, {"split_free", m.split_free}, {"limit", m.limit}, {"growth", m.growth},
        {"free", m.free}, {"total", m.total}, {"allocations", m.allocations}, {"frees", m.frees}, {"segments", m.segments},
        {"device_allocations", m.device_allocations}, {"device_frees", m.device_frees}, {"retries", m.retries}, {"failures", m.failures}};
    lua_createtable(L, 0, sizeof numbers / sizeof *numbers);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) lunL_set_count(L, numbers[i].name, numbers[i].value);
    return 1;
}

static int set_fraction(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    if (lua_type(L, 1) != LUA_TNUMBER)
        return lunL_fail(L, f, "cuda.set_memory_fraction", LUN_E_ARGUMENT, "lun.cuda.set_memory_fraction(0.5)", "needs a number, got %s",
                         lunL_describe(L, 1));
    const lun_cuda *cuda = services(L, 2, &index);
    return nothing(L, f, cuda && cuda->set_fraction(index, lua_tonumber(L, 1)));
}

static int set_growth(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t bytes;
    int index;
    if (!lunL_read_integer(L, 1, "bytes", &bytes)) return lunL_raise(L, f);
    const lun_cuda *cuda = services(L, 2, &index);
    return nothing(L, f, cuda && cuda->set_growth(index, bytes < 0 ? 0 : (size_t)bytes));
}

static int empty_cache(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    size_t bytes;
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    lunL_now = L;
    if (cuda) lun_memory_pressure(); /* what Lua no longer uses goes first */
    if (!cuda || !cuda->empty_cache(index, &bytes)) return lunL_raise(L, f);
    lua_pushinteger(L, (lua_Integer)bytes);
    return 1;
}

static int reset_peak(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    return nothing(L, f, cuda && cuda->reset_peak(index));
}

/* --- which rows have a kernel ------------------------------------------------------------------------------------------------- */

/* kernels() -> {name = "cuda" | "cpu"}: where a row's kernel is taken from; views and rows made of others have none */
static int kernels(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    if (!services(L, 1, &index)) return lunL_raise(L, f);
    lua_newtable(L);
    for (int id = 0; id < LUN_OP_COUNT; id++) {
        bool here = lun_backends[LUN_CUDA]->kernel[id] != NULL, there = lun_backends[LUN_CPU]->kernel[id] != NULL;
        if (!here && !there) continue;
        lunL_set_text(L, lun_op_at(id)->name, here ? "cuda" : "cpu");
    }
    return 1;
}

/* fallbacks() -> {name = how often it ran on the CPU} */
static int fallbacks(lua_State *L)
{
    lua_newtable(L);
    for (int id = 0; id < LUN_OP_COUNT; id++)
        if (lun_device_fallbacks(id)) lunL_set_count(L, lun_op_at(id)->name, lun_device_fallbacks(id));
    return 1;
}

/* --- events ------------------------------------------------------------------------------------------------------------------- */

static const char event_name[] = "lunette.cuda_event";

static void *event_at(lua_State *L, int at) { return *(void **)luaL_checkudata(L, at, event_name); }

static const lun_cuda *table(void) { return lun_backends[LUN_CUDA]->cuda; }


static int event_new(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
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
    if (!lun_graph_run() || !table()->event_record(e)) return lunL_raise(L, f);
    lua_settop(L, 1);
    return 1;
}

static int event_query(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    bool done;
    if (!lun_graph_run() || !table()->event_done(e, &done)) return lunL_raise(L, f);
    lua_pushboolean(L, done);
    return 1;
}

static int event_synchronize(lua_State *L)
{
    void *e = event_at(L, 1);
    lunL_frame f = lunL_enter(L);
    return nothing(L, f, lun_graph_run() && table()->event_wait(e));
}

/* start:elapsed_time(stop) -> milliseconds */
static int event_elapsed(lua_State *L)
{
    void *from = event_at(L, 1), *to = event_at(L, 2);
    lunL_frame f = lunL_enter(L);
    double milliseconds;
    if (!lun_graph_run() || !table()->event_elapsed(from, to, &milliseconds)) return lunL_raise(L, f);
    lua_pushnumber(L, milliseconds);
    return 1;
}

/* --- pinned memory ------------------------------------------------------------------------------------------------------------ */

static void unpin(lun_storage *s) { table()->pinned_put(s->data); }

/* pin(x) -> a copy of x in pinned memory */
static int pin(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    lun_tensor *x = lunL_tensor(L, 1);
    const lun_cuda *cuda = x ? services(L, 2, &index) : NULL;
    x = cuda ? lun_contiguous(lun_on_host(lun_detach(x))) : NULL;
    size_t bytes = x ? lun_tensor_bytes(x) : 0;
    void *data = x ? cuda->pinned_get(bytes ? bytes : 1, index) : NULL;
    if (!data) return lunL_raise(L, f);
    memcpy(data, lun_data(x), bytes);
    lun_storage *s = lun_storage_wrap(data, bytes, unpin, NULL);
    if (!s) cuda->pinned_put(data);
    return lunL_give(L, f, s ? lun_tensor_on(s, (lun_dtype)x->dtype, x->ndim, x->dims) : NULL);
}

static int is_pinned(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lunL_tensor(L, 1);
    if (!x) return lunL_raise(L, f);
    lua_pushboolean(L, lun_tensor_device(x).type == LUN_CPU && lun_backends[LUN_CUDA] && table()->is_pinned(lun_data(x)));
    return 1;
}

/* send(x, device, ahead): a copy of pinned x on the device, queued; ahead: beside what comes next there, until join */
static int send(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    lun_tensor *x = lunL_tensor(L, 1);
    const lun_cuda *cuda = x ? services(L, 2, &index) : NULL;
    if (!cuda) return lunL_raise(L, f);
    cuda->copy_mode(lua_toboolean(L, 3) ? LUN_COPY_ASIDE : LUN_COPY_QUEUED);
    x = lun_to_device(x, (lun_device){LUN_CUDA, (uint8_t)index});
    cuda->copy_mode(LUN_COPY_WAITS);
    return lunL_give(L, f, x);
}

static int join(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    return nothing(L, f, cuda && cuda->join(index));
}

/* --- streams ------------------------------------------------------------------------------------------------------------------ */

/* stream(device) -> the device's index, the number of a new stream there */
static int stream(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
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
    if (!lun_graph_run() || !table()->stream_use((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2), &before)) return lunL_raise(L, f);
    lua_pushinteger(L, before);
    return 1;
}

static int stream_synchronize(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    return nothing(L, f, lun_graph_run() && table()->stream_wait((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2)));
}

static int stream_query(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    bool done;
    if (!lun_graph_run() || !table()->stream_done((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2), &done)) return lunL_raise(L, f);
    lua_pushboolean(L, done);
    return 1;
}

/* --- graphs ------------------------------------------------------------------------------------------------------------------- */

static const char graph_name[] = "lunette.cuda_graph";

static void *graph_at(lua_State *L, int at) { return *(void **)luaL_checkudata(L, at, graph_name); }

/* graph_begin(device) -> a graph that now records */
static int graph_begin(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    const lun_cuda *cuda = services(L, 1, &index);
    if (!cuda) return lunL_raise(L, f);
    void **graph = lua_newuserdatauv(L, sizeof *graph, 0);
    if (!(*graph = cuda->graph_begin(index))) return lunL_raise(L, f);
    luaL_setmetatable(L, graph_name);
    return 1;
}

/* compiler(early?) -> what is known of NVRTC, how many kernels it made, how often they ran. early: from now on when a program first comes */
static int compiler(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    uint64_t made, ran;
    int index;
    const lun_cuda *cuda = services(L, 2, &index);
    if (!cuda) return lunL_raise(L, f);
    if (!lua_isnoneornil(L, 1)) cuda->compile_early(lua_toboolean(L, 1));
    lua_pushstring(L, cuda->compiler(&made, &ran));
    lua_pushinteger(L, (lua_Integer)made);
    lua_pushinteger(L, (lua_Integer)ran);
    return 3;
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

static int graph_replay(lua_State *L)
{
    void *g = graph_at(L, 1);
    lunL_frame f = lunL_enter(L);
    return nothing(L, f, lun_graph_run() && table()->graph_replay(g));
}

static int graph_free(lua_State *L)
{
    table()->graph_free(graph_at(L, 1));
    return 0;
}

int lunL_open_cuda(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"count", count}, {"current", current}, {"properties", properties}, {"synchronize", synchronize}, {"blocking", blocking},
        {"tf32", tf32}, {"memory", memory}, {"set_fraction", set_fraction}, {"set_growth", set_growth}, {"empty_cache", empty_cache},
        {"reset_peak", reset_peak}, {"kernels", kernels}, {"fallbacks", fallbacks}, {"event", event_new},
        {"compiler", compiler}, {"graph_begin", graph_begin}, {"pin", pin}, {"is_pinned", is_pinned}, {"send", send}, {"join", join},
        {"stream", stream}, {"stream_use", stream_use}, {"stream_synchronize", stream_synchronize}, {"stream_query", stream_query}, {NULL, NULL}};
    static const luaL_Reg event_methods[] = {{"record", event_record}, {"query", event_query}, {"synchronize", event_synchronize},
                                             {"elapsed_time", event_elapsed}, {"__gc", event_free}, {NULL, NULL}};
    static const luaL_Reg graph_methods[] = {{"finish", graph_finish}, {"replay", graph_replay}, {"__gc", graph_free}, {NULL, NULL}};
    lunL_define_class(L, event_name, event_methods);
    lunL_define_class(L, graph_name, graph_methods);
    luaL_newlib(L, functions);
    return 1;
}
