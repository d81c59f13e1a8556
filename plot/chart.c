/* chart.c - fills a chart
 *
 * Everything is copied and checked on the way in. Read next: view.c (what is drawn of it), chart.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/chart.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "plot/sheet.h"

enum { SERIES_LIMIT = 64, BINS_LIMIT = 10000, GRID_LIMIT = 16 << 20, NAMES_LIMIT = 1000 };

static bool no_memory(void)
{
    lun_fail(LUN_E_MEMORY, "draw fewer values", "plot: no memory for the chart");
    return false;
}

lun_chart *lun_chart_new(void)
{
    lun_chart *c = calloc(1, sizeof *c);
    if (!c) { no_memory(); return NULL; }
    for (int axis = 0; axis < LUN_AXIS_COUNT; axis++) c->low[axis] = c->high[axis] = NAN;
    c->bar_width = 1;
    return c;
}

void lun_chart_free(lun_chart *c)
{
    if (!c) return;
    for (int i = 0; i < LUN_TEXT_COUNT; i++) free(c->text[i]);
    for (int i = 0; i < c->count; i++) {
        free(c->series[i].label);
        free(c->series[i].x);
        free(c->series[i].y);
    }
    for (int axis = 0; axis < LUN_AXIS_COUNT; axis++) {
        for (size_t i = 0; i < c->named[axis]; i++) free(c->names[axis][i]);
        free(c->names[axis]);
    }
    free(c->series);
    free(c->grid.value);
    lun_chart_free(c->below);
    free(c);
}

int lun_chart_panels(const lun_chart *c)
{
    int n = 0;
    for (; c; c = c->below) n++;
    return n;
}

bool lun_chart_set_text(lun_chart *c, lun_chart_text which, const char *text, size_t length)
{
    static const char *const what[] = { "title", "x label", "y label" };
    char *copy = lun_label_copy(what[which], text, length);
    if (!copy) return false;
    free(c->text[which]);
    c->text[which] = copy;
    return true;
}

/* Room for `count` doubles; never zero bytes, so NULL always means that memory ran out. */
static double *doubles(size_t count)
{
    return count < SIZE_MAX / sizeof(double) ? malloc((count ? count : 1) * sizeof(double)) : NULL;
}

bool lun_chart_add(lun_chart *c, lun_mark mark, const char *label, const double *x, const double *y, size_t count)
{
    if (c->count >= SERIES_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, "draw several charts", "plot: a chart shows at most %d series", SERIES_LIMIT), false;
    char *name = lun_label_copy("label", label ? label : "", label ? strlen(label) : 0);
    if (!name) return false;
    lun_series s = { .mark = mark, .label = name, .x = doubles(count), .y = doubles(count), .count = count,
                     .room = count, .hue = c->count };
    lun_series *more = realloc(c->series, (size_t)(c->count + 1) * sizeof *more);
    if (more) c->series = more;
    if (!more || !s.x || !s.y) {
        free(name);
        free(s.x);
        free(s.y);
        return no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        s.x[i] = x ? x[i] : (double)(i + 1);
        s.y[i] = y[i];
    }
    c->series[c->count++] = s;
    return true;
}

bool lun_chart_append(lun_chart *c, int series, double x, double y)
{
    lun_series *s = &c->series[series];
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        double *more_x = realloc(s->x, room * sizeof *more_x);
        if (more_x) s->x = more_x;
        double *more_y = realloc(s->y, room * sizeof *more_y);
        if (more_y) s->y = more_y;
        if (!more_x || !more_y) return no_memory();
        s->room = room;
    }
    s->x[s->count] = x;
    s->y[s->count++] = y;
    return true;
}

typedef struct {
    double low, high;
    size_t seen;
    bool whole;
} extent;

static extent measure(const double *values, size_t count)
{
    extent e = { INFINITY, -INFINITY, 0, true };
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        e.low = fmin(e.low, values[i]);
        e.high = fmax(e.high, values[i]);
        e.whole = e.whole && values[i] == floor(values[i]);
        e.seen++;
    }
    return e;
}

static bool count_into(lun_chart *c, const double *values, size_t count, double from, double width, size_t bins)
{
    double *x = doubles(bins), *y = doubles(bins);
    bool good = x && y;
    if (!good) no_memory();
    for (size_t i = 0; good && i < bins; i++) x[i] = from + ((double)i + 0.5) * width, y[i] = 0;
    for (size_t i = 0; good && i < count; i++) {
        if (!isfinite(values[i])) continue;
        double at = floor((values[i] - from) / width);
        y[at < 0 ? 0 : at < (double)bins ? (size_t)at : bins - 1] += 1;
    }
    c->bar_width = width;
    good = good && lun_chart_add(c, LUN_MARK_BARS, NULL, x, y, bins);
    free(x);
    free(y);
    return good;
}

bool lun_chart_count(lun_chart *c, const double *values, size_t count, size_t bins)
{
    if (bins > BINS_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, "bins = 50", "plot.hist: %zu bins, at most %d", bins, BINS_LIMIT), false;
    extent e = measure(values, count);
    c->unseen += count - e.seen;
    if (!e.seen) return lun_chart_add(c, LUN_MARK_BARS, NULL, NULL, NULL, 0);
    if (!bins && e.whole && e.high - e.low < 60)
        return count_into(c, values, count, e.low - 0.5, 1, (size_t)(e.high - e.low) + 1);
    lun_scale range = lun_scale_fit(e.low, e.high, false, 0);
    /* Rice's rule, held within what a screen can show */
    if (!bins) bins = (size_t)fmin(60, fmax(10, ceil(2 * cbrt((double)e.seen))));
    return count_into(c, values, count, range.low, (range.high - range.low) / (double)bins, bins);
}

bool lun_chart_fill(lun_chart *c, lun_grid_kind kind, const double *values, size_t rows, size_t columns, size_t planes,
                    double low, double high)
{
    size_t cells = 0, total = 0;
    if (__builtin_mul_overflow(rows, columns, &cells) || __builtin_mul_overflow(cells, planes, &total) || total > GRID_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, "take a part of it: x[{{1,1000}, {1,1000}}]", "plot: %zux%zux%zu values, at most %d",
                        planes, rows, columns, GRID_LIMIT), false;
    double *copy = doubles(total);
    if (!copy) return no_memory();
    if (total) memcpy(copy, values, total * sizeof *copy);
    extent e = measure(copy, total);
    if (low > high) low = e.low, high = e.high;
    if (!(low < high)) { /* one value, or none */
        low = isfinite(low) ? low - 0.5 : 0;
        high = low + 1;
    }
    free(c->grid.value);
    c->grid = (lun_grid){ kind, copy, rows, columns, planes, low, high };
    return true;
}

bool lun_chart_name(lun_chart *c, lun_axis axis, const char *text, size_t length)
{
    if (c->named[axis] >= NAMES_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, NULL, "plot: at most %d names per axis", NAMES_LIMIT), false;
    char *copy = lun_label_copy("name", text, length);
    if (!copy) return false;
    char **more = realloc(c->names[axis], (c->named[axis] + 1) * sizeof *more);
    if (!more) {
        free(copy);
        return no_memory();
    }
    c->names[axis] = more;
    more[c->named[axis]++] = copy;
    return true;
}
