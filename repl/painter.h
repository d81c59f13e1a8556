/* painter.h - readline's line, drawn by us
 *
 * Takes the place of readline's own redisplay: colours while typing, a cell of many lines in one buffer, only the rows that
 * changed written again. A cell taller than the screen is seen through a window around the cursor.
 * Holds: between lun_painter_begin and lun_painter_end nobody else writes to the terminal, except after lun_painter_leave.
 * Read next: painter.c, repl/layout.h, repl/highlight.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_PAINTER_H
#define LUN_REPL_PAINTER_H
#include "repl/edit.h"

#include <stdbool.h>

/* A prompt opens at the start of a row, whatever was written before. */
void lun_painter_begin(void);
/* Who says what stands dim behind the cursor's row; NULL: nobody. Asked once for each text, not while keys wait. */
extern lun_edit_ghost (*lun_painter_ghost)(const char *text, size_t length);
/* For rl_redisplay_function. */
void lun_painter_paint(void);
/* Draws the whole cell for good, `mark` behind it, and goes to the row below. */
void lun_painter_end(const char *mark);
/* Goes below the cell, so that something else can be printed; the next paint draws the cell anew there. */
void lun_painter_leave(void);
/* Empties the screen; the next paint is at its top. */
void lun_painter_clear(void);
/* Columns before the first character of a row, for those who move the cursor by rows. */
int lun_painter_margin(void);
#endif
