/* join.c - cat, flip, and a diagonal put back: copies into or out of views of a tensor
 *
 * Read next: kernels/cpu/copy.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/copy.h"
#include "kernels/cpu/kernels.h"

#include <string.h>

bool lun_cpu_cat(lun_call *c)
{
    const lun_tensor *out = c->out[0];
    int64_t at = 0, dim = lun_param_int(&c->params, 0, 0);
    dim += dim < 0 ? out->ndim : 0;
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (!x->numel) {
            at += x->ndim == out->ndim && x->ndim > 1 ? x->dims[dim] : 0; /* positions without elements: another dim is empty */
            continue;
        }
        lun_tensor part = *out;
        part.offset += at * out->strides[dim];
        part.dims[dim] = x->dims[dim];
        part.numel = x->numel;
        if (!lun_copy_tensor(&part, x)) {
            return false;
        }
        at += x->dims[dim];
    }
    return true;
}

bool lun_cpu_flip(lun_call *c)
{
    lun_tensor x = *c->in[0];
    const int64_t *dims;
    int n = lun_param_ints(&c->params, 0, &dims);
    for (int i = 0; i < n && x.ndim; i++) { /* read backwards: the one place where strides are negative */
        int64_t d = dims[i] < 0 ? dims[i] + x.ndim : dims[i];
        x.offset += (x.dims[d] - 1) * x.strides[d];
        x.strides[d] = -x.strides[d];
    }
    return lun_copy_tensor(c->out[0], &x);
}

bool lun_cpu_diagonal_gradient(lun_call *c)
{
    const lun_tensor *out = c->out[0];
    lun_tensor place = *out;
    int64_t offset = lun_param_int(&c->params, 1, 0), a = lun_param_int(&c->params, 2, 0), b = lun_param_int(&c->params, 3, 1);
    a += a < 0 ? out->ndim : 0;
    b += b < 0 ? out->ndim : 0;
    place.ndim = 0;
    for (int d = 0; d < out->ndim; d++) {
        if (d == a || d == b) {
            continue;
        }
        place.dims[place.ndim] = out->dims[d];
        place.strides[place.ndim++] = out->strides[d];
    }
    place.offset += offset >= 0 ? offset * out->strides[b] : -offset * out->strides[a];
    place.dims[place.ndim] = c->in[0]->dims[c->in[0]->ndim - 1];
    place.strides[place.ndim++] = out->strides[a] + out->strides[b];
    place.numel = c->in[0]->numel;
    return lun_fill_zero(out) && lun_copy_tensor(&place, c->in[0]);
}
