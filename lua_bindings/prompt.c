/* prompt.c - the empty sockets of prompt.h
 *
 * Holds: all NULL until the shell or the debugger plugs in. Read next: lua_bindings/prompt.h.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/prompt.h"

lunL_prompt_function lunL_prompt_nested = NULL;
bool (*lunL_prompt_script)(const char *path, const char **problem) = NULL;
void (*lunL_prompt_failed)(lua_State *L, lua_State *dead) = NULL;
bool (*lunL_prompt_run)(lua_State *L, lunL_prompt_moment moment) = NULL;
