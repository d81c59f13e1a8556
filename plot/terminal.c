/* terminal.c - what the screen we draw on can do
 *
 * Read next: terminal.h.
 * SPDX-License-Identifier: MIT
 */
#include "plot/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool known, plain;
    lun_graphics graphics;
    lun_terminal_theme theme;
} screen;

static const char *const names[] = { "none", "braille", "dumb", "sixel", "kitty" };

const char *lun_graphics_name(lun_graphics g) { return names[g]; }
void lun_terminal_plain(bool plain) { screen.plain = plain; }
void lun_terminal_set_theme(lun_terminal_theme theme) { screen.theme = theme; }
void lun_terminal_forget(void) { screen.known = false; }
bool lun_terminal_is_tty(void) { return isatty(STDOUT_FILENO) == 1; }

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool dumb(void)
{
    const char *term = variable("TERM");
    return !*term || !strcmp(term, "dumb");
}

static int positive(const char *text)
{
    long value = strtol(text, NULL, 10);
    return value > 0 && value < 10000 ? (int)value : 0;
}

void lun_terminal_size(int *columns, int *rows)
{
    struct winsize size = {0};
    bool known = lun_terminal_is_tty() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *columns = known && size.ws_col ? size.ws_col : positive(variable("COLUMNS"));
    *rows = known && size.ws_row ? size.ws_row : positive(variable("LINES"));
    if (!*columns) *columns = 80;
    if (!*rows) *rows = 24;
}

void lun_terminal_pixels(int *width, int *height)
{
    struct winsize size = {0};
    int columns, rows;
    lun_terminal_size(&columns, &rows);
    bool known = lun_terminal_is_tty() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_xpixel && size.ws_ypixel;
    *width = known ? size.ws_xpixel : columns * 9;
    *height = known ? size.ws_ypixel : rows * 18;
}

bool lun_terminal_ascii(void)
{
    if (screen.plain || (lun_terminal_is_tty() && dumb())) return true;
    const char *locale = variable("LC_ALL");
    if (!*locale) locale = variable("LC_CTYPE");
    if (!*locale) locale = variable("LANG");
    return !strstr(locale, "UTF-8") && !strstr(locale, "utf8") && !strstr(locale, "utf-8") && !strstr(locale, "UTF8");
}

/* "15;0", "0;default;15": the last is the background, 7 and from 9 on light ones. */
lun_terminal_theme lun_terminal_background(void)
{
    if (screen.theme == LUN_TERMINAL_DARK || screen.theme == LUN_TERMINAL_LIGHT) return screen.theme;
    const char *last = strrchr(variable("COLORFGBG"), ';');
    if (!last || last[1] < '0' || last[1] > '9') return LUN_TERMINAL_AUTO;
    int colour = atoi(last + 1);
    return colour == 7 || colour > 8 ? LUN_TERMINAL_LIGHT : LUN_TERMINAL_DARK;
}

int lun_terminal_colors(void)
{
    if (screen.theme == LUN_TERMINAL_NONE || screen.plain || !lun_terminal_is_tty() || dumb() || *variable("NO_COLOR")) return 0;
    const char *color = variable("COLORTERM");
    return !strcmp(color, "truecolor") || !strcmp(color, "24bit") ? 1 << 24 : 256;
}

/* Programs known by name need not be asked. tmux and screen hide what is behind them, so there only the question counts. */
static bool known_by_name(lun_graphics *g)
{
    const char *term = variable("TERM"), *program = variable("TERM_PROGRAM");
    if (*variable("TMUX") || !strncmp(term, "screen", 6) || !strncmp(term, "tmux", 4)) return false;
    if (strstr(term, "kitty") || strstr(term, "ghostty") || *variable("KITTY_WINDOW_ID") || !strcmp(program, "ghostty"))
        return *g = LUN_GRAPHICS_KITTY, true;
    if (!strcmp(program, "WezTerm") || !strncmp(term, "foot", 4) || !strncmp(term, "mlterm", 6))
        return *g = LUN_GRAPHICS_SIXEL, true;
    if (!strcmp(program, "Apple_Terminal") || !strcmp(program, "vscode") || !strcmp(term, "linux"))
        return *g = LUN_GRAPHICS_BRAILLE, true;
    return false;
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads until the answer to "what are you" (it ends in c) or until time is up. */
static void listen_for(int fd, char *answer, size_t room, int patience_ms)
{
    long end = now_ms() + patience_ms;
    size_t used = 0;
    while (used + 1 < room) {
        struct pollfd wait = { fd, POLLIN, 0 };
        long left = end - now_ms();
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0) break;
        ssize_t got = read(fd, answer + used, room - 1 - used);
        if (got <= 0) break;
        used += (size_t)got;
        answer[used] = '\0';
        char *reply = strstr(answer, "\033[?");
        if (reply && strchr(reply, 'c')) break;
    }
    answer[used] = '\0';
}

/* One of the numbers after "\033[?" is 4: sixel. */
static bool says_sixel(const char *answer)
{
    const char *at = strstr(answer, "\033[?");
    for (at = at ? at + 3 : ""; *at && *at != 'c';) {
        char *end;
        if (strtol(at, &end, 10) == 4) return true;
        at = *end == ';' ? end + 1 : "";
    }
    return false;
}

static lun_graphics ask(void)
{
    int waiting = 0, fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios old;
    lun_graphics found = LUN_GRAPHICS_BRAILLE;
    if (fd < 0) return found;
    /* keys typed ahead would be swallowed with the answer: then rather do not ask; a job in the background would be stopped */
    bool may = ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0 && tcgetpgrp(fd) == getpgrp() && tcgetattr(fd, &old) == 0;
    struct termios raw = may ? old : (struct termios){0};
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    static const char question[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c";
    if (may && tcsetattr(fd, TCSANOW, &raw) == 0) {
        char answer[256] = "";
        if (write(fd, question, sizeof question - 1) == (ssize_t)(sizeof question - 1)) listen_for(fd, answer, sizeof answer, 100);
        if (strstr(answer, "\033_Gi=31;OK")) found = LUN_GRAPHICS_KITTY;
        else if (says_sixel(answer)) found = LUN_GRAPHICS_SIXEL;
        tcsetattr(fd, TCSANOW, &old);
    }
    close(fd);
    return found;
}

static lun_graphics detect(void)
{
    lun_graphics g = LUN_GRAPHICS_BRAILLE;
    const char *wish = variable("LUNETTE_GRAPHICS");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(wish, names[i])) return (lun_graphics)i;
    if (screen.plain || !lun_terminal_is_tty() || dumb() || known_by_name(&g)) return g;
    if (*variable("SSH_CONNECTION") && !*variable("TMUX")) return g; /* the way may be longer than our patience */
    return ask();
}

lun_graphics lun_terminal_graphics(void)
{
    if (!screen.known) screen.graphics = detect();
    screen.known = true;
    return screen.graphics;
}
