/* palette.h - the colours of charts
 *
 * Eight hues that stand out on white and on black alike, told apart by people who see red and green the same (they also differ
 * in lightness); a colour map from dark to bright whose steps look equal. Read next: palette.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_PALETTE_H
#define LUN_PLOT_PALETTE_H
#include <stdint.h>

typedef enum { LUN_THEME_LIGHT, LUN_THEME_DARK, LUN_THEME_CLEAR } lun_theme; /* CLEAR: no background, for any terminal */

enum { LUN_HUES = 10 };
uint32_t lun_hue(int number);                           /* 0xrrggbb; numbers past the last begin again */
uint32_t lun_hue_faint(int number, lun_theme theme);    /* mixed with the background */
int lun_hue_256(int number, int faint);                 /* the same for a terminal of 256 colours */
uint32_t lun_heat(double place);                        /* 0 dark .. 1 bright, clamped */
int lun_rgb_256(uint32_t rgb);                          /* the nearest of a terminal's 256 colours */

typedef struct {
    uint32_t paper, ink, quiet, alarm; /* background, words, grid, marks of NaN */
} lun_theme_colors;
lun_theme_colors lun_theme_get(lun_theme theme);
#endif
