/* journal.h - what this session typed, safe from whatever ends it
 *
 * One file per session below $XDG_STATE_HOME/lunette/sessions, in the form of a notebook: "-- %% In[3] rows=1", the cell, and behind it "-- good"
 * or "-- failed" when it has ended. It is written before the cell runs, so kill -9 loses nothing that was typed. A session that ends
 * well removes its file; what remains, unlocked, died.
 * Holds: mode 600; where nothing can be written the session goes on without, after one note. Read next: journal.c, lib/magics/recover.lua.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_JOURNAL_H
#define LUN_REPL_JOURNAL_H
#include <stdbool.h>
#include <stddef.h>

void lun_journal_open(void);
void lun_journal_cell(int number, const char *text, size_t length);
void lun_journal_ended(bool good);
void lun_journal_close(void);
/* The cells from this number on did not happen. */
void lun_journal_undone(int number);
/* Two processes stand for one session (repl/undo.h): one lets go of the file, the other goes on with it. */
void lun_journal_let_go(void);
void lun_journal_go_on(void);

/* The newest file of a session that died; false if there is none. */
bool lun_journal_dead(char *path, size_t size);
#endif
