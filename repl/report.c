/* report.c - an error as text for a person
 *
 * Holds: made inside a protected call, so that a report that fails (no memory) becomes a shorter report. Text that comes from
 * outside is escaped. Read next: report.h, repl/source.h, repl/suggest.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/report.h"

#include "core/context.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/interrupt.h"
#include "plot/terminal.h"
#include "repl/highlight.h"
#include "repl/hint.h"
#include "repl/input.h"
#include "repl/record.h"
#include "repl/session.h"
#include "repl/show.h"
#include "repl/source.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST = 40, MOST_CALLERS = 4 };

typedef struct place {
    char where[LUA_IDSIZE + 16]; /* "In[3]:1" */
    char source[256];
    int line, level;
} place;

typedef struct report {
    lun_text *out;
    lua_State *dead;
    char code[16], op[64], wanted[80];
    const char *message;         /* anchored on the stack */
    place at;
    bool located;
} report;

/* --- frames --------------------------------------------------------------------------------------------- */

/* Frames of Lunette's own Lua are of no interest to who called it. */
static bool internal(const lua_Debug *frame)
{
    const char *s = frame->source;
    return frame->what[0] == 'C' || strncmp(s, "@lunette/", 9) == 0 || strncmp(s, "=lunette", 8) == 0 ||
           strncmp(s, "@lib/", 5) == 0;
}

static bool user_frame(lua_State *dead, int level, place *p)
{
    lua_Debug frame;
    if (!lua_getstack(dead, level, &frame) || !lua_getinfo(dead, "Sl", &frame)) return false;
    if (internal(&frame) || frame.currentline < 1) {
        p->level = -1;
        return true;
    }
    snprintf(p->where, sizeof p->where, "%s:%d", frame.short_src, frame.currentline);
    snprintf(p->source, sizeof p->source, "%s", frame.source);
    p->line = frame.currentline;
    p->level = level;
    return true;
}

/* The innermost user frame whose place the message begins with, else the innermost user frame. */
static void locate(report *r)
{
    place p = {.level = -1};
    for (int level = 0; level < DEEPEST && user_frame(r->dead, level, &p); level++) {
        if (p.level < 0) continue;
        size_t n = strlen(p.where);
        bool named = r->message && strncmp(r->message, p.where, n) == 0 && r->message[n] == ':';
        if (!r->located || named) r->at = p;
        r->located = true;
        if (named) return;
    }
}

/* Drops "place:line: " from the message where a frame says the same better; true if it did. */
static bool strip_place(report *r)
{
    lua_Debug frame;
    char where[LUA_IDSIZE + 16];
    for (int level = 0; level < DEEPEST && lua_getstack(r->dead, level, &frame); level++) {
        if (!lua_getinfo(r->dead, "Sl", &frame) || frame.currentline < 1) continue;
        int n = snprintf(where, sizeof where, "%s:%d: ", frame.short_src, frame.currentline);
        if (strncmp(r->message, where, (size_t)n) == 0) {
            r->message += n;
            return true;
        }
    }
    return false;
}

/* --- the error object ----------------------------------------------------------------------------------- */

