/* cell.c - from typed text to a function
 *
 * Four attempts, in this order: the text as an expression; its last expression returned, the rest before it; the text as it
 * stands; else it is incomplete or wrong.
 * Holds: a cut for "the last expression" is made only at the start of a line or behind `;`, and never where Lua would read the
 * two halves as one expression, so showing a value cannot change what runs. Edits keep every line where it was.
 * Read next: cell.h, repl/lexer.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/cell.h"

#include "repl/lexer.h"
#include "repl/locals.h"
#include "repl/text.h"

#include <lauxlib.h>
#include <string.h>

enum { MOST_CUTS = 256 };

typedef struct outline {
    size_t cuts[MOST_CUTS]; /* where the last statement may begin, in order */
    bool after_semicolon[MOST_CUTS];
    int cut_count;
    bool silent;            /* ends in ; */
    bool empty;
} outline;

/* --- looking over the text ------------------------------------------------------------------------------ */

static void note_name(lunL_cell *cell, const lun_token *name)
{
    size_t used = strlen(cell->names);
    if (used == 0) cell->names[used++] = ' ';
    if (used + name->length + 2 > sizeof cell->names) return;
    memcpy(cell->names + used, name->text, name->length);
    cell->names[used + name->length] = ' ';
    cell->names[used + name->length + 1] = '\0';
}

/* Behind a top-level `local`: notes the names; blanks `<const>`, because the compiler folds such a local away. */
static lun_token read_local(lunL_cell *cell, lun_lexer *lexer, char *text)
{
    lun_token token = lun_lexer_next_code(lexer);
    if (lun_token_is(&token, "function")) {
        token = lun_lexer_next_code(lexer);
        if (token.kind == LUN_TOKEN_NAME) note_name(cell, &token);
        return token;
    }
    while (token.kind == LUN_TOKEN_NAME) {
        lun_token name = token, inside;
        bool close = false;
        token = lun_lexer_next_code(lexer);
        if (lun_token_is(&token, "<")) {
            inside = lun_lexer_next_code(lexer);
            lun_token end = lun_lexer_next_code(lexer);
            close = lun_token_is(&inside, "close");
            if (lun_token_is(&inside, "const") && lun_token_is(&end, ">"))
                memset(text + token.at, ' ', end.at + 1 - token.at);
            token = lun_lexer_next_code(lexer);
        }
        if (!close) note_name(cell, &name);
        if (!lun_token_is(&token, ",")) break;
        token = lun_lexer_next_code(lexer);
    }
    return token;
}

static void note_cut(outline *o, size_t at, bool after_semicolon)
{
    if (o->cut_count == MOST_CUTS) { /* only the last ones matter */
        memmove(o->cuts, o->cuts + 1, (MOST_CUTS - 1) * sizeof o->cuts[0]);
        memmove(o->after_semicolon, o->after_semicolon + 1, (MOST_CUTS - 1) * sizeof o->after_semicolon[0]);
        o->cut_count--;
    }
    o->cuts[o->cut_count] = at;
    o->after_semicolon[o->cut_count++] = after_semicolon;
}

static outline look_over(lunL_cell *cell, char *text, size_t length)
{
    outline o = {.empty = true};
    lun_lexer lexer = lun_lexer_start(text, length);
    lun_token token = lun_lexer_next_code(&lexer);
    bool after_semicolon = false;
    cell->names[0] = '\0';
    while (token.kind != LUN_TOKEN_END) {
        bool top = lexer.depth == 0;
        o.empty = false;
        if (top && (after_semicolon || token.first_on_line)) note_cut(&o, token.at, after_semicolon);
        o.silent = after_semicolon = top && lun_token_is(&token, ";");
        token = top && lun_token_is(&token, "local") ? read_local(cell, &lexer, text) : lun_lexer_next_code(&lexer);
    }
    return o;
}

/* --- compiling ------------------------------------------------------------------------------------------ */

typedef struct pieces {
    const char *parts[4];
    size_t lengths[4];
    int next, newlines;
} pieces;

static const char *read_piece(lua_State *L, void *data, size_t *size)
{
    static const char newlines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    pieces *p = data;
    (void)L;
    if (p->newlines > 0) {
        *size = (size_t)p->newlines < sizeof newlines - 1 ? (size_t)p->newlines : sizeof newlines - 1;
        p->newlines -= (int)*size;
        return newlines;
    }
    while (p->next < 4 && p->lengths[p->next] == 0) p->next++; /* an empty piece would mean the end */
    if (p->next == 4) return NULL;
    *size = p->lengths[p->next];
    return p->parts[p->next++];
}

