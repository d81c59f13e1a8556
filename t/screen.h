/* screen.h - what a terminal would show of what a program wrote
 *
 * A small terminal of the xterm kind: text with wide characters, wrapping at the right margin, the cursor's movements, clearing,
 * scrolling. Colours and modes are read over; anything else unknown is counted, so that a test can ask for none.
 * Read next: t/pty.h, t/repl/editor.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_T_SCREEN_H
#define LUN_T_SCREEN_H
#include <stdbool.h>
#include <stddef.h>

enum { SCREEN_MOST_ROWS = 60, SCREEN_MOST_COLUMNS = 200 };

typedef struct screen {
    int rows, columns, row, column;
    bool wraps;                 /* the last column was written; the next character goes to the next row */
    char cells[SCREEN_MOST_ROWS][SCREEN_MOST_COLUMNS][5]; /* one character each; "" behind a wide one */
    char pending[64];           /* of an escape sequence or a character that is not complete */
    size_t waiting;
    char *gone;                 /* rows that left at the top */
    size_t gone_length;
    int strange;                /* sequences it does not know */
} screen;

void screen_open(screen *s, int rows, int columns);
void screen_close(screen *s);
/* For pty.watch. */
void screen_feed(void *screen, const char *bytes, size_t count);
/* Rows are cut or filled up; text is not wrapped anew. */
void screen_resize(screen *s, int rows, int columns);
/* All rows without trailing blanks, each with its newline, what scrolled off first if `all`. Valid until the next call. */
const char *screen_text(screen *s, bool all);
#endif
