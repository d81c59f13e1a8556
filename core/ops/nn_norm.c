/* nn_norm.c - batch_norm and layer_norm
 *
 * Both have one fused op for the forward and one for the gradient, over different groupings of the elements: batch_norm normalises
 * each channel over everything else, layer_norm each row over the last dims.
 * Holds: while a backward pass is recorded, the gradient is written with ordinary ops from x alone (mean and variance computed
 * anew), so that it can be differentiated again. Read next: kernels/cpu/norm.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/ops/norm.h"
#include "core/tape.h"

#include <string.h>

static bool channel_sized(const lun_tensor *x, const lun_tensor *v, const char *name)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(v) || (v->ndim == 1 && v->dims[0] == x->dims[1])) return true;
    lun_fail(LUN_E_SHAPE, NULL, "%s %s does not fit x %s: one number per channel (%lld) is needed", name, lun_tensor_text(v, a),
             lun_tensor_text(x, b), (long long)x->dims[1]);
    return false;
}

/* [channels] as [1, channels, 1, ...] */
static lun_tensor *spread(lun_tensor *v, int ndim)
{
    int64_t dims[LUN_MAX_DIMS] = {1, -1, 1, 1, 1, 1, 1, 1};
    return lun_reshape(v, ndim, dims);
}

/* running = (1 - momentum) running + momentum seen */
bool lun_norm_move_running(lun_tensor *running, lun_tensor *seen, double momentum)
{
    if (lun_is_none(running)) return true;
    seen = lun_to_dtype(seen, (lun_dtype)running->dtype);
    return lun_copy_into(running, lun_add(lun_mul_number(running, 1 - momentum), lun_mul_number(seen, momentum))) != NULL;
}

/* var = 1 / invstd^2 - eps, with Bessel's correction. */
static bool update_statistics(const lun_call *c, lun_tensor *mean, lun_tensor *invstd, double count)
{
    double momentum = lun_param_float(&c->params, 1, 0.1), eps = lun_param_float(&c->params, 2, 1e-5);
    lun_context *ctx = lun_context_get();
    bool before = ctx->grad_enabled;
    ctx->grad_enabled = false;
    lun_tensor *var = lun_add_number(lun_reciprocal(lun_square(invstd)), -eps);
    bool ok = lun_norm_move_running(c->in[1], mean, momentum) && lun_norm_move_running(c->in[2], lun_mul_number(var, count / (count - 1)), momentum);
    ctx->grad_enabled = before;
    return ok;
}

static bool train(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t count = x->dims[1] ? x->numel / x->dims[1] : 0;
    char text[LUN_SHAPE_TEXT];
    if (count == 1)
        return lun_fail(LUN_E_SHAPE, "net:eval() uses the running statistics", "training needs more than one value per channel, got x %s",
                        lun_tensor_text(x, text)), false;
    lun_call fused;
    lun_nn_begin(&fused, LUN_OP_channel_norm, 3, (lun_tensor *[]){x, c->in[3], c->in[4]});
    lun_params_float(&fused.params, lun_param_float(&c->params, 2, 1e-5));
    if (!lun_composed(c, lun_apply1(&fused))) return false;
    if (!count || (lun_is_none(c->in[1]) && lun_is_none(c->in[2]))) return true; /* nothing seen moves no statistics */
    return update_statistics(c, lun_detach(fused.out[1]), lun_detach(fused.out[2]), (double)count);
}

lun_tensor *lun_norm_by_running(lun_call *c, double eps)
{
    lun_tensor *x = c->in[0], *w = c->in[3], *b = c->in[4];
    if (lun_is_none(c->in[1]) || lun_is_none(c->in[2]))
        return lun_fail(LUN_E_ARGUMENT, "training = true uses the batch's own", "without training, running_mean and running_var are needed");
    lun_dtype wide = lun_norm_statistics_dtype(x);
    lun_tensor *scale = lun_rsqrt(lun_add_number(lun_to_dtype(c->in[2], wide), eps)); /* halves are rounded once, at the end */
    if (!lun_is_none(w)) scale = lun_mul(scale, lun_to_dtype(w, wide));
    lun_call fused;
    lun_nn_begin(&fused, LUN_OP_channel_affine, 4, (lun_tensor *[]){x, c->in[1], scale, b});
    return lun_apply1(&fused);
}

