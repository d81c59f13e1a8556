/* index_diagonal.c - rules of triangles and diagonals. Read next: kernels/cpu/join.c. SPDX-License-Identifier: MIT */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

bool lun_infer_triangle(lun_call *c)
{
    if (c->in[0]->ndim >= 2) return lun_infer_same(c);
    return lun_fail(LUN_E_SHAPE, "x:reshape(rows, columns) makes a matrix of it",
                    "a triangle needs at least 2 dims, this has %d", c->in[0]->ndim), false;
}

void lun_vjp_triangle(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_call c;
    lun_call_begin(&c, n->op);
    lun_call_input(&c, g[0]);
    lun_params_int(&c.params, lun_param_int(n->params, 0, 0));
    dx[0] = lun_apply1(&c);
}

/* The two dims, 0-based, from attributes k and k + 1. */
static bool two_dims(const lun_call *c, int k, int ndim, int *a, int *b)
{
    if (ndim < 2)
        return lun_fail(LUN_E_SHAPE, "x:diag() makes a matrix of a vector", "a diagonal needs at least 2 dims, this has %d",
                        ndim), false;
    *a = lun_param_dim(c, k, ndim);
    *b = *a < 0 ? -1 : lun_param_dim(c, k + 1, ndim);
    if (*b < 0) return false;
    return *a != *b || (lun_fail(LUN_E_ARGUMENT, "x:diagonal(0, 1, 2)", "a diagonal runs through two different dims"), false);
}

bool lun_infer_diagonal(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int a, b, n = 0;
    int64_t offset = lun_param_int(&c->params, 0, 0), dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    if (!two_dims(c, 1, x->ndim, &a, &b)) return false;
    for (int d = 0; d < x->ndim; d++) {
        if (d == a || d == b) continue;
        dims[n] = x->dims[d];
        strides[n++] = x->strides[d];
    }
    bool right = offset >= 0, outside = right ? offset >= x->dims[b] : offset <= -x->dims[a];
    int64_t rows = x->dims[a] + (right ? 0 : offset), columns = x->dims[b] - (right ? offset : 0);
    dims[n] = outside ? 0 : rows < columns ? rows : columns;
    strides[n++] = x->strides[a] + x->strides[b];
    return lun_result_view(c, n, dims, strides, outside ? x->offset : x->offset + (right ? offset * x->strides[b] : -offset * x->strides[a]));
}

void lun_vjp_diagonal(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    const lun_spec *s = &n->in_spec[0];
    dx[0] = lun_diagonal_embed(g[0], s->ndim, s->dims, lun_param_int(n->params, 0, 0), lun_param_int(n->params, 1, 0),
                  lun_param_int(n->params, 2, 1));
}

bool lun_infer_diagonal_gradient(lun_call *c)
{
    const int64_t *dims;
    int n = lun_param_ints(&c->params, 0, &dims), a, b;
    if (n > LUN_MAX_DIMS || !two_dims(c, 2, n, &a, &b)) return false;
    lun_result(c, 0, (lun_dtype)c->in[0]->dtype, n, dims);
    return true;
}

void lun_vjp_diagonal_gradient(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_diagonal(g[0], lun_param_int(n->params, 1, 0), lun_param_int(n->params, 2, 0), lun_param_int(n->params, 3, 1));
}

bool lun_compose_diag(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t offset = lun_param_int(&c->params, 0, 0);
    if (x->ndim != 1 && x->ndim != 2)
        return lun_fail(LUN_E_SHAPE, "x:diagonal(offset, dim1, dim2) takes more dims",
                        "diag is for vectors and matrices, this has %d dims", x->ndim), false;
    if (offset < -INT32_MAX || offset > INT32_MAX)
        return lun_fail(LUN_E_ARGUMENT, NULL, "a diagonal %lld away from the main one is too far", (long long)offset), false;
    if (x->ndim == 2) return lun_composed(c, lun_clone(lun_diagonal(x, offset, 0, 1)));
    int64_t n = x->dims[0] + (offset < 0 ? -offset : offset);
    return lun_composed(c, lun_diagonal_embed(x, 2, (int64_t[]){n, n}, offset, 0, 1));
}
