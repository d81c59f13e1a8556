/* interrupt.c - the shared debug hook, Ctrl-C, and the unwind that nobody swallows
 *
 * Holds: a Ctrl-C is pending from the signal until a hook or a failed op turns it into an unwind; the hook of the running
 * coroutine stays armed all that time, also when another coroutine takes over. Everything the handler touches is atomic
 * or is Lua's own lua_sethook, which is made for this.
 * Read next: lua_bindings/protected.c (the library functions that pass an unwind on), core/context.h (the core's flag).
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/interrupt.h"

#include "core/context.h"

#include <lauxlib.h>
#include <signal.h>
#include <stddef.h>

typedef struct claim {
    lunL_hook_function f;
    int mask, count;
} claim;

static claim claims[LUNL_HOOK_OWNERS];
static int claimed_mask, claimed_count; /* of all of them together */
static lua_State *volatile running;
static lua_State *main_of_run;
static volatile sig_atomic_t pending, held, noted, message;
static void (*answer_message)(lua_State *L);
static lunL_unwind_kind reason;

static const char threads_key; /* registry: weak table, coroutine -> its extra mask */
static const char unwind_key;  /* registry: the error object */

enum { EVERYTHING = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT };

static void dispatch(lua_State *L, lua_Debug *event);

/* --- which coroutines there are ------------------------------------------------------------------------- */

static void push_threads(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &threads_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &threads_key);
}

/* Leaves the stack as it was. 0 for a coroutine that was never given one. */
static int extra_mask(lua_State *thread)
{
    int mask = 0;
    if (!lua_checkstack(thread, 4)) return 0;
    if (lua_rawgetp(thread, LUA_REGISTRYINDEX, &threads_key) == LUA_TTABLE) {
        lua_pushthread(thread);
        lua_rawget(thread, -2);
        mask = (int)lua_tointeger(thread, -1);
        lua_pop(thread, 1);
    }
    lua_pop(thread, 1);
    return mask;
}

void lunL_each_thread(lua_State *L, void (*f)(lua_State *thread))
{
    luaL_checkstack(L, 6, NULL);
    push_threads(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (lua_isthread(L, -1)) f(lua_tothread(L, -1));
    }
    lua_pop(L, 1);
}

/* --- the hook ------------------------------------------------------------------------------------------- */

static void add_claims(void)
{
    claimed_mask = claimed_count = 0;
    for (int i = 0; i < LUNL_HOOK_OWNERS; i++) {
        claimed_mask |= claims[i].mask;
        if (claims[i].mask & LUA_MASKCOUNT && (!claimed_count || claims[i].count < claimed_count)) claimed_count = claims[i].count;
    }
}

static void apply(lua_State *thread)
{
    int mask = claimed_mask | extra_mask(thread);
    lua_sethook(thread, mask ? dispatch : NULL, mask, claimed_count);
    if (pending || message) lua_sethook(thread, dispatch, EVERYTHING, 1); /* a Ctrl-C in between must not get lost */
}

lua_State *lunL_newthread(lua_State *L)
{
    luaL_checkstack(L, 6, NULL);
    lua_State *co = lua_newthread(L);
    push_threads(L);
    lua_pushvalue(L, -2);
    lua_pushinteger(L, 0);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    if (lua_gethookmask(co)) apply(co); /* Lua gave it the lines that its maker asked for, too */
    return co;
}

