/* attention.c - scaled dot product attention: its checks, and the same thing written with ordinary ops
 *
 * The fused op never holds a matrix of scores. The ordinary way does; it is taken where a gradient flows into the mask, where the
 * weights are asked for, and while a backward pass is itself recorded.
 * Holds: heads that share keys (groups) lie side by side, so q [*, heads, l, e] is also [*, heads / groups, groups l, e]. A query that
 * may look at nothing gets zeros. Dropout's factors depend on the seed and the element only. Read next: kernels/cpu/attention.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/attention.h"

#include "core/context.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

static void put(lun_params *p, const lun_attention *how)
{
    lun_params_bool(p, how->causal);
    lun_params_float(p, how->scale);
    lun_params_float(p, how->dropout);
}

static lun_attention get(const lun_params *p)
{
    return (lun_attention){lun_param_bool(p, 0, false), lun_param_float(p, 1, 1), lun_param_float(p, 2, 0)};
}

/* ---- with ordinary ops ---- */

/* x [*, heads, l, n] as [*, heads / groups, groups l, n], by the shape of k */
static lun_tensor *grouped(lun_tensor *x, const lun_tensor *k)
{
    int64_t dims[LUN_MAX_DIMS];
    if (!x || !k) return NULL;
    int n = x->ndim;
    memcpy(dims, x->dims, sizeof dims);
    if (n < 3 || !k->dims[n - 3] || x->dims[n - 3] == k->dims[n - 3]) return x;
    dims[n - 2] = x->dims[n - 2] * (x->dims[n - 3] / k->dims[n - 3]);
    dims[n - 3] = k->dims[n - 3];
    return lun_reshape(x, n, dims);
}

static lun_tensor *causal_mask(int64_t l, int64_t s, lun_device device)
{
    return lun_call1(LUN_OP_tril, lun_full(2, (int64_t[]){l, s}, 1, LUN_BOOL, device));
}

/* Where may queries look? A mask of bool of scores' shape (broadcast), or LUN_NONE; float masks go into *scores. */
static lun_tensor *allowed(lun_tensor **scores, lun_tensor *mask, const lun_attention *how)
{
    lun_tensor *s = *scores, *may = LUN_NONE;
    if (!s) return NULL;
    if (how->causal) may = causal_mask(s->dims[s->ndim - 2], s->dims[s->ndim - 1], lun_tensor_device(s));
    if (lun_is_none(mask)) return may;
    if (mask->dtype == LUN_BOOL) return mask;
    *scores = lun_add(s, lun_to_dtype(mask, (lun_dtype)s->dtype));
    return may;
}

/* softmax of the scores, [*, heads, l, s]; zeros for queries that may look at nothing */
static lun_tensor *probabilities(lun_tensor *q, lun_tensor *k, lun_tensor *mask, const lun_attention *how)
{
    int64_t dims[LUN_MAX_DIMS];
    lun_tensor *scores = lun_mul_number(lun_matmul(grouped(q, k), lun_mT(k)), how->scale);
    if (!scores) return NULL;
    memcpy(dims, q->dims, sizeof dims);
    dims[q->ndim - 1] = k->dims[k->ndim - 2];
    scores = lun_reshape(scores, q->ndim, dims);
    lun_tensor *may = allowed(&scores, mask, how);
    if (!may || !scores) return NULL;
    if (!lun_is_none(may)) scores = lun_masked_fill(scores, lun_call1(LUN_OP_logical_not, may), -(double)INFINITY);
    if (lun_is_none(may) && lun_is_none(mask)) return lun_softmax(scores, -1);
    lun_tensor *none = lun_eq(lun_detach(scores), lun_number(-(double)INFINITY));
    lun_call all;
    lun_nn_begin(&all, LUN_OP_all, 1, &none);
    lun_params_int(&all.params, -1);
    lun_params_bool(&all.params, true);
    return lun_masked_fill(lun_softmax(scores, -1), lun_apply1(&all), 0);
}

static lun_tensor *dropout_factors(lun_tensor *seed, lun_tensor *like, double dropout)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_attention_dropout, 2, (lun_tensor *[]){seed, like ? lun_detach(like) : NULL});
    lun_params_float(&c.params, dropout);
    return lun_apply1(&c);
}

static lun_tensor *with_ops(lun_tensor *q, lun_tensor *k, lun_tensor *v, lun_tensor *mask, lun_tensor *seed, const lun_attention *how,
                            lun_tensor **weights)
{
    int64_t dims[LUN_MAX_DIMS];
    lun_tensor *p = probabilities(q, k, mask, how);
    if (p && !lun_is_none(seed)) p = lun_mul(p, dropout_factors(seed, p, how->dropout));
    if (weights) *weights = p;
    lun_tensor *out = lun_matmul(grouped(p, v), v);
    if (!out) return NULL;
    memcpy(dims, q->dims, sizeof dims);
    dims[q->ndim - 1] = v->dims[v->ndim - 1];
    return lun_reshape(out, q->ndim, dims);
}

/* ---- checks ---- */

