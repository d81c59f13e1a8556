/* hint.h - the line of an error report that says what to type instead
 *
 * Holds: the hint that came with the error, else a name that exists where the wrong one was used, else nothing.
 * Read next: hint.c, repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_HINT_H
#define LUN_REPL_HINT_H
#include "repl/operands.h"

#include <stdbool.h>

typedef struct lunL_failure {
    int object;                   /* index of the error */
    const char *message;          /* without its place */
    lua_State *dead;              /* the coroutine it happened in, not closed yet */
    int level;                    /* the frame, -1 unknown */
    const char *line;             /* the text of the line, or "" */
    const lun_operands *operands;
} lunL_failure;

/* Appends "\n  hint: ..." if there is one. */
void lunL_hint_put(lua_State *L, const lunL_failure *failure, lun_text *out);

/* The same for what other languages write (lib/errors/habits.lua), from the message and its line alone; true if there is one. */
bool lunL_hint_habit(lua_State *L, const char *message, const char *line, lun_text *out);
#endif
