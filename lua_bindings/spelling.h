/* spelling.h - PyTorch's names of arguments. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_SPELLING_H
#define LUN_LUA_BINDINGS_SPELLING_H
#include "core/op.h"

/* Which argument of the row a name means: one of its own, or what PyTorch calls it. -1: none. */
int lunL_argument_called(const lun_op *op, const char *name);
#endif
