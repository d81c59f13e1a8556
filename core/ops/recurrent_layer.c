/* recurrent_layer.c - one layer of a recurrent network in one direction: the fused op, its gradient, and the gradient in ordinary ops
 *
 * w_ih x is one matrix product for all steps, before the fused op; the gradients of the weights are one product each, after it. The op
 * itself keeps the gates (of an lstm the c too), and both its results may get a gradient: that is how c_n is differentiated, and how
 * the gradient is while a backward pass is recorded.
 * Holds: prev[row] is the row of [h0; out] that a row's h came from. Read next: kernels/cpu/recurrent.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/recurrent.h"
#include "core/tape.h"

#include <string.h>

/* Position, from 1, in [h0; out] of the h before each row. */
static lun_tensor *previous(const lun_steps *s, bool reverse)
{
    lun_tensor *at = lun_tensor_empty(LUN_I64, 1, &s->total, (lun_device){LUN_CPU, 0});
    if (!at) return NULL;
    int64_t *to = lun_data(at), offset = 0, before = 0;
    for (int64_t t = 0; t < s->steps; t++) {
        int64_t n = lun_steps_size(s, t), next = t + 1 < s->steps ? lun_steps_size(s, t + 1) : 0;
        for (int64_t b = 0; b < n; b++) {
            if (reverse) to[offset + b] = 1 + (b < next ? s->batch + offset + n + b : b);
            else to[offset + b] = 1 + (t ? s->batch + before + b : b);
        }
        before = offset;
        offset += n;
    }
    return at;
}

/* Position, from 1, of the row that each sequence ends with. */
static lun_tensor *last_rows(const lun_steps *s, bool reverse)
{
    lun_tensor *at = lun_tensor_empty(LUN_I64, 1, &s->batch, (lun_device){LUN_CPU, 0});
    if (!at) return NULL;
    int64_t *to = lun_data(at), offset = 0;
    for (int64_t t = 0; t < s->steps; t++) {
        int64_t n = lun_steps_size(s, t);
        for (int64_t b = 0; b < n && !(reverse && t); b++) to[b] = offset + b + 1;
        offset += n;
    }
    return at;
}

bool lun_recurrent_layer(const lun_layer *l, lun_tensor *x, lun_tensor **out, lun_tensor **h, lun_tensor **c)
{
    lun_call k;
    lun_tensor *sizes = l->steps.sizes ? (lun_tensor *)(uintptr_t)l->steps.sizes : LUN_NONE;
    lun_tensor *gates = lun_linear(x, l->w_ih, l->b_ih);
    lun_nn_begin(&k, LUN_OP_recurrent, 7, (lun_tensor *[]){gates, l->h0, l->c0, l->w_hh, l->b_hh, l->projection, sizes});
    lun_params_int(&k.params, l->mode);
    lun_params_bool(&k.params, l->reverse);
    if (!lun_apply(&k)) return false;
    lun_tensor *last = last_rows(&l->steps, l->reverse);
    *out = k.out[0];
    *h = lun_index_select(*out, 0, last);
    if (l->mode != LUN_RECURRENT_LSTM) return *h != NULL;
    int64_t hidden = k.out[1]->dims[1] / 5;
    *c = lun_index_select(lun_narrow(k.out[1], 1, 4 * hidden, hidden), 0, last);
    return *h && *c;
}

static lun_recurrent_mode mode_of(const lun_params *p) { return (lun_recurrent_mode)lun_param_int(p, 0, 0); }

bool lun_infer_recurrent(lun_call *c)
{
    const lun_tensor *x = c->in[0], *w = c->in[3];
    lun_recurrent_mode m = mode_of(&c->params);
    int64_t hidden = w->dims[0] / lun_recurrent_gates(m), dims[2] = {x->dims[0], w->dims[1]}, kept[2] = {x->dims[0], lun_recurrent_kept(m) * hidden};
    lun_result(c, 0, (lun_dtype)x->dtype, 2, dims);
    lun_result(c, 1, x->dtype == LUN_F64 ? LUN_F64 : LUN_F32, 2, kept);
    return true;
}

