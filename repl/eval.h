/* eval.h - runs a function for the person at the prompt
 *
 * Every evaluation (a cell, a script, a line typed at a stop, showing a result) runs on a fresh coroutine: Ctrl-C reaches it,
 * a failure leaves its frames to be read before <close> variables run, and nothing leaks into the next one.
 * Holds: never raises, whatever the code does; the error has been reported when it returns. Read next: eval.c, repl/report.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_EVAL_H
#define LUN_REPL_EVAL_H
#include <lua.h>
#include <stdbool.h>

typedef enum {
    LUNL_EVAL_GOOD,
    LUNL_EVAL_ERROR,
    LUNL_EVAL_MEMORY,
    LUNL_EVAL_INTERRUPTED,
    LUNL_EVAL_QUIT,        /* the debugger's q: the run is given up silently */
    LUNL_EVAL_EXIT,        /* the debugger's Q: end the program */
    LUNL_EVAL_REWIND       /* time travel's business, further out */
} lunL_eval_status;

/* Runs the function below the `arguments` values on top of the stack; both are consumed. On LUNL_EVAL_GOOD *results values
 * are pushed. `names`: what lunL_locals_rescue gets, or NULL. */
lunL_eval_status lunL_eval(lua_State *L, int arguments, int *results, const char *names);

/* The same for a whole cell or script: one that the debugger leaves to go back in is run again. */
lunL_eval_status lunL_eval_run(lua_State *L, int arguments, int *results, const char *names);

/* Shows the `values` on top of the stack as results of the present cell, and pops them. */
lunL_eval_status lunL_eval_show(lua_State *L, int values);

/* What the program returns when a script ends like this. */
int lunL_eval_exit_status(lunL_eval_status status);
#endif
