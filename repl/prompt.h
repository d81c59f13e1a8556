/* prompt.h - the shell's answer to lua_bindings/prompt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_PROMPT_H
#define LUN_REPL_PROMPT_H

#include <lua.h>

/* Function of the module lunette.shell: prompt{prompt=, env=, command=, words=, repeat_blank=} opens a nested prompt and
 * returns how it ended ("action", "end", "unwind", "nobody", "too deep") and the action. An unwind goes on. */
int lunL_prompt_from_lua(lua_State *L);

/* Fills in the pointers of lua_bindings/prompt.h. */
void lunL_prompt_plug_in(void);
#endif