bool lun_infer_recurrent_gradient(lun_call *c)
{
    const lun_tensor *out = c->in[2], *h0 = c->in[4], *c0 = c->in[5], *w = c->in[6], *projection = c->in[7];
    lun_recurrent_mode m = mode_of(&c->params);
    lun_dtype dtype = (lun_dtype)out->dtype;
    int64_t other = m == LUN_RECURRENT_GRU ? w->dims[0] : lun_is_none(projection) ? 0 : projection->dims[0];
    lun_result(c, 0, dtype, 2, (int64_t[]){out->dims[0], w->dims[0]});
    lun_result(c, 1, dtype, 2, h0->dims);
    lun_result(c, 2, dtype, 2, lun_is_none(c0) ? (int64_t[]){0, 0} : c0->dims);
    lun_result(c, 3, dtype, 2, (int64_t[]){out->dims[0], other});
    return true;
}

/* ---- the gradient: from those of the gates before activation (and of what the projection gets) to all arguments ---- */

enum { X, H0, C0, W, B, PROJECTION, SIZES };

typedef struct parts { lun_tensor *dx, *dh0, *dc0, *other; } parts;

static void fan_out(const lun_node *n, const lun_steps *s, lun_tensor *const *in, lun_tensor *out, lun_tensor *gates, const parts *p, lun_tensor **dx)
{
    bool gru = mode_of(n->params) == LUN_RECURRENT_GRU;
    lun_tensor *pre = gru ? p->other : p->dx;
    dx[X] = p->dx;
    dx[H0] = p->dh0;
    if (!lun_is_none(in[C0])) dx[C0] = p->dc0;
    if (lun_wants(n, W)) {
        lun_tensor *before = lun_index_select(lun_cat(2, (lun_tensor *[]){in[H0], out}, 0), 0, previous(s, lun_param_bool(n->params, 1, false)));
        dx[W] = lun_matmul(lun_mT(pre), before);
    }
    if (lun_wants(n, B)) dx[B] = lun_sum_dim(pre, 0, false);
    if (lun_is_none(in[PROJECTION]) || !lun_wants(n, PROJECTION) || !gates) return;
    int64_t hidden = gates->dims[1] / 5;
    lun_tensor *h = lun_mul(lun_narrow(gates, 1, 3 * hidden, hidden), lun_tanh(lun_narrow(gates, 1, 4 * hidden, hidden)));
    dx[PROJECTION] = lun_matmul(lun_mT(p->other), lun_to_dtype(h, n->in_spec[W].dtype));
}

/* One step's rows on the way back, as ordinary ops. */
typedef struct walk {
    lun_recurrent_mode mode;
    int64_t hidden, rows;
    lun_tensor *gates, *g_gates, *out, *h_before, *c_before; /* this step's rows; g_gates LUN_NONE when there is none */
    lun_tensor *dh, *dc, *dx, *other; /* in: gradients of h and c; out: those of h and c before, and of the gates */
} walk;

static lun_tensor *gate(const walk *w, int k) { return lun_narrow(w->gates, 1, k * w->hidden, w->hidden); }

static lun_tensor *plus_gate(const walk *w, int k, lun_tensor *d)
{
    return lun_is_none(w->g_gates) ? d : lun_add(d, lun_narrow(w->g_gates, 1, k * w->hidden, w->hidden));
}

static lun_tensor *one_minus(lun_tensor *x) { return lun_add_number(lun_neg(x), 1); }
static lun_tensor *through_sigmoid(lun_tensor *d, lun_tensor *y) { return lun_mul(d, lun_mul(y, one_minus(y))); }
static lun_tensor *through_tanh(lun_tensor *d, lun_tensor *y) { return lun_mul(d, one_minus(lun_square(y))); }

