/* complete.c - what Tab offers
 *
 * Cases, told apart by the lexer: inside a string (words its argument takes, else files), behind `a.b.` (fields), behind `a:`
 * (methods that fit the value), at the start of an argument (its names), else names: locals of a stop, globals, modules, keywords, and
 * at the start of a line magics or debugger commands. lib/complete.lua knows the library's arguments.
 * Holds: names with a leading underscore are offered only when one was typed. Read next: complete.h, repl/lookup.h, repl/call.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/complete.h"

#include "lua_bindings/fields.h"
#include "repl/call.h"
#include "repl/command.h"
#include "repl/lexer.h"
#include "repl/ghost.h"
#include "repl/lookup.h"
#include "repl/offer.h"
#include "repl/session.h"
#include "repl/show.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static lua_State *state;
static int environment, command_words;
static bool called_on_tensor; /* the word is a field of a tensor that no name holds: x:sum(1):ma */

void lunL_complete_use(lua_State *L, int env, int words)
{
    state = L;
    environment = env ? lua_absindex(L, env) : 0;
    command_words = words ? lua_absindex(L, words) : 0;
}

/* --- gathering ------------------------------------------------------------------------------------------ */

static bool is_word(const char *s)
{
    lun_lexer lexer = lun_lexer_start(s, strlen(s));
    lun_token token = lun_lexer_next(&lexer);
    return token.kind == LUN_TOKEN_NAME && token.length == strlen(s);
}

static void add_key(lua_State *L, void *data)
{
    lun_offer *o = data;
    const char *key = lua_tostring(L, -2);
    if (lun_offer_late(o)) luaL_error(L, "too many names"); /* `ask` goes on with those there are */
    if (o->functions_only && !lua_isfunction(L, -1)) return;
    if (is_word(key)) lun_offer_add(o, key);
}

/* What a tensor shows behind a dot, such as x.shape: a table of getters that are not called here. */
static void add_properties(lua_State *L, lun_offer *o)
{
    if (o->functions_only || !lua_isuserdata(L, -1) || !lua_getmetatable(L, -1)) return;
    lua_pushliteral(L, "__properties");
    if (lua_rawget(L, -2) == LUA_TTABLE) lunL_lookup_keys(L, -1, add_key, o);
    lua_pop(L, 2);
}

static void add_magic(const char *name, const char *help, void *data)
{
    char word[64];
    (void)help;
    size_t n = strcspn(name, " ");
    if (n >= sizeof word) return;
    memcpy(word, name, n);
    word[n] = '\0';
    lun_offer_add(data, word);
}

/* Stack slots of `answer`. */
enum { QUESTION = 1, ENVIRONMENT, WORDS };

static void add_command_words(lua_State *L, lun_offer *o)
{
    if (!lua_istable(L, WORDS)) return;
    lua_Integer n = (lua_Integer)lua_rawlen(L, WORDS);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, WORDS, i) == LUA_TSTRING) lun_offer_add(o, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

static void add_names(lua_State *L, lun_offer *o, bool line_start)
{
    if (line_start) add_command_words(L, o);
    lunL_lookup_keys(L, ENVIRONMENT, add_key, o);
    lua_pushglobaltable(L);
    lunL_lookup_keys(L, -1, add_key, o);
    lua_pop(L, 1);
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++) lun_offer_add(o, row->global);
    for (const char *const *k = lun_keywords; *k; k++) lun_offer_add(o, *k);
    lun_offer_add(o, "In");
    lun_offer_add(o, "Out");
}

/* --- the cases ----------------------------------------------------------------------------------------- */

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
    lun_offer o;
    bool in_string;
    char *note;
} question;

/* Pushes function `name` of lib/complete.lua. May raise. */
static void push_helper(lua_State *L, const char *name)
{
    lunL_require(L, "lunette.complete");
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* Pushes function `name`, then the text of the chain and its value or nil. */
static void push_question(lua_State *L, const char *name, int env, const char *line, size_t from, size_t to)
{
    push_helper(L, name);
    lua_pushlstring(L, line + from, to - from);
    if (!lunL_lookup_path(L, env, line, from, to)) lua_pushnil(L);
}

/* Adds each string of the list on top, with `ending` behind it; pops it. */
static void add_list(lua_State *L, lun_offer *o, const char *ending)
{
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, -1, i) == LUA_TSTRING) {
            lua_pushstring(L, ending);
            lua_concat(L, 2);
            lun_offer_add(o, lua_tostring(L, -1));
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void offer_options(lua_State *L, question *q, int env, const lun_call *call)
{
    push_question(L, "options", env, q->line, call->from, call->to);
    if (call->key_length) lua_pushlstring(L, q->line + call->key, call->key_length);
    else lua_pushinteger(L, call->position);
    lua_call(L, 3, 1);
    add_list(L, &q->o, "");
}

/* At the start of an argument: what is called, as a note, and in a table the names. */
static bool offer_arguments(lua_State *L, question *q, int env)
{
    lun_call call;
    if (!lun_call_at(q->line, q->cursor, &call)) return false;
    if (q->in_string) offer_options(L, q, env, &call);
    if (q->in_string || !call.starts) return q->in_string;
    push_question(L, "call", env, q->line, call.from, call.to);
    lua_call(L, 2, 2);
    bool known = lua_type(L, -2) == LUA_TSTRING;
    if (known && q->o.length == 0) q->note = strdup(lua_tostring(L, -2));
    if (call.table) add_list(L, &q->o, " = ");
    return known && (q->o.length == 0 || q->o.count > 0); /* all the names there are would be no help */
}

/* Leaves the methods that fit the tensor on top. */
static void keep_fitting(lua_State *L, lun_offer *o)
{
    if (!lua_isuserdata(L, -1) || o->count == 0) return;
    push_helper(L, "unfit");
    lua_createtable(L, (int)o->count, 0);
    for (size_t i = 0; i < o->count; i++) lua_pushstring(L, o->words[i]), lua_rawseti(L, -2, (lua_Integer)i + 1);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 1);
    for (size_t i = o->count; i-- > 0;) {
        lua_getfield(L, -1, o->words[i]);
        if (lua_toboolean(L, -1)) lun_offer_drop(o, i);
        lua_pop(L, 1);
    }
}

