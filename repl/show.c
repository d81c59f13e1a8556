/* show.c - a value as text for a person
 *
 * Holds: a table is tried on one line first and broken into lines only if it does not fit; the one-line try stops as soon as
 * it is too long, so nesting costs at most depth x width. Read next: show.h, repl/text.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/show.h"

#include "lua_bindings/box.h"
#include "lua_bindings/interrupt.h"
#include "plot/terminal.h"
#include "repl/highlight.h"
#include "repl/lexer.h"
#include "repl/console.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FIELDS = 60, MOST_DEPTH = 4, MOST_STRING = 1000, MOST_NESTED_STRING = 120 };

typedef struct view {
    lun_text *out;
    int width, depth;
    bool flat;       /* on one line; gives up beyond `limit` */
    size_t limit;
    const void *path[MOST_DEPTH + 2]; /* the tables we are in, for cycles */
} view;

static void show(lua_State *L, int index, view *v, int indent);

/* --- plain values --------------------------------------------------------------------------------------- */

static void show_string(lua_State *L, int index, view *v)
{
    size_t length, most = v->depth ? MOST_NESTED_STRING : MOST_STRING;
    const char *s = lua_tolstring(L, index, &length);
    size_t shown = length > most ? most : length;
    while (shown < length && shown > 0 && ((unsigned char)s[shown] & 0xC0) == 0x80) shown--;
    lun_text_put(v->out, "\"");
    lun_text_escape(v->out, s, shown, '"', false);
    lun_text_put(v->out, "\"");
    if (shown < length) lun_text_print(v->out, "... (%zu bytes)", length);
}

static void show_function(lua_State *L, int index, view *v)
{
    lua_Debug about;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">Su", &about);
    if (strcmp(about.what, "C") == 0) {
        lun_text_put(v->out, "function (built in)");
        return;
    }
    lun_text_put(v->out, "function (");
    for (int i = 1; i <= about.nparams; i++) {
        lua_pushvalue(L, index);
        const char *name = lua_getlocal(L, NULL, i);
        lua_pop(L, 1);
        lun_text_print(v->out, "%s%s", i > 1 ? ", " : "", name ? name : "?");
    }
    if (about.isvararg) lun_text_put(v->out, about.nparams ? ", ..." : "...");
    lun_text_print(v->out, ")  %s:%d", about.short_src, about.linedefined);
}

/* What __tostring says, or why it says nothing. Pushes a string. */
static int call_tostring(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

static void show_by_tostring(lua_State *L, int index, view *v)
{
    size_t length;
    lua_pushcfunction(L, call_tostring);
    lua_pushvalue(L, index);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        if (lunL_is_unwind(L, -1) || lunL_is_tensor(L, index)) lua_error(L); /* of a tensor: that is why it has no values */
        lun_text_print(v->out, "%s (its __tostring failed", luaL_typename(L, index));
        const char *why = lua_tolstring(L, -1, &length);
        if (why) {
            lun_text_put(v->out, ": ");
            lun_text_escape(v->out, why, length, 0, false);
        }
        lun_text_put(v->out, ")");
        lua_pop(L, 1);
        return;
    }
    const char *s = lua_tolstring(L, -1, &length);
    const char *newline = v->depth ? memchr(s, '\n', length) : NULL; /* inside a table the header must do */
    lun_text_escape(v->out, s, newline ? (size_t)(newline - s) : length, 0, true);
    lua_pop(L, 1);
}

static bool has_tostring(lua_State *L, int index)
{
    int kind = luaL_getmetafield(L, index, "__tostring");
    if (kind != LUA_TNIL) lua_pop(L, 1);
    return kind != LUA_TNIL;
}

/* --- tables --------------------------------------------------------------------------------------------- */

static int compare_keys(lua_State *L, int a, int b)
{
    int ta = lua_type(L, a), tb = lua_type(L, b);
    if (ta != tb) return ta == LUA_TSTRING ? -1 : tb == LUA_TSTRING ? 1 : ta - tb;
    if (ta == LUA_TNUMBER || ta == LUA_TSTRING) return lua_compare(L, a, b, LUA_OPLT) ? -1 : lua_rawequal(L, a, b) ? 0 : 1;
    return 0;
}

