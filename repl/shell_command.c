/* shell_command.c - !command
 *
 * Holds: the command has the terminal while it runs, and Ctrl-C is for it alone (system() keeps it from us).
 * Read next: repl/command.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

lunL_eval_status lun_shell_command(const char *command)
{
    command += strspn(command, " \t");
    if (!*command) {
        fputs("error: ! needs a command\n  hint: !ls\n", stderr);
        return LUNL_EVAL_ERROR;
    }
    fflush(stdout);
    int status = system(command);
    if (status == 0) return LUNL_EVAL_GOOD;
    if (status < 0) fprintf(stderr, "error: no command can be run: %s\n", strerror(errno));
    else if (WIFSIGNALED(status)) fprintf(stderr, "\nthe command was ended by signal %d\n", WTERMSIG(status));
    else fprintf(stderr, "exit status %d\n", WEXITSTATUS(status));
    return LUNL_EVAL_ERROR;
}
