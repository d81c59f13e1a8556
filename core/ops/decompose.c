/* decompose.c - what the factorisations share: checks, batches, small matrices
 *
 * Holds: gradients are made of products and solutions only, so second derivatives follow. A factor that was saved is a constant; where
 * a gradient could use it but is itself differentiated, it is computed again from the argument.
 * Read next: core/ops/decompose_lu.c, core/ops/decompose.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/decompose.h"

#include "core/context.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"

#include <stdio.h>
#include <string.h>

bool lun_check_matrices(const lun_tensor *x)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim < 2)
        return lun_fail(LUN_E_SHAPE, "x:unsqueeze(2) makes a vector a column", "needs a matrix or a batch of matrices, got %s",
                        lun_tensor_text(x, text)), false;
    return true;
}

bool lun_check_square(const lun_tensor *x)
{
    char text[LUN_SHAPE_TEXT];
    if (!lun_check_matrices(x)) return false;
    if (lun_columns_of(x) == lun_rows_of(x)) return true;
    return lun_fail(LUN_E_SHAPE, "x:pinv(), x:svd() and x:lstsq(b) take any matrix", "needs square matrices, got %s", lun_tensor_text(x, text)),
           false;
}

bool lun_check_one_dtype(const lun_call *c)
{
    for (int i = 1; i < c->n_in; i++)
        if (!lun_is_none(c->in[i]) && c->in[i]->dtype != c->in[0]->dtype)
            return lun_fail(LUN_E_DTYPE, "y:to(x.dtype) converts one to the other's", "dtypes differ: %s and %s",
                            lun_dtypes[c->in[0]->dtype].name, lun_dtypes[c->in[i]->dtype].name), false;
    return true;
}

void lun_result_matrices(lun_call *c, int k, const lun_tensor *x, int64_t rows, int64_t columns)
{
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 2] = rows;
    dims[x->ndim - 1] = columns;
    lun_result(c, k, (lun_dtype)x->dtype, x->ndim, dims);
}

bool lun_expand_batches(lun_tensor **x, lun_tensor **y)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (!*x || !*y || !lun_shape_broadcast((*x)->ndim - 2, (*x)->dims, (*y)->ndim - 2, (*y)->dims, &ndim, dims)) return false;
    for (int k = 0; k < 2; k++) {
        lun_tensor **t = k ? y : x;
        memcpy(dims + ndim, (*t)->dims + (*t)->ndim - 2, 2 * sizeof *dims);
        if (!lun_shape_same((*t)->ndim, (*t)->dims, ndim + 2, dims)) *t = lun_expand(*t, ndim + 2, dims);
    }
    return *x && *y;
}

bool lun_parts(lun_call *k, lun_op_id id, int n, lun_tensor *const *in, int n_values, const bool *values)
{
    lun_call_begin(k, lun_op_at((int)id));
    for (int i = 0; i < n; i++) lun_call_input(k, in[i]);
    for (int i = 0; i < n_values; i++) lun_params_bool(&k->params, values[i]);
    return lun_apply(k);
}

bool lun_check_info(const lun_tensor *info, const char *what, const char *hint)
{
    for (int64_t i = 0; !lun_is_hollow(info) && i < info->numel; i++) {
        int64_t value = lun_get_integer(info, i);
        if (!value) continue;
        char which[64] = "the matrix ";
        if (info->ndim) snprintf(which, sizeof which, "matrix %lld of the batch ", (long long)i + 1);
        if (value < 0)
            return lun_fail(LUN_E_NUMERIC, "x:isfinite():all() tells; lun.where can replace them", "%scontains NaN or infinity", which), false;
        char text[200];
        snprintf(text, sizeof text, "%s%s%lld", which, what, (long long)value);
        return lun_fail(LUN_E_NUMERIC, hint, "%s", text), false;
    }
    return true;
}

lun_tensor *lun_eye_like(lun_tensor *x, int64_t n, int64_t m)
{
    if (!x) return NULL;
    lun_call k;
    lun_call_begin(&k, lun_op_at(LUN_OP_eye));
    lun_params_int(&k.params, n);
    lun_params_int(&k.params, m);
    lun_params_dtype(&k.params, (lun_dtype)x->dtype);
    return lun_apply1(&k);
}

lun_tensor *lun_triangle(lun_tensor *x, bool upper, int64_t diagonal)
{
    return lun_call_ints(upper ? LUN_OP_triu : LUN_OP_tril, x, 1, &diagonal);
}

lun_tensor *lun_main_diagonal(lun_tensor *x) { return lun_diagonal(x, 0, -2, -1); }

lun_tensor *lun_diagonal_matrix(lun_tensor *d)
{
    if (!d) return NULL;
    return lun_mul(lun_unsqueeze(d, -1), lun_eye_like(d, lun_columns_of(d), lun_columns_of(d)));
}

lun_tensor *lun_scale_columns(lun_tensor *x, lun_tensor *d) { return lun_mul(x, lun_unsqueeze(d, -2)); }
lun_tensor *lun_scale_rows(lun_tensor *x, lun_tensor *d) { return lun_mul(lun_unsqueeze(d, -1), x); }

lun_tensor *lun_solve_triangle(lun_tensor *a, lun_tensor *b, bool upper, bool left, bool unit)
{
    lun_call k;
    return lun_parts(&k, LUN_OP_solve_triangle, 2, (lun_tensor *[]){a, b}, 3, (bool[]){upper, left, unit}) ? k.out[0] : NULL;
}

lun_tensor *lun_solve(lun_tensor *a, lun_tensor *b, bool left)
{
    lun_call k;
    return lun_parts(&k, LUN_OP_solve_parts, 2, (lun_tensor *[]){a, b}, 1, &left) ? k.out[0] : NULL;
}

lun_tensor *lun_inverse(lun_tensor *a) { return lun_call1(LUN_OP_inv, a); }

bool lun_svd(lun_tensor *x, bool full, lun_tensor **out)
{
    lun_call k;
    if (!lun_parts(&k, LUN_OP_svd, 1, &x, 1, &full)) return false;
    memcpy(out, k.out, 3 * sizeof *out);
    return true;
}

bool lun_again(void) { return lun_context_get()->create_graph; }
