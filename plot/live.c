/* live.c - a training curve that is redrawn in place
 *
 * Read next: live.h, drawing.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "plot/braille.h"
#include "plot/drawing.h"
#include "plot/terminal.h"

enum { GOOD_ROWS = 16, STATUSES = 8, SMALL_COLUMNS = 40, SMALL_ROWS = 10, QUIET_MS = 100 };

struct lun_live {
    lun_chart *chart;
    char *statuses[STATUSES];
    char *note;            /* waits to be written above the next drawing */
    int rows;
    bool closed, drawn;    /* drawn: a drawing of ours stands above the cursor */
    int lines, columns;    /* its size, and the screen's width at that time */
    bool spark;            /* it is the one-line form: the cursor stands at its end */
    unsigned touches;      /* what `touched` said then */
    long shown_at, cost;   /* milliseconds */
};

static unsigned touched;

void lun_live_touched(void) { touched++; }

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

lun_live *lun_live_open(lun_chart *chart, int rows)
{
    lun_live *l = calloc(1, sizeof *l);
    if (!l) {
        lun_chart_free(chart);
        return lun_fail(LUN_E_MEMORY, NULL, "plot.live: no memory");
    }
    l->chart = chart;
    l->rows = rows > 0 ? rows : GOOD_ROWS + (GOOD_ROWS - 6) * (lun_chart_panels(chart) - 1);
    return l;
}

lun_chart *lun_live_chart(lun_live *l, int panel)
{
    lun_chart *c = l->chart;
    while (c && panel-- > 0) c = c->below;
    return c;
}

bool lun_live_status(lun_live *l, int line, const char *text, size_t length)
{
    if (line < 0 || line >= STATUSES) return true;
    char *copy = text ? lun_label_copy("status", text, length) : NULL;
    if (text && !copy) return false;
    free(l->statuses[line]);
    l->statuses[line] = copy;
    return true;
}

static int status_count(const lun_live *l)
{
    int count = 0;
    for (int i = 0; i < STATUSES; i++) count += l->statuses[i] != NULL;
    return count;
}

bool lun_live_in_place(void)
{
    const char *term = getenv("TERM");
    return lun_terminal_is_tty() && term && *term && strcmp(term, "dumb") != 0 && lun_terminal_graphics() != LUN_GRAPHICS_NONE;
}

static void send(const lun_sheet *s)
{
    fflush(stdout); /* what the program printed before belongs above */
    for (size_t at = 0; at < s->length;) {
        ssize_t n = write(STDOUT_FILENO, s->text + at, s->length - at);
        if (n > 0) at += (size_t)n;
        else if (errno != EINTR && errno != EAGAIN) return; /* the terminal went away: training goes on */
    }
}

/* Rows the old drawing takes on a screen that may have become narrower and wrapped its lines. */
static int old_height(const lun_live *l, int columns)
{
    int wrapped = columns > 0 && columns < l->columns ? (l->columns - 1) / columns + 1 : 1;
    return l->lines * wrapped;
}

/* Puts the cursor where the drawing begins. */
static void go_back(const lun_live *l, int columns, int rows, lun_sheet *out)
{
    if (!l->drawn || l->touches != touched) return;
    int up = l->spark ? 0 : old_height(l, columns);
    if (up > rows - 1) up = rows - 1;
    if (up > 0) lun_sheet_format(out, "\033[%dA", up);
    lun_sheet_text(out, columns < l->columns ? "\r\033[J" : "\r");
}

static void put_status(const lun_live *l, int columns, lun_sheet *out)
{
    for (int i = 0; i < STATUSES; i++) {
        if (!l->statuses[i]) continue;
        lun_sheet_put(out, l->statuses[i], lun_label_fit(l->statuses[i], columns));
        lun_sheet_text(out, "\n");
    }
}

