/* pack.h - Lua values as bytes: what goes to worker threads, into cache files and saved states
 *
 * nil, booleans, numbers, strings, tables without metatables and tensors on the CPU. With LUNL_PACK_CODE also what only another thread of
 * this program may be sent: a Lua function with what it captured, and functions and tables of modules, which go by name.
 * Read next: pack.c, workers.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_PACK_H
#define LUN_LUA_BINDINGS_PACK_H
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum { LUNL_PACK_DEEPEST = 60 }; /* tables in tables */

typedef enum { LUNL_PACK_PLAIN, LUNL_PACK_CODE } lunL_pack_kind;

/* The values first..top as a string, which is pushed. Raises for a value that cannot go, naming where it is. */
void lunL_pack(lua_State *L, int first, lunL_pack_kind kind);
/* Pushes the values of n bytes; returns how many. Every length is checked, code is refused unless `kind` says so; raises when damaged. */
int lunL_unpack(lua_State *L, const char *bytes, size_t n, lunL_pack_kind kind);
#endif
