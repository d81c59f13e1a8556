/* command.h - cells that are not Lua: %magic, ?help, !shell
 *
 * Known by the first character of a cell, which no Lua chunk can begin with; a name with ? behind it is help as well.
 * Holds: one row per magic; Lua code adds its own with require("lunette.shell").magic(name, f, help).
 * Read next: command.c, repl/help.c, repl/shell_command.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_COMMAND_H
#define LUN_REPL_COMMAND_H
#include "repl/eval.h"

#include <stddef.h>

/* Is this text a command (and therefore complete)? */
bool lun_command_is(const char *text, size_t length);
/* Of a cell that begins with %%name: where its body begins (the end of the first row), and whether that is Lua; else NULL. */
const char *lun_command_body(const char *text, size_t length, bool *lua);
/* Runs it. `env`: stack index of the environment names are looked up in, 0 for the globals. May raise memory errors. */
lunL_eval_status lunL_command_run(lua_State *L, int env, const char *text);

/* ?name, ??name, a bare ?. Prints. */
lunL_eval_status lunL_help(lua_State *L, int env, const char *name, bool source);
/* !command. Says its exit status when it is not 0. */
lunL_eval_status lun_shell_command(const char *command);

/* Calls each("name ARGUMENTS", help, data) for every magic, sorted. May raise memory errors. */
void lunL_command_each(lua_State *L, void (*each)(const char *name, const char *help, void *data), void *data);
/* Function of the module lunette.shell: magic(name, f, help, arguments). */
int lunL_command_add(lua_State *L);
#endif
