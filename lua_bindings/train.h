/* train.h - what training loops need of the core. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_TRAIN_H
#define LUN_LUA_BINDINGS_TRAIN_H
#include <lua.h>

int lunL_open_train(lua_State *L); /* "lunette.train_core" */
#endif
