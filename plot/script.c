/* script.c - writes a chart as gnuplot commands
 *
 * Ticks and ranges are ours (scale.c), so the picture shows what the terminal drawing shows and gnuplot has nothing to guess.
 * Holds: see script.h; `quote` and `lun_sheet_number` are the only ways for a value to get into a command.
 * Read next: script.h, view.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/script.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "plot/gnuplot.h"

enum { NUMBERED = 16 }; /* rows and columns of a grid whose cells have their numbers */

typedef struct {
    const lun_chart *chart;
    const lun_picture *picture;
    const lun_view *view; /* NULL for a grid */
    lun_theme_colors color;
    lun_sheet *out;
    char word[LUN_WORD_SIZE];
} pen;

/* In single quotes gnuplot reads no escapes, no `commands` and no @macros; only the quote itself needs doubling. At the very
   beginning, though, its scanner takes two quotes for an empty string, so there a typographic one stands in. Labels hold no
   control characters since lun_label_copy; a newline here would start a command, so it is looked at again. `percent` is
   what stands for %: names of ticks are formats. */
static void quote_with(lun_sheet *out, const char *text, const char *percent)
{
    lun_sheet_text(out, "'");
    for (; *text == '\''; text++) lun_sheet_text(out, "’");
    for (const char *c = text; *c; c++) {
        if (*c == '\'') lun_sheet_text(out, "''");
        else if (*c == '%') lun_sheet_text(out, percent);
        else lun_sheet_put(out, (unsigned char)*c < 0x20 || *c == 0x7f ? "?" : c, 1);
    }
    lun_sheet_text(out, "'");
}

static void quote(lun_sheet *out, const char *text) { quote_with(out, text, "%"); }

static void terminal(const pen *p)
{
    int w = p->picture->width, h = p->picture->height;
    const char *paper = p->picture->theme == LUN_THEME_CLEAR ? "transparent" : NULL;
    lun_sheet *out = p->out;
    switch (p->picture->format) {
    case LUN_PICTURE_PNG:
        lun_sheet_format(out, "set terminal pngcairo noenhanced rounded size %d,%d fontscale 2 linewidth 2 pointscale 1.6 "
                              "font 'DejaVu Sans,10' ", w * 2, h * 2);
        break;
    case LUN_PICTURE_SVG:
        lun_sheet_format(out, "set terminal svg noenhanced rounded size %d,%d dynamic linewidth 1 "
                              "font 'DejaVu Sans, Helvetica, Arial, sans-serif,12' ", w, h);
        break;
    case LUN_PICTURE_PDF:
        lun_sheet_format(out, "set terminal pdfcairo noenhanced rounded size %.4fin,%.4fin linewidth 1.5 "
                              "font 'DejaVu Sans,9' ", w / 96.0, h / 96.0);
        break;
    case LUN_PICTURE_SIXEL:
        lun_sheet_format(out, "set terminal sixelgd noenhanced truecolor rounded size %d,%d font 'DejaVu Sans,10' linewidth 1.5 ",
                         w, h);
        break;
    case LUN_PICTURE_DUMB:
        lun_sheet_format(out, "set terminal dumb noenhanced size %d,%d\n", w, h);
        return;
    }
    if (paper && p->picture->format == LUN_PICTURE_SVG) lun_sheet_text(out, "\n"); /* svg has no paper unless told */
    else if (paper) lun_sheet_format(out, "%s\n", paper);
    else lun_sheet_format(out, "background rgb '#%06x'\n", p->color.paper);
}

static void label_axis(const pen *p, const char *axis, const char *text)
{
    if (!text || !*text) return;
    lun_sheet_format(p->out, "set %slabel ", axis);
    quote(p->out, text);
    lun_sheet_format(p->out, " noenhanced textcolor rgb '#%06x'\n", p->color.ink);
}

static bool is_text(const pen *p) { return p->picture->format == LUN_PICTURE_DUMB; }

