/* recurrent.c - rnn, lstm and gru: layers, directions, batches and packed sequences, made of one op per layer and direction
 *
 * Everything runs on packed rows: first all sequences' step 1, then step 2, and so on; a batch of equally long sequences [t, b, i]
 * lies like that already.
 * Holds: sequences of a packed batch are ordered by length, longest first. Read next: core/ops/recurrent_layer.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/recurrent.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"

#include <string.h>

typedef struct net {
    lun_recurrent_mode mode;
    bool biased, projected, bidirectional, batch_first, train, unbatched;
    int64_t layers, hidden, result; /* result: size of h, less than hidden with a projection */
    double dropout;
    lun_tensor **params;
    int n_params, per_cell;
    lun_steps steps;
} net;

bool lun_steps_read(lun_steps *s, const lun_tensor *sizes, int64_t batch, int64_t total)
{
    *s = (lun_steps){.sizes = sizes, .batch = batch, .total = total};
    if (lun_is_none(sizes)) return s->steps = batch ? total / batch : 0, true;
    int64_t sum = 0;
    s->steps = sizes->numel;
    if (sizes->ndim != 1 || lun_dtype_is_float((lun_dtype)sizes->dtype))
        return lun_fail(LUN_E_SHAPE, "pack_padded_sequence makes them", "batch_sizes must be a list of whole numbers"), false;
    for (int64_t t = 0; t < s->steps; t++) {
        int64_t n = lun_get_integer(sizes, t);
        if (n < 1 || (t && n > lun_get_integer(sizes, t - 1)) || __builtin_add_overflow(sum, n, &sum))
            return lun_fail(LUN_E_ARGUMENT, "pack_padded_sequence makes them", "batch_sizes must be positive and never grow: %lld at step %lld",
                            (long long)n, (long long)t + 1), false;
    }
    s->batch = s->steps ? lun_get_integer(sizes, 0) : 0;
    if (sum == total) return true;
    return lun_fail(LUN_E_SHAPE, "pack_padded_sequence makes them", "batch_sizes add up to %lld, x has %lld rows", (long long)sum,
                    (long long)total), false;
}

int64_t lun_steps_size(const lun_steps *s, int64_t t) { return lun_is_none(s->sizes) ? s->batch : lun_get_integer(s->sizes, t); }

static lun_recurrent_mode mode_of(const lun_op *op)
{
    switch (op->id) {
    case LUN_OP_rnn_relu: case LUN_OP_rnn_relu_cell: return LUN_RECURRENT_RELU;
    case LUN_OP_lstm: case LUN_OP_lstm_cell: return LUN_RECURRENT_LSTM;
    case LUN_OP_gru: case LUN_OP_gru_cell: return LUN_RECURRENT_GRU;
    default: return LUN_RECURRENT_TANH;
    }
}

static bool expect(const lun_tensor *x, const char *name, int ndim, const int64_t *dims)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(x) || lun_shape_same(x->ndim, x->dims, ndim, dims)) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "%s is %s, but must be %s", name, lun_tensor_text(x, a), lun_shape_text(ndim, dims, b)), false;
}

/* Checks one cell's parameters: w_ih, w_hh, b_ih, b_hh, w_hr (LUN_NONE where there is none). */
static bool check_cell(lun_tensor *const *p, int64_t rows, int64_t in, int64_t hidden, int64_t result, lun_dtype dtype)
{
    static const char *const names[] = {"w_ih", "w_hh", "b_ih", "b_hh", "w_hr"};
    for (int i = 0; i < 5; i++)
        if (!lun_is_none(p[i]) && p[i]->dtype != dtype)
            return lun_fail(LUN_E_DTYPE, "convert with :to(x.dtype)", "%s is %s and x is %s", names[i], lun_dtypes[p[i]->dtype].name,
                            lun_dtypes[dtype].name), false;
    return expect(p[0], names[0], 2, (int64_t[]){rows, in}) && expect(p[1], names[1], 2, (int64_t[]){rows, result}) &&
           expect(p[2], names[2], 1, &rows) && expect(p[3], names[3], 1, &rows) &&
           expect(p[4], names[4], 2, (int64_t[]){result, hidden});
}

