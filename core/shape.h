/* shape.h - arithmetic on dims and strides; allocates nothing
 *
 * Holds: dims are >= 0 and at most LUN_MAX_DIMS of them; strides count elements, not bytes; every product of sizes goes through
 * the checked functions here, so no shape can overflow.
 * Read next: core/tensor.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SHAPE_H
#define LUN_CORE_SHAPE_H
#include "core/dtype.h"

enum { LUN_MAX_DIMS = 8 };

/* What a result will be, before there is memory for it. */
typedef struct lun_spec {
    lun_dtype dtype;
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
} lun_spec;

/* Number of elements; -1 after lun_fail when it does not fit (more than 2^47 bytes of the largest dtype). */
int64_t lun_shape_numel(int ndim, const int64_t *dims);
/* Row-major strides of `dims`. */
void lun_shape_strides(int ndim, const int64_t *dims, int64_t *strides);
bool lun_shape_same(int na, const int64_t *a, int nb, const int64_t *b);
/* out = the common shape of a and b by broadcasting (aligned from the right); false after lun_fail. out may be a or b. */
bool lun_shape_broadcast(int na, const int64_t *a, int nb, const int64_t *b, int *nout, int64_t *out);
/* Strides with which a tensor (ndim, dims, strides) is read as shape (nto, to): 0 where broadcast. Shapes must fit. */
void lun_shape_broadcast_strides(int ndim, const int64_t *dims, const int64_t *strides, int nto, const int64_t *to, int64_t *out);
/* A 0-based dim, negative counting from the end, made 0..ndim-1 (a 0-d tensor counts as 1-d); -1 after lun_fail. */
int lun_dim_normalize(int64_t dim, int ndim);
/* Strides for viewing (ndim, dims, strides) as (nto, to) without a copy; false (no error) when that cannot be. */
bool lun_shape_view_strides(int ndim, const int64_t *dims, const int64_t *strides, int nto, const int64_t *to, int64_t *out);
/* "[2,3]" into buffer (at least LUN_SHAPE_TEXT bytes); returns buffer. */
enum { LUN_SHAPE_TEXT = 200 };
char *lun_shape_text(int ndim, const int64_t *dims, char *buffer);

/* Checked size arithmetic: false on overflow. */
static inline bool lun_mul_sizes(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }
static inline bool lun_add_sizes(size_t a, size_t b, size_t *out) { return !__builtin_add_overflow(a, b, out); }
#endif