void lun_vjp_channel_affine(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int ndim = g[0]->ndim;
    int64_t folded[LUN_MAX_DIMS] = {0};
    for (int d = 2; d < ndim; d++) folded[d - 1] = d;
    lun_tensor *scale = lun_saved_in(n, 2);
    if (!scale) return;
    if (lun_wants(n, 0)) dx[0] = lun_to_dtype(lun_mul(g[0], spread(scale, ndim)), n->in_spec[0].dtype);
    lun_tensor *sum = lun_wants(n, 1) || lun_wants(n, 3) ? lun_sum(g[0], ndim - 1, folded, false) : NULL;
    if (lun_wants(n, 1)) dx[1] = lun_to_dtype(lun_neg(lun_mul(sum, scale)), n->in_spec[1].dtype);
    if (lun_wants(n, 2))
        dx[2] = lun_sum(lun_mul(g[0], lun_sub(lun_saved_in(n, 0), spread(lun_saved_in(n, 1), ndim))), ndim - 1, folded, false);
    if (lun_wants(n, 3)) dx[3] = lun_to_dtype(sum, n->in_spec[3].dtype);
}

bool lun_norm_channel_sized(const lun_call *c)
{
    static const char *const names[] = {"x", "running_mean", "running_var", "weight", "bias"};
    char text[LUN_SHAPE_TEXT];
    if (c->in[0]->ndim < 2)
        return lun_fail(LUN_E_SHAPE, NULL, "x must be [n, channels, ...], got %s", lun_tensor_text(c->in[0], text)), false;
    for (int i = 1; i < 5; i++)
        if (!channel_sized(c->in[0], c->in[i], names[i])) return false;
    return true;
}

bool lun_compose_batch_norm(lun_call *c)
{
    double eps = lun_param_float(&c->params, 2, 1e-5);
    bool training = lun_param_bool(&c->params, 0, false);
    if (eps < 0 || (training && eps == 0))
        return lun_fail(LUN_E_ARGUMENT, "1e-5 is usual", "eps must be %s, got %g", training ? "above 0 in training" : "0 or more", eps), false;
    if (lun_is_none(c->in[1]) != lun_is_none(c->in[2]))
        return lun_fail(LUN_E_ARGUMENT, "both, or none of them", "running_mean and running_var go together"), false;
    if (c->in[0]->ndim == 1 && !c->in[0]->numel) return lun_composed(c, lun_clone(c->in[0]));
    if (!lun_norm_channel_sized(c)) return false;
    return training ? train(c) : lun_composed(c, lun_norm_by_running(c, eps));
}

/* Statistics of half-precision data are kept in float32. */
lun_dtype lun_norm_statistics_dtype(const lun_tensor *x) { return x->dtype == LUN_F64 ? LUN_F64 : LUN_F32; }

bool lun_infer_channel_norm(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_result_like(c, 0, x);
    lun_result(c, 1, lun_norm_statistics_dtype(x), 1, &x->dims[1]);
    lun_result(c, 2, lun_norm_statistics_dtype(x), 1, &x->dims[1]);
    return true;
}

bool lun_infer_channel_norm_gradient(lun_call *c)
{
    lun_result_like(c, 0, c->in[1]);
    lun_result_like(c, 1, c->in[2]);
    lun_result_like(c, 2, c->in[2]);
    return true;
}

/* The gradient by ordinary ops: `folded` are the dims that are normalised over, `w` is already shaped to broadcast. */
lun_tensor *lun_norm_input_gradient(lun_tensor *g, lun_tensor *x, lun_tensor *w, int n, const int64_t *folded, double eps, lun_tensor **normal)
{
    lun_tensor *centred = lun_sub(x, lun_mean(x, n, folded, true));
    lun_tensor *invstd = lun_rsqrt(lun_add_number(lun_mean(lun_square(centred), n, folded, true), eps));
    *normal = lun_mul(centred, invstd);
    lun_tensor *h = lun_is_none(w) ? g : lun_mul(g, w);
    lun_tensor *rest = lun_mul(*normal, lun_mean(lun_mul(h, *normal), n, folded, true));
    return lun_mul(invstd, lun_sub(lun_sub(h, lun_mean(h, n, folded, true)), rest));
}

