/* cell.h - from typed text to a function
 *
 * Decides whether a text is a whole cell, and makes of it a chunk that gives back its last expression and lets its top-level
 * locals live on. One chunk per cell; what Lua itself would run is never given another meaning.
 * Read next: cell.c, repl/locals.h, repl/eval.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_CELL_H
#define LUN_REPL_CELL_H
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    LUNL_CELL_READY,      /* the function is pushed */
    LUNL_CELL_EMPTY,      /* nothing but space and comments; nothing is pushed */
    LUNL_CELL_INCOMPLETE, /* more lines may make it a chunk; the message is pushed */
    LUNL_CELL_WRONG       /* no line can; the message is pushed */
} lunL_cell_state;

typedef struct lunL_cell {
    const char *text;     /* borrowed */
    size_t length;
    const char *source;   /* Lua's chunk name: "=In[3]" */
    int first_line;       /* number of the text's first line, from 1 */
    int env;              /* stack index of the environment, 0: the globals */
    /* filled in by lunL_cell_compile */
    bool shows;           /* its values are to be shown */
    char names[512];      /* " a b ": top-level locals, for lunL_locals_rescue */
} lunL_cell;

/* Text only: a binary chunk is wrong. May raise a memory error. */
lunL_cell_state lunL_cell_compile(lua_State *L, lunL_cell *cell);
#endif
