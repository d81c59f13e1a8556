/* drawing.c - a chart as text
 *
 * Rows from the top: title, legend with the y label, the drawing with its ticks, the x axis, its ticks with the x label, and a
 * note when something cannot be shown. Holds: never wider than asked. Read next: drawing.h, view.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/drawing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/braille.h"
#include "plot/palette.h"

enum { LEAST_COLUMNS = 24, LEAST_ROWS = 6, FEW_POINTS = 400 };

typedef struct {
    const lun_chart *chart;
    const lun_view *view;
    lun_canvas canvas;
    int left, top, width, height; /* the area inside the axes, in cells */
    lun_ticks x, y;
} desk;

static const char *word(const lun_chart *c, lun_chart_text which) { return c->text[which] ? c->text[which] : ""; }

static bool keyed(const lun_view *v)
{
    for (int k = 0; k < v->count; k++) if (v->series[k].label[0]) return true;
    return v->lost_count > 0;
}

/* Dots of a value, from the top left of the area. */
static double dot_x(const desk *d, double x) { return d->left * 2 + lun_scale_place(&d->view->scale[LUN_AXIS_X], x) * (d->width * 2 - 1); }

static double dot_y(const desk *d, double y)
{
    return d->top * 4 + (1 - lun_scale_place(&d->view->scale[LUN_AXIS_Y], y)) * (d->height * 4 - 1);
}

static int ink_of(const lun_series *s) { return (s->faint ? LUN_INK_FAINT : LUN_INK_STRONG) + s->hue % LUN_HUES; }

/* Without colours lines differ by their dashes; the raw line behind a smoothed one is a trace of dots. */
static void dashes(const desk *d, const lun_series *s, int *dash, int *gap)
{
    static const int patterns[4][2] = { { 1, 0 }, { 4, 3 }, { 1, 2 }, { 7, 3 } };
    bool plain = !d->canvas.colors && !d->canvas.ascii;
    *dash = plain ? patterns[s->hue % 4][0] : 1;
    *gap = plain ? patterns[s->hue % 4][1] : 0;
    if (s->faint && !d->canvas.colors) *dash = 1, *gap = 4;
}

static void draw_line(desk *d, const lun_series *s)
{
    int dash, gap, phase = 0;
    dashes(d, s, &dash, &gap);
    for (size_t i = 0; i < s->count; i++) {
        if (isnan(s->y[i])) continue;
        double x = dot_x(d, s->x[i]), y = dot_y(d, s->y[i]);
        bool joined = i > 0 && !isnan(s->y[i - 1]), joins = i + 1 < s->count && !isnan(s->y[i + 1]);
        if (joined) lun_canvas_line(&d->canvas, dot_x(d, s->x[i - 1]), dot_y(d, s->y[i - 1]), x, y, ink_of(s), dash, gap, &phase);
        else if (!joins) /* a single value: four dots, so that it is seen */
            for (int k = 0; k < 4; k++)
                lun_canvas_dot(&d->canvas, ((int)lround(x) & ~1) + k % 2, ((int)lround(y) & ~1) + k / 2, ink_of(s));
    }
}

static size_t points(const lun_view *v)
{
    size_t count = 0;
    for (int k = 0; k < v->count; k++) count += v->series[k].mark == LUN_MARK_POINTS ? v->series[k].count : 0;
    return count;
}

static void draw_points(desk *d, const lun_series *s)
{
    bool signs = points(d->view) <= FEW_POINTS;
    for (size_t i = 0; i < s->count; i++) {
        if (isnan(s->y[i])) continue;
        double x = dot_x(d, s->x[i]), y = dot_y(d, s->y[i]);
        if (!(fabs(x) < 1e6) || !(fabs(y) < 1e6)) continue;
        if (signs) lun_canvas_glyph(&d->canvas, (int)lround(x) / 2, (int)lround(y) / 4,
                                    lun_hue_signs[d->canvas.ascii][s->hue % LUN_HUES], ink_of(s));
        else lun_canvas_dot(&d->canvas, (int)lround(x), (int)lround(y), ink_of(s));
    }
}

/* One column of a bar from the bottom, in eighths of a cell. */
static void draw_column(desk *d, int column, int eighths, int ink)
{
    static const char *const block[9] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    for (int row = 0; row < d->height && eighths > 0; row++, eighths -= 8) {
        const char *glyph = d->canvas.ascii ? (eighths >= 4 ? "#" : "_") : block[eighths < 8 ? eighths : 8];
        lun_canvas_glyph(&d->canvas, column, d->top + d->height - 1 - row, glyph, ink);
    }
}