/* Pushes a list of up to `most` keys that are not in the sequence 1..n, smallest first (insertion into the list). */
static int push_keys(lua_State *L, int table, lua_Integer n, int most)
{
    int count = 0;
    lua_newtable(L);
    int list = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= n) continue;
        int at = count < most ? ++count : count;
        if (at == 0) continue;
        int key = lua_gettop(L);
        if (at == most && lua_rawgeti(L, list, at) != LUA_TNIL) { /* full: does it beat the last? */
            bool worse = compare_keys(L, key, lua_gettop(L)) >= 0;
            lua_pop(L, 1);
            if (worse) continue;
        } else if (at == most) {
            lua_pop(L, 1);
        }
        for (; at > 1; at--) {
            lua_rawgeti(L, list, at - 1);
            if (compare_keys(L, key, lua_gettop(L)) >= 0) {
                lua_pop(L, 1);
                break;
            }
            lua_rawseti(L, list, at);
        }
        lua_pushvalue(L, key);
        lua_rawseti(L, list, at);
    }
    return count;
}

static bool is_name(const char *s, size_t length)
{
    lun_lexer lexer = lun_lexer_start(s, length);
    lun_token token = lun_lexer_next(&lexer);
    return token.kind == LUN_TOKEN_NAME && token.length == length;
}

static void show_key(lua_State *L, int index, view *v)
{
    size_t length;
    const char *s = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
    if (s && is_name(s, length)) {
        lun_text_add(v->out, s, length);
    } else {
        lun_text_put(v->out, "[");
        show(L, index, v, 0);
        lun_text_put(v->out, "]");
    }
    lun_text_put(v->out, " = ");
}

/* Before a field: a comma and a space, or a new line. Numbers and the like fill a line when broken. */
static void separate(view *v, bool first, bool fills, int indent, size_t *line_start)
{
    bool new_line = !v->flat && (!fills || v->out->length - *line_start > (size_t)(v->width - 12) || first);
    if (!first) lun_text_put(v->out, new_line || v->flat ? "," : ", ");
    if (v->flat && !first) lun_text_put(v->out, " ");
    if (!new_line) return;
    lun_text_put(v->out, "\n");
    *line_start = v->out->length;
    lun_text_fill(v->out, ' ', indent);
}

static bool too_long(const view *v) { return v->flat && v->out->length > v->limit; }

static void show_fields(lua_State *L, int table, view *v, int indent)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, table);
    size_t line_start = v->out->length;
    int shown = 0;
    bool after_scalar = false;
    for (lua_Integer i = 1; i <= n && shown < MOST_FIELDS && !too_long(v); i++, shown++) {
        bool scalar = lua_rawgeti(L, table, i) != LUA_TTABLE && lua_type(L, -1) != LUA_TUSERDATA;
        separate(v, shown == 0, scalar && after_scalar, indent, &line_start);
        show(L, lua_gettop(L), v, indent);
        after_scalar = scalar;
        lua_pop(L, 1);
    }
    int room = MOST_FIELDS - shown, keys = push_keys(L, table, n, room + 1), list = lua_gettop(L);
    for (int i = 1; i <= keys && shown < MOST_FIELDS && !too_long(v); i++, shown++) {
        separate(v, shown == 0, false, indent, &line_start);
        lua_rawgeti(L, list, i);
        show_key(L, lua_gettop(L), v);
        lua_rawget(L, table);
        show(L, lua_gettop(L), v, indent);
        lua_pop(L, 1);
    }
    lua_settop(L, list - 1);
    if (n > MOST_FIELDS || keys > room) {
        separate(v, false, false, indent, &line_start);
        if (n > MOST_FIELDS) lun_text_print(v->out, "... %lld more", (long long)(n - MOST_FIELDS));
        else lun_text_put(v->out, "...");
    }
}

static bool in_path(const view *v, const void *table)
{
    for (int i = 0; i < v->depth; i++)
        if (v->path[i] == table) return true;
    return false;
}

static void show_broken(lua_State *L, int index, view *v, int indent)
{
    lun_text_put(v->out, "{");
    show_fields(L, index, v, indent + 2);
    lun_text_put(v->out, "\n");
    lun_text_fill(v->out, ' ', indent);
    lun_text_put(v->out, "}");
}

