/* arguments.h - from values on Lua's stack to the inputs and attributes of a call
 *
 * The one place where 1-based dims and positions become the core's 0-based ones, numbers become 0-d tensors, and named options
 * find their argument. Read next: arguments.c, core/op.h (the kinds). SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_ARGUMENTS_H
#define LUN_LUA_BINDINGS_ARGUMENTS_H
#include "core/apply.h"
#include "lua_bindings/box.h"

/* Reads stack values 1..top into c (begun for its op). requires_grad is set when a creating op was given that option.
 * False after lun_fail. May push values. */
bool lunL_read_arguments(lua_State *L, int top, lun_call *c, bool *requires_grad);

/* Single values, for C functions that have no row; all false (or NONE) after lun_fail. `name` is for the message. */
bool lunL_read_integer(lua_State *L, int index, const char *name, int64_t *out);
bool lunL_read_dim(lua_State *L, int index, const char *name, int64_t *out);   /* 0-based, negatives stay */
bool lunL_read_position(lua_State *L, int index, const char *name, int64_t *out); /* 0-based, negatives stay */
lun_dtype lunL_read_dtype(lua_State *L, int index);
bool lunL_read_device(lua_State *L, int index, lun_device *out);
/* A number or a list of numbers, at most `room`; the count, or -1. */
int lunL_read_integers(lua_State *L, int index, const char *name, int64_t *out, int room);
/* A number or boolean as a 0-d tensor that is weak in dtype promotion; scoped; NULL after lun_fail. */
lun_tensor *lunL_wrap_number(lua_State *L, int index);
/* Is it a complex number written as {re = 1, im = 2}? And its value. */
bool lunL_is_complex_table(lua_State *L, int index);
lun_c128 lunL_complex_table(lua_State *L, int index);
/* A tensor, or a number wrapped. */
lun_tensor *lunL_operand(lua_State *L, int index, const char *name);
/* A plain table with at least one string key. */
bool lunL_is_options(lua_State *L, int index);
/* Pushes option `name` of the table at `index` (nil when there is no table there); false when it is nil (then nothing is pushed). */
bool lunL_option(lua_State *L, int index, const char *name);
/* Fails for the first string key of the table at `index` that is not among the names (ends with NULL). */
bool lunL_only_options(lua_State *L, int index, const char *const *names);
#endif
