/* products.c - products of matrices and vectors made of matmul and mul
 *
 * Holds: sizes are checked before anything is computed, so that messages name the arguments as they were given.
 * Read next: core/ops/linalg.c (matmul itself), core/ops/matrix_power.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/products.h"

#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/decompose.h"

#include <math.h>
#include <string.h>

static bool misfit(const lun_tensor *x, const lun_tensor *y, const char *what)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_SHAPE, NULL, "%s and %s: %s", lun_tensor_text(x, a), lun_tensor_text(y, b), what), false;
}

/* ---- beta x + alpha (a product) ---- */

/* Attribute k as a factor; for whole numbers it is made whole, as PyTorch does (in addr it is whole already). */
static lun_tensor *scaled(lun_tensor *x, const lun_params *p, int k)
{
    const lun_attr *a = &p->attr[k];
    lun_c128 number = lun_param_complex(p, k, 1);
    double v = number.re;
    if (x && number.im != 0) {
        if (lun_is_complex(x)) return lun_mul(x, lun_tensor_complex(number));
        return lun_fail(LUN_E_ARGUMENT, "lun.complex(x, x * 0) is a complex x", "beta and alpha must be real for a %s tensor",
                        lun_dtypes[x->dtype].name);
    }
    bool whole = x && lun_dtypes[x->dtype].kind <= LUN_KIND_INT;
    if (!x || v == 1) return x;
    if (whole && !lun_param_fits(p, k, (lun_dtype)x->dtype)) return NULL;
    return lun_mul(x, whole ? lun_tensor_integer(a->kind == LUN_ATTR_FLOAT ? (int64_t)v : a->value.i) : lun_number(v));
}

static bool is_zero(const lun_params *p, int k, const lun_tensor *x)
{
    lun_c128 v = lun_param_complex(p, k, 1);
    return lun_dtypes[x->dtype].kind <= LUN_KIND_INT ? fabs(v.re) < 1 : v.re == 0 && v.im == 0;
}

lun_tensor *lun_widened(lun_tensor *x) { return x && (x->dtype == LUN_F16 || x->dtype == LUN_BF16) ? lun_to_dtype(x, LUN_F32) : x; }

/* The sum over a batch of products is one product of [n, b m] and [b m, p]. */
static lun_tensor *summed_products(lun_tensor *x, lun_tensor *y)
{
    if (x->ndim != 3 || y->ndim != 3) return misfit(x, y, "addbmm needs two batches of matrices (3 dims each)"), NULL;
    int64_t b = x->dims[0], n = x->dims[1], m = x->dims[2], p = y->dims[2];
    if (y->dims[0] != b || y->dims[1] != m) return misfit(x, y, "batch or inner sizes differ"), NULL;
    lun_tensor *rows = lun_reshape(lun_permute(x, 3, (int64_t[]){1, 0, 2}), 2, (int64_t[]){n, b * m});
    return lun_matmul(rows, lun_reshape(y, 2, (int64_t[]){b * m, p}));
}

static lun_tensor *product(lun_op_id id, lun_tensor *x, lun_tensor *y)
{
    switch (id) {
    case LUN_OP_addmm: return lun_call2(LUN_OP_mm, x, y);
    case LUN_OP_baddbmm: return lun_call2(LUN_OP_bmm, x, y);
    case LUN_OP_addmv: return lun_call2(LUN_OP_mv, x, y);
    case LUN_OP_addr: return lun_call2(LUN_OP_outer, x, y);
    default: return summed_products(x, y);
    }
}

/* PyTorch cuts fractions off beside matrix products, and refuses them in addr; so does this. */
static bool are_whole(const lun_params *p)
{
    for (int k = 0; k < 2; k++) {
        double v = lun_param_float(p, k, 1);
        if (isfinite(v) && v != trunc(v))
            return lun_fail(LUN_E_ARGUMENT, "use floats, x:float(), or a whole factor", "%s %g is no whole number, the tensors are",
                            k ? "alpha" : "beta", v), false;
    }
    return true;
}