/* Finds sizes in the parameters. */
static bool read_net(net *n, const lun_call *c)
{
    const lun_params *q = &c->params;
    int first = n->mode == LUN_RECURRENT_LSTM ? 4 : 3;
    n->biased = lun_param_bool(q, 0, true);
    n->layers = lun_param_int(q, 1, 1);
    n->dropout = lun_param_float(q, 2, 0);
    n->train = lun_param_bool(q, 3, false);
    n->bidirectional = lun_param_bool(q, 4, false);
    n->batch_first = lun_param_bool(q, 5, false);
    n->params = c->in + first;
    n->n_params = c->n_in - first;
    if (!(n->dropout >= 0 && n->dropout <= 1))
        return lun_fail(LUN_E_ARGUMENT, NULL, "dropout must lie between 0 and 1, got %g", n->dropout), false;
    int64_t cells = n->layers < 1 || n->layers > 10000 ? 0 : n->layers * (n->bidirectional ? 2 : 1), least = n->biased ? 4 : 2;
    n->per_cell = cells ? (int)(n->n_params / cells) : 0;
    n->projected = n->mode == LUN_RECURRENT_LSTM && n->per_cell == least + 1;
    if (!cells || n->per_cell * cells != n->n_params || n->per_cell != least + n->projected)
        return lun_fail(LUN_E_ARGUMENT, "params lists w_ih, w_hh, b_ih, b_hh of each layer and direction",
                        "%d tensors are not what %lld layers%s of %s need", n->n_params, (long long)n->layers,
                        n->bidirectional ? " in two directions" : "", c->op->name), false;
    const lun_tensor *w = n->params[1];
    int64_t gates = lun_recurrent_gates(n->mode);
    if (w->ndim != 2 || w->dims[0] % gates || !w->dims[0])
        return lun_fail(LUN_E_SHAPE, "w_hh is [gates * hidden, hidden]", "w_hh of %d dims and %lld rows does not make %lld gates", w->ndim,
                        (long long)(w->ndim ? w->dims[0] : 0), (long long)gates), false;
    n->hidden = w->dims[0] / gates;
    n->result = w->dims[1];
    if (!n->projected && n->result != n->hidden) return expect(w, "w_hh", 2, (int64_t[]){w->dims[0], n->hidden});
    return true;
}

/* x as packed rows [total, i]. */
static lun_tensor *rows_of(net *n, lun_tensor *x, lun_tensor *sizes)
{
    char text[LUN_SHAPE_TEXT];
    bool packed = !lun_is_none(sizes);
    if (!(x->ndim == 2 || (x->ndim == 3 && !packed)))
        return lun_fail(LUN_E_SHAPE, packed ? "pack_padded_sequence gives packed rows" : "x:unsqueeze(2) makes a batch of one",
                        "x %s must have %s dims", lun_tensor_text(x, text), packed ? "2" : "2 or 3");
    n->unbatched = !packed && x->ndim == 2;
    if (x->ndim == 3 && n->batch_first) x = lun_transpose(x, 0, 1);
    if (!x) return NULL;
    int64_t batch = x->ndim == 3 ? x->dims[1] : 1, steps = packed ? 1 : x->dims[0], total = x->ndim == 3 ? steps * batch : x->dims[0];
    if (!packed && !steps) return lun_fail(LUN_E_SHAPE, NULL, "the sequence has no steps");
    if (!lun_steps_read(&n->steps, sizes, batch, total)) return NULL;
    if (!packed) n->steps.steps = steps;
    return lun_reshape(x, 2, (int64_t[]){total, x->dims[x->ndim - 1]});
}

