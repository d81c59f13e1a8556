/* decompose_orthogonal.c - QR, reflections, least squares
 *
 * Holds: QR is differentiable where Q and R are functions of x: "reduced" for any shape, "complete" unless there are more rows.
 * Read next: core/ops/decompose_spectrum.c, kernels/cpu/orthogonal.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>


bool lun_infer_qr(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const char *mode = lun_param_string(&c->params, 0, "reduced");
    if (!lun_check_matrices(x)) return false;
    int64_t m = lun_rows_of(x), n = lun_columns_of(x), k = m < n ? m : n;
    bool complete = !strcmp(mode, "complete"), r = !strcmp(mode, "r");
    if (!complete && !r && strcmp(mode, "reduced") != 0)
        return lun_fail(LUN_E_ARGUMENT, "mode = \"reduced\"", "mode must be \"reduced\", \"complete\" or \"r\", got \"%s\"", mode), false;
    if (r) lun_result(c, 0, (lun_dtype)x->dtype, 1, (int64_t[]){0});
    else lun_result_matrices(c, 0, x, m, complete ? m : k);
    lun_result_matrices(c, 1, x, complete ? m : k, n);
    return true;
}

static bool can_differentiate(const lun_node *n)
{
    const lun_spec *x = &n->in_spec[0];
    const char *mode = lun_param_string(n->params, 0, "reduced");
    if (!strcmp(mode, "r"))
        return lun_fail(LUN_E_GRADIENT, "mode = \"reduced\" has one", "qr has no gradient in mode \"r\", which leaves out Q"), false;
    if (!strcmp(mode, "complete") && x->dims[x->ndim - 2] > x->dims[x->ndim - 1])
        return lun_fail(LUN_E_GRADIENT, "mode = \"reduced\" has one",
                        "qr has no gradient in mode \"complete\" with more rows than columns: the last columns of Q are arbitrary"), false;
    return true;
}

/* For at least as many rows as columns: (gQ + Q sym(triu(gR R^H - Q^H gQ))) R^-H, where sym mirrors the upper triangle. */
static lun_tensor *tall_gradient(lun_tensor *q, lun_tensor *r, lun_tensor *gq, lun_tensor *gr)
{
    lun_tensor *inner = NULL;
    if (!lun_is_none(gr)) inner = lun_matmul(gr, lun_mH(r));
    if (!lun_is_none(gq)) {
        lun_tensor *turn = lun_matmul(lun_mH(q), gq);
        inner = inner ? lun_sub(inner, turn) : lun_neg(turn);
    }
    lun_tensor *mirrored = lun_add(lun_triangle(inner, true, 0), lun_mH(lun_triangle(inner, true, 1)));
    if (inner && lun_is_complex(inner)) { /* the diagonal of R is real */
        lun_tensor *above = lun_triangle(inner, true, 1), *real = lun_call1(LUN_OP_real, lun_main_diagonal(inner));
        mirrored = lun_add(lun_add(above, lun_mH(above)), lun_diagonal_matrix(real));
    }
    lun_tensor *sum = lun_matmul(q, mirrored);
    if (!lun_is_none(gq)) sum = lun_add(sum, gq);
    return lun_solve_triangle(lun_mH(r), sum, false, false, false);
}

/* A wide x is [A1 A2] with A1 = Q R1 and R2 = Q^H A2. */
void lun_vjp_qr(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (!can_differentiate(n)) return;
    lun_tensor *q = lun_saved_out(n, 0), *r = lun_saved_out(n, 1), *gq = g[0], *gr = g[1];
    if (!q || !r) return;
    int64_t m = lun_rows_of(q), wide = lun_columns_of(r) - m;
    if (wide <= 0) {
        dx[0] = tall_gradient(q, r, gq, gr);
        return;
    }
    lun_tensor *first = lun_narrow(r, -1, 0, m), *last = NULL, *none = LUN_NONE;
    if (!lun_is_none(gr)) {
        lun_tensor *beyond = lun_narrow(gr, -1, m, wide), *more = lun_matmul(lun_matmul(q, lun_narrow(r, -1, m, wide)), lun_mH(beyond));
        last = lun_matmul(q, beyond);
        gq = lun_is_none(gq) ? more : lun_add(gq, more);
        gr = lun_narrow(gr, -1, 0, m);
    } else {
        gr = none;
    }
    lun_tensor *square = tall_gradient(q, first, gq, gr);
    if (!last && square) {
        int64_t dims[LUN_MAX_DIMS];
        memcpy(dims, square->dims, sizeof dims);
        dims[square->ndim - 1] = wide;
        last = lun_full(square->ndim, dims, 0, (lun_dtype)square->dtype, lun_tensor_device(square));
    }
    dx[0] = lun_cat(2, (lun_tensor *[]){square, last}, -1);
}

/* ---- reflections ---- */

