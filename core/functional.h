/* functional.h - ops as C functions, for gradient formulas, composed ops and C hosts
 *
 * All go through the door. Dims are 0-based and may be negative; NULL in gives NULL out; results are scoped.
 * UNARY, BINARY and COMPARE rows get their function from the table; the others are spelled out here.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_FUNCTIONAL_H
#define LUN_CORE_FUNCTIONAL_H
#include "core/op.h"
#include "core/op_id.h"

/* Any op by id with tensors only. */
lun_tensor *lun_call1(lun_op_id id, lun_tensor *x);
lun_tensor *lun_call2(lun_op_id id, lun_tensor *x, lun_tensor *y);
lun_tensor *lun_call3(lun_op_id id, lun_tensor *x, lun_tensor *y, lun_tensor *z);
/* Of one tensor; the first n attributes are these whole numbers. */
lun_tensor *lun_call_ints(lun_op_id id, lun_tensor *x, int n, const int64_t *values);

#define UNARY(id, ...) static inline lun_tensor *lun_##id(lun_tensor *x) { return lun_call1(LUN_OP_##id, x); }
#define BINARY(id, ...) \
    static inline lun_tensor *lun_##id(lun_tensor *x, lun_tensor *y) { return lun_call2(LUN_OP_##id, x, y); }
#define COMPARE(id, ...) \
    static inline lun_tensor *lun_##id(lun_tensor *x, lun_tensor *y) { return lun_call2(LUN_OP_##id, x, y); }
#define OP(id, ...)
#include "core/ops.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP

/* A Lua number, and is x complex? */
static inline lun_tensor *lun_number(double v) { return lun_tensor_number(v, LUN_F64); }
static inline bool lun_is_complex(const lun_tensor *x) { return lun_dtype_is_complex((lun_dtype)x->dtype); }
lun_tensor *lun_add_number(lun_tensor *x, double v);
lun_tensor *lun_mul_number(lun_tensor *x, double v);
lun_tensor *lun_full(int ndim, const int64_t *dims, double value, lun_dtype dtype, lun_device device);
lun_tensor *lun_integers(int64_t n); /* n int64s on the CPU, not written yet: for positions and sizes */
lun_tensor *lun_zeros_like(lun_tensor *x);
lun_tensor *lun_ones_like(lun_tensor *x);
#define LUN_DEVICE_CPU ((lun_device){LUN_CPU, 0})
lun_tensor *lun_to_device(lun_tensor *x, lun_device device); /* x itself when it is there */
/* The same without a graph, strides as they were; LUN_NONE passes through. Who reads more than one element takes lun_on_host(x) first. */
lun_tensor *lun_on_device(lun_tensor *x, lun_device device);
static inline lun_tensor *lun_on_host(lun_tensor *x) { return lun_on_device(x, LUN_DEVICE_CPU); }
lun_tensor *lun_to_dtype(lun_tensor *x, lun_dtype dtype);   /* x itself when it already is */
lun_tensor *lun_contiguous(lun_tensor *x);                  /* x itself when it already is */
lun_tensor *lun_clone(lun_tensor *x);                       /* always a fresh contiguous copy */
lun_tensor *lun_copy_into(lun_tensor *x, lun_tensor *y);    /* x:copy_(y) */
lun_tensor *lun_add_into(lun_tensor *x, lun_tensor *y);     /* x:add_(y) */
lun_tensor *lun_fill_into(lun_tensor *x, double value);
lun_tensor *lun_where(lun_tensor *condition, lun_tensor *x, lun_tensor *y);

lun_tensor *lun_sum(lun_tensor *x, int n, const int64_t *dims, bool keepdim);  /* n = 0: over all */
lun_tensor *lun_mean(lun_tensor *x, int n, const int64_t *dims, bool keepdim);
lun_tensor *lun_sum_dim(lun_tensor *x, int64_t dim, bool keepdim);