static void differentiable_gradient(const lun_node *n, lun_tensor *g, lun_tensor **dx, lun_tensor *w, int count, const int64_t *folded,
                                    int spread_count, const int64_t *spread_dims, int eps_at)
{
    lun_tensor *normal;
    dx[0] = lun_norm_input_gradient(g, lun_saved_in(n, 0), w, count, folded, lun_param_float(n->params, eps_at, 1e-5), &normal);
    if (lun_wants(n, 1)) dx[1] = lun_reshape(lun_sum(lun_mul(g, normal), spread_count, spread_dims, false), n->in_spec[1].ndim, n->in_spec[1].dims);
    if (lun_wants(n, 2)) dx[2] = lun_reshape(lun_sum(g, spread_count, spread_dims, false), n->in_spec[2].ndim, n->in_spec[2].dims);
}

static void fused_gradient(const lun_node *n, lun_op_id id, lun_tensor *g, lun_tensor **dx, int dims)
{
    lun_call c;
    lun_nn_begin(&c, id, 5, (lun_tensor *[]){g, lun_saved_in(n, 0), lun_saved_out(n, 1), lun_saved_out(n, 2), lun_saved_in(n, 1)});
    if (dims) lun_params_int(&c.params, dims);
    if (dims) lun_params_bool(&c.params, lun_wants(n, 1) || lun_wants(n, 2));
    if (!lun_apply(&c)) return;
    dx[0] = c.out[0];
    for (int i = 1; i < 3; i++)
        if (lun_wants(n, i)) dx[i] = lun_reshape(c.out[i], n->in_spec[i].ndim, n->in_spec[i].dims);
}

void lun_vjp_channel_norm(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    if (!lun_nn_differentiable()) {
        fused_gradient(n, LUN_OP_channel_norm_gradient, g[0], dx, 0);
        return;
    }
    int64_t folded[LUN_MAX_DIMS] = {0};
    for (int d = 2; d < s->ndim; d++) folded[d - 1] = d;
    lun_tensor *w = lun_saved_in(n, 1);
    if (w && !lun_is_none(w)) w = spread(w, s->ndim);
    if (w) differentiable_gradient(n, g[0], dx, w, s->ndim - 1, folded, s->ndim - 1, folded, 0);
}

/* Does x end with normalized_shape, and have the n_affine tensors after x that shape? dims: x's with 1 where normalised. */
static bool normal_shape(const lun_call *c, int n_affine, int64_t *dims)
{
    const lun_tensor *x = c->in[0];
    const int64_t *shape;
    int n = lun_param_ints(&c->params, 0, &shape);
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (n < 1 || n > x->ndim || !lun_shape_same(n, shape, n, x->dims + x->ndim - n))
        return lun_fail(LUN_E_SHAPE, NULL, "normalized_shape %s is not how x %s ends", lun_shape_text(n, shape, b), lun_tensor_text(x, a)), false;
    for (int i = 1; i <= n_affine; i++)
        if (!lun_is_none(c->in[i]) && !lun_shape_same(n, shape, c->in[i]->ndim, c->in[i]->dims))
            return lun_fail(LUN_E_SHAPE, NULL, "%s %s differs from normalized_shape %s", i == 1 ? "weight" : "bias",
                            lun_tensor_text(c->in[i], a), lun_shape_text(n, shape, b)), false;
    for (int d = 0; d < x->ndim; d++) dims[d] = d < x->ndim - n ? x->dims[d] : 1;
    return true;
}

bool lun_infer_layer_norm(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS];
    if (!normal_shape(c, 2, dims)) return false;
    lun_result_like(c, 0, x);
    lun_result(c, 1, lun_norm_statistics_dtype(x), x->ndim, dims);
    lun_result(c, 2, lun_norm_statistics_dtype(x), x->ndim, dims);
    return true;
}

bool lun_infer_rms_norm(lun_call *c)
{
    int64_t dims[LUN_MAX_DIMS];
    if (!normal_shape(c, 1, dims)) return false;
    lun_result_like(c, 0, c->in[0]);
    lun_result(c, 1, lun_norm_statistics_dtype(c->in[0]), c->in[0]->ndim, dims);
    return true;
}