static void lstm_back(walk *w, lun_tensor *projection)
{
    lun_tensor *i = gate(w, 0), *f = gate(w, 1), *g = gate(w, 2), *o = gate(w, 3), *t = lun_tanh(gate(w, 4)), *dh = w->dh;
    w->other = dh;
    if (!lun_is_none(projection)) dh = lun_matmul(dh, projection);
    lun_tensor *dc = plus_gate(w, 4, lun_add(w->dc, through_tanh(lun_mul(dh, o), t)));
    lun_tensor *d[4] = {through_sigmoid(plus_gate(w, 0, lun_mul(dc, g)), i), through_sigmoid(plus_gate(w, 1, lun_mul(dc, w->c_before)), f),
                        through_tanh(plus_gate(w, 2, lun_mul(dc, i)), g), through_sigmoid(plus_gate(w, 3, lun_mul(dh, t)), o)};
    w->dx = lun_cat(4, d, 1);
    w->dc = lun_mul(dc, f);
    w->dh = NULL;
}

static void gru_back(walk *w)
{
    lun_tensor *r = gate(w, 0), *z = gate(w, 1), *n = gate(w, 2), *m = gate(w, 3);
    lun_tensor *dz = through_sigmoid(plus_gate(w, 1, lun_mul(w->dh, lun_sub(w->h_before, n))), z);
    lun_tensor *dn = through_tanh(plus_gate(w, 2, lun_mul(w->dh, one_minus(z))), n);
    lun_tensor *dr = through_sigmoid(plus_gate(w, 0, lun_mul(dn, m)), r), *dm = plus_gate(w, 3, lun_mul(dn, r));
    w->dx = lun_cat(3, (lun_tensor *[]){dr, dz, dn}, 1);
    w->other = lun_cat(3, (lun_tensor *[]){dr, dz, dm}, 1);
    w->dh = lun_mul(w->dh, z);
}

static void plain_back(walk *w)
{
    if (w->mode == LUN_RECURRENT_TANH) w->dx = through_tanh(w->dh, w->out);
    else w->dx = lun_mul(w->dh, lun_to_dtype(lun_gt(lun_detach(w->out), lun_number(0)), (lun_dtype)w->out->dtype));
    w->dh = NULL;
}

/* Rows 0..n-1 of x exchanged for `head`. */
static lun_tensor *with_head(lun_tensor *x, lun_tensor *head, int64_t n)
{
    if (!x || !head) return NULL;
    return n == x->dims[0] ? head : lun_cat(2, (lun_tensor *[]){head, lun_narrow(x, 0, n, x->dims[0] - n)}, 0);
}

/* Rows of a step; the rest of the arguments of the walk stay. */
static void take_step(walk *w, const lun_steps *s, lun_tensor *gates, lun_tensor *g_gates, lun_tensor *out, lun_tensor *h_all, lun_tensor *c_all,
                      lun_tensor *prev, int64_t offset, int64_t n)
{
    lun_tensor *at = lun_narrow(prev, 0, offset, n);
    (void)s;
    w->rows = n;
    w->gates = lun_recurrent_kept(w->mode) ? lun_narrow(gates, 0, offset, n) : LUN_NONE;
    w->g_gates = lun_is_none(g_gates) ? LUN_NONE : lun_narrow(g_gates, 0, offset, n);
    w->out = lun_narrow(out, 0, offset, n);
    if (w->mode == LUN_RECURRENT_GRU) w->h_before = lun_index_select(h_all, 0, at);
    if (w->mode == LUN_RECURRENT_LSTM) w->c_before = lun_index_select(c_all, 0, at);
}

