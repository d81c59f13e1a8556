/* cuda.h - lunette.cuda_core: what lib/cuda.lua stands on. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_CUDA_H
#define LUN_LUA_BINDINGS_CUDA_H
#include <lua.h>

int lunL_open_cuda(lua_State *L);
#endif
