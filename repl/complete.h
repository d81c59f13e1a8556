/* complete.h - what Tab offers
 *
 * Holds: raw reads only (repl/lookup.h); no code of the user's runs, so Tab cannot hang or change anything.
 * Read next: complete.c, repl/edit.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_COMPLETE_H
#define LUN_REPL_COMPLETE_H
#include "repl/edit.h"

#include <lua.h>

/* Where names are looked up from now on: the table at `env` (0: the globals) and the command words in the list at `words` (0:
 * none) of L's stack, which must stay there until the next call. */
void lunL_complete_use(lua_State *L, int env, int words);

/* For lun_edit_settings. Never raises. */
lun_edit_completion lunL_complete(const char *line, size_t cursor);
char *lunL_complete_describe(const char *word);
#endif
