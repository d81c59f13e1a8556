/* lexer.c - Lua source as tokens
 *
 * Holds: every call moves forward by at least one byte, so any input ends. Read next: lexer.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/lexer.h"

#include <ctype.h>
#include <string.h>

const char *const lun_keywords[] = {
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while", NULL};

static const char *const long_symbols[] = {"...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::", NULL};
static const char *const openers[] = {"function", "do", "if", "repeat", "(", "[", "{", NULL};
static const char *const closers[] = {"end", "until", ")", "]", "}", NULL};

static bool listed(const char *const *list, const char *text, size_t length)
{
    for (; *list; list++)
        if (strlen(*list) == length && memcmp(*list, text, length) == 0) return true;
    return false;
}

bool lun_token_is(const lun_token *token, const char *text)
{
    return token->kind != LUN_TOKEN_STRING && token->kind != LUN_TOKEN_COMMENT && strlen(text) == token->length &&
           memcmp(text, token->text, token->length) == 0;
}

lun_lexer lun_lexer_start(const char *text, size_t length)
{
    return (lun_lexer){.text = text, .length = length, .line = 1, .line_start = true};
}

static int peek(const lun_lexer *x, size_t ahead)
{
    return x->at + ahead < x->length ? (unsigned char)x->text[x->at + ahead] : -1;
}

static bool word_byte(int c) { return c >= 0 && (isalnum(c) || c == '_'); }

static void skip_space(lun_lexer *x)
{
    for (int c; (c = peek(x, 0)) >= 0 && isspace(c); x->at++)
        if (c == '\n') {
            x->line++;
            x->line_start = true;
        }
}

/* At "[": the number of = signs of a long bracket that opens here, or -1. */
static int long_bracket(const lun_lexer *x)
{
    int level = 0;
    if (peek(x, 0) != '[') return -1;
    while (peek(x, (size_t)level + 1) == '=') level++;
    return peek(x, (size_t)level + 1) == '[' ? level : -1;
}

static bool closes_here(const lun_lexer *x, int level)
{
    if (peek(x, 0) != ']' || peek(x, (size_t)level + 1) != ']') return false;
    for (int i = 1; i <= level; i++)
        if (peek(x, (size_t)i) != '=') return false;
    return true;
}

/* Moves behind a long string or comment; false when the text ends first. */
static bool read_long(lun_lexer *x, int level)
{
    x->at += (size_t)level + 2;
    for (; x->at < x->length; x->at++) {
        if (peek(x, 0) == '\n') x->line++;
        if (closes_here(x, level)) {
            x->at += (size_t)level + 2;
            return true;
        }
    }
    return false;
}

static bool read_short(lun_lexer *x, int quote)
{
    for (x->at++; x->at < x->length; x->at++) {
        int c = peek(x, 0);
        if (c == quote) {
            x->at++;
            return true;
        }
        if (c == '\\' && x->at + 1 < x->length) {
            x->at++;
            if (peek(x, 0) == 'z')
                while (isspace(peek(x, 1))) {
                    x->at++;
                    if (peek(x, 0) == '\n') x->line++;
                }
            else if (peek(x, 0) == '\n') x->line++;
        } else if (c == '\n') {
            return false;
        }
    }
    return false;
}

static bool read_comment(lun_lexer *x)
{
    x->at += 2;
    int level = long_bracket(x);
    if (level >= 0) return read_long(x, level);
    while (x->at < x->length && peek(x, 0) != '\n') x->at++;
    return true;
}

static void read_number(lun_lexer *x)
{
    bool hex = peek(x, 0) == '0' && (peek(x, 1) == 'x' || peek(x, 1) == 'X');
    const char *exponents = hex ? "pP" : "eE";
    while (word_byte(peek(x, 0)) || peek(x, 0) == '.') {
        bool exponent = strchr(exponents, peek(x, 0)) != NULL;
        x->at++;
        if (exponent && (peek(x, 0) == '+' || peek(x, 0) == '-')) x->at++;
    }
}

static void read_symbol(lun_lexer *x)
{
    for (const char *const *s = long_symbols; *s; s++) {
        size_t n = strlen(*s);
        if (x->length - x->at >= n && memcmp(*s, x->text + x->at, n) == 0) {
            x->at += n;
            return;
        }
    }
    x->at++;
}

static lun_token_kind read_token(lun_lexer *x, bool *finished)
{
    int c = peek(x, 0), level;
    if (word_byte(c) && !isdigit(c)) {
        while (word_byte(peek(x, 0))) x->at++;
        return LUN_TOKEN_NAME;
    }
    if (isdigit(c) || (c == '.' && peek(x, 1) >= 0 && isdigit(peek(x, 1)))) {
        read_number(x);
        return LUN_TOKEN_NUMBER;
    }
    if (c == '"' || c == '\'') {
        *finished = read_short(x, c);
        return LUN_TOKEN_STRING;
    }
    if (c == '-' && peek(x, 1) == '-') {
        *finished = read_comment(x);
        return LUN_TOKEN_COMMENT;
    }
    if (c == '[' && (level = long_bracket(x)) >= 0) {
        *finished = read_long(x, level);
        return LUN_TOKEN_STRING;
    }
    read_symbol(x);
    return LUN_TOKEN_SYMBOL;
}

lun_token lun_lexer_next(lun_lexer *x)
{
    skip_space(x);
    lun_token token = {.text = x->text + x->at, .at = x->at, .line = x->line, .finished = true,
                       .first_on_line = x->line_start};
    x->depth = x->open;
    if (x->at >= x->length) return token;
    x->line_start = false;
    token.kind = read_token(x, &token.finished);
    token.length = x->at - token.at;
    if (token.kind == LUN_TOKEN_NAME && listed(lun_keywords, token.text, token.length))
        token.kind = LUN_TOKEN_KEYWORD;
    if (token.kind == LUN_TOKEN_KEYWORD || token.kind == LUN_TOKEN_SYMBOL) {
        if (listed(openers, token.text, token.length)) x->open++;
        if (listed(closers, token.text, token.length)) x->open--;
    }
    return token;
}

lun_token lun_lexer_next_code(lun_lexer *x)
{
    lun_token token;
    do token = lun_lexer_next(x);
    while (token.kind == LUN_TOKEN_COMMENT);
    return token;
}
