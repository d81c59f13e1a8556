/* decompose_solve.c - inverses, linear systems, triangles, Cholesky
 *
 * Holds: x = solve(a, b): the gradient for b solves the adjoint system, and that for a is its outer product with x.
 * Read next: core/ops/decompose_orthogonal.c, kernels/cpu/factor.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/tape.h"

#include <string.h>

static const char singular[] = "is singular: U has a zero at place ";
static const char try_pinv[] = "x:pinv() and x:lstsq(b) take singular matrices too";

/* ---- inverse ---- */

bool lun_infer_inverse_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_square(x)) return false;
    lun_result_like(c, 0, x);
    lun_result(c, 1, LUN_I32, x->ndim - 2, x->dims);
    lun_result(c, 2, LUN_I32, x->ndim - 1, x->dims);
    return true;
}

void lun_vjp_inverse_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    lun_tensor *adjoint = lun_mH(lun_saved_out(n, 0));
    dx[0] = lun_neg(lun_matmul(adjoint, lun_matmul(g[0], adjoint)));
}

bool lun_compose_inv(lun_call *c)
{
    bool ex = c->op->id == LUN_OP_inv_ex;
    lun_call k;
    if (!lun_parts(&k, LUN_OP_inverse_parts, 1, c->in, 0, NULL)) return false;
    c->out[0] = k.out[0];
    c->out[1] = k.out[1];
    c->n_out = ex ? 2 : 1;
    return (ex && !lun_param_bool(&c->params, 0, false)) || lun_check_info(k.out[1], singular, try_pinv);
}

/* ---- systems ---- */

static bool misfit(const lun_tensor *a, const lun_tensor *b, bool left)
{
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_SHAPE, left ? "B:unsqueeze(-1) makes a vector a column" : "left = true solves A X = B",
                    "A %s and B %s do not fit: B needs as many %s as A", lun_tensor_text(a, s), lun_tensor_text(b, t),
                    left ? "rows" : "columns"), false;
}

/* a square, b with as many rows (left) or columns, batches equal */
static bool check_system(const lun_call *c, const lun_tensor *a, const lun_tensor *b, bool left)
{
    if (!lun_check_square(a) || !lun_check_matrices(b) || !lun_check_one_dtype(c)) return false;
    return lun_columns_of(a) == b->dims[b->ndim - (left ? 2 : 1)] || misfit(a, b, left);
}

bool lun_infer_solve_parts(lun_call *c)
{
    const lun_tensor *a = c->in[0], *b = c->in[1];
    if (!check_system(c, a, b, lun_param_bool(&c->params, 0, true))) return false;
    lun_result_like(c, 0, b);
    lun_result(c, 1, LUN_I32, a->ndim - 2, a->dims);
    lun_result_like(c, 2, a);
    lun_result(c, 3, LUN_I32, a->ndim - 1, a->dims);
    return true;
}

bool lun_infer_solve_again(lun_call *c)
{
    if (c->in[2]->dtype != c->in[0]->dtype) return lun_fail(LUN_E_INTERNAL, NULL, "solve_again: dtypes differ"), false;
    lun_result_like(c, 0, c->in[2]);
    return true;
}

/* What the solution's part in the gradient comes to for a, given that for b. */
static lun_tensor *outer(lun_tensor *gb, lun_tensor *x, bool left)
{
    return lun_neg(left ? lun_matmul(gb, lun_mH(x)) : lun_matmul(lun_mH(x), gb));
}

void lun_vjp_solve_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    bool left = lun_param_bool(n->params, 0, true);
    if (lun_again()) {
        dx[1] = lun_solve(lun_mH(lun_saved_in(n, 0)), g[0], left);
    } else {
        lun_call k;
        lun_tensor *in[] = {lun_saved_out(n, 2), lun_saved_out(n, 3), lun_conj(g[0])}; /* the adjoint is the conjugate's transpose */
        dx[1] = lun_parts(&k, LUN_OP_solve_again, 3, in, 2, (bool[]){left, true}) ? lun_conj(k.out[0]) : NULL;
    }
    dx[0] = lun_wants(n, 0) ? outer(dx[1], lun_saved_out(n, 0), left) : LUN_NONE;
}