static void copy_field(lua_State *L, int index, const char *name, char *to, size_t size)
{
    lua_pushstring(L, name);
    if (lua_rawget(L, index) == LUA_TSTRING) snprintf(to, size, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

static int call_tostring(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Pushes what a strange error object says of itself; its __tostring runs as an evaluation of its own, so Ctrl-C ends it. */
static void push_described(lua_State *L, int index)
{
    int results;
    lua_State *co = lunL_newthread(L);
    lua_pushcfunction(co, call_tostring);
    lua_pushvalue(L, index);
    lua_xmove(L, co, 1);
    if (lunL_run(co, L, 1, &results) == LUA_OK) lua_xmove(co, L, 1);
    else lua_pushfstring(L, "the error object is a %s and its __tostring failed", luaL_typename(L, index));
    lua_remove(L, -2);
}

static void push_strange(lua_State *L, int index)
{
    bool speaks = luaL_getmetafield(L, index, "__tostring") != LUA_TNIL;
    if (speaks) lua_pop(L, 1);
    if (speaks || lua_type(L, index) == LUA_TBOOLEAN || lua_type(L, index) == LUA_TNUMBER) {
        push_described(L, index);
        return;
    }
    lun_text *text = lunL_text_new(L);
    lua_pushfstring(L, "the error object is a %s value", lua_isnil(L, index) ? "nil" : luaL_typename(L, index));
    if (lua_istable(L, index)) {
        lunL_show_value(L, index, text, 0, 70);
        lua_pushfstring(L, ": %s", lun_text_string(text));
        lua_concat(L, 2);
    }
    lua_remove(L, -2);
}

/* Reads the object at `index`; leaves one value that anchors the message. */
static void read_object(lua_State *L, int index, report *r)
{
    bool own = false;
    if (lua_istable(L, index)) {
        lua_pushliteral(L, "message");
        own = lua_rawget(L, index) == LUA_TSTRING;
        if (!own) lua_pop(L, 1);
    }
    if (own) {
        copy_field(L, index, "code", r->code, sizeof r->code);
        copy_field(L, index, "op", r->op, sizeof r->op);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        lua_pushvalue(L, index);
    } else {
        push_strange(L, index);
    }
    r->message = lua_tostring(L, -1);
    if (!r->message) r->message = "an error without a text";
}

/* --- composing ------------------------------------------------------------------------------------------ */

enum { LONGEST_MESSAGE = 2000, LONGEST_NEAR = 300 };

/* Without the second traceback that Lua puts in a stack overflow, and without the list of all places a module is not in. */
static size_t shown_length(const char *message)
{
    const char *overflow = strstr(message, "stack overflow (message"), *places = strstr(message, ":\n\tno field package.");
    if (overflow) return (size_t)(overflow - message) + strlen("stack overflow");
    size_t length = places ? (size_t)(places - message) : strlen(message);
    return length < LONGEST_MESSAGE ? length : LONGEST_MESSAGE;
}

/* Lua calls an element that is read by a number strange names. */
static const char *plain_words(lua_State *L, const char *message)
{
    static const char *const words[][2] = {{" (field 'integer index')", " (an element that is not there)"},
                                           {" (field '?')", " (an element that is not there)"},
                                           {" (for iterator 'for iterator')", " by `for ... in`"}, {NULL, NULL}};
    for (int i = 0; words[i][0]; i++)
        if (strstr(message, words[i][0])) return luaL_gsub(L, message, words[i][0], words[i][1]);
    return message;
}

static void put_head(lua_State *L, report *r)
{
    const char *message = plain_words(L, r->message);
    lun_text_put(r->out, "error");
    if (r->code[0]) lun_text_print(r->out, "[%s]", r->code);
    if (r->op[0] && strncmp(r->message, r->op, strlen(r->op)) != 0) lun_text_print(r->out, " %s", r->op);
    lun_text_put(r->out, r->code[0] && !r->op[0] ? " " : r->op[0] && strncmp(r->message, r->op, strlen(r->op)) == 0
                                                             ? " " : ": ");
    lun_text_escape(r->out, message, shown_length(message), 0, true);
}

/* What the caret is for: the name in the message, else the op, else the module whose call it was. */
static void choose_wanted(report *r, const char *line)
{
    size_t at, width;
    const char *path = lun_context_get()->module_path;
    if (!lun_source_wanted(r->message, r->wanted, sizeof r->wanted)) snprintf(r->wanted, sizeof r->wanted, "%s", r->op);
    if (r->op[0] && !lun_source_find(line, strlen(line), r->wanted, &at, &width)) snprintf(r->wanted, sizeof r->wanted, "%s", r->op);
    if (path && !lun_source_find(line, strlen(line), r->wanted, &at, &width))
        snprintf(r->wanted, sizeof r->wanted, "%.*s", (int)strcspn(path, "."), path);
}

static void put_line(report *r, bool known, const char *line)
{
    if (!r->located) return;
    if (known) lun_source_draw(r->out, r->at.where, line, r->wanted);
    else lun_text_print(r->out, "\n  at %s", r->at.where);
}

/* Of an error about shapes and kinds of tensors: what the variables at the call hold. Then the hint. */
static void put_help(lua_State *L, int object, report *r, const char *line)
{
    static const char *const about[] = {"E101", "E110", "E111", "E301", NULL};
    int level = r->located ? r->at.level : -1;
    lun_operands operands = {{""}};
    if (r->op[0]) operands = lunL_operands_find(L, r->dead, level, line, r->op);
    for (const char *const *code = about; *code; code++)
        if (strcmp(*code, r->code) == 0) lunL_operands_put(L, r->dead, level, &operands, r->message, r->out);
    lunL_failure failure = {.object = object, .message = r->message, .dead = r->dead, .level = level, .line = line, .operands = &operands};
    lunL_hint_put(L, &failure, r->out);
}

/* Were there any? */
static bool put_callers(report *r)
{
    place p = {.level = -1};
    char last[sizeof p.where];
    int shown = 0;
    snprintf(last, sizeof last, "%s", r->at.where);
    for (int level = r->at.level + 1; r->located && level < DEEPEST && user_frame(r->dead, level, &p); level++) {
        if (p.level < 0 || strcmp(p.where, last) == 0) continue;
        if (++shown > MOST_CALLERS) {
            lun_text_put(r->out, "\n  ... (%tb shows all)");
            return true;
        }
        lun_text_print(r->out, "\n  called from %s", p.where);
        snprintf(last, sizeof last, "%s", p.where);
    }
    return shown > 0;
}

/* Which module call failed, and how to look inside: its frames are still there. Without one it is worth saying of an op that failed in a
 * function, or in a script: a cell's own line has no locals to look at. */
static void put_module(report *r, bool has_callers)
{
    const char *path = lun_context_get()->module_path;
    bool script = lun_input_main.kind == LUN_INPUT_NOBODY;
    const char *look = lunL_the_shell.interactive ? "%pm" : script ? "lunette --pm" : "dbg.pm()";
    if (path) lun_text_print(r->out, "\n  inside %s; %s looks at it", path, look);
    else if (r->code[0] && r->located && (has_callers || script)) lun_text_print(r->out, "\n  %s looks at it", look);
}

static const char traceback_key, last_key;

void lunL_report_push_traceback(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key); }
void lunL_report_push_last(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &last_key); }

static void put_traceback(lua_State *L, report *r)
{
    const char *wanted = getenv("LUNETTE_TRACEBACK");
    luaL_traceback(L, r->dead, NULL, 0);
    if (wanted && strcmp(wanted, "1") == 0) lun_text_print(r->out, "\n%s", lua_tostring(L, -1));
    lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
}

/* Keeps code and message of the last error, for %explain. */
static void keep_last(lua_State *L, const char *code, const char *message)
{
    lua_createtable(L, 0, 2);
    lunL_set_text(L, "code", code);
    lunL_set_text(L, "message", message);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key);
}