/* Pushes the function or the message. `cut`: bytes before `word`, which is put in. */
static int compile(lua_State *L, const lunL_cell *cell, const char *text, size_t length, size_t cut, const char *word)
{
    const char *prefix = LUNL_LOCALS_PREFIX; /* also without locals: it keeps `return f()` from being a tail call */
    pieces p = {{prefix, text, word, text + cut}, {strlen(prefix), cut, strlen(word), length - cut}, 0,
                cell->first_line - 1};
    int status = lua_load(L, read_piece, &p, cell->source, "t");
    if (status == LUA_OK && cell->env) {
        lua_pushvalue(L, cell->env);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return status;
}

static bool starts_expression(const char *text, size_t length, bool joined)
{
    static const char *const never[] = {"for", "while", "if", "local", "do", "repeat", "goto", "break", "return", "::", ";",
                                        "end", "until", "else", "elseif", "then", "in", NULL};
    static const char *const joins[] = {"(", "{", "-", "~", "[", NULL};
    lun_lexer lexer = lun_lexer_start(text, length);
    lun_token token = lun_lexer_next_code(&lexer);
    for (const char *const *w = never; *w; w++)
        if (lun_token_is(&token, *w)) return false;
    if (!joined) return true;
    for (const char *const *w = joins; *w; w++)
        if (lun_token_is(&token, *w)) return false;
    return token.kind != LUN_TOKEN_STRING;
}

/* Does the compiler complain about the end only? A short string goes on only behind a backslash. Pops the message. */
static bool ends_early(lua_State *L, const char *text, size_t length)
{
    static const char mark[] = "<eof>";
    size_t n = sizeof mark - 1, size;
    const char *message = lua_tolstring(L, -1, &size);
    bool early = message && size >= n && memcmp(message + size - n, mark, n) == 0 &&
                 (!strstr(message, "unfinished string") || (length > 0 && text[length - 1] == '\\'));
    lua_pop(L, 1);
    return early;
}

/* Tries to return the last expression. `whole`: the text is a chunk as it stands, so a cut must not divide what Lua joins.
 * *early: it would be an expression with more behind it. */
static bool compile_last(lua_State *L, const lunL_cell *cell, const char *text, size_t length, const outline *o, bool whole,
                         bool *early)
{
    for (int i = o->cut_count - 1; i >= 0; i--) {
        size_t cut = o->cuts[i];
        if (cut == 0) return false;
        if (text[cut] == ';') continue;
        bool joined = whole && !o->after_semicolon[i];
        if (!starts_expression(text + cut, length - cut, joined)) {
            if (whole) return false;
            continue;
        }
        if (compile(L, cell, text, length, cut, "return ") == LUA_OK) return true;
        *early |= ends_early(L, text, length);
    }
    return false;
}

static lunL_cell_state compile_text(lua_State *L, lunL_cell *cell, char *text, size_t length)
{
    outline o = look_over(cell, text, length);
    if (o.empty) { /* or a comment that goes on */
        bool done = compile(L, cell, text, length, length, "") == LUA_OK;
        if (done) lua_pop(L, 1);
        return done ? LUNL_CELL_EMPTY : LUNL_CELL_INCOMPLETE;
    }
    cell->shows = !o.silent;
    if (compile(L, cell, text, length, 0, "return ") == LUA_OK) return LUNL_CELL_READY;
    bool early = ends_early(L, text, length);
    bool whole = compile(L, cell, text, length, length, "") == LUA_OK;
    if ((!whole || !o.silent) && compile_last(L, cell, text, length, &o, whole, &early)) {
        lua_remove(L, -2);
        return LUNL_CELL_READY;
    }
    if (whole) return LUNL_CELL_READY;
    lua_pushvalue(L, -1);
    return ends_early(L, text, length) || early ? LUNL_CELL_INCOMPLETE : LUNL_CELL_WRONG;
}

lunL_cell_state lunL_cell_compile(lua_State *L, lunL_cell *cell)
{
    int base = lua_gettop(L);
    lun_text *copy = lunL_text_new(L);
    size_t skip = 0;
    if (cell->env) cell->env = lua_absindex(L, cell->env);
    while (skip < cell->length && memchr(" \t\r\n", cell->text[skip], 4)) skip++;
    lun_text_add(copy, cell->text, cell->length);
    if (copy->failed) {
        luaL_error(L, "not enough memory");
    }
    if (skip < cell->length && cell->text[skip] == '=') copy->bytes[skip] = ' '; /* the old way to ask for a value */
    lunL_cell_state state = compile_text(L, cell, copy->bytes ? copy->bytes : (char[]){""}, copy->length);
    lua_remove(L, base + 1);
    return state;
}