bool lun_infer_rms_norm_gradient(lun_call *c)
{
    const lun_tensor *x = c->in[1];
    int n = (int)lun_param_int(&c->params, 0, 1);
    lun_result_like(c, 0, x);
    lun_result(c, 1, lun_norm_statistics_dtype(x), n, x->dims + x->ndim - n);
    return true;
}

double lun_rms_norm_eps(const lun_params *p, const lun_tensor *x)
{
    double eps = x->dtype == LUN_F64 ? 0x1p-52 : x->dtype == LUN_F16 ? 0x1p-10 : x->dtype == LUN_BF16 ? 0x1p-7 : 0x1p-23;
    return lun_param_float(p, 1, eps);
}

bool lun_infer_layer_norm_gradient(lun_call *c)
{
    const lun_tensor *x = c->in[1];
    int n = (int)lun_param_int(&c->params, 0, 1);
    lun_result_like(c, 0, x);
    for (int k = 1; k < 3; k++) lun_result(c, k, lun_norm_statistics_dtype(x), n, x->dims + x->ndim - n);
    return true;
}

void lun_vjp_layer_norm(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    const int64_t *shape;
    int count = lun_param_ints(n->params, 0, &shape);
    if (!lun_nn_differentiable()) {
        fused_gradient(n, LUN_OP_layer_norm_gradient, g[0], dx, count);
        return;
    }
    int64_t folded[LUN_MAX_DIMS], outer[LUN_MAX_DIMS];
    for (int d = 0; d < count; d++) folded[d] = s->ndim - count + d;
    for (int d = 0; d < s->ndim - count; d++) outer[d] = d;
    lun_tensor *w = lun_saved_in(n, 1), *normal;
    if (!w) return;
    if (count < s->ndim) {
        differentiable_gradient(n, g[0], dx, w, count, folded, s->ndim - count, outer, 1);
        return;
    }
    dx[0] = lun_norm_input_gradient(g[0], lun_saved_in(n, 0), w, count, folded, lun_param_float(n->params, 1, 1e-5), &normal);
    if (lun_wants(n, 1)) dx[1] = lun_mul(g[0], normal);
    if (lun_wants(n, 2)) dx[2] = g[0];
}

/* Dims of x before and within normalized_shape. */
static void split_dims(int ndim, int count, int64_t *outer, int64_t *folded)
{
    for (int d = 0; d < ndim - count; d++) outer[d] = d;
    for (int d = 0; d < count; d++) folded[d] = ndim - count + d;
}

void lun_vjp_rms_norm(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const int64_t *shape;
    int count = lun_param_ints(n->params, 0, &shape), ndim = n->in_spec[0].ndim;
    int64_t folded[LUN_MAX_DIMS], outer[LUN_MAX_DIMS];
    lun_tensor *x = lun_saved_in(n, 0), *w = lun_saved_in(n, 1);
    if (!x || !w) return;
    if (!lun_nn_differentiable()) {
        lun_call c;
        lun_nn_begin(&c, LUN_OP_rms_norm_gradient, 4, (lun_tensor *[]){g[0], x, lun_saved_out(n, 1), w});
        lun_params_int(&c.params, count);
        lun_params_bool(&c.params, lun_wants(n, 1));
        if (!lun_apply(&c)) return;
        dx[0] = c.out[0];
        if (lun_wants(n, 1)) dx[1] = c.out[1];
        return;
    }
    split_dims(ndim, count, outer, folded);
    lun_tensor *invstd = lun_rsqrt(lun_add_number(lun_mean(lun_square(x), count, folded, true), lun_rms_norm_eps(n->params, x)));
    lun_tensor *normal = lun_mul(x, invstd), *h = lun_is_none(w) ? g[0] : lun_mul(g[0], w), *product = lun_mul(g[0], normal);
    dx[0] = lun_mul(invstd, lun_sub(h, lun_mul(normal, lun_mean(lun_mul(h, normal), count, folded, true))));
    if (lun_wants(n, 1)) dx[1] = count < ndim ? lun_sum(product, ndim - count, outer, false) : product;
}
