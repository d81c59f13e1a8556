/* matches.h - the list of completions below a cell
 *
 * Few of them stand one to a row with what is known about each, many in columns; never more than a screen.
 * Read next: matches.c, repl/edit.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_MATCHES_H
#define LUN_REPL_MATCHES_H

/* words[0, count). `describe` may be NULL, `note` too; `files`: only the last part of each word is shown. */
void lun_matches_show(char **words, int count, const char *note, char *(*describe)(const char *word), int files);
#endif
