/* functional.c - ops as C functions: each builds a call and goes through the door
 *
 * Holds: NULL in, NULL out. Read next: core/apply.h. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"

#include "core/apply.h"
#include "core/error.h"

#include <string.h>

static void begin(lun_call *c, lun_op_id id, lun_tensor *x)
{
    lun_call_begin(c, lun_op_at((int)id));
    if (x != LUN_NONE) lun_call_input(c, x);
}

lun_tensor *lun_call1(lun_op_id id, lun_tensor *x)
{
    lun_call c;
    begin(&c, id, x);
    return lun_apply1(&c);
}

lun_tensor *lun_call2(lun_op_id id, lun_tensor *x, lun_tensor *y)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_call_input(&c, y);
    return lun_apply1(&c);
}

lun_tensor *lun_call3(lun_op_id id, lun_tensor *x, lun_tensor *y, lun_tensor *z)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_call_input(&c, y);
    lun_call_input(&c, z);
    return lun_apply1(&c);
}

lun_tensor *lun_add_number(lun_tensor *x, double v) { return lun_add(x, lun_number(v)); }
lun_tensor *lun_mul_number(lun_tensor *x, double v) { return lun_mul(x, lun_number(v)); }

lun_tensor *lun_full(int ndim, const int64_t *dims, double value, lun_dtype dtype, lun_device device)
{
    lun_tensor *x = lun_tensor_empty(dtype, ndim, dims, device);
    return lun_fill_into(x, value);
}

lun_tensor *lun_integers(int64_t n) { return lun_tensor_empty(LUN_I64, 1, &n, (lun_device){LUN_CPU, 0}); }

static lun_tensor *like(lun_tensor *x, double value)
{
    return x ? lun_full(x->ndim, x->dims, value, (lun_dtype)x->dtype, lun_tensor_device(x)) : NULL;
}

lun_tensor *lun_zeros_like(lun_tensor *x) { return like(x, 0); }
lun_tensor *lun_ones_like(lun_tensor *x) { return like(x, 1); }

lun_tensor *lun_to_dtype(lun_tensor *x, lun_dtype dtype)
{
    if (!x || x->dtype == dtype) return x;
    lun_call c;
    begin(&c, LUN_OP_cast, x);
    lun_params_dtype(&c.params, dtype);
    return lun_apply1(&c);
}

lun_tensor *lun_clone(lun_tensor *x) { return lun_call1(LUN_OP_clone, x); }
lun_tensor *lun_contiguous(lun_tensor *x) { return !x || lun_is_contiguous(x) ? x : lun_clone(x); }
lun_tensor *lun_copy_into(lun_tensor *x, lun_tensor *y) { return lun_call2(LUN_OP_copy_, x, y); }

lun_tensor *lun_add_into(lun_tensor *x, lun_tensor *y)
{
    lun_call c;
    begin(&c, LUN_OP_add, x);
    lun_call_input(&c, y);
    c.inplace = true;
    return lun_apply1(&c);
}

lun_tensor *lun_fill_into(lun_tensor *x, double value)
{
    lun_call c;
    begin(&c, LUN_OP_fill_, x);
    lun_params_float(&c.params, value);
    return lun_apply1(&c);
}

lun_tensor *lun_where(lun_tensor *condition, lun_tensor *x, lun_tensor *y) { return lun_call3(LUN_OP_where, condition, x, y); }

static lun_tensor *reduce(lun_op_id id, lun_tensor *x, int n, const int64_t *dims, bool keepdim)
{
    lun_call c;
    begin(&c, id, x);
    if (n) lun_params_ints(&c.params, n, dims);
    else lun_params_none(&c.params);
    lun_params_bool(&c.params, keepdim);
    return lun_apply1(&c);
}

lun_tensor *lun_sum(lun_tensor *x, int n, const int64_t *dims, bool keepdim) { return reduce(LUN_OP_sum, x, n, dims, keepdim); }
lun_tensor *lun_mean(lun_tensor *x, int n, const int64_t *dims, bool keepdim) { return reduce(LUN_OP_mean, x, n, dims, keepdim); }
lun_tensor *lun_amax(lun_tensor *x, int64_t dim, bool keepdim) { return reduce(LUN_OP_amax, x, 1, &dim, keepdim); }
lun_tensor *lun_sum_dim(lun_tensor *x, int64_t dim, bool keepdim) { return lun_sum(x, 1, &dim, keepdim); }

static lun_tensor *sized(lun_op_id id, lun_tensor *x, int n, const int64_t *dims)
{
    lun_call c;
    begin(&c, id, x);
    lun_params_ints(&c.params, n, dims);
    return lun_apply1(&c);
}

lun_tensor *lun_view(lun_tensor *x, int n, const int64_t *dims) { return sized(LUN_OP_view, x, n, dims); }
lun_tensor *lun_permute(lun_tensor *x, int n, const int64_t *dims) { return sized(LUN_OP_permute, x, n, dims); }
lun_tensor *lun_expand(lun_tensor *x, int n, const int64_t *dims) { return sized(LUN_OP_expand, x, n, dims); }

lun_tensor *lun_reshape(lun_tensor *x, int n, const int64_t *dims)
{
    if (x && lun_shape_same(x->ndim, x->dims, n, dims)) return x;
    return sized(LUN_OP_reshape, x, n, dims);
}

lun_tensor *lun_flat(lun_tensor *x) { return x ? lun_reshape(x, 1, &x->numel) : NULL; }

lun_tensor *lun_call_ints(lun_op_id id, lun_tensor *x, int n, const int64_t *values)
{
    lun_call c;
    begin(&c, id, x);
    for (int i = 0; i < n; i++) lun_params_int(&c.params, values[i]);
    return lun_apply1(&c);
}

lun_tensor *lun_transpose(lun_tensor *x, int64_t a, int64_t b) { return lun_call_ints(LUN_OP_transpose, x, 2, (int64_t[]){a, b}); }
lun_tensor *lun_mT(lun_tensor *x) { return lun_transpose(x, -2, -1); }
lun_tensor *lun_squeeze(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_squeeze, x, 1, &dim); }
lun_tensor *lun_unsqueeze(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_unsqueeze, x, 1, &dim); }
lun_tensor *lun_select(lun_tensor *x, int64_t dim, int64_t index) { return lun_call_ints(LUN_OP_select, x, 2, (int64_t[]){dim, index}); }

lun_tensor *lun_narrow(lun_tensor *x, int64_t dim, int64_t start, int64_t length)
{
    return lun_call_ints(LUN_OP_narrow, x, 3, (int64_t[]){dim, start, length});
}

lun_tensor *lun_slice(lun_tensor *x, int64_t dim, int64_t start, int64_t length, int64_t step)
{
    if (length == 0) return lun_narrow(x, dim, start, 0);
    return lun_call_ints(LUN_OP_slice, x, 4, (int64_t[]){dim, start, start + (length - 1) * step, step});
}

lun_tensor *lun_diagonal(lun_tensor *x, int64_t offset, int64_t dim1, int64_t dim2)
{
    return lun_call_ints(LUN_OP_diagonal, x, 3, (int64_t[]){offset, dim1, dim2});
}

lun_tensor *lun_diagonal_embed(lun_tensor *x, int ndim, const int64_t *dims, int64_t offset, int64_t dim1, int64_t dim2)
{
    lun_call c;
    begin(&c, LUN_OP_diagonal_gradient, x);
    lun_params_ints(&c.params, ndim, dims);
    lun_params_int(&c.params, offset);
    lun_params_int(&c.params, dim1);
    lun_params_int(&c.params, dim2);
    return lun_apply1(&c);
}

lun_tensor *lun_sort(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_sort, x, 1, &dim); }
lun_tensor *lun_linear(lun_tensor *x, lun_tensor *weight, lun_tensor *bias) { return lun_call3(LUN_OP_linear, x, weight, bias); }
lun_tensor *lun_matmul(lun_tensor *x, lun_tensor *y) { return lun_call2(LUN_OP_matmul, x, y); }
lun_tensor *lun_softmax(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_softmax, x, 1, &dim); }
lun_tensor *lun_log_softmax(lun_tensor *x, int64_t dim) { return lun_call_ints(LUN_OP_log_softmax, x, 1, &dim); }
