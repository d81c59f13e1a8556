/* highlight.h - which part of a cell is drawn how
 *
 * The lexer's tokens as one style for each byte; the painter, and whoever shows code later, turn styles into colours.
 * Holds: pure, allocates nothing, any bytes will do; costs one pass over the text. Read next: highlight.c, repl/painter.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_HIGHLIGHT_H
#define LUN_REPL_HIGHLIGHT_H
#include <stddef.h>

typedef enum {
    LUN_STYLE_TEXT, LUN_STYLE_KEYWORD, LUN_STYLE_CONSTANT, LUN_STYLE_STRING, LUN_STYLE_COMMENT, LUN_STYLE_COMMAND,
    LUN_STYLE_WRONG,    /* a closing bracket or word that closes nothing */
    LUN_STYLE_MATCH,    /* the two ends of a pair that the cursor touches */
    LUN_STYLE_PROMPT, LUN_STYLE_FAINT, LUN_STYLE_RESULT, LUN_STYLE_ERROR,
    LUN_STYLES
} lun_style;

/* Fills styles[0, length). `cursor` is a byte offset, beyond the length when there is none. */
void lun_highlight(const char *text, size_t length, size_t cursor, unsigned char *styles);

/* The escape sequence of a style on a terminal that has colours. */
const char *lun_highlight_escape(lun_style style);
#endif