static bool check(const lun_call *c)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    const lun_tensor *q = c->in[0], *k = c->in[1], *v = c->in[2], *m = c->in[3];
    double dropout = lun_param_float(&c->params, 0, 0);
    for (int i = 0; i < 3; i++) {
        if (c->in[i]->ndim < 2)
            return lun_fail(LUN_E_SHAPE, "x:unsqueeze(1) makes a row", "%s %s must have at least 2 dims", c->op->arg[i].name,
                            lun_tensor_text(c->in[i], a)), false;
        if (!lun_check_taken(c->op, (lun_dtype)c->in[i]->dtype)) return false;
        if (c->in[i]->dtype != q->dtype)
            return lun_fail(LUN_E_DTYPE, "convert them with :to(x.dtype)", "x, key and value must be of one float dtype, %s is %s",
                            c->op->arg[i].name, lun_tensor_text(c->in[i], a)), false;
    }
    if (q->dims[q->ndim - 1] != k->dims[k->ndim - 1])
        return lun_fail(LUN_E_SHAPE, "their last dims must be equal", "x %s does not go with key %s", lun_tensor_text(q, a),
                        lun_tensor_text(k, b)), false;
    if (k->dims[k->ndim - 2] != v->dims[v->ndim - 2])
        return lun_fail(LUN_E_SHAPE, "each key has its value", "key %s does not go with value %s", lun_tensor_text(k, a),
                        lun_tensor_text(v, b)), false;
    if (!lun_is_none(m) && m->dtype != LUN_BOOL && !lun_dtype_is_float((lun_dtype)m->dtype))
        return lun_fail(LUN_E_DTYPE, "attn_mask:bool()", "attn_mask must be bool or float, got %s", lun_dtypes[m->dtype].name), false;
    if (!lun_is_none(m) && lun_param_bool(&c->params, 1, false))
        return lun_fail(LUN_E_ARGUMENT, "leave one of them out", "attn_mask and is_causal cannot be given both"), false;
    if (!(dropout >= 0 && dropout <= 1)) return lun_fail(LUN_E_ARGUMENT, NULL, "dropout_p must lie between 0 and 1, got %g", dropout), false;
    return true;
}

/* x with its dims but the last two expanded to `dims`. */
static lun_tensor *expanded(lun_tensor *x, int ndim, const int64_t *dims)
{
    int64_t to[LUN_MAX_DIMS];
    if (!x || ndim + 2 > LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "attention over more than %d dims", LUN_MAX_DIMS);
    memcpy(to, dims, (size_t)ndim * sizeof *to);
    to[ndim] = x->dims[x->ndim - 2];
    to[ndim + 1] = x->dims[x->ndim - 1];
    return lun_shape_same(x->ndim, x->dims, ndim + 2, to) ? x : lun_expand(x, ndim + 2, to);
}

/* Brings q, k, v and the mask to common dims in front. With groups, k and v keep fewer heads. */
static bool align(lun_call *c, bool groups, lun_tensor **in)
{
    int64_t dims[LUN_MAX_DIMS], heads[3] = {0};
    int ndim = 0;
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (groups) {
        for (int i = 0; i < 3; i++) {
            if (in[i]->ndim < 3) return lun_fail(LUN_E_SHAPE, "leave enable_gqa out", "grouped heads need a dim of heads"), false;
            heads[i] = in[i]->dims[in[i]->ndim - 3];
        }
        if (heads[1] != heads[2] || !heads[1] || heads[0] % heads[1])
            return lun_fail(LUN_E_SHAPE, "as many heads of x for each head of key and value",
                            "%lld heads of x, %lld of key and %lld of value do not group",
                            (long long)heads[0], (long long)heads[1], (long long)heads[2]), false;
    }
    int drop = groups ? 3 : 2;
    for (int i = 0; i < 3; i++)
        if (!lun_shape_broadcast(ndim, dims, in[i]->ndim - drop, in[i]->dims, &ndim, dims)) return false;
    for (int i = 0; i < 3; i++) {
        if (groups) dims[ndim] = heads[i];
        if (!(in[i] = expanded(in[i], ndim + groups, dims))) return false;
    }
    lun_tensor *m = c->in[3], *q = in[0];
    if (lun_is_none(m)) return true;
    int64_t to[LUN_MAX_DIMS], full[LUN_MAX_DIMS];
    int n;
    memcpy(to, q->dims, sizeof to);
    to[q->ndim - 1] = in[1]->dims[in[1]->ndim - 2];
    if (!lun_shape_broadcast(m->ndim, m->dims, q->ndim, to, &n, full)) return false;
    if (!lun_shape_same(n, full, q->ndim, to))
        return lun_fail(LUN_E_SHAPE, NULL, "attn_mask %s does not fit scores %s", lun_tensor_text(m, a), lun_shape_text(q->ndim, to, b)), false;
    return (in[3] = lun_expand(m, q->ndim, to)) != NULL;
}

