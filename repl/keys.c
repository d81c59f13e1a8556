/* keys.c - what our own keys do in a cell of many lines
 *
 * Holds: the text is changed through readline's own insert, delete and history functions, so undo and the kill ring know it.
 * Read next: keys.h, repl/indent.h, repl/paste.h, repl/painter.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/keys.h"

#include "repl/indent.h"
#include "repl/move.h"
#include "repl/painter.h"
#include "repl/paste.h"
#include "repl/typed.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static bool (*is_whole)(const char *text, size_t length);
static void (*print_help)(const char *line, size_t cursor);

/* --- breaking and running ------------------------------------------------------------------------------- */

/* Indents the row that byte `at` is on as it should be; the cursor stays on its character. */
static void indent_row(int at)
{
    int start = lun_move_row_start(at), blanks = 0, wanted = lun_indent_of(rl_line_buffer, (size_t)rl_end, (size_t)start);
    while (rl_line_buffer[start + blanks] == ' ') blanks++;
    if (wanted < 0 || wanted == blanks || start == 0) return;
    int point = rl_point + wanted - blanks;
    if (wanted < blanks) {
        rl_delete_text(start, start + blanks - wanted);
    } else {
        char spaces[256];
        int more = wanted - blanks < 255 ? wanted - blanks : 255;
        memset(spaces, ' ', sizeof spaces);
        spaces[more] = '\0';
        rl_point = start;
        rl_insert_text(spaces);
    }
    rl_point = point > start ? point : start;
}

/* A row that begins with `end` and the like stands a level too deep while it is typed, and one that goes on to `ending` a level
 * too high. True if it was moved. */
static bool settle_row(void)
{
    int start = lun_move_row_start(rl_point), blanks = 0, word = 0;
    if (start == 0) return false;
    while (rl_line_buffer[start + blanks] == ' ') blanks++;
    const char *text = rl_line_buffer + start + blanks;
    while (isalnum((unsigned char)text[word])) word++;
    bool closes = lun_indent_closes(text, word ? (size_t)word : 1);
    bool closed = word > 1 && lun_indent_closes(text, (size_t)word - 1);
    if (!closes && !closed) return false;
    int wanted = lun_indent_of(rl_line_buffer, (size_t)rl_end, (size_t)start);
    if (blanks - wanted != (closes ? LUN_INDENT_STEP : -LUN_INDENT_STEP)) return false;
    indent_row(start);
    return true;
}

void lun_keys_after(void)
{
    if (rl_last_func == rl_insert && settle_row()) rl_redisplay_function();
}

static int break_line(int count, int key)
{
    (void)count;
    (void)key;
    rl_begin_undo_group();
    settle_row();
    rl_insert_text("\n");
    int blanks = 0;
    while (rl_line_buffer[rl_point + blanks] == ' ') blanks++;
    rl_delete_text(rl_point, rl_point + blanks);
    indent_row(rl_point);
    rl_end_undo_group();
    return 0;
}

static int accept(int count, int key)
{
    if (is_whole && !is_whole(rl_line_buffer, (size_t)rl_end)) return break_line(count, key);
    settle_row();
    lun_painter_end("");
    return rl_newline(count, key);
}

/* At the end of a row the newline goes, so that pressing it again joins the next row. */
static int kill_to_row_end(int count, int key)
{
    int end = lun_move_row_end(rl_point);
    (void)count;
    (void)key;
    return rl_kill_text(rl_point, end == rl_point && end < rl_end ? end + 1 : end);
}

static int kill_to_row_start(int count, int key)
{
    int start = lun_move_row_start(rl_point), end = rl_point;
    (void)count;
    (void)key;
    rl_kill_text(start == end && start > 0 ? start - 1 : start, end);
    rl_point = start == end && start > 0 ? start - 1 : start;
    return 0;
}

/* --- Tab, the screen, the editor ------------------------------------------------------------------------ */

