/* memory.c - the collector's policy, lun.memory and lun.scope
 *
 * Policy: generational mode; a young collection each time 8 MB of tensor bytes were handed out, so that the buffers that go round
 * stay in the processor's cache (waiting for 64 MB made x + y of 4 MB five times slower). What outlives two of them is old, and
 * only a full collection frees it: one comes when live bytes exceed max(64 MB, twice the live bytes and Lua's own memory after the
 * last full one) and an eighth of them is new, one at the end of a training step if it pays, and one before an out-of-memory error.
 * Bytes on devices count a 32nd for the young collections (there is no cache to stay in), and for the full ones have a limit of their
 * own, from 1 GB on.
 * Scopes: the boxes that a coroutine fills while its scope is open stand in a list; closing it releases them. Boxes of other
 * coroutines are not touched, so a loader that yields cannot free its caller's tensors.
 * Holds: a box stands in at most one list, and leaves it when it is released or collected.
 * Read next: core/alloc.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/memory.h"

#include "core/alloc.h"
#include "core/error.h"
#include "lua_bindings/arguments.h"
#include "lua_bindings/fields.h"

#include <string.h>

enum { LOOK_EVERY = 64 }; /* small results between two looks at the allocator's counters */
static const uint64_t young_bytes = (uint64_t)8 << 20, full_bytes = (uint64_t)64 << 20, device_bytes = (uint64_t)1 << 30;
enum { DEVICE_SHARE = 32 };

typedef struct scope {
    lunL_box *boxes;
    lua_State *owner;       /* NULL: closed */
    struct scope *outer;    /* opened before, by any coroutine */
} scope;

static __thread struct {
    uint64_t filled, looks;  /* bytes boxed since the last look */
    uint64_t at_step, at_full, full_above;
    uint64_t live_at_border; /* after the last full collection at a border */
    uint64_t device_at_full, device_above;
    bool collecting;
} pace __attribute__((tls_model("initial-exec")));
static __thread scope *scopes __attribute__((tls_model("initial-exec")));
static const char scope_key;

/* --- the collector ------------------------------------------------------------------------------------------------------------ */

static uint64_t handed_out(const lun_memory *m) { return m->allocated + m->elsewhere_allocated / DEVICE_SHARE; }

