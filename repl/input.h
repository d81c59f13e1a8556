/* input.h - where lines come from: the person, a pipe, or a command file
 *
 * Holds: the editor is opened at its first use, so a script pays nothing for it; a pipe is read through stdio's stdin, the same
 * that io.read uses. Read next: input.c, repl/edit.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_INPUT_H
#define LUN_REPL_INPUT_H
#include "repl/text.h"

#include <stdio.h>

typedef enum {
    LUN_INPUT_LINE,
    LUN_INPUT_END,
    LUN_INPUT_CANCELLED    /* Ctrl-C: what was typed is dropped */
} lun_input_result;

typedef enum { LUN_INPUT_NOBODY, LUN_INPUT_EDITOR, LUN_INPUT_PIPE, LUN_INPUT_SCRIPT } lun_input_kind;

typedef struct lun_input {
    lun_input_kind kind;
    FILE *file;            /* of a pipe or script */
    int line;              /* lines read so far from it */
} lun_input;

extern lun_input lun_input_main;    /* stdin, by terminal or not */
extern lun_input lun_input_script;  /* --dbg FILE; kind NOBODY when there is none */

/* Appends a line without its newline; of the person at a terminal, a cell. */
lun_input_result lunL_input_line(lua_State *L, lun_input *input, const char *prompt, lun_text *line);

/* Appends a whole cell: lines until they are a chunk. Its first line may be given already in `cell`. A cell from the editor
 * goes to the history. Never raises. */
lun_input_result lunL_input_cell(lua_State *L, lun_input *input, const char *prompt, lun_text *cell);

/* What stands at the next prompt of the person, to be changed and run. */
void lun_input_type(const char *text);
/* Puts a line in the history that lunL_input_line read. */
void lun_input_remember(const char *text);
#endif
