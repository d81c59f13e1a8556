/* edit.c - a line from the person at the terminal
 *
 * Holds: readline's own signal handling is off; between two calls of lun_edit_read its callback handler is removed, so the
 * terminal is as the user's programs expect it. Read next: edit.h, repl/console.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/edit.h"

#include "repl/console.h"
#include "repl/history.h"
#include "repl/keys.h"
#include "repl/matches.h"
#include "repl/painter.h"
#include "repl/typed.h"

#include <locale.h>
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
static bool done, paints;

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
    free(found.note);
    found.words = NULL;
    found.note = NULL;
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

/* The first of readline's list is what all have in common. */
static void show_matches(char **matches, int count, int longest)
{
    (void)longest;
    lun_painter_leave();
    lun_matches_show(matches + 1, count, found.note, settings.describe, found.files);
    rl_forced_update_display();
}

/* readline cuts the word to complete by single characters; a Lua expression is cut by our lexer. It asks this function first
 * where the word begins, so the answer is prepared here. */
static char *word_breaks(void)
{
    static char breaks[2] = "";
    size_t cursor = (size_t)rl_point;
    forget_words();
    found = settings.complete ? settings.complete(rl_line_buffer, cursor) : (lun_edit_completion){.from = cursor};
    if (paints && found.note && !found.words) show_matches((char *[]){NULL}, 0, 0);
    /* The byte before the word is made the only break: readline walks back to its nearest occurrence. */
    breaks[0] = found.from > 0 && found.from <= cursor ? rl_line_buffer[found.from - 1] : '\0';
    breaks[1] = '\0';
    return breaks;
}

/* --- signals while a key is awaited ------------------------------------------------------------------------ */

static void stop_and_come_back(void)
{
    if (paints) lun_painter_leave();
    rl_deprep_terminal();
    lun_console_catch_stop(false);
    kill(0, SIGTSTP);
    lun_console_catch_stop(true);
    rl_prep_terminal(1);
    rl_forced_update_display();
}

static void hear(char what)
{
    if (what == 'Z') stop_and_come_back();
    if (what == 'W') rl_resize_terminal();
}

/* --- opening -------------------------------------------------------------------------------------------- */

static void add_old(const char *cell) { add_history(cell); }

/* Without a word about it in the environment text is UTF-8. */
static void find_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++)
        if (getenv(names[i]) && *getenv(names[i])) return;
    setlocale(LC_CTYPE, "C.UTF-8");
}

static void take_over(void)
{
    rl_variable_bind("show-all-if-ambiguous", "on");
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("bind-tty-special-chars", "off"); /* C-u would be given back to readline at each prompt */
    rl_redisplay_function = lun_painter_paint;
    rl_completion_display_matches_hook = show_matches;
    lun_keys_open(settings.whole, settings.help);
}

void lun_edit_open(const lun_edit_settings *wanted)
{
    settings = *wanted;
    rl_readline_name = "lunette";
    rl_catch_signals = rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_getc_function = lun_typed_key;
    lun_typed_open(hear);
    rl_attempted_completion_function = complete;
    rl_completion_word_break_hook = word_breaks;
    rl_completer_quote_characters = "";
    rl_basic_word_break_characters = "";
    rl_filename_quoting_desired = 0;
    rl_sort_completion_matches = 0;
    stifle_history(2000);
    paints = !settings.plain && !lun_console_dumb() && lun_console_output();
    find_locale();
    if (paints) take_over();
    if (paints) lun_painter_ghost = settings.ghost;
    else rl_variable_bind("enable-bracketed-paste", "off");
    rl_initialize();
    if (paints) lun_keys_keep();
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

static void nothing(void) {}

static void cancel(void)
{
    if (paints) {
        lun_painter_end("^C");
    } else {
        rl_point = rl_end; /* so that the next prompt starts below a line of several rows */
        rl_redisplay();
        fputs("^C\n", rl_outstream); /* now: giving the terminal back moves the cursor to the first column */
        fflush(rl_outstream);
    }
    rl_redisplay_function = nothing; /* what follows would draw the line again */
    rl_callback_sigcleanup();
    rl_replace_line("", 0);
    rl_callback_handler_remove();
    rl_redisplay_function = paints ? lun_painter_paint : rl_redisplay;
}

/* False when Ctrl-C was pressed, perhaps while readline waited for a second key. */
static bool wait_for_key(void)
{
    if (lun_typed_wait() == LUN_TYPED_CTRL_C) return false;
    rl_callback_read_char();
    if (paints && !done) lun_keys_after();
    return done || !lun_typed_interrupted();
}

static char *typed; /* for the next line */

void lun_edit_type(const char *text)
{
    free(typed);
    typed = strdup(text);
}

static void put_typed(void)
{
    if (!typed) return;
    rl_insert_text(typed);
    free(typed);
    typed = NULL;
    rl_redisplay_function();
}

lun_edit_result lun_edit_read(const char *prompt, char **line)
{
    bool cancelled = false;
    *line = NULL;
    if (lun_console_forget_signals()) fputc('\n', stdout); /* pressed before there was a prompt; the terminal wrote ^C */
    lun_console_interrupted();
    done = false;
    accepted = NULL;
    fflush(stdout);
    lun_console_catch_stop(true);
    if (paints) lun_painter_begin();
    rl_callback_handler_install(prompt, accept);
    put_typed();
    while (!done && !cancelled) cancelled = !wait_for_key();
    if (cancelled) cancel();
    lun_console_catch_stop(false);
    if (cancelled) { /* one that comes behind Enter is for what runs then */
        lun_console_forget_signals(); /* readline may have raised it a second time */
        lun_console_interrupted();
        return LUN_EDIT_CANCELLED;
    }
    if (!accepted && paints) lun_painter_end("");
    else if (!accepted) fputc('\n', stdout);
    *line = accepted;
    return accepted ? LUN_EDIT_LINE : LUN_EDIT_END;
}