static bool keyed(const pen *p)
{
    for (int k = 0; k < p->view->count; k++) if (p->view->series[k].label[0]) return true;
    return p->view->lost_count > 0;
}

/* A long legend stands beside the curves instead of above them. */
static bool wide(const pen *p)
{
    size_t characters = 0;
    for (int k = 0; k < p->view->count; k++)
        if (p->view->series[k].label[0]) characters += strlen(p->view->series[k].label) + 8;
    return characters * (is_text(p) ? 1 : 8) > (size_t)p->picture->width;
}

static bool key_above(const pen *p) { return keyed(p) && !wide(p); }

static void title(const pen *p)
{
    const char *text = p->chart->text[LUN_TEXT_TITLE];
    if (!text || !*text) return;
    bool grid = p->chart->grid.kind != LUN_GRID_NONE;
    if (is_text(p) || grid) { /* the legend would push a left-aligned title aside, so on curves it is a label */
        lun_sheet_text(p->out, "set title ");
        quote(p->out, text);
    } else {
        lun_sheet_text(p->out, "set label 2 ");
        quote(p->out, text);
        lun_sheet_format(p->out, " at graph 0, graph 1 left offset 0,%s", key_above(p) ? "2.4" : "1");
    }
    lun_sheet_format(p->out, " noenhanced textcolor rgb '#%06x' font ',%d'\n", p->color.ink,
                     p->picture->format == LUN_PICTURE_SVG ? 15 : 12);
}

static void ticks(const pen *p, const char *axis, const lun_scale *s, int most)
{
    lun_ticks t;
    lun_scale_ticks(s, most, &t);
    lun_sheet_format(p->out, "set %stics nomirror scale %s (", axis, axis[0] == 'x' || is_text(p) ? "0.4" : "0");
    for (int i = 0; i < t.count; i++) {
        if (i) lun_sheet_text(p->out, ", ");
        quote(p->out, t.text[i]);
        lun_sheet_text(p->out, " ");
        lun_sheet_number(p->out, t.at[i]);
    }
    lun_sheet_format(p->out, ") textcolor rgb '#%06x'\nset %srange [", p->color.ink, axis);
    lun_sheet_number(p->out, s->low);
    lun_sheet_text(p->out, ":");
    lun_sheet_number(p->out, s->high);
    lun_sheet_text(p->out, "]\n");
    if (s->log) lun_sheet_format(p->out, "set logscale %s 10\n", axis);
}

/* How many ticks fit. */
static int tick_room(const pen *p, lun_axis axis)
{
    int width = p->picture->width, height = p->picture->height;
    if (is_text(p)) return axis == LUN_AXIS_X ? width / 12 : height / 4;
    int room = axis == LUN_AXIS_X ? width / 90 : height / 60;
    return room < 3 ? 3 : room > 11 ? 11 : room;
}

static void frame(const pen *p)
{
    lun_sheet_text(p->out, "unset key\nunset colorbox\n");
    title(p);
    label_axis(p, "x", p->chart->text[LUN_TEXT_X]);
    label_axis(p, "y", p->chart->text[LUN_TEXT_Y]);
    if (is_text(p)) {
        lun_sheet_text(p->out, "set border 3\n");
    } else {
        lun_sheet_format(p->out, "set border 1 linewidth 0.8 linecolor rgb '#%06x'\n", p->color.ink);
        lun_sheet_format(p->out, "set grid ytics linetype 1 linewidth 0.6 linecolor rgb '#%06x' dashtype %s\n", p->color.quiet,
                         p->picture->theme == LUN_THEME_CLEAR ? "3" : "1");
        lun_sheet_text(p->out, wide(p) ? "" : "set rmargin 3\n");
        bool named = p->chart->text[LUN_TEXT_TITLE] && p->chart->text[LUN_TEXT_TITLE][0];
        lun_sheet_format(p->out, "set tmargin %s\n", named ? (key_above(p) ? "4.1" : "3") : key_above(p) ? "2.4" : "1");
    }
    ticks(p, "x", &p->view->scale[LUN_AXIS_X], tick_room(p, LUN_AXIS_X));
    ticks(p, "y", &p->view->scale[LUN_AXIS_Y], tick_room(p, LUN_AXIS_Y));
}