static void draw_bars(desk *d, const lun_series *s)
{
    const lun_scale *y = &d->view->scale[LUN_AXIS_Y], *x = &d->view->scale[LUN_AXIS_X];
    int gap = d->chart->bar_width / (x->high - x->low) * d->width >= 4; /* wide bars stand apart */
    for (size_t i = 0; i < s->count; i++) {
        double place = lun_scale_place(y, s->y[i]), zero = y->log ? 0 : fmin(fmax(lun_scale_place(y, 0), 0), 1);
        if (isnan(place)) continue;
        int from = (int)lround(dot_x(d, s->x[i] - d->chart->bar_width / 2) / 2);
        int to = (int)lround(dot_x(d, s->x[i] + d->chart->bar_width / 2) / 2);
        int eighths = (int)lround(fmin(place, 1) * d->height * 8);
        if (eighths == 0 && place > zero) eighths = 1; /* few is not none */
        for (int column = from < d->left ? d->left : from; column < to - gap || column == from; column++) {
            if (column >= d->left + d->width) break;
            draw_column(d, column, place < zero ? 0 : eighths, ink_of(s));
        }
    }
}

static void draw_series(desk *d)
{
    for (int k = 0; k < d->view->count; k++) {
        const lun_series *s = &d->view->series[k];
        if (s->mark == LUN_MARK_LINE) draw_line(d, s);
        else if (s->mark == LUN_MARK_POINTS) draw_points(d, s);
        else draw_bars(d, s);
    }
    for (size_t i = 0; i < d->view->lost_count; i++)
        lun_canvas_glyph(&d->canvas, (int)lround(dot_x(d, d->view->lost[i])) / 2, d->top + d->height - 1,
                         d->canvas.ascii ? "!" : "×", LUN_INK_ALARM);
}

static void draw_axes(desk *d)
{
    bool ascii = d->canvas.ascii;
    int bottom = d->top + d->height, last = -1;
    for (int row = d->top; row < bottom; row++)
        lun_canvas_glyph(&d->canvas, d->left - 1, row, ascii ? "|" : "│", LUN_INK_QUIET);
    for (int i = 0; i < d->y.count; i++) {
        int row = (int)lround(dot_y(d, d->y.at[i])) / 4;
        if (row < d->top || row >= bottom) continue;
        lun_canvas_text(&d->canvas, d->left - 2 - (int)strlen(d->y.text[i]), row, d->y.text[i], d->left, LUN_INK_QUIET);
        lun_canvas_glyph(&d->canvas, d->left - 1, row, ascii ? "+" : "┤", LUN_INK_QUIET);
    }
    lun_canvas_glyph(&d->canvas, d->left - 1, bottom, ascii ? "+" : "└", LUN_INK_QUIET);
    for (int column = 0; column < d->width; column++)
        lun_canvas_glyph(&d->canvas, d->left + column, bottom, ascii ? "-" : "─", LUN_INK_QUIET);
    for (int i = 0; i < d->x.count; i++) {
        int column = (int)lround(dot_x(d, d->x.at[i])) / 2, wide = (int)strlen(d->x.text[i]);
        if (column < d->left || column >= d->left + d->width) continue;
        lun_canvas_glyph(&d->canvas, column, bottom, ascii ? "+" : "┬", LUN_INK_QUIET);
        int start = column - wide / 2;
        if (start + wide > d->canvas.columns) start = d->canvas.columns - wide;
        if (start <= last) continue; /* words never run into each other */
        last = lun_canvas_text(&d->canvas, start, bottom + 1, d->x.text[i], d->canvas.columns, LUN_INK_QUIET);
    }
    const char *label = word(d->chart, LUN_TEXT_X);
    int room = lun_label_width(label), start = d->left + d->width - room;
    if (room && start > last) lun_canvas_text(&d->canvas, start, bottom + 1, label, d->canvas.columns, LUN_INK_WORDS);
    else if (room) lun_canvas_text(&d->canvas, start > 0 ? start : 0, bottom + 2, label, d->canvas.columns, LUN_INK_WORDS);
}

static const char *key_sign(const desk *d, const lun_series *s)
{
    static const char *const lines[4] = { "──", "╌╌", "··", "─╌" };
    if (s->mark != LUN_MARK_LINE || d->canvas.ascii) return lun_hue_signs[d->canvas.ascii][s->hue % LUN_HUES];
    return d->canvas.colors ? "──" : lines[s->hue % 4];
}

/* The legend from a row on, in as many rows as it needs; a row of -1 only counts them. */
static int draw_keys(desk *d, int start, int row)
{
    int column = start, rows = 1;
    for (int k = 0; k <= d->view->count; k++) {
        bool lost = k == d->view->count;
        const lun_series *s = lost ? NULL : &d->view->series[k];
        if (lost ? d->view->lost_count == 0 : !s->label[0]) continue;
        const char *sign = lost ? (d->canvas.ascii ? "!" : "×") : key_sign(d, s), *label = lost ? "NaN" : s->label;
        int wide = lun_label_width(sign) + 1 + lun_label_width(label);
        if (column > start && column + wide > d->canvas.columns) column = start, rows++;
        int at = row + rows - 1;
        if (row >= 0 && at >= d->top) break; /* a small drawing keeps its curves rather than its legend */
        if (row >= 0) {
            int after = lun_canvas_text(&d->canvas, column, at, sign, d->canvas.columns, lost ? LUN_INK_ALARM : ink_of(s));
            lun_canvas_text(&d->canvas, after + 1, at, label, d->canvas.columns, LUN_INK_WORDS);
        }
        column += wide + 3;
    }
    return rows;
}

