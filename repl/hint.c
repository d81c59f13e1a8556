/* hint.c - the line of an error report that says what to type instead
 *
 * Holds: names are looked up raw (repl/lookup.h), so a hint never runs code. A field is only suggested when the receiver is
 * written as a plain chain of names on the line. Read next: hint.h, repl/suggest.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/hint.h"

#include "repl/lexer.h"
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

/* Locals and upvalues of the frame where it happened. */
static void offer_frame(lua_State *dead, int level, lun_suggestion *s)
{
    lua_Debug frame;
    const char *name;
    if (level < 0 || !lua_getstack(dead, level, &frame) || !lua_checkstack(dead, 3)) return;
    for (int i = 1; (name = lua_getlocal(dead, &frame, i)) != NULL; i++) {
        if (name[0] != '(') lun_suggest_offer(s, name);
        lua_pop(dead, 1);
    }
    if (!lua_getinfo(dead, "f", &frame)) return;
    for (int i = 1; (name = lua_getupvalue(dead, -1, i)) != NULL; i++) {
        if (strcmp(name, "_ENV") != 0) lun_suggest_offer(s, name);
        lua_pop(dead, 1);
    }
    lua_pop(dead, 1);
}

static void suggest_global(lua_State *L, lua_State *dead, int level, const char *name, lun_text *out)
{
    lun_suggestion s = lun_suggest_start(name);
    offer_frame(dead, level, &s);
    lua_pushglobaltable(L);
    lunL_suggest_keys(L, -1, &s);
    lua_pop(L, 1);
    for (const lunL_module_row *row = lunL_session_modules; row->global; row++) lun_suggest_offer(&s, row->global);
    if (s.best[0]) lun_text_print(out, "\n  hint: did you mean '%s'?", s.best);
}

/* Pushes the local or upvalue `name` of the frame, if it has one. */
static bool push_from_frame(lua_State *L, lua_State *dead, int level, const char *name, size_t length)
{
    lua_Debug frame;
    const char *found;
    bool have = false;
    if (level < 0 || !lua_getstack(dead, level, &frame) || !lua_checkstack(dead, 3)) return false;
    for (int i = 1; (found = lua_getlocal(dead, &frame, i)) != NULL; i++) {
        bool same = strlen(found) == length && memcmp(found, name, length) == 0;
        if (same && have) lua_pop(L, 1); /* a later one shadows it */
        if (same) lua_xmove(dead, L, 1);
        else lua_pop(dead, 1);
        have = have || same;
    }
    return have;
}

/* The receiver of `name` on the line: "net" in "y = net:forwrad(x)". Pushes its value. */
static bool push_receiver(lua_State *L, lua_State *dead, int level, const char *line, size_t at)
{
    size_t start, dot = at;
    while (dot > 0 && (line[dot - 1] == ' ' || line[dot - 1] == '.' || line[dot - 1] == ':')) dot--;
    if (dot == at || dot == 0 || !lun_lookup_chain(line, dot, &start)) return false;
    lun_lexer lexer = lun_lexer_start(line + start, dot - start);
    lun_token first = lun_lexer_next_code(&lexer);
    if (!push_from_frame(L, dead, level, first.text, first.length)) return lunL_lookup_path(L, 0, line, start, dot);
    if (first.length == dot - start) return true;
    lua_newtable(L); /* an environment of that one name, so that the rest of the chain is read as always */
    lua_pushlstring(L, first.text, first.length);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_remove(L, -2);
    bool found = lunL_lookup_path(L, lua_gettop(L), line, start, dot);
    lua_remove(L, found ? -2 : -1);
    return found;
}

static void suggest_field(lua_State *L, lua_State *dead, int level, const char *name, const char *source, int number,
                          lun_text *out)
{
    lun_text *line = lunL_text_new(L);
    size_t at, width;
    bool found = lunL_source_line(L, source, number, line) &&
                 lun_source_find(lun_text_string(line), line->length, name, &at, &width) &&
                 push_receiver(L, dead, level, lun_text_string(line), at);
    if (found) {
        lun_suggestion s = lun_suggest_start(name);
        lunL_lookup_keys(L, -1, offer_key, &s);
        if (s.best[0]) lun_text_print(out, "\n  hint: did you mean '%s'?", s.best);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static bool put_own_hint(lua_State *L, int object, lun_text *out)
{
    if (!lua_istable(L, object)) return false;
    lua_pushliteral(L, "hint");
    size_t length;
    const char *hint = lua_rawget(L, object) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    if (hint && length) {
        lun_text_put(out, "\n  hint: ");
        lun_text_escape(out, hint, length, 0, true);
    }
    lua_pop(L, 1);
    return true;
}

void lunL_hint_put(lua_State *L, int object, const char *message, lua_State *dead, int level, const char *source, int line,
                   lun_text *out)
{
    char name[80];
    if (put_own_hint(L, object, out) || !lun_source_wanted(message, name, sizeof name)) return;
    if (strstr(message, "undefined name '") || strstr(message, "a nil value (global '"))
        suggest_global(L, dead, level, name, out);
    else if (strstr(message, "a nil value (method '") || strstr(message, "a nil value (field '"))
        suggest_field(L, dead, level, name, source, line, out);
}
