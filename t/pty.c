/* pty.c - a program on a terminal of its own, driven by a test
 *
 * Read next: t/pty.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

bool pty_start(pty *p, char *const argv[])
{
    struct winsize size = {.ws_row = 50, .ws_col = 200};
    *p = (pty){.fd = -1};
    p->pid = forkpty(&p->fd, NULL, NULL, &size);
    if (p->pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    return p->pid > 0;
}

char *pty_program(void)
{
    static char path[4096];
    const char *build = getenv("LUNETTE_BUILD");
    snprintf(path, sizeof path, "%s/lunette", build ? build : ".");
    return path;
}

bool pty_shell(pty *p, const char *option)
{
    char *argv[] = {pty_program(), (char[]){"--no-config"}, (char *)option, NULL};
    return pty_start(p, argv) && pty_wait(p, "In[1]: ", 20000);
}

void pty_resize(pty *p, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    ioctl(p->fd, TIOCSWINSZ, &size);
}

/* Cuts off the colour, "ESC [ digits m", that ends here. */
static void drop_colour(pty *p)
{
    size_t at = p->length;
    while (at > p->seen && strchr("0123456789;", p->output[at - 1])) at--;
    if (at >= p->seen + 2 && p->output[at - 1] == '[' && p->output[at - 2] == '\033') p->length = at - 2;
    else p->output[p->length++] = 'm';
}

static void keep(pty *p, const char *bytes, size_t count)
{
    if (p->watch) p->watch(p->watcher, bytes, count);
    if (p->length + count + 1 > p->room) {
        p->room = 2 * (p->length + count + 1);
        p->output = realloc(p->output, p->room);
    }
    for (size_t i = 0; i < count; i++)
        if (bytes[i] == 'm') drop_colour(p);
        else if (bytes[i] != '\r') p->output[p->length++] = bytes[i];
    p->output[p->length] = '\0';
}

void pty_drain(pty *p, int milliseconds)
{
    char bytes[4096];
    struct pollfd wait = {.fd = p->fd, .events = POLLIN};
    if (p->ended || poll(&wait, 1, milliseconds) <= 0) return;
    ssize_t n = read(p->fd, bytes, sizeof bytes);
    if (n > 0) keep(p, bytes, (size_t)n);
    else if (n == 0 || errno != EINTR) p->ended = true; /* EIO: the other side is closed */
}

void pty_send(pty *p, const char *keys)
{
    size_t left = strlen(keys);
    while (left > 0) {
        struct pollfd wait = {.fd = p->fd, .events = POLLIN | POLLOUT};
        if (poll(&wait, 1, -1) > 0 && wait.revents & POLLIN) pty_drain(p, 0); /* or both sides wait for each other */
        if (p->ended) return;
        if (!(wait.revents & POLLOUT)) continue;
        ssize_t n = write(p->fd, keys, left < 1024 ? left : 1024);
        if (n < 0 && errno != EINTR) return;
        if (n > 0) {
            keys += n;
            left -= (size_t)n;
        }
    }
}

bool pty_wait(pty *p, const char *text, int milliseconds)
{
    double end = now() + milliseconds;
    for (;;) {
        char *found = p->output ? strstr(p->output + p->seen, text) : NULL;
        if (found) {
            p->seen = (size_t)(found - p->output) + strlen(text);
            return true;
        }
        double left = end - now();
        if (left <= 0 || p->ended) return false;
        pty_drain(p, (int)left + 1);
    }
}

void pty_settle(pty *p)
{
    double end = now() + 5000;
    int waiting = 1;
    while (waiting > 0 && !p->ended && now() < end) {
        size_t before = p->length;
        char name[64];
        int other = ptsname_r(p->fd, name, sizeof name) == 0 ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
        struct termios how;
        if (other < 0 || ioctl(other, FIONREAD, &waiting) != 0) waiting = 0;
        if (other >= 0 && tcgetattr(other, &how) == 0 && how.c_lflag & ICANON) waiting = 1;
        if (other >= 0) close(other);
        pty_drain(p, 10);
        if (p->length != before) waiting = 1;
    }
}

int pty_finish(pty *p, bool polite)
{
    int status = 0;
    double end = now() + 10000;
    if (!polite) kill(p->pid, SIGKILL);
    while (!p->ended && now() < end) {
        if (polite) pty_send(p, "\004"); /* again: one typed before the prompt is there gets lost in the terminal */
        for (int i = 0; i < 5 && !p->ended; i++) pty_drain(p, 100);
    }
    if (!p->ended) kill(p->pid, SIGKILL);
    waitpid(p->pid, &status, 0);
    close(p->fd);
    free(p->output);
    p->output = NULL;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
