/* nn_norm_group.c - group_norm, instance_norm, local_response_norm, normalize
 *
 * group_norm has a fused op for the forward and one for the gradient, as layer_norm has; instance_norm is group_norm with a group for
 * each channel. The other two are made of ordinary ops.
 * Read next: core/ops/nn_norm.c, kernels/cpu/norm_group.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/norm.h"
#include "core/tape.h"

#include <string.h>

static bool channel_numbers(const lun_tensor *x, const lun_tensor *v, const char *name)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(v) || (v->ndim == 1 && v->dims[0] == x->dims[1])) return true;
    return lun_fail(LUN_E_SHAPE, NULL, "%s %s does not fit x %s: one number per channel (%lld) is needed", name, lun_tensor_text(v, a),
                    lun_tensor_text(x, b), (long long)x->dims[1]), false;
}

bool lun_infer_group_norm(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    int64_t groups = lun_param_int(&c->params, 0, 1);
    if (x->ndim < 2) return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, channels, ...], got %s", lun_tensor_text(x, text)), false;
    if (groups < 1 || x->dims[1] % groups)
        return lun_fail(LUN_E_ARGUMENT, "num_groups = 1", "num_groups = %lld must divide the %lld channels", (long long)groups,
                        (long long)x->dims[1]), false;
    if (x->numel == groups)
        return lun_fail(LUN_E_SHAPE, NULL, "one value per group has no variance, got x %s", lun_tensor_text(x, text)), false;
    if (!channel_numbers(x, c->in[1], "weight") || !channel_numbers(x, c->in[2], "bias")) return false;
    int64_t dims[2] = {x->dims[0], groups};
    lun_result_like(c, 0, x);
    lun_result(c, 1, lun_norm_statistics_dtype(x), 2, dims);
    lun_result(c, 2, lun_norm_statistics_dtype(x), 2, dims);
    return true;
}

bool lun_infer_group_norm_gradient(lun_call *c)
{
    lun_result_like(c, 0, c->in[1]);
    for (int k = 1; k < 3; k++) lun_result(c, k, lun_norm_statistics_dtype(c->in[1]), 1, &c->in[1]->dims[1]);
    return true;
}

/* The same by ordinary ops, over x as [n, groups, channels of a group, rest]. */
static void gradient_by_ops(const lun_node *n, lun_tensor *g, lun_tensor *w, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    int64_t groups = lun_param_int(n->params, 0, 1), rest = 1, over[2] = {2, 3}, spread[2] = {0, 3};
    for (int d = 2; d < s->ndim; d++) rest *= s->dims[d];
    int64_t dims[4] = {s->dims[0], groups, s->dims[1] / groups, rest}, affine[4] = {1, groups, s->dims[1] / groups, 1};
    lun_tensor *normal, *x = lun_reshape(lun_saved_in(n, 0), 4, dims);
    g = lun_reshape(g, 4, dims);
    if (!lun_is_none(w)) w = lun_reshape(w, 4, affine);
    lun_tensor *back = lun_norm_input_gradient(g, x, w, 2, over, lun_param_float(n->params, 1, 1e-5), &normal);
    dx[0] = lun_reshape(back, s->ndim, s->dims);
    if (lun_wants(n, 1)) dx[1] = lun_reshape(lun_sum(lun_mul(g, normal), 2, spread, false), 1, &s->dims[1]);
    if (lun_wants(n, 2)) dx[2] = lun_reshape(lun_sum(g, 2, spread, false), 1, &s->dims[1]);
}

void lun_vjp_group_norm(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *w = lun_saved_in(n, 1);
    if (!w) return;
    if (lun_nn_differentiable()) {
        gradient_by_ops(n, g[0], w, dx);
        return;
    }
    lun_call c;
    lun_nn_begin(&c, LUN_OP_group_norm_gradient, 5, (lun_tensor *[]){g[0], lun_saved_in(n, 0), lun_saved_out(n, 1), lun_saved_out(n, 2), w});
    if (!lun_apply(&c)) return;
    dx[0] = c.out[0];
    for (int i = 1; i < 3; i++)
        if (lun_wants(n, i)) dx[i] = c.out[i];
}

/* ---- instance_norm: attributes use_input_stats, momentum, eps ---- */

/* The samples' means and variances (unbiased), averaged, move the running ones. */
static bool move_statistics(const lun_call *c, lun_tensor *mean, lun_tensor *invstd, double count)
{
    double momentum = lun_param_float(&c->params, 1, 0.1), eps = lun_param_float(&c->params, 2, 1e-5);
    lun_context *ctx = lun_context_get();
    bool before = ctx->grad_enabled;
    int64_t samples[1] = {0};
    ctx->grad_enabled = false;
    lun_tensor *var = lun_mul_number(lun_add_number(lun_reciprocal(lun_square(invstd)), -eps), count / (count - 1));
    bool ok = lun_norm_move_running(c->in[1], lun_mean(mean, 1, samples, false), momentum) &&
              lun_norm_move_running(c->in[2], lun_mean(var, 1, samples, false), momentum);
    ctx->grad_enabled = before;
    return ok;
}

