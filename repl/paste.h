/* paste.h - pasted text as code
 *
 * Holds: pure. Read next: paste.c, repl/keys.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_PASTE_H
#define LUN_REPL_PASTE_H
#include "repl/text.h"

/* Appends the pasted text with newlines for carriage returns and without blank lines at its end. When it is a copy of a session
 * (some line begins with a prompt, of ours, of IPython, of th or of lua), prompts go and so does everything between the cells. */
void lun_paste_clean(const char *text, size_t length, lun_text *out);
#endif
