/* names.h - names that do not exist: what is meant instead. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_NAMES_H
#define LUN_LUA_BINDINGS_NAMES_H
#include "lua_bindings/box.h"

/* Raises "no method 'sofmax', did you mean 'softmax'"; the tables at the two indices hold the names there are. */
int lunL_no_such_method(lua_State *L, int methods, int properties, const char *name);
/* Gives the table on top of the stack (a part of lun, such as lun.linalg) an __index that does the same for its functions. */
void lunL_strict_names(lua_State *L, const char *module);
/* Pushes a table: a name of Torch7 or PyTorch -> what to write here. */
int lunL_names_elsewhere(lua_State *L);
/* Gives the table on top of the stack (lun) an __index that raises the same way for functions. */
void lunL_open_names(lua_State *L);
#endif
