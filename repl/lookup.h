/* lookup.h - what a name means, found without running anything of the user's
 *
 * Raw reads only: fields of tables, and along __index where it is a table. A function behind __index is never called, so
 * completion and error hints cannot hang, change or raise anything.
 * Holds: every function leaves the stack as it was but for what it says it pushes. Read next: repl/complete.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_LOOKUP_H
#define LUN_REPL_LOOKUP_H
#include "repl/lexer.h"

#include <lua.h>

/* Pushes the field `name` of the value at `index`; false and nothing pushed when it is nil or cannot be known. */
bool lunL_lookup_field(lua_State *L, int index, const char *name, size_t length);

/* Pushes what the global `name` means in the environment at `env` (0: the globals). */
bool lunL_lookup_name(lua_State *L, int env, const char *name, size_t length);

/* Reads backwards from byte `end` of the text over NAME, .NAME, :NAME, [number] and ["string"]; *start is where the chain
 * begins. False if what stands there is no such chain. */
bool lun_lookup_chain(const char *text, size_t end, size_t *start);

/* Pushes what the chain text[start, end) means. */
bool lunL_lookup_path(lua_State *L, int env, const char *text, size_t start, size_t end);

/* Calls `each` for every string key of the value, and of what stands behind __index, with the key at -2 and the value at
 * -1 of L. Lists behind a tensor's metatable included. */
void lunL_lookup_keys(lua_State *L, int index, void (*each)(lua_State *L, void *data), void *data);
#endif
