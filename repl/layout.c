/* layout.c - a cell as rows of a screen
 *
 * Read next: layout.h. SPDX-License-Identifier: MIT
 */
#include "repl/layout.h"

#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

enum { TAB = 4 };

static size_t decode(const unsigned char *s, size_t left, uint32_t *code)
{
    size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xE0) == 0xC0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : (s[0] & 0xF8) == 0xF0 ? 4 : 0;
    if (n == 0 || n > left) return 0;
    *code = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        *code = *code << 6 | (s[i] & 0x3F);
    }
    return n;
}

size_t lun_layout_character(const char *text, size_t left, int column, int *width)
{
    unsigned char c = (unsigned char)*text;
    uint32_t code = 0;
    *width = 1;
    if (c >= 32 && c < 127) return 1;
    if (c == '\t') *width = TAB - column % TAB;
    else if (c < 32 || c == 127) *width = 2;
    if (c <= 127) return 1;
    size_t n = decode((const unsigned char *)text, left, &code);
    if (n == 0 || (code >= 0x80 && code < 0xA0)) return n ? n : 1;
    int w = wcwidth((wchar_t)code);
    *width = w < 0 ? 1 : w;
    return n;
}

static lun_layout_row *add_row(lun_layout *l, size_t from, int width, bool begins)
{
    if (l->count == l->room) {
        int room = l->room ? 2 * l->room : 64;
        lun_layout_row *rows = realloc(l->rows, (size_t)room * sizeof *rows);
        if (!rows) return NULL;
        l->rows = rows;
        l->room = room;
    }
    l->rows[l->count] = (lun_layout_row){from, from, width, begins};
    return &l->rows[l->count++];
}

static void place_cursor(lun_layout *l, const lun_layout_row *row)
{
    l->cursor_row = l->count - 1;
    l->cursor_column = row->width;
}

bool lun_layout_fill(lun_layout *l, const char *text, size_t length, size_t cursor, int columns, int first, int margin)
{
    l->count = l->cursor_row = l->cursor_column = 0;
    lun_layout_row *row = add_row(l, 0, first, true);
    for (size_t at = 0; row && at <= length;) {
        if (at == cursor && row->width >= columns) row = add_row(l, at, margin, false); /* the cursor needs a place */
        if (!row) return false;
        if (at == cursor) place_cursor(l, row);
        if (at == length) return true;
        if (text[at] == '\n') {
            row = add_row(l, ++at, margin, true);
            continue;
        }
        int width;
        size_t n = lun_layout_character(text + at, length - at, row->width - margin > 0 ? row->width - margin : 0, &width);
        if (row->width + width > columns && row->to > row->from) {
            row = add_row(l, at, margin, false);
            continue;
        }
        if (cursor > at && cursor < at + n) cursor = at + n;
        row->to = at += n;
        row->width += width;
    }
    return row != NULL;
}
