/* run.h - one cell from text to shown result
 *
 * Holds: used by the prompt, by pipes and by nested prompts alike; whatever is typed, the shell goes on.
 * Read next: run.c, repl/cell.h, repl/eval.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_RUN_H
#define LUN_REPL_RUN_H
#include "repl/eval.h"

#include <stddef.h>

typedef enum { LUNL_RUN_WHOLE, LUNL_RUN_MORE } lunL_run_state;

/* Is the text a whole cell, or must more lines follow? Never raises. */
lunL_run_state lunL_run_judge(lua_State *L, const char *text, size_t length);

/* Runs a cell: counts it, keeps In[n], runs, shows, keeps Out[n], tells listeners. `source` NULL: "=In[n]"; else the lines
 * begin at `first_line` of that source. Never raises. */
lunL_eval_status lunL_run_cell(lua_State *L, const char *text, size_t length, const char *source, int first_line);

/* Runs Lua code typed as part of something else (%time, a stop's prompt) in the environment at `env` (0: globals) and shows
 * its values. May raise memory errors. */
lunL_eval_status lunL_run_lua(lua_State *L, int env, const char *text, size_t length);

/* Functions of the module lunette.shell: on_cell(f) calls f{text=, good=, number=, value=} after each cell. */
int lunL_run_add_listener(lua_State *L);
/* before_cell(f) calls f{text=, good=true, number=} before each cell is compiled. */
int lunL_run_add_early_listener(lua_State *L);
#endif
