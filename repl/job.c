/* job.c - a function that runs in a process of its own, for %bg
 *
 * Read next: job.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/job.h"

#include "lua_bindings/interrupt.h"
#include "lua_bindings/pack.h"
#include "repl/console.h"
#include "repl/eval.h"
#include "repl/journal.h"
#include "repl/session.h"
#include "repl/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- in the process ------------------------------------------------------------------------------------- */

static void take_streams(const char *path)
{
    int in = open("/dev/null", O_RDONLY), out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
}

/* Arguments: values. Returns them as bytes. */
static int pack(lua_State *L)
{
    lunL_pack(L, 1, LUNL_PACK_PLAIN);
    return 1;
}

/* Writes the `results` values on top of the stack; false, with a word about it, when they cannot go. */
static bool write_values(lua_State *L, int results, const char *path)
{
    char name[4096];
    size_t length;
    lua_pushcfunction(L, pack);
    lua_insert(L, -results - 1);
    if (lua_pcall(L, results, 1, 0) != LUA_OK) {
        fprintf(stderr, "the value cannot come back: %s\n", luaL_tolstring(L, -1, NULL));
        return false;
    }
    snprintf(name, sizeof name, "%s.value", path);
    const char *bytes = lua_tolstring(L, -1, &length);
    FILE *file = fopen(name, "we");
    bool good = file && fwrite(bytes, 1, length, file) == length;
    return file && fclose(file) == 0 && good;
}

/* Runs the function on top of the stack and ends the process. */
static void run_and_end(lua_State *L, const char *path)
{
    int results;
    setpgid(0, 0); /* keys are not for it */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    lun_undo_forget();
    lun_journal_let_go();
    take_streams(path);
    lunL_the_shell.interactive = false;
    lunL_set_running(NULL);
    bool good = lunL_eval(L, 0, &results, NULL) == LUNL_EVAL_GOOD && write_values(L, results, path);
    fflush(NULL);
    _exit(good ? 0 : 1);
}

/* --- in the session ------------------------------------------------------------------------------------- */

int lunL_job_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    const char *path = luaL_checkstring(L, 2), *why = lun_undo_no_copy();
    lua_settop(L, 2);
    if (why) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        return 2;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        lua_pushvalue(L, 1);
        run_and_end(L, path);
    }
    if (child < 0) return luaL_fileresult(L, 0, NULL);
    lua_pushinteger(L, child);
    return 1;
}

int lunL_job_state(lua_State *L)
{
    int status;
    pid_t child = (pid_t)luaL_checkinteger(L, 1), ended = waitpid(child, &status, WNOHANG);
    if (ended < 0) return 0;
    if (ended == 0) lua_pushliteral(L, "running");
    else if (WIFSIGNALED(status)) lua_pushfstring(L, "ended by signal %d", WTERMSIG(status));
    else lua_pushstring(L, WEXITSTATUS(status) == 0 ? "done" : "failed");
    return 1;
}

int lunL_job_stop(lua_State *L)
{
    pid_t child = (pid_t)luaL_checkinteger(L, 1);
    if (child > 1) kill(child, SIGKILL);
    return 0;
}

int lunL_job_value(lua_State *L)
{
    char name[4096];
    luaL_Buffer buffer;
    size_t n, length;
    snprintf(name, sizeof name, "%s.value", luaL_checkstring(L, 1));
    FILE *file = fopen(name, "re");
    if (!file) return luaL_fileresult(L, 0, name);
    luaL_buffinit(L, &buffer);
    do {
        char *part = luaL_prepbuffer(&buffer);
        n = fread(part, 1, LUAL_BUFFERSIZE, file);
        luaL_addsize(&buffer, n);
    } while (n > 0);
    fclose(file);
    luaL_pushresult(&buffer);
    const char *bytes = lua_tolstring(L, -1, &length);
    return lunL_unpack(L, bytes, length, LUNL_PACK_PLAIN);
}
