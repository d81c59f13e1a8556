/* drawing.h - a chart as text, with axes, ticks and legend; no gnuplot
 *
 * Curves in Braille dots, bars in eighths of a block, scatter in signs, grids in half blocks; all of it in plain ASCII where the
 * terminal cannot do better. The same values give the same text, so tests compare it.
 * Read next: braille.h, blocks.c (grids), live.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_DRAWING_H
#define LUN_PLOT_DRAWING_H
#include "plot/chart.h"
#include "plot/sheet.h"

typedef struct lun_drawing {
    int columns, rows; /* the whole drawing with its words; rows is a limit for grids */
    bool ascii;
    int colors; /* 0, 256 or 1 << 24 */
} lun_drawing;

bool lun_draw(const lun_chart *c, const lun_drawing *how, lun_sheet *out);
bool lun_draw_grid(const lun_chart *c, const lun_drawing *how, lun_sheet *out); /* of a chart with a grid; lun_draw calls it */
/* One line: the course of the last series and its last value. */
bool lun_draw_spark(const lun_chart *c, const lun_drawing *how, lun_sheet *out);
#endif
