/* nn_softmax.c - softmax, log_softmax, logsumexp, and how rules call ops that have attributes
 *
 * Read next: kernels/cpu/softmax.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <string.h>

void lun_nn_begin(lun_call *c, lun_op_id id, int n, lun_tensor *const *in)
{
    lun_call_begin(c, lun_op_at((int)id));
    for (int i = 0; i < n; i++) lun_call_input(c, in[i]);
}

bool lun_nn_copy_params(lun_params *to, const lun_params *p, int first, int last)
{
    bool ok = true;
    for (int k = first; k <= last && ok; k++) {
        const lun_attr *a = &p->attr[k];
        switch (k < p->count ? a->kind : LUN_ATTR_NONE) {
        case LUN_ATTR_INT: ok = lun_params_int(to, a->value.i); break;
        case LUN_ATTR_BOOL: ok = lun_params_bool(to, a->value.i != 0); break;
        case LUN_ATTR_FLOAT: ok = lun_params_float(to, a->value.f); break;
        case LUN_ATTR_DTYPE: ok = lun_params_dtype(to, (lun_dtype)a->value.i); break;
        case LUN_ATTR_STRING: ok = lun_params_string(to, lun_param_string(p, k, "")); break;
        case LUN_ATTR_INTS: ok = lun_params_ints(to, a->count, p->pool + a->at); break;
        case LUN_ATTR_FLOATS: {
            double v[LUN_PARAM_POOL];
            ok = lun_params_floats(to, lun_param_floats(p, k, LUN_PARAM_POOL, v), v);
            break;
        }
        default: ok = lun_params_none(to);
        }
    }
    return ok;
}

bool lun_nn_differentiable(void) { return lun_context_get()->create_graph; }

/* x in the dtype asked for, before anything is computed. */
const lun_op *lun_variant_softmax(lun_call *c)
{
    if (!lun_param_given(&c->params, 1)) return c->op;
    lun_dtype dtype = lun_param_dtype(&c->params, 1, LUN_F32);
    if (!lun_dtype_is_float(dtype))
        return lun_fail(LUN_E_DTYPE, "use \"float32\" or \"float64\"", "%s needs a float dtype, got %s", c->op->name, lun_dtypes[dtype].name);
    c->in[0] = lun_to_dtype(c->in[0], dtype);
    c->params.attr[1].kind = LUN_ATTR_NONE;
    return c->in[0] ? c->op : NULL;
}

/* Noise of Gumbel's distribution is -log(e) with e exponentially distributed. */
bool lun_compose_gumbel_softmax(lun_call *c)
{
    lun_tensor *x = c->in[0];
    double tau = lun_param_float(&c->params, 0, 1);
    int64_t dim = lun_param_int(&c->params, 3, -1);
    if (!(tau > 0)) return lun_fail(LUN_E_ARGUMENT, NULL, "tau must be positive, got %g", tau), false;
    lun_tensor *e = lun_neg(lun_log1p(lun_neg(lun_call1(LUN_OP_rand_like, lun_detach(x))))), *least = lun_number(1e-7);
    lun_tensor *noise = lun_neg(lun_log(lun_maximum(e, least))), *soft = lun_softmax(lun_mul_number(lun_add(x, noise), 1 / tau), dim);
    if (!soft || !lun_param_bool(&c->params, 1, false)) return lun_composed(c, soft);
    lun_call k;
    lun_tensor *smooth = lun_detach(soft);
    lun_nn_begin(&k, LUN_OP_argmax, 1, &smooth);
    lun_params_int(&k.params, dim);
    lun_params_bool(&k.params, true);
    lun_tensor *hot = lun_scatter_along(lun_zeros_like(smooth), dim, lun_apply1(&k), lun_tensor_integer(1));
    return lun_composed(c, lun_add(lun_sub(hot, smooth), soft));
}

bool lun_infer_softmax(lun_call *c)
{
    if (lun_param_dim(c, 0, c->in[0]->ndim) < 0) return false;
    lun_result_like(c, 0, c->in[0]);
    return true;
}

static lun_tensor *fused_gradient(const lun_node *n, lun_op_id id, lun_tensor *g, lun_tensor *y)
{
    lun_call c;
    lun_nn_begin(&c, id, 2, (lun_tensor *[]){g, y});
    lun_nn_copy_params(&c.params, n->params, 0, 0);
    return lun_apply1(&c);
}

static lun_tensor *sum_along(const lun_node *n, lun_tensor *x)
{
    return x && x->ndim ? lun_sum_dim(x, lun_param_int(n->params, 0, -1), true) : x;
}

void lun_vjp_softmax(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *y = lun_saved_out(n, 0);
    dx[0] = lun_nn_differentiable() ? lun_mul(y, lun_sub(g[0], sum_along(n, lun_mul(g[0], y))))
                                    : fused_gradient(n, LUN_OP_softmax_gradient, g[0], y);
}

void lun_vjp_log_softmax(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *y = lun_saved_out(n, 0);
    dx[0] = lun_nn_differentiable() ? lun_sub(g[0], lun_mul(lun_exp(y), sum_along(n, g[0])))
                                    : fused_gradient(n, LUN_OP_log_softmax_gradient, g[0], y);
}

/* Of complex rows: less the largest real part. */
static lun_tensor *complex_logsumexp(lun_tensor *rows)
{
    int64_t last = -1;
    if (!rows || rows->dims[rows->ndim - 1] == 0) return lun_log(lun_sum(rows, 1, &last, false));
    lun_tensor *most = lun_amax(lun_detach(lun_call1(LUN_OP_real, rows)), last, true);
    most = lun_masked_fill(most, lun_call1(LUN_OP_isinf, most), 0);
    return lun_add(lun_log(lun_sum(lun_exp(lun_sub(rows, most)), 1, &last, false)), lun_squeeze(most, -1));
}

bool lun_compose_logsumexp(lun_call *c)
{
    lun_tensor *x = c->in[0];
    uint32_t mask;
    if (!lun_param_dims(c, 0, x->ndim, &mask)) return false;
    int64_t order[LUN_MAX_DIMS], dims[LUN_MAX_DIMS + 1], kept[LUN_MAX_DIMS];
    int n = 0, all = 0;
    bool keepdim = lun_param_bool(&c->params, 1, false);
    for (int d = 0; d < x->ndim; d++)
        if (!(mask >> d & 1)) {
            dims[n] = x->dims[d];
            order[n++] = d;
        }
    int own = n;
    dims[own] = 1;
    for (int d = 0; d < x->ndim; d++) {
        if (mask >> d & 1) {
            dims[own] *= x->dims[d];
            order[n++] = d;
        }
        if (!(mask >> d & 1) || keepdim) kept[all++] = mask >> d & 1 ? 1 : x->dims[d];
    }
    lun_tensor *rows = lun_reshape(x->ndim ? lun_permute(x, n, order) : x, own + 1, dims);
    bool complex = lun_is_complex(x);
    return lun_composed(c, lun_reshape(complex ? complex_logsumexp(rows) : lun_call1(LUN_OP_row_logsumexp, rows), all, kept));
}

bool lun_infer_row_logsumexp(lun_call *c)
{
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, c->in[0]->ndim - 1, c->in[0]->dims);
    return true;
}

void lun_vjp_row_logsumexp(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_mul(lun_softmax(lun_saved_in(n, 0), -1), lun_unsqueeze(g[0], -1));
}
