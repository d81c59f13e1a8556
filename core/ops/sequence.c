/* sequence.c - padding and packing of sequences
 *
 * Packing picks rows of [steps * n, *] by position, padding picks rows of the packed data with one row of padding after it; so both
 * are index_select, and so are their gradients.
 * Read next: core/ops/recurrent.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/sequence.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/nn.h"
#include "core/ops/recurrent.h"

#include <string.h>

/* ---- padding ---- */

static bool same_steps(const lun_call *c)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    const lun_tensor *first = c->in[0];
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:view(1)", "sequence %d has no dim of steps", i + 1), false;
        if (x->dtype == first->dtype && lun_shape_same(x->ndim - 1, x->dims + 1, first->ndim - 1, first->dims + 1)) continue;
        return lun_fail(LUN_E_SHAPE, "all dims but the first must be equal", "sequence %d is %s, the first is %s", i + 1, lun_tensor_text(x, a),
                        lun_tensor_text(first, b)), false;
    }
    return true;
}

static lun_tensor *lengthened(lun_tensor *x, int64_t length, double value, bool left)
{
    int64_t pad[2 * LUN_MAX_DIMS] = {0}, missing = length - x->dims[0];
    pad[2 * (x->ndim - 1) + !left] = missing;
    return missing ? lun_pad(x, 2 * x->ndim, pad, value) : x;
}

bool lun_compose_pad_sequence(lun_call *c)
{
    bool batch_first = lun_param_bool(&c->params, 0, false);
    const char *side = lun_param_string(&c->params, 2, "right");
    if (strcmp(side, "right") && strcmp(side, "left"))
        return lun_fail(LUN_E_ARGUMENT, NULL, "padding_side must be \"right\" or \"left\", got \"%s\"", side), false;
    if (!same_steps(c)) return false;
    int64_t longest = 0;
    for (int i = 0; i < c->n_in; i++)
        if (!lun_param_fits(&c->params, 1, (lun_dtype)c->in[i]->dtype)) return false;
    for (int i = 0; i < c->n_in; i++) longest = c->in[i]->dims[0] > longest ? c->in[i]->dims[0] : longest;
    lun_call all;
    lun_call_begin(&all, lun_op_at(LUN_OP_stack));
    for (int i = 0; i < c->n_in; i++) lun_call_input(&all, lengthened(c->in[i], longest, lun_param_float(&c->params, 1, 0), !strcmp(side, "left")));
    lun_params_int(&all.params, batch_first ? 0 : 1);
    return lun_composed(c, lun_apply1(&all));
}

/* ---- packing ---- */


/* The lengths, checked, longest first; order[i] (from 0) is where the i-th of them stood. Counting sort keeps equal ones in place. */
static bool sort_lengths(const lun_call *c, const lun_tensor *lengths, int64_t n, int64_t steps, bool sorted, int64_t *order, int64_t *length)
{
    if (lun_dtype_is_float((lun_dtype)lengths->dtype) || lengths->ndim != 1 || lengths->numel != n)
        return lun_fail(LUN_E_SHAPE, "one length for each sequence", "lengths must hold %lld whole numbers, got %lld", (long long)n,
                        (long long)lengths->numel), false;
    for (int64_t i = 0; i < n; i++) {
        int64_t v = lun_get_integer(lengths, i);
        if (v < 1 || v > steps)
            return lun_fail(LUN_E_ARGUMENT, "leave empty sequences out", "length %lld of sequence %lld is outside 1..%lld", (long long)v,
                    (long long)i + 1,
                            (long long)steps), false;
        if (sorted && i && v > lun_get_integer(lengths, i - 1))
            return lun_fail(LUN_E_ARGUMENT, "enforce_sorted = false orders them",
                    "lengths must fall when enforce_sorted is true: %lld of sequence %lld",
                            (long long)v, (long long)i + 1), false;
    }
    (void)c;
    int64_t at = 0;
    for (int64_t wanted = steps; wanted >= 1 && at < n; wanted--)
        for (int64_t i = 0; i < n; i++)
            if (lun_get_integer(lengths, i) == wanted) {
                order[at] = i;
                length[at++] = wanted;
            }
    return true;
}

/* Positions (from 1) of the packed rows in [steps * n], and how many sequences each step has. */
static bool plan(const int64_t *order, const int64_t *length, int64_t n, bool batch_first, int64_t steps, lun_tensor **rows, lun_tensor **sizes)
{
    int64_t total = 0, longest = n ? length[0] : 0, at = 0;
    for (int64_t i = 0; i < n; i++) total += length[i];
    if (!(*rows = lun_integers(total)) || !(*sizes = lun_integers(longest))) return false;
    for (int64_t t = 0; t < longest; t++) {
        int64_t running = 0;
        for (; running < n && length[running] > t; running++)
            ((int64_t *)lun_data(*rows))[at++] = 1 + (batch_first ? order[running] * steps + t : t * n + order[running]);
        ((int64_t *)lun_data(*sizes))[t] = running;
    }
    return true;
}

