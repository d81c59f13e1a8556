/* script.h - a chart as gnuplot commands
 *
 * Holds: this is the only place that writes gnuplot commands, and it knows three ways to write a value: a number of our own
 * format, a number in a data block closed by a random word, and a 'single-quoted' text with no control character and every
 * quote doubled. Anything else could make gnuplot run a program. No file name ever appears: pictures leave on gnuplot's output.
 * Read next: script.c, gnuplot.h, picture.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_SCRIPT_H
#define LUN_PLOT_SCRIPT_H
#include "plot/chart.h"
#include "plot/palette.h"
#include "plot/sheet.h"

typedef enum { LUN_PICTURE_PNG, LUN_PICTURE_SVG, LUN_PICTURE_PDF, LUN_PICTURE_SIXEL, LUN_PICTURE_DUMB } lun_format;

typedef struct lun_picture {
    lun_format format;
    int width, height; /* PNG: points of 2 pixels; SVG and PDF: points; sixel: pixels; dumb: characters */
    lun_theme theme;
} lun_picture;

bool lun_script_write(const lun_chart *c, const lun_picture *p, lun_sheet *out);
#endif
