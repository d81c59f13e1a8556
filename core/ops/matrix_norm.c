/* matrix_norm.c - norms of vectors and matrices, condition numbers
 *
 * Holds: the gradient of a norm at 0 is 0, as PyTorch's; equal largest elements share it.
 * Read next: core/ops/decompose_spectrum.c, core/ops/distance.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/ops/products.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>


/* A reduction over n dims (0: all). */
static lun_tensor *fold(lun_op_id id, lun_tensor *x, int n, const int64_t *dims, bool keepdim)
{
    lun_call k;
    lun_call_begin(&k, lun_op_at((int)id));
    lun_call_input(&k, x);
    if (n) lun_params_ints(&k.params, n, dims);
    else lun_params_none(&k.params);
    lun_params_bool(&k.params, keepdim);
    return lun_apply1(&k);
}

static bool anything(const lun_tensor *x, int n, const int64_t *dims, double p)
{
    if (p >= 0 && !isinf(p)) return true;
    for (int i = 0; i < (n ? n : x->ndim); i++) {
        int d = n ? lun_dim_normalize(dims[i], x->ndim) : i;
        if (d < 0) return false;
        if (x->ndim && !x->dims[d])
            return lun_fail(LUN_E_SHAPE, "finite orders of 0 and more have one", "dim %d is empty, which has no norm of order %g", d + 1,
                            p), false;
    }
    return true;
}

lun_tensor *lun_p_norm(lun_tensor *x, double p, int n, const int64_t *dims, bool keepdim)
{
    if (!x || !anything(x, n, dims, p)) return NULL;
    lun_call k;
    lun_call_begin(&k, lun_op_at(LUN_OP_norm));
    lun_call_input(&k, x);
    lun_params_float(&k.params, p);
    if (n) lun_params_ints(&k.params, n, dims);
    else lun_params_none(&k.params);
    lun_params_bool(&k.params, keepdim);
    return lun_apply1(&k);
}

/* The dtype to compute in: attribute k, or x's. Norms of complex numbers are real. */
static bool result_dtype(const lun_call *c, int k, lun_dtype *t)
{
    *t = lun_param_dtype(&c->params, k, (lun_dtype)c->in[0]->dtype);
    if (lun_dtypes[*t].kind >= LUN_KIND_FLOAT) return true;
    return lun_fail(LUN_E_DTYPE, "dtype = \"float64\"", "a norm is computed in a float dtype, not in %s", lun_dtypes[*t].name), false;
}

static bool is_word(const lun_params *p, int k) { return k < p->count && p->attr[k].kind == LUN_ATTR_STRING; }

bool lun_compose_vector_norm(lun_call *c)
{
    const int64_t *dims;
    int n = lun_param_ints(&c->params, 1, &dims);
    if (is_word(&c->params, 0))
        return lun_fail(LUN_E_ARGUMENT, "matrix_norm knows \"fro\" and \"nuc\"", "the order of a vector norm is a number"), false;
    lun_dtype t;
    if (!result_dtype(c, 3, &t)) return false;
    lun_tensor *x = lun_widened(lun_to_dtype(c->in[0], t));
    x = lun_p_norm(x, lun_param_float(&c->params, 0, 2), n, dims, lun_param_bool(&c->params, 2, false));
    return lun_composed(c, lun_to_dtype(x, lun_dtype_real(t)));
}

/* ---- matrices ---- */

typedef struct order { double p; const char *word; } order;

static order order_of(const lun_params *p, int k, double absent)
{
    order o = {lun_param_float(p, k, absent), lun_param_string(p, k, NULL)};
    return o;
}

/* The largest or smallest of the last dim; of nothing the largest is 0, and the smallest an error. */
static lun_tensor *extreme(lun_tensor *x, double p)
{
    const int64_t last = -1;
    if (x && !x->dims[x->ndim - 1]) {
        if (p > 0) return lun_sum_dim(x, -1, false);
        return lun_fail(LUN_E_SHAPE, "ord = \"fro\"", "an empty matrix has no norm of order %g", p);
    }
    return fold(p > 0 ? LUN_OP_amax : LUN_OP_amin, x, 1, &last, false);
}

static bool known_order(order o)
{
    if (o.word ? !strcmp(o.word, "fro") || !strcmp(o.word, "nuc") : fabs(o.p) == 1 || fabs(o.p) == 2 || isinf(o.p)) return true;
    if (o.word) lun_fail(LUN_E_ARGUMENT, "ord = \"fro\"", "a matrix norm is \"fro\", \"nuc\", inf, -inf, 1, -1, 2 or -2, got \"%s\"", o.word);
    else lun_fail(LUN_E_ARGUMENT, "ord = \"fro\"", "a matrix norm is \"fro\", \"nuc\", inf, -inf, 1, -1, 2 or -2, got %g", o.p);
    return false;
}

static lun_tensor *norm_of_matrices(lun_tensor *x, order o)
{
    const int64_t both[2] = {-2, -1};
    if (!known_order(o)) return NULL;
    if (o.word && !strcmp(o.word, "fro")) return lun_p_norm(x, 2, 2, both, false);
    if (o.word) return lun_sum_dim(lun_call1(LUN_OP_svdvals, x), -1, false);
    if (fabs(o.p) == 2) return extreme(lun_call1(LUN_OP_svdvals, x), o.p);
    return extreme(lun_sum_dim(lun_abs(x), isinf(o.p) ? -1 : -2, false), o.p);
}

