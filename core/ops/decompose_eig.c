/* decompose_eig.c - eigenvalues of any square matrix
 *
 * Holds: results are complex also for real matrices; the gradient of a real matrix is real. Equal eigenvalues give infinities.
 * Read next: core/ops/decompose_spectrum.c (symmetric ones), kernels/cpu/eig.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/tape.h"

#include <string.h>

bool lun_infer_eig_parts(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (!lun_check_square(x)) return false;
    lun_dtype t = lun_dtype_complex((lun_dtype)x->dtype);
    lun_result(c, 0, t, x->ndim - 1, x->dims);
    if (lun_param_bool(&c->params, 0, true)) lun_result(c, 1, t, x->ndim, x->dims);
    else lun_result(c, 1, t, 1, (int64_t[]){0});
    lun_result(c, 2, LUN_I32, x->ndim - 2, x->dims);
    return true;
}

static lun_tensor *off_diagonal(lun_tensor *x)
{
    if (!x) return NULL;
    int64_t n = lun_columns_of(x);
    return lun_where(lun_to_dtype(lun_eye_like(x, n, n), LUN_BOOL), lun_number(0), x);
}

/* V^-H ((V^H gV - V^H V diag(Re(V^H gV))) / E + diag(gL)) V^H with E the conjugate of the differences of the values; what is taken off
 * keeps each vector's length. */
void lun_vjp_eig_parts(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *values = lun_saved_out(n, 0), *v = lun_saved_out(n, 1), *inner = NULL;
    if (!values || !v) return;
    int64_t size = lun_columns_of(v);
    if (!lun_is_none(g[1])) {
        lun_tensor *turn = lun_matmul(lun_mH(v), g[1]), *length = lun_call1(LUN_OP_real, lun_main_diagonal(turn)), *l = lun_conj(values);
        turn = lun_sub(turn, lun_matmul(lun_mH(v), lun_scale_columns(v, length)));
        lun_tensor *between = lun_add(lun_sub(lun_unsqueeze(l, -2), lun_unsqueeze(l, -1)), lun_eye_like(v, size, size));
        inner = off_diagonal(lun_div(turn, between));
    }
    if (!lun_is_none(g[0])) inner = inner ? lun_add(inner, lun_diagonal_matrix(g[0])) : lun_diagonal_matrix(g[0]);
    lun_tensor *da = lun_solve(lun_mH(v), lun_matmul(inner, lun_mH(v)), true);
    dx[0] = lun_dtype_is_complex(n->in_spec[0].dtype) ? da : lun_call1(LUN_OP_real, da);
}

bool lun_compose_eig(lun_call *c)
{
    lun_call k;
    lun_tensor *x = c->in[0];
    bool vectors = c->op->id == LUN_OP_eig || (lun_context_get()->grad_enabled && lun_requires_grad(x));
    if (!lun_parts(&k, LUN_OP_eig_parts, 1, &x, 1, &vectors)) return false;
    memcpy(c->out, k.out, 2 * sizeof *k.out);
    c->n_out = c->op->id == LUN_OP_eig ? 2 : 1;
    return lun_check_info(k.out[2], "has no eigenvalues that converge: code ", "x:double() may converge");
}
