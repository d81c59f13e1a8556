/* worker_thread.c - what a thread of a crew does: it makes a Lua state, takes the function over, and answers calls until it is told to stop
 *
 * Read next: workers.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/error.h"
#include "kernels/threads.h"
#include "lua_bindings/box.h"
#include "lua_bindings/init.h"
#include "lua_bindings/pack.h"
#include "lua_bindings/state.h"
#include "lua_bindings/workers.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

static __thread lunL_crew *crew_of_thread;
static __thread lua_State *volatile state_of_thread; /* while it may be stopped */
static const char function_key;

static void leave(lua_State *L, lua_Debug *event)
{
    (void)event;
    lua_pushliteral(L, "the worker was told to stop");
    lua_error(L);
}

/* On a thread that is told to stop. lua_sethook may be called from a signal handler. */
void lunL_worker_on_stop(int signal)
{
    (void)signal;
    lua_State *L = state_of_thread;
    if (L && crew_of_thread) lua_sethook(L, leave, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* A cell of the shell may name these without lun. */
static const char shell_names[] = "setmetatable(_G, {__index = function(_, name)\n"
                                  "    if name == 'data' or name == 'nn' or name == 'optim' then return lun[name] end\n"
                                  "end})";

/* Opens the libraries and takes the function over; runs protected. */
static int prepare(lua_State *L)
{
    luaL_openlibs(L);
    luaL_requiref(L, "lunette", luaopen_lunette, 0);
    lua_setglobal(L, "lun");
    if (luaL_dostring(L, shell_names)) lua_error(L);
    lun_context_get()->grad_enabled = false;
    lua_settop(L, 0);
    lunL_unpack(L, crew_of_thread->code, crew_of_thread->code_size, LUNL_PACK_CODE);
    lua_getglobal(L, "package");
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "path");
    lua_pushvalue(L, 3);
    lua_setfield(L, -2, "cpath");
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    return 0;
}

/* (lunL_job) -> the packed results; runs protected. */
static int call(lua_State *L)
{
    const lunL_job *j = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lun_manual_seed((uint64_t)j->seed);
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, j->seed);
    lua_call(L, 1, 0);
    lua_settop(L, 0);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key);
    int n = lunL_unpack(L, j->bytes, j->size, j->code ? LUNL_PACK_CODE : LUNL_PACK_PLAIN);
    lua_call(L, n, LUA_MULTRET);
    lunL_pack(L, 1, LUNL_PACK_PLAIN);
    return 1;
}

/* The error on top of the stack as packed texts: message, op, kind, hint (of another value, its text alone); runs protected. */
static int pack_error(lua_State *L)
{
    static const char *const fields[] = {"message", "op", "kind", "hint"};
    lua_settop(L, 1);
    if (!lua_istable(L, 1) || lua_getfield(L, 1, "message") != LUA_TSTRING) {
        luaL_tolstring(L, 1, NULL);
        lunL_pack(L, lua_gettop(L), LUNL_PACK_PLAIN);
        return 1;
    }
    for (size_t i = 1; i < sizeof fields / sizeof *fields; i++)
        if (lua_getfield(L, 1, fields[i]) != LUA_TSTRING) lua_pushnil(L), lua_replace(L, -2);
    lunL_pack(L, 2, LUNL_PACK_PLAIN);
    return 1;
}

/* Replaces a job by its result; never NULL. */
static lunL_job *answer(lua_State *L, lunL_job *j, bool ready)
{
    size_t n;
    bool good = false;
    if (ready) {
        lua_settop(L, 0);
        lua_pushcfunction(L, call);
        lua_pushlightuserdata(L, j);
        good = lua_pcall(L, 1, 1, 0) == LUA_OK;
    } /* else the error of the preparation is on the stack, at index 1 */
    if (!good) {
        lua_pushcfunction(L, pack_error);
        lua_pushvalue(L, ready ? -2 : 1);
        if (lua_pcall(L, 1, 1, 0) != LUA_OK) lua_pushliteral(L, "");
    }
    const char *bytes = lua_tolstring(L, -1, &n);
    lunL_job *result = lunL_job_new(bytes, n);
    if (!result) result = lunL_job_new("", 0);
    lun_error_clear();
    lua_settop(L, ready ? 0 : 1);
    if (!result) { /* not even memory for nothing: the question serves as an empty answer */
        j->good = false;
        memset(j->bytes, 0, j->size);
        return j;
    }
    result->number = j->number;
    result->round = j->round;
    result->good = good && result->size;
    lunL_job_drop(j);
    return result;
}

static void work(lunL_crew *c, lua_State *L, bool ready)
{
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->waiting && !atomic_load(&c->stop)) pthread_cond_wait(&c->wanted, &c->lock);
        if (atomic_load(&c->stop)) break;
        lunL_job *j = c->waiting;
        c->waiting = j->next;
        c->running++;
        pthread_mutex_unlock(&c->lock);
        j = answer(L, j, ready);
        pthread_mutex_lock(&c->lock);
        c->running--;
        lunL_job **end = &c->finished;
        while (*end) end = &(*end)->next;
        j->next = NULL;
        if (j->round == c->round) *end = j;
        else lunL_job_drop(j);
        pthread_cond_broadcast(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
}

void *lunL_worker_run(void *argument)
{
    lunL_crew *c = crew_of_thread = argument;
    lunL_in_worker = true;
    lun_threads_alone();
    lua_State *L = lunL_state_new();
    bool ready = false;
    if (L) {
        state_of_thread = L;
        lua_pushcfunction(L, prepare);
        ready = lua_pcall(L, 0, 0, 0) == LUA_OK;
        work(c, L, ready);
        state_of_thread = NULL;
        lua_sethook(L, NULL, 0, 0);
        lunL_state_close(L);
    }
    lun_context_leave_thread();
    return NULL;
}