lun_tensor *lun_view(lun_tensor *x, int ndim, const int64_t *dims);      /* error when a copy would be needed */
lun_tensor *lun_reshape(lun_tensor *x, int ndim, const int64_t *dims);
lun_tensor *lun_flat(lun_tensor *x);                                     /* one dim */
lun_tensor *lun_permute(lun_tensor *x, int n, const int64_t *dims);
lun_tensor *lun_transpose(lun_tensor *x, int64_t a, int64_t b);
lun_tensor *lun_mT(lun_tensor *x);                                       /* last two dims exchanged */
lun_tensor *lun_conj(lun_tensor *x);                                     /* complex conjugate; x itself when it is real */
static inline lun_tensor *lun_mH(lun_tensor *x) { return lun_conj(lun_mT(x)); }
lun_tensor *lun_expand(lun_tensor *x, int ndim, const int64_t *dims);
lun_tensor *lun_squeeze(lun_tensor *x, int64_t dim);
lun_tensor *lun_unsqueeze(lun_tensor *x, int64_t dim);
lun_tensor *lun_narrow(lun_tensor *x, int64_t dim, int64_t start, int64_t length);
lun_tensor *lun_slice(lun_tensor *x, int64_t dim, int64_t start, int64_t length, int64_t step);
lun_tensor *lun_select(lun_tensor *x, int64_t dim, int64_t index);
lun_tensor *lun_flip(lun_tensor *x, int64_t dim);
lun_tensor *lun_diagonal(lun_tensor *x, int64_t offset, int64_t dim1, int64_t dim2);
/* Zeros of these dims with x as that diagonal. */
lun_tensor *lun_diagonal_embed(lun_tensor *x, int ndim, const int64_t *dims, int64_t offset, int64_t dim1, int64_t dim2);
lun_tensor *lun_cumprod(lun_tensor *x, int64_t dim);
lun_tensor *lun_scatter_add(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source); /* index holds positions from 1 */
lun_tensor *lun_cat(int n, lun_tensor **x, int64_t dim);
lun_tensor *lun_stack(int n, lun_tensor **x, int64_t dim);
/* Dim d (from 0) of x several times over: the whole of it, or each of its places. */
lun_tensor *lun_repeat_dim(lun_tensor *x, int d, int64_t times, bool each);
/* Positions in `index` count from 1. */
lun_tensor *lun_index_select(lun_tensor *x, int64_t dim, lun_tensor *index);
lun_tensor *lun_index_add(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source);
lun_tensor *lun_index_fill(lun_tensor *x, int64_t dim, lun_tensor *index, double value);
lun_tensor *lun_gather_along(lun_tensor *x, int64_t dim, lun_tensor *index);
lun_tensor *lun_scatter_along(lun_tensor *x, int64_t dim, lun_tensor *index, lun_tensor *source);
lun_tensor *lun_masked_fill(lun_tensor *x, lun_tensor *mask, double value);
lun_tensor *lun_cumsum(lun_tensor *x, int64_t dim);
lun_tensor *lun_pad(lun_tensor *x, int n, const int64_t *pad, double value); /* for the last dim first: before, after */
/* x[key]: the rows a mask over x's first dims chooses, or those that whole numbers name (the result has key's dims in front). */
lun_tensor *lun_index(lun_tensor *x, lun_tensor *key);
/* x[{...}] with n index tensors or masks, by[k] for dim dims[k] (a mask for as many dims as it has), broadcast to each other: their dims
 * stand where the first stood when all follow each other, else in front. And the same places written to, in place. */
lun_tensor *lun_index_places(lun_tensor *x, int n, lun_tensor *const *by, const int *dims);
lun_tensor *lun_set_places(lun_tensor *x, int n, lun_tensor *const *by, const int *dims, lun_tensor *v);
/* x[key] = v and x[region] = v, in place; region: start (from 0), length and step for each dim; bit d of dropped: dim d is not one of v's. */
lun_tensor *lun_set_index(lun_tensor *x, lun_tensor *key, lun_tensor *v);
lun_tensor *lun_set_slice(lun_tensor *x, lun_tensor *v, const int64_t *region, unsigned dropped);
/* Views of x cut along dim, into out (room for max); *n is how many. False after lun_fail. A piece of split has `size` positions, the
 * last may have fewer; lun_split_sizes takes each piece's; chunk makes at most `chunks` pieces; unbind drops the dim. */
bool lun_split(lun_tensor *x, int64_t size, int64_t dim, int max, lun_tensor **out, int *n);
bool lun_split_sizes(lun_tensor *x, int pieces, const int64_t *sizes, int64_t dim, lun_tensor **out);
bool lun_chunk(lun_tensor *x, int64_t chunks, int64_t dim, int max, lun_tensor **out, int *n);
bool lun_unbind(lun_tensor *x, int64_t dim, int max, lun_tensor **out, int *n);

lun_tensor *lun_linear(lun_tensor *x, lun_tensor *weight, lun_tensor *bias);
lun_tensor *lun_sort(lun_tensor *x, int64_t dim);                        /* the sorted values, lowest first */
lun_tensor *lun_amax(lun_tensor *x, int64_t dim, bool keepdim);
lun_tensor *lun_matmul(lun_tensor *x, lun_tensor *y);
lun_tensor *lun_softmax(lun_tensor *x, int64_t dim);
lun_tensor *lun_log_softmax(lun_tensor *x, int64_t dim);
#endif