bool lun_compose_add_product(lun_call *c)
{
    lun_tensor *in[3];
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    bool mixes = c->op->id == LUN_OP_addr; /* made of mul, which takes two dtypes; matrix products do not */
    if (!mixes && !lun_check_one_dtype(c)) return false;
    for (int i = 1; mixes && i < 3; i++) t = lun_dtype_promote(t, (lun_dtype)c->in[i]->dtype);
    if (mixes && lun_dtypes[t].kind <= LUN_KIND_INT && !are_whole(&c->params)) return false;
    for (int i = 0; i < 3; i++) in[i] = lun_widened(lun_to_dtype(c->in[i], t));
    lun_tensor *x = in[0], *z = product((lun_op_id)c->op->id, in[1], in[2]);
    if (!x || !z) return false;
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    bool fits = x->ndim <= z->ndim && lun_shape_broadcast(x->ndim, x->dims, z->ndim, z->dims, &ndim, dims);
    if (!fits || !lun_shape_same(ndim, dims, z->ndim, z->dims)) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, "x must have the product's shape, or sizes of 1", "%s cannot be broadcast to the product's shape %s",
                        lun_tensor_text(x, a), lun_shape_text(z->ndim, z->dims, b)), false;
    }
    z = scaled(z, &c->params, 1);
    if (!is_zero(&c->params, 0, x)) z = lun_add(scaled(x, &c->params, 0), z); /* else NaN in x counts as nothing */
    return lun_composed(c, lun_to_dtype(z, t));
}

/* ---- vectors ---- */

bool lun_compose_vecdot(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    if (!lun_check_one_dtype(c)) return false;
    if (c->op->id == LUN_OP_vdot) {
        if (x->ndim != 1 || y->ndim != 1) return misfit(x, y, "vdot needs two vectors");
        return lun_composed(c, lun_call2(LUN_OP_dot, lun_conj(x), y));
    }
    int64_t dim = lun_param_int(&c->params, 0, -1);
    return lun_composed(c, lun_to_dtype(lun_sum_dim(lun_mul(lun_conj(x), y), dim, false), (lun_dtype)x->dtype));
}

/* Positions start..start+2 of dim, turned: [2,3,1] for 1, [3,1,2] for 2. */
static lun_tensor *turned(lun_tensor *x, int64_t dim, int64_t by)
{
    lun_tensor *parts[2] = {lun_narrow(x, dim, by, 3 - by), lun_narrow(x, dim, 0, by)};
    return lun_cat(2, parts, dim);
}

/* Without a dim the first of size 3. */
static int cross_dim(const lun_call *c, const lun_tensor *x)
{
    if (c->op->id == LUN_OP_linalg_cross || lun_param_given(&c->params, 0)) return lun_param_dim(c, 0, x->ndim);
    for (int d = 0; d < x->ndim; d++)
        if (x->dims[d] == 3) return d;
    char text[LUN_SHAPE_TEXT];
    return lun_fail(LUN_E_SHAPE, NULL, "no dim of %s has size 3", lun_tensor_text(x, text)), -1;
}

bool lun_compose_cross(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    if (!lun_check_one_dtype(c)) return false;
    if (x->ndim != y->ndim) return misfit(x, y, "cross needs tensors with equally many dims");
    int ndim, dim = cross_dim(c, x);
    int64_t dims[LUN_MAX_DIMS];
    if (dim < 0) return false;
    if (!x->ndim || x->dims[dim] != 3 || y->dims[dim] != 3) return misfit(x, y, "both need size 3 in that dim");
    if (!lun_shape_broadcast(x->ndim, x->dims, y->ndim, y->dims, &ndim, dims)) return false;
    lun_tensor *left = lun_mul(turned(x, dim, 1), turned(y, dim, 2)), *right = lun_mul(turned(x, dim, 2), turned(y, dim, 1));
    return lun_composed(c, lun_sub(left, right));
}

/* ---- sums over several dims ---- */

/* The dims of x in `first` and then those in `last` (or the other way round), as a matrix. */
static lun_tensor *as_matrix(lun_tensor *x, int n, const int64_t *summed, bool summed_last, int64_t *kept, int *n_kept)
{
    int64_t order[LUN_MAX_DIMS], inner = 1, outer = 1;
    int at = 0, free_dims = 0;
    for (int pass = 0; pass < 2; pass++) {
        if ((pass == 1) == summed_last) {
            for (int i = 0; i < n; i++) {
                order[at++] = summed[i];
                inner *= x->dims[summed[i]];
            }
            continue;
        }
        for (int d = 0; d < x->ndim; d++) {
            bool gone = false;
            for (int i = 0; i < n; i++) gone |= summed[i] == d;
            if (gone) continue;
            order[at++] = d;
            if (*n_kept + free_dims >= LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "the result would have more than 8 dims");
            kept[*n_kept + free_dims++] = x->dims[d];
            outer *= x->dims[d];
        }
    }
    *n_kept += free_dims;
    if (x->ndim > 1) x = lun_permute(x, x->ndim, order);
    return lun_reshape(x, 2, summed_last ? (int64_t[]){outer, inner} : (int64_t[]){inner, outer});
}

