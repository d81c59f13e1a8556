/* command.c - cells that are not Lua: the table of magics and the dispatch
 *
 * Holds: a magic is a row; an unknown one names the nearest. Read next: command.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/command.h"

#include "repl/lexer.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/show.h"
#include "repl/suggest.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct magic {
    const char *name, *arguments, *help;
    lunL_eval_status (*run)(lua_State *L, int env, const char *arguments);
} magic;

static const char added_key; /* registry: name -> {f, help} */

static lunL_eval_status complain(const char *text, const char *hint)
{
    fflush(stdout);
    fprintf(stderr, "error: %s\n", text);
    if (hint) fprintf(stderr, "  hint: %s\n", hint);
    return LUNL_EVAL_ERROR;
}

/* --- the magics ----------------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lunL_eval_status magic_time(lua_State *L, int env, const char *arguments)
{
    if (!*arguments) return complain("%time needs something to run", "%time x:matmul(x)");
    double start = now();
    clock_t cpu = clock();
    lunL_eval_status status = lunL_run_lua(L, env, arguments, strlen(arguments));
    double wall = now() - start, used = (double)(clock() - cpu) / CLOCKS_PER_SEC;
    if (status == LUNL_EVAL_GOOD) printf("time: %.6g s, of processors %.6g s\n", wall, used);
    return status;
}

static bool from_elsewhere(const char *name)
{
    static const char *const standard[] = {
        "_G", "_VERSION", "arg", "assert", "collectgarbage", "coroutine", "debug", "dofile", "error", "getmetatable", "io",
        "ipairs", "load", "loadfile", "math", "next", "os", "package", "pairs", "pcall", "print", "rawequal", "rawget",
        "rawlen", "rawset", "require", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8",
        "warn", "xpcall", NULL};
    for (const char *const *s = standard; *s; s++)
        if (strcmp(*s, name) == 0) return true;
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++)
        if (strcmp(row->global, name) == 0) return true;
    return false;
}

/* A Lua function, so that the __tostring of what it lists runs like any code of the user's. */
static int list_names(lua_State *L)
{
    lun_text *out = lunL_text_new(L);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_newtable(L);
    lua_Integer count = 0;
    lua_pushglobaltable(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING || from_elsewhere(lua_tostring(L, -1))) continue;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, ++count);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, i);
        lua_pushglobaltable(L);
        lua_pushvalue(L, -2);
        lua_rawget(L, -2);
        lun_text_print(out, "%-12s ", lua_tostring(L, -3));
        lunL_show_brief(L, lua_gettop(L), out);
        lun_text_put(out, "\n");
        lua_pop(L, 3);
    }
    fputs(count ? lun_text_string(out) : "nothing defined yet\n", stdout);
    return 0;
}

static lunL_eval_status magic_who(lua_State *L, int env, const char *arguments)
{
    int results;
    (void)env;
    (void)arguments;
    lua_pushnil(L);
    lua_pushcclosure(L, list_names, 1);
    return lunL_eval(L, 0, &results, NULL);
}

static void print_magic(const char *name, const char *help, void *data)
{
    (void)data;
    printf("  %%%-18s %s\n", name, help);
}

static lunL_eval_status magic_lsmagic(lua_State *L, int env, const char *arguments)
{
    (void)env;
    (void)arguments;
    lunL_command_each(L, print_magic, NULL);
    return LUNL_EVAL_GOOD;
}

static lunL_eval_status magic_history(lua_State *L, int env, const char *arguments)
{
    int count = *arguments ? atoi(arguments) : 20, last = lunL_the_shell.cell - 1;
    (void)env;
    lunL_session_push_list(L, "In");
    for (int n = last > count ? last - count + 1 : 1; n <= last; n++) {
        if (lua_rawgeti(L, -1, n) == LUA_TSTRING) printf("In[%d]: %s\n", n, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return LUNL_EVAL_GOOD;
}

static lunL_eval_status magic_quit(lua_State *L, int env, const char *arguments)
{
    (void)L;
    (void)env;
    (void)arguments;
    lunL_the_shell.leaving = true;
    return LUNL_EVAL_GOOD;
}

static const magic magics[] = {
    {"history", "[n]", "the last n cells (20)", magic_history},
    {"lsmagic", "", "this list", magic_lsmagic},
    {"q", "", "leave, as Ctrl-D does", magic_quit},
    {"quit", "", "leave, as Ctrl-D does", magic_quit},
    {"time", "CODE", "run CODE and say how long it took", magic_time},
    {"who", "", "the names you have defined", magic_who},
    {NULL, NULL, NULL, NULL}};

/* --- magics written in Lua ------------------------------------------------------------------------------ */

static void push_added(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &added_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &added_key);
}

int lunL_command_add(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_optstring(L, 3, "");
    lua_settop(L, 3);
    push_added(L);
    lua_pushvalue(L, 1);
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, luaL_optstring(L, 3, ""));
    lua_rawseti(L, -2, 2);
    lua_rawset(L, -3);
    return 0;
}

