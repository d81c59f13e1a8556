/* help.c - ?name, ??name and ?? some words
 *
 * Asks the library first (lun.help knows every op's row), then describes the value itself; ?? shows a Lua function's source, and
 * with words that are no name it searches the library's help.
 * Holds: names are resolved raw, nothing of the user's runs. Read next: repl/command.h, repl/lookup.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/fields.h"
#include "repl/command.h"

#include "repl/lookup.h"
#include "repl/session.h"
#include "repl/show.h"
#include "repl/source.h"
#include "repl/suggest.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static void print_overview(void)
{
    puts("A cell is Lua; the value of its last expression is shown, ; at the end silences it.\n"
         "  _ __ _3 Out[3] In[3]   results and texts of earlier cells\n"
         "  ?name  name?  ??name   help; source of a Lua function\n"
         "  ?? two words           search the help\n"
         "  !command               run a shell command\n"
         "  %lsmagic               commands that begin with %\n"
         "  Tab                    complete names, methods, files in strings\n"
         "  Ctrl-C                 stop what runs, or drop what is typed;  Ctrl-D leaves");
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++)
        printf("  %-22s %s\n", row->global, row->help);
}

/* --- the library's own help ----------------------------------------------------------------------------- */

/* Arguments: lun.help, name. Prints what it returns; says whether it knew anything. */
static int ask_library(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK || lua_type(L, -1) != LUA_TSTRING) return 0;
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    fwrite(text, 1, length, stdout);
    if (length == 0 || text[length - 1] != '\n') putchar('\n');
    lua_pushboolean(L, 1);
    return 1;
}

/* Asks lun.help or lun.search about a text. */
static bool library_knows(lua_State *L, const char *function, const char *text)
{
    if (!lunL_lookup_path(L, 0, function, 0, strlen(function))) return false;
    int results = 0;
    lua_pushcfunction(L, ask_library);
    lua_insert(L, -2);
    lua_pushstring(L, text);
    bool knew = lunL_eval(L, 2, &results, NULL) == LUNL_EVAL_GOOD && results == 1;
    lua_pop(L, results);
    return knew;
}

/* --- a value described ---------------------------------------------------------------------------------- */

static void print_source(lua_State *L, const lua_Debug *about)
{
    lun_text *line = lunL_text_new(L);
    for (int n = about->linedefined; n <= about->lastlinedefined; n++) {
        lun_text_cut(line, 0);
        if (!lunL_source_line(L, about->source, n, line)) {
            puts("  (its source is not at hand)");
            break;
        }
        printf("%5d  %s\n", n, lun_text_string(line));
    }
    lua_pop(L, 1);
}

/* Of an op the place of its row; anything else in C is only said to be. */
static void print_row(lua_State *L, const char *name)
{
    lunL_require(L, "lunette.complete");
    lua_getfield(L, -1, "source");
    lua_pushstring(L, name);
    lua_pushvalue(L, 1);
    lua_call(L, 2, 1);
    puts(lua_isstring(L, -1) ? lua_tostring(L, -1) : "  (written in C)");
    lua_pop(L, 2);
}

typedef struct listing { int count; } listing;

static void print_key(lua_State *L, void *data)
{
    listing *l = data;
    const char *key = lua_tostring(L, -2);
    if (key[0] == '_' || ++l->count > 200) return;
    printf("%s%s%s", l->count > 1 ? ", " : "  has: ", key, lua_isfunction(L, -1) ? "()" : "");
}

/* A Lua function: (value, name, whether the source is wanted). */
static int describe(lua_State *L)
{
    lun_text *out = lunL_text_new(L);
    bool source = lua_toboolean(L, 3);
    lunL_show_brief(L, 1, out);
    printf("%s: %s\n", lua_tostring(L, 2), lun_text_string(out));
    if (lua_isfunction(L, 1) && source) {
        lua_Debug about;
        lua_pushvalue(L, 1);
        lua_getinfo(L, ">S", &about);
        if (about.what[0] == 'C') print_row(L, lua_tostring(L, 2));
        else print_source(L, &about);
    } else if (lua_istable(L, 1) || lua_isuserdata(L, 1)) {
        listing l = {0};
        lunL_lookup_keys(L, 1, print_key, &l);
        if (l.count) putchar('\n');
    }
    return 0;
}

static bool describe_value(lua_State *L, int env, const char *name, bool source)
{
    int results;
    size_t start, length = strlen(name);
    if (!lun_lookup_chain(name, length, &start) || start != 0) return false;
    if (!lunL_lookup_path(L, env, name, 0, length)) return false;
    lua_pushcfunction(L, describe);
    lua_insert(L, -2);
    lua_pushstring(L, name);
    lua_pushboolean(L, source);
    lunL_eval(L, 3, &results, NULL);
    return true;
}

static void offer_key(lua_State *L, void *suggestion) { lun_suggest_offer(suggestion, lua_tostring(L, -2)); }

static lunL_eval_status say_unknown(lua_State *L, const char *name)
{
    const char *last = name + strlen(name);
    while (last > name && last[-1] != '.' && last[-1] != ':') last--;
    lun_suggestion s = lun_suggest_start(last);
    bool inner = last - name > 1 && lunL_lookup_path(L, 0, name, 0, (size_t)(last - name - 1));
    if (!inner) lua_pushglobaltable(L);
    lunL_lookup_keys(L, -1, offer_key, &s);
    lua_pop(L, 1);
    if (!inner && last == name && lunL_lookup_path(L, 0, "lun", 0, 3)) { /* ?softmax needs no lun. in front either */
        lunL_lookup_keys(L, -1, offer_key, &s);
        lua_pop(L, 1);
    }
    fflush(stdout);
    fprintf(stderr, "error: nothing is known about '%s'\n", name);
    if (s.best[0]) fprintf(stderr, "  hint: did you mean '%.*s%s'?\n", (int)(last - name), name, s.best);
    return LUNL_EVAL_ERROR;
}

lunL_eval_status lunL_help(lua_State *L, int env, const char *name, bool source)
{
    if (!*name) {
        print_overview();
        return LUNL_EVAL_GOOD;
    }
    if (name[0] == '%') {
        char command[256];
        snprintf(command, sizeof command, "%s?", name);
        return lunL_command_run(L, env, command);
    }
    if (!source && library_knows(L, "lun.help", name)) return LUNL_EVAL_GOOD;
    if (describe_value(L, env, name, source)) return LUNL_EVAL_GOOD;
    if (source && library_knows(L, "lun.search", name)) return LUNL_EVAL_GOOD;
    return say_unknown(L, name);
}