static lun_tensor *contract(lun_tensor *x, lun_tensor *y, int n, const int64_t *dx, const int64_t *dy)
{
    int64_t kept[LUN_MAX_DIMS];
    int n_kept = 0;
    lun_tensor *a = as_matrix(x, n, dx, true, kept, &n_kept), *b = as_matrix(y, n, dy, false, kept, &n_kept);
    return lun_reshape(lun_matmul(a, b), n_kept, kept);
}

/* dims as two lists of equal length, 0-based and checked */
static int dim_lists(const lun_call *c, int64_t *dx, int64_t *dy)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    const int64_t *given;
    int n = lun_param_ints(&c->params, 0, &given);
    if (c->params.attr[0].kind != LUN_ATTR_INTS) {
        n = (int)given[0];
        if (given[0] < 0 || given[0] > x->ndim || given[0] > y->ndim)
            return lun_fail(LUN_E_ARGUMENT, NULL, "dims = %lld: tensors with %d and %d dims have fewer", (long long)given[0], x->ndim, y->ndim), -1;
        for (int i = 0; i < n; i++) {
            dx[i] = x->ndim - n + i;
            dy[i] = i;
        }
        return n;
    }
    n /= 2;
    unsigned seen_x = 0, seen_y = 0;
    for (int i = 0; i < n; i++) {
        int a = lun_dim_normalize(given[i], x->ndim), b = a < 0 ? -1 : lun_dim_normalize(given[n + i], y->ndim);
        if (a < 0 || b < 0) return -1;
        if (!x->ndim || !y->ndim || (seen_x >> a & 1) || (seen_y >> b & 1))
            return lun_fail(LUN_E_ARGUMENT, NULL, "dims: a dim is named twice, or there is none"), -1;
        seen_x |= 1U << a;
        seen_y |= 1U << b;
        dx[i] = a;
        dy[i] = b;
    }
    return n;
}

/* Sums of whole numbers are int64; here they stay what they were. */
static lun_tensor *summed(lun_tensor *x, int64_t dim) { return lun_to_dtype(lun_sum_dim(x, dim, true), (lun_dtype)x->dtype); }

bool lun_compose_tensordot(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    int64_t dx[LUN_MAX_DIMS], dy[LUN_MAX_DIMS];
    if (!lun_check_one_dtype(c)) return false;
    int n = dim_lists(c, dx, dy);
    for (int i = 0; i < n; i++) { /* a size of 1 broadcasts: the other is summed alone */
        if (x->dims[dx[i]] == y->dims[dy[i]]) continue;
        if (x->dims[dx[i]] == 1) y = summed(y, dy[i]);
        else if (y->dims[dy[i]] == 1) x = summed(x, dx[i]);
        else return misfit(c->in[0], c->in[1], "the dims to sum over have different sizes");
        if (!x || !y) return false;
    }
    return n >= 0 && lun_composed(c, contract(x, y, n, dx, dy));
}

bool lun_compose_inner(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    if (!x->ndim || !y->ndim) return lun_composed(c, lun_mul(x, y));
    if (!lun_check_one_dtype(c)) return false;
    if (x->dims[x->ndim - 1] != y->dims[y->ndim - 1]) return misfit(x, y, "the last dims differ");
    return lun_composed(c, contract(x, y, 1, (int64_t[]){x->ndim - 1}, (int64_t[]){y->ndim - 1}));
}

/* out[..., o] = x1[..., i] weight[o, i, j] x2[..., j] + bias[o] */
bool lun_compose_bilinear(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1], *w = c->in[2], *bias = c->in[3];
    if (!lun_check_one_dtype(c)) return false;
    if (!x->ndim || x->ndim != y->ndim || !lun_shape_same(x->ndim - 1, x->dims, y->ndim - 1, y->dims))
        return misfit(x, y, "all dims but the last must be equal");
    if (w->ndim != 3 || w->dims[1] != x->dims[x->ndim - 1]) return misfit(x, w, "weight must be [out, in1, in2]");
    if (w->dims[2] != y->dims[y->ndim - 1]) return misfit(y, w, "weight must be [out, in1, in2]");
    if (!lun_is_none(bias) && (bias->ndim != 1 || bias->dims[0] != w->dims[0])) return misfit(bias, w, "bias must be [out]");
    int64_t dims[LUN_MAX_DIMS], rows = lun_shape_numel(x->ndim - 1, x->dims), out = w->dims[0], in1 = w->dims[1], in2 = w->dims[2];
    lun_tensor *a = lun_reshape(x, 2, (int64_t[]){rows, in1}), *b = lun_reshape(y, 3, (int64_t[]){rows, in2, 1});
    lun_tensor *matrix = lun_reshape(lun_permute(w, 3, (int64_t[]){1, 0, 2}), 2, (int64_t[]){in1, out * in2});
    lun_tensor *z = lun_squeeze(lun_matmul(lun_reshape(lun_matmul(a, matrix), 3, (int64_t[]){rows, out, in2}), b), -1);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 1] = out;
    z = lun_reshape(z, x->ndim, dims);
    return lun_composed(c, lun_is_none(bias) ? z : lun_add(z, bias));
}

