/* move.c - the cursor through the rows of a cell, and the cell through those typed before
 *
 * Holds: the history is walked by readline's own functions, so what was edited there, and the cell that was not yet run, stay.
 * Read next: move.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/move.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

/* --- rows ----------------------------------------------------------------------------------------------- */

int lun_move_row_start(int at)
{
    while (at > 0 && rl_line_buffer[at - 1] != '\n') at--;
    return at;
}

int lun_move_row_end(int at)
{
    while (at < rl_end && rl_line_buffer[at] != '\n') at++;
    return at;
}

int lun_move_to_row_start(int count, int key)
{
    (void)count;
    (void)key;
    rl_point = lun_move_row_start(rl_point);
    return 0;
}

int lun_move_to_row_end(int count, int key)
{
    (void)count;
    (void)key;
    rl_point = lun_move_row_end(rl_point);
    return 0;
}

/* Was the last key one of these too, so that this one goes on from it? */
static bool goes_on(void)
{
    static rl_command_func_t *const family[] = {lun_move_up, lun_move_down, lun_move_older, lun_move_newer};
    for (int i = 0; i < 4; i++)
        if (rl_last_func == family[i]) return true;
    return false;
}

static bool move_row(int direction)
{
    static int goal;
    int start = lun_move_row_start(rl_point), end = lun_move_row_end(rl_point);
    if (direction < 0 ? start == 0 : end == rl_end) return false;
    if (!goes_on()) goal = rl_point - start;
    int there = direction < 0 ? lun_move_row_start(start - 1) : end + 1, there_end = lun_move_row_end(there);
    rl_point = there + goal < there_end ? there + goal : there_end;
    while (rl_point > there && ((unsigned char)rl_line_buffer[rl_point] & 0xC0) == 0x80) rl_point--; /* not inside a character */
    return true;
}

int lun_move_up(int count, int key) { return move_row(-1) ? 0 : lun_move_older(count, key); }

int lun_move_down(int count, int key) { return move_row(1) ? 0 : lun_move_newer(count, key); }

/* --- history -------------------------------------------------------------------------------------------- */

static char *prefix;

/* The next position in this direction whose cell begins with the prefix and is another than the one shown; -1: none. */
static int find(int direction)
{
    HIST_ENTRY **list = history_list();
    for (int i = where_history() + direction; list && i >= 0 && i < history_length; i += direction)
        if (strncmp(list[i]->line, prefix, strlen(prefix)) == 0 && strcmp(list[i]->line, rl_line_buffer) != 0) return i;
    return -1;
}

static bool begin_walk(void)
{
    if (prefix && goes_on()) return true;
    free(prefix);
    prefix = strndup(rl_line_buffer, (size_t)rl_point);
    return prefix != NULL;
}

int lun_move_older(int count, int key)
{
    int found = begin_walk() ? find(-1) : -1;
    (void)count;
    if (found < 0) return rl_ding();
    rl_get_previous_history(where_history() - found, key);
    rl_point = lun_move_row_end(0); /* so that the next Up goes on, as in Julia */
    return 0;
}

int lun_move_newer(int count, int key)
{
    int found = begin_walk() ? find(1) : -1, where = where_history();
    (void)count;
    if (where >= history_length) return rl_ding();
    rl_get_next_history((found < 0 ? history_length : found) - where, key); /* at the end: what was not yet run */
    rl_point = rl_end;
    return 0;
}
