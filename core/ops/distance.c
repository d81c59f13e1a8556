/* distance.c - distances and angles between rows
 *
 * Holds: equal rows have distance 0 and gradient 0. The gradient of the 2-norm is made of matrix products and takes no more memory than
 * the distances; those of other norms look at all differences.
 * Read next: kernels/cpu/distance.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/decompose.h"
#include "core/ops/products.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>


bool lun_infer_row_distances(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 1] = y->dims[y->ndim - 2];
    lun_result(c, 0, (lun_dtype)x->dtype, x->ndim, dims);
    return true;
}

/* g over the distance, 0 where that is 0 */
static lun_tensor *weights(lun_tensor *g, lun_tensor *distance)
{
    lun_tensor *zero = lun_eq(distance, lun_number(0));
    return lun_where(zero, lun_number(0), lun_div(g, lun_where(zero, lun_number(1), distance)));
}

/* The sum over k of w[i,k] (x[i] - y[k]) for each row i of x */
static lun_tensor *pulled(lun_tensor *w, lun_tensor *x, lun_tensor *y) { return lun_sub(lun_mul(lun_sum_dim(w, -1, true), x), lun_matmul(w, y)); }

/* The derivative of each distance by each difference, times g */
static lun_tensor *by_differences(lun_tensor *g, lun_tensor *d, lun_tensor *distance, double p)
{
    lun_tensor *size = lun_abs(d), *deep = lun_unsqueeze(distance, -1);
    g = lun_unsqueeze(g, -1);
    if (p == 1) return lun_mul(g, lun_sign(d));
    if (isinf(p)) {
        lun_tensor *largest = lun_to_dtype(lun_eq(lun_detach(size), lun_detach(deep)), (lun_dtype)d->dtype);
        return lun_mul(lun_mul(g, lun_sign(d)), largest);
    }
    lun_tensor *zero = lun_logical_or(lun_eq(d, lun_number(0)), lun_eq(deep, lun_number(0)));
    lun_tensor *share = lun_div(lun_where(zero, lun_number(1), size), lun_where(zero, lun_number(1), deep)); /* no power of it overflows */
    lun_tensor *slope = lun_pow(share, lun_number(p - 1));
    return lun_where(zero, lun_number(0), lun_mul(lun_mul(g, lun_sign(d)), slope));
}

void lun_vjp_row_distances(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    double p = lun_param_float(n->params, 0, 2);
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_in(n, 1), *distance = lun_saved_out(n, 0);
    if (!x || !y || !distance) return;
    if (p == 0) {
        dx[0] = lun_zeros_like(x);
        dx[1] = lun_zeros_like(y);
    } else if (p == 2) {
        lun_tensor *w = weights(g[0], distance);
        if (y->dims[y->ndim - 2]) { /* from an origin amid the rows they lie apart as before, and the products lose no digits */
            lun_tensor *origin = lun_detach(lun_narrow(y, -2, 0, 1));
            x = lun_sub(x, origin);
            y = lun_sub(y, origin);
        }
        if (lun_wants(n, 0)) dx[0] = pulled(w, x, y);
        if (lun_wants(n, 1)) dx[1] = pulled(lun_mT(w), y, x);
    } else {
        if (x->ndim == LUN_MAX_DIMS) {
            lun_fail(LUN_E_GRADIENT, "p = 2 takes them", "the gradient of cdist takes at most %d dims, got %d", LUN_MAX_DIMS - 1, x->ndim);
            return;
        }
        lun_tensor *d = by_differences(g[0], lun_sub(lun_unsqueeze(x, -2), lun_unsqueeze(y, -3)), distance, p);
        if (lun_wants(n, 0)) dx[0] = lun_sum_dim(d, -2, false);
        if (lun_wants(n, 1)) dx[1] = lun_neg(lun_sum_dim(d, -3, false));
    }
}

static lun_tensor *row_distances(lun_tensor *x, lun_tensor *y, double p, bool product)
{
    lun_call k;
    lun_call_begin(&k, lun_op_at(LUN_OP_row_distances));
    lun_call_input(&k, x);
    lun_call_input(&k, y);
    lun_params_float(&k.params, p);
    lun_params_bool(&k.params, product);
    return lun_apply1(&k);
}

static bool check_order(double p)
{
    if (p >= 0) return true;
    return lun_fail(LUN_E_ARGUMENT, "p = 2", "p must be at least 0, got %g", p), false;
}

/* Is the faster way wanted? PyTorch takes it from 25 rows on. */
static bool by_product(const char *mode, const lun_tensor *x, const lun_tensor *y, bool *product)
{
    static const char always[] = "use_mm_for_euclid_dist", never[] = "donot_use_mm_for_euclid_dist";
    *product = !strcmp(mode, always);
    if (*product || !strcmp(mode, never)) return true;
    *product = x->dims[x->ndim - 2] > 25 || y->dims[y->ndim - 2] > 25;
    if (!strcmp(mode, "use_mm_for_euclid_dist_if_necessary") || !strcmp(mode, "auto")) return true;
    return lun_fail(LUN_E_ARGUMENT, "leave compute_mode out", "compute_mode must be \"auto\", \"%s\" or \"%s\", got \"%s\"", always, never,
                    mode), false;
}

