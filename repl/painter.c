/* painter.c - readline's line, drawn by us
 *
 * Each paint makes the rows as they should look, compares them with those on the screen and writes the difference in one piece.
 * Holds: rows are ended by us, never by the terminal's own wrapping, so we always know where its cursor stands. After a
 * resize the rows above are counted as a terminal that wraps anew would show them.
 * Read next: painter.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/painter.h"

#include "plot/terminal.h"
#include "repl/highlight.h"
#include "repl/layout.h"
#include "repl/text.h"
#include "repl/typed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

lun_edit_ghost (*lun_painter_ghost)(const char *text, size_t length);

typedef struct frame {
    lun_text bytes;      /* all rows, each with its escape sequences */
    size_t *ends;        /* where each row ends in bytes */
    int *widths;
    int count, room;
} frame;

static frame frames[2], *shown = &frames[0], *next = &frames[1];
static lun_layout layout;
static lun_text out;
static unsigned char *styles;
static size_t styles_room;
static int row, column;         /* of the terminal's cursor, within what is shown */
static int columns;             /* of the screen when it was painted last */
static int top;                 /* the first row of the layout that is shown */
static bool colours;

/* --- writing -------------------------------------------------------------------------------------------- */

static void flush(void)
{
    const char *from = lun_text_string(&out);
    size_t left = out.length;
    while (left > 0) {
        ssize_t n = write(STDOUT_FILENO, from, left);
        if (n < 0 && errno != EINTR && errno != EAGAIN) break;
        if (n > 0) from += n, left -= (size_t)n;
    }
    lun_text_cut(&out, 0);
    out.failed = false;
}

static void go_to(int wanted_row, int wanted_column)
{
    int last = shown->count > 0 ? shown->count - 1 : 0, there = wanted_row < last ? wanted_row : last;
    if (there < row) lun_text_print(&out, "\033[%dA", row - there);
    if (there > row) lun_text_print(&out, "\033[%dB", there - row);
    row = wanted_row;
    if (there == wanted_row && wanted_column == column && column < columns) return;
    lun_text_put(&out, "\r");
    for (; there < wanted_row; there++) lun_text_put(&out, "\n"); /* makes new rows, and the screen scroll */
    if (wanted_column > 0) lun_text_print(&out, "\033[%dC", wanted_column);
    column = wanted_column;
}

static void style(lun_text *to, lun_style wanted, lun_style *now)
{
    if (!colours || wanted == *now) return;
    lun_text_put(to, lun_highlight_escape(wanted));
    *now = wanted;
}

/* --- the rows as they should look ----------------------------------------------------------------------- */

/* A prompt without readline's marks around what has no width, and what is between them. */
static const char *clean_prompt(const char *prompt, int *width)
{
    static char clean[256];
    size_t n = 0;
    bool hidden = false;
    *width = 0;
    for (const char *p = prompt ? prompt : ""; *p && n + 8 < sizeof clean;) {
        int w;
        if (*p == '\001' || *p == '\002') {
            hidden = *p++ == '\001';
            continue;
        }
        size_t bytes = lun_layout_character(p, strlen(p), 0, &w);
        if (!hidden) {
            memcpy(clean + n, p, bytes);
            n += bytes;
            *width += w;
        }
        p += bytes;
    }
    clean[n] = '\0';
    return clean;
}

static void put_character(lun_text *to, const char *text, size_t bytes, int width)
{
    unsigned char c = (unsigned char)*text;
    if (c == '\t') lun_text_fill(to, ' ', width);
    else if (c < 32 || c == 127) lun_text_print(to, "^%c", c ^ 64);
    else if (bytes == 1 && c >= 128) lun_text_put(to, "?");
    else lun_text_add(to, text, bytes);
}

static void put_margin(lun_text *to, bool begins, int margin, lun_style *now)
{
    if (begins && margin >= 5) {
        lun_text_fill(to, ' ', margin - 4);
        style(to, LUN_STYLE_FAINT, now);
        lun_text_put(to, "..  ");
    } else {
        lun_text_fill(to, ' ', margin);
    }
}

