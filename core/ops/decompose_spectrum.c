/* decompose_spectrum.c - eigenvalues of symmetric matrices, singular values, pseudo-inverses, rank
 *
 * Holds: gradients of vectors divide by differences of (squared) values, so equal values give infinities; gradients of values alone
 * do not. Vectors are not computed for eigvalsh and svdvals unless a gradient will want them.
 * Read next: kernels/cpu/spectrum.c, core/ops/matrix_norm.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/tape.h"

#include <string.h>

static lun_dtype real_of(const lun_tensor *x) { return lun_dtype_real((lun_dtype)x->dtype); }
static bool recorded(const lun_tensor *x) { return lun_context_get()->grad_enabled && lun_requires_grad(x); }

/* ---- symmetric ---- */

bool lun_infer_eigh_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_square(x)) return false;
    lun_result(c, 0, real_of(x), x->ndim - 1, x->dims);
    if (lun_param_bool(&c->params, 1, true)) lun_result_like(c, 1, x);
    else lun_result(c, 1, (lun_dtype)x->dtype, 1, (int64_t[]){0});
    lun_result(c, 2, LUN_I32, x->ndim - 2, x->dims);
    return true;
}

/* Differences values[k] - values[i] at row i, column k, with 1 on the diagonal */
static lun_tensor *differences(lun_tensor *values)
{
    if (!values) return NULL;
    int64_t n = lun_columns_of(values);
    return lun_add(lun_sub(lun_unsqueeze(values, -2), lun_unsqueeze(values, -1)), lun_eye_like(values, n, n));
}

static lun_tensor *without_diagonal(lun_tensor *x)
{
    if (!x) return NULL;
    lun_tensor *mask = lun_to_dtype(lun_eye_like(x, lun_rows_of(x), lun_columns_of(x)), LUN_BOOL);
    return lun_where(mask, lun_number(0), x);
}

/* V ((V^H gV) / E + diag(gL)) V^H */
void lun_vjp_eigh_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *values = lun_saved_out(n, 0), *v = lun_saved_out(n, 1);
    if (lun_is_none(g[1])) {
        dx[0] = lun_matmul(lun_scale_columns(v, g[0]), lun_mH(v));
        return;
    }
    lun_tensor *inner = without_diagonal(lun_div(lun_matmul(lun_mH(v), g[1]), differences(values)));
    if (!lun_is_none(g[0])) inner = lun_add(inner, lun_diagonal_matrix(g[0]));
    dx[0] = lun_matmul(v, lun_matmul(inner, lun_mH(v)));
}

static bool upper_triangle(const lun_call *c, int k, bool *upper)
{
    const char *uplo = lun_param_string(&c->params, k, "L");
    *upper = !strcmp(uplo, "U") || !strcmp(uplo, "u");
    if (*upper || !strcmp(uplo, "L") || !strcmp(uplo, "l")) return true;
    return lun_fail(LUN_E_ARGUMENT, "UPLO = \"L\"", "UPLO says which triangle is read: \"L\" or \"U\", got \"%s\"", uplo), false;
}

static bool symmetric(lun_call *k, lun_tensor *x, bool upper, bool vectors)
{
    return lun_parts(k, LUN_OP_eigh_parts, 1, &x, 2, (bool[]){upper, vectors}) &&
           lun_check_info(k->out[2], "has no eigenvalues that converge: code ", "x:double() may converge");
}

bool lun_compose_eigh(lun_call *c)
{
    bool upper, vectors = c->op->id == LUN_OP_eigh;
    lun_call k;
    if (!upper_triangle(c, 0, &upper) || !symmetric(&k, c->in[0], upper, vectors || recorded(c->in[0]))) return false;
    c->out[0] = k.out[0];
    c->out[1] = k.out[1];
    c->n_out = vectors ? 2 : 1;
    return true;
}

/* ---- singular values ---- */

bool lun_infer_svd_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_matrices(x)) return false;
    int64_t m = lun_rows_of(x), n = lun_columns_of(x), k = m < n ? m : n, dims[LUN_MAX_DIMS], none = 0;
    bool full = lun_param_bool(&c->params, 0, true);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 2] = k;
    if (lun_param_bool(&c->params, 1, true)) {
        lun_result_matrices(c, 0, x, m, full ? m : k);
        lun_result_matrices(c, 2, x, full ? n : k, n);
    } else {
        lun_result(c, 0, (lun_dtype)x->dtype, 1, &none);
        lun_result(c, 2, (lun_dtype)x->dtype, 1, &none);
    }
    lun_result(c, 1, real_of(x), x->ndim - 1, dims);
    lun_result(c, 3, LUN_I32, x->ndim - 2, x->dims);
    return true;
}

static lun_tensor *skew(lun_tensor *x) { return lun_sub(x, lun_mH(x)); }