/* Arguments: the coroutine as light userdata, whether it was Ctrl-C. The error object is on top of the coroutine. */
static int compose(lua_State *L)
{
    report r = {.dead = lua_touserdata(L, 1), .out = lunL_text_new(L)};
    bool interrupted = lua_toboolean(L, 2);
    if (!lua_checkstack(r.dead, 4)) return luaL_error(L, "stack overflow");
    luaL_checkstack(L, 30, NULL);
    lua_pushvalue(r.dead, -1);
    lua_xmove(r.dead, L, 1);
    int object = lua_gettop(L);
    if (interrupted) {
        lun_text_put(r.out, "interrupted");
    } else {
        read_object(L, object, &r);
    }
    locate(&r);
    lun_text *line = lunL_text_new(L);
    bool known = r.located && lunL_source_line(L, r.at.source, r.at.line, line);
    if (!interrupted) {
        if (lua_type(L, object) == LUA_TSTRING) {
            while (strip_place(&r)) continue; /* coroutine.wrap puts another in front */
        }
        choose_wanted(&r, lun_text_string(line));
        put_head(L, &r);
    }
    put_line(&r, known, lun_text_string(line));
    if (!interrupted) put_help(L, object, &r, lun_text_string(line));
    bool has_callers = put_callers(&r);
    if (!interrupted) put_module(&r, has_callers);
    if (!interrupted) put_traceback(L, &r);
    keep_last(L, interrupted ? "E701" : r.code, interrupted ? "interrupted" : r.message);
    lua_pushlstring(L, lun_text_string(r.out), r.out->length);
    return 1;
}

