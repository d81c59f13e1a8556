/* undo.h - a sleeping copy of the session from before the last cell, for %undo
 *
 * Before a cell runs the session forks; the copy sleeps, sharing all memory that nobody writes to. %undo wakes it, and the process that
 * ran the cell stays only to hand on how the session ends, because it is the one that others know. So everything in memory is what it
 * was: names, tensors, random numbers, modules. What was written to files and terminals is not.
 * Holds: the copy lives no longer than its session. Where no true copy can be made (threads of a loader, a GPU, tensors that fill the
 * memory), or where it would cost time that nobody asked to spend (tensors of more than 16 MiB), there is none, and %undo says why.
 * Read next: undo.c, repl/loop.c, lib/magics/undo.lua.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_UNDO_H
#define LUN_REPL_UNDO_H
#include <stdbool.h>

/* Makes the copy before the cell `text` runs, in place of the one before it; cells that only look keep that. True in the copy, when it was
 * woken: then the cell is not to be run. */
bool lun_undo_mark(const char *text);

/* Wakes the copy and does not return, or returns why there is none. */
const char *lun_undo(void);

/* Why no process can be made that has all that this one has, or NULL. */
const char *lun_undo_no_copy(void);

/* In another process made of this one: the copy is not its business. */
void lun_undo_forget(void);

/* Whether copies are made from now on; unless told otherwise they are while the tensors are small. */
void lun_undo_wanted(bool on);
#endif
