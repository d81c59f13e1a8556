/* live.h - a training curve that is redrawn in place
 *
 * On a terminal the chart stands still and its curves grow: each redraw moves the cursor up over the last drawing and writes
 * over it in one write, so nothing flickers or scrolls. A small screen gets one line. Where there is no terminal nothing is
 * printed but the finished chart, as plain text.
 * Holds: at most ten redraws a second and a tenth of the time; after every redraw the cursor stands below the drawing, so an
 * error or Ctrl-C at any moment leaves a tidy screen. Read next: live.c, drawing.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_LIVE_H
#define LUN_PLOT_LIVE_H
#include "plot/chart.h"

typedef struct lun_live lun_live;

/* Owns the chart from now on, also when it fails (NULL). rows 0: a good height. The series must have been added. */
lun_live *lun_live_open(lun_chart *chart, int rows);
lun_chart *lun_live_chart(lun_live *l, int panel); /* from 0; NULL when there are fewer */
bool lun_live_status(lun_live *l, int line, const char *text, size_t length); /* a line below the curves, from 0; NULL takes it away */
bool lun_live_in_place(void);                                                 /* is this a screen that charts are drawn on? */
/* A line that stays: above the chart on a terminal, printed at once elsewhere. */
bool lun_live_note(lun_live *l, const char *text, size_t length);
bool lun_live_show(lun_live *l, bool now);                          /* redraws when it is time, or `now` */
bool lun_live_close(lun_live *l);                                   /* the last drawing stays; closing twice is harmless */
void lun_live_free(lun_live *l);
/* Something else was written to the terminal: the next redraw begins below it instead of over it. */
void lun_live_touched(void);
#endif
