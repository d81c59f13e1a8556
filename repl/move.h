/* move.h - the cursor through the rows of a cell, and the cell through those typed before
 *
 * Commands for readline. Up and Down move by a row; in the first and the last row they go through the history, where only cells
 * that begin with what stood before the cursor when the walk began are met. Edits of a recalled cell last until one is run.
 * Read next: move.c, repl/keys.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_MOVE_H
#define LUN_REPL_MOVE_H

int lun_move_up(int count, int key);
int lun_move_down(int count, int key);
int lun_move_older(int count, int key);
int lun_move_newer(int count, int key);
int lun_move_to_row_start(int count, int key);
int lun_move_to_row_end(int count, int key);

/* First byte of the row that byte `at` of the line is on, and the byte behind its last. */
int lun_move_row_start(int at);
int lun_move_row_end(int at);
#endif
