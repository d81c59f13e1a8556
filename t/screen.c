/* screen.c - what a terminal would show of what a program wrote
 *
 * Read next: t/screen.h. SPDX-License-Identifier: MIT
 */
#include "t/screen.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void clear_cells(screen *s, int row, int from, int to)
{
    for (int i = from; i < to; i++) strcpy(s->cells[row][i], " ");
}

void screen_open(screen *s, int rows, int columns)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    *s = (screen){.rows = rows, .columns = columns};
    for (int r = 0; r < SCREEN_MOST_ROWS; r++) clear_cells(s, r, 0, SCREEN_MOST_COLUMNS);
}

void screen_close(screen *s)
{
    free(s->gone);
    s->gone = NULL;
}

void screen_resize(screen *s, int rows, int columns)
{
    int kept = columns < s->columns ? columns : s->columns;
    for (int r = 0; r < SCREEN_MOST_ROWS; r++) clear_cells(s, r, kept, SCREEN_MOST_COLUMNS);
    s->rows = rows;
    s->columns = columns;
    if (s->row >= rows) s->row = rows - 1;
    if (s->column >= columns) s->column = columns - 1;
}

static size_t put_row(const screen *s, int row, char *to)
{
    size_t n = 0, end = 0;
    for (int c = 0; c < s->columns; c++) {
        const char *cell = s->cells[row][c];
        memcpy(to + n, cell, strlen(cell));
        n += strlen(cell);
        if (*cell && *cell != ' ') end = n;
    }
    to[end] = '\n';
    return end + 1;
}

static void scroll(screen *s)
{
    s->gone = realloc(s->gone, s->gone_length + 5 * SCREEN_MOST_COLUMNS);
    s->gone_length += put_row(s, 0, s->gone + s->gone_length);
    memmove(s->cells[0], s->cells[1], (size_t)(s->rows - 1) * sizeof s->cells[0]);
    clear_cells(s, s->rows - 1, 0, s->columns);
}

static void line_feed(screen *s)
{
    s->wraps = false;
    if (s->row == s->rows - 1) scroll(s);
    else s->row++;
}

static void put_character(screen *s, const char *bytes, size_t n)
{
    wchar_t code = L'?';
    mbstate_t state = {0};
    mbrtowc(&code, bytes, n, &state);
    int width = wcwidth(code);
    if (width <= 0) return;
    if (s->wraps || s->column + width > s->columns) {
        line_feed(s);
        s->column = 0;
    }
    memcpy(s->cells[s->row][s->column], bytes, n);
    s->cells[s->row][s->column][n] = '\0';
    if (width == 2) s->cells[s->row][s->column + 1][0] = '\0';
    s->column += width;
    s->wraps = s->column == s->columns;
    if (s->wraps) s->column--;
}

static void erase(screen *s, char what, int how)
{
    if (how != 0 && !(what == 'J' && how == 2)) s->strange++;
    if (what == 'J')
        for (int r = how == 2 ? 0 : s->row + 1; r < s->rows; r++) clear_cells(s, r, 0, s->columns);
    if (how == 0) clear_cells(s, s->row, s->column, s->columns);
}

static int least(int a, int b) { return a < b ? a : b; }

/* "[5A" and the like, behind the escape. */
static void control(screen *s, const char *text, char last)
{
    int n = atoi(text + 1), by = n > 0 ? n : 1;
    if (strchr("ABCDHJK", last)) s->wraps = false;
    switch (last) {
    case 'A': s->row = s->row > by ? s->row - by : 0; break;
    case 'B': s->row = least(s->row + by, s->rows - 1); break;
    case 'C': s->column = least(s->column + by, s->columns - 1); break;
    case 'D': s->column = s->column > by ? s->column - by : 0; break;
    case 'H': s->row = s->column = 0; break;
    case 'J':
    case 'K': erase(s, last, n); break;
    case 'm':
    case 'h':
    case 'l': break;
    default: s->strange++;
    }
}

/* How many bytes this begins a sequence of; 0 when it is complete. */
static bool complete(const char *text, size_t n)
{
    unsigned char first = (unsigned char)text[0];
    if (first >= 0xC0) return n == (first >= 0xF0 ? 4u : first >= 0xE0 ? 3u : 2u);
    if (first != 27) return true;
    if (n < 2) return false;
    if (text[1] == '[') return n > 2 && text[n - 1] >= 64;
    if (text[1] == ']') return text[n - 1] == 7;
    return true;
}

static void act(screen *s, char *text, size_t n)
{
    text[n] = '\0';
    switch (text[0]) {
    case '\r': s->column = 0, s->wraps = false; break;
    case '\n': line_feed(s); break;
    case '\b': s->column -= s->column > 0, s->wraps = false; break;
    case '\t': s->column = least((s->column / 8 + 1) * 8, s->columns - 1); break;
    case 27:
        if (text[1] == '[') control(s, text + 1, text[n - 1]);
        else if (text[1] != ']' && text[1] != '=' && text[1] != '>') s->strange++;
        break;
    case 7: break;
    default: put_character(s, text, n);
    }
}

void screen_feed(void *watcher, const char *bytes, size_t count)
{
    screen *s = watcher;
    for (size_t i = 0; i < count; i++) {
        s->pending[s->waiting++] = bytes[i];
        if (!complete(s->pending, s->waiting) && s->waiting < sizeof s->pending - 1) continue;
        act(s, s->pending, s->waiting);
        s->waiting = 0;
    }
}

const char *screen_text(screen *s, bool all)
{
    static char *text;
    size_t n = all ? s->gone_length : 0;
    text = realloc(text, n + (size_t)s->rows * 5 * SCREEN_MOST_COLUMNS + 1);
    if (n) memcpy(text, s->gone, n);
    for (int r = 0; r < s->rows; r++) n += put_row(s, r, text + n);
    while (n > 1 && text[n - 1] == '\n' && text[n - 2] == '\n') n--;
    text[n] = '\0';
    return text;
}
