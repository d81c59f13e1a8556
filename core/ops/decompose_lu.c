/* decompose_lu.c - LU factors and determinants
 *
 * lu_parts gives the factors of the matrix itself, for users; lu_det and lu_slogdet those of its transpose, for their own gradients.
 * Holds: pivots count from 1, as LAPACK has it and indices everywhere here.
 * Read next: core/ops/decompose_solve.c, kernels/cpu/factor.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/tape.h"

static int64_t smaller(const lun_tensor *x)
{
    int64_t m = lun_rows_of(x), n = lun_columns_of(x);
    return m < n ? m : n;
}

/* ---- factors ---- */

bool lun_infer_lu_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_matrices(x)) return false;
    int64_t dims[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim - 2; d++) dims[d] = x->dims[d];
    dims[x->ndim - 2] = smaller(x);
    lun_result_like(c, 0, x);
    lun_result(c, 1, LUN_I32, x->ndim - 1, dims);
    lun_result(c, 2, LUN_I32, x->ndim - 2, dims);
    return true;
}

bool lun_infer_pivot_order(lun_call *c)
{
    const lun_tensor *pivots = c->in[0];
    int64_t dims[LUN_MAX_DIMS], rows = lun_param_int(&c->params, 0, 0);
    if (!pivots->ndim) return lun_fail(LUN_E_SHAPE, "lun.lu_factor(x) gives pivots", "pivots must have at least one dim"), false;
    for (int d = 0; d < pivots->ndim - 1; d++) dims[d] = pivots->dims[d];
    dims[pivots->ndim - 1] = c->bound = rows;
    lun_result(c, 0, LUN_I64, pivots->ndim, dims);
    return true;
}

/* For each row of P^T x, which row of x (with as many columns) it is: an index for gather and scatter along the rows. */
static lun_tensor *row_index(lun_tensor *pivots, int64_t rows, const lun_tensor *x)
{
    lun_call k;
    lun_call_begin(&k, lun_op_at(LUN_OP_pivot_order));
    lun_call_input(&k, pivots);
    lun_params_int(&k.params, rows);
    return x ? lun_expand(lun_unsqueeze(lun_apply1(&k), -1), x->ndim, x->dims) : NULL;
}

static lun_tensor *permute(lun_tensor *pivots, lun_tensor *x, bool transposed)
{
    if (!x) return NULL;
    lun_tensor *index = row_index(pivots, lun_rows_of(x), x);
    return transposed ? lun_gather_along(x, -2, index) : lun_scatter_along(lun_zeros_like(x), -2, index, x);
}

static lun_tensor *lower_of(lun_tensor *lu, int64_t k)
{
    if (!lu) return NULL;
    int64_t m = lun_rows_of(lu);
    return lun_add(lun_triangle(lun_narrow(lu, -1, 0, k), false, -1), lun_eye_like(lu, m, k));
}

static lun_tensor *upper_of(lun_tensor *lu, int64_t k) { return lu ? lun_triangle(lun_narrow(lu, -2, 0, k), true, 0) : NULL; }

/* The part of a gradient that is left over when the matrix is wide (columns) or tall (rows). */
static lun_tensor *rest(lun_tensor *x, int64_t dim, int64_t k) { return x ? lun_narrow(x, dim, k, x->dims[x->ndim + dim] - k) : NULL; }

/* With A = P L U: the square part is P L^-H (tril(L^H gL, -1) + triu(gU U^H)) U^-H; columns beyond it are L U2, rows L2 U, and what
 * they say about L and U is taken off inside. */
