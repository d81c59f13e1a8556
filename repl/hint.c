/* hint.c - the line of an error report that says what to type instead
 *
 * Holds: names are looked up raw (repl/lookup.h), so a hint never runs code. A field is only suggested when the receiver is
 * written as a plain chain of names on the line. Read next: hint.h, repl/suggest.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/hint.h"

#include "lua_bindings/fields.h"
#include "repl/frame.h"
#include "repl/lookup.h"
#include "repl/session.h"
#include "repl/source.h"
#include "repl/suggest.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static void offer_key(lua_State *L, void *suggestion)
{
    lun_suggest_offer(suggestion, lua_tostring(L, -2));
}

static void suggest_global(lua_State *L, lua_State *dead, int level, const char *name, lun_text *out)
{
    lun_suggestion s = lun_suggest_start(name);
    lunL_frame_offer(dead, level, &s);
    lua_pushglobaltable(L);
    lunL_suggest_keys(L, -1, &s);
    lua_pop(L, 1);
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++) lun_suggest_offer(&s, row->global);
    if (s.best[0]) lun_text_print(out, "\n  hint: did you mean '%s'?", s.best);
}

/* The receiver of `name` on the line: "net" in "y = net:forwrad(x)". Pushes its value. */
static bool push_receiver(lua_State *L, lua_State *dead, int level, const char *line, size_t at)
{
    size_t start, dot = at;
    while (dot > 0 && (line[dot - 1] == ' ' || line[dot - 1] == '.' || line[dot - 1] == ':')) dot--;
    if (dot == at || dot == 0 || !lun_lookup_chain(line, dot, &start)) return false;
    return lunL_frame_push_chain(L, dead, level, line, start, dot);
}

static void suggest_field(lua_State *L, const lunL_failure *f, const char *name, lun_text *out)
{
    size_t at, width;
    bool found = lun_source_find(f->line, strlen(f->line), name, &at, &width) && push_receiver(L, f->dead, f->level, f->line, at);
    if (!found) return;
    lun_suggestion s = lun_suggest_start(name);
    lunL_lookup_keys(L, -1, offer_key, &s);
    if (s.best[0]) lun_text_print(out, "\n  hint: did you mean '%s'?", s.best);
    lua_pop(L, 1);
}

/* Has the value on top a method of this name behind its metatable, and is it called by a dot? A module's functions are its own. */
static bool is_method(lua_State *L, const lun_token *name)
{
    bool own = false;
    if (lua_istable(L, -1)) {
        lua_pushlstring(L, name->text, name->length);
        own = lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
    }
    if (own || !lunL_lookup_field(L, lua_gettop(L), name->text, name->length)) return false;
    own = lua_isfunction(L, -1);
    lua_pop(L, 1);
    return own;
}

/* "net.forward(x)" where "net:forward(x)" is meant. */
static bool put_colon(lua_State *L, const lunL_failure *f, lun_text *out)
{
    lun_lexer lexer = lun_lexer_start(f->line, strlen(f->line));
    lun_token before = {0}, dot = {0}, name = {0}, token;
    while ((token = lun_lexer_next_code(&lexer)).kind != LUN_TOKEN_END) {
        bool call = lun_token_is(&dot, ".") && name.kind == LUN_TOKEN_NAME && lun_token_is(&token, "(");
        if (call && push_receiver(L, f->dead, f->level, f->line, name.at)) {
            bool method = is_method(L, &name);
            lua_pop(L, 1);
            if (method) {
                lun_text_print(out, "\n  hint: a method is called with a colon: %.*s:%.*s(...)", (int)before.length, before.text,
                               (int)name.length, name.text);
                return true;
            }
        }
        before = dot;
        dot = name;
        name = token;
    }
    return false;
}

/* Of an error of ours, or one about self, that a missing colon can be the cause of. */
static bool colon_may_miss(lua_State *L, const lunL_failure *f)
{
    if (!lua_istable(L, f->object)) return strstr(f->message, "'self'") != NULL;
    lua_pushliteral(L, "code");
    const char *code = lua_rawget(L, f->object) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    bool may = strcmp(code, "E120") == 0 || strcmp(code, "E121") == 0;
    lua_pop(L, 1);
    return may;
}

static bool put_own_hint(lua_State *L, const lunL_failure *f, lun_text *out)
{
    if (!lua_istable(L, f->object)) return false;
    lua_pushliteral(L, "hint");
    size_t length;
    const char *hint = lua_rawget(L, f->object) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    if (hint && length) {
        lun_text_put(out, "\n  hint: ");
        lun_operands_put_hint(f->operands, hint, length, out);
    }
    lua_pop(L, 1);
    return true;
}

/* Arguments: message, line. */
static int ask_habits(lua_State *L)
{
    lunL_require(L, "lunette.errors.habits");
    lua_getfield(L, -1, "hint");
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

bool lunL_hint_habit(lua_State *L, const char *message, const char *line, lun_text *out)
{
    lua_pushcfunction(L, ask_habits);
    lua_pushstring(L, message);
    lua_pushstring(L, line);
    size_t length;
    const char *hint = lua_pcall(L, 2, 1, 0) == LUA_OK ? lua_tolstring(L, -1, &length) : NULL;
    if (hint) {
        lun_text_put(out, "\n  hint: ");
        lun_text_escape(out, hint, length, 0, false);
    }
    lua_pop(L, 1);
    return hint != NULL;
}

void lunL_hint_put(lua_State *L, const lunL_failure *f, lun_text *out)
{
    char name[80];
    if (colon_may_miss(L, f) && put_colon(L, f, out)) return;
    if (put_own_hint(L, f, out) || lunL_hint_habit(L, f->message, f->line, out)) return;
    if (!lun_source_wanted(f->message, name, sizeof name)) return;
    if (strstr(f->message, "undefined name '") || strstr(f->message, "a nil value (global '"))
        suggest_global(L, f->dead, f->level, name, out);
    else if (strstr(f->message, "a nil value (method '") || strstr(f->message, "a nil value (field '"))
        suggest_field(L, f, name, out);
}