void lunL_command_each(lua_State *L, void (*each)(const char *name, const char *help, void *data), void *data)
{
    char shown[64];
    for (const magic *m = magics; m->name; m++) {
        snprintf(shown, sizeof shown, "%s %s", m->name, m->arguments);
        each(shown, m->help, data);
    }
    push_added(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_rawgeti(L, -1, 2);
        each(lua_tostring(L, -3), lua_tostring(L, -1), data);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

/* --- dispatch ------------------------------------------------------------------------------------------- */

static void offer_magic(const char *name, const char *help, void *data)
{
    char word[64];
    (void)help;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, " "), name);
    lun_suggest_offer(data, word);
}

static lunL_eval_status unknown_magic(lua_State *L, const char *name)
{
    char text[128], hint[128];
    lun_suggestion s = lun_suggest_start(name);
    lunL_command_each(L, offer_magic, &s);
    snprintf(text, sizeof text, "there is no %%%s", name);
    if (s.best[0]) snprintf(hint, sizeof hint, "did you mean %%%s?", s.best);
    else snprintf(hint, sizeof hint, "%%lsmagic lists what there is");
    return complain(text, hint);
}

static lunL_eval_status run_added(lua_State *L, const char *name, const char *arguments, bool *found)
{
    int results;
    push_added(L);
    *found = lua_getfield(L, -1, name) == LUA_TTABLE;
    lua_remove(L, -2);
    if (!*found) {
        lua_pop(L, 1);
        return LUNL_EVAL_ERROR;
    }
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
    lua_pushstring(L, arguments);
    lunL_eval_status status = lunL_eval(L, 1, &results, NULL);
    lua_pop(L, results);
    return status;
}

static lunL_eval_status run_magic(lua_State *L, int env, const char *text)
{
    char name[64];
    size_t length = strcspn(text, " \t\n");
    if (text[0] == '%') return complain("cell magics (%%name) are not there yet", "%lsmagic lists what there is");
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
    const char *arguments = text + length + strspn(text + length, " \t\n");
    size_t asks = strlen(name);
    if (asks > 1 && name[asks - 1] == '?') name[asks - 1] = '\0';
    else asks = 0;
    for (const magic *m = magics; m->name; m++) {
        if (strcmp(m->name, name) != 0) continue;
        if (!asks) return m->run(L, env, arguments);
        printf("%%%s %s: %s\n", m->name, m->arguments, m->help);
        return LUNL_EVAL_GOOD;
    }
    bool found;
    lunL_eval_status status = run_added(L, name, arguments, &found);
    return found ? status : unknown_magic(L, name);
}

/* "name?" or "a.b:c??" on one line: the length of the name, 0 if it is something else. */
static size_t asked_behind(const char *text, size_t length)
{
    while (length && isspace((unsigned char)text[length - 1])) length--;
    size_t end = length;
    while (end && text[end - 1] == '?') end--;
    if (end == length || length - end > 2 || end == 0) return 0;
    lun_lexer lexer = lun_lexer_start(text, end);
    lun_token token;
    while ((token = lun_lexer_next(&lexer)).kind != LUN_TOKEN_END) {
        bool part = token.kind == LUN_TOKEN_NAME || token.kind == LUN_TOKEN_KEYWORD || lun_token_is(&token, ".") ||
                    lun_token_is(&token, ":");
        if (!part || token.line > 1) return 0;
    }
    return end;
}

bool lun_command_is(const char *text, size_t length)
{
    size_t skip = 0;
    while (skip < length && isspace((unsigned char)text[skip])) skip++;
    if (skip == length) return false;
    return memchr("%?!$", text[skip], 4) != NULL || asked_behind(text + skip, length - skip) > 0;
}

lunL_eval_status lunL_command_run(lua_State *L, int env, const char *text)
{
    char name[256];
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1])) length--;
    size_t asked = asked_behind(text, length);
    if (text[0] == '!' || text[0] == '$') return lun_shell_command(text + 1);
    if (text[0] == '%') return run_magic(L, env, text + 1);
    if (!asked) { /* ?name */
        text += text[1] == '?' ? 2 : 1;
        asked = strcspn(text, "\n");
        length = text[-2] == '?' ? asked + 2 : asked + 1;
    }
    text += strspn(text, " \t");
    size_t n = strcspn(text, "?\n");
    while (n && isspace((unsigned char)text[n - 1])) n--;
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), text);
    return lunL_help(L, env, name, length - asked == 2);
}