void lun_vjp_lu_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    lun_tensor *lu = lun_saved_out(n, 0), *pivots = lun_saved_out(n, 1);
    if (!lu || !pivots) return;
    int64_t k = smaller(lu), m = lun_rows_of(lu), columns = lun_columns_of(lu);
    lun_tensor *square = lun_narrow(lun_narrow(lu, -1, 0, k), -2, 0, k), *lower = lower_of(square, k), *upper = upper_of(square, k);
    lun_tensor *gl = lun_triangle(lun_narrow(lun_narrow(g[0], -1, 0, k), -2, 0, k), false, -1);
    lun_tensor *gu = lun_triangle(lun_narrow(lun_narrow(g[0], -1, 0, k), -2, 0, k), true, 0), *beyond = NULL;
    lun_tensor *inner_l = lun_matmul(lun_mH(lower), gl), *inner_u = lun_matmul(gu, lun_mH(upper));
    if (columns > k) {
        beyond = lun_solve_triangle(lun_mH(lower), rest(g[0], -1, k), true, true, true);
        inner_l = lun_sub(inner_l, lun_matmul(rest(g[0], -1, k), lun_mH(rest(lu, -1, k))));
    } else if (m > k) {
        beyond = lun_solve_triangle(lun_mH(upper), rest(g[0], -2, k), false, false, false);
        inner_u = lun_sub(inner_u, lun_matmul(lun_mH(rest(lu, -2, k)), rest(g[0], -2, k)));
    }
    lun_tensor *inner = lun_add(lun_triangle(inner_l, false, -1), lun_triangle(inner_u, true, 0));
    lun_tensor *da = lun_solve_triangle(lun_mH(lower), lun_solve_triangle(lun_mH(upper), inner, false, false, false), true, true, true);
    if (beyond) da = lun_cat(2, (lun_tensor *[]){da, beyond}, columns > k ? -1 : -2);
    dx[0] = permute(pivots, da, false);
}

static const char singular[] = "is singular: U has a zero at place ";

bool lun_compose_lu_factor(lun_call *c)
{
    bool ex = c->op->id == LUN_OP_lu_factor_ex;
    if (!lun_param_bool(&c->params, 0, true))
        return lun_fail(LUN_E_ARGUMENT, "leave pivot out", "LU factors without pivoting exist on CUDA only"), false;
    lun_call k;
    if (!lun_parts(&k, LUN_OP_lu_parts, 1, c->in, 0, NULL)) return false;
    for (int i = 0; i < 3; i++) c->out[i] = k.out[i];
    c->n_out = ex ? 3 : 2;
    return !ex || !lun_param_bool(&c->params, 1, false) || lun_check_info(k.out[2], singular, "x:pinv() takes any matrix");
}

static lun_tensor *nothing(const lun_tensor *x)
{
    return lun_tensor_empty((lun_dtype)x->dtype, 1, (int64_t[]){0}, lun_tensor_device(x));
}

/* P, L, U; what is not wanted is an empty tensor. */
static bool unpack(lun_call *c, lun_tensor *lu, lun_tensor *pivots, bool factors, bool order)
{
    int64_t k = smaller(lu), m = lun_rows_of(lu), dims[LUN_MAX_DIMS];
    for (int d = 0; d < lu->ndim - 2; d++) dims[d] = lu->dims[d];
    dims[lu->ndim - 2] = dims[lu->ndim - 1] = m;
    c->out[0] = order ? lun_mT(permute(pivots, lun_expand(lun_eye_like(lu, m, m), lu->ndim, dims), true)) : nothing(lu);
    c->out[1] = factors ? lower_of(lu, k) : nothing(lu);
    c->out[2] = factors ? upper_of(lu, k) : nothing(lu);
    c->n_out = 3;
    return c->out[0] && c->out[1] && c->out[2];
}

bool lun_compose_lu(lun_call *c)
{
    lun_call k;
    if (!lun_param_bool(&c->params, 0, true))
        return lun_fail(LUN_E_ARGUMENT, "leave pivot out", "LU factors without pivoting exist on CUDA only"), false;
    return lun_parts(&k, LUN_OP_lu_parts, 1, c->in, 0, NULL) && unpack(c, k.out[0], k.out[1], true, true);
}