/* The part inside U (...) Vh: diag(gS), and what turns U and V, over S_k^2 - S_i^2. */
static lun_tensor *turned(lun_tensor *u, lun_tensor *s, lun_tensor *vh, lun_tensor **g)
{
    lun_tensor *inner = lun_is_none(g[1]) ? NULL : lun_diagonal_matrix(g[1]);
    lun_tensor *by_u = lun_is_none(g[0]) ? NULL : lun_scale_columns(skew(lun_matmul(lun_mH(u), g[0])), s);
    lun_tensor *by_v = lun_is_none(g[2]) ? NULL : lun_scale_rows(skew(lun_matmul(vh, lun_mH(g[2]))), s);
    lun_tensor *turn = by_u && by_v ? lun_add(by_u, by_v) : by_u ? by_u : by_v;
    if (!turn) return inner;
    turn = without_diagonal(lun_div(turn, differences(lun_square(s))));
    return inner ? lun_add(inner, turn) : turn;
}

void lun_vjp_svd_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *u = lun_saved_out(n, 0), *s = lun_saved_out(n, 1), *vh = lun_saved_out(n, 2), *given[3] = {g[0], g[1], g[2]};
    if (!u || !s || !vh) return;
    int64_t k = lun_columns_of(s);
    u = lun_narrow(u, -1, 0, k); /* the columns beyond are arbitrary and have no gradient */
    vh = lun_narrow(vh, -2, 0, k);
    if (!lun_is_none(g[0])) given[0] = lun_narrow(g[0], -1, 0, k);
    if (!lun_is_none(g[2])) given[2] = lun_narrow(g[2], -2, 0, k);
    lun_tensor *inner = turned(u, s, vh, given);
    if (!u || !vh || !inner) return;
    inner = lun_to_dtype(inner, (lun_dtype)u->dtype); /* the values alone are real */
    if (lun_is_complex(u) && !lun_is_none(g[0])) { /* what turns U and V together, by a phase of each column */
        lun_tensor *phase = lun_main_diagonal(skew(lun_matmul(lun_mH(u), given[0])));
        inner = lun_add(inner, lun_diagonal_matrix(lun_div(phase, lun_mul_number(s, 2))));
    }
    dx[0] = lun_matmul(u, lun_matmul(inner, vh));
    if (lun_rows_of(u) > k && !lun_is_none(g[0])) { /* what leaves the span of U */
        lun_tensor *out = lun_div(given[0], lun_unsqueeze(s, -2));
        dx[0] = lun_add(dx[0], lun_matmul(lun_sub(out, lun_matmul(u, lun_matmul(lun_mH(u), out))), vh));
    }
    if (lun_columns_of(vh) > k && !lun_is_none(g[2])) {
        lun_tensor *out = lun_div(given[2], lun_unsqueeze(s, -1));
        dx[0] = lun_add(dx[0], lun_matmul(u, lun_sub(out, lun_matmul(lun_matmul(out, lun_mH(vh)), vh))));
    }
}

static bool singular_values(lun_call *k, lun_tensor *x, bool full, bool vectors)
{
    return lun_parts(k, LUN_OP_svd_parts, 1, &x, 2, (bool[]){full, vectors}) &&
           lun_check_info(k->out[3], "has no singular values that converge: code ", "x:double() may converge");
}

bool lun_compose_svd(lun_call *c)
{
    lun_call k;
    if (!singular_values(&k, c->in[0], lun_param_bool(&c->params, 0, true), true)) return false;
    memcpy(c->out, k.out, 3 * sizeof *k.out);
    c->n_out = 3;
    return true;
}

bool lun_compose_svdvals(lun_call *c)
{
    lun_call k;
    return singular_values(&k, c->in[0], false, recorded(c->in[0])) && lun_composed(c, k.out[1]);
}

/* ---- pseudo-inverse and rank ---- */

bool lun_infer_pinv_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!(lun_param_bool(&c->params, 0, false) ? lun_check_square(x) : lun_check_matrices(x))) return false;
    lun_result_matrices(c, 0, x, lun_columns_of(x), lun_rows_of(x));
    lun_result(c, 1, LUN_I32, x->ndim - 2, x->dims);
    return true;
}

