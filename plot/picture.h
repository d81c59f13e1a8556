/* picture.h - a chart as a file or as an image in the terminal
 *
 * gnuplot draws, we write: files appear whole or not at all (a temporary file in the same folder, then a rename), and their
 * names never reach gnuplot. Read next: script.h, gnuplot.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_PICTURE_H
#define LUN_PLOT_PICTURE_H
#include "plot/script.h"

/* What gnuplot draws for it, as bytes. */
bool lun_picture_draw(const lun_chart *c, const lun_picture *p, lun_sheet *out);
/* PNG, SVG or PDF by the name's ending; width and height 0: a good size. */
bool lun_picture_save(const lun_chart *c, const char *path, int width, int height, lun_theme theme);
/* Which format a file name asks for; false and an error for any other ending. */
bool lun_picture_format(const char *path, lun_format *format);
/* The chart as kitty's graphics protocol: a PNG in escape sequences. */
bool lun_picture_kitty(const lun_chart *c, int width, int height, lun_sheet *out);
#endif
