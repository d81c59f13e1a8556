/* matrix_power.c - chains, powers and the exponential of matrices; inverses of tensors
 *
 * Holds: a chain is multiplied in the order that takes the fewest operations.
 * Read next: core/ops/products.c, kernels/cpu/matrix_exp.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/ops/products.h"
#include "core/tape.h"

#include <string.h>

enum { MAX_CHAIN = 64 };

/* ---- chains ---- */

typedef struct chain {
    lun_tensor **x;
    unsigned char cut[MAX_CHAIN][MAX_CHAIN]; /* where the product of i..k is cut: after this one */
} chain;

static void plan(chain *ch, int n)
{
    static __thread double cost[MAX_CHAIN][MAX_CHAIN];
    for (int length = 1; length <= n; length++)
        for (int i = 0; i + length <= n; i++) {
            int k = i + length - 1;
            cost[i][k] = 0;
            for (int at = i; at < k; at++) {
                double product = (double)ch->x[i]->dims[0] * (double)ch->x[at]->dims[1] * (double)ch->x[k]->dims[1];
                double all = cost[i][at] + cost[at + 1][k] + product;
                if (at > i && all >= cost[i][k]) continue;
                cost[i][k] = all;
                ch->cut[i][k] = (unsigned char)at;
            }
        }
}

/* At most MAX_CHAIN deep. */
static lun_tensor *multiply(const chain *ch, int i, int k)
{
    if (i == k) return ch->x[i];
    int at = ch->cut[i][k];
    return lun_matmul(multiply(ch, i, at), multiply(ch, at + 1, k));
}

static bool check_chain(const lun_call *c, bool vectors)
{
    char text[LUN_SHAPE_TEXT];
    for (int i = 0; i < c->n_in; i++) {
        bool end = vectors && c->n_in > 1 && (i == 0 || i == c->n_in - 1) && c->in[i]->ndim == 1;
        if (!end && c->in[i]->ndim != 2)
            return lun_fail(LUN_E_SHAPE, NULL, "number %d must be a matrix%s, got %s", i + 1, vectors ? " (the first and last may be vectors)" : "",
                            lun_tensor_text(c->in[i], text)), false;
    }
    return true;
}

bool lun_compose_multi_dot(lun_call *c)
{
    bool vectors = c->op->id == LUN_OP_multi_dot;
    int n = c->n_in;
    chain ch;
    lun_tensor *x[MAX_CHAIN];
    if (n > MAX_CHAIN) return lun_fail(LUN_E_ARGUMENT, "multiply them in parts", "a chain takes at most %d matrices, got %d", MAX_CHAIN, n), false;
    if (vectors && n < 2) return lun_fail(LUN_E_ARGUMENT, NULL, "multi_dot needs at least two tensors"), false;
    if (!lun_check_one_dtype(c) || !check_chain(c, vectors)) return false;
    memcpy(x, c->in, (size_t)n * sizeof *x);
    bool row = x[0]->ndim == 1, column = x[n - 1]->ndim == 1;
    if (row) x[0] = lun_unsqueeze(x[0], 0);
    if (column) x[n - 1] = lun_unsqueeze(x[n - 1], 1);
    for (int i = 0; i + 1 < n; i++) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        if (!x[i] || !x[i + 1]) return false;
        if (x[i]->dims[1] != x[i + 1]->dims[0])
            return lun_fail(LUN_E_SHAPE, NULL, "numbers %d and %d, %s x %s: inner sizes differ", i + 1, i + 2, lun_tensor_text(c->in[i], a),
                            lun_tensor_text(c->in[i + 1], b)), false;
    }
    ch.x = x;
    plan(&ch, n);
    lun_tensor *z = multiply(&ch, 0, n - 1);
    if (row) z = lun_squeeze(z, 0);
    if (column) z = lun_squeeze(z, -1);
    return lun_composed(c, n == 1 ? lun_clone(z) : z);
}

/* ---- powers ---- */

/* In any dtype. */
static bool is_square(const lun_tensor *x)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim > 1 && x->dims[x->ndim - 1] == x->dims[x->ndim - 2]) return true;
    return lun_fail(LUN_E_SHAPE, "x ^ n and x:exp() work on each element", "needs square matrices, got %s", lun_tensor_text(x, text)), false;
}