static void begin_data(const pen *p, const char *name, int number)
{
    lun_sheet_format(p->out, "$%s%d << %s\n", name, number, p->word);
}

static void row(const pen *p, const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        if (i) lun_sheet_text(p->out, " ");
        lun_sheet_number(p->out, values[i]);
    }
    lun_sheet_text(p->out, "\n");
}

static void end_data(const pen *p) { lun_sheet_format(p->out, "%s\n", p->word); }

/* A value between two gaps is a line of no length, which gnuplot does not draw. */
static bool alone(const lun_series *s, size_t i)
{
    return !isnan(s->y[i]) && (i == 0 || isnan(s->y[i - 1])) && (i + 1 >= s->count || isnan(s->y[i + 1]));
}

static int series_data(const pen *p)
{
    int singles = 0;
    for (int k = 0; k < p->view->count; k++) {
        const lun_series *s = &p->view->series[k];
        begin_data(p, "d", k);
        for (size_t i = 0; i < s->count; i++) {
            row(p, (double[]){ s->x[i], s->y[i] }, 2);
            singles += s->mark == LUN_MARK_LINE && alone(s, i);
        }
        if (!s->count) lun_sheet_text(p->out, "NaN NaN\n");
        end_data(p);
    }
    if (singles) {
        begin_data(p, "alone", 0);
        for (int k = 0; k < p->view->count; k++)
            for (size_t i = 0; i < p->view->series[k].count; i++)
                if (alone(&p->view->series[k], i))
                    row(p, (double[]){ p->view->series[k].x[i], p->view->series[k].y[i], lun_hue(p->view->series[k].hue) }, 3);
        end_data(p);
    }
    if (p->view->lost_count) {
        begin_data(p, "lost", 0);
        for (size_t i = 0; i < p->view->lost_count; i++)
            row(p, (double[]){ p->view->lost[i], p->view->scale[LUN_AXIS_Y].low }, 2);
        end_data(p);
    }
    return singles;
}

static void style(const pen *p, const lun_series *s)
{
    lun_sheet *out = p->out;
    unsigned color = s->faint ? lun_hue_faint(s->hue, p->picture->theme) : lun_hue(s->hue);
    if (s->mark == LUN_MARK_LINE) lun_sheet_format(out, "with lines linewidth %s", s->faint ? "1" : "2");
    else if (s->mark == LUN_MARK_POINTS) lun_sheet_text(out, "with points pointtype 7 pointsize 0.7");
    else lun_sheet_text(out, "with boxes fillstyle solid 0.85 noborder");
    if (!is_text(p)) lun_sheet_format(out, " linecolor rgb '#%06x'", color);
}

static void plot_series(const pen *p)
{
    bool singles = series_data(p) > 0;
    if (keyed(p))
        lun_sheet_format(p->out, "set key %s Left reverse samplen 1.5 nobox noenhanced "
                                 "textcolor rgb '#%06x'\n",
                         wide(p) ? "outside right top vertical"
                         : is_text(p) ? "tmargin left horizontal" : "at graph -0.012, graph 1.02 left bottom horizontal", p->color.ink);
    bool bars = p->view->count && p->view->series[0].mark == LUN_MARK_BARS;
    if (bars) {
        lun_sheet_text(p->out, "set boxwidth ");
        lun_sheet_number(p->out, p->chart->bar_width * 0.92);
        lun_sheet_text(p->out, "\n");
    }
    lun_sheet_text(p->out, "plot ");
    for (int k = 0; k < p->view->count; k++) {
        const lun_series *s = &p->view->series[k];
        lun_sheet_format(p->out, "%s$d%d using 1:2 ", k ? ", \\\n     " : "", k);
        style(p, s);
        if (s->label[0]) lun_sheet_text(p->out, " title "), quote(p->out, s->label);
        else lun_sheet_text(p->out, " notitle");
    }
    if (singles) lun_sheet_text(p->out, ", \\\n     $alone0 using 1:2:3 with points pointtype 7 pointsize 0.9 linecolor rgb variable notitle");
    if (p->view->lost_count)
        lun_sheet_format(p->out, ", \\\n     $lost0 using 1:2 with points pointtype 2 pointsize 0.8 linecolor rgb '#%06x' title 'NaN'",
                         p->color.alarm);
    if (!p->view->count) lun_sheet_text(p->out, "NaN notitle");
    lun_sheet_text(p->out, "\n");
}

