/* optim.c - rules of the optimisers' steps
 *
 * Holds: a step's tensors (parameter, gradient, state) have one shape, and the state is memory of its own.
 * Read next: kernels/cpu/optim.c, lib/optim.lua. SPDX-License-Identifier: MIT
 */
#include "core/ops/optim.h"

#include "core/error.h"
#include "core/infer.h"

static bool check_part(const lun_call *c, int i)
{
    const lun_tensor *x = c->in[0], *y = c->in[i];
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (lun_is_none(y)) return true;
    if (!lun_dtype_is_float((lun_dtype)y->dtype) || !lun_shape_same(x->ndim, x->dims, y->ndim, y->dims))
        return lun_fail(LUN_E_SHAPE, "the gradient and the state have the parameter's shape: lun.zeros_like(x)",
                        "`%s` is %s, but x is %s", c->op->arg[i].name, lun_tensor_text(y, a), lun_tensor_text(x, b)), false;
    if (i < 2) return true;
    if (lun_self_overlaps(y))
        return lun_fail(LUN_E_INPLACE, "y:clone()", "`%s` is an expanded tensor; several of its elements are the same memory",
                        c->op->arg[i].name), false;
    for (int k = 0; k < i; k++)
        if (!lun_is_none(c->in[k]) && lun_may_overlap(c->in[k], y))
            return lun_fail(LUN_E_INPLACE, "give each a tensor of its own: lun.zeros_like(x)", "`%s` and `%s` share memory",
                            c->op->arg[k].name, c->op->arg[i].name), false;
    return true;
}

static bool infer_step(lun_call *c)
{
    for (int i = 1; i < c->n_in; i++)
        if (!check_part(c, i)) return false;
    return lun_infer_same(c);
}

bool lun_infer_sgd_step(lun_call *c)
{
    double momentum = lun_param_float(&c->params, 1, 0);
    if (momentum != 0 && lun_is_none(c->in[2]))
        return lun_fail(LUN_E_ARGUMENT, "lun.zeros_like(x), with first = true at the first step", "momentum needs a momentum_buffer"), false;
    return infer_step(c);
}

bool lun_infer_adam_step(lun_call *c)
{
    int64_t step = lun_param_int(&c->params, 0, 0);
    if (step < 1)
        return lun_fail(LUN_E_ARGUMENT, "the first step is step 1", "`step` counts from 1, got %lld", (long long)step), false;
    return infer_step(c);
}