bool lun_is_vector_side(const lun_tensor *a, const lun_tensor *b)
{
    return b->ndim == 1 || (a->ndim > 2 && b->ndim == a->ndim - 1 && !memcmp(a->dims, b->dims, b->ndim * sizeof *b->dims));
}

/* One matrix and a batch of right sides is one system with more columns. */
static lun_tensor *one_matrix(lun_call *k, lun_tensor *a, lun_tensor *b)
{
    int64_t order[LUN_MAX_DIMS], back[LUN_MAX_DIMS], dims[LUN_MAX_DIMS], n = lun_rows_of(b);
    int ndim = b->ndim;
    order[0] = ndim - 2;
    for (int d = 1; d < ndim; d++) order[d] = d < ndim - 1 ? d - 1 : ndim - 1;
    for (int d = 0; d < ndim; d++) {
        dims[d] = b->dims[order[d]];
        back[order[d]] = d;
    }
    lun_tensor *flat = lun_reshape(lun_permute(b, ndim, order), 2, (int64_t[]){n, n ? b->numel / n : 0});
    if (!lun_parts(k, LUN_OP_solve_parts, 2, (lun_tensor *[]){a, flat}, 1, (bool[]){true})) return NULL;
    return lun_permute(lun_reshape(k->out[0], ndim, dims), ndim, back);
}

/* The infos of a's own matrices, where a was repeated for a larger batch of right sides. */
static lun_tensor *own_info(lun_tensor *info, const lun_tensor *a)
{
    int batch = a->ndim - 2;
    if (!info || lun_shape_same(info->ndim, info->dims, batch, a->dims)) return info;
    if (!info->numel) return lun_full(batch, a->dims, 0, LUN_I32, lun_tensor_device(a));
    while (info && info->ndim > batch) info = lun_select(info, 0, 0);
    for (int d = 0; info && d < batch; d++)
        if (info->dims[d] != a->dims[d]) info = lun_narrow(info, d, 0, 1);
    return lun_contiguous(info);
}

static lun_tensor *solve(lun_call *k, lun_tensor *a, lun_tensor *b, bool left)
{
    if (a->ndim == 2 && b->ndim > 2 && left) return one_matrix(k, a, b);
    if (!lun_expand_batches(&a, &b) || !lun_parts(k, LUN_OP_solve_parts, 2, (lun_tensor *[]){a, b}, 1, &left)) return NULL;
    return k->out[0];
}

bool lun_compose_solve(lun_call *c)
{
    lun_tensor *a = c->in[0], *b = c->in[1];
    bool ex = c->op->id == LUN_OP_solve_ex, left = lun_param_bool(&c->params, 0, true);
    if (!lun_check_square(a) || !lun_check_one_dtype(c)) return false;
    bool vector = lun_is_vector_side(a, b);
    if (vector && !left)
        return lun_fail(LUN_E_ARGUMENT, "leave left out", "a vector can only be on the right side of A x = b"), false;
    if (vector) b = lun_unsqueeze(b, -1);
    if (!b || !check_system(c, a, b, left)) return false;
    lun_call k;
    if (!(c->out[0] = solve(&k, a, b, left))) return false;
    c->out[1] = own_info(k.out[1], a);
    c->n_out = ex ? 2 : 1;
    if (vector) c->out[0] = lun_squeeze(c->out[0], -1);
    if (!c->out[0] || !c->out[1]) return false;
    return (ex && !lun_param_bool(&c->params, 1, false)) || lun_check_info(c->out[1], singular, try_pinv);
}

/* ---- triangles ---- */

bool lun_infer_solve_triangle(lun_call *c)
{
    if (!check_system(c, c->in[0], c->in[1], lun_param_bool(&c->params, 1, true))) return false;
    lun_result_like(c, 0, c->in[1]);
    return true;
}

void lun_vjp_solve_triangle(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    bool upper = lun_param_bool(n->params, 0, true), left = lun_param_bool(n->params, 1, true), unit = lun_param_bool(n->params, 2, false);
    dx[1] = lun_solve_triangle(lun_mH(lun_saved_in(n, 0)), g[0], !upper, left, unit);
    if (lun_wants(n, 0)) dx[0] = lun_triangle(outer(dx[1], lun_saved_out(n, 0), left), upper, !unit ? 0 : upper ? 1 : -1);
}

