/* indent.c - how far a row of a cell is indented
 *
 * Read next: indent.h. SPDX-License-Identifier: MIT
 */
#include "repl/indent.h"

#include "repl/lexer.h"

#include <string.h>

enum { DEEPEST = 200 };

bool lun_indent_closes(const char *word, size_t length)
{
    static const char *const words[] = {"end", "else", "elseif", "until", ")", "]", "}", NULL};
    for (const char *const *w = words; *w; w++)
        if (strlen(*w) == length && memcmp(*w, word, length) == 0) return true;
    return false;
}

/* Blanks at the start of the row that byte `at` is on. */
static int indentation(const char *text, size_t at)
{
    int n = 0;
    while (at > 0 && text[at - 1] != '\n') at--;
    while (text[at + (size_t)n] == ' ') n++;
    return n;
}

int lun_indent_of(const char *text, size_t length, size_t at)
{
    int rows[DEEPEST], depth = 0; /* of what is open: its row's indentation */
    lun_lexer lexer = lun_lexer_start(text, length);
    lun_token token;
    while ((token = lun_lexer_next(&lexer)).kind != LUN_TOKEN_END && token.at < at) {
        bool cut = token.at + token.length > at || (!token.finished && token.at + token.length == at);
        if (cut && (token.kind == LUN_TOKEN_STRING || token.kind == LUN_TOKEN_COMMENT)) return -1;
        if (lexer.open > lexer.depth && depth < DEEPEST) rows[depth++] = indentation(text, token.at);
        else if (lexer.open < lexer.depth && depth > 0) depth--;
    }
    if (token.kind != LUN_TOKEN_END && token.first_on_line && lun_indent_closes(token.text, token.length))
        return depth > 0 ? rows[depth - 1] : 0;
    return depth > 0 ? rows[depth - 1] + LUN_INDENT_STEP : 0;
}
