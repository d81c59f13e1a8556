/* attention_heads.c - multi-head attention: projections, heads, masks
 *
 * Without weights wanted it is projections around the fused attention; with them the scores are kept.
 * Read next: core/ops/attention.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/attention.h"
#include "core/ops/nn.h"

#include <math.h>

enum { QUERY, KEY, VALUE, IN_WEIGHT, IN_BIAS, BIAS_K, BIAS_V, OUT_WEIGHT, OUT_BIAS, PADDING_MASK, MASK, Q_WEIGHT, K_WEIGHT, V_WEIGHT, STATIC_K,
        STATIC_V };
enum { EMBED, HEADS, ZERO, DROPOUT, TRAINING, WEIGHTS, SEPARATE, AVERAGE, CAUSAL };

typedef struct heads {
    lun_call *c;
    int64_t embed, count, size, batch, length, keys; /* size: of a head */
    bool single;                                     /* without a batch */
    lun_tensor *q, *k, *v, *mask;                    /* mask: numbers to add, or LUN_NONE */
} heads;

static bool check(heads *h)
{
    char text[LUN_SHAPE_TEXT];
    const lun_call *c = h->c;
    const lun_tensor *q = c->in[QUERY];
    h->embed = lun_param_int(&c->params, EMBED, 0);
    h->count = lun_param_int(&c->params, HEADS, 0);
    double p = lun_param_float(&c->params, DROPOUT, 0);
    h->single = q->ndim == 2;
    for (int i = QUERY; i <= VALUE; i++)
        if (c->in[i]->ndim != q->ndim || q->ndim < 2 || q->ndim > 3)
            return lun_fail(LUN_E_SHAPE, "x, key and value are all [steps, n, embed], or all [steps, embed]", "%s %s must have %s dims",
                    c->op->arg[i].name,
                            lun_tensor_text(c->in[i], text), q->ndim == 2 ? "2" : "3"), false;
    if (q->dims[q->ndim - 1] != h->embed)
        return lun_fail(LUN_E_SHAPE, "embed_dim_to_check is x's last dim", "x %s does not have %lld features", lun_tensor_text(q, text),
                (long long)h->embed), false;
    if (h->count < 1 || h->embed % h->count)
        return lun_fail(LUN_E_ARGUMENT, "embed must be a multiple of num_heads", "%lld features do not divide into %lld heads", (long long)h->embed,
                        (long long)h->count), false;
    if (!(p >= 0 && p <= 1)) return lun_fail(LUN_E_ARGUMENT, NULL, "dropout_p must lie between 0 and 1, got %g", p), false;
    bool separate = lun_param_bool(&c->params, SEPARATE, false);
    bool there = separate ? !lun_is_none(c->in[Q_WEIGHT]) && !lun_is_none(c->in[K_WEIGHT]) &&
            !lun_is_none(c->in[V_WEIGHT]) : !lun_is_none(c->in[IN_WEIGHT]);
    if (!there)
        return lun_fail(LUN_E_ARGUMENT, "in_proj_weight [3 embed, embed], or use_separate_proj_weight with three of them",
                "a projection weight is missing"), false;
    h->size = h->embed / h->count;
    return true;
}

/* Projected [steps, n, embed]; part 0, 1, 2: of queries, keys, values. */
static lun_tensor *projected(const heads *h, int part)
{
    const lun_call *c = h->c;
    lun_tensor *x = c->in[part], *w = c->in[Q_WEIGHT + part], *b = c->in[IN_BIAS];
    if (h->single) x = lun_unsqueeze(x, 1);
    if (!lun_param_bool(&c->params, SEPARATE, false)) w = lun_narrow(c->in[IN_WEIGHT], 0, part * h->embed, h->embed);
    if (!lun_is_none(b)) b = lun_narrow(b, 0, part * h->embed, h->embed);
    return lun_linear(x, w, b);
}

/* [steps, n, embed] with one step more, the same for all of the batch. */
static lun_tensor *with_step(lun_tensor *x, lun_tensor *step)
{
    if (!x || lun_is_none(step)) return x;
    step = lun_expand(lun_reshape(step, 3, (int64_t[]){1, 1, step->numel}), 3, (int64_t[]){1, x->dims[1], step->numel});
    return lun_cat(2, (lun_tensor *[]){x, step}, 0);
}

