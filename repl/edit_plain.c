/* edit_plain.c - a line from the person at the terminal, without readline: the terminal's own editing, no Tab, no recall
 *
 * Takes edit.c's place when Lunette was configured --without-readline. Holds: the terminal stays in its ordinary mode throughout; Ctrl-C
 * comes through the signal pipe. Read next: edit.h, repl/console.h. SPDX-License-Identifier: MIT
 */
#include "repl/edit.h"

#include "repl/console.h"
#include "repl/history.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void forget(const char *cell) { (void)cell; }

void lun_edit_open(const lun_edit_settings *settings)
{
    (void)settings;
    lun_history_open(forget);
}

void lun_edit_type(const char *text) { printf("%s\n", text); } /* to be copied: there is no line to put it in */

void lun_edit_remember(const char *cell) { lun_history_append(cell, strlen(cell)); }

/* Waits for a line or a signal; false when Ctrl-C was pressed. */
static bool wait_for_line(void)
{
    struct pollfd waits[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = lun_console_signal_pipe(), .events = POLLIN}};
    for (;;) {
        int ready = poll(waits, 2, -1);
        for (char what; (what = lun_console_take_signal()) != 0;)
            if (what == 'C') return false;
        if (ready > 0 && waits[0].revents) return true;
    }
}

lun_edit_result lun_edit_read(const char *prompt, char **line)
{
    size_t room = 0;
    *line = NULL;
    if (lun_console_forget_signals()) putchar('\n'); /* pressed before there was a prompt; the terminal wrote ^C */
    lun_console_interrupted();
    for (const char *at = prompt; *at; at++) /* \1 and \2 tell readline which parts have no width */
        if (*at != '\1' && *at != '\2') putchar(*at);
    fflush(stdout);
    bool there = wait_for_line();
    if (!there) {
        lun_console_interrupted();
        puts("^C");
        return LUN_EDIT_CANCELLED;
    }
    ssize_t length = getline(line, &room, stdin);
    if (length < 0) {
        free(*line);
        *line = NULL;
        putchar('\n');
        return LUN_EDIT_END;
    }
    if (length > 0 && (*line)[length - 1] == '\n') (*line)[length - 1] = '\0';
    return LUN_EDIT_LINE;
}
