/* reduce.c - rules of the reductions
 *
 * Holds: dims come in attribute 0 (absent: all), keepdim in attribute 1. Gradients expand g back over the folded dims.
 * Read next: core/ops/reduce.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/reduce.h"

#include "core/context.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>

/* One result of x's shape without the folded dims, or with 1 in their place. */
static bool folded_result(lun_call *c, lun_dtype dtype, uint32_t folded)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS];
    int n = 0;
    bool keepdim = lun_param_bool(&c->params, 1, false);
    for (int d = 0; d < x->ndim; d++)
        if (!(folded >> d & 1)) dims[n++] = x->dims[d];
        else if (keepdim) dims[n++] = 1;
    lun_result(c, 0, dtype, n, dims);
    return true;
}

static bool fold(lun_call *c, lun_dtype dtype, uint32_t *folded)
{
    return lun_param_dims(c, 0, c->in[0]->ndim, folded) && folded_result(c, dtype, *folded);
}

bool lun_infer_reduce(lun_call *c)
{
    uint32_t folded;
    return fold(c, (lun_dtype)c->in[0]->dtype, &folded);
}

/* Complex numbers are folded as such: where one of the two is complex, x takes the dtype asked for first.
 * So it does for truth values: 0.3 is one, and as a whole number none. */
static bool read_complex(lun_call *c, lun_dtype wanted)
{
    lun_dtype given = (lun_dtype)c->in[0]->dtype;
    if (lun_dtype_is_complex(given) || lun_dtype_is_complex(wanted) || wanted == LUN_BOOL) c->in[0] = lun_to_dtype(c->in[0], wanted);
    return c->in[0] != NULL;
}

bool lun_infer_sum(lun_call *c)
{
    uint32_t folded;
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    if (!lun_dtype_has_gradient(t)) t = LUN_I64;
    return read_complex(c, lun_param_dtype(&c->params, 2, t)) && fold(c, lun_param_dtype(&c->params, 2, t), &folded);
}

bool lun_infer_mean(lun_call *c)
{
    uint32_t folded;
    lun_dtype t = lun_param_dtype(&c->params, 2, (lun_dtype)c->in[0]->dtype);
    if (lun_dtypes[t].kind < LUN_KIND_FLOAT)
        return lun_fail(LUN_E_DTYPE, "x:mean{dtype=\"float32\"}, or x:float():mean()", "needs a float dtype, got %s", lun_dtypes[t].name), false;
    return read_complex(c, t) && fold(c, t, &folded);
}

const lun_op *lun_variant_var(lun_call *c)
{
    return lun_is_complex(c->in[0]) ? lun_op_at(LUN_OP_var_of_parts) : c->op;
}

const lun_op *lun_variant_std(lun_call *c)
{
    return lun_is_complex(c->in[0]) ? lun_op_at(LUN_OP_std_of_parts) : c->op;
}

bool lun_compose_var_of_parts(lun_call *c)
{
    lun_tensor *of[2];
    for (int k = 0; k < 2; k++) {
        lun_call part;
        lun_call_begin(&part, lun_op_at(LUN_OP_var));
        lun_call_input(&part, lun_call1(k ? LUN_OP_imag : LUN_OP_real, c->in[0]));
        part.params = c->params;
        of[k] = lun_apply1(&part);
    }
    return lun_composed(c, of[0] && of[1] ? lun_add(of[0], of[1]) : NULL);
}

/* PyTorch's exception: of uint8 the answer is uint8. */
bool lun_infer_reduce_bool(lun_call *c)
{
    uint32_t folded;
    return lun_param_named_dims(c, 0, c->in[0]->ndim, &folded) && folded_result(c, c->in[0]->dtype == LUN_U8 ? LUN_U8 : LUN_BOOL, folded);
}

/* The largest of no numbers does not exist. */
static bool not_empty(const lun_call *c, uint32_t folded)
{
    const lun_tensor *x = c->in[0];
    for (int d = 0; d < x->ndim; d++)
        if ((folded >> d & 1) && x->dims[d] == 0)
            return lun_fail(LUN_E_SHAPE, "test x:numel() first", "dim %d is empty, there is no value to take", d + 1), false;
    return true;
}

bool lun_infer_extremum(lun_call *c)
{
    uint32_t folded;
    if (!fold(c, (lun_dtype)c->in[0]->dtype, &folded) || !not_empty(c, folded)) return false;
    if (lun_param_given(&c->params, 0)) lun_result(c, 1, LUN_I64, c->out_spec[0].ndim, c->out_spec[0].dims);
    return true;
}

bool lun_infer_amax(lun_call *c)
{
    uint32_t folded;
    return fold(c, (lun_dtype)c->in[0]->dtype, &folded) && not_empty(c, folded);
}

bool lun_infer_arg_extremum(lun_call *c)
{
    uint32_t folded;
    return fold(c, LUN_I64, &folded) && not_empty(c, folded);
}

/* ---- gradients ---- */

static uint32_t folded_dims(const lun_node *n, int k)
{
    const int64_t *dims;
    int count = lun_param_ints(n->params, k, &dims), ndim = n->in_spec[0].ndim;
    uint32_t mask = count ? 0 : (1U << ndim) - 1;
    for (int i = 0; i < count; i++) mask |= 1U << lun_dim_normalize(dims[i], ndim);
    return mask;
}

