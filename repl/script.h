/* script.h - what the command line asks to run: -e, -l, a file, standard input as one chunk
 *
 * Read next: script.c, repl/main.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_SCRIPT_H
#define LUN_REPL_SCRIPT_H
#include "repl/eval.h"

/* Sets the global `arg` as lua does: the script at 0, its arguments from 1, what came before at -1, -2, ... */
void lunL_script_set_arg(lua_State *L, int argc, char **argv, int script);
/* -e and -l, in order; stops at the first that fails. */
lunL_eval_status lunL_script_run_chunks(lua_State *L, char **argv);
/* The script (or "-") with the arguments behind it. */
lunL_eval_status lunL_script_run_file(lua_State *L, const char *path);
/* The lesson named by argv[1], or the list: `lunette learn`. */
lunL_eval_status lunL_script_learn(lua_State *L, const char *lesson);
/* Walks the files behind the word on shapes alone: `lunette check-shapes FILE...`. *found is the exit status. */
lunL_eval_status lunL_script_check_shapes(lua_State *L, int *found);

/* What this machine has: `lunette doctor`. */
/* `lunette explain CODE`: the page of an error; without a code all of them. */
lunL_eval_status lunL_script_explain(lua_State *L, const char *code);
lunL_eval_status lunL_script_doctor(lua_State *L);
/* -n, --run, --check, --watch, --export: the arguments behind are the notebook's own (of --export alone, the notebook). The exit status. */
int lunL_script_notebook(lua_State *L, char **argv);
/* --seed, --threads, --device. */
lunL_eval_status lunL_script_apply_options(lua_State *L);
/* --dap, --dap=PORT and --dbg-json: waits for who debugs from outside. */
lunL_eval_status lunL_script_serve(lua_State *L);
/* The script that the client named, left on the stack, or NULL. */
const char *lunL_script_served_program(lua_State *L);
/* Tells them the end. */
void lunL_script_served(lua_State *L, int exit_status);
/* --dbg FILE. */
lunL_eval_status lunL_script_start_debugger(lua_State *L, const char *path);
/* --pm: the script has failed. */
void lunL_script_post_mortem(lua_State *L);
#endif
