/* braille.h - a sheet of character cells with 2x4 dots each
 *
 * A cell holds either dots or one character, and one colour. Nothing here knows about charts.
 * Holds: drawing outside the sheet is cut off, never an error; the text that comes out has no trailing blanks and, without
 * colours, no escape sequence. Read next: drawing.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_BRAILLE_H
#define LUN_PLOT_BRAILLE_H
#include <stdint.h>

#include "plot/sheet.h"

enum { /* inks; a hue's number is added to the first two */
    LUN_INK_STRONG = 16, LUN_INK_FAINT = 32, LUN_INK_WORDS = 1, LUN_INK_QUIET = 2, LUN_INK_ALARM = 3, LUN_INK_TITLE = 4
};

typedef struct lun_cell {
    char glyph[5]; /* one UTF-8 character; "" means dots */
    uint8_t dots, ink;
    bool covered;  /* the right half of a wide character */
} lun_cell;

typedef struct lun_canvas {
    int columns, rows;
    bool ascii; /* dots become the sign of their hue */
    int colors; /* 0: none */
    lun_cell *cell;
} lun_canvas;

bool lun_canvas_start(lun_canvas *c, int columns, int rows, bool ascii, int colors);
void lun_canvas_end(lun_canvas *c);
void lun_canvas_dot(lun_canvas *c, int x, int y, int ink); /* x to 2*columns, y to 4*rows, from the top left */
/* Every dot from one to the other; `dash` on and `gap` off, 0 for a full line; *phase goes on from call to call. */
void lun_canvas_line(lun_canvas *c, double x0, double y0, double x1, double y1, int ink, int dash, int gap, int *phase);
void lun_canvas_glyph(lun_canvas *c, int column, int row, const char *glyph, int ink);
/* Writes what fits left of `limit`; returns the column after it. */
int lun_canvas_text(lun_canvas *c, int column, int row, const char *text, int limit, int ink);
void lun_canvas_print(const lun_canvas *c, lun_sheet *out); /* one line per row */
/* The escape sequence that begins an ink, "" for none. */
const char *lun_ink_start(int ink, char text[24]);
extern const char *const lun_hue_signs[2][8]; /* [ascii]: the mark of each hue where colours cannot tell them apart */
#endif
