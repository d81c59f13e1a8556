/* shell_command.c - !command
 *
 * Holds: the command has the terminal while it runs. A Ctrl-C reaches the command whenever it comes: it is blocked here from before the
 * command exists until it has ended. One that hits while sh starts is handed on when the command runs: sh would take it and wait on.
 * Read next: repl/command.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "repl/command.h"
#include "repl/console.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double starting = 1, soon = 0.05, late = 0.4; /* seconds: sh may be starting; when the key is handed on first and last */

static void become(const char *command, const sigset_t *mask)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Waits for the command; its wait status, or -1. `signals` are blocked. */
static int wait_for(pid_t child, const sigset_t *signals)
{
    double begun = now(), again = 0, pause = 0; /* when the key is handed on */
    for (int status;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) return status;
        if (ended < 0 && errno != EINTR) return -1;
        double left = again > 0 ? again - now() : 1;
        struct timespec most = {.tv_nsec = left > 0 && left < 1 ? (long)(left * 1e9) : 0, .tv_sec = left >= 1};
        int came = left > 0 ? sigtimedwait(signals, NULL, &most) : 0;
        if (came == SIGINT && now() < begun + starting) again = now() + (pause = soon);
        if (left > 0) continue;
        lun_console_interrupt_children((long)child);
        kill(child, SIGINT);
        pause *= 2; /* on a busy machine there may be nobody yet */
        again = pause <= late ? now() + pause : 0;
    }
}

lunL_eval_status lun_shell_command(const char *command)
{
    sigset_t keys, mask;
    command += strspn(command, " \t");
    if (!*command) {
        fputs("error: ! needs a command\n  hint: !ls\n", stderr);
        return LUNL_EVAL_ERROR;
    }
    fflush(stdout);
    sigemptyset(&keys);
    sigaddset(&keys, SIGINT);
    sigaddset(&keys, SIGQUIT);
    sigaddset(&keys, SIGCHLD); /* blocked, it can be waited for */
    sigprocmask(SIG_BLOCK, &keys, &mask);
    if (lun_interrupted()) { /* between Enter and here */
        sigprocmask(SIG_SETMASK, &mask, NULL);
        lun_console_interrupted();
        return LUNL_EVAL_INTERRUPTED;
    }
    pid_t child = fork();
    if (child == 0) become(command, &mask);
    int status = child > 0 ? wait_for(child, &keys) : -1;
    while (sigtimedwait(&keys, NULL, &(struct timespec){0, 0}) > 0) continue; /* they were the command's */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (status == 0) return LUNL_EVAL_GOOD;
    if (status < 0) fprintf(stderr, "error: no command can be run: %s\n", strerror(errno));
    else if (WIFSIGNALED(status)) fprintf(stderr, "\nthe command was ended by signal %d\n", WTERMSIG(status));
    else fprintf(stderr, "exit status %d\n", WEXITSTATUS(status));
    return LUNL_EVAL_ERROR;
}