/* [steps, n, embed] as [n, heads, steps, size] */
static lun_tensor *split_heads(const heads *h, lun_tensor *x)
{
    if (!x) return NULL;
    x = lun_reshape(x, 4, (int64_t[]){x->dims[0], x->dims[1], h->count, h->size});
    return lun_permute(x, 4, (int64_t[]){1, 2, 0, 3});
}

static lun_tensor *given_heads(const heads *h, lun_tensor *x)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim == 3 && x->dims[0] == h->batch * h->count && x->dims[2] == h->size)
        return lun_reshape(x, 4, (int64_t[]){h->batch, h->count, x->dims[1], h->size});
    return lun_fail(LUN_E_SHAPE, "static_k and static_v are [n * heads, steps, embed / heads]",
            "%s does not fit %lld sequences and %lld heads of %lld",
                    lun_tensor_text(x, text), (long long)h->batch, (long long)h->count, (long long)h->size);
}

static lun_tensor *zero_step(lun_tensor *x)
{
    if (!x) return NULL;
    lun_tensor *zero = lun_full(4, (int64_t[]){x->dims[0], x->dims[1], 1, x->dims[3]}, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    return lun_cat(2, (lun_tensor *[]){x, zero}, 2);
}

static bool read_heads(heads *h)
{
    lun_call *c = h->c;
    lun_tensor *q = projected(h, 0), *k = projected(h, 1), *v = projected(h, 2);
    if (!q || !k || !v) return false;
    h->batch = q->dims[1];
    h->length = q->dims[0];
    if (k->dims[1] != h->batch || v->dims[1] != h->batch || k->dims[0] != v->dims[0])
        return lun_fail(LUN_E_SHAPE, "key and value have as many steps as each other, and all three one batch",
                "x, key and value do not fit together"), false;
    h->q = split_heads(h, q);
    h->k = lun_is_none(c->in[STATIC_K]) ? split_heads(h, with_step(k, c->in[BIAS_K])) : given_heads(h, c->in[STATIC_K]);
    h->v = lun_is_none(c->in[STATIC_V]) ? split_heads(h, with_step(v, c->in[BIAS_V])) : given_heads(h, c->in[STATIC_V]);
    if (lun_param_bool(&c->params, ZERO, false)) {
        h->k = zero_step(h->k);
        h->v = zero_step(h->v);
    }
    h->keys = h->k ? h->k->dims[2] : 0;
    return h->q && h->k && h->v;
}

/* A mask as numbers to add: -inf where a bool says true; steps added to the keys are free. */
static lun_tensor *as_numbers(const heads *h, lun_tensor *m)
{
    lun_dtype dtype = (lun_dtype)h->q->dtype;
    if (m->dtype == LUN_BOOL) {
        lun_tensor *zeros = lun_full(m->ndim, m->dims, 0, dtype, lun_tensor_device(m));
        m = lun_masked_fill(zeros, m, -(double)INFINITY);
    } else if (!lun_dtype_is_float((lun_dtype)m->dtype)) {
        return lun_fail(LUN_E_DTYPE, "mask:bool()", "a mask must be bool or float, got %s", lun_dtypes[m->dtype].name);
    }
    m = lun_to_dtype(m, dtype);
    if (!m || m->dims[m->ndim - 1] >= h->keys) return m;
    return lun_pad(m, 2, (int64_t[]){0, h->keys - m->dims[m->ndim - 1]}, 0);
}

static lun_tensor *attention_mask(const heads *h, lun_tensor *m)
{
    char text[LUN_SHAPE_TEXT];
    if (m->ndim != 2 && m->ndim != 3)
        return lun_fail(LUN_E_SHAPE, "attn_mask is [l, s] or [n * heads, l, s]", "attn_mask %s must have 2 or 3 dims", lun_tensor_text(m, text));
    if (!(m = as_numbers(h, m))) return NULL;
    bool good = m->dims[m->ndim - 2] == h->length && m->dims[m->ndim - 1] == h->keys && (m->ndim == 2 || m->dims[0] == h->batch * h->count);
    if (!good) return lun_fail(LUN_E_SHAPE, "attn_mask is [l, s] or [n * heads, l, s]", "attn_mask %s does not fit", lun_tensor_text(m, text));
    return m->ndim == 2 ? m : lun_reshape(m, 4, (int64_t[]){h->batch, h->count, h->length, h->keys});
}

static lun_tensor *padding_mask(const heads *h, lun_tensor *m)
{
    char text[LUN_SHAPE_TEXT];
    if (m->ndim != (h->single ? 1 : 2))
        return lun_fail(LUN_E_SHAPE, "key_padding_mask is [n, s], or [s] without a batch", "key_padding_mask %s does not fit", lun_tensor_text(m,
                text));
    if (!(m = as_numbers(h, m))) return NULL;
    if (m->dims[m->ndim - 1] != h->keys || (!h->single && m->dims[0] != h->batch))
        return lun_fail(LUN_E_SHAPE, "key_padding_mask is [n, s]", "key_padding_mask %s does not fit", lun_tensor_text(m, text));
    return lun_reshape(m, 4, (int64_t[]){h->single ? 1 : h->batch, 1, 1, h->keys});
}

static bool read_masks(heads *h)
{
    lun_tensor *m = h->c->in[MASK], *p = h->c->in[PADDING_MASK];
    bool causal = lun_param_bool(&h->c->params, CAUSAL, false);
    if (lun_is_none(m) && causal) {
        lun_tensor *later = lun_full(2, (int64_t[]){h->length, h->keys}, 1, LUN_BOOL, lun_tensor_device(h->q));
        m = lun_call1(LUN_OP_logical_not, lun_call1(LUN_OP_tril, later));
    }
    h->mask = LUN_NONE;
    if (m && !lun_is_none(m)) h->mask = attention_mask(h, m);
    if (!m || !h->mask || lun_is_none(p)) return m && h->mask;
    p = padding_mask(h, p);
    h->mask = lun_is_none(h->mask) ? p : lun_add(h->mask, p);
    if (h->mask && h->mask->dims[h->mask->ndim - 2] == 1)
        h->mask = lun_expand(h->mask, 4, (int64_t[]){h->mask->dims[0], 1, h->length, h->keys});
    return h->mask != NULL;
}

/* Half precision is computed in float32 and rounded once, at the end, to what *dtype then says. */
static bool widen(lun_call *c, lun_dtype *dtype)
{
    *dtype = lun_common_dtype(c, 0);
    if (!lun_check_taken(c->op, *dtype)) return false;
    if (*dtype != LUN_F16 && *dtype != LUN_BF16) return true;
    for (int i = 0; i < c->n_in; i++) {
        if (lun_is_none(c->in[i]) || !lun_dtype_is_float((lun_dtype)c->in[i]->dtype)) continue;
        if (!(c->in[i] = lun_to_dtype(c->in[i], LUN_F32))) return false;
    }
    return true;
}

bool lun_compose_multi_head(lun_call *c)
{
    heads h = {.c = c};
    lun_dtype dtype;
    if (!check(&h) || !widen(c, &dtype) || !read_heads(&h) || !read_masks(&h)) return false;
    bool wanted = lun_param_bool(&c->params, WEIGHTS, true);
    double p = lun_param_bool(&c->params, TRAINING, true) ? lun_param_float(&c->params, DROPOUT, 0) : 0;
    lun_attention how = {.scale = 1 / sqrt((double)h.size), .dropout = p};
    lun_tensor *weights = NULL, *mask = h.mask;
    if (!lun_is_none(mask)) mask = lun_expand(mask, 4, (int64_t[]){h.batch, h.count, h.length, h.keys});
    lun_tensor *out = lun_attend(h.q, h.k, h.v, mask, &how, wanted ? &weights : NULL);
    out = lun_reshape(lun_permute(out, 4, (int64_t[]){2, 0, 1, 3}), 3, (int64_t[]){h.length, h.batch, h.embed});
    out = lun_linear(out, c->in[OUT_WEIGHT], c->in[OUT_BIAS]);
    c->out[0] = lun_to_dtype(h.single ? lun_squeeze(out, 1) : out, dtype);
    c->n_out = wanted ? 2 : 1;
    if (!wanted) return c->out[0] != NULL;
    if (lun_param_bool(&c->params, AVERAGE, true)) weights = lun_mean(weights, 1, (int64_t[]){1}, false);
    c->out[1] = lun_to_dtype(h.single ? lun_squeeze(weights, 0) : weights, dtype);
    return c->out[0] && c->out[1];
}
