/* construct.h - tensors from Lua values. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_CONSTRUCT_H
#define LUN_LUA_BINDINGS_CONSTRUCT_H
#include "lua_bindings/box.h"

/* Adds lun.tensor to the table on top of the stack. */
void lunL_open_construct(lua_State *L);
/* The nested table, number or boolean at `index` as a tensor; dtype LUN_DTYPE_NONE: what fits. Scoped; NULL after lun_fail. */
lun_tensor *lunL_tensor_of(lua_State *L, int index, lun_dtype dtype);
#endif
