/* shell_command.c - !command
 *
 * Holds: the command has the terminal while it runs. A Ctrl-C reaches the command whenever it comes: it is blocked here from before the
 * command exists until it has ended, and one that came before there was anybody to hear it is handed on. Read next: repl/command.h.
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

static void become(const char *command, const sigset_t *mask)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Waits for the command; its wait status, or -1. */
static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

lunL_eval_status lun_shell_command(const char *command)
{
    sigset_t keys, mask, waiting;
    command += strspn(command, " \t");
    if (!*command) {
        fputs("error: ! needs a command\n  hint: !ls\n", stderr);
        return LUNL_EVAL_ERROR;
    }
    fflush(stdout);
    sigemptyset(&keys);
    sigaddset(&keys, SIGINT);
    sigaddset(&keys, SIGQUIT);
    sigprocmask(SIG_BLOCK, &keys, &mask);
    if (lun_interrupted()) { /* between Enter and here */
        sigprocmask(SIG_SETMASK, &mask, NULL);
        lun_console_interrupted();
        return LUNL_EVAL_INTERRUPTED;
    }
    pid_t child = fork();
    if (child == 0) become(command, &mask);
    sigpending(&waiting);
    if (child > 0 && sigismember(&waiting, SIGINT)) kill(child, SIGINT);
    int status = child > 0 ? wait_for(child) : -1;
    while (sigtimedwait(&keys, NULL, &(struct timespec){0, 0}) > 0) continue; /* they were the command's */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (status == 0) return LUNL_EVAL_GOOD;
    if (status < 0) fprintf(stderr, "error: no command can be run: %s\n", strerror(errno));
    else if (WIFSIGNALED(status)) fprintf(stderr, "\nthe command was ended by signal %d\n", WTERMSIG(status));
    else fprintf(stderr, "exit status %d\n", WEXITSTATUS(status));
    return LUNL_EVAL_ERROR;
}
