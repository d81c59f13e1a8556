/* infer.c - shape and dtype rules that several rows use. Read next: core/ops/reduce.c. SPDX-License-Identifier: MIT */
#include "core/infer.h"

#include <string.h>

void lun_result(lun_call *c, int k, lun_dtype dtype, int ndim, const int64_t *dims)
{
    lun_spec *s = &c->out_spec[k];
    s->dtype = dtype;
    s->ndim = ndim;
    if (ndim) memcpy(s->dims, dims, (size_t)ndim * sizeof *dims);
    if (c->n_out <= k) c->n_out = k + 1;
}

void lun_result_like(lun_call *c, int k, const lun_tensor *x) { lun_result(c, k, (lun_dtype)x->dtype, x->ndim, x->dims); }

bool lun_composed(lun_call *c, lun_tensor *x)
{
    c->n_out = 1;
    c->out[0] = x;
    return x != NULL;
}

bool lun_result_view(lun_call *c, int ndim, const int64_t *dims, const int64_t *strides, int64_t offset)
{
    return lun_composed(c, lun_tensor_as(c->in[0], ndim, dims, strides, offset));
}

bool lun_infer_same(lun_call *c)
{
    lun_result_like(c, 0, c->in[0]);
    return true;
}

bool lun_infer_broadcast(lun_call *c)
{
    int ndim = c->in[0]->ndim;
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, c->in[0]->dims, sizeof dims);
    for (int i = 1; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (lun_is_none(x) || lun_shape_same(ndim, dims, x->ndim, x->dims)) continue;
        if (!lun_shape_broadcast(ndim, dims, x->ndim, x->dims, &ndim, dims)) return false;
    }
    bool wide = (c->op->flags & LUN_OP_WIDE_NUMBERS) && (c->in[0]->flags & LUN_NUMBER); /* then the dtype is the other one's */
    lun_result(c, 0, (lun_dtype)c->in[wide ? 1 : 0]->dtype, ndim, dims);
    return true;
}

int lun_param_dim(const lun_call *c, int k, int ndim) { return lun_dim_normalize(lun_param_int(&c->params, k, -1), ndim); }

bool lun_param_dims(const lun_call *c, int k, int ndim, uint32_t *mask)
{
    const int64_t *dims;
    int n = lun_param_ints(&c->params, k, &dims);
    *mask = n ? 0 : (1U << ndim) - 1;
    for (int i = 0; i < n; i++) {
        int d = lun_dim_normalize(dims[i], ndim);
        if (d < 0) return false;
        if (*mask >> d & 1) return lun_fail(LUN_E_ARGUMENT, NULL, "dim %d is named twice", d + 1), false;
        *mask |= 1U << d;
    }
    return true;
}

bool lun_param_named_dims(const lun_call *c, int k, int ndim, uint32_t *mask)
{
    if (!lun_param_dims(c, k, ndim, mask)) return false;
    if (lun_param_given(&c->params, k) && c->params.attr[k].kind == LUN_ATTR_INTS && !c->params.attr[k].count) *mask = 0;
    return true;
}
