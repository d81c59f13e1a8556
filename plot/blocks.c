/* blocks.c - pictures and heat maps as text
 *
 * Two pixels per character: the upper one is the colour of a half block, the lower one its background. A small heat map
 * (a confusion matrix) shows its numbers instead. Without colours brightness becomes a sign.
 * Holds: a picture larger than the screen is averaged down, a tiny one drawn larger. Read next: drawing.h, palette.h.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot/braille.h"
#include "plot/drawing.h"
#include "plot/palette.h"

enum { NUMBERS = 16, LEAST_CELL = 7, MOST_CELL = 11, NO_COLOR = 1 << 25 };

static double share(const lun_grid *g, size_t plane, size_t row, size_t column)
{
    return (g->value[(plane * g->rows + row) * g->columns + column] - g->low) / (g->high - g->low);
}

/* Mean brightness (0..1) of a plane over an area; NaN as soon as one value is not a number: it must be seen. */
static double area(const lun_grid *g, size_t plane, size_t r0, size_t r1, size_t c0, size_t c1)
{
    double sum = 0;
    for (size_t r = r0; r < r1; r++)
        for (size_t c = c0; c < c1; c++) {
            double x = share(g, plane, r, c);
            sum += isfinite(x) ? fmin(fmax(x, 0), 1) : NAN;
        }
    return sum / (double)((r1 - r0) * (c1 - c0));
}

typedef struct {
    const lun_grid *grid;
    size_t rows, columns; /* pixels drawn */
} raster;

static double pixel(const raster *r, size_t plane, size_t row, size_t column)
{
    const lun_grid *g = r->grid;
    size_t r0 = row * g->rows / r->rows, r1 = (row + 1) * g->rows / r->rows;
    size_t c0 = column * g->columns / r->columns, c1 = (column + 1) * g->columns / r->columns;
    return area(g, plane, r0, r1 > r0 ? r1 : r0 + 1, c0, c1 > c0 ? c1 : c0 + 1);
}

static uint32_t color_of(const raster *r, size_t row, size_t column)
{
    if (row >= r->rows) return NO_COLOR;
    double v[3];
    for (size_t i = 0; i < 3; i++) {
        v[i] = pixel(r, r->grid->planes >= 3 ? i : 0, row, column);
        if (isnan(v[i])) return 0xff00ff;
    }
    if (r->grid->kind == LUN_GRID_HEAT) return lun_heat(v[0]);
    return (uint32_t)lround(v[0] * 255) << 16 | (uint32_t)lround(v[1] * 255) << 8 | (uint32_t)lround(v[2] * 255);
}

static void set_color(lun_sheet *out, int layer, uint32_t rgb, int colors)
{
    if (colors > 256) lun_sheet_format(out, "\033[%d;2;%u;%u;%um", layer, rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255);
    else lun_sheet_format(out, "\033[%d;5;%dm", layer, lun_rgb_256(rgb));
}

static void half_blocks(const raster *r, int colors, lun_sheet *out)
{
    for (size_t row = 0; row < r->rows; row += 2) {
        uint32_t upper = NO_COLOR, lower = NO_COLOR;
        for (size_t column = 0; column < r->columns; column++) {
            uint32_t a = color_of(r, row, column), b = color_of(r, row + 1, column);
            if (a != upper) set_color(out, 38, a, colors);
            if (b != lower && b != NO_COLOR) set_color(out, 48, b, colors);
            lun_sheet_text(out, "▀");
            upper = a, lower = b;
        }
        lun_sheet_text(out, "\033[0m\n");
    }
}

static const char *sign_of(double brightness, bool ascii)
{
    static const char *const signs[10] = { " ", ".", ":", "-", "=", "+", "*", "#", "%", "@" };
    static const char *const shades[5] = { " ", "░", "▒", "▓", "█" };
    if (isnan(brightness)) return ascii ? "!" : "×";
    return ascii ? signs[(int)(brightness * 9.999)] : shades[(int)(brightness * 4.999)];
}

/* Two signs per pixel keep it square. */
static void signs(const raster *r, bool ascii, lun_sheet *out)
{
    for (size_t row = 0; row < r->rows; row++) {
        for (size_t column = 0; column < r->columns; column++) {
            double sum = 0;
            size_t planes = r->grid->planes >= 3 ? 3 : 1;
            for (size_t i = 0; i < planes; i++) sum += pixel(r, i, row, column);
            lun_sheet_repeat(out, sign_of(sum / (double)planes, ascii), 2);
        }
        while (out->length && out->text[out->length - 1] == ' ') out->length--;
        lun_sheet_text(out, "\n");
    }
}

/* How many pixels to draw: enlarged by a whole number while small, shrunk to fit, shape kept. */
static raster fit(const lun_grid *g, size_t most_rows, size_t most_columns)
{
    double scale = fmin((double)most_rows / (double)g->rows, (double)most_columns / (double)g->columns);
    double cozy = fmax(1, floor(64 / (double)(g->columns > g->rows ? g->columns : g->rows)));
    if (scale >= 1) scale = fmin(floor(scale), cozy);
    size_t rows = (size_t)((double)g->rows * scale), columns = (size_t)((double)g->columns * scale);
    return (raster){ g, rows ? rows : 1, columns ? columns : 1 };
}