static double cell(const lun_grid *g, size_t plane, size_t r, size_t c)
{
    return g->value[(plane * g->rows + r) * g->columns + c];
}

/* Names of rows or columns, every n-th when there are many. */
static void names(const pen *p, lun_axis axis)
{
    size_t count = p->chart->named[axis], room = axis == LUN_AXIS_X ? 24 : 32, every = count / room + 1;
    const char *letter = axis == LUN_AXIS_X ? "x" : "y";
    if (!count) {
        lun_sheet_format(p->out, "set %stics nomirror scale 0 textcolor rgb '#%06x'\n", letter, p->color.ink);
        return;
    }
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) longest = strlen(p->chart->names[axis][i]) > longest ? strlen(p->chart->names[axis][i]) : longest;
    lun_sheet_format(p->out, "set %stics nomirror scale 0 %snoenhanced (", letter,
                     axis == LUN_AXIS_X && longest * count > 60 ? "rotate by 45 right " : "");
    for (size_t i = 0; i < count; i += every) {
        if (i) lun_sheet_text(p->out, ", ");
        quote_with(p->out, p->chart->names[axis][i], "%%");
        lun_sheet_format(p->out, " %zu", i + 1);
    }
    lun_sheet_format(p->out, ") textcolor rgb '#%06x'\n", p->color.ink);
}

/* The values of a small grid in its cells, dark on bright ones and bright on dark ones. */
static void numbers(const pen *p, const lun_grid *g)
{
    double middle = g->low + (g->high - g->low) * 0.6;
    for (int bright = 0; bright < 2; bright++) {
        lun_sheet_format(p->out, ", \\\n     $grid0 using 1:2:($3 %s ", bright ? ">=" : "<");
        lun_sheet_number(p->out, middle);
        lun_sheet_format(p->out, " ? sprintf('%%.4g', $3) : '') with labels textcolor rgb '#%s'", bright ? "202020" : "f0f0f0");
    }
}

static void plot_heat(const pen *p)
{
    const lun_grid *g = &p->chart->grid;
    title(p);
    label_axis(p, "x", p->chart->text[LUN_TEXT_X]);
    label_axis(p, "y", p->chart->text[LUN_TEXT_Y]);
    begin_data(p, "grid", 0);
    for (size_t r = 0; r < g->rows; r++)
        for (size_t c = 0; c < g->columns; c++) row(p, (double[]){ (double)c + 1, (double)r + 1, cell(g, 0, r, c) }, 3);
    end_data(p);
    lun_sheet_text(p->out, "unset key\nunset border\nset palette defined (");
    for (int i = 0; i <= 8; i++) lun_sheet_format(p->out, "%s%d '#%06x'", i ? ", " : "", i, lun_heat(i / 8.0));
    lun_sheet_text(p->out, ")\nset cbrange [");
    lun_sheet_number(p->out, g->low);
    lun_sheet_text(p->out, ":");
    lun_sheet_number(p->out, g->high);
    lun_sheet_format(p->out, "]\nset colorbox noborder\nset cbtics scale 0 textcolor rgb '#%06x'\n", p->color.ink);
    names(p, LUN_AXIS_X);
    names(p, LUN_AXIS_Y);
    lun_sheet_format(p->out, "set xrange [0.5:%zu.5]\nset yrange [%zu.5:0.5]\nset size ratio -1\n", g->columns, g->rows);
    lun_sheet_text(p->out, "plot $grid0 using 1:2:3 with image");
    if (g->columns <= NUMBERED && g->rows <= NUMBERED) numbers(p, g);
    lun_sheet_text(p->out, "\n");
}

