/* edit_plain.c - a line from the person at the terminal, without readline: the terminal's own editing, no Tab, no recall
 *
 * Takes edit.c's place when Lunette was configured --without-readline. Holds: the terminal stays in its ordinary mode throughout; Ctrl-C
 * comes through the signal pipe. Read next: edit.h, repl/typed.h. SPDX-License-Identifier: MIT
 */
#include "repl/edit.h"

#include "repl/console.h"
#include "repl/history.h"
#include "repl/text.h"
#include "repl/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(const char *cell) { (void)cell; }

void lun_edit_open(const lun_edit_settings *settings)
{
    (void)settings;
    lun_typed_open(NULL);
    lun_history_open(forget);
}

void lun_edit_type(const char *text) { printf("%s\n", text); } /* to be copied: there is no line to put it in */

void lun_edit_remember(const char *cell) { lun_history_append(cell, strlen(cell)); }

lun_edit_result lun_edit_read(const char *prompt, char **line)
{
    char bytes[4096];
    size_t n;
    lun_text text = {0};
    *line = NULL;
    if (lun_console_forget_signals()) putchar('\n'); /* pressed before there was a prompt; the terminal wrote ^C */
    lun_console_interrupted();
    for (const char *at = prompt; *at; at++) /* \1 and \2 tell readline which parts have no width */
        if (*at != '\1' && *at != '\2') putchar(*at);
    fflush(stdout);
    do { /* the terminal gives a line at a time */
        n = lun_typed_take(bytes, sizeof bytes);
        lun_text_add(&text, bytes, n);
    } while (n > 0 && bytes[n - 1] != '\n');
    if (lun_typed_interrupted()) {
        lun_console_interrupted();
        lun_text_free(&text);
        puts("^C");
        return LUN_EDIT_CANCELLED;
    }
    if (text.length > 0) *line = strndup(lun_text_string(&text), text.length - (n > 0));
    else putchar('\n');
    lun_text_free(&text);
    return *line ? LUN_EDIT_LINE : LUN_EDIT_END;
}