static void padded(lun_sheet *out, const char *text, int width, bool to_right)
{
    size_t bytes = lun_label_fit(text, width);
    char part[4 * 64] = "";
    memcpy(part, text, bytes < sizeof part - 1 ? bytes : sizeof part - 1);
    int blanks = width - lun_label_width(part);
    if (to_right) lun_sheet_repeat(out, " ", blanks);
    lun_sheet_text(out, part);
    if (!to_right) lun_sheet_repeat(out, " ", blanks);
}

static const char *name_of(const lun_chart *c, lun_axis axis, size_t i, char number[24])
{
    if (i < c->named[axis]) return c->names[axis][i];
    snprintf(number, 24, "%zu", i + 1);
    return number;
}

static int names_width(const lun_chart *c)
{
    int widest = 2;
    for (size_t i = 0; i < c->named[LUN_AXIS_Y]; i++) {
        int w = lun_label_width(c->names[LUN_AXIS_Y][i]);
        widest = w > widest ? w : widest;
    }
    return widest > 14 ? 14 : widest;
}

/* The columns of one cell: room for the longest name as long as the map fits, 0 when it does not. */
static size_t cell_width(const lun_chart *c, size_t columns)
{
    size_t widest = LEAST_CELL, room = columns - (size_t)names_width(c) - 1;
    if (columns < (size_t)names_width(c) + 1) return 0;
    for (size_t i = 0; i < c->named[LUN_AXIS_X]; i++) {
        size_t w = (size_t)lun_label_width(c->names[LUN_AXIS_X][i]) + 1;
        widest = w > widest ? w : widest;
    }
    if (widest > MOST_CELL) widest = MOST_CELL;
    size_t fits = room / c->grid.columns;
    return fits < LEAST_CELL ? 0 : fits < widest ? fits : widest;
}

/* Each cell its number, on its colour when there are colours; black or white, whichever reads better. */
static void numbers(const lun_chart *c, const lun_drawing *how, int width, lun_sheet *out)
{
    const lun_grid *g = &c->grid;
    int side = names_width(c);
    char text[LUN_TICK_TEXT];
    lun_sheet_repeat(out, " ", side + 1);
    for (size_t i = 0; i < g->columns; i++) {
        padded(out, name_of(c, LUN_AXIS_X, i, text), width - 1, true);
        lun_sheet_text(out, i + 1 < g->columns ? " " : "\n");
    }
    for (size_t r = 0; r < g->rows; r++) {
        padded(out, name_of(c, LUN_AXIS_Y, r, text), side, true);
        lun_sheet_text(out, " ");
        for (size_t i = 0; i < g->columns; i++) {
            double place = share(g, 0, r, i);
            if (how->colors) {
                set_color(out, 48, isnan(place) ? 0xff00ff : lun_heat(place), how->colors);
                set_color(out, 38, place > 0.6 ? 0x101010 : 0xf0f0f0, how->colors);
            }
            lun_scale_show(g->value[r * g->columns + i], text);
            padded(out, text, width - 1, true);
            lun_sheet_text(out, " ");
        }
        if (how->colors) lun_sheet_text(out, "\033[0m");
        else while (out->length && out->text[out->length - 1] == ' ') out->length--;
        lun_sheet_text(out, "\n");
    }
}

/* low, the map's colours, high */
static void color_bar(const lun_grid *g, const lun_drawing *how, lun_sheet *out)
{
    char text[LUN_TICK_TEXT];
    lun_scale_show(g->low, text);
    lun_sheet_format(out, "%s ", text);
    for (int i = 0; i < 20; i++) {
        if (how->colors) set_color(out, 48, lun_heat(i / 19.0), how->colors);
        lun_sheet_text(out, how->colors ? " " : sign_of(i / 20.0, how->ascii));
    }
    lun_scale_show(g->high, text);
    lun_sheet_format(out, "%s %s\n", how->colors ? "\033[0m" : "", text);
}

bool lun_draw_grid(const lun_chart *c, const lun_drawing *how, lun_sheet *out)
{
    const lun_grid *g = &c->grid;
    if (c->text[LUN_TEXT_TITLE]) {
        lun_sheet_text(out, how->colors ? "\033[1m" : "");
        lun_sheet_text(out, c->text[LUN_TEXT_TITLE]);
        lun_sheet_text(out, how->colors ? "\033[0m\n" : "\n");
    }
    size_t columns = (size_t)(how->columns > 2 ? how->columns : 2);
    size_t rows = (size_t)(how->rows > 4 ? how->rows - 2 : 2);
    if (g->rows == 0 || g->columns == 0) {
        lun_sheet_format(out, "(%zux%zu: nothing to draw)\n", g->rows, g->columns);
    } else if (g->kind == LUN_GRID_HEAT && g->columns <= NUMBERS && g->rows <= NUMBERS && cell_width(c, columns)) {
        numbers(c, how, (int)cell_width(c, columns), out);
    } else {
        raster r = how->colors ? fit(g, rows * 2, columns) : fit(g, rows, columns / 2);
        if (how->colors) half_blocks(&r, how->colors, out); else signs(&r, how->ascii, out);
        if (g->kind == LUN_GRID_HEAT) color_bar(g, how, out);
    }
    return lun_sheet_good(out);
}