static bool show_flat(lua_State *L, int index, view *v, int indent)
{
    size_t start = v->out->length;
    view inner = *v;
    inner.flat = true;
    if (!v->flat) inner.limit = start + (size_t)(v->width > indent + 20 ? v->width - indent : 20);
    lun_text_put(v->out, "{");
    show_fields(L, index, &inner, 0);
    lun_text_put(v->out, "}");
    if (!too_long(&inner)) return true;
    if (!v->flat) lun_text_cut(v->out, start);
    return false;
}

static void show_table(lua_State *L, int index, view *v, int indent)
{
    const void *identity = lua_topointer(L, index);
    if (in_path(v, identity)) {
        lun_text_put(v->out, "{...}");
        return;
    }
    int name = luaL_getmetafield(L, index, "__name");
    if (name == LUA_TSTRING) lun_text_print(v->out, "%s ", lua_tostring(L, -1));
    if (name != LUA_TNIL) lua_pop(L, 1);
    lua_pushnil(L);
    bool empty = lua_next(L, index) == 0;
    if (!empty) lua_pop(L, 2);
    if (empty || v->depth >= MOST_DEPTH) {
        lun_text_put(v->out, empty ? "{}" : "{...}");
        return;
    }
    v->path[v->depth++] = identity;
    if (!show_flat(L, index, v, indent) && !v->flat) show_broken(L, index, v, indent);
    v->depth--;
}

/* --- any value ------------------------------------------------------------------------------------------ */

static void show(lua_State *L, int index, view *v, int indent)
{
    luaL_checkstack(L, 12, NULL);
    int kind = lua_type(L, index);
    if (kind == LUA_TSTRING) show_string(L, index, v);
    else if (kind == LUA_TFUNCTION) show_function(L, index, v);
    else if (kind == LUA_TTABLE && !has_tostring(L, index)) show_table(L, index, v, indent);
    else show_by_tostring(L, index, v);
}

void lunL_show_value(lua_State *L, int index, lun_text *out, int indent, int width)
{
    view v = {.out = out, .width = width};
    show(L, lua_absindex(L, index), &v, indent);
}

void lunL_show_brief(lua_State *L, int index, lun_text *out)
{
    int kind = lua_type(L, index);
    if (kind == LUA_TTABLE && !has_tostring(L, index)) {
        size_t fields = 0;
        index = lua_absindex(L, index);
        lua_pushnil(L);
        for (; lua_next(L, index) && fields < 10000; fields++) lua_pop(L, 1);
        if (fields == 10000) lua_pop(L, 2);
        lun_text_print(out, "table, %zu%s field%s", fields, fields == 10000 ? "+" : "", fields == 1 ? "" : "s");
        return;
    }
    view v = {.out = out, .width = 80, .depth = 1, .path = {NULL}};
    show(L, lua_absindex(L, index), &v, 0);
}

static void put_label(lun_text *out, const char *label)
{
    bool colours = *label && lun_terminal_colors() > 0;
    if (colours) lun_text_put(out, lun_highlight_escape(LUN_STYLE_RESULT));
    lun_text_put(out, label);
    if (colours) lun_text_put(out, lun_highlight_escape(LUN_STYLE_TEXT));
}

int lunL_show_results(lua_State *L)
{
    int values = lua_gettop(L), width = lun_console_width();
    char label[32] = "";
    if (lua_isinteger(L, lua_upvalueindex(1)))
        snprintf(label, sizeof label, "Out[%d]: ", (int)lua_tointeger(L, lua_upvalueindex(1)));
    lun_text *out = lunL_text_new(L);
    for (int i = 1; i <= values; i++) {
        lun_text *one = lunL_text_new(L);
        lunL_show_value(L, i, one, 0, width - (int)strlen(label));
        bool below = i > 1 && !strchr(lun_text_string(one), '\n'); /* what has rows of its own begins at the left */
        if (i == 1) put_label(out, label);
        else if (below) lun_text_fill(out, ' ', (int)strlen(label));
        lun_text_add(out, lun_text_string(one), one->length);
        lun_text_put(out, "\n");
        out->failed |= one->failed;
        lua_pop(L, 1);
    }
    if (out->failed) return luaL_error(L, "not enough memory to show this");
    fwrite(lun_text_string(out), 1, out->length, stdout);
    fflush(stdout);
    return 0;
}
