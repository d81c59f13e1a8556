/* console.c - what the shell is connected to, and its signals
 *
 * Holds: handlers call async-signal-safe functions only (lua_sethook inside lunL_interrupt_signal is, by Lua's promise).
 * Read next: console.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/console.h"

#include "lua_bindings/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int signal_pipe[2] = {-1, -1};
static volatile sig_atomic_t interrupted;
static struct termios cooked;
static bool have_cooked;

static void note(char what)
{
    int saved = errno;
    ssize_t ignored = write(signal_pipe[1], &what, 1); /* full pipe: enough signals are waiting */
    (void)ignored;
    errno = saved;
}

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    note('C');
    lunL_interrupt_signal();
}

static void on_stop(int signal_number)
{
    (void)signal_number;
    note('Z');
}

static void on_resize(int signal_number)
{
    (void)signal_number;
    note('W');
}

static void on_end(int signal_number)
{
    if (have_cooked) tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* A chart's child that died is no reason to die; a reader of our output that went away is. */
static void on_broken_pipe(int signal_number)
{
    int saved = errno;
    struct pollfd out[2] = {{.fd = STDOUT_FILENO, .events = 0}, {.fd = STDERR_FILENO, .events = 0}};
    if (poll(out, 2, 0) > 0 && ((out[0].revents | out[1].revents) & POLLERR)) on_end(signal_number);
    errno = saved;
}

/* A file at its limit is an error of the write, which says so. Not ignored, because programs we start would inherit that. */
static void on_full_file(int signal_number) { (void)signal_number; }

static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = 0};
    sigemptyset(&action.sa_mask);
    if (handler == on_resize) action.sa_flags = SA_RESTART; /* no business of what runs */
    if (handler == on_end || handler == on_broken_pipe) action.sa_flags = SA_NODEFER;
    sigaction(signal_number, &action, NULL);
}

void lun_console_start(void)
{
    have_cooked = tcgetattr(STDIN_FILENO, &cooked) == 0;
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) signal_pipe[0] = signal_pipe[1] = -1;
    handle(SIGINT, on_interrupt);
    handle(SIGPIPE, on_broken_pipe);
    handle(SIGXFSZ, on_full_file);
    if (!have_cooked) return;
    handle(SIGWINCH, on_resize);
    handle(SIGTERM, on_end);
    handle(SIGHUP, on_end);
}

bool lun_console_input(void) { return isatty(STDIN_FILENO); }

bool lun_console_output(void) { return isatty(STDOUT_FILENO); }

bool lun_console_dumb(void)
{
    const char *name = getenv("TERM");
    return !name || !*name || strcmp(name, "dumb") == 0;
}

int lun_console_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
    return 80;
}

int lun_console_signal_pipe(void) { return signal_pipe[0]; }

char lun_console_take_signal(void)
{
    char what = 0;
    return signal_pipe[0] >= 0 && read(signal_pipe[0], &what, 1) == 1 ? what : 0;
}

void lun_console_renew(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    for (int i = 0; i < 2; i++) {
        close(signal_pipe[i]);
        signal_pipe[i] = ends[i];
    }
    interrupted = 0;
}

bool lun_console_forget_signals(void)
{
    bool pressed = false;
    for (char what; (what = lun_console_take_signal()) != 0;) pressed |= what == 'C';
    return pressed;
}

void lun_console_catch_stop(bool on)
{
    if (have_cooked) handle(SIGTSTP, on ? on_stop : SIG_DFL);
}

bool lun_console_interrupted(void)
{
    bool was = interrupted;
    interrupted = 0;
    lunL_interrupt_clear();
    return was;
}

static void interrupt_children(long of, int depth)
{
    long child;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", of, of);
    FILE *list = depth > 0 ? fopen(path, "re") : NULL;
    while (list && fscanf(list, "%ld", &child) == 1) {
        interrupt_children(child, depth - 1);
        kill((pid_t)child, SIGINT);
    }
    if (list) fclose(list);
}

void lun_console_interrupt_children(long of) { interrupt_children(of, 8); }