bool lun_compose_instance_norm(lun_call *c)
{
    lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    int64_t rest = 1;
    if (!lun_norm_channel_sized(c)) return false;
    if (lun_is_none(c->in[1]) != lun_is_none(c->in[2]))
        return lun_fail(LUN_E_ARGUMENT, "lun.zeros(channels), lun.ones(channels)", "running_mean and running_var go together, got only running_%s",
                        lun_is_none(c->in[1]) ? "var" : "mean"), false;
    if (!lun_param_bool(&c->params, 0, true)) return lun_composed(c, lun_norm_by_running(c, lun_param_float(&c->params, 2, 1e-5)));
    for (int d = 2; d < x->ndim; d++) rest *= x->dims[d];
    if (rest == 1)
        return lun_fail(LUN_E_SHAPE, NULL, "one value per channel and sample has no variance, got x %s", lun_tensor_text(x, text)), false;
    if (!x->numel) return lun_composed(c, lun_clone(x));
    lun_call fused;
    lun_nn_begin(&fused, LUN_OP_group_norm, 3, (lun_tensor *[]){x, c->in[3], c->in[4]});
    lun_params_int(&fused.params, x->dims[1]);
    lun_params_float(&fused.params, lun_param_float(&c->params, 2, 1e-5));
    if (!lun_composed(c, lun_apply1(&fused))) return false;
    if (lun_is_none(c->in[1]) && lun_is_none(c->in[2])) return true;
    return move_statistics(c, lun_detach(fused.out[1]), lun_detach(fused.out[2]), (double)rest);
}

/* ---- made of ordinary ops ---- */

/* Means of `size` channels around each one, of y [n, channels, rest]; those beyond the ends count as 0. */
static lun_tensor *channel_means(lun_tensor *y, int64_t size)
{
    int64_t border[4] = {0, 0, size / 2, (size - 1) / 2}, kernel[2] = {size, 1};
    lun_call c;
    lun_nn_begin(&c, LUN_OP_avg_pool2d, 1, (lun_tensor *[]){lun_pad(y, 4, border, 0)});
    lun_params_ints(&c.params, 2, kernel);
    lun_params_int(&c.params, 1);
    return lun_apply1(&c);
}

bool lun_compose_local_response_norm(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t size = lun_param_int(&c->params, 0, 1), rest = 1;
    char text[LUN_SHAPE_TEXT];
    if (x->ndim < 3) return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, channels, ...] with at least 3 dims, got %s", lun_tensor_text(x, text)), false;
    if (size < 1 || size > INT32_MAX) return lun_fail(LUN_E_ARGUMENT, "size = 5", "size must be at least 1, got %lld", (long long)size), false;
    if (!x->numel) return lun_composed(c, lun_clone(x));
    for (int d = 2; d < x->ndim; d++) rest *= x->dims[d];
    int64_t dims[3] = {x->dims[0], x->dims[1], rest};
    lun_dtype given = (lun_dtype)x->dtype;
    bool half = lun_dtype_is_float(given) && given != LUN_F64;
    if (half) x = lun_to_dtype(x, LUN_F32); /* rounded once, at the end */
    lun_tensor *mean = lun_reshape(channel_means(lun_square(lun_reshape(x, 3, dims)), size), c->in[0]->ndim, c->in[0]->dims);
    lun_tensor *base = lun_add_number(lun_mul_number(mean, lun_param_float(&c->params, 1, 1e-4)), lun_param_float(&c->params, 3, 1));
    lun_tensor *y = lun_div(x, lun_pow(base, lun_number(lun_param_float(&c->params, 2, 0.75))));
    return lun_composed(c, half ? lun_to_dtype(y, given) : y);
}

bool lun_compose_normalize(lun_call *c)
{
    int dim = lun_param_dim(c, 1, c->in[0]->ndim);
    if (dim < 0) return false;
    lun_dtype given = (lun_dtype)c->in[0]->dtype;
    bool half = given == LUN_F16 || given == LUN_BF16;
    lun_tensor *x = half ? lun_to_dtype(c->in[0], LUN_F32) : c->in[0]; /* rounded once */
    int64_t dims[1] = {dim};
    lun_call norm;
    lun_nn_begin(&norm, LUN_OP_norm, 1, (lun_tensor *[]){x});
    lun_params_float(&norm.params, lun_param_float(&c->params, 0, 2));
    lun_params_ints(&norm.params, 1, dims);
    lun_params_bool(&norm.params, true);
    lun_tensor *least = lun_number(lun_param_float(&c->params, 2, 1e-12));
    return lun_composed(c, lun_to_dtype(lun_div(x, lun_maximum(lun_apply1(&norm), least)), given));
}