/* A result of the reduction n, seen in the shape of its input: folded dims put back and expanded. */
static lun_tensor *unfold(const lun_node *n, uint32_t folded, lun_tensor *y)
{
    const lun_spec *s = &n->in_spec[0];
    int64_t dims[LUN_MAX_DIMS];
    for (int d = 0; d < s->ndim; d++) dims[d] = folded >> d & 1 ? 1 : s->dims[d];
    return lun_expand(lun_reshape(y, s->ndim, dims), s->ndim, s->dims);
}

static int64_t folded_count(const lun_node *n, uint32_t folded)
{
    int64_t count = 1;
    for (int d = 0; d < n->in_spec[0].ndim; d++)
        if (folded >> d & 1) count *= n->in_spec[0].dims[d];
    return count;
}

void lun_vjp_sum(const lun_node *n, lun_tensor **g, lun_tensor **dx) { dx[0] = unfold(n, folded_dims(n, 0), g[0]); }

void lun_vjp_mean(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    uint32_t folded = folded_dims(n, 0);
    dx[0] = unfold(n, folded, lun_mul_number(g[0], 1.0 / (double)folded_count(n, folded)));
}

/* Product of all others, exact also with zeros: cumulative products from both sides. */
static lun_tensor *others_product(lun_tensor *x, int64_t dim)
{
    int64_t n = x ? x->dims[dim] : 0;
    if (!x || n == 0) return x;
    lun_tensor *slices[2], *left, *right, *one = lun_ones_like(lun_narrow(x, dim, 0, 1));
    slices[0] = one;
    slices[1] = lun_narrow(x, dim, 0, n - 1);
    left = lun_cumprod(lun_cat(2, slices, dim), dim);
    slices[1] = lun_narrow(lun_flip(x, dim), dim, 0, n - 1);
    right = lun_flip(lun_cumprod(lun_cat(2, slices, dim), dim), dim);
    return lun_mul(left, right);
}

void lun_vjp_prod(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *x = lun_saved_in(n, 0);
    const lun_spec *s = &n->in_spec[0];
    if (lun_param_given(n->params, 0) && s->ndim) {
        int64_t dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), s->ndim);
        dx[0] = lun_mul(unfold(n, 1U << dim, g[0]), lun_conj(others_product(x, dim)));
    } else {
        int64_t all = -1;
        lun_tensor *flat = lun_reshape(x, 1, &all);
        dx[0] = lun_mul(g[0], lun_conj(lun_reshape(others_product(flat, 0), s->ndim, s->dims)));
    }
}

/* x less its mean, over n - correction. */
static lun_tensor *centred(const lun_node *n, uint32_t folded)
{
    lun_tensor *x = lun_saved_in(n, 0);
    int64_t dims[LUN_MAX_DIMS];
    int count = 0;
    for (int d = 0; d < n->in_spec[0].ndim; d++)
        if (folded >> d & 1) dims[count++] = d;
    double divisor = (double)folded_count(n, folded) - lun_param_float(n->params, 2, 1);
    return lun_mul_number(lun_sub(x, count ? lun_mean(x, count, dims, true) : x), 1.0 / divisor);
}

/* d var / dx = 2 (x - mean) / (n - correction) */
void lun_vjp_var(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    uint32_t folded = folded_dims(n, 0);
    dx[0] = lun_mul(unfold(n, folded, lun_mul_number(g[0], 2)), centred(n, folded));
}

/* d std / dx = (x - mean) / (n - correction) / std; where std is 0 the gradient is 0, as PyTorch has it, not infinity times 0. */
void lun_vjp_std(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    uint32_t folded = folded_dims(n, 0);
    lun_tensor *y = lun_saved_out(n, 0), *zero = lun_eq(lun_detach(y), lun_tensor_integer(0));
    lun_tensor *share = lun_masked_fill(lun_div(g[0], lun_masked_fill(y, zero, 1)), zero, 0);
    dx[0] = lun_mul(unfold(n, folded, share), centred(n, folded));
}

/* Without a dim equal values share the gradient evenly; along a dim it goes to the position that was returned. */
void lun_vjp_amax(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    uint32_t folded = folded_dims(n, lun_param_given(n->params, 0) ? 0 : 99);
    lun_tensor *x = lun_saved_in(n, 0), *y = lun_detach(lun_saved_out(n, 0));
    lun_tensor *hit = lun_to_dtype(lun_eq(lun_detach(x), unfold(n, folded, y)), n->in_spec[0].dtype);
    int64_t dims[LUN_MAX_DIMS];
    int count = 0;
    for (int d = 0; d < n->in_spec[0].ndim; d++)
        if (folded >> d & 1) dims[count++] = d;
    lun_tensor *share = lun_div(hit, count ? lun_sum(hit, count, dims, true) : hit);
    dx[0] = lun_mul(unfold(n, folded, g[0]), share);
}

void lun_vjp_extremum(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    if (!lun_param_given(n->params, 0)) {
        lun_vjp_amax(n, g, dx);
        return;
    }
    if (lun_is_none(g[0])) return;
    lun_tensor *indices = lun_saved_out(n, 1), *zeros = lun_full(s->ndim, s->dims, 0, s->dtype, lun_tensor_device(g[0]));
    int64_t dim = lun_dim_normalize(lun_param_int(n->params, 0, 0), s->ndim);
    if (s->ndim == 0) {
        dx[0] = g[0];
        return;
    }
    bool keepdim = lun_param_bool(n->params, 1, false);
    lun_tensor *at = keepdim ? indices : lun_unsqueeze(indices, dim), *values = keepdim ? g[0] : lun_unsqueeze(g[0], dim);
    dx[0] = lun_scatter_add(zeros, dim, at, values);
}
