/* sheet.c - a growing text, and what people may write on it
 *
 * Holds: one place decides which bytes a label may carry (lun_label_copy); everything that prints labels relies on it.
 * Read next: sheet.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/sheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"

enum { LABEL_LIMIT = 1000 };

static bool sheet_grow(lun_sheet *s, size_t more)
{
    if (s->broken) return false;
    if (more < s->room - s->length) return true;
    size_t room = s->room ? s->room : 256;
    while (room - s->length <= more) {
        if (room > SIZE_MAX / 2) { s->broken = true; return false; }
        room *= 2;
    }
    char *text = realloc(s->text, room);
    if (!text) { s->broken = true; return false; }
    s->text = text;
    s->room = room;
    return true;
}

void lun_sheet_put(lun_sheet *s, const char *bytes, size_t count)
{
    if (!sheet_grow(s, count)) return;
    if (count) memcpy(s->text + s->length, bytes, count);
    s->length += count;
    s->text[s->length] = '\0';
}

void lun_sheet_text(lun_sheet *s, const char *text)
{
    lun_sheet_put(s, text, strlen(text));
}

void lun_sheet_repeat(lun_sheet *s, const char *text, int times)
{
    for (int i = 0; i < times; i++) lun_sheet_text(s, text);
}

void lun_sheet_format(lun_sheet *s, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int count = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (count >= 0 && sheet_grow(s, (size_t)count)) {
        vsnprintf(s->text + s->length, (size_t)count + 1, format, again);
        s->length += (size_t)count;
    }
    va_end(again);
}

void lun_sheet_number(lun_sheet *s, double value)
{
    if (!isfinite(value)) { lun_sheet_text(s, "NaN"); return; }
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    char *comma = strchr(text, ','); /* a host program may have set a locale with decimal commas */
    if (comma) *comma = '.';
    lun_sheet_text(s, text);
}

void lun_sheet_base64(lun_sheet *s, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        unsigned a = bytes[i], b = i + 1 < count ? bytes[i + 1] : 0, c = i + 2 < count ? bytes[i + 2] : 0;
        char four[4] = { digits[a >> 2], digits[(a & 3) << 4 | b >> 4], digits[(b & 15) << 2 | c >> 6], digits[c & 63] };
        if (i + 1 >= count) four[2] = '=';
        if (i + 2 >= count) four[3] = '=';
        lun_sheet_put(s, four, 4);
    }
}

void lun_sheet_clear(lun_sheet *s)
{
    s->length = 0;
    s->broken = false;
    if (s->text) s->text[0] = '\0';
}

void lun_sheet_free(lun_sheet *s)
{
    free(s->text);
    *s = (lun_sheet){0};
}

bool lun_sheet_good(const lun_sheet *s)
{
    if (s->broken) lun_fail(LUN_E_MEMORY, "draw fewer points", "plot: no memory for the drawing");
    return !s->broken;
}

/* The length of the UTF-8 sequence at p (1..4), its code point in *rune; 0 when it is not UTF-8. */
static size_t rune_at(const unsigned char *p, size_t left, uint32_t *rune)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t count = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    if (!count || count > left) return 0;
    uint32_t value = count == 1 ? p[0] : p[0] & (0x7fu >> count);
    for (size_t i = 1; i < count; i++) {
        if (p[i] >> 6 != 2) return 0;
        value = value << 6 | (p[i] & 0x3f);
    }
    if (value < least[count] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
    *rune = value;
    return count;
}

/* C0, DEL and C1 drive terminals; line and paragraph separators and the marks that turn the writing direction lie about the text. */
static bool rune_is_control(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || rune == 0x2028 || rune == 0x2029
        || (rune >= 0x202a && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069);
}

char *lun_label_copy(const char *what, const char *text, size_t length)
{
    if (length > LABEL_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, "shorten it", "plot: the %s has %zu bytes, at most %d fit", what, length, LABEL_LIMIT);
    char *copy = malloc(length + 1);
    if (!copy) return lun_fail(LUN_E_MEMORY, NULL, "plot: no memory for the %s", what);
    for (size_t i = 0; i < length;) {
        uint32_t rune = 0;
        size_t count = rune_at((const unsigned char *)text + i, length - i, &rune);
        if (count && rune_is_control(rune)) {
            free(copy);
            return lun_fail(LUN_E_ARGUMENT, "remove it: text:gsub('%c', ' ')",
                            "plot: the %s holds the control character 0x%02x at byte %zu", what, (unsigned)rune, i + 1);
        }
        if (count) memcpy(copy + i, text + i, count); else copy[i] = '?';
        i += count ? count : 1;
    }
    copy[length] = '\0';
    return copy;
}

/* Wide and zero-width characters, by blocks: the full table is wcwidth's, which needs a locale that a library must not set. */
static int rune_width(uint32_t rune)
{
    if ((rune >= 0x300 && rune < 0x370) || (rune >= 0x200b && rune <= 0x200f) || (rune >= 0xfe00 && rune <= 0xfe0f)) return 0;
    bool wide = (rune >= 0x1100 && rune < 0x1160) || (rune >= 0x2e80 && rune < 0xa4d0) || (rune >= 0xac00 && rune < 0xd7a4)
             || (rune >= 0xf900 && rune < 0xfb00) || (rune >= 0xfe30 && rune < 0xfe70) || (rune >= 0xff00 && rune < 0xff61)
             || (rune >= 0x1f300 && rune < 0x1faff) || (rune >= 0x20000 && rune < 0x3fffe);
    return wide ? 2 : 1;
}

/* Walks the text until it is wider than `columns`; both answers come from this one loop. */
static size_t label_walk(const char *text, int columns, int *width)
{
    size_t length = strlen(text), at = 0;
    *width = 0;
    while (at < length) {
        uint32_t rune = '?';
        size_t count = rune_at((const unsigned char *)text + at, length - at, &rune);
        int wide = rune_width(rune);
        if (*width + wide > columns) break;
        *width += wide;
        at += count ? count : 1;
    }
    return at;
}

int lun_label_width(const char *text)
{
    int width;
    label_walk(text, 1 << 30, &width);
    return width;
}

size_t lun_label_fit(const char *text, int columns)
{
    int width;
    return label_walk(text, columns, &width);
}
