/* place.c - rules of take, put and masked_scatter, on the flattened tensor
 *
 * Holds: index tensors count from 1; the op that picks or places in the end checks them.
 * Read next: core/ops/place_index.c, core/ops/place_fold.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/place.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"

#include <string.h>


bool lun_compose_take(lun_call *c)
{
    lun_tensor *index = c->in[1];
    return lun_composed(c, lun_reshape(lun_index_select(lun_flat(c->in[0]), 0, lun_flat(index)), index->ndim, index->dims));
}

lun_tensor *lun_placed(lun_tensor *x, lun_tensor *index, lun_tensor *source, bool accumulate)
{
    if (accumulate) return lun_index_add(x, 0, index, source);
    if (!x || !index || !source) return NULL;
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_index_copy));
    lun_call_input(&c, x);
    lun_call_input(&c, index);
    lun_call_input(&c, source);
    lun_params_int(&c.params, 0);
    return lun_apply1(&c);
}

bool lun_compose_put(lun_call *c)
{
    lun_tensor *x = c->in[0], *index = c->in[1], *source = c->in[2];
    if (index->numel != source->numel)
        return lun_fail(LUN_E_SHAPE, "as many values as positions", "%lld positions and %lld values", (long long)index->numel,
                        (long long)source->numel), false;
    lun_tensor *y = lun_placed(lun_flat(x), lun_flat(index), lun_flat(source), lun_param_bool(&c->params, 0, false));
    return lun_composed(c, lun_reshape(y, x->ndim, x->dims));
}

/* ---- masked_scatter ---- */

bool lun_compose_masked_scatter(lun_call *c)
{
    lun_tensor *x = c->in[0], *mask = c->in[1], *source = c->in[2];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (mask->dtype != LUN_BOOL)
        return lun_fail(LUN_E_DTYPE, "a comparison such as x:gt(0), or mask:bool()", "the mask must be bool, got %s", lun_dtypes[mask->dtype].name),
               false;
    if (source->dtype != x->dtype)
        return lun_fail(LUN_E_DTYPE, "source:to(x.dtype)", "x is %s, the source %s", lun_dtypes[x->dtype].name,
                        lun_dtypes[source->dtype].name), false;
    if (!lun_shape_broadcast(x->ndim, x->dims, mask->ndim, mask->dims, &ndim, dims)) return false;
    x = lun_clone(lun_expand(x, ndim, dims));
    mask = lun_expand(mask, ndim, dims);
    lun_tensor *count = lun_sum(mask, 0, NULL, false);
    if (!x || !count) return false;
    int64_t n = lun_get_integer(count, 0);
    if (n > source->numel)
        return lun_fail(LUN_E_SHAPE, "one element for each place", "the mask holds in %lld places, the source has %lld elements", (long long)n,
                        (long long)source->numel), false;
    if (!n) return lun_composed(c, x);
    if (ndim == 0) return lun_composed(c, lun_copy_into(x, lun_reshape(lun_narrow(lun_flat(source), 0, 0, 1), 0, NULL)));
    return lun_composed(c, lun_set_index(x, mask, lun_narrow(lun_flat(source), 0, 0, n)));
}
