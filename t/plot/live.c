/* live.c - a live chart on a real terminal device
 *
 * A forked child draws on a pseudo-terminal; what it writes is played on a small screen, which is then looked at: one
 * chart, nothing scrolled away, nothing left over. Read next: plot/live.c, plot/terminal.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/live.h"

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "plot/terminal.h"
#include "t/tap.h"

enum { ROWS = 24, COLUMNS = 70 };

/* --- a terminal of the simplest kind -------------------------------------------------------------------------- */

static struct {
    char cell[ROWS][COLUMNS][5];
    int x, y, rows, scrolled, redraws;
} screen;

static void blank_from(int y, int x)
{
    for (; x < COLUMNS; x++) strcpy(screen.cell[y][x], " ");
}

static void newline(void)
{
    if (screen.y + 1 < screen.rows) {
        screen.y++;
        return;
    }
    memmove(screen.cell[0], screen.cell[1], sizeof screen.cell[0] * (size_t)(screen.rows - 1));
    blank_from(screen.y, 0);
    screen.scrolled++;
}

/* The escape sequence after "\033["; returns where it ends. */
static const char *sequence(const char *at)
{
    int number = *at == '?' ? -1 : atoi(at);
    while (*at && strchr("?0123456789;", *at)) at++;
    if (*at == 'A') screen.y = screen.y - number > 0 ? screen.y - number : 0;
    if (*at == 'K' || *at == 'J') blank_from(screen.y, screen.x);
    if (*at == 'J') for (int y = screen.y + 1; y < screen.rows; y++) blank_from(y, 0);
    screen.redraws += *at == 'l';
    return at;
}

static void play(const char *text, int rows)
{
    memset(&screen, 0, sizeof screen);
    screen.rows = rows;
    for (int y = 0; y < ROWS; y++) blank_from(y, 0);
    for (const char *at = text; *at; at++) {
        if (at[0] == '\033' && at[1] == '[') at = sequence(at + 2);
        else if (*at == '\r') screen.x = 0;
        else if (*at == '\n') newline();
        else {
            int length = 1;
            while ((at[length] & 0xc0) == 0x80) length++;
            if (screen.x < COLUMNS) snprintf(screen.cell[screen.y][screen.x++], 5, "%.*s", length, at);
            at += length - 1;
        }
    }
}

static int lines_with(const char *words)
{
    int count = 0;
    for (int y = 0; y < screen.rows; y++) {
        char line[COLUMNS * 4 + 1] = "";
        for (int x = 0; x < COLUMNS; x++) strcat(line, screen.cell[y][x]);
        count += strstr(line, words) != NULL;
    }
    return count;
}

static void show_screen(void)
{
    for (int y = 0; y < screen.rows; y++) {
        char line[COLUMNS * 4 + 1] = "";
        for (int x = 0; x < COLUMNS; x++) strcat(line, screen.cell[y][x]);
        note("%s", line);
    }
}

/* --- children that draw ----------------------------------------------------------------------------------------- */

static void train(int steps, bool talk)
{
    lun_chart *c = lun_chart_new();
    lun_chart_set_text(c, LUN_TEXT_TITLE, "the title", 9);
    lun_chart_add(c, LUN_MARK_LINE, "train", NULL, NULL, 0);
    lun_chart_add(c, LUN_MARK_LINE, "validation", NULL, NULL, 0);
    c->smooth = -1;
    lun_live *l = lun_live_open(c, 12);
    lun_live_status(l, 0, "nothing yet", 11);
    lun_live_show(l, true);
    for (int i = 1; i <= steps; i++) {
        lun_chart_append(lun_live_chart(l, 0), 0, i, 3.0 / i);
        if (i % 5 == 0) lun_chart_append(lun_live_chart(l, 0), 1, i, 3.0 / i + 0.1);
        char status[40];
        lun_live_status(l, 0, status, (size_t)snprintf(status, sizeof status, "step %d", i));
        lun_live_show(l, true);
        if (i == 30) lun_live_note(l, "a note", 6);
        if (talk && i == steps / 2) {
            printf("somebody speaks\n");
            fflush(stdout);
            lun_live_touched();
        }
    }
    lun_live_close(l);
    lun_live_close(l);
    lun_live_free(l);
    printf("after\n");
    fflush(stdout);
}