static void put_row(int number, const char *lead, int margin)
{
    lun_layout_row *r = &layout.rows[number];
    lun_style now = LUN_STYLE_TEXT;
    int at_column = 0;
    if (number == 0) {
        style(&next->bytes, LUN_STYLE_PROMPT, &now);
        lun_text_put(&next->bytes, lead);
    } else {
        put_margin(&next->bytes, r->begins, margin, &now);
    }
    for (size_t at = r->from; at < r->to;) {
        int width;
        size_t n = lun_layout_character(rl_line_buffer + at, r->to - at, at_column, &width);
        style(&next->bytes, styles[at], &now);
        put_character(&next->bytes, rl_line_buffer + at, n, width);
        at += n;
        at_column += width;
    }
    style(&next->bytes, LUN_STYLE_TEXT, &now);
}

/* --- what stands dim behind the cursor's row --------------------------------------------------------------- */

static lun_text asked;          /* the text that `ghost` is about */
static lun_edit_ghost ghost;

/* About the cell down to the end of the cursor's line. */
static void ask_ghost(void)
{
    size_t length = (size_t)rl_point;
    while (length < (size_t)rl_end && rl_line_buffer[length] != '\n') length++;
    if (asked.length == length && memcmp(lun_text_string(&asked), rl_line_buffer, length) == 0) return;
    lun_text_cut(&asked, 0);
    ghost = (lun_edit_ghost){0};
    if (!lun_painter_ghost || rl_display_prompt != rl_prompt || lun_typed_more()) return;
    lun_text_add(&asked, rl_line_buffer, length);
    ghost = lun_painter_ghost(rl_line_buffer, length);
}

/* Where there is room for a part of it that tells something. */
static void put_ghost(lun_layout_row *r)
{
    int room = columns - r->width - 4, w;
    if (!ghost.text || room < 10) return;
    lun_style now = LUN_STYLE_TEXT;
    lun_text_put(&next->bytes, "   ");
    r->width += 3;
    style(&next->bytes, ghost.wrong ? LUN_STYLE_ERROR : LUN_STYLE_FAINT, &now);
    const char *mark = colours ? "" : ghost.wrong ? "-- error: " : "-- ";
    lun_text_put(&next->bytes, mark);
    room -= (int)strlen(mark);
    r->width += (int)strlen(mark);
    for (const char *text = ghost.text; *text && *text != '\n';) {
        size_t n = lun_layout_character(text, strlen(text), 0, &w);
        if (w > room) break;
        put_character(&next->bytes, text, n, w);
        text += n;
        room -= w;
        r->width += w;
    }
    style(&next->bytes, LUN_STYLE_TEXT, &now);
}

static bool grow(frame *f, int count)
{
    if (count <= f->room) return true;
    size_t *ends = realloc(f->ends, (size_t)count * sizeof *ends);
    if (ends) f->ends = ends;
    int *widths = realloc(f->widths, (size_t)count * sizeof *widths);
    if (widths) f->widths = widths;
    if (ends && widths) f->room = count;
    return ends && widths;
}

static bool style_text(size_t length, size_t cursor)
{
    if (length + 1 > styles_room) {
        unsigned char *more = realloc(styles, 2 * length + 256);
        if (!more) return false;
        styles = more;
        styles_room = 2 * length + 256;
    }
    lun_highlight(rl_line_buffer, length, cursor, styles);
    return true;
}

/* Fills `next` with at most `height` rows around the cursor; false when memory is short. */
static bool make_rows(int height, size_t cursor, bool whole)
{
    bool drawn = false;
    int lead_width, margin = lun_painter_margin();
    const char *lead = clean_prompt(rl_display_prompt, &lead_width); /* a search has its own, longer one */
    size_t length = (size_t)rl_end;
    if (!style_text(length, cursor)) return false;
    if (!lun_layout_fill(&layout, rl_line_buffer, length, (size_t)rl_point, columns, lead_width, margin)) return false;
    if (top > layout.count - height) top = layout.count - height;
    if (top < 0) top = 0;
    if (layout.cursor_row < top) top = layout.cursor_row;
    if (layout.cursor_row >= top + height) top = layout.cursor_row - height + 1;
    int count = layout.count - top < height ? layout.count - top : height;
    if (!grow(next, count)) return false;
    lun_text_cut(&next->bytes, 0);
    next->count = count;
    for (int i = 0; i < count; i++) {
        lun_layout_row *r = &layout.rows[top + i];
        put_row(top + i, lead, margin);
        bool ends = top + i + 1 == layout.count || r[1].begins, holds = r->to >= (size_t)rl_point && top + i >= layout.cursor_row;
        if (!whole && ends && holds && !drawn) {
            put_ghost(r);
            drawn = true;
        }
        next->ends[i] = next->bytes.length;
        next->widths[i] = layout.rows[top + i].width;
    }
    return !next->bytes.failed;
}

