/* view.c - what will be drawn of a chart: smoothed, thinned, with its ranges and gaps
 *
 * Holds: nothing is dropped in silence. A value that is not a number leaves a gap and a mark; one that a log axis cannot show
 * is counted in the note. Smoothing comes before thinning, so the line does not depend on the width of the screen.
 * Read next: chart.h, drawing.c, script.c.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "plot/chart.h"

enum { SMOOTH_FROM = 20 }; /* a short curve (one value per epoch) is shown as it is */

void lun_smooth(const double *y, size_t count, double weight, double *out)
{
    double sum = 0, mass = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(y[i])) {
            sum = weight * sum + (1 - weight) * y[i];
            mass = weight * mass + (1 - weight);
        }
        out[i] = isfinite(y[i]) && mass > 0 ? sum / mass : NAN;
    }
}

void lun_view_free(lun_view *v)
{
    if (!v) return;
    for (int i = 0; i < v->count; i++) {
        free(v->series[i].label);
        free(v->series[i].x);
        free(v->series[i].y);
    }
    free(v->series);
    free(v->lost);
    free(v);
}

/* A copy of s, the last of the view's series. NULL without memory. */
static lun_series *view_add(lun_view *v, const lun_series *s)
{
    lun_series *copy = &v->series[v->count];
    size_t bytes = (s->count ? s->count : 1) * sizeof(double);
    *copy = *s;
    copy->label = strdup(s->label);
    copy->x = malloc(bytes);
    copy->y = malloc(bytes);
    v->count++; /* counted even when incomplete: lun_view_free tidies it */
    if (!copy->label || !copy->x || !copy->y) return NULL;
    if (s->count) {
        memcpy(copy->x, s->x, s->count * sizeof(double));
        memcpy(copy->y, s->y, s->count * sizeof(double));
    }
    return copy;
}

static bool rising(const lun_series *s)
{
    for (size_t i = 1; i < s->count; i++) if (!(s->x[i - 1] <= s->x[i])) return false;
    return true;
}

/* One column's values from `from` to `to`, as the first, the extremes in their order, the last; a gap stays a gap. */
static size_t thin_column(const lun_series *s, size_t from, size_t to, size_t at)
{
    size_t pick[4] = { from, from, from, to - 1 };
    bool gap = false;
    for (size_t i = from; i < to; i++) {
        gap = gap || isnan(s->y[i]);
        if (!(s->y[pick[1]] <= s->y[i])) pick[1] = i;
        if (!(s->y[pick[2]] >= s->y[i])) pick[2] = i;
    }
    if (pick[1] > pick[2]) { size_t swap = pick[1]; pick[1] = pick[2]; pick[2] = swap; }
    double x[4], y[4]; /* the first column is written over itself */
    for (int i = 0; i < 4; i++) x[i] = s->x[pick[i]], y[i] = s->y[pick[i]];
    for (int i = 0; i < 4; i++, at++) s->x[at] = x[i], s->y[at] = y[i];
    if (gap) s->y[at - 1] = NAN;
    return at;
}

/* In place: the written end never overtakes the read one, as a column holds more than four values. */
static void thin(lun_series *s, size_t columns)
{
    if (s->mark != LUN_MARK_LINE || columns == 0 || s->count / 8 <= columns || !rising(s)) return;
    size_t at = 0;
    for (size_t i = 0; i < columns; i++) {
        size_t from = i * (s->count / columns), to = i + 1 < columns ? from + s->count / columns : s->count;
        at = thin_column(s, from, to, at);
    }
    s->count = at;
}

/* Gaps for what has no place; false when memory runs out. */
static bool open_gaps(lun_view *v, lun_series *s, const lun_chart *c, size_t *hidden)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!isfinite(s->x[i])) v->unplaced++;
        bool on_x = isfinite(s->x[i]) && !(v->scale[LUN_AXIS_X].log && s->x[i] <= 0);
        bool bar_at_zero = s->mark == LUN_MARK_BARS && s->y[i] == 0;
        if (isfinite(s->x[i]) && isfinite(s->y[i]) && (!on_x || (c->log[LUN_AXIS_Y] && s->y[i] <= 0 && !bar_at_zero)))
            (*hidden)++;
        if (on_x && isfinite(s->y[i]) && !(c->log[LUN_AXIS_Y] && s->y[i] <= 0)) continue;
        if (on_x && !isfinite(s->y[i])) {
            if ((v->lost_count & (v->lost_count - 1)) == 0) { /* a power of two: full */
                double *more = realloc(v->lost, (v->lost_count ? v->lost_count * 2 : 1) * sizeof *more);
                if (!more) return false;
                v->lost = more;
            }
            v->lost[v->lost_count++] = s->x[i];
        }
        s->y[i] = NAN;
    }
    return true;
}