void lunL_hook_set(lua_State *L, lunL_hook_owner owner, lunL_hook_function f, int mask, int count)
{
    claims[owner] = (claim){.f = mask ? f : NULL, .mask = f ? mask : 0, .count = count > 0 ? count : 1};
    add_claims();
    luaL_checkstack(L, 6, NULL);
    push_threads(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (owner == LUNL_HOOK_DEBUGGER && !mask) { /* its lines go with it */
            lua_pushvalue(L, -1);
            lua_pushinteger(L, 0);
            lua_rawset(L, -4);
        }
        if (lua_isthread(L, -1)) apply(lua_tothread(L, -1));
    }
    lua_pop(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    apply(lua_tothread(L, -1));
    lua_pop(L, 1);
    apply(L);
}

void lunL_hook_extra(lua_State *thread, int extra)
{
    luaL_checkstack(thread, 6, NULL);
    push_threads(thread);
    lua_pushthread(thread);
    lua_pushinteger(thread, extra);
    lua_rawset(thread, -3);
    lua_pop(thread, 1);
    apply(thread);
}

static int event_bit(const lua_Debug *event)
{
    return event->event == LUA_HOOKTAILCALL ? LUA_MASKCALL : 1 << event->event;
}

static void dispatch(lua_State *L, lua_Debug *event)
{
    if (pending) lunL_interrupted(L);
    if (message) lunL_message_answer(L);
    int bit = event_bit(event);
    bool on_demand = !(claimed_mask & bit) && (extra_mask(L) & bit); /* lines and returns that the debugger wants in this coroutine */
    if (!(claimed_mask & bit) && !on_demand) apply(L); /* left over from a Ctrl-C that something else answered */
    for (int i = 0; i < LUNL_HOOK_OWNERS; i++) {
        bool extra = i == LUNL_HOOK_DEBUGGER && on_demand;
        if (claims[i].f && (claims[i].mask & bit || extra)) claims[i].f(L, event);
    }
}

/* --- running -------------------------------------------------------------------------------------------- */

lua_State *lunL_running(void) { return running; }

lua_State *lunL_set_running(lua_State *co)
{
    lua_State *before = running;
    running = co;
    if (pending && co) lua_sethook(co, dispatch, EVERYTHING, 1);
    return before;
}

bool lunL_is_main(lua_State *L) { return L == main_of_run; }
lua_State *lunL_main(void) { return main_of_run; }

int lunL_resume(lua_State *co, lua_State *from, int arguments, int *results)
{
    lua_State *before = running;
    running = co;
    if (pending || message) lua_sethook(co, dispatch, EVERYTHING, 1);
    int status = lua_resume(co, from, arguments, results);
    running = before;
    if ((pending || message) && before) lua_sethook(before, dispatch, EVERYTHING, 1);
    return status;
}

int lunL_run(lua_State *co, lua_State *from, int arguments, int *results)
{
    lua_State *outer = main_of_run;
    main_of_run = co;
    int status = lunL_resume(co, from, arguments, results);
    main_of_run = outer;
    return status;
}

int lunL_close(lua_State *co, lua_State *from)
{
    (void)from; /* Lua 5.4.6 will want it */
    lua_State *before = running;
    running = co;
    int status = lua_resetthread(co);
    running = before;
    return status;
}

/* --- Ctrl-C --------------------------------------------------------------------------------------------- */

void lunL_interrupt_signal(void)
{
    lua_State *now = running;
    if (now && held && !noted) {
        noted = 1;
        return;
    }
    pending = 1;
    lun_interrupt_request();
    if (now) lua_sethook(now, dispatch, EVERYTHING, 1);
}

void lunL_interrupt_hold(void)
{
    if (!held) noted = 0;
    held = held + 1;
}

void lunL_interrupt_release(void)
{
    if (held) held = held - 1;
}

bool lunL_interrupt_noted(void) { return noted; }

void lunL_interrupt_clear(void)
{
    pending = 0;
    lun_interrupt_clear();
}

int lunL_interrupted(lua_State *L)
{
    lunL_interrupt_clear();
    apply(L);
    return lunL_unwind(L, LUNL_UNWIND_INTERRUPT);
}

/* --- a message from outside ----------------------------------------------------------------------------- */

void lunL_message_signal(void)
{
    lua_State *now = running;
    message = 1;
    lun_interrupt_message();
    if (now) lua_sethook(now, dispatch, EVERYTHING, 1);
}

void lunL_message_answer(lua_State *L)
{
    message = 0;
    apply(L);
    if (answer_message) answer_message(L);
}

void lunL_message_keep(void) { message = 1; }

void lunL_message_host(void (*answer)(lua_State *L)) { answer_message = answer; }

/* --- the unwind ----------------------------------------------------------------------------------------- */

static int unwind_text(lua_State *L)
{
    static const char *const texts[] = {"not an error", "interrupted", "the debugger left this run",
                                        "the debugger left the program", "the debugger goes back"};
    lua_pushstring(L, texts[reason]);
    return 1;
}

static void push_unwind(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &unwind_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, unwind_text);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "unwind");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &unwind_key);
}

int lunL_unwind(lua_State *L, lunL_unwind_kind kind)
{
    reason = kind;
    luaL_checkstack(L, 6, NULL);
    push_unwind(L);
    return lua_error(L);
}

bool lunL_is_unwind(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_checkstack(L, 1)) return false;
    const void *object = lua_topointer(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &unwind_key);
    bool same = lua_topointer(L, -1) == object;
    lua_pop(L, 1);
    return same;
}

lunL_unwind_kind lunL_unwind_reason(void) { return reason; }