/* Pushes what stands before the dot or colon at `end`: looked up, or for calls and the like what their shapes tell. */
static bool push_holder(lua_State *L, question *q, int env, size_t end)
{
    size_t start;
    if (lun_lookup_chain(q->line, end, &start) && lunL_lookup_path(L, env, q->line, start, end)) return true;
    return called_on_tensor = lunL_ghost_push_value(L, env, q->line, end) && lua_isuserdata(L, -1);
}

static int answer(lua_State *L)
{
    question *q = lua_touserdata(L, QUESTION);
    int env = lua_isnil(L, ENVIRONMENT) ? 0 : ENVIRONMENT;
    size_t before = q->from;
    while (before > 0 && isspace((unsigned char)q->line[before - 1])) before--;
    char mark = before > 0 ? q->line[before - 1] : '\0';
    bool concatenation = mark == '.' && before > 1 && q->line[before - 2] == '.';
    bool chained = !q->in_string && ((mark == '.' && !concatenation) || (mark == ':' && before > 1));
    if (chained) {
        q->o.functions_only = mark == ':';
        if (!push_holder(L, q, env, before - 1)) return 0;
        lunL_lookup_keys(L, -1, add_key, &q->o);
        add_properties(L, &q->o);
        lun_offer_settle(&q->o, true);
        if (q->o.functions_only) keep_fitting(L, &q->o);
        return 0;
    }
    if (offer_arguments(L, q, env)) return 0;
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

/* Calls one of our functions with a question; what it raises is dropped. */
static void ask(lua_CFunction f, void *q)
{
    if (!state || !lua_checkstack(state, 30)) return;
    lua_pushcfunction(state, f);
    lua_pushlightuserdata(state, q);
    push_or_nil(environment);
    push_or_nil(command_words);
    if (lua_pcall(state, 3, 0, 0) != LUA_OK) lua_pop(state, 1);
}

/* What stands before the word that is completed: "net.", "" when it is a name of its own. Kept for lunL_complete_describe. */
static char chain[200];

static void keep_chain(const char *line, size_t from)
{
    size_t start = from;
    chain[0] = '\0';
    if (from > 1 && (line[from - 1] == '.' || line[from - 1] == ':') && lun_lookup_chain(line, from - 1, &start) &&
        from - start < sizeof chain) {
        memcpy(chain, line + start, from - start);
        chain[from - start] = '\0';
    }
}

lun_edit_completion lunL_complete(const char *line, size_t cursor)
{
    bool comment;
    size_t string = open_string(line, cursor, &comment);
    lun_edit_completion found = {.from = cursor};
    if (comment || !state) return found;
    while (found.from > 0 && (isalnum((unsigned char)line[found.from - 1]) || line[found.from - 1] == '_')) found.from--;
    if (string != (size_t)-1) found.from = string + 1;
    question q = {.line = line, .cursor = cursor, .from = found.from, .in_string = string != (size_t)-1,
                  .o = lun_offer_start(line + found.from, cursor - found.from)};
    called_on_tensor = false;
    keep_chain(line, found.from);
    ask(answer, &q);
    lun_offer_settle(&q.o, !q.note);
    found.files = q.in_string && q.o.count == 0;
    found.words = q.o.words;
    found.note = q.note;
    return found;
}

/* --- a line about a word -------------------------------------------------------------------------------- */

typedef struct description {
    const char *word;
    char *text;
} description;

/* The value itself in a few words; what has a __tostring of the user's is only named by its type. */
static void put_value(lua_State *L, lun_text *out)
{
    bool plain = lua_type(L, -1) != LUA_TTABLE || !lua_getmetatable(L, -1);
    bool ours = lua_isuserdata(L, -1) && luaL_getmetafield(L, -1, "__properties") != LUA_TNIL;
    if (ours) lua_pop(L, 1);
    if (!plain) lua_pop(L, 1);
    if (plain && (!lua_isuserdata(L, -1) || ours)) lunL_show_brief(L, lua_gettop(L), out);
    else lun_text_put(out, luaL_typename(L, -1));
}

static int describe(lua_State *L)
{
    description *d = lua_touserdata(L, 1);
    int env = lua_isnil(L, ENVIRONMENT) ? 0 : ENVIRONMENT;
    lun_text *out = lunL_text_new(L);
    lua_pushfstring(L, "%s%s", called_on_tensor ? "x:" : chain, d->word);
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    if (called_on_tensor) lua_pushnil(L);
    else if (!lunL_lookup_path(L, env, name, 0, length)) return 0;
    push_helper(L, "line");
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 1);
    if (lua_type(L, -1) == LUA_TSTRING) {
        d->text = strdup(lua_tostring(L, -1));
        return 0;
    }
    if (called_on_tensor) return 0;
    lua_pop(L, 1);
    put_value(L, out);
    d->text = strdup(lun_text_string(out));
    return 0;
}

char *lunL_complete_describe(const char *word)
{
    description d = {.word = word};
    ask(describe, &d);
    return d.text;
}
