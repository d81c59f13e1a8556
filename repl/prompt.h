/* prompt.h - the shell's answer to lua_bindings/prompt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_PROMPT_H
#define LUN_REPL_PROMPT_H

/* Fills in the pointers of lua_bindings/prompt.h. */
void lunL_prompt_plug_in(void);
#endif
