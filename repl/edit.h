/* edit.h - a line from the person at the terminal
 *
 * readline behind four calls, through its callback interface: one poll waits for keys and for signals, so Ctrl-C and Ctrl-Z
 * never arrive inside readline. On a terminal that can move its cursor the line is a whole cell, drawn by repl/painter.h.
 * Holds: the terminal is in its ordinary mode whenever none of these functions runs. No Lua here.
 * Read next: edit.c, repl/complete.c (who answers Tab).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_EDIT_H
#define LUN_REPL_EDIT_H
#include <stdbool.h>
#include <stddef.h>

typedef enum { LUN_EDIT_LINE, LUN_EDIT_END, LUN_EDIT_CANCELLED } lun_edit_result;

/* What Tab found: bytes `from` to the cursor are replaced by one of `words` (malloced strings, NULL-terminated array, freed
 * by the editor). words NULL: nothing found. */
typedef struct lun_edit_completion {
    size_t from;
    char **words;
    bool files;    /* offer file names instead: the cursor is in a string */
    char *note;    /* a line to show above them, or alone; malloced, freed by the editor */
} lun_edit_completion;

/* What is shown dim behind the row of the cursor: text NULL is nothing; wrong: a reason why the cell will fail. */
typedef struct lun_edit_ghost { const char *text; bool wrong; } lun_edit_ghost;

typedef struct lun_edit_settings {
    bool plain;                                /* no escape sequences: readline draws, one line at a time */
    lun_edit_completion (*complete)(const char *line, size_t cursor);
    char *(*describe)(const char *word);            /* a line about a word that `complete` gave last; malloced, or NULL */
    void (*help)(const char *line, size_t cursor);  /* prints what is known about the name at the cursor */
    lun_edit_ghost (*ghost)(const char *text, size_t length); /* about a cell typed so far; the text lives until the next call */
    bool (*whole)(const char *text, size_t length); /* can this cell run, or does Enter break the line? */
} lun_edit_settings;

void lun_edit_open(const lun_edit_settings *settings);
/* A cell, or where the terminal is plain a line, which may hold newlines when recalled. *line is malloced, NULL unless
 * LUN_EDIT_LINE. Ctrl-C gives LUN_EDIT_CANCELLED. */
lun_edit_result lun_edit_read(const char *prompt, char **line);
/* The next lun_edit_read begins with this text. */
void lun_edit_type(const char *text);
/* Puts a whole cell in the history, here and in the file. */
void lun_edit_remember(const char *cell);
#endif
