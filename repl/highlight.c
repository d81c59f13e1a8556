/* highlight.c - which part of a cell is drawn how
 *
 * Holds: colours are the terminal's own sixteen, so what its user chose for them counts. Read next: highlight.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/highlight.h"

#include "plot/terminal.h"
#include "repl/lexer.h"

#include <stdbool.h>
#include <string.h>

enum { DEEPEST = 500 };

typedef struct span { size_t at, length; } span;

typedef struct pairs {
    lun_token open[DEEPEST];
    int depth;               /* may exceed DEEPEST; what is deeper has no pair */
    size_t cursor;
    span before[2], behind[2]; /* the pair with an end before the cursor, and behind it; length 0: none */
} pairs;

static void paint(unsigned char *styles, span s, lun_style style) { memset(styles + s.at, (int)style, s.length); }

static span span_of(const lun_token *t) { return (span){t->at, t->length}; }

static bool fits(const lun_token *open, const lun_token *close)
{
    static const char *const both[][2] = {{"(", ")"}, {"[", "]"}, {"{", "}"}, {"repeat", "until"}};
    for (int i = 0; i < 4; i++)
        if (lun_token_is(open, both[i][0]) || lun_token_is(close, both[i][1]))
            return lun_token_is(open, both[i][0]) && lun_token_is(close, both[i][1]);
    return true; /* a block and its end */
}

static void note_pair(pairs *p, span a, span b)
{
    span two[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        if (two[i].at + two[i].length == p->cursor) memcpy(p->before, two, sizeof two);
        if (two[i].at <= p->cursor && p->cursor < two[i].at + two[i].length) memcpy(p->behind, two, sizeof two);
    }
}

static void nest(pairs *p, const lun_lexer *lexer, const lun_token *token, unsigned char *styles)
{
    if (lexer->open > lexer->depth) {
        if (p->depth < DEEPEST) p->open[p->depth] = *token;
        p->depth++;
    } else if (lexer->open < lexer->depth) {
        bool known = p->depth > 0 && p->depth <= DEEPEST;
        bool good = p->depth > DEEPEST || (known && fits(&p->open[p->depth - 1], token));
        if (!good) paint(styles, span_of(token), LUN_STYLE_WRONG);
        if (good && known) note_pair(p, span_of(&p->open[p->depth - 1]), span_of(token));
        if (good) p->depth--;
    }
}

static lun_style style_of(const lun_token *t)
{
    switch (t->kind) {
    case LUN_TOKEN_KEYWORD:
        return lun_token_is(t, "nil") || lun_token_is(t, "true") || lun_token_is(t, "false") ? LUN_STYLE_CONSTANT
                                                                                             : LUN_STYLE_KEYWORD;
    case LUN_TOKEN_NUMBER: return LUN_STYLE_CONSTANT;
    case LUN_TOKEN_STRING: return LUN_STYLE_STRING;
    case LUN_TOKEN_COMMENT: return LUN_STYLE_COMMENT;
    default: return LUN_STYLE_TEXT;
    }
}

/* A cell that is no Lua: its first word is the command. Returns where Lua may begin. */
static size_t paint_command(const char *text, size_t length, unsigned char *styles)
{
    size_t at = 0, word;
    while (at < length && memchr(" \t\n", text[at], 3)) at++;
    if (at == length || !memchr("%?!$", text[at], 4)) return 0;
    for (word = at; word < length && !memchr(" \t\n", text[word], 3); word++) continue;
    if (text[at] != '%') word = length;
    paint(styles, (span){at, text[at] == '%' ? word - at : 1}, LUN_STYLE_COMMAND);
    return word;
}

void lun_highlight(const char *text, size_t length, size_t cursor, unsigned char *styles)
{
    static pairs p;
    p.depth = 0;
    p.before[0].length = p.behind[0].length = 0;
    memset(styles, LUN_STYLE_TEXT, length);
    size_t start = paint_command(text, length, styles);
    lun_lexer lexer = lun_lexer_start(text + start, length - start);
    lun_token token;
    p.cursor = cursor - start; /* wraps round when the cursor is in the command: then it meets nothing */
    while ((token = lun_lexer_next(&lexer)).kind != LUN_TOKEN_END) {
        paint(styles + start, span_of(&token), style_of(&token));
        nest(&p, &lexer, &token, styles + start);
    }
    const span *touched = p.before[0].length ? p.before : p.behind;
    for (int i = 0; i < 2 && touched[0].length; i++) paint(styles + start, touched[i], LUN_STYLE_MATCH);
}

const char *lun_highlight_escape(lun_style style)
{
    static const char *const both[LUN_STYLES] = {
        [LUN_STYLE_TEXT] = "\033[0m", [LUN_STYLE_KEYWORD] = "\033[0;35m", [LUN_STYLE_CONSTANT] = "\033[0;36m",
        [LUN_STYLE_STRING] = "\033[0;32m", [LUN_STYLE_COMMENT] = "\033[0;2m", [LUN_STYLE_COMMAND] = "\033[0;1m",
        [LUN_STYLE_WRONG] = "\033[0;31;4m", [LUN_STYLE_MATCH] = "\033[0;1;4m", [LUN_STYLE_PROMPT] = "\033[0;34m",
        [LUN_STYLE_FAINT] = "\033[0;2m", [LUN_STYLE_RESULT] = "\033[0;33m", [LUN_STYLE_ERROR] = "\033[0;1;31m"};
    static const char *const dark[LUN_STYLES] = { /* bright ones, where the usual are too dark */
        [LUN_STYLE_KEYWORD] = "\033[0;95m", [LUN_STYLE_CONSTANT] = "\033[0;96m", [LUN_STYLE_STRING] = "\033[0;92m",
        [LUN_STYLE_PROMPT] = "\033[0;94m", [LUN_STYLE_RESULT] = "\033[0;93m", [LUN_STYLE_ERROR] = "\033[0;1;91m"};
    static const char *const light[LUN_STYLES] = { /* no yellow and no cyan */
        [LUN_STYLE_CONSTANT] = "\033[0;34m", [LUN_STYLE_RESULT] = "\033[0;31m"};
    lun_terminal_theme background = lun_terminal_background();
    const char *own = background == LUN_TERMINAL_DARK ? dark[style] : background == LUN_TERMINAL_LIGHT ? light[style] : NULL;
    return own ? own : both[style];
}
