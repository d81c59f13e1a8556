/* scale.c - ranges and ticks
 *
 * Read next: plot/scale.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "t/tap.h"

static void ticks_are(double low, double high, bool log, int most, const char *want)
{
    lun_scale s = lun_scale_fit(low, high, log, 0);
    lun_ticks t;
    char got[400] = "";
    lun_scale_ticks(&s, most, &t);
    for (int i = 0; i < t.count; i++) {
        strncat(got, i ? " " : "", sizeof got - strlen(got) - 1);
        strncat(got, t.text[i], sizeof got - strlen(got) - 1);
    }
    is_string(got, want, "ticks of %g..%g%s", low, high, log ? " (log)" : "");
}

/* Whatever the range: some ticks, inside it, rising, with different words. */
static void ticks_are_sound(double low, double high, bool log)
{
    lun_scale s = lun_scale_fit(low, high, log, 0);
    bool good = s.low < s.high && isfinite(s.low) && isfinite(s.high) && (!log || s.low > 0);
    for (int most = 2; most <= LUN_TICKS; most++) {
        lun_ticks t;
        lun_scale_ticks(&s, most, &t);
        good = good && t.count >= 1 && t.count <= most;
        for (int i = 0; i < t.count; i++) {
            double place = lun_scale_place(&s, t.at[i]);
            good = good && place > -1e-6 && place < 1 + 1e-6 && (i == 0 || (t.at[i] > t.at[i - 1] && strcmp(t.text[i], t.text[i - 1])));
        }
    }
    ok(good, "sound ticks for %g..%g%s", low, high, log ? " (log)" : "");
}

static void shows(double value, const char *want)
{
    char text[LUN_TICK_TEXT];
    lun_scale_show(value, text);
    is_string(text, want, "%g in words", value);
}

int main(void)
{
    ticks_are(0, 10, false, 6, "0 2 4 6 8 10");
    ticks_are(0, 1, false, 6, "0 0.2 0.4 0.6 0.8 1.0");
    ticks_are(-1, 1, false, 5, "-1.0 -0.5 0 0.5 1.0");
    ticks_are(0, 60000, false, 4, "0 20k 40k 60k");
    ticks_are(0, 2.5e6, false, 6, "0 0.5M 1.0M 1.5M 2.0M 2.5M");
    ticks_are(0, 4e-5, false, 5, "0 1e-5 2e-5 3e-5 4e-5");
    ticks_are(1e-3, 10, true, 5, "0.001 0.01 0.1 1 10");
    ticks_are(1, 100, true, 12, "1 2 5 10 20 50 100");
    ticks_are(0.074, 2, true, 5, "0.1 0.2 0.5 1 2");
    ticks_are(0.1, 0.3, true, 5, "0.10 0.15 0.20 0.25 0.30");
    ticks_are(0.5, 0.9, true, 5, "0.5 0.6 0.7 0.8 0.9");
    ticks_are(1e-9, 1e6, true, 5, "1e-8 1e-4 1 1e4");
    static const double ranges[][2] = { { 3, 3 }, { 0, 0 }, { -5, -5 }, { 1e300, 1e308 }, { -1e308, 1e308 }, { 1e-300, 2e-300 },
        { 1, 1 + 1e-15 }, { 123456789, 123456790 }, { 0.1, 0.3 }, { -7, 0.02 }, { INFINITY, -INFINITY } };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        ticks_are_sound(ranges[i][0], ranges[i][1], false);
        ticks_are_sound(ranges[i][0], ranges[i][1], true);
    }
    lun_scale log = lun_scale_fit(0.01, 1, true, 0);
    near(lun_scale_place(&log, 0.1), 0.5, 1e-12, "the middle of a log axis");
    ok(isnan(lun_scale_place(&log, 0)) && isnan(lun_scale_place(&log, -1)), "zero and less have no place on it");
    shows(0.12345678, "0.1235");
    shows(123456, "123k");
    shows(NAN, "NaN");
    shows(-INFINITY, "-inf");
    shows(2e-7, "2e-7");
    return done_testing();
}