static int complete_or_indent(int count, int key)
{
    int start = lun_move_row_start(rl_point);
    bool blank = true;
    for (int i = start; i < rl_point; i++) blank = blank && isspace((unsigned char)rl_line_buffer[i]);
    if (blank && (rl_end > 0 || start > 0)) return rl_insert_text("  ") > 0 ? 0 : 1;
    if (rl_last_func == complete_or_indent) rl_last_func = rl_complete; /* a second Tab lists */
    return rl_complete(count, key);
}

static int help_at_cursor(int count, int key)
{
    (void)count;
    (void)key;
    lun_painter_leave();
    if (print_help) print_help(rl_line_buffer, (size_t)rl_point);
    fflush(stdout);
    rl_forced_update_display();
    return 0;
}

static int clear_screen(int count, int key)
{
    (void)count;
    (void)key;
    lun_painter_clear();
    return 0;
}

/* Replaces the text by what the editor left in the file; false if there is nothing new. */
static bool take_back(const char *path)
{
    FILE *file = fopen(path, "re");
    lun_text text = {0};
    char bytes[4096];
    size_t n;
    if (!file) return false;
    while ((n = fread(bytes, 1, sizeof bytes, file)) > 0) lun_text_add(&text, bytes, n);
    fclose(file);
    while (text.length > 0 && isspace((unsigned char)text.bytes[text.length - 1])) lun_text_cut(&text, text.length - 1);
    bool good = !text.failed && !memchr(lun_text_string(&text), 0, text.length);
    if (good) {
        rl_begin_undo_group();
        rl_delete_text(0, rl_end);
        rl_point = 0;
        rl_insert_text(lun_text_string(&text));
        rl_end_undo_group();
    }
    lun_text_free(&text);
    return good;
}

static int edit_in_editor(int count, int key)
{
    const char *folder = getenv("TMPDIR"), *editor = getenv("VISUAL");
    char path[512], command[1200];
    (void)count;
    (void)key;
    if (!editor || !*editor) editor = getenv("EDITOR");
    snprintf(path, sizeof path, "%s/lunette-XXXXXX.lua", folder && *folder ? folder : "/tmp");
    int file = mkstemps(path, 4), n = snprintf(command, sizeof command, "%s '%s'", editor && *editor ? editor : "vi", path);
    bool written = file >= 0 && write(file, rl_line_buffer, (size_t)rl_end) == rl_end && write(file, "\n", 1) == 1;
    if (file >= 0) close(file);
    lun_painter_leave();
    rl_deprep_terminal();
    if (written && n < (int)sizeof command && !strchr(path, '\'')) {
        if (system(command) == 0) take_back(path);
    } else {
        fputs("no temporary file can be written for the editor\n", stderr);
    }
    if (file >= 0) unlink(path);
    rl_prep_terminal(1);
    rl_forced_update_display();
    return 0;
}

/* --- pasting -------------------------------------------------------------------------------------------- */

/* Reads up to the end of the paste; what comes behind it is given back. */
static void read_paste(lun_text *paste)
{
    static const char end[] = "\033[201~";
    char bytes[4096];
    for (;;) {
        char *found = paste->length ? memmem(paste->bytes, paste->length, end, sizeof end - 1) : NULL;
        if (found) {
            size_t behind = (size_t)(found - paste->bytes) + sizeof end - 1;
            lun_typed_give_back(paste->bytes + behind, paste->length - behind);
            lun_text_cut(paste, (size_t)(found - paste->bytes));
            return;
        }
        size_t n = lun_typed_take(bytes, sizeof bytes);
        if (n == 0) return; /* the terminal is gone, or Ctrl-C */
        lun_text_add(paste, bytes, n);
        if (paste->failed) return;
    }
}

