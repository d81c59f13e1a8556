/* complex.c - rules of complex numbers: parts, absolute value, angle
 *
 * Gradients follow PyTorch: for a real loss L the gradient of z = a + ib is dL/da + i dL/db, so that z - lr * grad goes downhill. A
 * function with a complex derivative d gives back g * conj(d); the others (abs, angle, conj, sgn) have rules here.
 * Holds: the parts are views of the same memory; complex(1, 2) of two Lua numbers is a Lua number too (LUN_NUMBER).
 * Read next: core/ops/complex.def, kernels/cpu/complex.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/complex.h"

#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/math.h"
#include "core/tape.h"

#include <string.h>


/* The same memory read as another dtype: offset and strides count its elements. */
static bool reread(lun_call *c, lun_dtype dtype, int ndim, const int64_t *dims, const int64_t *strides, int64_t offset)
{
    lun_tensor as = *c->in[0];
    as.dtype = (uint8_t)dtype;
    return lun_composed(c, lun_tensor_as(&as, ndim, dims, strides, offset));
}

bool lun_infer_view_as_real(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t dims[LUN_MAX_DIMS + 1], strides[LUN_MAX_DIMS + 1];
    if (x->ndim == LUN_MAX_DIMS) return lun_fail(LUN_E_SHAPE, NULL, "the result would have more than %d dims", LUN_MAX_DIMS), false;
    for (int d = 0; d < x->ndim; d++) dims[d] = x->dims[d], strides[d] = 2 * x->strides[d];
    dims[x->ndim] = 2;
    strides[x->ndim] = 1;
    return reread(c, lun_dtype_real((lun_dtype)x->dtype), x->ndim + 1, dims, strides, 2 * x->offset);
}

bool lun_infer_view_as_complex(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int last = x->ndim - 1;
    int64_t strides[LUN_MAX_DIMS];
    char text[LUN_SHAPE_TEXT];
    if (last < 0 || x->dims[last] != 2)
        return lun_fail(LUN_E_SHAPE, "lun.complex(re, im) puts two tensors together",
                        "the last dim must have size 2 (real and imaginary part), got %s", lun_tensor_text(x, text)), false;
    bool even = x->strides[last] == 1 && x->offset % 2 == 0;
    for (int d = 0; d < last; d++) {
        even = even && (x->strides[d] % 2 == 0 || x->dims[d] < 2);
        strides[d] = x->strides[d] / 2;
    }
    if (!even && x->numel)
        return lun_fail(LUN_E_SHAPE, "x:clone() first", "the two parts of %s do not lie side by side in memory", lun_tensor_text(x, text)), false;
    return reread(c, lun_dtype_complex((lun_dtype)x->dtype), last, x->dims, strides, x->offset / 2);
}

void lun_vjp_view_as_real(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = lun_call1(LUN_OP_view_as_complex, lun_contiguous(g[0]));
}

void lun_vjp_view_as_complex(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = lun_call1(LUN_OP_view_as_real, g[0]);
}

/* Two tensors of one float dtype, or a tensor and a number, or two numbers (which have no dtype to agree on). */
static bool check_parts(const lun_call *c)
{
    lun_tensor *a = c->in[0], *b = c->in[1];
    for (int i = 0; i < 2; i++)
        if (lun_is_complex(c->in[i]) && !lun_check_taken(c->op, (lun_dtype)c->in[i]->dtype)) return false;
    return a->dtype == b->dtype || ((a->flags | b->flags) & LUN_NUMBER) ||
           lun_fail(LUN_E_DTYPE, "x:to(y) takes y's dtype", "both parts must have one dtype, got %s and %s", lun_dtypes[a->dtype].name,
                    lun_dtypes[b->dtype].name);
}

/* Puts the parts side by side and reads them as complex. */
static lun_tensor *join(lun_tensor *re, lun_tensor *im)
{
    lun_tensor *parts[2] = {re, im};
    if (re && im && re->ndim == LUN_MAX_DIMS) /* there is no dim left to put them side by side along */
        return lun_reshape(join(lun_reshape(re, 1, &re->numel), lun_reshape(im, 1, &im->numel)), re->ndim, re->dims);
    return re && im ? lun_call1(LUN_OP_view_as_complex, lun_stack(2, parts, -1)) : NULL;
}

/* in[0] and in[1] with one shape and dtype. */
static bool parts_of(lun_call *c, lun_tensor **parts)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    lun_dtype t = lun_common_dtype(c, 0);
    if (!check_parts(c) || !lun_shape_broadcast(c->in[0]->ndim, c->in[0]->dims, c->in[1]->ndim, c->in[1]->dims, &ndim, dims)) return false;
    for (int i = 0; i < 2; i++) parts[i] = lun_expand(lun_to_dtype(c->in[i], t), ndim, dims);
    return parts[0] && parts[1];
}

static bool both_numbers(const lun_call *c) { return (c->in[0]->flags & c->in[1]->flags & LUN_NUMBER) != 0; }

bool lun_compose_complex(lun_call *c)
{
    lun_tensor *parts[2];
    if (both_numbers(c) && check_parts(c))
        return lun_composed(c, lun_tensor_complex((lun_c128){lun_get_double(c->in[0], 0), lun_get_double(c->in[1], 0)}));
    return parts_of(c, parts) && lun_composed(c, join(parts[0], parts[1]));
}

