/* dropout.c - dropout of elements and of channels
 *
 * Holds: one number is drawn per element (or channel) from the counter-based generator, whatever threads there are.
 * Read next: kernels/cpu/random.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/embedding.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

bool lun_compose_dropout(lun_call *c)
{
    double p = lun_param_float(&c->params, 0, 0.5);
    if (!(p >= 0 && p <= 1)) return lun_fail(LUN_E_ARGUMENT, NULL, "p must be between 0 and 1, got %g", p), false;
    if (p == 0 || !lun_param_bool(&c->params, 1, true)) return lun_composed(c, c->in[0]);
    if (p == 1) return lun_composed(c, lun_mul_number(c->in[0], 0));
    lun_call k;
    lun_nn_begin(&k, LUN_OP_dropout_mask, 1, c->in);
    lun_params_float(&k.params, p);
    return lun_composed(c, lun_apply1(&k));
}

bool lun_infer_dropout_mask(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    lun_result_like(c, 1, c->in[0]);
    c->draws = (uint64_t)c->in[0]->numel;
    return true;
}

void lun_vjp_dropout_mask(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *mask = lun_saved_out(n, 1);
    dx[0] = lun_mul(g[0], mask ? lun_detach(mask) : NULL);
}

/* Ones and zeros (or 1 / (1 - p) and zeros), one for each channel: [n, c, 1, ...], or [c, 1, ...] without a batch. */
static lun_tensor *channel_mask(lun_tensor *x, bool batched, double p)
{
    int64_t dims[LUN_MAX_DIMS];
    lun_call k;
    for (int d = 0; d < x->ndim; d++) dims[d] = d < 1 + batched ? x->dims[d] : 1;
    lun_tensor *ones = lun_full(x->ndim, dims, 1, (lun_dtype)x->dtype, lun_tensor_device(x));
    lun_nn_begin(&k, LUN_OP_dropout, 1, &ones);
    lun_params_float(&k.params, p);
    lun_params_bool(&k.params, true);
    return lun_apply1(&k);
}

static bool chance(double p)
{
    return (p >= 0 && p <= 1) || lun_fail(LUN_E_ARGUMENT, NULL, "p must be between 0 and 1, got %g", p);
}

/* Dims of x without a batch, per op; dropout2d always has one, as in PyTorch. */
bool lun_compose_feature_dropout(lun_call *c)
{
    lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    double p = lun_param_float(&c->params, 0, 0.5);
    int id = c->op->id, low = id == LUN_OP_dropout3d ? 4 : 2, high = id == LUN_OP_dropout1d ? 3 : id == LUN_OP_dropout3d ? 5 : 8;
    if (!chance(p)) return false;
    if (x->ndim < low || x->ndim > high)
        return lun_fail(LUN_E_SHAPE, "x:dropout(p) takes any shape", "%s does not take x %s", c->op->name, lun_tensor_text(x, text)), false;
    if (p == 0 || !lun_param_bool(&c->params, 1, true)) return lun_composed(c, x);
    return lun_composed(c, lun_mul(x, channel_mask(x, id == LUN_OP_dropout2d || x->ndim == high, p)));
}

/* y = a (x or low) + b, with a and b such that mean 0 and variance 1 stay. */
bool lun_compose_alpha_dropout(lun_call *c)
{
    const double low = -1.7580993408473766;
    lun_tensor *x = c->in[0];
    double p = lun_param_float(&c->params, 0, 0.5);
    bool features = c->op->id == LUN_OP_feature_alpha_dropout;
    if (!chance(p)) return false;
    if (p == 0 || !lun_param_bool(&c->params, 1, false)) return lun_composed(c, x);
    if (!lun_dtype_is_float((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "x:float() converts to float32", "training needs a float dtype, got %s", lun_dtypes[x->dtype].name), false;
    if (features && x->ndim < 2)
        return lun_fail(LUN_E_SHAPE, "x:alpha_dropout(p) takes any shape", "a dim of channels is needed, x has %d dims", x->ndim), false;
    if (p == 1) return lun_composed(c, lun_mul_number(x, 0));
    double a = 1 / sqrt((low * low * p + 1) * (1 - p));
    lun_tensor *mask;
    if (features) {
        mask = channel_mask(x, true, p);
    } else {
        lun_tensor *ones = lun_ones_like(lun_detach(x));
        lun_call k;
        lun_nn_begin(&k, LUN_OP_dropout_mask, 1, &ones);
        lun_params_float(&k.params, p);
        mask = lun_apply1(&k);
    }
    mask = lun_mul_number(mask, 1 - p);
    lun_tensor *shift = lun_add_number(lun_mul_number(lun_add_number(mask, -1), -low * a), -low * a * p);
    return lun_composed(c, lun_add(lun_mul(x, lun_mul_number(mask, a)), shift));
}
