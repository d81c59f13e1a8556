/* linalg.c - shapes and gradients of matrix products
 *
 * Holds: gradients of a batch that shares its matrix become one product, never a batch of products that is summed afterwards.
 * Read next: core/ops/einsum.c, kernels/cpu/matmul.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/linalg.h"

#include "core/backward.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/op_id.h"
#include "core/tape.h"

#include <string.h>

/* A suggestion only when it would work: one of the two transposed, or the order exchanged. */
static void hint_matmul(const lun_tensor *x, const lun_tensor *y)
{
    if (x->ndim != 2 || y->ndim != 2) return;
    long long n = x->dims[0], k = x->dims[1], l = y->dims[0], m = y->dims[1];
    if (k == m) lun_hint("x:matmul(y.T) gives [%lld,%lld]", n, l);
    else if (n == l) lun_hint("x.T:matmul(y) gives [%lld,%lld]", k, m);
    else if (m == n) lun_hint("y:matmul(x) gives [%lld,%lld]", l, k);
}

static bool misfit(lun_call *c, const char *what)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    lun_fail(LUN_E_SHAPE, NULL, "%s x %s: %s", lun_tensor_text(c->in[0], a), lun_tensor_text(c->in[1], b), what);
    return false;
}

static bool inner_sizes(lun_call *c, int64_t k, int64_t l)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (k == l) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s x %s: inner sizes %lld and %lld differ", lun_tensor_text(c->in[0], a),
             lun_tensor_text(c->in[1], b), (long long)k, (long long)l);
    hint_matmul(c->in[0], c->in[1]);
    return false;
}

/* Two dtypes are an error, as in PyTorch: a product that is slow and rounded in an unexpected place helps nobody. */
static bool one_dtype(const lun_tensor *x, const lun_tensor *y)
{
    if (x->dtype == y->dtype) return true;
    return lun_fail(LUN_E_DTYPE, "y:to(x.dtype) converts one to the other's", "dtypes differ: %s and %s", lun_dtypes[x->dtype].name,
                    lun_dtypes[y->dtype].name), false;
}

bool lun_infer_matmul(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    if (!one_dtype(x, y)) return false;
    if (!x->ndim || !y->ndim) return misfit(c, "a 0-d tensor has no rows or columns; use x * y");
    int64_t k = x->dims[x->ndim - 1], l = y->ndim > 1 ? y->dims[y->ndim - 2] : y->dims[0];
    if (!inner_sizes(c, k, l)) return false;
    int ndim, nx = x->ndim > 2 ? x->ndim - 2 : 0, ny = y->ndim > 2 ? y->ndim - 2 : 0;
    int64_t dims[LUN_MAX_DIMS];
    if (!lun_shape_broadcast(nx, x->dims, ny, y->dims, &ndim, dims)) return false;
    if (x->ndim > 1) dims[ndim++] = x->dims[x->ndim - 2];
    if (y->ndim > 1) dims[ndim++] = y->dims[y->ndim - 1];
    lun_result(c, 0, (lun_dtype)x->dtype, ndim, dims);
    return true;
}

static bool infer_of_dims(lun_call *c, int nx, int ny, const char *what)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    if (x->ndim != nx || y->ndim != ny) {
        misfit(c, what);
        bool fits = x->ndim && y->ndim && x->dims[x->ndim - 1] == y->dims[y->ndim > 1 ? y->ndim - 2 : 0];
        if (fits && (x->ndim < 3 || y->ndim < 3)) lun_hint("x:matmul(y) takes any number of dims");
        return false;
    }
    return lun_infer_matmul(c);
}

bool lun_infer_mm(lun_call *c) { return infer_of_dims(c, 2, 2, "mm needs two matrices (2 dims each)"); }
bool lun_infer_mv(lun_call *c) { return infer_of_dims(c, 2, 1, "mv needs a matrix and a vector"); }
bool lun_infer_dot(lun_call *c) { return infer_of_dims(c, 1, 1, "dot needs two vectors"); }

bool lun_infer_bmm(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    if (x->ndim == 3 && y->ndim == 3 && x->dims[0] != y->dims[0]) return misfit(c, "batch sizes differ");
    return infer_of_dims(c, 3, 3, "bmm needs two batches of matrices (3 dims each)");
}

bool lun_infer_int_mm(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    if (y->dtype != LUN_I8)
        return lun_fail(LUN_E_DTYPE, "y:to(\"int8\") converts", "the second matrix must be int8, got %s", lun_dtypes[y->dtype].name), false;
    if (x->ndim != 2 || y->ndim != 2) return misfit(c, "int_mm needs two matrices (2 dims each)");
    if (!inner_sizes(c, x->dims[1], y->dims[0])) return false;
    lun_result(c, 0, LUN_I32, 2, (int64_t[]){x->dims[0], y->dims[1]});
    return true;
}

/* x as rows of its last dim */
static lun_tensor *as_rows(lun_tensor *x)
{
    if (!x) return NULL;
    return lun_reshape(x, 2, (int64_t[]){lun_shape_numel(x->ndim - 1, x->dims), x->dims[x->ndim - 1]});
}

