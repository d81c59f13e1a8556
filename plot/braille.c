/* braille.c - dots and characters on a sheet of cells
 *
 * Read next: braille.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/braille.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "plot/palette.h"

const char *const lun_hue_signs[2][8] = { { "●", "▲", "■", "◆", "+", "×", "○", "△" }, { "*", "+", "o", "x", "#", "@", "%", "&" } };

bool lun_canvas_start(lun_canvas *c, int columns, int rows, bool ascii, int colors)
{
    *c = (lun_canvas){ columns, rows, ascii, colors, NULL };
    if (columns < 1 || rows < 1 || columns > 10000 || rows > 10000)
        return lun_fail(LUN_E_ARGUMENT, "size = {80, 20}", "plot: %dx%d characters", columns, rows), false;
    c->cell = calloc((size_t)columns * (size_t)rows, sizeof *c->cell);
    if (!c->cell) lun_fail(LUN_E_MEMORY, NULL, "plot: no memory for %dx%d characters", columns, rows);
    return c->cell != NULL;
}

void lun_canvas_end(lun_canvas *c)
{
    free(c->cell);
    c->cell = NULL;
}

static lun_cell *cell_at(const lun_canvas *c, int column, int row)
{
    bool inside = column >= 0 && row >= 0 && column < c->columns && row < c->rows;
    return inside ? &c->cell[(size_t)row * (size_t)c->columns + (size_t)column] : NULL;
}

void lun_canvas_dot(lun_canvas *c, int x, int y, int ink)
{
    static const uint8_t bit[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } }; /* Unicode's order */
    lun_cell *cell = x < 0 || y < 0 ? NULL : cell_at(c, x / 2, y / 4);
    if (!cell) return;
    if (cell->glyph[0]) *cell = (lun_cell){0};
    cell->dots |= bit[y % 4][x % 2];
    cell->ink = (uint8_t)ink;
}

/* Cuts the segment to the sheet (with a margin), so that a value far outside costs no more than one inside. */
static bool clip(const lun_canvas *c, double *x0, double *y0, double *x1, double *y1)
{
    const double low = -4, right = c->columns * 2 + 4, bottom = c->rows * 4 + 4;
    double dx = *x1 - *x0, dy = *y1 - *y0, from = 0, to = 1;
    const double p[4] = { -dx, dx, -dy, dy }, q[4] = { *x0 - low, right - *x0, *y0 - low, bottom - *y0 };
    for (int i = 0; i < 4; i++) {
        if (p[i] == 0 && q[i] < 0) return false;
        if (p[i] < 0) from = fmax(from, q[i] / p[i]);
        if (p[i] > 0) to = fmin(to, q[i] / p[i]);
    }
    if (!(from <= to)) return false;
    *x1 = *x0 + to * dx, *y1 = *y0 + to * dy;
    *x0 += from * dx, *y0 += from * dy;
    return true;
}

void lun_canvas_line(lun_canvas *c, double x0, double y0, double x1, double y1, int ink, int dash, int gap, int *phase)
{
    if (!clip(c, &x0, &y0, &x1, &y1)) return;
    int x = (int)lround(x0), y = (int)lround(y0), end_x = (int)lround(x1), end_y = (int)lround(y1);
    int dx = abs(end_x - x), dy = abs(end_y - y), sx = x < end_x ? 1 : -1, sy = y < end_y ? 1 : -1, error = dx - dy;
    for (;;) {
        if (gap == 0 || *phase % (dash + gap) < dash) lun_canvas_dot(c, x, y, ink);
        if (x == end_x && y == end_y) return; /* the next segment begins with this dot: it counts once */
        (*phase)++;
        int twice = 2 * error;
        if (twice > -dy) error -= dy, x += sx;
        if (twice < dx) error += dx, y += sy;
    }
}

void lun_canvas_glyph(lun_canvas *c, int column, int row, const char *glyph, int ink)
{
    lun_cell *cell = cell_at(c, column, row);
    size_t length = strlen(glyph);
    if (!cell || length >= sizeof cell->glyph) return;
    *cell = (lun_cell){ .ink = (uint8_t)ink };
    memcpy(cell->glyph, glyph, length + 1);
}

int lun_canvas_text(lun_canvas *c, int column, int row, const char *text, int limit, int ink)
{
    if (limit > c->columns) limit = c->columns;
    while (*text) {
        size_t length = 1;
        while ((text[length] & 0xc0) == 0x80) length++; /* labels are UTF-8: lun_label_copy saw to it */
        char glyph[5] = "";
        memcpy(glyph, text, length < 4 ? length : 4);
        int width = lun_label_width(glyph);
        text += length;
        if (width == 0) continue; /* a combining mark has no cell of its own */
        if (column + width > limit) break;
        lun_canvas_glyph(c, column, row, c->ascii && length > 1 ? "?" : glyph, ink);
        if (width == 2 && cell_at(c, column + 1, row)) {
            if (c->ascii) lun_canvas_glyph(c, column + 1, row, "?", ink);
            else *cell_at(c, column + 1, row) = (lun_cell){ .covered = true, .glyph = " " };
        }
        column += width;
    }
    return column;
}

const char *lun_ink_start(int ink, char text[24])
{
    if (ink >= LUN_INK_STRONG) snprintf(text, 24, "\033[38;5;%dm", lun_hue_256(ink % 16, ink >= LUN_INK_FAINT));
    else if (ink == LUN_INK_QUIET) snprintf(text, 24, "\033[38;5;244m");
    else if (ink == LUN_INK_ALARM) snprintf(text, 24, "\033[38;5;167m");
    else if (ink == LUN_INK_TITLE) snprintf(text, 24, "\033[1m");
    else text[0] = '\0';
    return text;
}

static bool blank(const lun_cell *cell)
{
    return !cell->dots && (!cell->glyph[0] || (cell->glyph[0] == ' ' && !cell->covered));
}

static void print_cell(const lun_canvas *c, const lun_cell *cell, lun_sheet *out)
{
    if (blank(cell)) lun_sheet_put(out, " ", 1);
    else if (cell->glyph[0]) lun_sheet_text(out, cell->glyph);
    else if (c->ascii) lun_sheet_text(out, lun_hue_signs[1][cell->ink % 16 % LUN_HUES]);
    else lun_sheet_put(out, (const char[]){ (char)0xe2, (char)(0xa0 | cell->dots >> 6), (char)(0x80 | (cell->dots & 0x3f)) }, 3);
}

static void print_row(const lun_canvas *c, int row, lun_sheet *out)
{
    int last = c->columns - 1, ink = 0;
    while (last >= 0 && blank(cell_at(c, last, row))) last--;
    for (int column = 0; column <= last; column++) {
        const lun_cell *cell = cell_at(c, column, row);
        int wanted = blank(cell) ? ink : cell->ink; /* a blank needs no change of colour */
        char text[24];
        if (cell->covered) continue;
        if (c->colors && wanted != ink) {
            if (ink > LUN_INK_WORDS) lun_sheet_text(out, "\033[0m");
            lun_sheet_text(out, lun_ink_start(wanted, text));
            ink = wanted;
        }
        print_cell(c, cell, out);
    }
    if (ink > LUN_INK_WORDS) lun_sheet_text(out, "\033[0m");
    lun_sheet_text(out, "\n");
}

void lun_canvas_print(const lun_canvas *c, lun_sheet *out)
{
    for (int row = 0; row < c->rows; row++) print_row(c, row, out);
}
