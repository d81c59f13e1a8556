/* palette.c - the colours of charts
 *
 * Read next: palette.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/palette.h"

#include <math.h>

static const struct {
    uint32_t rgb;
    int strong, faint; /* of 256 */
} hues[LUN_HUES] = {
    { 0x3b82d6, 68, 60 },  { 0xe07b20, 208, 137 }, { 0x2f9e62, 35, 65 },  { 0xd64550, 167, 95 },
    { 0x8e63ce, 134, 97 }, { 0x1fa0a8, 37, 66 },   { 0xa8842c, 136, 101 }, { 0xd65fa5, 169, 132 },
    { 0x7d8590, 244, 240 }, { 0x8a4b32, 94, 58 },
};

static const lun_theme_colors themes[] = {
    [LUN_THEME_LIGHT] = { 0xffffff, 0x3a3f47, 0xe3e6ea, 0xc8102e },
    [LUN_THEME_DARK] = { 0x16181d, 0xc8ccd4, 0x2d323b, 0xff5c66 },
    [LUN_THEME_CLEAR] = { 0x808080, 0x858a92, 0x6a6e75, 0xe5484d },
};

/* Nine points of a map from violet over green to yellow; between them straight lines. */
static const uint32_t heat[] = { 0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725 };

lun_theme_colors lun_theme_get(lun_theme theme) { return themes[theme]; }

static uint32_t mix(uint32_t a, uint32_t b, double part)
{
    uint32_t out = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double x = a >> shift & 255, y = b >> shift & 255;
        out |= (uint32_t)lround(x + (y - x) * part) << shift;
    }
    return out;
}

uint32_t lun_hue(int number) { return hues[number % LUN_HUES].rgb; }

uint32_t lun_hue_faint(int number, lun_theme theme)
{
    return mix(lun_hue(number), themes[theme].paper, theme == LUN_THEME_CLEAR ? 0.5 : 0.68);
}

int lun_hue_256(int number, int faint)
{
    return faint ? hues[number % LUN_HUES].faint : hues[number % LUN_HUES].strong;
}

uint32_t lun_heat(double place)
{
    const int last = (int)(sizeof heat / sizeof *heat) - 1;
    double at = fmin(fmax(place, 0), 1) * last;
    int i = (int)at < last ? (int)at : last - 1;
    return mix(heat[i], heat[i + 1], at - i);
}

int lun_rgb_256(uint32_t rgb)
{
    static const int levels[6] = { 0, 95, 135, 175, 215, 255 };
    int index = 0, cube = 0, sum = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        int value = (int)(rgb >> shift & 255), best = 0;
        for (int i = 1; i < 6; i++)
            if ((value - levels[i]) * (value - levels[i]) < (value - levels[best]) * (value - levels[best])) best = i;
        index = index * 6 + best;
        cube += (value - levels[best]) * (value - levels[best]);
        sum += value;
    }
    int step = (sum / 3 - 3) / 10, gray = 0; /* the 24 greys stand at 8, 18, ... 238 */
    step = step < 0 ? 0 : step > 23 ? 23 : step;
    for (int shift = 16; shift >= 0; shift -= 8) {
        int d = (int)(rgb >> shift & 255) - (8 + 10 * step);
        gray += d * d;
    }
    return gray < cube ? 232 + step : 16 + index;
}