static int paste(int count, int key)
{
    lun_text raw = {0}, clean = {0};
    (void)count;
    (void)key;
    read_paste(&raw);
    if (raw.length) lun_paste_clean(raw.bytes, raw.length, &clean);
    for (size_t i = 0; i < clean.length; i++)
        if (clean.bytes[i] == '\0') clean.bytes[i] = ' ';
    if (!clean.failed) rl_insert_text(lun_text_string(&clean));
    lun_text_free(&raw);
    lun_text_free(&clean);
    return 0;
}

/* --- the table ------------------------------------------------------------------------------------------ */

typedef struct binding {
    const char *name;
    rl_command_func_t *run;
    const char *keys[6];   /* as rl_bind_keyseq reads them */
} binding;

static const binding bindings[] = {
    {"lunette-accept", accept, {"\\C-m", "\\C-j"}},
    {"lunette-break-line", break_line, {"\\e\\C-m", "\\e\\C-j"}},
    {"lunette-up", lun_move_up, {"\\e[A", "\\eOA", "\\C-p"}},
    {"lunette-down", lun_move_down, {"\\e[B", "\\eOB", "\\C-n"}},
    {"lunette-older", lun_move_older, {"\\ep", "\\e[5~"}},
    {"lunette-newer", lun_move_newer, {"\\en", "\\e[6~"}},
    {"lunette-row-start", lun_move_to_row_start, {"\\C-a", "\\e[H", "\\eOH", "\\e[1~"}},
    {"lunette-row-end", lun_move_to_row_end, {"\\C-e", "\\e[F", "\\eOF", "\\e[4~"}},
    {"lunette-kill-row-end", kill_to_row_end, {"\\C-k"}},
    {"lunette-kill-row-start", kill_to_row_start, {"\\C-u"}},
    {"lunette-complete", complete_or_indent, {"\\C-i"}},
    {"lunette-help", help_at_cursor, {"\\C-x?", "\\eOP", "\\e[11~"}},
    {"lunette-clear-screen", clear_screen, {"\\C-l"}},
    {"lunette-edit", edit_in_editor, {"\\C-x\\C-e"}},
    {"lunette-paste", paste, {"\\e[200~"}},
    {NULL, NULL, {NULL}}};

/* Control keys mean something else when vi mode is not inserting. */
static bool in_vi_movement(const char *keys)
{
    return keys[1] == 'e' || strcmp(keys, "\\C-m") == 0 || strcmp(keys, "\\C-l") == 0;
}

void lun_keys_open(bool (*whole)(const char *text, size_t length), void (*help)(const char *line, size_t cursor))
{
    is_whole = whole;
    print_help = help;
    for (const binding *b = bindings; b->name; b++) {
        rl_add_defun(b->name, b->run, -1);
        for (const char *const *keys = b->keys; *keys; keys++) {
            bool meta = strncmp(*keys, "\\e", 2) == 0 && (*keys)[2] != '[' && (*keys)[2] != 'O'; /* Escape ends inserting in vi */
            rl_bind_keyseq_in_map(*keys, b->run, emacs_standard_keymap);
            if (!meta) rl_bind_keyseq_in_map(*keys, b->run, vi_insertion_keymap);
            if (!meta && in_vi_movement(*keys)) rl_bind_keyseq_in_map(*keys, b->run, vi_movement_keymap);
        }
    }
}

void lun_keys_keep(void)
{
    static const char *const theirs[] = {"previous-history", "next-history", "history-search-backward", "history-search-forward",
                                         "history-substring-search-backward", "history-substring-search-forward"};
    static const char *const arrows[] = {"\033[A", "\033[B", "\033OA", "\033OB"};
    Keymap map = rl_get_keymap();
    for (int i = 0; i < 4; i++) {
        int kind;
        rl_command_func_t *bound = rl_function_of_keyseq(arrows[i], map, &kind);
        for (int j = 0; j < 6 && kind == ISFUNC; j++)
            if (bound && bound == rl_named_function(theirs[j]))
                rl_generic_bind(ISFUNC, arrows[i], (char *)(i % 2 ? lun_move_down : lun_move_up), map);
    }
}
