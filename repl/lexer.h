/* lexer.h - Lua source as tokens, for whoever must know what stands where
 *
 * Used to judge cells, find the token an error is about, complete names and (later) paint while typing. Never fails: what
 * is not Lua is a symbol of one byte, what is cut off is a token that is not finished.
 * Holds: borrows the text, allocates nothing. Read next: repl/cell.c, repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_LEXER_H
#define LUN_REPL_LEXER_H
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    LUN_TOKEN_END, LUN_TOKEN_NAME, LUN_TOKEN_KEYWORD, LUN_TOKEN_NUMBER,
    LUN_TOKEN_STRING, LUN_TOKEN_COMMENT, LUN_TOKEN_SYMBOL
} lun_token_kind;

typedef struct lun_token {
    lun_token_kind kind;
    const char *text;
    size_t at, length;   /* in bytes, from the start of the source */
    int line;            /* of its first byte, from 1 */
    bool finished;       /* false: a string or comment that the text ends in */
    bool first_on_line;
} lun_token;

typedef struct lun_lexer {
    const char *text;
    size_t length, at;
    int line;
    int depth;           /* open blocks and brackets before the token read last */
    int open;            /* ... and after it */
    bool line_start;
} lun_lexer;

lun_lexer lun_lexer_start(const char *text, size_t length);
/* The next token, comments included; kind END at the end. */
lun_token lun_lexer_next(lun_lexer *lexer);
/* The next token that is not a comment. */
lun_token lun_lexer_next_code(lun_lexer *lexer);

bool lun_token_is(const lun_token *token, const char *text);
/* NULL-terminated list of Lua's reserved words. */
extern const char *const lun_keywords[];
#endif
