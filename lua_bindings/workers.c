/* workers.c - threads that call a Lua function, each in a Lua state of its own: core.workers(n, f) gives a crew with
 *   :put(number, seed, ...)   calls f(...) on some thread, with random numbers that begin at seed
 *   :put_code(number, seed, ...)   the same for arguments that hold functions
 *   :get(number)   waits for that call, or for any (nil): its number, true and the results, or false and the error
 *   :clear()       forgets all calls, the running ones too          :close()   ends the threads
 * Values go across as bytes (lua_bindings/pack.h), so no state sees another's. Threads block all signals but one and compute without the
 * pool. That one, SIGURG, which nothing else listens to, makes a thread that is told to stop leave a long function as Ctrl-C does.
 * Holds: every field of a crew is read and written under its lock, but for `stop`.
 * Read next: lib/data/parallel.lua. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/context.h"
#include "core/error.h"
#include "kernels/threads.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"
#include "lua_bindings/init.h"
#include "lua_bindings/pack.h"

#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define CREW "lunette.workers"
enum { MOST_THREADS = 64, STOP_SIGNAL = SIGURG };

/* A call on its way there (its arguments) or back (its results, or an error). */
typedef struct job {
    struct job *next;
    lua_Integer number, seed;
    bool good, code;
    uint64_t round; /* of clear: an older one is forgotten */
    size_t size;
    char bytes[];
} job;

typedef struct crew {
    pthread_mutex_t lock;
    pthread_cond_t wanted, done;
    job *waiting, *finished;
    int running;          /* calls in the threads' hands */
    uint64_t round;
    atomic_bool stop;
    int threads;
    pthread_t thread[MOST_THREADS];
    size_t code_size;
    char code[];          /* f, package.path, package.cpath, packed */
} crew;

static __thread crew *crew_of_thread;
static __thread lua_State *volatile state_of_thread; /* while it may be stopped */
static const char function_key;

static void drop(job *j)
{
    if (j) lun_block_put(j, sizeof *j + j->size);
}

static void drop_all(job **list)
{
    while (*list) {
        job *j = *list;
        *list = j->next;
        drop(j);
    }
}

static job *new_job(const char *bytes, size_t size)
{
    job *j = lun_block_get(sizeof *j + size);
    if (!j) return NULL;
    *j = (job){.size = size};
    memcpy(j->bytes, bytes, size);
    return j;
}

static void in_milliseconds(struct timespec *t, int ms)
{
    t->tv_nsec += ms * 1000000L;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
}

/* --- in a thread -------------------------------------------------------------------------------------------------------------------- */

static void leave(lua_State *L, lua_Debug *event)
{
    (void)event;
    lua_pushliteral(L, "the worker was told to stop");
    lua_error(L);
}

/* On a thread that is told to stop. lua_sethook may be called from a signal handler. */
static void on_stop_signal(int signal)
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

/* (job) -> the packed results; runs protected. */
static int call(lua_State *L)
{
    const job *j = lua_touserdata(L, 1);
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
static job *answer(lua_State *L, job *j, bool ready)
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
    job *result = new_job(bytes, n);
    if (!result) result = new_job("", 0);
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
    drop(j);
    return result;
}

static void work(crew *c, lua_State *L, bool ready)
{
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->waiting && !atomic_load(&c->stop)) pthread_cond_wait(&c->wanted, &c->lock);
        if (atomic_load(&c->stop)) break;
        job *j = c->waiting;
        c->waiting = j->next;
        c->running++;
        pthread_mutex_unlock(&c->lock);
        j = answer(L, j, ready);
        pthread_mutex_lock(&c->lock);
        c->running--;
        job **end = &c->finished;
        while (*end) end = &(*end)->next;
        j->next = NULL;
        if (j->round == c->round) *end = j;
        else drop(j);
        pthread_cond_broadcast(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
}

static void *run_thread(void *argument)
{
    crew *c = crew_of_thread = argument;
    lunL_in_worker = true;
    lun_threads_alone();
    lua_State *L = luaL_newstate();
    bool ready = false;
    if (L) {
        state_of_thread = L;
        lua_pushcfunction(L, prepare);
        ready = lua_pcall(L, 0, 0, 0) == LUA_OK;
        work(c, L, ready);
        state_of_thread = NULL;
        lua_sethook(L, NULL, 0, 0);
        lua_close(L);
    }
    lun_context_leave_thread();
    return NULL;
}

