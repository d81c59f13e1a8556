/* command.c - cells that are not Lua: the table of magics and the dispatch
 *
 * Holds: a magic is a row; an unknown one names the nearest. Read next: command.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/command.h"

#include "lua_bindings/fields.h"
#include "repl/lexer.h"
#include "repl/run.h"
#include "repl/session.h"
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

static const char added_key; /* registry: name -> {f, help, arguments, cell} */

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

static void print_magic(const char *name, const char *help, void *data)
{
    (void)data;
    printf("  %%%-26s %s\n", name, help);
}

static lunL_eval_status magic_lsmagic(lua_State *L, int env, const char *arguments)
{
    (void)env;
    (void)arguments;
    lunL_command_each(L, print_magic, NULL);
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
    {"lsmagic", "", "this list", magic_lsmagic},
    {"q", "", "leave, as Ctrl-D does", magic_quit},
    {"quit", "", "leave, as Ctrl-D does", magic_quit},
    {"time", "CODE", "run CODE and say how long it took", magic_time},
    {NULL, NULL, NULL, NULL}};

/* --- magics written in Lua ------------------------------------------------------------------------------ */

/* The magics written in Lua come with the first use of any that is not in the table above. */
static int load_library(lua_State *L)
{
    lunL_require(L, "lunette.magics");
    lua_pop(L, 1);
    return 0;
}

static void load_once(lua_State *L)
{
    static bool loaded;
    if (loaded) return;
    loaded = true;
    lua_pushcfunction(L, load_library);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        fprintf(stderr, "error: the magics cannot be loaded: %s\n", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

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
    lua_settop(L, 5);
    push_added(L);
    lua_pushvalue(L, 1);
    lua_createtable(L, 4, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, luaL_optstring(L, 3, ""));
    lua_rawseti(L, -2, 2);
    lua_pushstring(L, luaL_optstring(L, 4, ""));
    lua_rawseti(L, -2, 3);
    lua_pushvalue(L, 5);
    lua_rawseti(L, -2, 4);
    lua_rawset(L, -3);
    return 0;
}

/* Pushes a sorted list of all names. */
static void push_names(lua_State *L)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (const magic *m = magics; m->name; m++) {
        lua_pushstring(L, m->name);
        lua_rawseti(L, -2, ++n);
    }
    push_added(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, ++n);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
}

static const magic *find_magic(const char *name)
{
    const magic *m = magics;
    while (m->name && strcmp(m->name, name) != 0) m++;
    return m->name ? m : NULL;
}

void lunL_command_each(lua_State *L, void (*each)(const char *name, const char *help, void *data), void *data)
{
    char shown[160];
    load_once(L);
    push_names(L);
    push_added(L);
    for (lua_Integer i = 1; lua_rawgeti(L, -2, i) == LUA_TSTRING; i++) {
        const char *name = lua_tostring(L, -1);
        const magic *m = find_magic(name);
        if (m || lua_getfield(L, -2, name) != LUA_TTABLE) {
            snprintf(shown, sizeof shown, "%s %s", name, m ? m->arguments : "");
            each(shown, m ? m->help : "", data);
            lua_pop(L, m ? 1 : 2);
            continue;
        }
        lua_rawgeti(L, -1, 3);
        lua_rawgeti(L, -2, 2);
        snprintf(shown, sizeof shown, "%s %s", name, lua_tostring(L, -2));
        each(shown, lua_tostring(L, -1), data);
        lua_pop(L, 4);
    }
    lua_pop(L, 3);
}

/* --- dispatch ------------------------------------------------------------------------------------------- */

static void offer_magic(const char *name, const char *help, void *data)
{
    char word[64];
    (void)help;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, " "), name);
    lun_suggest_offer(data, word);
}

typedef struct sought { const char *name; bool found; } sought;

