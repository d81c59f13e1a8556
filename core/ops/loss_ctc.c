/* loss_ctc.c - connectionist temporal classification
 *
 * Source: Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural networks",
 * ICML 2006. The gradient is that with respect to x as it is; behind log_softmax it is the one PyTorch gives.
 * Holds: targets become one row [n, longest] of classes from 0 before the fused op sees them.
 * Read next: kernels/cpu/ctc.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/loss.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <math.h>

/* Lengths as int64 [n], each between 0 and `most`. */
static lun_tensor *lengths(const lun_call *c, int at, int64_t n, int64_t most)
{
    const lun_tensor *from = c->in[at];
    const char *name = c->op->arg[at].name;
    lun_tensor *to = lun_integers(n);
    if (lun_dtype_is_float((lun_dtype)from->dtype) || from->numel != n || from->ndim > 1)
        return lun_fail(LUN_E_SHAPE, "one length for each sequence", "%s must hold %lld whole numbers", name, (long long)n);
    for (int64_t i = 0; to && i < n; i++) {
        int64_t v = lun_get_integer(from, i);
        if (v < 0 || v > most)
            return lun_fail(LUN_E_ARGUMENT, "lengths count the steps or labels of each sequence", "%s of sequence %lld is %lld, outside 0..%lld",
                    name,
                            (long long)i + 1, (long long)v, (long long)most);
        ((int64_t *)lun_data(to))[i] = v;
    }
    return to;
}

/* Targets as classes from 0, [n, longest]. */
static lun_tensor *rows(const lun_call *c, int64_t n, int64_t classes, int64_t blank, const lun_tensor *sizes)
{
    const lun_tensor *t = lun_on_host(c->in[1]);
    const int64_t *size = lun_data(sizes);
    int64_t longest = 0, total = 0;
    if (!t) return NULL;
    for (int64_t i = 0; i < n; i++) {
        longest = size[i] > longest ? size[i] : longest;
        total += size[i];
    }
    if (!lun_dtype_is_int((lun_dtype)t->dtype))
        return lun_fail(LUN_E_DTYPE, "targets:long()", "class numbers must be whole, targets are %s", lun_dtypes[t->dtype].name);
    if (t->ndim == 2 ? t->dims[0] != n || t->dims[1] < longest : t->ndim != 1 || t->numel != total)
        return lun_fail(LUN_E_SHAPE, "targets are [n, s], or all labels after each other", "targets do not hold %lld labels of %lld sequences",
                        (long long)total, (long long)n);
    lun_tensor *to = lun_full(2, (int64_t[]){n, longest}, 0, LUN_I64, (lun_device){LUN_CPU, 0});
    for (int64_t i = 0, from = 0; to && i < n; i++) {
        for (int64_t k = 0; k < size[i]; k++) {
            int64_t label = lun_get_integer(t, t->ndim == 2 ? i * t->dims[1] + k : from + k);
            if (label < 1 || label > classes)
                return lun_fail(LUN_E_INDEX, "classes count from 1", "label %lld (sequence %lld, position %lld) is outside 1..%lld",
                        (long long)label,
                                (long long)i + 1, (long long)k + 1, (long long)classes);
            if (label == blank + 1)
                return lun_fail(LUN_E_ARGUMENT, "blank = a class that no target has", "label %lld (sequence %lld, position %lld) is the blank",
                        (long long)label, (long long)i + 1, (long long)k + 1);
            ((int64_t *)lun_data(to))[i * longest + k] = label - 1;
        }
        from += size[i];
    }
    return to;
}

/* What is infinite (no way to spell the target) becomes 0 when asked for. */
static lun_tensor *reduced(lun_call *c, lun_tensor *loss, lun_tensor *sizes)
{
    int how = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"));
    if (how < 0 || !loss) return NULL;
    if (lun_param_bool(&c->params, 2, false))
        loss = lun_masked_fill(loss, lun_eq(lun_detach(loss), lun_number((double)INFINITY)), 0);
    if (how == 0) return loss;
    if (how == 2) return lun_sum(loss, 0, NULL, false);
    lun_tensor *by = lun_maximum(lun_to_dtype(sizes, (lun_dtype)loss->dtype), lun_number(1));
    return lun_mean(lun_div(loss, by), 0, NULL, false);
}

bool lun_compose_ctc_loss(lun_call *c)
{
    char text[LUN_SHAPE_TEXT];
    lun_dtype dtype;
    bool single = c->in[0]->ndim == 2;
    if (c->in[0]->ndim != 3 && !single)
        return lun_fail(LUN_E_SHAPE, "x is [time, batch, classes]", "x %s must have 2 or 3 dims", lun_tensor_text(c->in[0], text)), false;
    if (!lun_loss_begin(c, 1, &dtype)) return false;
    lun_tensor *x = single ? lun_unsqueeze(c->in[0], 1) : c->in[0];
    if (!x) return false;
    int64_t n = x->dims[1], classes = x->dims[2], blank = lun_param_int(&c->params, 0, 0);
    if (blank < 0) blank += classes;
    if (blank < 0 || blank >= classes)
        return lun_fail(LUN_E_INDEX, "the first class is 1", "blank %lld is outside the %lld classes", (long long)blank + 1, (long long)classes),
                false;
    lun_tensor *steps = lengths(c, 2, n, x->dims[0]), *sizes = lengths(c, 3, n, c->in[1]->numel);
    lun_tensor *t = sizes ? rows(c, n, classes, blank, sizes) : NULL;
    if (!steps || !t) return false;
    lun_call k;
    lun_nn_begin(&k, LUN_OP_ctc_alignment, 4, (lun_tensor *[]){x, t, steps, sizes});
    lun_params_int(&k.params, blank);
    lun_tensor *loss = lun_apply1(&k);
    if (single && loss) {
        loss = lun_reshape(loss, 0, NULL);
        sizes = lun_reshape(sizes, 0, NULL);
    }
    return lun_composed(c, lun_to_dtype(reduced(c, loss, sizes), dtype));
}

bool lun_infer_ctc(lun_call *c)
{
    const lun_tensor *x = c->in[0], *t = c->in[1];
    lun_result(c, 0, (lun_dtype)x->dtype, 1, &x->dims[1]);
    lun_result(c, 1, (lun_dtype)x->dtype, 3, (int64_t[]){x->dims[1], x->dims[0], 2 * t->dims[1] + 1});
    return true;
}

bool lun_infer_ctc_gradient(lun_call *c)
{
    lun_result_like(c, 0, c->in[1]);
    return true;
}

void lun_vjp_ctc(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    if (lun_is_none(g[0])) return;
    lun_tensor *in[7] = {g[0], lun_saved_in(n, 0), lun_saved_in(n, 1), lun_saved_in(n, 2), lun_saved_in(n, 3), lun_saved_out(n, 0),
            lun_saved_out(n, 1)};
    lun_nn_begin(&c, LUN_OP_ctc_loss_gradient, 7, in);
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    lun_params_bool(&c.params, true);
    dx[0] = lun_apply1(&c);
}
