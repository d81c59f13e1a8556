/* files.h - tensors by name, to and from files. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_FILES_H
#define LUN_LUA_BINDINGS_FILES_H
#include "formats/safetensors.h"

#include <lua.h>
/* Adds save and load to the table on top of the stack. */
void lunL_open_files(lua_State *L);
/* The tensors of the table at `table`, in memory that stays on the stack; NULL after lun_fail. */
lun_named_tensor *lunL_named_tensors(lua_State *L, int table, size_t *n);
/* Puts tensors into the table at stack index 2, and texts into the one at 3. */
lun_safetensors_reader lunL_reader_into_table(lua_State *L);
#endif
