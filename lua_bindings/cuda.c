/* cuda.c - lunette.cuda_core: devices and memory of CUDA for lib/cuda.lua
 *
 * Everything goes through the table of the module that was loaded (kernels/cuda/cuda.h); where there is none, functions raise the reason.
 * A device is nil (the one that "cuda" means), a number from 0, or a name such as "cuda:1".
 * Read next: lua_bindings/cuda_queue.c, lib/cuda.lua. SPDX-License-Identifier: MIT
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
    lun_device device = lun_device_usual();
    int64_t number = 0;
    if (lua_isnoneornil(L, at)) {
        /* that one */
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

const lun_cuda *lunL_cuda_services(lua_State *L, int at, int *index)
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

/* use(device) -> which one "cuda" was */
static int use(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index, before = lun_device_usual().index;
    if (lua_isnoneornil(L, 1))
        return lunL_fail(L, f, "cuda.set_device", LUN_E_ARGUMENT, "lun.cuda.set_device(1)", "needs a device, got nil");
    if (!lunL_read_cuda(L, 1, &index)) return lunL_raise(L, f);
    lun_device_set_usual((lun_device){LUN_CUDA, (uint8_t)index});
    lua_pushinteger(L, before);
    return 1;
}

static int properties(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lun_cuda_properties p;
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
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
    const lun_cuda *cuda = lunL_cuda_services(L, 2, &index);
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
    const lun_cuda *cuda = lunL_cuda_services(L, 2, &index);
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
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
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
    const lun_cuda *cuda = lunL_cuda_services(L, 2, &index);
    return nothing(L, f, cuda && cuda->set_fraction(index, lua_tonumber(L, 1)));
}

static int set_growth(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t bytes;
    int index;
    if (!lunL_read_integer(L, 1, "bytes", &bytes)) return lunL_raise(L, f);
    const lun_cuda *cuda = lunL_cuda_services(L, 2, &index);
    return nothing(L, f, cuda && cuda->set_growth(index, bytes < 0 ? 0 : (size_t)bytes));
}

static int empty_cache(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    size_t bytes;
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
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
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    return nothing(L, f, cuda && cuda->reset_peak(index));
}

/* --- which rows have a kernel ------------------------------------------------------------------------------------------------- */

/* kernels() -> {name = "cuda" | "cpu"}: where a row's kernel is taken from; views and rows made of others have none */
static int kernels(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    if (!lunL_cuda_services(L, 1, &index)) return lunL_raise(L, f);
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

/* compiler(early?) -> what is known of NVRTC, how many kernels it made, how often they ran. early: from now on when a program first comes */
static int compiler(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    uint64_t made, ran;
    int index;
    const lun_cuda *cuda = lunL_cuda_services(L, 2, &index);
    if (!cuda) return lunL_raise(L, f);
    if (!lua_isnoneornil(L, 1)) cuda->compile_early(lua_toboolean(L, 1));
    lua_pushstring(L, cuda->compiler(&made, &ran));
    lua_pushinteger(L, (lua_Integer)made);
    lua_pushinteger(L, (lua_Integer)ran);
    return 3;
}

static const lun_cuda *table(void) { return lun_backends[LUN_CUDA]->cuda; }

/* --- pinned memory ------------------------------------------------------------------------------------------------------------ */

static void unpin(lun_storage *s) { table()->pinned_put(s->data); }

/* pin(x) -> a copy of x in pinned memory */
static int pin(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int index;
    lun_tensor *x = lunL_tensor(L, 1);
    const lun_cuda *cuda = x ? lunL_cuda_services(L, 2, &index) : NULL;
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
    const lun_cuda *cuda = x ? lunL_cuda_services(L, 2, &index) : NULL;
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
    const lun_cuda *cuda = lunL_cuda_services(L, 1, &index);
    return nothing(L, f, cuda && cuda->join(index));
}

int lunL_open_cuda(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"count", count}, {"current", current}, {"use", use}, {"properties", properties}, {"synchronize", synchronize}, {"blocking", blocking},
        {"tf32", tf32}, {"memory", memory}, {"set_fraction", set_fraction}, {"set_growth", set_growth}, {"empty_cache", empty_cache},
        {"reset_peak", reset_peak}, {"kernels", kernels}, {"fallbacks", fallbacks}, {"pin", pin}, {"is_pinned", is_pinned},
        {"send", send}, {"join", join},
        {"compiler", compiler}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lunL_open_cuda_queue(L);
    return 1;
}