bool lun_compose_cdist(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    double p = lun_param_float(&c->params, 0, 2);
    bool product;
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!lun_check_matrices(x) || !lun_check_matrices(y) || !lun_check_one_dtype(c) || !check_order(p)) return false;
    if (x->dims[x->ndim - 1] != y->dims[y->ndim - 1])
        return lun_fail(LUN_E_SHAPE, NULL, "rows of %s and %s have different lengths", lun_tensor_text(x, s), lun_tensor_text(y, t)), false;
    if (!by_product(lun_param_string(&c->params, 1, "auto"), x, y, &product)) return false;
    return lun_expand_batches(&x, &y) && lun_composed(c, row_distances(x, y, p, product && p == 2));
}

/* The part of the table of distances above its diagonal. */
bool lun_compose_pdist(lun_call *c)
{
    lun_tensor *x = c->in[0];
    double p = lun_param_float(&c->params, 0, 2);
    char text[LUN_SHAPE_TEXT];
    if (x->ndim != 2)
        return lun_fail(LUN_E_SHAPE, "lun.cdist(x, x) takes batches", "pdist needs one matrix, got %s", lun_tensor_text(x, text)), false;
    if (!lun_check_matrices(x) || !check_order(p)) return false;
    int64_t n = x->dims[0], pairs = n > 1 ? n * (n - 1) / 2 : 0, at = 0, all = n * n;
    lun_tensor *index = lun_integers(pairs);
    if (!index) return false;
    int64_t *positions = lun_data(index);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++) positions[at++] = i * n + k + 1;
    return lun_composed(c, lun_index_select(lun_reshape(row_distances(x, x, p, false), 1, &all), 0, index));
}

/* What both arguments are, where they agree on f16 or bf16; else what was computed. */
static lun_dtype common_float(const lun_call *c, const lun_tensor *computed)
{
    lun_dtype t = lun_common_dtype(c, 0);
    return t == LUN_F16 || t == LUN_BF16 ? t : (lun_dtype)computed->dtype;
}

bool lun_compose_pairwise_distance(lun_call *c)
{
    const int64_t last = -1;
    double p = lun_param_float(&c->params, 0, 2);
    lun_tensor *d = lun_add_number(lun_sub(lun_widened(c->in[0]), lun_widened(c->in[1])), lun_param_float(&c->params, 1, 1e-6));
    if (!d) return false;
    lun_tensor *y = lun_p_norm(d, p, d->ndim ? 1 : 0, &last, lun_param_bool(&c->params, 2, false));
    return lun_composed(c, lun_to_dtype(y, lun_dtype_real(common_float(c, d))));
}

/* The norm, at least eps: what is below counts as eps, with the norm's gradient (PyTorch's rule). */
static lun_tensor *unit(lun_tensor *x, int64_t dim, double eps)
{
    lun_tensor *norm = lun_p_norm(x, 2, 1, &dim, true), *constant = norm ? lun_detach(norm) : NULL;
    if (!norm) return NULL;
    lun_tensor *missing = lun_number(eps);
    if (!isinf(eps)) missing = lun_maximum(lun_sub(missing, constant), lun_number(0)); /* 0 for an infinite norm */
    return lun_div(x, lun_add(norm, missing));
}

bool lun_compose_cosine_similarity(lun_call *c)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    lun_dtype t = lun_dtype_promote((lun_dtype)c->in[0]->dtype, (lun_dtype)c->in[1]->dtype);
    double eps = lun_param_float(&c->params, 1, 1e-8);
    if (!lun_check_taken(c->op, t)) return false;
    if (!(eps >= 0)) return lun_fail(LUN_E_ARGUMENT, "eps = 1e-8", "eps must be at least 0, got %g", eps), false;
    if (!lun_shape_broadcast(c->in[0]->ndim, c->in[0]->dims, c->in[1]->ndim, c->in[1]->dims, &ndim, dims)) return false;
    int dim = lun_param_dim(c, 0, ndim);
    if (dim < 0) return false;
    lun_tensor *x = lun_expand(lun_widened(lun_to_dtype(c->in[0], t)), ndim, dims);
    lun_tensor *y = lun_expand(lun_widened(lun_to_dtype(c->in[1], t)), ndim, dims);
    lun_tensor *z = lun_sum_dim(lun_mul(unit(x, dim, eps), unit(y, dim, eps)), dim, false);
    return z && lun_composed(c, lun_to_dtype(z, common_float(c, z)));
}
