/* workers.c - threads that call a Lua function, each in a Lua state of its own: core.workers(n, f) gives a crew with
 *   :put(number, seed, ...)   calls f(...) on some thread, with random numbers that begin at seed
 *   :put_code(number, seed, ...)   the same for arguments that hold functions
 *   :get(number)   waits for that call, or for any (nil): its number, true and the results, or false and the error
 *   :clear()       forgets all calls, the running ones too          :close()   ends the threads
 * Values go across as bytes (lua_bindings/pack.h), so no state sees another's. Threads block all signals but one and compute without the
 * pool. That one, SIGURG, which nothing else listens to, makes a thread that is told to stop leave a long function as Ctrl-C does.
 * Holds: every field of a crew is read and written under its lock, but for `stop`.
 * Read next: worker_thread.c, lib/data/parallel.lua. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/context.h"
#include "core/error.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/pack.h"
#include "lua_bindings/workers.h"

#include <lauxlib.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define CREW "lunette.workers"
enum { STOP_SIGNAL = SIGURG };

void lunL_job_drop(lunL_job *j)
{
    if (j) lun_block_put(j, sizeof *j + j->size);
}

static void drop_all(lunL_job **list)
{
    while (*list) {
        lunL_job *j = *list;
        *list = j->next;
        lunL_job_drop(j);
    }
}

lunL_job *lunL_job_new(const char *bytes, size_t size)
{
    lunL_job *j = lun_block_get(sizeof *j + size);
    if (!j) return NULL;
    *j = (lunL_job){.size = size};
    memcpy(j->bytes, bytes, size);
    return j;
}

static void in_milliseconds(struct timespec *t, int ms)
{
    t->tv_nsec += ms * 1000000L;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
}

/* --- in the main thread -------------------------------------------------------------------------------------------------------------- */

/* Joins a thread; after a tenth of a second it is signalled, again and again, until it has left its function. */
static void join(pthread_t thread)
{
    struct sigaction stop = {.sa_handler = lunL_worker_on_stop, .sa_flags = SA_RESTART}, before;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    in_milliseconds(&until, 100);
    if (!pthread_timedjoin_np(thread, NULL, &until)) return;
    sigaction(STOP_SIGNAL, &stop, &before);
    do {
        pthread_kill(thread, STOP_SIGNAL);
        in_milliseconds(&until, 100);
    } while (pthread_timedjoin_np(thread, NULL, &until));
    sigaction(STOP_SIGNAL, &before, NULL);
}

static int close_crew(lua_State *L)
{
    lunL_crew *c = luaL_checkudata(L, 1, CREW);
    if (atomic_exchange(&c->stop, true)) return 0;
    pthread_mutex_lock(&c->lock);
    pthread_cond_broadcast(&c->wanted);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->threads; i++) join(c->thread[i]);
    drop_all(&c->waiting);
    drop_all(&c->finished);
    pthread_cond_destroy(&c->wanted);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    return 0;
}

static void start_threads(lunL_crew *c, int wanted)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, STOP_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* new threads inherit it */
    while (c->threads < wanted && !pthread_create(&c->thread[c->threads], NULL, lunL_worker_run, c)) c->threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int workers(lua_State *L)
{
    lua_Integer wanted = luaL_checkinteger(L, 1);
    luaL_argcheck(L, wanted >= 1 && wanted <= LUNL_MOST_WORKERS, 1, "between 1 and 64");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_getglobal(L, "package");
    lua_getfield(L, 3, "path");
    lua_getfield(L, 3, "cpath");
    lua_remove(L, 3);
    lunL_pack(L, 2, LUNL_PACK_CODE);
    size_t n;
    const char *code = lua_tolstring(L, -1, &n);
    lunL_frame f = lunL_enter(L);
    lunL_crew *c = lua_newuserdatauv(L, sizeof *c + n, 0);
    *c = (lunL_crew){.code_size = n};
    memcpy(c->code, code, n);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wanted, NULL);
    pthread_cond_init(&c->done, NULL);
    luaL_setmetatable(L, CREW);
    start_threads(c, (int)wanted);
    if (!c->threads) return lunL_fail(L, f, "data", LUN_E_PROCESS, "leave out workers", "no thread can be started");
    return 1;
}

