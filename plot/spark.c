/* spark.c - a chart on one line
 *
 * For a screen too small for axes: name, course in eighths of a block, last value. Values that are not numbers are marked.
 * Read next: drawing.h, live.c.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "plot/braille.h"
#include "plot/drawing.h"
#include "plot/palette.h"

static const char *level(const lun_scale *y, double value, bool ascii)
{
    static const char *const blocks[8] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    static const char *const signs[8] = { "_", "_", ".", "-", "-", "=", "^", "^" };
    double place = lun_scale_place(y, value);
    if (isnan(place)) return ascii ? "!" : "×";
    int i = (int)(fmin(fmax(place, 0), 1) * 7.999);
    return ascii ? signs[i] : blocks[i];
}

/* The value drawn in one column: the mean of those that fall into it. */
static double mean_of(const lun_series *s, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++) sum += s->y[i];
    return sum / (double)(to - from);
}

static void one(const lun_series *s, const lun_scale *y, const lun_drawing *how, size_t width, lun_sheet *out)
{
    char ink[24], text[LUN_TICK_TEXT];
    size_t columns = s->count < width ? s->count : width;
    if (s->label[0]) lun_sheet_put(out, s->label, lun_label_fit(s->label, 12)), lun_sheet_text(out, " ");
    if (how->colors) lun_sheet_text(out, lun_ink_start(LUN_INK_STRONG + s->hue % LUN_HUES, ink));
    for (size_t i = 0; i < columns; i++)
        lun_sheet_text(out, level(y, mean_of(s, i * s->count / columns, (i + 1) * s->count / columns), how->ascii));
    if (how->colors) lun_sheet_text(out, "\033[0m");
    lun_scale_show(s->count ? s->y[s->count - 1] : NAN, text);
    lun_sheet_format(out, " %s", text);
}

bool lun_draw_spark(const lun_chart *c, const lun_drawing *how, lun_sheet *out)
{
    lun_view *v = lun_chart_view(c, 0);
    if (!v) return false;
    int shown = 0, count = 0;
    for (int k = 0; k < v->count; k++) count += !v->series[k].faint;
    if (count > 2) count = 2; /* train and validation; more would say nothing on one line */
    for (int k = 0; k < v->count && shown < count; k++) {
        if (v->series[k].faint) continue;
        int label = (int)lun_label_fit(v->series[k].label, 12), room = how->columns / count - label - 12;
        if (shown++) lun_sheet_text(out, "  ");
        one(&v->series[k], &v->scale[LUN_AXIS_Y], how, room > 4 ? (size_t)room : 4, out);
    }
    lun_sheet_text(out, "\n");
    lun_view_free(v);
    return lun_sheet_good(out);
}
