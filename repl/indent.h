/* indent.h - how far a row of a cell is indented
 *
 * Holds: pure; two columns a level, counted from the row that opened the block, whatever its own indentation is.
 * Read next: indent.c, repl/keys.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_INDENT_H
#define LUN_REPL_INDENT_H
#include <stdbool.h>
#include <stddef.h>

enum { LUN_INDENT_STEP = 2 };

/* Columns of the row that begins at byte `at`: what is open there, less one level when the row begins with what closes it.
 * -1: leave it alone, it begins inside a string or a comment. */
int lun_indent_of(const char *text, size_t length, size_t at);
/* Is this word or bracket one that closes or divides a block: end, else, elseif, until, ) ] }? */
bool lun_indent_closes(const char *word, size_t length);
#endif