static lunL_crew *to_crew(lua_State *L, lunL_frame f)
{
    lunL_crew *c = luaL_checkudata(L, 1, CREW);
    if (atomic_load(&c->stop)) lunL_fail(L, f, "data", LUN_E_RELEASED, NULL, "these workers have ended");
    return c;
}

static int put_kind(lua_State *L, lunL_pack_kind kind)
{
    lunL_frame f = lunL_enter(L);
    lunL_crew *c = to_crew(L, f);
    lua_Integer number = luaL_checkinteger(L, 2), seed = luaL_checkinteger(L, 3);
    size_t n;
    lunL_pack(L, 4, kind);
    const char *bytes = lua_tolstring(L, -1, &n);
    lunL_job *j = lunL_job_new(bytes, n);
    if (!j) return lunL_raise(L, f);
    j->number = number;
    j->seed = seed;
    j->code = kind == LUNL_PACK_CODE;
    pthread_mutex_lock(&c->lock);
    j->round = c->round;
    lunL_job **end = &c->waiting;
    while (*end) end = &(*end)->next;
    *end = j;
    pthread_cond_signal(&c->wanted);
    pthread_mutex_unlock(&c->lock);
    return 0;
}

static int put(lua_State *L) { return put_kind(L, LUNL_PACK_PLAIN); }
static int put_code(lua_State *L) { return put_kind(L, LUNL_PACK_CODE); }

/* Takes the finished job with that number (or the first, when any will do) out of the list; NULL when there is none. */
static lunL_job *take_finished(lunL_crew *c, bool any, lua_Integer number)
{
    for (lunL_job **at = &c->finished; *at; at = &(*at)->next) {
        lunL_job *j = *at;
        if (!any && j->number != number) continue;
        *at = j->next;
        return j;
    }
    return NULL;
}

/* Waits, looking for Ctrl-C every 50 ms; NULL after lun_fail. */
static lunL_job *wait_for(lunL_crew *c, bool any, lua_Integer number)
{
    lunL_job *j;
    pthread_mutex_lock(&c->lock);
    while (!(j = take_finished(c, any, number))) {
        if (lun_interrupted()) {
            lun_fail_interrupted();
            break;
        }
        if (!c->waiting && !c->running) {
            lun_fail(LUN_E_INTERNAL, NULL, "no such call is running");
            break;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        in_milliseconds(&until, 50);
        pthread_cond_timedwait(&c->done, &c->lock, &until);
    }
    pthread_mutex_unlock(&c->lock);
    return j;
}

static int get(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lunL_crew *c = to_crew(L, f);
    bool any = lua_isnoneornil(L, 2);
    lunL_job *j = wait_for(c, any, any ? 0 : luaL_checkinteger(L, 2));
    if (!j) return lunL_raise(L, f);
    lua_Integer number = j->number;
    bool good = j->good, empty = !j->size;
    char *bytes = lua_newuserdatauv(L, j->size + 1, 0); /* the collector's, in case unpacking raises */
    size_t n = j->size;
    memcpy(bytes, j->bytes, n);
    lunL_job_drop(j);
    lua_pushinteger(L, number);
    lua_pushboolean(L, good);
    if (!empty) return 2 + lunL_unpack(L, bytes, n, LUNL_PACK_PLAIN);
    lua_pushliteral(L, "a worker has no memory for its result");
    return 3;
}

static int clear(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    lunL_crew *c = to_crew(L, f);
    pthread_mutex_lock(&c->lock);
    c->round++;
    drop_all(&c->waiting);
    drop_all(&c->finished);
    pthread_mutex_unlock(&c->lock);
    return 0;
}

void lunL_open_workers(lua_State *L)
{
    static const luaL_Reg methods[] = {{"put", put}, {"put_code", put_code}, {"get", get}, {"clear", clear}, {"close", close_crew},
                                       {"__gc", close_crew}, {NULL, NULL}};
    lua_pushcfunction(L, workers);
    lua_setfield(L, -2, "workers");
    lunL_define_class(L, CREW, methods);
}