static void extend(double value, bool log, double *low, double *high)
{
    if (!isfinite(value) || (log && value <= 0)) return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

/* The range of an axis; bars reach down to 0 and half a width to the sides. */
static lun_scale range_of(const lun_chart *c, lun_axis axis)
{
    double low = INFINITY, high = -INFINITY;
    bool log = c->log[axis], points = false, bars = false;
    for (int k = 0; k < c->count; k++) {
        const lun_series *s = &c->series[k];
        double reach = axis == LUN_AXIS_X && s->mark == LUN_MARK_BARS ? c->bar_width / 2 : 0;
        points = points || s->mark == LUN_MARK_POINTS;
        bars = bars || s->mark == LUN_MARK_BARS;
        for (size_t i = 0; i < s->count; i++) {
            double value = axis == LUN_AXIS_X ? s->x[i] : s->y[i];
            if (axis == LUN_AXIS_Y && !isfinite(s->x[i])) continue;
            extend(value - reach, log, &low, &high);
            extend(value + reach, log, &low, &high);
        }
    }
    if (bars && axis == LUN_AXIS_Y && !log && low <= high) low = fmin(low, 0), high = fmax(high, 0);
    double pad = points ? 0.04 : axis == LUN_AXIS_Y && !bars ? 0.02 : 0;
    if (bars && axis == LUN_AXIS_Y && log && low <= high) low /= 2; /* the shortest bar stays visible */
    lun_scale s = lun_scale_fit(low, high, log, pad);
    if (isfinite(c->low[axis]) && (!log || c->low[axis] > 0)) s.low = c->low[axis];
    if (isfinite(c->high[axis]) && (!log || c->high[axis] > 0)) s.high = c->high[axis];
    return s.low < s.high ? s : lun_scale_fit(fmin(s.low, s.high), fmax(s.low, s.high), log, 0.1);
}

static bool has_positive(const lun_chart *c, lun_axis axis)
{
    bool any = false;
    for (int k = 0; k < c->count; k++)
        for (size_t i = 0; i < c->series[k].count; i++) {
            double value = axis == LUN_AXIS_X ? c->series[k].x[i] : c->series[k].y[i];
            if (isfinite(value) && value > 0) return true;
            any = any || isfinite(value);
        }
    return !any;
}

static void write_note(lun_view *v, const lun_chart *c, size_t hidden, bool no_log)
{
    int at = 0;
    int room = (int)sizeof v->note;
    size_t lost = v->lost_count + v->unplaced + c->unseen;
    if (lost) at += snprintf(v->note, sizeof v->note, "%zu value%s NaN or infinite", lost, lost == 1 ? " is" : "s are");
    if (hidden && at < room)
        at += snprintf(v->note + at, sizeof v->note - (size_t)at, "%s%zu value%s not positive: not on the log axis",
                       at ? "; " : "", hidden, hidden == 1 ? " is" : "s are");
    if (no_log && at < room)
        snprintf(v->note + at, sizeof v->note - (size_t)at, "%sno positive value: the axis is linear", at ? "; " : "");
}

static bool smoothed(const lun_chart *c, const lun_series *s)
{
    return c->smooth != 0 && s->mark == LUN_MARK_LINE && s->count >= SMOOTH_FROM;
}

/* Left to us, the past weighs as much as a fiftieth of the curve is long. */
static double weight_of(const lun_chart *c, size_t count)
{
    return c->smooth > 0 ? c->smooth : fmin(fmax(1 - 50 / (double)count, 0.6), 0.99);
}

/* Smooths s in place; where the raw line has a gap, so has this one. */
static void smooth_over(lun_series *s, const lun_series *raw, double weight, bool log)
{
    lun_smooth(s->y, s->count, weight, s->y);
    for (size_t i = 0; i < s->count; i++)
        if (isnan(raw->y[i]) || (log && !(s->y[i] > 0))) s->y[i] = NAN;
}

static bool build(lun_view *v, const lun_chart *c, size_t columns)
{
    size_t hidden = 0;
    lun_chart plain = *c; /* a log axis without a positive value falls back to a linear one */
    bool no_log = false;
    for (int axis = 0; axis < LUN_AXIS_COUNT; axis++) {
        if (c->log[axis] && !has_positive(c, (lun_axis)axis)) plain.log[axis] = false, no_log = true;
        v->scale[axis] = range_of(&plain, (lun_axis)axis);
    }
    v->series = calloc((size_t)c->count * 2 + 1, sizeof *v->series);
    if (!v->series) return false;
    for (int k = 0; k < c->count; k++) { /* raw lines first: the smoothed ones lie on top of all of them */
        if (!smoothed(c, &c->series[k])) continue;
        lun_series *s = view_add(v, &c->series[k]);
        if (!s || !open_gaps(v, s, &plain, &hidden)) return false;
        s->faint = true;
        s->label[0] = '\0';
    }
    for (int k = 0, raw = 0; k < c->count; k++) {
        lun_series *s = view_add(v, &c->series[k]);
        if (!s) return false;
        if (smoothed(c, &c->series[k])) smooth_over(s, &v->series[raw++], weight_of(c, c->series[k].count), plain.log[LUN_AXIS_Y]);
        else if (!open_gaps(v, s, &plain, &hidden)) return false;
    }
    for (int k = 0; k < v->count; k++) thin(&v->series[k], columns);
    write_note(v, c, hidden, no_log);
    return true;
}

lun_view *lun_chart_view(const lun_chart *c, size_t columns)
{
    lun_view *v = calloc(1, sizeof *v);
    if (v && build(v, c, columns)) return v;
    lun_view_free(v);
    return lun_fail(LUN_E_MEMORY, "draw fewer values", "plot: no memory for the chart");
}