static bool pack(lun_call *c, lun_tensor *x, const lun_tensor *lengths, bool batch_first, bool sorted)
{
    char text[LUN_SHAPE_TEXT];
    if (x->ndim < 2) return lun_fail(LUN_E_SHAPE, "x is [steps, n, ...]", "x %s needs dims of steps and sequences", lun_tensor_text(x, text)),
            false;
    int64_t n = x->dims[batch_first ? 0 : 1], steps = x->dims[batch_first ? 1 : 0], dims[LUN_MAX_DIMS];
    lun_tensor *order = lun_integers(n), *length = lun_integers(n), *rows, *sizes;
    if (!order || !length || !sort_lengths(c, lengths, n, steps, sorted, lun_data(order), lun_data(length))) return false;
    if (!plan(lun_data(order), lun_data(length), n, batch_first, steps, &rows, &sizes)) return false;
    dims[0] = n * steps;
    for (int d = 2; d < x->ndim; d++) dims[d - 1] = x->dims[d];
    c->out[0] = lun_index_select(lun_reshape(x, x->ndim - 1, dims), 0, rows);
    c->out[1] = sizes;
    c->n_out = 2;
    if (sorted || !c->out[0]) return c->out[0] != NULL;
    int64_t *place = lun_data(order), *back = lun_data(length);
    for (int64_t i = 0; i < n; i++) back[place[i]] = i + 1;
    for (int64_t i = 0; i < n; i++) place[i]++;
    c->out[2] = order;
    c->out[3] = length;
    c->n_out = 4;
    return true;
}

bool lun_compose_pack_padded(lun_call *c)
{
    return pack(c, c->in[0], c->in[1], lun_param_bool(&c->params, 0, false), lun_param_bool(&c->params, 1, true));
}

bool lun_compose_pack_sequence(lun_call *c)
{
    lun_call padded;
    lun_tensor *lengths = lun_integers(c->n_in);
    if (!lengths || !same_steps(c)) return false;
    lun_call_begin(&padded, lun_op_at(LUN_OP_pad_sequence));
    for (int i = 0; i < c->n_in; i++) {
        lun_call_input(&padded, c->in[i]);
        ((int64_t *)lun_data(lengths))[i] = c->in[i]->dims[0];
    }
    lun_tensor *x = lun_apply1(&padded);
    return x && pack(c, x, lengths, false, lun_param_bool(&c->params, 0, true));
}

/* ---- and back ---- */

/* The place of sequence b among the packed ones. */
static int64_t place_of(const lun_tensor *unsorted, int64_t b) { return lun_is_none(unsorted) ? b : lun_get_integer(unsorted, b) - 1; }

/* For each element of [steps, n] (or [n, steps]) its packed row, from 1, or the row of padding. */
static lun_tensor *unpacked_rows(const lun_steps *s, const lun_tensor *unsorted, int64_t steps, bool batch_first, int64_t *lengths)
{
    int64_t all;
    if (__builtin_mul_overflow(steps, s->batch, &all))
        return lun_fail(LUN_E_SHAPE, "a smaller total_length", "%lld steps of %lld sequences are too many", (long long)steps, (long long)s->batch);
    lun_tensor *rows = lun_integers(all);
    if (!rows) return NULL;
    int64_t *to = lun_data(rows), offset = 0;
    memset(lengths, 0, (size_t)s->batch * sizeof *lengths);
    for (int64_t t = 0; t < steps; t++) {
        int64_t running = t < s->steps ? lun_steps_size(s, t) : 0;
        for (int64_t b = 0; b < s->batch; b++) {
            int64_t place = place_of(unsorted, b);
            to[batch_first ? b * steps + t : t * s->batch + b] = place < running ? offset + place + 1 : s->total + 1;
            lengths[b] += place < running;
        }
        offset += running;
    }
    return rows;
}

static bool check_order(const lun_tensor *unsorted, int64_t n)
{
    if (lun_is_none(unsorted)) return true;
    bool good = unsorted->ndim == 1 && unsorted->numel == n && !lun_dtype_is_float((lun_dtype)unsorted->dtype);
    for (int64_t i = 0; good && i < n; i++) good = lun_get_integer(unsorted, i) >= 1 && lun_get_integer(unsorted, i) <= n;
    return good || lun_fail(LUN_E_ARGUMENT, "the fourth result of pack_padded_sequence", "unsorted_indices must hold positions 1..%lld",
            (long long)n);
}

bool lun_compose_pad_packed(lun_call *c)
{
    lun_tensor *data = c->in[0], *lengths;
    bool batch_first = lun_param_bool(&c->params, 0, false);
    int64_t dims[LUN_MAX_DIMS];
    lun_steps s;
    if (!data->ndim || data->ndim == LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, "pack_padded_sequence makes it", "data has %d dims", data->ndim),
            false;
    if (!lun_steps_read(&s, c->in[1], 0, data->dims[0]) || !check_order(c->in[2], s.batch)) return false;
    int64_t steps = lun_param_int(&c->params, 2, s.steps);
    if (steps < s.steps)
        return lun_fail(LUN_E_ARGUMENT, "leave total_length out", "total_length is %lld, the longest sequence has %lld steps", (long long)steps,
                        (long long)s.steps), false;
    if (!lun_param_fits(&c->params, 1, (lun_dtype)data->dtype) || !(lengths = lun_integers(s.batch))) return false;
    lun_tensor *rows = unpacked_rows(&s, c->in[2], steps, batch_first, lun_data(lengths));
    memcpy(dims, data->dims, sizeof dims);
    dims[0] = 1;
    lun_tensor *padding = lun_full(data->ndim, dims, lun_param_float(&c->params, 1, 0), (lun_dtype)data->dtype, lun_tensor_device(data));
    lun_tensor *picked = lun_index_select(lun_cat(2, (lun_tensor *[]){data, padding}, 0), 0, rows);
    for (int d = data->ndim; d > 1; d--) dims[d] = data->dims[d - 1];
    dims[0] = batch_first ? s.batch : steps;
    dims[1] = batch_first ? steps : s.batch;
    c->n_out = 2;
    c->out[0] = lun_reshape(picked, data->ndim + 1, dims);
    c->out[1] = lengths;
    return c->out[0] != NULL;
}
