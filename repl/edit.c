/* edit.c - a line from the person at the terminal
 *
 * Holds: readline's own signal handling is off; between two calls of lun_edit_read its callback handler is removed, so the
 * terminal is as the user's programs expect it. Read next: edit.h, repl/console.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/edit.h"

#include "repl/history.h"
#include "repl/console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static lun_edit_settings settings;
static lun_edit_completion found;
static char *accepted;
static bool done;

/* --- completion ----------------------------------------------------------------------------------------- */

static char *next_match(const char *text, int state)
{
    static size_t at;
    (void)text;
    if (state == 0) at = 0;
    return found.words && found.words[at] ? strdup(found.words[at++]) : NULL;
}

/* readline frees what next_match returned; the list itself is ours. */
static void forget_words(void)
{
    for (char **w = found.words; w && *w; w++) free(*w);
    free(found.words);
    found.words = NULL;
}

static char **complete(const char *text, int start, int end)
{
    (void)start;
    rl_attempted_completion_over = !found.files;
    rl_completion_append_character = '\0';
    if (found.files) {
        rl_filename_completion_desired = 1;
        return rl_completion_matches(text, rl_filename_completion_function);
    }
    (void)end;
    return rl_completion_matches(text, next_match);
}

/* readline cuts the word to complete by single characters; a Lua expression is cut by our lexer. It asks this function first
 * where the word begins, so the answer is prepared here. */
static char *word_breaks(void)
{
    static char breaks[2] = "";
    size_t cursor = (size_t)rl_point;
    forget_words();
    found = settings.complete ? settings.complete(rl_line_buffer, cursor) : (lun_edit_completion){.from = cursor};
    /* The byte before the word is made the only break: readline walks back to its nearest occurrence. */
    breaks[0] = found.from > 0 && found.from <= cursor ? rl_line_buffer[found.from - 1] : '\0';
    breaks[1] = '\0';
    return breaks;
}

/* --- opening -------------------------------------------------------------------------------------------- */

static void add_old(const char *cell) { add_history(cell); }

static int insert_newline(int count, int key)
{
    (void)count;
    (void)key;
    return rl_insert_text("\n") > 0 ? 0 : 1;
}

void lun_edit_open(const lun_edit_settings *wanted)
{
    settings = *wanted;
    rl_readline_name = "lunette";
    rl_catch_signals = 0;
    rl_change_environment = 0;
    rl_attempted_completion_function = complete;
    rl_completion_word_break_hook = word_breaks;
    rl_completer_quote_characters = "";
    rl_basic_word_break_characters = "";
    rl_filename_quoting_desired = 0;
    rl_sort_completion_matches = 0;
    stifle_history(2000);
    if (settings.plain || lun_console_dumb()) rl_variable_bind("enable-bracketed-paste", "off");
    rl_initialize();
    rl_bind_keyseq("\\e\\C-m", insert_newline);
    if (settings.paint) rl_redisplay_function = settings.paint;
    lun_history_open(add_old);
}

void lun_edit_remember(const char *cell)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last && strcmp(last->line, cell) == 0) return;
    add_history(cell);
    lun_history_append(cell, strlen(cell));
}

/* --- reading -------------------------------------------------------------------------------------------- */

static void accept(char *line)
{
    rl_callback_handler_remove();
    accepted = line;
    done = true;
}

static void cancel(void)
{
    rl_point = rl_end; /* so that the next prompt starts below a line of several rows */
    rl_redisplay();
    fputs("^C\n", rl_outstream); /* now: giving the terminal back moves the cursor to the first column */
    fflush(rl_outstream);
    rl_callback_sigcleanup();
    rl_replace_line("", 0);
    rl_callback_handler_remove();
}

static void stop_and_come_back(const char *prompt)
{
    rl_deprep_terminal();
    lun_console_catch_stop(false);
    kill(0, SIGTSTP);
    lun_console_catch_stop(true);
    rl_prep_terminal(1);
    (void)prompt;
    rl_forced_update_display();
}

/* Waits for a key or a signal; false when Ctrl-C was pressed. */
static bool wait_for_key(const char *prompt)
{
    struct pollfd waits[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = lun_console_signal_pipe(), .events = POLLIN}};
    int ready = poll(waits, 2, -1);
    if (ready < 0 && errno == EINTR) rl_check_signals(); /* the window may have changed its size */
    for (char what; (what = lun_console_take_signal()) != 0;) {
        if (what == 'C') return false;
        if (what == 'Z') stop_and_come_back(prompt);
    }
    if (ready > 0 && waits[0].revents) rl_callback_read_char();
    return true;
}

lun_edit_result lun_edit_read(const char *prompt, char **line)
{
    bool cancelled = false;
    *line = NULL;
    while (lun_console_take_signal()) continue; /* pressed before there was a prompt */
    lun_console_interrupted();
    done = false;
    accepted = NULL;
    fflush(stdout);
    lun_console_catch_stop(true);
    rl_callback_handler_install(prompt, accept);
    while (!done && !cancelled) cancelled = !wait_for_key(prompt);
    if (cancelled) cancel();
    lun_console_catch_stop(false);
    lun_console_interrupted();
    if (cancelled) return LUN_EDIT_CANCELLED;
    if (!accepted) fputc('\n', stdout);
    *line = accepted;
    return accepted ? LUN_EDIT_LINE : LUN_EDIT_END;
}