/* A state as [cells, batch, size]; zeros when it is absent. */
static lun_tensor *state(const net *n, lun_tensor *s, const char *name, int64_t cells, int64_t size, const lun_tensor *x)
{
    int64_t dims[3] = {cells, n->steps.batch, size};
    if (!lun_is_none(s) && s->dtype != x->dtype)
        return lun_fail(LUN_E_DTYPE, "convert with :to(x.dtype)", "%s is %s and x is %s", name, lun_dtypes[s->dtype].name, lun_dtypes[x->dtype].name);
    if (lun_is_none(s)) return lun_full(3, dims, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    if (n->unbatched) return expect(s, name, 2, (int64_t[]){cells, size}) ? lun_unsqueeze(s, 1) : NULL;
    return expect(s, name, 3, dims) ? s : NULL;
}

static lun_tensor *drop(const net *n, lun_tensor *x)
{
    lun_call c;
    lun_nn_begin(&c, LUN_OP_dropout, 1, &x);
    lun_params_float(&c.params, n->dropout);
    lun_params_bool(&c.params, true);
    return lun_apply1(&c);
}

static bool run_cell(net *n, int64_t cell, bool reverse, lun_tensor *x, lun_tensor *h0, lun_tensor *c0, lun_tensor **out, lun_tensor **h,
                     lun_tensor **c)
{
    lun_tensor *p[5] = {LUN_NONE, LUN_NONE, LUN_NONE, LUN_NONE, LUN_NONE}, **from = n->params + cell * n->per_cell;
    for (int i = 0; i < (n->biased ? 4 : 2); i++) p[i] = from[i];
    if (n->projected) p[4] = from[n->per_cell - 1];
    if (!check_cell(p, lun_recurrent_gates(n->mode) * n->hidden, x->dims[1], n->hidden, n->result, (lun_dtype)x->dtype)) return false;
    lun_layer l = {.mode = n->mode, .reverse = reverse, .steps = n->steps, .w_ih = p[0], .w_hh = p[1], .b_ih = p[2], .b_hh = p[3],
                   .projection = p[4], .h0 = lun_select(h0, 0, cell), .c0 = c0 ? lun_select(c0, 0, cell) : LUN_NONE};
    return lun_recurrent_layer(&l, x, out, h, c);
}

/* The states of all cells on top of each other. */
static bool join(lun_tensor **all, lun_tensor *next, bool first)
{
    next = lun_unsqueeze(next, 0);
    *all = first || !next ? next : lun_cat(2, (lun_tensor *[]){*all, next}, 0);
    return *all != NULL;
}

static lun_tensor *run_layers(net *n, lun_tensor *x, lun_tensor *h0, lun_tensor *c0, lun_tensor **h_n, lun_tensor **c_n)
{
    int64_t directions = n->bidirectional ? 2 : 1;
    for (int64_t layer = 0; layer < n->layers && x; layer++) {
        lun_tensor *out[2] = {NULL, NULL}, *h, *c = NULL;
        if (layer && n->train && n->dropout > 0) x = drop(n, x);
        for (int64_t d = 0; d < directions; d++) {
            int64_t cell = layer * directions + d;
            if (!x || !run_cell(n, cell, d == 1, x, h0, c0, &out[d], &h, &c) || !join(h_n, h, cell == 0)) return NULL;
            if (c0 && !join(c_n, c, cell == 0)) return NULL;
        }
        x = directions == 2 ? lun_cat(2, out, 1) : out[0];
    }
    return x;
}

/* Rows back in the shape of the argument. */
static lun_tensor *unpacked(const net *n, lun_tensor *x, bool packed)
{
    if (!x || packed || n->unbatched) return x;
    x = lun_reshape(x, 3, (int64_t[]){n->steps.steps, n->steps.batch, x->dims[1]});
    return n->batch_first ? lun_transpose(x, 0, 1) : x;
}

bool lun_compose_recurrent(lun_call *c)
{
    net n = {.mode = mode_of(c->op)};
    bool memory = n.mode == LUN_RECURRENT_LSTM;
    lun_tensor *sizes = c->in[memory ? 3 : 2], *h_n = NULL, *c_n = NULL;
    if (!read_net(&n, c)) return false;
    lun_tensor *x = rows_of(&n, c->in[0], sizes);
    if (!x) return false;
    int64_t cells = n.layers * (n.bidirectional ? 2 : 1);
    if (memory && lun_is_none(c->in[1]) != lun_is_none(c->in[2]))
        return lun_fail(LUN_E_ARGUMENT, "give both or none", "h0 and c0 belong together"), false;
    lun_tensor *h0 = state(&n, c->in[1], "h0", cells, n.result, x), *c0 = memory ? state(&n, c->in[2], "c0", cells, n.hidden, x) : NULL;
    if (!h0 || (memory && !c0)) return false;
    c->out[0] = unpacked(&n, run_layers(&n, x, h0, c0, &h_n, &c_n), !lun_is_none(sizes));
    if (!c->out[0]) return false;
    c->out[1] = n.unbatched ? lun_squeeze(h_n, 1) : h_n;
    if (memory) c->out[2] = n.unbatched ? lun_squeeze(c_n, 1) : c_n;
    c->n_out = memory ? 3 : 2;
    return true;
}

bool lun_compose_cell(lun_call *c)
{
    net n = {.mode = mode_of(c->op)};
    bool memory = n.mode == LUN_RECURRENT_LSTM;
    int w = memory ? 3 : 2;
    char text[LUN_SHAPE_TEXT];
    lun_tensor *x = c->in[0], *h0 = c->in[1], *c0 = memory ? c->in[2] : LUN_NONE, *out;
    lun_tensor *p[5] = {c->in[w], c->in[w + 1], c->in[w + 2], c->in[w + 3], LUN_NONE};
    if (x->ndim < 1 || x->ndim > 2) return lun_fail(LUN_E_SHAPE, "x is [b, i] or [i]", "x %s must have 1 or 2 dims", lun_tensor_text(x, text)), false;
    if (p[1]->ndim != 2) return lun_fail(LUN_E_SHAPE, NULL, "w_hh must have 2 dims, got %s", lun_tensor_text(p[1], text)), false;
    n.hidden = n.result = p[1]->dims[1];
    n.unbatched = x->ndim == 1;
    if (!check_cell(p, lun_recurrent_gates(n.mode) * n.hidden, x->dims[x->ndim - 1], n.hidden, n.hidden, (lun_dtype)x->dtype)) return false;
    if (n.unbatched) x = lun_unsqueeze(x, 0);
    if (!x) return false;
    int64_t dims[2] = {x->dims[0], n.hidden};
    if (n.unbatched && !lun_is_none(h0)) h0 = expect(h0, "hx", 1, dims + 1) ? lun_unsqueeze(h0, 0) : NULL;
    if (n.unbatched && !lun_is_none(c0)) c0 = expect(c0, "cx", 1, dims + 1) ? lun_unsqueeze(c0, 0) : NULL;
    if (!h0 || !c0 || !expect(h0, "hx", 2, dims) || !expect(c0, "cx", 2, dims)) return false;
    if (lun_is_none(h0)) h0 = lun_full(2, dims, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    if (memory && lun_is_none(c0)) c0 = lun_full(2, dims, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    lun_layer l = {.mode = n.mode, .w_ih = p[0], .w_hh = p[1], .b_ih = p[2], .b_hh = p[3], .projection = LUN_NONE, .h0 = h0, .c0 = c0};
    l.steps = (lun_steps){.sizes = LUN_NONE, .batch = dims[0], .steps = 1, .total = dims[0]};
    if (!h0 || !c0 || !lun_recurrent_layer(&l, x, &out, &c->out[0], &c->out[1])) return false;
    c->n_out = memory ? 2 : 1;
    for (int i = 0; i < c->n_out; i++)
        if (n.unbatched) c->out[i] = lun_squeeze(c->out[i], 0);
    return true;
}