static void full_collection(lua_State *L)
{
    lun_memory m;
    pace.collecting = true;
    lua_gc(L, LUA_GCCOLLECT);
    pace.collecting = false;
    lun_memory_get(&m);
    pace.at_full = m.allocated;
    pace.at_step = handed_out(&m);
    pace.device_at_full = m.elsewhere_allocated;
    pace.device_above = 2 * (uint64_t)m.elsewhere > device_bytes ? 2 * (uint64_t)m.elsewhere : device_bytes;
    /* a full collection costs what Lua's memory is large, so it may come the more rarely the larger that is */
    uint64_t wanted = 2 * (m.live + (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024);
    pace.full_above = wanted > full_bytes ? wanted : full_bytes;
}

static void young_collection(lua_State *L)
{
    lun_memory m;
    uint64_t limit = pace.full_above ? pace.full_above : full_bytes, device_limit = pace.device_above ? pace.device_above : device_bytes;
    pace.collecting = true;
    lua_gc(L, LUA_GCSTEP, 0);
    pace.collecting = false;
    lun_memory_get(&m);
    pace.at_step = handed_out(&m);
    uint64_t device = (uint64_t)m.elsewhere;
    if ((m.live > limit && m.allocated - pace.at_full >= m.live / 8) ||
        (device > device_limit && m.elsewhere_allocated - pace.device_at_full >= device / 8))
        full_collection(L);
}

static void look(lua_State *L)
{
    lun_memory m;
    pace.filled = pace.looks = 0;
    if (pace.collecting) return;
    lun_memory_get(&m);
    if (handed_out(&m) - pace.at_step >= young_bytes) young_collection(L);
}

void lunL_memory_young(lua_State *L)
{
    if (!pace.collecting) young_collection(L);
}

bool lunL_memory_pause(bool pause)
{
    bool before = pace.collecting;
    pace.collecting = pause;
    return before;
}

/* After a step of training its activations are garbage, and old: only a full collection frees them. It is made when they are much more
 * than what is live at such a place, and when what was made since is much more than Lua's own memory, which it costs. */
static bool full_pays(lua_State *L, const lun_memory *m)
{
    uint64_t fresh = m->allocated - pace.at_full, lua = (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024;
    return m->live > pace.live_at_border + pace.live_at_border / 4 + full_bytes / 4 && fresh >= 16 * lua;
}

void lunL_memory_border(lua_State *L)
{
    lun_memory m;
    lun_memory_get(&m);
    if (pace.collecting) return;
    if (!full_pays(L, &m)) {
        if (handed_out(&m) - pace.at_step >= young_bytes / 4) young_collection(L);
        return;
    }
    full_collection(L);
    lun_memory_get(&m);
    pace.live_at_border = m.live;
}

/* The budget is about to be exceeded: whatever Lua no longer uses goes first. */
static void pressure(void *unused)
{
    (void)unused;
    if (lunL_now && !pace.collecting) full_collection(lunL_now);
}

/* --- scopes --------------------------------------------------------------------------------------------------------------------- */

static void enter_scope(scope *s, lunL_box *box)
{
    box->is.scope.next = s->boxes;
    box->is.scope.link = &s->boxes;
    if (s->boxes) s->boxes->is.scope.link = &box->is.scope.next;
    s->boxes = box;
}

void lunL_memory_leave_scope(lunL_box *box)
{
    if (!box->x || !box->is.scope.link) return;
    *box->is.scope.link = box->is.scope.next;
    if (box->is.scope.next) box->is.scope.next->is.scope.link = box->is.scope.link;
    box->is.scope.link = NULL;
}

static scope *scope_of(lua_State *L, scope *from)
{
    while (from && from->owner != L) from = from->outer;
    return from;
}

void lunL_memory_filled(lua_State *L, lunL_box *box)
{
    box->is.scope.link = NULL;
    scope *s = __builtin_expect(scopes != NULL, 0) ? scope_of(L, scopes) : NULL;
    if (s) enter_scope(s, box);
    pace.filled += box->x->storage->bytes;
    if (__builtin_expect(pace.filled >= young_bytes / 8 || ++pace.looks >= LOOK_EVERY, 0)) look(L);
}

static void unlink_scope(scope *s)
{
    scope **link = &scopes;
    while (*link && *link != s) link = &(*link)->outer;
    if (*link) *link = s->outer;
    s->owner = NULL;
}

static int close_scope(lua_State *L)
{
    scope *s = luaL_checkudata(L, 1, "lunette.scope");
    if (!s->owner) return 0;
    lunL_now = L;
    lun_site at = lunL_site();
    unlink_scope(s);
    while (s->boxes) lunL_box_release(s->boxes, at);
    return 0;
}

/* A scope that was never closed (its coroutine was abandoned): its tensors are left to the collector. */
static int collect_scope(lua_State *L)
{
    scope *s = lua_touserdata(L, 1);
    if (s->owner) unlink_scope(s);
    while (s->boxes) lunL_memory_leave_scope(s->boxes);
    return 0;
}

/* Tensors in the value at `index`, and in tables below it, move to the next scope outside s of the same coroutine. */
static void keep_value(lua_State *L, int index, scope *s, int depth)
{
    lunL_box *box = lunL_box_at(L, index);
    if (box && box->x && box->is.scope.link) {
        lunL_memory_leave_scope(box);
        scope *outer = scope_of(L, s->outer);
        if (outer) enter_scope(outer, box);
    }
    if (!lua_istable(L, index) || depth > 8) return;
    luaL_checkstack(L, 6, NULL);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        keep_value(L, lua_gettop(L), s, depth + 1);
        lua_pop(L, 1);
    }
}

static int keep(lua_State *L)
{
    scope *s = luaL_checkudata(L, 1, "lunette.scope");
    int n = lua_gettop(L);
    for (int i = 2; i <= n && s->owner; i++) keep_value(L, i, s, 0);
    return n - 1;
}

static int scoped_call_done(lua_State *L, int status, lua_KContext at)
{
    (void)status;
    int guard = (int)at, n = lua_gettop(L);
    scope *s = lua_touserdata(L, guard);
    for (int i = guard + 1; i <= n && s->owner; i++) keep_value(L, i, s, 0);
    lua_closeslot(L, guard);
    return n - guard;
}

/* lun.scope() or lun.scope(f, ...) */
static int open_scope(lua_State *L)
{
    bool call = lua_gettop(L) > 0;
    if (call) luaL_checktype(L, 1, LUA_TFUNCTION);
    scope *s = lua_newuserdatauv(L, sizeof *s, 0);
    *s = (scope){.owner = L, .outer = scopes};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &scope_key);
    lua_setmetatable(L, -2);
    scopes = s;
    if (!call) return 1;
    lua_insert(L, 1);
    lua_toclose(L, 1);
    lua_callk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, scoped_call_done);
    return scoped_call_done(L, LUA_OK, 1);
}