/* Where dropout's numbers begin: {seed, offset}. A row of scores takes a whole number of groups of four. */
static lun_tensor *draw(const lun_tensor *q, const lun_tensor *k)
{
    int64_t two = 2, s = k->dims[k->ndim - 2], l = q->dims[q->ndim - 1] ? q->numel / q->dims[q->ndim - 1] : 0;
    lun_tensor *seed = lun_integers(two);
    if (!seed) return NULL;
    lun_generator g = lun_generator_take((uint64_t)l * (uint64_t)((s + 3) / 4 * 4));
    ((int64_t *)lun_data(seed))[0] = (int64_t)g.seed;
    ((int64_t *)lun_data(seed))[1] = (int64_t)g.offset;
    return seed;
}

lun_tensor *lun_attend(lun_tensor *q, lun_tensor *k, lun_tensor *v, lun_tensor *mask, const lun_attention *how, lun_tensor **weights)
{
    if (!q || !k || !v || !mask) return NULL;
    lun_tensor *seed = how->dropout > 0 ? draw(q, k) : LUN_NONE;
    if (!seed) return NULL;
    bool learned = lun_context_get()->grad_enabled && !lun_is_none(mask) && lun_requires_grad(mask);
    lun_attention even = *how;
    bool no_size = !q->dims[q->ndim - 1]; /* heads of size 0 look at all keys alike; 0 times 1/sqrt(0) would be NaN */
    if (no_size) even.scale = 1;
    if (learned || weights || no_size) return with_ops(q, k, v, mask, seed, &even, weights);
    lun_call c;
    lun_nn_begin(&c, LUN_OP_attention, 5, (lun_tensor *[]){q, k, v, mask, seed});
    put(&c.params, how);
    return lun_apply1(&c);
}

bool lun_compose_attention(lun_call *c)
{
    lun_tensor *in[4] = {c->in[0], c->in[1], c->in[2], c->in[3]};
    if (!check(c) || !align(c, lun_param_bool(&c->params, 3, false), in)) return false;
    double e = (double)in[0]->dims[in[0]->ndim - 1];
    lun_attention how = {lun_param_bool(&c->params, 1, false), lun_param_float(&c->params, 2, 1 / sqrt(e)), lun_param_float(&c->params, 0, 0)};
    return lun_composed(c, lun_attend(in[0], in[1], in[2], in[3], &how, NULL));
}

/* ---- the fused op ---- */

bool lun_infer_attention(lun_call *c)
{
    const lun_tensor *q = c->in[0], *v = c->in[2];
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, q->dims, sizeof dims);
    dims[q->ndim - 1] = v->dims[v->ndim - 1];
    lun_result(c, 0, (lun_dtype)q->dtype, q->ndim, dims);
    lun_result(c, 1, q->dtype == LUN_F64 ? LUN_F64 : LUN_F32, q->ndim - 1, dims);
    return true;
}

bool lun_infer_attention_gradient(lun_call *c)
{
    for (int i = 0; i < 3; i++) lun_result_like(c, i, c->in[i + 1]);
    return true;
}

bool lun_infer_attention_dropout(lun_call *c)
{
    lun_result_like(c, 0, c->in[1]);
    return true;
}

/* The gradient with ordinary ops, so that it has one too. */
static void vjp_with_ops(const lun_attention *how, lun_tensor *g, lun_tensor **in, lun_tensor **dx)
{
    lun_tensor *q = in[0], *k = in[1], *v = in[2], *p = probabilities(q, k, in[3], how), *dropped = p, *drop = NULL;
    if (p && !lun_is_none(in[4])) {
        drop = dropout_factors(in[4], p, how->dropout);
        dropped = lun_mul(p, drop);
    }
    dx[2] = lun_matmul(lun_mT(grouped(dropped, v)), grouped(g, v));
    lun_tensor *dp = lun_matmul(grouped(g, v), lun_mT(v));
    if (!dp || !p) return;
    dp = lun_reshape(dp, p->ndim, p->dims);
    if (drop) dp = lun_mul(dp, drop);
    lun_tensor *ds = lun_mul_number(lun_mul(p, lun_sub(dp, lun_sum_dim(lun_mul(dp, p), -1, true))), how->scale);
    lun_tensor *dq = lun_matmul(grouped(ds, k), k);
    dx[0] = dq ? lun_reshape(dq, q->ndim, q->dims) : NULL;
    dx[1] = lun_matmul(lun_mT(grouped(ds, k)), grouped(q, k));
}

void lun_vjp_attention(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_attention how = get(n->params);
    lun_tensor *in[5], *out = lun_saved_out(n, 0);
    for (int i = 0; i < 5; i++)
        if (!(in[i] = lun_saved_in(n, i))) return;
    if (lun_is_none(g[0])) return;
    if (lun_nn_differentiable()) {
        vjp_with_ops(&how, g[0], in, dx);
        return;
    }
    lun_call c;
    lun_nn_begin(&c, LUN_OP_attention_gradient, 8, (lun_tensor *[]){g[0], in[0], in[1], in[2], in[3], in[4], out, lun_saved_out(n, 1)});
    put(&c.params, &how);
    if (!lun_apply(&c)) return;
    for (int i = 0; i < 3; i++) dx[i] = c.out[i];
}