/* --- the difference ------------------------------------------------------------------------------------- */

static size_t begin_of(const frame *f, int i) { return i > 0 ? f->ends[i - 1] : 0; }

static bool same_row(int i)
{
    size_t a = begin_of(shown, i), b = begin_of(next, i), n = shown->ends[i] - a;
    return n == next->ends[i] - b && memcmp(shown->bytes.bytes + a, next->bytes.bytes + b, n) == 0;
}

static void write_difference(void)
{
    int old = shown->count;
    for (int i = 0; i < next->count; i++) {
        if (i < old && shown->bytes.bytes && same_row(i)) continue;
        go_to(i, 0);
        if (shown->count <= i) shown->count = i + 1; /* only the count: that many rows exist on the screen now */
        lun_text_add(&out, lun_text_string(&next->bytes) + begin_of(next, i), next->ends[i] - begin_of(next, i));
        column = next->widths[i];
        if (column < columns && i < old) lun_text_put(&out, "\033[K");
    }
    if (next->count < old) {
        go_to(next->count, 0);
        lun_text_put(&out, "\033[J");
        shown->count = next->count;
    }
}

static void forget(void)
{
    shown->count = 0;
    row = column = 0;
}

/* The window has another size: goes to where the first row is now and clears from there. */
static void start_over(int width, int height)
{
    int above = 0;
    for (int i = 0; i < row && i < shown->count; i++) above += shown->widths[i] > 0 ? (shown->widths[i] + width - 1) / width : 1;
    above += column / width;
    if (above > height - 1) above = height - 1;
    if (above > 0) lun_text_print(&out, "\033[%dA", above);
    lun_text_put(&out, "\r\033[J");
    forget();
    columns = width;
}

static void paint(bool whole, size_t cursor)
{
    int height, width;
    rl_get_screen_size(&height, &width);
    if (width < 10) width = 80;
    if (height < 2) height = 24;
    if (width != columns && shown->count > 0) start_over(width, height);
    columns = width;
    if (shown->count > height) start_over(width, height);
    if (whole && (top > 0 || layout.count > height)) { /* all of it, for the scrollback */
        go_to(0, 0);
        lun_text_put(&out, "\033[J");
        forget();
        top = 0;
        height = rl_end + 2;
    }
    if (!whole) ask_ghost();
    if (!make_rows(height, cursor, whole)) return;
    write_difference();
    go_to(layout.cursor_row - top, layout.cursor_column);
    column = layout.cursor_column;
    flush();
    frame *swap = shown;
    shown = next;
    next = swap;
}

/* --- for the editor ------------------------------------------------------------------------------------- */

int lun_painter_margin(void)
{
    int width;
    clean_prompt(rl_prompt, &width);
    if (width < 5) width = 5;
    return width > columns / 2 ? 0 : width;
}

void lun_painter_begin(void)
{
    int height;
    rl_reset_screen_size();
    rl_get_screen_size(&height, &columns);
    if (columns < 10) columns = 80;
    colours = lun_terminal_colors() > 0;
    forget();
    top = 0;
    lun_text_cut(&asked, 0);
    ghost = (lun_edit_ghost){0};
    lun_text_fill(&out, ' ', columns - 1); /* wraps unless the cursor is in the first column */
    lun_text_put(&out, "\r\033[J");
}

void lun_painter_paint(void) { paint(false, (size_t)rl_point); }

void lun_painter_end(const char *mark)
{
    rl_point = rl_end;
    paint(true, (size_t)rl_end + 1);
    lun_text_print(&out, "%s\r\n", mark);
    flush();
    forget();
    top = 0;
}

void lun_painter_leave(void)
{
    go_to(shown->count > 0 ? shown->count - 1 : 0, 0);
    lun_text_put(&out, "\r\n");
    flush();
    forget();
}

void lun_painter_clear(void)
{
    lun_text_put(&out, "\033[H\033[2J");
    forget();
}