bool lun_compose_matrix_power(lun_call *c)
{
    lun_tensor *x = c->in[0], *z = NULL;
    int64_t n = lun_param_int(&c->params, 0, 1);
    if (!is_square(x)) return false;
    if (n == 0) {
        lun_tensor *identity = lun_eye_like(x, x->dims[x->ndim - 1], x->dims[x->ndim - 1]);
        return lun_composed(c, lun_clone(lun_expand(identity, x->ndim, x->dims)));
    }
    if (n < 0) x = lun_inverse(x);
    for (uint64_t k = n < 0 ? -(uint64_t)n : (uint64_t)n; k && x; k >>= 1) {
        if (k & 1) z = z ? lun_matmul(z, x) : x;
        if (k > 1) x = lun_matmul(x, x);
    }
    return lun_composed(c, z == c->in[0] ? lun_clone(z) : z);
}

bool lun_infer_matrix_exp(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!is_square(x)) return false;
    lun_result_like(c, 0, x);
    return true;
}

/* The exponential of [A^H g; 0 A^H] has the gradient in its corner. */
void lun_vjp_matrix_exp(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *a = lun_mH(lun_saved_in(n, 0));
    if (!a) return;
    int64_t size = a->dims[a->ndim - 1];
    lun_tensor *above = lun_cat(2, (lun_tensor *[]){a, g[0]}, -1), *below = lun_cat(2, (lun_tensor *[]){lun_zeros_like(a), a}, -1);
    lun_tensor *block = lun_call1(LUN_OP_matrix_exp, lun_cat(2, (lun_tensor *[]){above, below}, -2));
    dx[0] = lun_narrow(lun_narrow(block, -2, 0, size), -1, size, size);
}

/* ---- tensors as matrices ---- */

bool lun_compose_tensorinv(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t ind = lun_param_int(&c->params, 0, 2), dims[LUN_MAX_DIMS];
    char text[LUN_SHAPE_TEXT];
    if (ind <= 0 || ind > x->ndim)
        return lun_fail(LUN_E_ARGUMENT, NULL, "ind must be between 1 and %d, got %lld", x->ndim, (long long)ind), false;
    int64_t rows = lun_shape_numel((int)ind, x->dims), columns = lun_shape_numel(x->ndim - (int)ind, x->dims + ind);
    if (rows != columns)
        return lun_fail(LUN_E_SHAPE, "another ind", "%s: the first %lld dims have %lld elements, the others %lld; they must be equal",
                        lun_tensor_text(x, text), (long long)ind, (long long)rows, (long long)columns), false;
    int n = x->ndim;
    for (int d = 0; d < n; d++) dims[d] = d < n - ind ? x->dims[ind + d] : x->dims[d - (n - ind)];
    return lun_composed(c, lun_reshape(lun_inverse(lun_reshape(x, 2, (int64_t[]){rows, columns})), n, dims));
}

/* The dims named go to the end, in their order. */
static lun_tensor *moved_to_end(const lun_call *c, lun_tensor *x)
{
    const int64_t *named;
    int n = lun_param_ints(&c->params, 0, &named), at = 0;
    int64_t order[LUN_MAX_DIMS];
    unsigned seen = 0;
    if (!n) return x;
    for (int i = 0; i < n; i++) {
        int d = lun_dim_normalize(named[i], x->ndim);
        if (d < 0) return NULL;
        if (seen >> d & 1) return lun_fail(LUN_E_ARGUMENT, NULL, "dim %d is named twice", d + 1);
        seen |= 1U << d;
    }
    for (int d = 0; d < x->ndim; d++)
        if (!(seen >> d & 1)) order[at++] = d;
    for (int i = 0; i < n; i++) order[at++] = lun_dim_normalize(named[i], x->ndim);
    return lun_permute(x, x->ndim, order);
}

bool lun_compose_tensorsolve(lun_call *c)
{
    lun_tensor *a = moved_to_end(c, c->in[0]), *b = c->in[1];
    char s[LUN_SHAPE_TEXT], t[LUN_SHAPE_TEXT];
    if (!a || !lun_check_one_dtype(c)) return false;
    int rest = a->ndim - b->ndim;
    int64_t n = b->numel;
    if (rest < 0 || lun_shape_numel(rest, a->dims + b->ndim) != n || a->numel != n * n)
        return lun_fail(LUN_E_SHAPE, "A's first dims must be B's shape, the product of the others as large", "A %s and B %s do not fit",
                        lun_tensor_text(c->in[0], s), lun_tensor_text(b, t)), false;
    lun_tensor *x = lun_call2(LUN_OP_solve, lun_reshape(a, 2, (int64_t[]){n, n}), lun_reshape(b, 1, &n));
    return lun_composed(c, lun_reshape(x, rest, a->dims + b->ndim));
}