static lun_tensor *solve_triangle(lun_call *c, lun_tensor *a, lun_tensor *b, bool upper, bool left, bool unit)
{
    if (!check_system(c, a, b, left) || !lun_expand_batches(&a, &b)) return NULL;
    return lun_solve_triangle(a, b, upper, left, unit);
}

bool lun_compose_solve_triangular(lun_call *c)
{
    const lun_params *p = &c->params;
    bool upper = lun_param_bool(p, 0, true), left = lun_param_bool(p, 1, true), unit = lun_param_bool(p, 2, false);
    return lun_composed(c, solve_triangle(c, c->in[0], c->in[1], upper, left, unit));
}

bool lun_compose_triangular_solve(lun_call *c)
{
    const lun_params *p = &c->params;
    lun_tensor *b = c->in[0], *a = c->in[1];
    bool upper = lun_param_bool(p, 0, true), transpose = lun_param_bool(p, 1, false);
    if (!lun_check_square(a)) return false;
    if (!lun_composed(c, solve_triangle(c, transpose ? lun_mT(a) : a, b, upper != transpose, true, lun_param_bool(p, 2, false)))) return false;
    if (!lun_expand_batches(&a, &b)) return false;
    c->out[1] = lun_clone(a);
    c->n_out = 2;
    return c->out[1] != NULL;
}

/* ---- Cholesky ---- */

bool lun_infer_cholesky_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_square(x)) return false;
    lun_result_like(c, 0, x);
    lun_result(c, 1, LUN_I32, x->ndim - 2, x->dims);
    return true;
}

/* L^-H times half the symmetric matrix of tril(L^H gL) times L^-1 */
void lun_vjp_cholesky_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    bool upper = lun_param_bool(n->params, 0, false);
    lun_tensor *l = lun_saved_out(n, 0), *gl = g[0];
    if (upper) {
        l = lun_mH(l);
        gl = lun_mH(gl);
    }
    lun_tensor *p = lun_matmul(lun_mH(l), gl);
    lun_tensor *symmetric = lun_mul_number(lun_add(lun_triangle(p, false, 0), lun_mH(lun_triangle(p, false, -1))), 0.5);
    dx[0] = lun_solve_triangle(l, lun_solve_triangle(lun_mH(l), symmetric, true, true, false), false, false, false);
}

bool lun_compose_cholesky(lun_call *c)
{
    bool ex = c->op->id == LUN_OP_cholesky_ex, upper = lun_param_bool(&c->params, 0, false);
    lun_call k;
    if (!lun_parts(&k, LUN_OP_cholesky_parts, 1, c->in, 1, &upper)) return false;
    c->out[0] = k.out[0];
    c->out[1] = k.out[1];
    c->n_out = ex ? 2 : 1;
    return (ex && !lun_param_bool(&c->params, 1, false)) ||
           lun_check_info(k.out[1], "is not positive-definite: first seen at its leading minor of order ",
                          "x:eigh() takes any symmetric matrix, and x:matmul(x.mT) is at least nearly positive-definite");
}

static lun_tensor *cholesky_solve(lun_tensor *l, lun_tensor *b, bool upper)
{
    lun_tensor *first = upper ? lun_mH(l) : l;
    return lun_solve_triangle(lun_mH(first), lun_solve_triangle(first, b, false, true, false), true, true, false);
}

bool lun_compose_cholesky_solve(lun_call *c)
{
    lun_tensor *b = c->in[0], *l = c->in[1];
    return check_system(c, l, b, true) && lun_expand_batches(&l, &b) && lun_composed(c, cholesky_solve(l, b, lun_param_bool(&c->params, 0, false)));
}

bool lun_compose_cholesky_inverse(lun_call *c)
{
    lun_tensor *l = c->in[0];
    if (!lun_check_square(l)) return false;
    lun_tensor *identity = lun_eye_like(l, lun_columns_of(l), lun_columns_of(l));
    return lun_expand_batches(&l, &identity) && lun_composed(c, cholesky_solve(l, identity, lun_param_bool(&c->params, 0, false)));
}
