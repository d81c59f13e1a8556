/* scale.c - ranges and ticks
 *
 * Ticks are multiples of 1, 2 or 5 times a power of ten; on a log axis powers of ten, with 2 and 5 between them when there is
 * room. Read next: scale.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double largest = 1e300; /* beyond it, differences of two values overflow */

lun_scale lun_scale_fit(double low, double high, bool log, double pad)
{
    if (log) {
        if (!(low > 0) || !(high >= low) || !isfinite(high)) return (lun_scale){ 0.1, 1, true };
        double a = fmin(fmax(log10(low), -300), 300), b = fmin(fmax(log10(high), -300), 300);
        double room = b - a > 1e-9 ? (b - a) * pad : 0.5;
        return (lun_scale){ pow(10, a - room), pow(10, b + room), true };
    }
    if (!(low <= high)) return (lun_scale){ 0, 1, false };
    low = fmax(low, -largest), high = fmin(high, largest);
    double size = fmax(fabs(low), fabs(high)), room = (high - low) * pad;
    if (high - low <= size * 1e-12) room = size > 0 ? size * 0.1 : 1; /* a constant */
    return (lun_scale){ low - room, high + room, false };
}

double lun_scale_place(const lun_scale *s, double value)
{
    if (!isfinite(value) || (s->log && value <= 0)) return NAN;
    if (s->log) return (log10(value) - log10(s->low)) / (log10(s->high) - log10(s->low));
    return (value - s->low) / (s->high - s->low);
}

/* "2.00e-05" -> "2.00e-5", "1e+05" -> "1e5". */
static void shorten_exponent(char *text)
{
    char *e = strchr(text, 'e');
    if (!e) return;
    char *from = e + 1, *to = e + 1;
    if (*from == '-') to++;
    if (*from == '-' || *from == '+') from++;
    while (*from == '0' && from[1]) from++;
    memmove(to, from, strlen(from) + 1);
}

static void decimal_point(char *text)
{
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
}

static int magnitude(double value)
{
    return value != 0 ? (int)floor(log10(fabs(value)) + 1e-9) : 0;
}

/* Values `step` apart, the greatest of them `size`. */
static void tick_text(double value, double step, double size, char text[LUN_TICK_TEXT])
{
    static const struct { double from, unit; const char *name; } units[] =
        { { 1e12, 1e12, "T" }, { 1e9, 1e9, "G" }, { 1e6, 1e6, "M" }, { 1e4, 1e3, "k" } };
    if (value == 0 || fabs(value) < step * 1e-6) {
        snprintf(text, LUN_TICK_TEXT, "0");
    } else if (size >= 1e15 || size < 1e-3) {
        int digits = magnitude(value) - magnitude(step);
        snprintf(text, LUN_TICK_TEXT, "%.*e", digits > 0 ? (digits < 12 ? digits : 12) : 0, value);
    } else {
        double unit = 1;
        const char *name = "";
        for (size_t i = 0; i < sizeof units / sizeof *units && !*name; i++)
            if (size >= units[i].from) unit = units[i].unit, name = units[i].name;
        int decimals = -magnitude(step / unit);
        snprintf(text, LUN_TICK_TEXT, "%.*f%s", decimals > 0 ? (decimals < 12 ? decimals : 12) : 0, value / unit, name);
    }
    shorten_exponent(text);
    decimal_point(text);
}

void lun_scale_show(double value, char text[LUN_TICK_TEXT])
{
    double size = fabs(value);
    if (isnan(value)) snprintf(text, LUN_TICK_TEXT, "NaN");
    else if (isinf(value)) snprintf(text, LUN_TICK_TEXT, value > 0 ? "inf" : "-inf");
    else if (size >= 1e5 && size < 1e15) tick_text(value, pow(10, magnitude(value) - 2), size, text);
    else snprintf(text, LUN_TICK_TEXT, "%.4g", value);
    shorten_exponent(text);
    decimal_point(text);
}

static void add_tick(lun_ticks *t, double value, double step, double size)
{
    if (t->count >= LUN_TICKS) return;
    t->at[t->count] = value;
    tick_text(value, step, size, t->text[t->count++]);
}

static void linear_ticks(const lun_scale *s, int most, lun_ticks *t)
{
    double span = s->high - s->low, size = fmax(fabs(s->low), fabs(s->high));
    double step = pow(10, floor(log10(span / most)));
    static const double round[] = { 1, 2, 5, 10, 20 };
    for (int i = 0; i < 5; i++) {
        double try = step * round[i], first = ceil(s->low / try - 1e-9);
        double count = floor(s->high / try + 1e-9) - first + 1;
        if (count > most) continue;
        for (int k = 0; k < (int)count; k++) add_tick(t, (first + k) * try, try, size);
        return;
    }
}

static const double parts[] = { 1, 2, 5 }; /* of a decade */

static bool on_axis(const lun_scale *s, double value)
{
    double place = lun_scale_place(s, value);
    return place >= -1e-9 && place <= 1 + 1e-9;
}

static void log_ticks(const lun_scale *s, int most, lun_ticks *t)
{
    int first = (int)ceil(log10(s->low) - 1e-9), last = (int)floor(log10(s->high) + 1e-9), all = 0;
    int stride = (last - first) / most + 1;
    for (int power = first - 1; power <= last; power++)
        for (int i = 0; i < 3; i++) all += on_axis(s, parts[i] * pow(10, power));
    bool between = all <= most;
    if (stride > 1) first = (int)ceil((double)first / stride) * stride; /* 1e-6, 1e-3, 1 rather than 1e-7, 1e-4, 0.1 */
    for (int power = between ? first - 1 : first; power <= last; power += stride) {
        for (int i = 0; i < (between ? 3 : 1); i++) {
            double value = parts[i] * pow(10, power);
            if (!on_axis(s, value) || t->count >= most) continue;
            t->at[t->count] = value;
            snprintf(t->text[t->count], LUN_TICK_TEXT, value >= 1e-3 && value < 1e4 ? "%g" : "%.0e", value);
            shorten_exponent(t->text[t->count]);
            decimal_point(t->text[t->count++]);
        }
    }
}

void lun_scale_ticks(const lun_scale *s, int most, lun_ticks *ticks)
{
    ticks->count = 0;
    if (most > LUN_TICKS) most = LUN_TICKS;
    if (most < 2) most = 2;
    if (s->log) log_ticks(s, most, ticks);
    if (ticks->count >= (s->high < s->low * 10 ? 3 : 2)) return;
    ticks->count = 0; /* less than one decade: round values do better */
    linear_ticks(s, most, ticks);
}
