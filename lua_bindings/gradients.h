/* gradients.h - autograd for Lua. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_GRADIENTS_H
#define LUN_LUA_BINDINGS_GRADIENTS_H
#include "lua_bindings/box.h"

/* x:backward, x:detach, x.grad, x.requires_grad, hooks: into the tables at these indices. */
void lunL_open_gradients(lua_State *L, int methods, int properties, int setters);
/* lun.no_grad, lun.grad ...: into the table on top of the stack. */
void lunL_open_autograd(lua_State *L);
#endif