static bool check_pivots(const lun_tensor *lu, const lun_tensor *pivots)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    bool fits = pivots->ndim == lu->ndim - 1 && lun_columns_of(pivots) == smaller(lu);
    for (int d = 0; fits && d < lu->ndim - 2; d++) fits = pivots->dims[d] == lu->dims[d];
    const lun_tensor *read = lun_on_host((lun_tensor *)(uintptr_t)pivots);
    for (int64_t i = 0; read && !lun_is_hollow(read) && fits && lun_dtype_is_int((lun_dtype)read->dtype) && i < read->numel; i++)
        if (lun_get_integer(read, i) < 0)
            return lun_fail(LUN_E_INDEX, "take both from lun.lu_factor(x)", "pivot %lld: pivots count from 1",
                            (long long)lun_get_integer(read, i)), false;
    if (fits) return read != NULL;
    return lun_fail(LUN_E_SHAPE, "take both from lun.lu_factor(x)", "pivots %s do not belong to LU %s", lun_tensor_text(pivots, a),
                    lun_tensor_text(lu, b)), false;
}

bool lun_compose_lu_unpack(lun_call *c)
{
    if (!lun_check_matrices(c->in[0]) || !check_pivots(c->in[0], c->in[1])) return false;
    return unpack(c, c->in[0], c->in[1], lun_param_bool(&c->params, 0, true), lun_param_bool(&c->params, 1, true));
}

static lun_tensor *solve_by_factors(lun_tensor *lu, lun_tensor *pivots, lun_tensor *b, bool adjoint)
{
    if (!adjoint) return lun_solve_triangle(lu, lun_solve_triangle(lu, permute(pivots, b, true), false, true, true), true, true, false);
    lun_tensor *y = lun_solve_triangle(lun_mH(lu), b, false, true, false);
    return permute(pivots, lun_solve_triangle(lun_mH(lu), y, true, true, true), false);
}

bool lun_compose_lu_solve(lun_call *c)
{
    lun_tensor *lu = c->in[0], *pivots = c->in[1], *b = c->in[2];
    bool left = lun_param_bool(&c->params, 0, true), adjoint = lun_param_bool(&c->params, 1, false);
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!lun_check_square(lu) || !lun_check_matrices(b) || !check_pivots(lu, pivots)) return false;
    if (lu->dtype != b->dtype)
        return lun_fail(LUN_E_DTYPE, "B:to(LU.dtype) converts", "dtypes differ: %s and %s", lun_dtypes[lu->dtype].name,
                        lun_dtypes[b->dtype].name), false;
    if (lun_columns_of(lu) != b->dims[b->ndim - (left ? 2 : 1)])
        return lun_fail(LUN_E_SHAPE, "B:unsqueeze(-1) makes a vector a column", "LU %s and B %s do not fit", lun_tensor_text(lu, s),
                        lun_tensor_text(b, t)), false;
    lun_tensor *column = lun_unsqueeze(pivots, -1);
    if (!lun_expand_batches(&lu, &b) || !lun_expand_batches(&column, &b)) return false;
    pivots = lun_squeeze(column, -1);
    /* x A = b is A^H x^H = b^H */
    return lun_composed(c, left ? solve_by_factors(lu, pivots, b, adjoint) : lun_mH(solve_by_factors(lu, pivots, lun_mH(b), !adjoint)));
}

/* ---- determinants ---- */

bool lun_infer_lu_det(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_square(x)) return false;
    int values = c->op->id == LUN_OP_lu_slogdet ? 2 : 1;
    for (int k = 0; k < values; k++) lun_result(c, k, k ? lun_dtype_real((lun_dtype)x->dtype) : (lun_dtype)x->dtype, x->ndim - 2, x->dims);
    lun_result_like(c, values, x);
    lun_result(c, values + 1, LUN_I32, x->ndim - 1, x->dims);
    return true;
}

/* The product of all others, for each of s: from the two sides, so that zeros do no harm. */
static lun_tensor *products_of_others(lun_tensor *s)
{
    if (!s) return NULL;
    int64_t n = lun_columns_of(s);
    lun_tensor *one = lun_ones_like(lun_narrow(s, -1, 0, 1));
    lun_tensor *before = lun_cumprod(lun_cat(2, (lun_tensor *[]){one, lun_narrow(s, -1, 0, n - 1)}, -1), -1);
    lun_tensor *after = lun_cumprod(lun_cat(2, (lun_tensor *[]){one, lun_narrow(lun_flip(s, -1), -1, 0, n - 1)}, -1), -1);
    return lun_mul(before, lun_flip(after, -1));
}

