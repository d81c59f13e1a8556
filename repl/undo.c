/* undo.c - a sleeping copy of the session from before the last cell, for %undo
 *
 * Holds: one copy at a time; it waits on a pipe, so it ends by itself when its session does, however that ends. Read next: undo.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/undo.h"

#include "core/alloc.h"
#include "core/backend.h"
#include "kernels/threads.h"
#include "repl/console.h"
#include "repl/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a cell writes to is copied page by page meanwhile, at 2.5 ms a MiB, and taken twice: unasked only for small tensors. */
enum { SHARE = 4, SMALL = 16 << 20 };

static pid_t copy;
static int bell = -1; /* a byte wakes the copy, its end ends it */
static enum { WHEN_SMALL, ALWAYS, NEVER } wanted;
static const char *why_not = "no cell has run yet";

/* --- making it ------------------------------------------------------------------------------------------ */

static void drop(void)
{
    if (bell < 0) return;
    close(bell);
    bell = -1;
    while (waitpid(copy, NULL, 0) < 0 && errno == EINTR) continue;
}

/* Only this thread would live on in the copy; those of the pool start anew. */
static bool others_run(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = -2; /* . and .. */
    while (tasks && readdir(tasks)) count++;
    if (tasks) closedir(tasks);
    return count > lun_threads();
}

static const char *unwanted(void)
{
    lun_memory memory;
    lun_memory_get(&memory);
    if (wanted == NEVER) return "%undo is off";
    if (wanted == ALWAYS || memory.live <= SMALL) return NULL;
    return "the tensors took more than 16 MiB, and a copy of so much would slow the cells down; %undo on makes it all the same";
}

/* Cells that change nothing; the copy from before the one that did stays. */
static bool only_looks(const char *text)
{
    static const char *const names[] = {"undo", "who", "mem", "history", "stale", "tb", "explain", "doctor", "lsmagic", "graph", "summary",
                                        "cells", "save", "hint", "bg", NULL};
    text += strspn(text, " \t\n");
    if (*text == '?' || *text == '!' || *text == '$') return true;
    if (*text != '%') return false;
    size_t n = strcspn(text + 1, " \t\n?");
    for (const char *const *name = names; *name; name++)
        if (strlen(*name) == n && memcmp(*name, text + 1, n) == 0) return true;
    return text[1 + n] == '?';
}

/* In the copy: until it is woken. */
static void sleep_until_woken(int pipe_end, const sigset_t *mask)
{
    char byte;
    ssize_t n;
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    lun_journal_let_go();
    lun_console_renew(); /* keys that the terminal sends to both are not the copy's */
    sigprocmask(SIG_SETMASK, mask, NULL);
    while ((n = read(pipe_end, &byte, 1)) < 0 && errno == EINTR) continue;
    if (n != 1) _exit(0);
    close(pipe_end);
    lun_journal_go_on();
    lun_console_forget_signals();
    lun_console_interrupted();
}

const char *lun_undo_no_copy(void)
{
    if (lun_backends[LUN_CUDA]) return "a GPU is in use, which a copy of the session could not use";
    if (others_run()) return "threads run besides the session's own, which a copy would lack";
    lun_memory memory;
    lun_memory_get(&memory);
    return memory.live > memory.budget / SHARE ? "the tensors take more than a quarter of the memory" : NULL;
}

void lun_undo_forget(void)
{
    if (bell >= 0) close(bell);
    bell = -1;
}

bool lun_undo_mark(const char *text)
{
    static bool registered;
    int ends[2];
    sigset_t key, mask;
    if (only_looks(text)) return false;
    drop();
    why_not = unwanted();
    if (!why_not) why_not = lun_undo_no_copy();
    if (why_not) return false;
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    fflush(stdout);
    sigemptyset(&key);
    sigaddset(&key, SIGINT);
    sigprocmask(SIG_BLOCK, &key, &mask); /* or a Ctrl-C that comes now would go through the copy into our pipe, whenever the copy runs */
    copy = fork();
    if (copy != 0) sigprocmask(SIG_SETMASK, &mask, NULL);
    if (copy == 0) {
        close(ends[1]);
        bell = -1;
        sleep_until_woken(ends[0], &mask);
        why_not = "the cell before was undone, and there is one copy only";
        return true;
    }
    close(ends[0]);
    if (copy < 0) {
        close(ends[1]);
        why_not = "the system makes no process";
        return false;
    }
    bell = ends[1];
    if (!registered) atexit(drop);
    registered = true;
    return false;
}

/* --- waking it ------------------------------------------------------------------------------------------ */

static void hand_on(int signal_number) { kill(copy, signal_number); }

const char *lun_undo(void)
{
    int status;
    if (bell < 0) return why_not ? why_not : "no cell has run yet";
    fflush(stdout);
    lun_journal_let_go();
    signal(SIGINT, SIG_IGN); /* the terminal sends it to the copy, too */
    signal(SIGTERM, hand_on);
    signal(SIGHUP, hand_on);
    if (write(bell, "u", 1) != 1) return "the copy is gone";
    while (waitpid(copy, &status, 0) < 0 && errno == EINTR) continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void lun_undo_wanted(bool on)
{
    wanted = on ? ALWAYS : NEVER;
    if (!on) drop();
}
