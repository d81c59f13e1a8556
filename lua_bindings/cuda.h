/* cuda.h - lunette.cuda_core: what lib/cuda.lua stands on. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_CUDA_H
#define LUN_LUA_BINDINGS_CUDA_H
#include <lua.h>
#include <stdbool.h>

/* The CUDA device that argument `at` means: nil, a number from 0, or a name. False after lun_fail, also when it is not there. */
bool lunL_read_cuda(lua_State *L, int at, int *index);
struct lun_cuda;
/* The module's table, and which device argument `at` means; NULL after lun_fail. Ops that wait (graph/queue.h) run
 * first. */
const struct lun_cuda *lunL_cuda_services(lua_State *L, int at, int *index);

int lunL_open_cuda(lua_State *L);
void lunL_open_cuda_queue(lua_State *L); /* adds cuda_queue.c's functions to the table on top */
#endif