/* --- in the main thread -------------------------------------------------------------------------------------------------------------- */

/* Joins a thread; after a tenth of a second it is signalled, again and again, until it has left its function. */
static void join(pthread_t thread)
{
    struct sigaction stop = {.sa_handler = on_stop_signal, .sa_flags = SA_RESTART}, before;
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
    crew *c = luaL_checkudata(L, 1, CREW);
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

static void start_threads(crew *c, int wanted)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, STOP_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* new threads inherit it */
    while (c->threads < wanted && !pthread_create(&c->thread[c->threads], NULL, run_thread, c)) c->threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int workers(lua_State *L)
{
    lua_Integer wanted = luaL_checkinteger(L, 1);
    luaL_argcheck(L, wanted >= 1 && wanted <= MOST_THREADS, 1, "between 1 and 64");
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
    crew *c = lua_newuserdatauv(L, sizeof *c + n, 0);
    *c = (crew){.code_size = n};
    memcpy(c->code, code, n);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wanted, NULL);
    pthread_cond_init(&c->done, NULL);
    luaL_setmetatable(L, CREW);
    start_threads(c, (int)wanted);
    if (!c->threads) return lunL_fail(L, f, "data", LUN_E_PROCESS, "leave out workers", "no thread can be started");
    return 1;
}

static crew *to_crew(lua_State *L, lunL_frame f)
{
    crew *c = luaL_checkudata(L, 1, CREW);
    if (atomic_load(&c->stop)) lunL_fail(L, f, "data", LUN_E_RELEASED, NULL, "these workers have ended");
    return c;
}

static int put_kind(lua_State *L, lunL_pack_kind kind)
{
    lunL_frame f = lunL_enter(L);
    crew *c = to_crew(L, f);
    lua_Integer number = luaL_checkinteger(L, 2), seed = luaL_checkinteger(L, 3);
    size_t n;
    lunL_pack(L, 4, kind);
    const char *bytes = lua_tolstring(L, -1, &n);
    job *j = new_job(bytes, n);
    if (!j) return lunL_raise(L, f);
    j->number = number;
    j->seed = seed;
    j->code = kind == LUNL_PACK_CODE;
    pthread_mutex_lock(&c->lock);
    j->round = c->round;
    job **end = &c->waiting;
    while (*end) end = &(*end)->next;
    *end = j;
    pthread_cond_signal(&c->wanted);
    pthread_mutex_unlock(&c->lock);
    return 0;
}

static int put(lua_State *L) { return put_kind(L, LUNL_PACK_PLAIN); }
static int put_code(lua_State *L) { return put_kind(L, LUNL_PACK_CODE); }

/* Takes the finished job with that number (or the first, when any will do) out of the list; NULL when there is none. */
static job *take_finished(crew *c, bool any, lua_Integer number)
{
    for (job **at = &c->finished; *at; at = &(*at)->next) {
        job *j = *at;
        if (!any && j->number != number) continue;
        *at = j->next;
        return j;
    }
    return NULL;
}

/* Waits, looking for Ctrl-C every 50 ms; NULL after lun_fail. */
static job *wait_for(crew *c, bool any, lua_Integer number)
{
    job *j;
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
    crew *c = to_crew(L, f);
    bool any = lua_isnoneornil(L, 2);
    job *j = wait_for(c, any, any ? 0 : luaL_checkinteger(L, 2));
    if (!j) return lunL_raise(L, f);
    lua_Integer number = j->number;
    bool good = j->good, empty = !j->size;
    char *bytes = lua_newuserdatauv(L, j->size + 1, 0); /* the collector's, in case unpacking raises */
    size_t n = j->size;
    memcpy(bytes, j->bytes, n);
    drop(j);
    lua_pushinteger(L, number);
    lua_pushboolean(L, good);
    if (!empty) return 2 + lunL_unpack(L, bytes, n, LUNL_PACK_PLAIN);
    lua_pushliteral(L, "a worker has no memory for its result");
    return 3;
}

static int clear(lua_State *L)
{
    lunL_frame f = lunL_enter(L);
    crew *c = to_crew(L, f);
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
    luaL_newmetatable(L, CREW);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