/* Where the legend begins: after the y label, which ends at the axis when it can. */
static int keys_start(const desk *d)
{
    int label = lun_label_width(word(d->chart, LUN_TEXT_Y)), start = d->left - 1 - label;
    int after = (start > 0 ? start : 0) + label + 2;
    return label && after > d->left ? after : d->left;
}

static void draw_words(desk *d)
{
    int row = 0;
    const char *title = word(d->chart, LUN_TEXT_TITLE), *label = word(d->chart, LUN_TEXT_Y);
    if (*title) lun_canvas_text(&d->canvas, d->left, row++, title, d->canvas.columns, LUN_INK_TITLE);
    if (*label) {
        int start = d->left - 1 - lun_label_width(label);
        lun_canvas_text(&d->canvas, start > 0 ? start : 0, row, label, d->canvas.columns, LUN_INK_WORDS);
    }
    draw_keys(d, keys_start(d), row);
    if (d->view->note[0]) lun_canvas_text(&d->canvas, d->left, d->canvas.rows - 1, d->view->note, d->canvas.columns, LUN_INK_ALARM);
}

/* Room for the words around an area with `top` rows above it. */
static void lay_out_below(desk *d, int top)
{
    d->top = top;
    d->height = d->canvas.rows - d->top - 2 - (word(d->chart, LUN_TEXT_X)[0] != 0) - (d->view->note[0] != 0);
    if (d->height < 2) d->height = 2;
    lun_scale_ticks(&d->view->scale[LUN_AXIS_Y], (d->height + 1) / 2, &d->y);
    int widest = 0;
    for (int i = 0; i < d->y.count; i++) {
        int wide = (int)strlen(d->y.text[i]);
        widest = wide > widest ? wide : widest;
    }
    d->left = widest + 3;
    d->width = d->canvas.columns - d->left - 1;
    lun_scale_ticks(&d->view->scale[LUN_AXIS_X], (d->width + 20) / 11, &d->x);
}

/* The ticks decide where the legend begins, the legend's rows how high the area is: so twice. */
static void lay_out(desk *d)
{
    int title = word(d->chart, LUN_TEXT_TITLE)[0] != 0, above = word(d->chart, LUN_TEXT_Y)[0] || keyed(d->view);
    lay_out_below(d, title + above);
    int rows = above ? draw_keys(d, keys_start(d), -1) : 0;
    if (rows > 1 && rows < d->height / 2) lay_out_below(d, title + rows);
}

static void print_all(const desk *d, lun_sheet *out)
{
    lun_sheet text = {0};
    lun_canvas_print(&d->canvas, &text);
    while (text.length > 1 && text.text[text.length - 1] == '\n' && text.text[text.length - 2] == '\n') text.length--;
    if (text.text) lun_sheet_put(out, text.text, text.length);
    out->broken = out->broken || text.broken;
    lun_sheet_free(&text);
}

static bool draw_panel(const lun_chart *c, const lun_drawing *how, lun_sheet *out)
{
    if (c->grid.kind != LUN_GRID_NONE) return lun_draw_grid(c, how, out);
    desk d = { .chart = c };
    int columns = how->columns < LEAST_COLUMNS ? LEAST_COLUMNS : how->columns;
    int rows = how->rows < LEAST_ROWS ? LEAST_ROWS : how->rows;
    lun_view *view = lun_chart_view(c, (size_t)columns * 2);
    if (!view) return false;
    d.view = view;
    bool good = lun_canvas_start(&d.canvas, columns, rows, how->ascii, how->colors);
    if (good) {
        lay_out(&d);
        draw_series(&d);
        draw_axes(&d);
        draw_words(&d);
        print_all(&d, out);
    }
    lun_canvas_end(&d.canvas);
    lun_view_free(view);
    return good && lun_sheet_good(out);
}

/* Where the rows are too few for all panels, the first ones are drawn. */
bool lun_draw(const lun_chart *c, const lun_drawing *how, lun_sheet *out)
{
    int panels = lun_chart_panels(c), fit = how->rows / LEAST_ROWS;
    if (panels > fit) panels = fit > 1 ? fit : 1;
    lun_drawing part = *how;
    part.rows = how->rows / panels;
    bool good = true;
    for (; good && c && panels; c = c->below, panels--) good = draw_panel(c, &part, out);
    return good;
}