static char output[1 << 20];

/* Runs `train` on a terminal of the given size; what it wrote is in `output`. */
static void on_terminal(int rows, int columns, const char *term, int steps, bool talk)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    int fd;
    pid_t child = forkpty(&fd, NULL, NULL, &size);
    if (child == 0) {
        setenv("TERM", term, 1);
        setenv("LUNETTE_GRAPHICS", "braille", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        for (int i = 0; i < 5; i++) printf("before %d\n", i);
        train(steps, talk);
        _exit(0);
    }
    size_t used = 0;
    ssize_t got;
    while (used < sizeof output - 1 && (got = read(fd, output + used, sizeof output - 1 - used)) > 0) used += (size_t)got;
    output[used] = '\0';
    close(fd);
    waitpid(child, NULL, 0);
    play(output, rows);
}

static void on_pipe(const char *graphics)
{
    int ends[2];
    if (pipe(ends)) return;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        setenv("LUNETTE_GRAPHICS", graphics, 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        train(40, false);
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while ((got = read(ends[0], output + used, sizeof output - 1 - used)) > 0) used += (size_t)got;
    output[used] = '\0';
    close(ends[0]);
    waitpid(child, NULL, 0);
}

static void choices(void)
{
    static const char *const modes[] = { "none", "braille", "dumb", "sixel", "kitty" };
    for (size_t i = 0; i < 5; i++) {
        setenv("LUNETTE_GRAPHICS", modes[i], 1);
        lun_terminal_forget();
        is_string(lun_graphics_name(lun_terminal_graphics()), modes[i], "LUNETTE_GRAPHICS=%s", modes[i]);
    }
    setenv("LC_ALL", "C", 1);
    ok(lun_terminal_ascii(), "no UTF-8: ASCII");
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TERM", "xterm", 1);
    ok(!lun_terminal_ascii(), "UTF-8: not");
    lun_terminal_plain(true);
    ok(lun_terminal_ascii() && lun_terminal_colors() == 0, "plain: ASCII without colour");
    lun_terminal_plain(false);
}

int main(void)
{
    on_terminal(ROWS, COLUMNS, "xterm", 60, false);
    bool good = is_int(lines_with("the title"), 1, "one chart on the screen");
    good = is_int(lines_with("└"), 1, "with one axis") && good;
    good = is_int(lines_with("before"), 5, "what stood before still stands") && good;
    good = is_int(lines_with("after"), 1, "what comes after stands below") && good;
    good = is_int(lines_with("step 60"), 1, "the last state is shown") && good;
    is_int(screen.scrolled, 0, "nothing scrolled");
    is_int(lines_with("a note"), 1, "a note stays");
    ok(screen.redraws >= 60, "it was redrawn every time");
    if (!good) show_screen();

    on_terminal(ROWS, COLUMNS, "xterm", 0, false);
    ok(lines_with("nothing yet") == 1 && lines_with("after") == 1 && lines_with("└") == 0 && lines_with("the title") == 0,
       "before the first point the status stands alone");

    on_terminal(16, COLUMNS, "xterm", 60, false);
    ok(lines_with("the title") == 1 && lines_with("└") == 1, "one chart at the bottom of a screen that scrolls");

    on_terminal(ROWS, COLUMNS, "xterm", 40, true);
    ok(lines_with("somebody speaks") == 1, "what others write is not drawn over");

    on_terminal(8, COLUMNS, "xterm", 60, false);
    if (!ok(lines_with("train") == 1 && lines_with("└") == 0 && lines_with("after") == 1, "a small screen gets one line")) show_screen();

    on_terminal(ROWS, COLUMNS, "dumb", 40, false);
    ok(!strchr(output, '\033') && lines_with("the title") == 1, "a dumb terminal gets the finished chart only");

    on_pipe("braille");
    const char *first = strstr(output, "the title");
    ok(first && !strstr(first + 1, "the title") && !strchr(output, '\033') && strstr(output, "└"), "a pipe gets the finished chart only");
    ok(!strncmp(output, "a note\n", 7), "notes at once");
    ok(first && strstr(output, "step 40\nafter\n"), "with its last state");
    on_pipe("none");
    is_string(output, "a note\nafter\n", "none is none");
    choices();
    return done_testing();
}