/* ---- kron, trace ---- */

static lun_tensor *padded(lun_tensor *x, int ndim)
{
    int64_t dims[LUN_MAX_DIMS] = {0};
    for (int d = 0; d < ndim; d++) dims[d] = d < ndim - x->ndim ? 1 : x->dims[d - (ndim - x->ndim)];
    return lun_reshape(x, ndim, dims);
}

/* Up to four dims as one product [a1, 1, a2, 1] times [1, b1, 1, b2]; more by repeating. */
bool lun_compose_kron(lun_call *c)
{
    int ndim = c->in[0]->ndim > c->in[1]->ndim ? c->in[0]->ndim : c->in[1]->ndim;
    lun_tensor *x = padded(c->in[0], ndim), *y = padded(c->in[1], ndim);
    if (!x || !y) return false;
    int64_t a[LUN_MAX_DIMS], b[LUN_MAX_DIMS], out[LUN_MAX_DIMS];
    for (int d = 0; d < ndim; d++)
        if (__builtin_mul_overflow(x->dims[d], y->dims[d], &out[d])) return misfit(x, y, "the result would be too large");
    if (lun_shape_numel(ndim, out) < 0) return false;
    if (ndim > LUN_MAX_DIMS / 2) {
        lun_tensor *left = x, *right = y;
        for (int d = 0; d < ndim; d++) {
            left = lun_repeat_dim(left, d, y->dims[d], true);
            right = lun_repeat_dim(right, d, x->dims[d], false);
        }
        return lun_composed(c, lun_mul(left, right));
    }
    for (int d = 0; d < ndim; d++) {
        a[2 * d] = x->dims[d];
        b[2 * d + 1] = y->dims[d];
        a[2 * d + 1] = b[2 * d] = 1;
    }
    return lun_composed(c, lun_reshape(lun_mul(lun_reshape(x, 2 * ndim, a), lun_reshape(y, 2 * ndim, b)), ndim, out));
}

bool lun_compose_trace(lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    if (c->in[0]->ndim != 2)
        return lun_fail(LUN_E_SHAPE, "x:diagonal(0, -2, -1):sum(-1) takes batches", "trace needs one matrix, got %s",
                        lun_tensor_text(c->in[0], text)), false;
    return lun_composed(c, lun_sum(lun_main_diagonal(c->in[0]), 0, NULL, false));
}

bool lun_compose_linalg_diagonal(lun_call *c)
{
    const lun_params *p = &c->params;
    return lun_composed(c, lun_diagonal(c->in[0], lun_param_int(p, 0, 0), lun_param_int(p, 1, -2), lun_param_int(p, 2, -1)));
}

/* Running products of ones and x again and again. */
bool lun_compose_linalg_vander(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS];
    char text[LUN_SHAPE_TEXT];
    if (!x->ndim) x = lun_unsqueeze(x, 0);
    if (!x) return false;
    int64_t n = lun_param_int(&c->params, 0, x->dims[x->ndim - 1]);
    if (x->ndim == LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, "x:reshape(-1) is a vector", "needs vectors of at most 7 dims, got %s", lun_tensor_text(x, text)), false;
    if (n < 2) return lun_fail(LUN_E_ARGUMENT, "N = 2", "N, how many powers, must be at least 2, got %lld", (long long)n), false;
    memcpy(dims, x->dims, x->ndim * sizeof *dims);
    dims[x->ndim] = n - 1;
    lun_dtype t = lun_dtypes[x->dtype].kind <= LUN_KIND_INT ? LUN_I64 : (lun_dtype)x->dtype;
    lun_tensor *column = lun_unsqueeze(lun_to_dtype(x, t), -1), *one = lun_ones_like(column);
    return lun_composed(c, lun_cumprod(lun_cat(2, (lun_tensor *[]){one, lun_expand(column, x->ndim + 1, dims)}, -1), -1));
}
