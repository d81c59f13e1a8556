/* session.h - what a session remembers
 *
 * In[n] and Out[n], `_ __ _n`, the lazily loaded modules, and the rule that an undefined name in a cell is an error. All of
 * it hangs on the metatable of _G, so cells, `load` and required code share one set of globals and library code is not
 * judged.
 * Holds: big old results are let go (64 MiB, 1000 results) and reading one says so. Read next: session.c, repl/eval.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_SESSION_H
#define LUN_REPL_SESSION_H
#include "repl/options.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lunL_shell {
    lua_State *L;
    const lun_options *options;
    int argc;
    int cell;            /* number of the cell that runs or ran last */
    bool interactive;    /* prompts and Out[n] labels */
    bool leaving;        /* asked to end the session */
    bool stop_met_nobody;
    int prompts;         /* nested prompts that are open */
    char notebook[128];  /* "=name.lua": source of the cells of an open notebook, "" when there is none */
} lunL_shell;

/* The one shell of this process. */
extern lunL_shell lunL_the_shell;

/* A global that stands for a module until it is touched. */
typedef struct lunL_module_row { const char *global, *module, *help; } lunL_module_row;
extern const lunL_module_row lunL_session_modules[];

void lunL_session_open(lua_State *L);
/* Loads module `global` if it is a row above and pushes it; false and nothing pushed if it is no row. May raise. */
bool lunL_session_module(lua_State *L, const char *global);
/* Counts a cell and keeps its text as In[n]; the text of pipes and scripts is kept for error messages only. */
void lunL_session_begin(lua_State *L, const char *text, size_t length);
/* Lets the result Out[n] go. */
void lunL_session_forget(lua_State *L, int n);
/* Does the global `name` come with Lua or Lunette? */
bool lunL_session_comes_with(const char *name);
/* Keeps the `values` results on top of the stack as Out[n], `_` and `__`. Leaves them. */
void lunL_session_store(lua_State *L, int values);

/* Gives chunks named `source` ("=In[3]", "=stdin") their text, so that errors can show the line. Pops nothing. */
void lunL_session_keep_source(lua_State *L, const char *source, const char *text, size_t length);
/* Pushes the text kept for `source`, or nil. */
void lunL_session_push_source(lua_State *L, const char *source);
/* Was this chunk typed (and is therefore judged by strict rules)? */
bool lunL_session_is_cell(const char *source);
/* Pushes the table In or Out. */
void lunL_session_push_list(lua_State *L, const char *name);
#endif
