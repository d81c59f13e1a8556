/* pty.h - a program on a terminal of its own, driven by a test
 *
 * Holds: the program has the pseudo-terminal as its controlling terminal, so a typed ^C is a real SIGINT. Everything it writes is
 * kept, without carriage returns and colours; a screen (t/screen.h) may watch what comes as it came.
 * Read next: t/repl/transcript.c, t/repl/interrupt.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_T_PTY_H
#define LUN_T_PTY_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct pty {
    int fd;
    pid_t pid;
    char *output;       /* 0-terminated */
    size_t length, room;
    size_t seen;        /* waiting begins here */
    bool ended;
    void (*watch)(void *watcher, const char *bytes, size_t count);
    void *watcher;
} pty;

/* Starts argv[0] with the test's environment, 200 columns wide. */
bool pty_start(pty *p, char *const argv[]);
/* The program of this build: lunette below LUNETTE_BUILD. */
char *pty_program(void);
/* Starts it without the person's configuration and waits for the first prompt; `option`, "--plain", may be NULL. */
bool pty_shell(pty *p, const char *option);
/* The window gets another size; the program hears of it. */
void pty_resize(pty *p, int rows, int columns);
void pty_send(pty *p, const char *keys);
/* Waits until `text` comes after what was waited for before; false after so many milliseconds, or when the program has ended. */
bool pty_wait(pty *p, const char *text, int milliseconds);
/* Reads what there is, waiting at most so long for the first byte. */
void pty_drain(pty *p, int milliseconds);
/* Waits until the program is at a prompt of readline's, has taken all that was sent and writes no more: then a ^C drops nothing that was
 * typed before it, and the terminal itself does not take C-r and the like. */
void pty_settle(pty *p);
/* Types ^D if `polite`, waits, kills when that fails; the exit status, or 128 + signal. */
int pty_finish(pty *p, bool polite);
#endif