static void plot_image(const pen *p)
{
    const lun_grid *g = &p->chart->grid;
    title(p);
    begin_data(p, "grid", 0);
    for (size_t r = 0; r < g->rows; r++)
        for (size_t c = 0; c < g->columns; c++) {
            double v[5] = { (double)c + 1, (double)r + 1 };
            for (size_t plane = 0; plane < 3; plane++) {
                double x = (cell(g, g->planes >= 3 ? plane : 0, r, c) - g->low) / (g->high - g->low);
                v[2 + plane] = isfinite(x) ? round(fmin(fmax(x, 0), 1) * 255) : (plane == 1 ? 0 : 255);
            }
            row(p, v, 5);
        }
    end_data(p);
    lun_sheet_text(p->out, "unset key\nunset border\nunset tics\nunset colorbox\nset margins 1,1,1,1\n");
    if (p->chart->text[LUN_TEXT_TITLE]) lun_sheet_text(p->out, "set tmargin 2.5\n");
    lun_sheet_format(p->out, "set xrange [0.5:%zu.5]\nset yrange [%zu.5:0.5]\nset size ratio -1\n", g->columns, g->rows);
    lun_sheet_text(p->out, "plot $grid0 using 1:2:3:4:5 with rgbimage\n");
}

static bool write_panel(const lun_chart *c, const lun_picture *picture, lun_sheet *out, bool first)
{
    pen p = { .chart = c, .picture = picture, .color = lun_theme_get(picture->theme), .out = out };
    lun_gnuplot_word(p.word);
    if (!first) lun_sheet_text(out, "reset\n");
    if (c->grid.kind == LUN_GRID_NONE) {
        lun_view *view = lun_chart_view(c, (size_t)picture->width * 2);
        if (!view) return false;
        p.view = view;
        frame(&p);
        if (view->note[0] && !is_text(&p)) {
            lun_sheet_text(out, "set label 1 ");
            quote(out, view->note);
            lun_sheet_format(out, " at screen 0.995, screen 0.015 right font ',%d' noenhanced textcolor rgb '#%06x'\n",
                             picture->format == LUN_PICTURE_SVG ? 10 : 8, p.color.alarm);
        }
        plot_series(&p);
        lun_view_free(view);
    } else if (c->grid.rows * c->grid.columns == 0) {
        lun_sheet_text(out, "unset border\nunset tics\nunset key\nset xrange [0:1]\nset yrange [0:1]\nplot NaN notitle\n");
    } else if (c->grid.kind == LUN_GRID_HEAT) {
        plot_heat(&p);
    } else {
        plot_image(&p);
    }
    return lun_sheet_good(out);
}

bool lun_script_write(const lun_chart *c, const lun_picture *picture, lun_sheet *out)
{
    int panels = lun_chart_panels(c);
    lun_picture part = *picture;
    part.height /= panels;
    terminal(&(pen){ .picture = picture, .color = lun_theme_get(picture->theme), .out = out });
    if (panels > 1) lun_sheet_format(out, "set multiplot layout %d,1\n", panels);
    bool good = true;
    for (const lun_chart *panel = c; good && panel; panel = panel->below) good = write_panel(panel, &part, out, panel == c);
    if (panels > 1) lun_sheet_text(out, "unset multiplot\n");
    return good && lun_sheet_good(out);
}
