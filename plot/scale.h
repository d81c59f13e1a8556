/* scale.h - an axis: its range, its ticks, and where a value lies on it
 *
 * The same scale serves the terminal drawing and gnuplot, so both show the same ticks with the same words.
 * Holds: low < high, both finite, and both positive when log. Read next: chart.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_SCALE_H
#define LUN_PLOT_SCALE_H
#include <stdbool.h>

typedef struct lun_scale {
    double low, high;
    bool log;
} lun_scale;

enum { LUN_TICKS = 16, LUN_TICK_TEXT = 24 };
typedef struct lun_ticks {
    int count;
    double at[LUN_TICKS];
    char text[LUN_TICKS][LUN_TICK_TEXT];
} lun_ticks;

/* The scale for data between low and high: a constant gets room around it, `pad` is the fraction left free at both ends. */
lun_scale lun_scale_fit(double low, double high, bool log, double pad);
double lun_scale_place(const lun_scale *s, double value); /* 0 at low, 1 at high; NaN when it has no place */
/* Round values inside the range, at most `most` of them (2..LUN_TICKS), with the shortest text that tells them apart. */
void lun_scale_ticks(const lun_scale *s, int most, lun_ticks *ticks);
/* One number for people: 0.0123, 45.2k, 3e-5. */
void lun_scale_show(double value, char text[LUN_TICK_TEXT]);
#endif
