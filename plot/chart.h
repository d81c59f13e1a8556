/* chart.h - what a chart shows, however it will be drawn
 *
 * Values, names and axes; no pixels. The caller fills a chart, drawing.c (terminal) and script.c (gnuplot) draw a *view* of it:
 * the same chart with smoothing applied, gaps where values have no place, ranges settled and long curves thinned.
 * Holds: a chart owns copies of everything; labels passed lun_label_copy, so they are safe to print.
 * Read next: drawing.h, script.h, picture.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_CHART_H
#define LUN_PLOT_CHART_H
#include <stdbool.h>
#include <stddef.h>

#include "plot/scale.h"

typedef enum { LUN_MARK_LINE, LUN_MARK_POINTS, LUN_MARK_BARS } lun_mark;

typedef struct lun_series {
    lun_mark mark;
    char *label;  /* "" when it has none */
    double *x, *y;
    size_t count, room; /* room: of x and y, in values */
    int hue;      /* number of its colour, from 0 */
    bool faint;   /* the raw values behind a smoothed line */
} lun_series;

typedef enum { LUN_GRID_NONE, LUN_GRID_HEAT, LUN_GRID_IMAGE } lun_grid_kind;

typedef struct lun_grid { /* a matrix, or a picture of 1, 3 or 4 planes; plane by plane, row by row */
    lun_grid_kind kind;
    double *value;
    size_t rows, columns, planes;
    double low, high; /* the values shown as darkest and brightest */
} lun_grid;

typedef enum { LUN_TEXT_TITLE, LUN_TEXT_X, LUN_TEXT_Y, LUN_TEXT_COUNT } lun_chart_text;
typedef enum { LUN_AXIS_X, LUN_AXIS_Y, LUN_AXIS_COUNT } lun_axis;

typedef struct lun_chart {
    char *text[LUN_TEXT_COUNT]; /* NULL when not given */
    bool log[LUN_AXIS_COUNT];
    double low[LUN_AXIS_COUNT], high[LUN_AXIS_COUNT]; /* limits asked for; NaN: from the data */
    double smooth;              /* weight of the past in the smoothed line, 0 (none) to below 1, -1: by the
                                   number of values; curves under 20 values stay raw */
    double bar_width;           /* in units of x */
    lun_series *series;
    int count;
    lun_grid grid;
    char **names[LUN_AXIS_COUNT]; /* of a grid's columns and rows; NULL when not given */
    size_t named[LUN_AXIS_COUNT];
    size_t unseen;                /* values a histogram could not count: NaN and infinities */
    struct lun_chart *below;      /* drawn under this one, in the same width; NULL */
} lun_chart;

lun_chart *lun_chart_new(void);
void lun_chart_free(lun_chart *c); /* and those below */
int lun_chart_panels(const lun_chart *c); /* itself and those below */
bool lun_chart_set_text(lun_chart *c, lun_chart_text which, const char *text, size_t length);
/* x may be NULL: 1, 2, 3, ... Colours are given in the order of the calls. */
bool lun_chart_add(lun_chart *c, lun_mark mark, const char *label, const double *x, const double *y, size_t count);
bool lun_chart_append(lun_chart *c, int series, double x, double y); /* one more value of a series, from 0 */
/* Bars that count the values; bins 0: from their number, whole numbers get one bar each when they are few. */
bool lun_chart_count(lun_chart *c, const double *values, size_t count, size_t bins);
/* low > high: from the data. */
bool lun_chart_fill(lun_chart *c, lun_grid_kind kind, const double *values, size_t rows, size_t columns, size_t planes,
                    double low, double high);
bool lun_chart_name(lun_chart *c, lun_axis axis, const char *text, size_t length); /* of the next row or column */

typedef struct lun_view {
    lun_series *series; /* y is NaN where the line has a gap */
    int count;
    lun_scale scale[LUN_AXIS_COUNT];
    double *lost; /* x of every value that is not a number, to be marked at the bottom */
    size_t lost_count, unplaced; /* unplaced: x itself is not a number */
    char note[200]; /* what the drawing cannot show, "" when nothing */
} lun_view;

/* `columns` is the width in dots: longer lines keep the first, least, greatest and last value per column. NULL and an error
   without memory. */
lun_view *lun_chart_view(const lun_chart *c, size_t columns);
void lun_view_free(lun_view *v);
/* Debiased exponential average: sum of w^k y / sum of w^k over the numbers seen so far, so the first values are not drawn to 0. */
void lun_smooth(const double *y, size_t count, double weight, double *out);
#endif
