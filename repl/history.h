/* history.h - what was typed before, kept between sessions
 *
 * One line per cell in $XDG_STATE_HOME/lunette/history: seconds since 1970, a tab, the cell with newline written \n and
 * backslash \\. Appended as it is typed, so two shells do not overwrite each other and a crash loses nothing.
 * Holds: mode 600 (what others may read is made so); a home that cannot be written costs one notice, never the session. Read next: repl/edit.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_HISTORY_H
#define LUN_REPL_HISTORY_H
#include <stdbool.h>
#include <stddef.h>

/* Calls `add` for each kept cell, oldest first, and opens the file for appending. A notice goes to stderr when it is not kept. */
void lun_history_open(void (*add)(const char *cell));
/* Appends a cell; does nothing when the file could not be opened. */
void lun_history_append(const char *cell, size_t length);

/* Says, once in a session, that something cannot be kept and why; `path` may be NULL. */
void lun_history_complain(const char *path, const char *why);

/* Renames a damaged file to the first of PATH.bad, PATH.bad.1, ... that is free. */
bool lun_history_set_aside(const char *path, char *aside, size_t size);

/* The path of a file of ours, "$XDG_STATE_HOME/lunette/NAME" or below ~/.local/state, its folders made; false when there is no home. */
bool lun_history_file(char *path, size_t size, const char *name);
#endif