static lun_tensor *shaped_like(lun_tensor *g, const lun_tensor *x) { return g ? lun_reshape(g, x->ndim, x->dims) : NULL; }

void lun_vjp_matmul(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_saved_in(n, 1), *dz = g[0];
    if (!x || !y) return;
    lun_tensor *a = x->ndim == 1 ? lun_unsqueeze(x, 0) : x, *b = y->ndim == 1 ? lun_unsqueeze(y, 1) : y;
    if (y->ndim == 1) dz = lun_unsqueeze(dz, -1);
    if (x->ndim == 1) dz = lun_unsqueeze(dz, -2);
    if (!a || !b || !dz) return;
    dx[0] = LUN_NONE;
    dx[1] = LUN_NONE;
    if (lun_wants(n, 0)) dx[0] = shaped_like(lun_sum_to(lun_matmul(dz, lun_mH(b)), a->ndim, a->dims), x);
    if (!lun_wants(n, 1)) return;
    bool rows = b->ndim == 2 && a->ndim > 2 && a->numel && dz->numel;
    lun_tensor *db = rows ? lun_matmul(lun_mH(as_rows(a)), as_rows(dz)) : lun_matmul(lun_mH(a), dz);
    dx[1] = shaped_like(lun_sum_to(db, b->ndim, b->dims), y);
}

bool lun_infer_linear(lun_call *c)
{
    const lun_tensor *x = c->in[0], *w = c->in[1], *bias = c->in[2];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (!x->ndim || w->ndim < 1 || w->ndim > 2)
        return lun_fail(LUN_E_SHAPE, NULL, "input %s with weight %s: weight must be [out, in]", lun_tensor_text(x, a),
                        lun_tensor_text(w, b)), false;
    int64_t in = x->dims[x->ndim - 1], expected = w->dims[w->ndim - 1];
    if (in != expected)
        return lun_fail(LUN_E_SHAPE, NULL, "input %s with weight %s: the last dim of the input is %lld, the weight takes %lld",
                        lun_tensor_text(x, a), lun_tensor_text(w, b), (long long)in, (long long)expected), false;
    int ndim = x->ndim - 1;
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    if (w->ndim == 2) dims[ndim++] = w->dims[0];
    if (!lun_is_none(bias) && !(bias->ndim == w->ndim - 1 && (bias->ndim == 0 || bias->dims[0] == w->dims[0])))
        return lun_fail(LUN_E_SHAPE, NULL, "bias %s does not fit weight %s", lun_tensor_text(bias, a), lun_tensor_text(w, b)), false;
    lun_result(c, 0, (lun_dtype)x->dtype, ndim, dims);
    return true;
}

const lun_op *lun_variant_linear(lun_call *c)
{
    if (lun_dtype_has_gradient((lun_dtype)c->in[0]->dtype) || lun_dtypes[lun_common_dtype(c, 0)].kind >= LUN_KIND_FLOAT) return c->op;
    return lun_op_at(LUN_OP_linear_whole);
}

bool lun_compose_linear_whole(lun_call *c)
{
    if (!lun_infer_linear(c)) return false;
    lun_dtype t = lun_common_dtype(c, 0);
    lun_tensor *w = c->in[1]->ndim == 2 ? lun_mT(c->in[1]) : c->in[1], *y = w ? lun_matmul(lun_to_dtype(c->in[0], t), lun_to_dtype(w, t)) : NULL;
    return lun_composed(c, lun_is_none(c->in[2]) ? y : lun_add(y, lun_to_dtype(c->in[2], t)));
}

void lun_vjp_linear(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0), *w = lun_saved_in(n, 1), *dz = g[0];
    if (!x || !w) return;
    lun_tensor *matrix = w->ndim == 1 ? lun_unsqueeze(w, 0) : w;
    if (w->ndim == 1) dz = lun_unsqueeze(dz, -1);
    dx[0] = lun_wants(n, 0) ? lun_matmul(dz, lun_conj(matrix)) : LUN_NONE;
    dx[1] = LUN_NONE;
    dx[2] = LUN_NONE;
    bool rows = x->ndim > 1;
    if (!dz) return;
    if (lun_wants(n, 1)) {
        lun_tensor *r = rows ? as_rows(dz) : lun_unsqueeze(dz, 0), *s = rows ? as_rows(x) : lun_unsqueeze(x, 0);
        dx[1] = shaped_like(lun_matmul(lun_mT(r), lun_conj(s)), w);
    }
    if (n->n_in > 2 && lun_wants(n, 2)) {
        lun_tensor *db = rows ? lun_sum_dim(as_rows(dz), 0, false) : dz;
        dx[2] = w->ndim == 1 && db ? lun_reshape(db, 0, NULL) : db;
    }
}

bool lun_compose_outer(lun_call *c)
{
    if (c->in[0]->ndim != 1 || c->in[1]->ndim != 1) return misfit(c, "outer needs two vectors");
    return lun_composed(c, lun_mul(lun_unsqueeze(c->in[0], 1), c->in[1]));
}