/* Every line is cleared to its end after it is written, never before: that would flicker. */
static int overwrite(const lun_sheet *drawing, lun_sheet *out)
{
    int lines = 0;
    const char *at = drawing->text ? drawing->text : "";
    for (const char *end; (end = strchr(at, '\n')); at = end + 1, lines++) {
        lun_sheet_put(out, at, (size_t)(end - at));
        lun_sheet_text(out, "\033[K\n");
    }
    return lines;
}

/* Before its first point a chart is its status alone: empty axes say nothing. */
static bool has_points(const lun_live *l)
{
    for (const lun_chart *c = l->chart; c; c = c->below)
        for (int i = 0; i < c->count; i++)
            if (c->series[i].count > 0) return true;
    return false;
}

static bool redraw(lun_live *l)
{
    int columns, rows;
    lun_terminal_size(&columns, &rows);
    bool points = has_points(l), small = points && (columns < SMALL_COLUMNS || rows < SMALL_ROWS + status_count(l));
    int most = rows - 2 - status_count(l);
    lun_drawing how = { columns - 1, l->rows < most ? l->rows : most, lun_terminal_ascii(), lun_terminal_colors() };
    lun_sheet drawing = {0}, out = {0};
    bool good = !points || (small ? lun_draw_spark : lun_draw)(l->chart, &how, &drawing);
    if (good && !small) put_status(l, columns - 1, &drawing);
    if (good) {
        lun_sheet_text(&out, "\033[?2026h"); /* terminals that know it show the whole change at once */
        go_back(l, columns, rows, &out);
        if (l->note) lun_sheet_format(&out, "%s\033[K\n", l->note);
        free(l->note);
        l->note = NULL;
        l->lines = overwrite(&drawing, &out);
        if (small && out.length) out.length--; /* the one line stays open */
        lun_sheet_text(&out, "\033[J\033[?2026l");
        l->spark = small, l->drawn = true, l->columns = columns, l->touches = touched;
        good = lun_sheet_good(&out);
        if (good) send(&out);
    }
    lun_sheet_free(&drawing);
    lun_sheet_free(&out);
    return good;
}

bool lun_live_show(lun_live *l, bool now)
{
    if (l->closed || !lun_live_in_place()) return true;
    long start = now_ms(), pause = l->cost * 10 > QUIET_MS ? l->cost * 10 : QUIET_MS;
    if (!now && l->drawn && start - l->shown_at < pause) return true;
    bool good = redraw(l);
    l->shown_at = now_ms();
    l->cost = l->shown_at - start;
    return good;
}

bool lun_live_note(lun_live *l, const char *text, size_t length)
{
    char *copy = lun_label_copy("note", text, length);
    if (!copy) return false;
    if (!l->closed && lun_live_in_place()) {
        free(l->note);
        l->note = copy; /* taken by this very redraw */
        return redraw(l);
    }
    printf("%s\n", copy);
    fflush(stdout);
    free(copy);
    return true;
}

static bool print_once(lun_live *l)
{
    int columns, rows;
    lun_terminal_size(&columns, &rows);
    lun_drawing how = { columns - 1, l->rows, lun_terminal_ascii(), 0 };
    lun_sheet out = {0};
    bool good = !has_points(l) || lun_draw(l->chart, &how, &out);
    if (good) {
        put_status(l, columns - 1, &out);
        send(&out);
    }
    lun_sheet_free(&out);
    return good;
}

bool lun_live_close(lun_live *l)
{
    if (l->closed) return true;
    bool good = true;
    if (lun_terminal_graphics() != LUN_GRAPHICS_NONE) {
        good = lun_live_in_place() ? lun_live_show(l, true) : print_once(l);
        if (l->spark) send(&(lun_sheet){ .text = (char *)"\n", .length = 1 });
    }
    l->closed = true;
    return good;
}

void lun_live_free(lun_live *l)
{
    if (!l) return;
    lun_chart_free(l->chart);
    for (int i = 0; i < STATUSES; i++) free(l->statuses[i]);
    free(l->note);
    free(l);
}
