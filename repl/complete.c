/* complete.c - what Tab offers
 *
 * Four cases, told apart by the lexer: inside a string (files), behind `a.b.` (fields), behind `a:` (functions only), else
 * names: locals of a stop, globals, modules, keywords, and at the start of a line magics or debugger commands.
 * Holds: names with a leading underscore are offered only when one was typed. Read next: complete.h, repl/lookup.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/complete.h"

#include "repl/command.h"
#include "repl/lexer.h"
#include "repl/lookup.h"
#include "repl/session.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct offer {
    const char *prefix;
    size_t length;
    bool functions_only;
    char **words;
    size_t count, room;
} offer;

static lua_State *state;
static int environment, command_words;

void lunL_complete_use(lua_State *L, int env, int words)
{
    state = L;
    environment = env ? lua_absindex(L, env) : 0;
    command_words = words ? lua_absindex(L, words) : 0;
}

/* --- gathering ------------------------------------------------------------------------------------------ */

static void add(offer *o, const char *word)
{
    if (strncmp(word, o->prefix, o->length) != 0) return;
    if (word[0] == '_' && o->length == 0) return;
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->words[i], word) == 0) return;
    if (o->count + 2 > o->room) {
        size_t room = o->room ? 2 * o->room : 32;
        char **words = realloc(o->words, room * sizeof *words);
        if (!words) return;
        o->words = words;
        o->room = room;
    }
    char *copy = strdup(word);
    if (copy) o->words[o->count++] = copy;
    o->words[o->count] = NULL;
}

static bool is_word(const char *s)
{
    lun_lexer lexer = lun_lexer_start(s, strlen(s));
    lun_token token = lun_lexer_next(&lexer);
    return token.kind == LUN_TOKEN_NAME && token.length == strlen(s);
}

static void add_key(lua_State *L, void *data)
{
    offer *o = data;
    const char *key = lua_tostring(L, -2);
    if (o->functions_only && !lua_isfunction(L, -1)) return;
    if (is_word(key)) add(o, key);
}

/* What a tensor shows behind a dot, such as x.shape: a table of getters that are not called here. */
static void add_properties(lua_State *L, offer *o)
{
    if (o->functions_only || !lua_isuserdata(L, -1) || !lua_getmetatable(L, -1)) return;
    lua_pushliteral(L, "__properties");
    if (lua_rawget(L, -2) == LUA_TTABLE) lunL_lookup_keys(L, -1, add_key, o);
    lua_pop(L, 2);
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_magic(const char *name, const char *help, void *data)
{
    char word[64];
    (void)help;
    size_t n = strcspn(name, " ");
    if (n >= sizeof word) return;
    memcpy(word, name, n);
    word[n] = '\0';
    add(data, word);
}

/* Stack slots of `answer`. */
enum { QUESTION = 1, ENVIRONMENT, WORDS };

static void add_command_words(lua_State *L, offer *o)
{
    if (!lua_istable(L, WORDS)) return;
    lua_Integer n = (lua_Integer)lua_rawlen(L, WORDS);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, WORDS, i) == LUA_TSTRING) add(o, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

static void add_names(lua_State *L, offer *o, bool line_start)
{
    if (line_start) add_command_words(L, o);
    lunL_lookup_keys(L, ENVIRONMENT, add_key, o);
    lua_pushglobaltable(L);
    lunL_lookup_keys(L, -1, add_key, o);
    lua_pop(L, 1);
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++) add(o, row->global);
    for (const char *const *k = lun_keywords; *k; k++) add(o, *k);
    add(o, "In");
    add(o, "Out");
}

/* --- the four cases ------------------------------------------------------------------------------------- */

/* The cursor is in a string that began at the returned offset + 1; SIZE_MAX if not. In a comment: *comment. */
static size_t open_string(const char *line, size_t cursor, bool *comment)
{
    lun_lexer lexer = lun_lexer_start(line, cursor);
    lun_token token, last = {0};
    while ((token = lun_lexer_next(&lexer)).kind != LUN_TOKEN_END) last = token;
    *comment = last.kind == LUN_TOKEN_COMMENT && (!last.finished || last.at + last.length == cursor);
    return last.kind == LUN_TOKEN_STRING && !last.finished ? last.at : (size_t)-1;
}

typedef struct question {
    const char *line;
    size_t cursor, from;
    offer o;
} question;

static int answer(lua_State *L)
{
    question *q = lua_touserdata(L, QUESTION);
    int env = lua_isnil(L, ENVIRONMENT) ? 0 : ENVIRONMENT;
    size_t before = q->from, start;
    while (before > 0 && isspace((unsigned char)q->line[before - 1])) before--;
    char mark = before > 0 ? q->line[before - 1] : '\0';
    bool concatenation = mark == '.' && before > 1 && q->line[before - 2] == '.';
    if ((mark == '.' && !concatenation) || (mark == ':' && before > 1)) {
        q->o.functions_only = mark == ':';
        if (!lun_lookup_chain(q->line, before - 1, &start) ||
            !lunL_lookup_path(L, env, q->line, start, before - 1))
            return 0;
        lunL_lookup_keys(L, -1, add_key, &q->o);
        add_properties(L, &q->o);
        return 0;
    }
    bool magic = mark == '%' && strspn(q->line, " %") == before;
    if (magic) lunL_command_each(L, add_magic, &q->o);
    else add_names(L, &q->o, before == 0 || (mark == ':' && before == 1));
    return 0;
}

static void push_or_nil(int index)
{
    if (index) lua_pushvalue(state, index);
    else lua_pushnil(state);
}

lun_edit_completion lunL_complete(const char *line, size_t cursor)
{
    bool comment;
    size_t string = open_string(line, cursor, &comment);
    lun_edit_completion found = {.from = cursor};
    if (comment || !state) return found;
    if (string != (size_t)-1) {
        found.files = true;
        found.from = string + 1;
        return found;
    }
    while (found.from > 0 && (isalnum((unsigned char)line[found.from - 1]) || line[found.from - 1] == '_')) found.from--;
    question q = {.line = line, .cursor = cursor, .from = found.from,
                  .o = {.prefix = line + found.from, .length = cursor - found.from}};
    if (!lua_checkstack(state, 20)) return found;
    lua_pushcfunction(state, answer);
    lua_pushlightuserdata(state, &q);
    push_or_nil(environment);
    push_or_nil(command_words);
    if (lua_pcall(state, 3, 0, 0) != LUA_OK) lua_pop(state, 1);
    if (q.o.count > 1) qsort(q.o.words, q.o.count, sizeof *q.o.words, compare);
    found.words = q.o.words;
    return found;
}
