/* layout.h - a cell as rows of a screen
 *
 * Breaks a text at its newlines and at the right margin, with room for the prompt at the left of every row.
 * Holds: pure; the width of a character is wcwidth's, a control character takes two columns, a tab goes to the next multiple of
 * four, a byte that is not UTF-8 takes one. Read next: layout.c, repl/painter.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_LAYOUT_H
#define LUN_REPL_LAYOUT_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_layout_row {
    size_t from, to;   /* bytes; the newline belongs to no row */
    int width;         /* columns taken, margin included */
    bool begins;       /* a line of the text begins here */
} lun_layout_row;

typedef struct lun_layout {
    lun_layout_row *rows;
    int count, room;
    int cursor_row, cursor_column;
} lun_layout;

/* Fills the layout, whose rows are used again. `first`: columns of the prompt; `margin`: of the rows below it. False when memory
 * is short: the layout then holds what fitted. */
bool lun_layout_fill(lun_layout *layout, const char *text, size_t length, size_t cursor, int columns, int first, int margin);

/* The character at `text`: its bytes, at least 1, and in *width its columns at column `column`. */
size_t lun_layout_character(const char *text, size_t left, int column, int *width);
#endif
