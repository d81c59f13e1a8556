/* input.c - where lines come from: the person, a pipe, or a command file
 *
 * Holds: a line of a file may hold any byte; of the editor, any but 0. Read next: input.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/input.h"

#include "repl/command.h"
#include "repl/complete.h"
#include "repl/edit.h"
#include "repl/ghost.h"
#include "repl/lookup.h"
#include "repl/run.h"
#include "repl/session.h"
#include "repl/console.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

lun_input lun_input_main;
lun_input lun_input_script;

static lua_State *judge;

static bool whole(const char *text, size_t length) { return lunL_run_judge(judge, text, length) == LUNL_RUN_WHOLE; }

/* Of the chain of names that ends at the cursor or goes on behind it; before a bracket, of what is called. */
static void help(const char *line, size_t cursor)
{
    size_t from = 0, to = cursor;
    char name[256];
    while (line[to] == '_' || isalnum((unsigned char)line[to])) to++;
    while (to > 0 && strchr(" ({\"'", line[to - 1])) to--;
    bool found = lun_lookup_chain(line, to, &from) && to - from < sizeof name;
    snprintf(name, sizeof name, "%.*s", found ? (int)(to - from) : 0, line + from);
    if (found) lunL_help(judge, 0, name, false);
    else puts("no name stands at the cursor");
}

static void open_editor(void)
{
    static bool opened;
    lun_edit_settings settings = {.plain = lunL_the_shell.options->plain, .complete = lunL_complete, .describe = lunL_complete_describe,
                                  .whole = whole, .help = help, .ghost = lunL_ghost};
    if (opened) return;
    lun_edit_open(&settings);
    opened = true;
}

static lun_input_result edited_line(const char *prompt, lun_text *line)
{
    char *typed;
    open_editor();
    lun_edit_result result = lun_edit_read(prompt, &typed);
    if (typed) lun_text_put(line, typed);
    free(typed);
    return result == LUN_EDIT_LINE ? LUN_INPUT_LINE : result == LUN_EDIT_END ? LUN_INPUT_END : LUN_INPUT_CANCELLED;
}

static lun_input_result file_line(lun_input *input, const char *prompt, lun_text *line)
{
    char *bytes = NULL;
    size_t room = 0;
    ssize_t length;
    errno = 0;
    do length = getline(&bytes, &room, input->file);
    while (length < 0 && errno == EINTR && !lun_console_interrupted() && (clearerr(input->file), errno = 0, true));
    bool cancelled = length < 0 && errno == EINTR;
    if (length > 0 && bytes[length - 1] == '\n') length--;
    if (length > 0 && bytes[length - 1] == '\r') length--;
    if (length >= 0) {
        lun_text_add(line, bytes, (size_t)length);
        input->line++;
    }
    if (length >= 0 && input->kind == LUN_INPUT_SCRIPT) printf("%s%.*s\n", prompt, (int)length, bytes);
    free(bytes);
    return length >= 0 ? LUN_INPUT_LINE : cancelled ? LUN_INPUT_CANCELLED : LUN_INPUT_END;
}

lun_input_result lunL_input_line(lua_State *L, lun_input *input, const char *prompt, lun_text *line)
{
    judge = L;
    switch (input->kind) {
    case LUN_INPUT_EDITOR: return edited_line(prompt, line);
    case LUN_INPUT_PIPE:
    case LUN_INPUT_SCRIPT: return file_line(input, prompt, line);
    default: return LUN_INPUT_END;
    }
}

/* As wide as the prompt, so that the text of a cell stands in one column: "   ..  ". */
static void continuation(const char *prompt, char *to, size_t size)
{
    size_t width = strlen(prompt) < 5 ? 5 : strlen(prompt);
    if (width >= size) width = size - 1;
    memset(to, ' ', width);
    memcpy(to + width - 4, "..", 2);
    to[width] = '\0';
}

lun_input_result lunL_input_cell(lua_State *L, lun_input *input, const char *prompt, lun_text *cell)
{
    char next[64];
    lun_input_result result = LUN_INPUT_LINE;
    continuation(prompt, next, sizeof next);
    if (cell->length == 0) result = lunL_input_line(L, input, prompt, cell);
    while (result == LUN_INPUT_LINE &&
           lunL_run_judge(L, lun_text_string(cell), cell->length) == LUNL_RUN_MORE) {
        lun_text_put(cell, "\n");
        result = lunL_input_line(L, input, next, cell);
    }
    if (result == LUN_INPUT_END && cell->length > 0) result = LUN_INPUT_LINE; /* what there is gets its error message */
    bool blank = strspn(lun_text_string(cell), " \t\n") == cell->length;
    if (input->kind == LUN_INPUT_EDITOR && result == LUN_INPUT_LINE && !blank) lun_edit_remember(lun_text_string(cell));
    return result;
}

void lun_input_type(const char *text) { lun_edit_type(text); }

void lun_input_remember(const char *text) { lun_edit_remember(text); }
