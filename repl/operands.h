/* operands.h - the variables that stand at the call that failed
 *
 * "y = x:matmul(w)" failed in matmul: x and w, with what they hold. Holds: raw reads only; a name is listed when its value is a tensor.
 * Read next: operands.c, repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_OPERANDS_H
#define LUN_REPL_OPERANDS_H
#include "repl/text.h"

enum { LUN_MOST_OPERANDS = 2 };

typedef struct lun_operands {
    char name[LUN_MOST_OPERANDS][48];  /* of the first and the second argument; "" where it is no plain name or no tensor */
} lun_operands;

/* Reads the line on which `op` failed in frame `level` of `dead` (-1: unknown). */
lun_operands lunL_operands_find(lua_State *L, lua_State *dead, int level, const char *line, const char *op);

/* Appends "\n  x: f32[2,3]   w: f32[4,3]" unless there is nothing to show: one alone whose shape the message has says nothing new. */
void lunL_operands_put(lua_State *L, lua_State *dead, int level, const lun_operands *operands, const char *message, lun_text *out);

/* Appends a hint in which x and y mean the first and the second argument, with the names that these have here. */
void lun_operands_put_hint(const lun_operands *operands, const char *hint, size_t length, lun_text *out);
#endif
