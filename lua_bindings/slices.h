/* slices.h - what stands between the brackets of x[...], read into a list of items
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_SLICES_H
#define LUN_LUA_BINDINGS_SLICES_H
#include "lua_bindings/box.h"

typedef enum { LUNL_AT, LUNL_RANGE, LUNL_ALL, LUNL_REST, LUNL_PICK } lunL_slice_kind;

/* One item; numbers are as the user wrote them, from 1, negatives from the end. */
typedef struct lunL_slice {
    lunL_slice_kind kind;
    int64_t a, b, step; /* AT: a. RANGE: a..b inclusive, every step-th */
    lun_tensor *pick;   /* PICK: a mask or index tensor, borrowed */
} lunL_slice;

typedef struct lunL_slices {
    int n;
    lunL_slice item[LUN_MAX_DIMS + 1];
} lunL_slices;

/* Reads "1:3, :, -1". False after lun_fail. */
bool lunL_slices_of_text(const char *text, lunL_slices *out);
/* Reads {i, {a,b,step}, {}, mask, "1:3"}. False after lun_fail. */
bool lunL_slices_of_table(lua_State *L, int index, lunL_slices *out);
/* Could the string be meant as slices (and not as a method's name)? */
bool lunL_slices_look_like(const char *text);
/* The range of an item in a dim of `size`: 0-based start and length. False after lun_fail; `dim` (from 1) is for the message. */
bool lunL_slice_bounds(const lunL_slice *s, int dim, int64_t size, int64_t *start, int64_t *length);
/* Position (from 1, or negative) in a dim of `size`, made 0-based. */
bool lunL_slice_position(int64_t at, int dim, int64_t size, int64_t *out);
#endif