bool lun_infer_geqrf(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_matrices(x)) return false;
    int64_t dims[LUN_MAX_DIMS], m = lun_rows_of(x), n = lun_columns_of(x);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 2] = m < n ? m : n;
    lun_result_like(c, 0, x);
    lun_result(c, 1, (lun_dtype)x->dtype, x->ndim - 1, dims);
    return true;
}

bool lun_infer_reflections_product(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    return true;
}

static bool check_reflections(const lun_call *c, bool wide)
{
    const lun_tensor *x = c->in[0], *tau = c->in[1];
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!lun_check_matrices(x) || !lun_check_one_dtype(c)) return false;
    bool fits = tau->ndim == x->ndim - 1 && lun_columns_of(tau) <= lun_columns_of(x) &&
                lun_columns_of(tau) <= lun_rows_of(x) && (wide || lun_rows_of(x) >= lun_columns_of(x));
    for (int d = 0; fits && d < x->ndim - 2; d++) fits = x->dims[d] == tau->dims[d];
    if (fits) return true;
    return lun_fail(LUN_E_SHAPE, "take both from lun.geqrf(x)",
                    "reflections %s and tau %s do not belong together: at least as many rows as columns, at most a tau for each column",
                    lun_tensor_text(x, s), lun_tensor_text(tau, t)), false;
}

/* y - tau v (v^H y), where v is column k of x below a 1, and zeros above */
static lun_tensor *reflect(lun_tensor *unit, lun_tensor *tau, int64_t k, lun_tensor *y, bool adjoint)
{
    lun_tensor *v = lun_narrow(unit, -1, k, 1), *t = lun_unsqueeze(lun_narrow(tau, -1, k, 1), -1);
    if (adjoint) t = lun_conj(t);
    return lun_sub(y, lun_matmul(lun_mul(t, v), lun_matmul(lun_mH(v), y)));
}

static lun_tensor *unit_columns(lun_tensor *x)
{
    return x ? lun_add(lun_triangle(x, false, -1), lun_eye_like(x, lun_rows_of(x), lun_columns_of(x))) : NULL;
}

/* Q y or, when adjoint, Q^H y: reflections one after the other, which can be differentiated as they are */
static lun_tensor *reflect_all(lun_tensor *x, lun_tensor *tau, lun_tensor *y, bool adjoint)
{
    int64_t count = lun_columns_of(tau);
    lun_tensor *unit = unit_columns(x);
    for (int64_t i = 0; i < count; i++) y = reflect(unit, tau, adjoint ? i : count - 1 - i, y, adjoint);
    return y;
}

bool lun_compose_householder_product(lun_call *c)
{
    lun_tensor *x = c->in[0], *tau = c->in[1];
    if (!check_reflections(c, false)) return false;
    bool recorded = lun_context_get()->grad_enabled && (lun_requires_grad(x) || lun_requires_grad(tau));
    if (!recorded) return lun_composed(c, lun_call2(LUN_OP_reflections_product, x, tau));
    lun_tensor *columns = lun_eye_like(x, lun_rows_of(x), lun_columns_of(x));
    return lun_expand_batches(&x, &columns) && lun_composed(c, reflect_all(x, tau, columns, false));
}

bool lun_compose_ormqr(lun_call *c)
{
    lun_tensor *x = c->in[0], *tau = c->in[1], *y = c->in[2];
    bool left = lun_param_bool(&c->params, 0, true), transpose = lun_param_bool(&c->params, 1, false);
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!check_reflections(c, true) || !lun_check_matrices(y)) return false;
    bool fits = x->ndim == y->ndim && lun_rows_of(x) == y->dims[y->ndim - (left ? 2 : 1)];
    for (int d = 0; fits && d < x->ndim - 2; d++) fits = x->dims[d] == y->dims[d];
    if (!fits)
        return lun_fail(LUN_E_SHAPE, "left = false multiplies from the right", "reflections %s cannot be applied to %s", lun_tensor_text(x, s),
                        lun_tensor_text(y, t)), false;
    /* y Q is the adjoint of Q^H y^H */
    return lun_composed(c, left ? reflect_all(x, tau, y, transpose) : lun_mH(reflect_all(x, tau, lun_mH(y), !transpose)));
}

/* ---- least squares ---- */

static bool known_driver(const char *driver)
{
    static const char *const drivers[] = {"gels", "gelsy", "gelsd", "gelss"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(driver, drivers[i])) return true;
    return lun_fail(LUN_E_ARGUMENT, "driver = \"gelsy\"", "driver must be \"gels\", \"gelsy\", \"gelsd\" or \"gelss\", got \"%s\"", driver), false;
}