/* The norm over dims a and b of x, which go to the end first. */
static lun_tensor *matrix_norm(lun_tensor *x, order o, int64_t a, int64_t b, bool keepdim)
{
    char text[LUN_SHAPE_TEXT];
    if (!x) return NULL;
    if (x->ndim < 2) return lun_fail(LUN_E_SHAPE, "x:vector_norm()", "needs a matrix or a batch of them, got %s", lun_tensor_text(x, text));
    int i = lun_dim_normalize(a, x->ndim), k = i < 0 ? -1 : lun_dim_normalize(b, x->ndim), n = 0;
    if (i < 0 || k < 0) return NULL;
    if (i == k) return lun_fail(LUN_E_ARGUMENT, "dim = {-2, -1}", "the two dims of a matrix must differ, got %d twice", i + 1);
    int64_t dims[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++)
        if (d != i && d != k) dims[n++] = d;
    dims[n] = i;
    dims[n + 1] = k;
    lun_tensor *y = norm_of_matrices(lun_permute(x, x->ndim, dims), o);
    if (!keepdim) return y;
    for (int d = 0; d < x->ndim; d++)
        if (d == i || d == k) y = lun_unsqueeze(y, d);
    return y;
}

/* Norms by singular values say what they think of f16 and bf16 themselves; the others are computed in f32. */
static lun_tensor *to_computed(const lun_call *c, lun_dtype t, order o)
{
    lun_tensor *x = lun_to_dtype(c->in[0], t);
    return (o.word && !strcmp(o.word, "nuc")) || (!o.word && fabs(o.p) == 2) ? x : lun_widened(x);
}

bool lun_compose_matrix_norm(lun_call *c)
{
    const int64_t *dims, last[2] = {-2, -1};
    int n = lun_param_ints(&c->params, 1, &dims);
    order o = order_of(&c->params, 0, 2);
    if (!lun_param_given(&c->params, 0)) o.word = "fro";
    if (lun_param_given(&c->params, 1) && n != 2)
        return lun_fail(LUN_E_ARGUMENT, "dim = {-2, -1}", "dim must name two dims, got %d", n), false;
    if (!n) dims = last;
    lun_dtype t;
    if (!result_dtype(c, 3, &t)) return false;
    lun_tensor *y = matrix_norm(to_computed(c, t, o), o, dims[0], dims[1], lun_param_bool(&c->params, 2, false));
    return lun_composed(c, lun_to_dtype(y, lun_dtype_real(t)));
}

bool lun_compose_linalg_norm(lun_call *c)
{
    const int64_t *dims, last[2] = {-2, -1};
    int n = lun_param_ints(&c->params, 1, &dims);
    bool ordered = lun_param_given(&c->params, 0), keepdim = lun_param_bool(&c->params, 2, false), word = is_word(&c->params, 0);
    const lun_tensor *x = c->in[0];
    order o = order_of(&c->params, 0, 2);
    char text[LUN_SHAPE_TEXT];
    lun_dtype t;
    if (!result_dtype(c, 3, &t)) return false;
    if (n > 2 && ordered) return lun_fail(LUN_E_ARGUMENT, "leave ord out", "dim must name one or two dims with an ord, got %d", n), false;
    if (!n && ordered && x->ndim != 1 && x->ndim != 2)
        return lun_fail(LUN_E_SHAPE, "dim = {-2, -1}, or leave ord out", "ord without dim needs a vector or a matrix, got %s",
                        lun_tensor_text(x, text)), false;
    bool matrix = ordered && (n == 2 || (!n && x->ndim == 2));
    if (word && !matrix) return lun_fail(LUN_E_ARGUMENT, "ord = 2", "\"fro\" and \"nuc\" are norms of matrices, with two dims"), false;
    if (!matrix) {
        lun_tensor *y = lun_p_norm(lun_widened(lun_to_dtype(c->in[0], t)), o.p, n, dims, keepdim);
        return lun_composed(c, lun_to_dtype(y, lun_dtype_real(t)));
    }
    if (!n) dims = last;
    return lun_composed(c, lun_to_dtype(matrix_norm(to_computed(c, t, o), o, dims[0], dims[1], keepdim), lun_dtype_real(t)));
}

/* ---- condition numbers ---- */

static lun_tensor *by_inverse(lun_tensor *x, order o)
{
    lun_call k;
    if (!lun_parts(&k, LUN_OP_inv_ex, 1, &x, 0, NULL)) return NULL;
    lun_tensor *product = lun_mul(norm_of_matrices(x, o), norm_of_matrices(k.out[0], o));
    return lun_where(lun_ne(k.out[1], lun_tensor_integer(0)), lun_number(INFINITY), product);
}

bool lun_compose_cond(lun_call *c)
{
    lun_tensor *x = c->in[0];
    order o = order_of(&c->params, 0, 2);
    bool inverts = o.word || fabs(o.p) != 2;
    if (!lun_check_matrices(x) || !known_order(o) || (inverts && !lun_check_square(x))) return false;
    if (!x->dims[x->ndim - 1] || !x->dims[x->ndim - 2])
        return lun_composed(c, lun_full(x->ndim - 2, x->dims, 0, lun_dtype_real((lun_dtype)x->dtype), lun_tensor_device(x)));
    if (inverts) return lun_composed(c, by_inverse(x, o));
    lun_tensor *values = lun_call1(LUN_OP_svdvals, x), *most, *least;
    if (!values) return false;
    most = lun_select(values, -1, 0);
    least = lun_select(values, -1, values->dims[values->ndim - 1] - 1);
    return lun_composed(c, o.p > 0 ? lun_div(most, least) : lun_div(least, most));
}