static void print_if_it(const char *name, const char *help, void *data)
{
    sought *s = data;
    size_t n = strcspn(name, " ");
    if (strlen(s->name) != n || memcmp(s->name, name, n) != 0) return;
    printf("%%%.*s: %s\n", (int)(name[n + 1] ? strlen(name) : n), name, help); /* "who " takes nothing */
    s->found = true;
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

/* %name? */
static lunL_eval_status explain(lua_State *L, const char *name)
{
    sought s = {.name = name};
    lunL_command_each(L, print_if_it, &s);
    return s.found ? LUNL_EVAL_GOOD : unknown_magic(L, name);
}

/* `body` NULL: a line, else what stands below the row of a cell magic. */
static lunL_eval_status run_added(lua_State *L, const char *name, const char *arguments, const char *body, bool *found)
{
    int results;
    load_once(L);
    push_added(L);
    *found = lua_getfield(L, -1, name) == LUA_TTABLE;
    lua_remove(L, -2);
    if (!*found) {
        lua_pop(L, 1);
        return LUNL_EVAL_ERROR;
    }
    if (lua_rawgeti(L, -1, body ? 4 : 1) != LUA_TFUNCTION) {
        lua_pop(L, 2);
        return complain("this command takes no cell", "one % in front of it; %lsmagic lists what each takes");
    }
    lua_remove(L, -2);
    lua_pushstring(L, arguments);
    if (body) lua_pushstring(L, body);
    lunL_eval_status status = lunL_eval(L, body ? 2 : 1, &results, NULL);
    lua_pop(L, results);
    return status;
}

/* "%%name arguments" and the rows below: their text keeps its row, so that errors name the right one. */
static lunL_eval_status run_cell_magic(lua_State *L, int env, const char *text)
{
    char name[64], arguments[256];
    size_t length = strcspn(text, " \t\n"), row = strcspn(text, "\n");
    const char *body = text[row] ? text + row : "";
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    snprintf(arguments, sizeof arguments, "%.*s", (int)(row - length), text + length);
    const char *rest = arguments + strspn(arguments, " \t");
    if (name[0] && name[strlen(name) - 1] == '?') return complain("there is no command here", "%name? explains one, with one % in front");
    if (strspn(body, " \t\n") == strlen(body)) return complain("the code stands in the rows below", "M-Enter breaks the line");
    const magic *m = find_magic(name);
    if (m && strcmp(m->arguments, "CODE") == 0) return m->run(L, env, body);
    bool found = false;
    lunL_eval_status status = m ? LUNL_EVAL_ERROR : run_added(L, name, rest, body, &found);
    if (m) return complain("this command takes no cell", "one % in front of it");
    return found ? status : unknown_magic(L, name);
}

static lunL_eval_status run_magic(lua_State *L, int env, const char *text)
{
    char name[64];
    size_t length = strcspn(text, " \t\n");
    if (text[0] == '%') return run_cell_magic(L, env, text + 1);
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
    const char *arguments = text + length + strspn(text + length, " \t\n");
    size_t asks = strlen(name);
    if (asks > 1 && name[asks - 1] == '?') name[asks - 1] = '\0';
    else asks = 0;
    const magic *m = find_magic(name);
    if (asks) return explain(L, name);
    if (m) return m->run(L, env, arguments);
    bool found;
    lunL_eval_status status = run_added(L, name, arguments, NULL, &found);
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

const char *lun_command_body(const char *text, size_t length, bool *lua)
{
    static const char *const other[] = {"sh", "file", NULL};
    size_t skip = 0;
    while (skip < length && isspace((unsigned char)text[skip])) skip++;
    if (length - skip < 3 || text[skip] != '%' || text[skip + 1] != '%') return NULL;
    const char *name = text + skip + 2, *newline = memchr(name, '\n', length - skip - 2);
    size_t n = strcspn(name, " \t\n");
    *lua = true;
    for (const char *const *o = other; *o; o++)
        if (strlen(*o) == n && memcmp(*o, name, n) == 0) *lua = false;
    return newline ? newline : text + length;
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