/* det x is differentiable at singular matrices too: its derivative is the cofactor matrix, here from the SVD. */
static lun_tensor *cofactors(lun_tensor *x)
{
    lun_tensor *p[3];
    if (!lun_svd(x, false, p)) return NULL;
    lun_tensor *sign = lun_mul(lun_call1(LUN_OP_det, lun_detach(p[0])), lun_call1(LUN_OP_det, lun_detach(p[2])));
    lun_tensor *matrix = lun_matmul(lun_scale_columns(p[0], products_of_others(p[1])), p[2]);
    return lun_mul(lun_unsqueeze(lun_unsqueeze(lun_conj(sign), -1), -1), matrix);
}

static lun_tensor *as_matrix_factor(lun_tensor *g) { return lun_unsqueeze(lun_unsqueeze(g, -1), -1); }

/* g times the inverse of the adjoint: from the saved factors when nobody differentiates this again. */
static lun_tensor *times_inverse(const lun_node *n, lun_tensor *g, int factors)
{
    int64_t size = n->in_spec[0].dims[n->in_spec[0].ndim - 1];
    lun_tensor *d = g ? lun_mul(as_matrix_factor(lun_to_dtype(g, n->in_spec[0].dtype)), lun_eye_like(g, size, size)) : NULL;
    if (lun_again()) return lun_solve(lun_mH(lun_saved_in(n, 0)), d, true);
    lun_call k;
    lun_tensor *in[] = {lun_saved_out(n, factors), lun_saved_out(n, factors + 1), lun_conj(d)};
    return lun_parts(&k, LUN_OP_solve_again, 3, in, 2, (bool[]){true, true}) ? lun_conj(k.out[0]) : NULL;
}

void lun_vjp_lu_det(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    lun_tensor *det = lun_saved_out(n, 0);
    bool zero = false;
    for (int64_t i = 0; det && i < det->numel; i++) zero |= lun_get_double(det, i) == 0;
    dx[0] = zero ? lun_mul(as_matrix_factor(g[0]), cofactors(lun_saved_in(n, 0))) : times_inverse(n, lun_mul(g[0], lun_conj(det)), 1);
}

/* Re t and Im t, t the trace of the inverse times a change, are the changes of logabsdet and of the sign's angle. */
void lun_vjp_lu_slogdet(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *by = lun_is_none(g[1]) ? NULL : g[1];
    if (lun_dtype_is_complex(n->in_spec[0].dtype) && !lun_is_none(g[0])) {
        lun_tensor *turn = lun_call1(LUN_OP_imag, lun_mul(lun_conj(g[0]), lun_saved_out(n, 0)));
        by = lun_call2(LUN_OP_complex, by ? by : lun_zeros_like(turn), lun_neg(turn));
    }
    if (by) dx[0] = times_inverse(n, by, 2);
}

bool lun_compose_det(lun_call *c)
{
    lun_call k;
    return lun_parts(&k, LUN_OP_lu_det, 1, c->in, 0, NULL) && lun_composed(c, k.out[0]);
}

bool lun_compose_slogdet(lun_call *c)
{
    lun_call k;
    if (!lun_parts(&k, LUN_OP_lu_slogdet, 1, c->in, 0, NULL)) return false;
    c->out[0] = k.out[0];
    c->out[1] = k.out[1];
    c->n_out = 2;
    return true;
}

bool lun_compose_logdet(lun_call *c)
{
    lun_call k;
    if (!lun_parts(&k, LUN_OP_lu_slogdet, 1, c->in, 0, NULL)) return false;
    lun_tensor *zero = lun_number(0), *nan = lun_number(__builtin_nan(""));
    if (lun_is_complex(c->in[0])) return lun_composed(c, lun_add(lun_log(k.out[0]), k.out[1]));
    return lun_composed(c, lun_where(lun_lt(k.out[0], zero), nan, k.out[1]));
}