bool lun_compose_polar(lun_call *c)
{
    lun_tensor *parts[2];
    if (both_numbers(c) && check_parts(c)) {
        double r = lun_get_double(c->in[0], 0), angle = lun_get_double(c->in[1], 0);
        lun_tensor *turn = lun_number(angle);
        lun_tensor *cosine = turn ? lun_cos(turn) : NULL, *sine = turn ? lun_sin(turn) : NULL;
        if (!cosine || !sine) return false;
        return lun_composed(c, lun_tensor_complex((lun_c128){r * lun_get_double(cosine, 0), r * lun_get_double(sine, 0)}));
    }
    return parts_of(c, parts) && lun_composed(c, join(lun_mul(parts[0], lun_cos(parts[1])), lun_mul(parts[0], lun_sin(parts[1]))));
}

/* Every other float of the memory: no dim is needed to tell the parts apart, so eight stay eight. */
bool lun_infer_complex_part(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t strides[LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) strides[d] = 2 * x->strides[d];
    return reread(c, lun_dtype_real((lun_dtype)x->dtype), x->ndim, x->dims, strides, 2 * x->offset + (lun_param_int(&c->params, 0, 0) != 0));
}

void lun_vjp_complex_part(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *zeros = lun_zeros_like(g[0]);
    dx[0] = lun_param_int(n->params, 0, 0) ? lun_call2(LUN_OP_complex, zeros, g[0]) : lun_call2(LUN_OP_complex, g[0], zeros);
}

static bool part(lun_call *c, int which)
{
    bool number = (c->in[0]->flags & LUN_NUMBER) != 0;
    lun_tensor *y = lun_call_ints(LUN_OP_complex_part, c->in[0], 1, (int64_t[]){which});
    if (y && number) y->flags |= LUN_NUMBER;
    return lun_composed(c, y);
}

bool lun_compose_real(lun_call *c)
{
    return lun_is_complex(c->in[0]) ? part(c, 0) : lun_composed(c, c->in[0]);
}

bool lun_compose_imag(lun_call *c)
{
    return part(c, 1);
}

lun_tensor *lun_conj(lun_tensor *x) { return x && !lun_is_none(x) && lun_is_complex(x) ? lun_call1(LUN_OP_conj_physical, x) : x; }

bool lun_compose_conj(lun_call *c) { return lun_composed(c, lun_conj(c->in[0])); }

bool lun_infer_real_part(lun_call *c)
{
    lun_result(c, 0, lun_dtype_real((lun_dtype)c->in[0]->dtype), c->in[0]->ndim, c->in[0]->dims);
    return true;
}

void lun_vjp_conj(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    (void)n;
    dx[0] = lun_conj(g[0]);
}

/* d|z| = Re(conj(sgn z) dz) */
void lun_vjp_abs(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    if (lun_dtype_is_complex(n->in_spec[0].dtype)) dx[0] = lun_mul(g[0], lun_call1(LUN_OP_sgn, lun_saved_in(n, 0)));
    else lun_vjp_unary(n, g, dx);
}

/* 1 / sqrt(z^2 - 1) on the branch that acosh takes */
void lun_vjp_acosh(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *z = lun_saved_in(n, 0);
    if (!lun_dtype_is_complex(n->in_spec[0].dtype)) lun_vjp_unary(n, g, dx);
    else dx[0] = lun_div(g[0], lun_conj(lun_mul(lun_sqrt(lun_add_number(z, -1)), lun_sqrt(lun_add_number(z, 1)))));
}

/* |z|, 1 where z is 0, and where that is. NULL for a real z, whose gradient is 0. */
static lun_tensor *size_but_zero(lun_tensor *z, lun_tensor **zero, lun_tensor **dx)
{
    if (z && !lun_is_complex(z)) *dx = lun_zeros_like(z);
    if (!z || !lun_is_complex(z)) return NULL;
    lun_tensor *size = lun_abs(z);
    *zero = lun_eq(size, lun_tensor_integer(0));
    return lun_masked_fill(size, *zero, 1);
}

/* angle = Im log z, so its gradient is i z / |z|^2, 0 at 0; that of a real number's angle is 0 */
void lun_vjp_angle(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *zero, *z = lun_saved_in(n, 0), *size = size_but_zero(z, &zero, &dx[0]);
    if (size) dx[0] = lun_mul(lun_div(lun_mul(z, g[0]), lun_square(size)), lun_tensor_complex((lun_c128){0, 1}));
}

/* s = z / |z|: the part of g along s is lost, the rest divided by |z| */
void lun_vjp_sgn(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *zero, *z = lun_saved_in(n, 0), *size = size_but_zero(z, &zero, &dx[0]);
    if (!size) return;
    lun_tensor *s = lun_call1(LUN_OP_sgn, z), *along = lun_mul(s, lun_call1(LUN_OP_real, lun_mul(lun_conj(s), g[0])));
    dx[0] = lun_masked_fill(lun_div(lun_sub(g[0], along), size), zero, 0);
}