bool lun_infer_lstsq_parts(lun_call *c)
{
    const lun_tensor *a = c->in[0], *b = c->in[1];
    const char *driver = lun_param_string(&c->params, 1, "gelsy");
    int64_t dims[LUN_MAX_DIMS], none = 0, m = lun_rows_of(a), n = lun_columns_of(a);
    lun_dtype real = lun_dtype_real((lun_dtype)a->dtype);
    memcpy(dims, a->dims, sizeof dims);
    lun_result_matrices(c, 0, a, n, lun_columns_of(b));
    if (!strcmp(driver, "gels")) lun_result(c, 1, LUN_I64, 1, &none);
    else lun_result(c, 1, LUN_I64, a->ndim - 2, dims);
    dims[a->ndim - 2] = m < n ? m : n;
    if (!strcmp(driver, "gelsd") || !strcmp(driver, "gelss")) lun_result(c, 2, real, a->ndim - 1, dims);
    else lun_result(c, 2, real, 1, &none);
    lun_result(c, 3, LUN_I32, a->ndim - 2, a->dims);
    return true;
}

/* The solution is pinv(a) b. */
void lun_vjp_lstsq_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_is_none(g[0])) return;
    lun_tensor *a = lun_saved_in(n, 0), *b = lun_saved_in(n, 1), *pinv = lun_call3(LUN_OP_pinv, a, LUN_NONE, LUN_NONE);
    if (lun_wants(n, 1)) dx[1] = lun_matmul(lun_mH(pinv), g[0]);
    if (lun_wants(n, 0)) dx[0] = lun_pinv_gradient(lun_matmul(g[0], lun_mH(b)), pinv, a);
}

static lun_tensor *least_squares(lun_call *k, const lun_call *c, lun_tensor *a, lun_tensor *b)
{
    double eps = lun_dtype_real((lun_dtype)a->dtype) == LUN_F64 ? 2.220446049250313e-16 : 1.1920929e-7;
    int64_t m = lun_rows_of(a), n = lun_columns_of(a);
    lun_call_begin(k, lun_op_at(LUN_OP_lstsq_parts));
    lun_call_input(k, a);
    lun_call_input(k, b);
    lun_params_float(&k->params, lun_param_float(&c->params, 0, eps * (double)(m > n ? m : n)));
    lun_params_string(&k->params, lun_param_string(&c->params, 1, "gelsy"));
    return lun_apply1(k);
}

/* The squared distance of each column, where the system has more rows and full rank; else nothing. gelsy gives none in PyTorch. */
static lun_tensor *residuals(const lun_call *k, lun_tensor *a, lun_tensor *b)
{
    int64_t none = 0, n = lun_columns_of(a);
    bool full = lun_rows_of(a) > n && strcmp(lun_param_string(&k->params, 1, ""), "gelsy") != 0;
    for (int64_t i = 0; full && i < k->out[1]->numel; i++) full = lun_get_integer(k->out[1], i) == n; /* gels gives none, and needs it */
    if (!full) return lun_tensor_empty(lun_dtype_real((lun_dtype)a->dtype), 1, &none, lun_tensor_device(a));
    lun_tensor *far = lun_sub(lun_matmul(a, k->out[0]), b);
    return lun_sum_dim(lun_square(far && lun_is_complex(far) ? lun_abs(far) : far), -2, false);
}

/* B of one dim less than A is a batch of vectors wherever it can be, as in PyTorch; else a matrix for all. */
static bool are_vectors(const lun_tensor *a, const lun_tensor *b)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (b->ndim == 1) return true;
    if (b->ndim != a->ndim - 1 || lun_columns_of(b) != lun_rows_of(a)) return false;
    bool fits = lun_shape_broadcast(a->ndim - 2, a->dims, b->ndim - 1, b->dims, &ndim, dims);
    if (!fits) lun_error_clear();
    return fits;
}

bool lun_compose_lstsq(lun_call *c)
{
    lun_tensor *a = c->in[0], *b = c->in[1];
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!lun_check_matrices(a) || !lun_check_one_dtype(c) || !known_driver(lun_param_string(&c->params, 1, "gelsy"))) return false;
    bool vector = are_vectors(a, b);
    if (vector) b = lun_unsqueeze(b, -1);
    if (!b || !lun_check_matrices(b)) return false;
    if (lun_rows_of(a) != lun_rows_of(b))
        return lun_fail(LUN_E_SHAPE, "B needs as many rows as A", "A %s and B %s do not fit", lun_tensor_text(a, s), lun_tensor_text(c->in[1], t)),
               false;
    lun_call k;
    if (!lun_expand_batches(&a, &b) || !least_squares(&k, c, a, b)) return false;
    if (!lun_check_info(k.out[3], "has not full rank, or no solution was found: code ", "driver = \"gelsd\" takes any rank")) return false;
    c->out[0] = vector ? lun_squeeze(k.out[0], -1) : k.out[0];
    c->out[1] = residuals(&k, a, b);
    c->out[2] = k.out[1];
    c->out[3] = lun_detach(k.out[2]); /* no gradient, as in PyTorch: svdvals has one */
    c->n_out = 4;
    return c->out[0] && c->out[1] && c->out[3];
}