/* --- numbers ---------------------------------------------------------------------------------------------------------------------- */

static int memory(lua_State *L)
{
    lun_memory m;
    lun_memory_get(&m);
    lua_createtable(L, 0, 8);
    lunL_set_count(L, "live", m.live);
    lunL_set_count(L, "peak", m.peak);
    lunL_set_count(L, "cached", m.cached);
    lunL_set_count(L, "budget", m.budget);
    lunL_set_count(L, "records", m.blocks);
    lunL_set_count(L, "allocations", m.allocations);
    lunL_set_count(L, "allocated", m.allocated);
    lunL_set_count(L, "lua", (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (uint64_t)lua_gc(L, LUA_GCCOUNTB));
    return 1;
}

static int reset_peak(lua_State *L)
{
    (void)L;
    lun_memory_reset_peak();
    return 0;
}

static int empty_cache(lua_State *L)
{
    lunL_now = L;
    full_collection(L);
    lua_pushinteger(L, (lua_Integer)lun_memory_empty_cache());
    return 1;
}

static int set_budget(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    int64_t bytes = 0;
    if (!lua_isnoneornil(L, 1) && !lunL_read_integer(L, 1, "bytes", &bytes))
        return lunL_fail(L, f, "set_memory_budget", LUN_E_ARGUMENT, NULL, "bad argument");
    if (bytes < 0) return lunL_fail(L, f, "set_memory_budget", LUN_E_ARGUMENT, NULL, "a budget of %lld bytes is none", (long long)bytes);
    lun_memory_set_budget((size_t)bytes);
    return 0;
}

static int border(lua_State *L)
{
    lunL_memory_border(L);
    return 0;
}

void lunL_open_memory(lua_State *L)
{
    static const luaL_Reg functions[] = {{"memory", memory}, {"reset_peak_memory", reset_peak}, {"empty_cache", empty_cache},
                                         {"set_memory_budget", set_budget}, {"scope", open_scope}, {"collect_young", border}, {NULL, NULL}};
    static const luaL_Reg scope_methods[] = {{"keep", keep}, {"close", close_scope}, {"__close", close_scope}, {"__gc", collect_scope},
                                             {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    luaL_newmetatable(L, "lunette.scope");
    luaL_setfuncs(L, scope_methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &scope_key);
    lua_gc(L, LUA_GCGEN, 0, 0);
    if (!lunL_in_worker) lun_memory_on_pressure(pressure, NULL);
}