/* After Golub and Pereyra: exact where the rank does not change. */
lun_tensor *lun_pinv_gradient(lun_tensor *g, lun_tensor *pinv, lun_tensor *a)
{
    lun_tensor *gh = lun_mH(g), *ph = lun_mH(pinv);
    if (!g || !a) return NULL;
    if (lun_rows_of(a) <= lun_columns_of(a)) {
        lun_tensor *k = lun_matmul(gh, pinv), *kp = lun_matmul(k, ph);
        lun_tensor *sum = lun_sub(kp, lun_mH(lun_matmul(pinv, k)));
        sum = lun_sub(sum, lun_matmul(lun_matmul(a, pinv), kp));
        return lun_add(sum, lun_matmul(lun_matmul(ph, pinv), lun_sub(gh, lun_matmul(k, a))));
    }
    lun_tensor *k = lun_matmul(pinv, gh), *pk = lun_matmul(ph, k);
    lun_tensor *sum = lun_sub(pk, lun_mH(lun_matmul(k, pinv)));
    sum = lun_add(sum, lun_matmul(lun_matmul(lun_sub(gh, lun_matmul(a, k)), pinv), ph));
    return lun_sub(sum, lun_matmul(lun_matmul(pk, pinv), a));
}

void lun_vjp_pinv_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_pinv_gradient(g[0], lun_saved_out(n, 0), lun_saved_in(n, 0));
}

/* A tolerance, for all matrices of x or each: `given`, or `absent`. */
static lun_tensor *tolerance(lun_tensor *x, lun_tensor *given, double absent)
{
    if (lun_is_none(given)) return lun_full(0, NULL, absent, real_of(x), lun_tensor_device(x));
    return lun_to_dtype(lun_requires_grad(given) ? lun_detach(given) : given, real_of(x));
}

/* A tolerance is one number or one for each matrix; a rank may also be asked for several of them. */
static bool fits(const lun_tensor *x, const lun_tensor *t, bool several)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(t)) return true;
    if (!lun_shape_broadcast(t->ndim, t->dims, x->ndim - 2, x->dims, &ndim, dims)) return false;
    if (several || lun_shape_same(ndim, dims, x->ndim - 2, x->dims)) return true;
    return lun_fail(LUN_E_SHAPE, "one number, or one for each matrix", "a tolerance %s does not go with matrices %s", lun_tensor_text(t, a),
                    lun_tensor_text(x, b)), false;
}

/* PyTorch's rule: without both, eps times the larger side; an atol alone puts the relative one to 0 where it is positive. */
static bool tolerances(lun_tensor *x, lun_tensor *atol, lun_tensor *rtol, bool several, lun_tensor **out)
{
    if (!fits(x, atol, several) || !fits(x, rtol, several)) return false;
    double eps = real_of(x) == LUN_F64 ? 2.220446049250313e-16 : 1.1920928955078125e-7;
    int64_t m = lun_rows_of(x), n = lun_columns_of(x);
    out[0] = tolerance(x, atol, 0);
    out[1] = tolerance(x, rtol, eps * (double)(m > n ? m : n));
    if (!lun_is_none(atol) && lun_is_none(rtol)) {
        lun_tensor *zero = lun_number(0);
        out[1] = lun_where(lun_gt(out[0], zero), zero, out[1]);
    }
    return out[0] && out[1];
}

static lun_tensor *pinv(lun_tensor *x, lun_tensor *atol, lun_tensor *rtol, bool hermitian)
{
    lun_call k;
    if (!lun_check_matrices(x)) return NULL;
    lun_tensor *in[3] = {x, NULL, NULL};
    if (!tolerances(x, atol, rtol, false, in + 1)) return NULL;
    for (int i = 1; i < 3; i++) in[i] = in[i] ? lun_expand(in[i], x->ndim - 2, x->dims) : NULL;
    if (!lun_parts(&k, LUN_OP_pinv_parts, 3, in, 1, &hermitian)) return NULL;
    return lun_check_info(k.out[1], "has no singular values that converge, or holds NaN or infinity: code ", "x:isfinite():all() tells")
               ? k.out[0] : NULL;
}

bool lun_compose_pinv(lun_call *c)
{
    return lun_composed(c, pinv(c->in[0], c->in[1], c->in[2], lun_param_bool(&c->params, 0, false)));
}

bool lun_compose_pinverse(lun_call *c)
{
    return lun_composed(c, pinv(c->in[0], LUN_NONE, lun_number(lun_param_float(&c->params, 0, 1e-15)), false));
}

bool lun_compose_matrix_rank(lun_call *c)
{
    lun_tensor *x = lun_detach(c->in[0]), *limits[2], *values;
    bool hermitian = lun_param_bool(&c->params, 0, false);
    lun_call k;
    if (!x || !lun_check_matrices(x) || !tolerances(x, c->in[1], c->in[2], true, limits)) return false;
    if (hermitian ? !symmetric(&k, x, false, false) : !singular_values(&k, x, false, false)) return false;
    values = hermitian ? lun_abs(k.out[0]) : k.out[1];
    if (!values) return false;
    lun_tensor *limit = limits[0];
    if (lun_columns_of(values)) limit = lun_maximum(limits[0], lun_mul(limits[1], lun_amax(values, -1, false)));
    return lun_composed(c, lun_sum_dim(lun_gt(values, lun_unsqueeze(limit, -1)), -1, false));
}