static bool with_ops(const lun_node *node, const lun_steps *s, lun_tensor **g, lun_tensor *const *in, lun_tensor *out, lun_tensor *gates, parts *p)
{
    walk w = {.mode = mode_of(node->params), .hidden = in[W]->dims[0] / lun_recurrent_gates(mode_of(node->params))};
    bool reverse = lun_param_bool(node->params, 1, false), lstm = w.mode == LUN_RECURRENT_LSTM;
    lun_dtype dtype = (lun_dtype)in[W]->dtype;
    gates = lun_to_dtype(gates, dtype);
    lun_tensor *g_gates = lun_is_none(g[1]) ? LUN_NONE : lun_to_dtype(g[1], dtype), *prev = previous(s, reverse);
    lun_tensor *h_all = lun_cat(2, (lun_tensor *[]){in[H0], out}, 0), *c_all = NULL;
    if (lstm) c_all = lun_cat(2, (lun_tensor *[]){in[C0], lun_narrow(gates, 1, 4 * w.hidden, w.hidden)}, 0);
    lun_tensor *dh = lun_zeros_like(lun_detach(in[H0])), *dc = lstm ? lun_zeros_like(lun_detach(in[C0])) : NULL, *none = NULL;
    int64_t offset = reverse ? 0 : s->total;
    p->dx = p->other = NULL;
    for (int64_t k = 0; k < s->steps; k++) {
        int64_t t = reverse ? k : s->steps - 1 - k, n = lun_steps_size(s, t);
        if (!reverse) offset -= n;
        take_step(&w, s, gates, g_gates, out, h_all, c_all, prev, offset, n);
        w.dh = lun_narrow(dh, 0, 0, n);
        if (!lun_is_none(g[0])) w.dh = lun_add(w.dh, lun_narrow(g[0], 0, offset, n));
        if (lstm) w.dc = lun_narrow(dc, 0, 0, n);
        w.other = none;
        if (lstm) lstm_back(&w, in[PROJECTION]);
        else if (w.mode == LUN_RECURRENT_GRU) gru_back(&w);
        else plain_back(&w);
        lun_tensor *back = lun_matmul(w.mode == LUN_RECURRENT_GRU ? w.other : w.dx, in[W]);
        dh = with_head(dh, w.dh ? lun_add(w.dh, back) : back, n);
        if (lstm) dc = with_head(dc, w.dc, n);
        lun_tensor *pair[2] = {reverse ? p->dx : w.dx, reverse ? w.dx : p->dx};
        lun_tensor *others[2] = {reverse ? p->other : w.other, reverse ? w.other : p->other};
        p->dx = k ? lun_cat(2, pair, 0) : w.dx;
        if (w.other) p->other = k ? lun_cat(2, others, 0) : w.other;
        if (!p->dx || !dh) return false;
        if (reverse) offset += n;
    }
    p->dh0 = dh;
    p->dc0 = dc;
    return true;
}

static bool fused(const lun_node *n, lun_tensor **g, lun_tensor *const *in, lun_tensor *out, lun_tensor *gates, parts *p)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_recurrent_gradient, 9,
                 (lun_tensor *[]){g[0], g[1], out, gates, in[H0], in[C0], in[W], in[PROJECTION], in[SIZES]});
    lun_nn_copy_params(&c.params, n->params, 0, 1);
    if (!lun_apply(&c)) return false;
    *p = (parts){c.out[0], c.out[1], c.out[2], c.out[3]};
    return true;
}

void lun_vjp_recurrent(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *in[7] = {LUN_NONE}, *out = lun_saved_out(n, 0), *gates = lun_saved_out(n, 1);
    lun_steps s;
    parts p;
    for (int i = 1; i < 7; i++)
        if (i != B && !(in[i] = lun_saved_in(n, i))) return;
    in[B] = LUN_NONE;
    if (!out || !gates || !lun_steps_read(&s, in[SIZES], n->in_spec[H0].dims[0], n->in_spec[X].dims[0])) return;
    bool ok = lun_nn_differentiable() ? with_ops(n, &s, g, in, out, gates, &p) : fused(n, g, in, out, gates, &p);
    if (ok) fan_out(n, &s, in, out, gates, &p, dx);
}
