/* matches.c - the list of completions below a cell
 *
 * Read next: matches.h. SPDX-License-Identifier: MIT
 */
#include "repl/matches.h"

#include "plot/terminal.h"
#include "repl/highlight.h"
#include "repl/layout.h"
#include "repl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DESCRIBED = 16 };

typedef struct sheet { lun_text out; int columns, rows; bool colours; } sheet;

static int width_of(const char *text)
{
    int width = 0, w;
    for (size_t left = strlen(text); left > 0;) {
        size_t n = lun_layout_character(text, left, 0, &w);
        text += n;
        left -= n;
        width += w;
    }
    return width;
}

/* At most `room` columns of the first line of a text. */
static void put_cut(sheet *s, const char *text, int room)
{
    int w;
    size_t left = strcspn(text, "\n");
    while (left > 0) {
        size_t n = lun_layout_character(text, left, 0, &w);
        if (w > room) return;
        lun_text_add(&s->out, text, n);
        text += n;
        left -= n;
        room -= w;
    }
}

static void put_style(sheet *s, lun_style style)
{
    if (s->colours) lun_text_put(&s->out, lun_highlight_escape(style));
}

/* "sum(dim?, ...)  Sum over dims": where the signature repeats the word, it stands for it. */
static void put_described(sheet *s, const char *word, const char *about, int widest)
{
    char called[80];
    snprintf(called, sizeof called, "%s(", word);
    const char *signature = about ? strstr(about, called) : NULL;
    lun_text_put(&s->out, "  ");
    if (signature) {
        lun_text_put(&s->out, word);
        put_style(s, LUN_STYLE_FAINT);
        put_cut(s, signature + strlen(word), s->columns - 3 - (int)strlen(word));
    } else {
        lun_text_put(&s->out, word);
        lun_text_fill(&s->out, ' ', widest - width_of(word) + 2);
        put_style(s, LUN_STYLE_FAINT);
        if (about) put_cut(s, about, s->columns - widest - 5);
    }
    put_style(s, LUN_STYLE_TEXT);
    lun_text_put(&s->out, "\n");
}

static void put_columns(sheet *s, char **words, int count, int widest)
{
    int across = s->columns / (widest + 2);
    if (across < 1) across = 1;
    int most = s->rows > 6 ? s->rows - 4 : 2, down = (count + across - 1) / across;
    int shown_down = down < most ? down : most;
    for (int r = 0; r < shown_down; r++) {
        for (int c = 0; c < across; c++) {
            int i = c * shown_down + r;
            if (i >= count) break;
            lun_text_put(&s->out, words[i]);
            if (c + 1 < across) lun_text_fill(&s->out, ' ', widest + 2 - width_of(words[i]));
        }
        lun_text_put(&s->out, "\n");
    }
    int left = count - across * shown_down;
    if (left > 0) lun_text_print(&s->out, "... and %d more: type a letter\n", left);
}

void lun_matches_show(char **words, int count, const char *note, char *(*describe)(const char *word), int files)
{
    sheet s = {.colours = lun_terminal_colors() > 0};
    int widest = 0;
    lun_terminal_size(&s.columns, &s.rows);
    for (int i = 0; i < count; i++) {
        char *slash = files ? strrchr(words[i], '/') : NULL;
        if (slash && slash[1]) memmove(words[i], slash + 1, strlen(slash));
        int w = width_of(words[i]);
        if (w > widest) widest = w;
    }
    if (note) {
        put_style(&s, LUN_STYLE_FAINT);
        put_cut(&s, note, s.columns - 1);
        put_style(&s, LUN_STYLE_TEXT);
        lun_text_put(&s.out, "\n");
    }
    bool rows = describe && !files && count <= MOST_DESCRIBED && count < s.rows - 2;
    for (int i = 0; rows && i < count; i++) {
        char *about = describe(words[i]);
        put_described(&s, words[i], about, widest);
        free(about);
    }
    if (!rows && count > 0) put_columns(&s, words, count, widest);
    fwrite(lun_text_string(&s.out), 1, s.out.length, stdout);
    fflush(stdout);
    lun_text_free(&s.out);
}
