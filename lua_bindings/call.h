/* call.h - one trampoline for every op of the table
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_CALL_H
#define LUN_LUA_BINDINGS_CALL_H
#include "lua_bindings/box.h"

#include "core/op.h"

/* Adds all ops to the tables at `functions` (lun) and `methods` (of tensors), and the operators to the metatable at `meta`. */
void lunL_open_ops(lua_State *L, int functions, int methods, int meta);
/* Defines an op at run time (lun_op_define) with its function, method and in-place form; false after lun_fail. */
bool lunL_define_op(lua_State *L, const lun_op *row);
/* The op that the function at `index` is, as function, method, operator or in-place form; NULL when it is another function. */
const lun_op *lunL_op_of(lua_State *L, int index);
/* How many results Lua sees at most: the row's `visible`, or what it returns. */
int lunL_visible_results(const lun_op *op);
/* Has the op a name_ form? */
bool lunL_has_inplace(const lun_op *op);
/* Is it a method (its first argument is a tensor)? */
bool lunL_is_method(const lun_op *op);
/* Pushes the list of PyTorch's modules that are namespaces here: "linalg", "nn.functional" ... */
int lunL_namespaces(lua_State *L);
#endif
