/* keys.h - what our own keys do in a cell of many lines
 *
 * Commands for readline, each with a name for the user's inputrc (lunette-accept, lunette-break-line ...), bound to the usual
 * keys before that file is read.
 * Read next: keys.c, repl/edit.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_KEYS_H
#define LUN_REPL_KEYS_H
#include <stdbool.h>
#include <stddef.h>

/* Before rl_initialize. `whole`: is this text a cell that can run? Enter asks. `help`: prints about the name at the cursor, for F1. */
void lun_keys_open(bool (*whole)(const char *text, size_t length), void (*help)(const char *line, size_t cursor));
/* After rl_initialize: arrow keys that the inputrc gave to readline's own history search become ours, which do that too. */
void lun_keys_keep(void);
/* After each key: indents the row anew when a word that closes a block was typed at its start. */
void lun_keys_after(void);
#endif