void lunL_report_push(lua_State *L, lua_State *dead, bool interrupted)
{
    lua_pushcfunction(L, compose);
    lua_pushlightuserdata(L, dead);
    lua_pushboolean(L, interrupted);
    if (lua_pcall(L, 2, 1, 0) == LUA_OK) return;
    lua_pop(L, 1);
    lua_pushstring(L, interrupted ? "interrupted" : "error[E601] out of memory");
}

/* --- errors of compilation ------------------------------------------------------------------------------ */

/* Argument: the message "place:line: what". */
static int compose_syntax(lua_State *L)
{
    const char *message = luaL_checkstring(L, 1), *colon = strstr(message, ": ");
    lun_text *out = lunL_text_new(L), *line = lunL_text_new(L);
    char where[128], source[130], wanted[80] = "";
    int number = 0;
    if (colon && (size_t)(colon - message) < sizeof where) {
        snprintf(where, sizeof where, "%.*s", (int)(colon - message), message);
        char *last = strrchr(where, ':');
        number = last ? atoi(last + 1) : 0;
        snprintf(source, sizeof source, "=%.*s", last ? (int)(last - where) : 0, where);
    }
    if (number < 1) colon = NULL;
    lun_text_put(out, "error: ");
    const char *what = colon ? colon + 2 : message;
    lun_text_escape(out, what, strlen(what) < LONGEST_NEAR ? strlen(what) : LONGEST_NEAR, 0, true);
    lun_source_wanted(message, wanted, sizeof wanted);
    bool found = colon && lunL_source_line(L, source, number, line);
    if (colon && !found) {
        source[0] = '@';
        found = lunL_source_line(L, source, number, line);
    }
    if (found) lun_source_draw(out, where, lun_text_string(line), wanted);
    else if (colon) lun_text_print(out, "\n  at %s", where);
    lunL_hint_habit(L, what, lun_text_string(line), out);
    keep_last(L, "E005", what);
    lua_pushlstring(L, lun_text_string(out), out->length);
    return 1;
}

void lunL_report_syntax(lua_State *L)
{
    lua_pushcfunction(L, compose_syntax);
    lua_insert(L, -2);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) return;
    lua_pop(L, 1);
    lua_pushliteral(L, "error: this does not compile, and there is no memory to say why");
}

void lunL_report_print(lua_State *L, bool after_keys)
{
    size_t length;
    if (lunL_record_on()) {
        lunL_record_report(L, lua_isstring(L, -1) && strncmp(lua_tostring(L, -1), "interrupted", 11) == 0);
        lua_pop(L, 1);
        return;
    }
    const char *text = lua_tolstring(L, -1, &length);
    fflush(stdout);
    if (after_keys) fputc('\n', stderr);
    bool colours = text && strncmp(text, "error", 5) == 0 && isatty(STDERR_FILENO) && lun_terminal_colors() > 0;
    size_t head = colours ? strcspn(text, ": ") : 0;
    if (head)
        fprintf(stderr, "%s%.*s%s", lun_highlight_escape(LUN_STYLE_ERROR), (int)head, text, lun_highlight_escape(LUN_STYLE_TEXT));
    if (text) fwrite(text + head, 1, length - head, stderr);
    fputc('\n', stderr);
    lua_pop(L, 1);
}

bool lunL_report_is_memory(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_checkstack(L, 3)) return false;
    index = lua_absindex(L, index);
    lua_pushliteral(L, "kind");
    bool memory = lua_rawget(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "memory") == 0;
    lua_pop(L, 1);
    return memory;
}
