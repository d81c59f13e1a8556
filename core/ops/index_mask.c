/* index_mask.c - rules of the rows that work with masks, and reading by a key: x[mask], x[idx]
 *
 * How many elements a mask chooses depends on data, which infer never sees: nonzero and masked_select are composed of a count and
 * an op that is told it. Read next: core/ops/index_write.c, kernels/cpu/mask.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/index.h"
#include "core/tape.h"

#include <string.h>

static bool check_mask(const lun_tensor *mask)
{
    if (mask->dtype == LUN_BOOL) return true;
    return lun_fail(LUN_E_DTYPE, "a comparison such as x:gt(0), or mask:bool()", "the mask must be bool, got %s",
                    lun_dtypes[mask->dtype].name), false;
}

bool lun_infer_masked_fill(lun_call *c)
{
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    const lun_tensor *x = c->in[0], *mask = c->in[1], *value = c->in[2];
    if (!check_mask(mask)) return false;
    if (value->numel != 1 || value->ndim != 0)
        return lun_fail(LUN_E_SHAPE, "lun.where(mask, values, x) takes several", "the value must be a number or a 0-d tensor"),
            false;
    if (lun_is_complex(value) && !lun_is_complex(x))
        return lun_fail(LUN_E_DTYPE, "x:to(\"complex64\") first", "a complex value cannot be written into %s", lun_dtypes[x->dtype].name), false;
    if (!lun_shape_broadcast(x->ndim, x->dims, mask->ndim, mask->dims, &ndim, dims)) return false;
    lun_result(c, 0, (lun_dtype)x->dtype, ndim, dims);
    return lun_element_fits(value, (lun_dtype)x->dtype);
}

void lun_vjp_masked_fill(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    lun_tensor *mask = lun_saved_in(n, 1);
    if (lun_wants(n, 0)) dx[0] = lun_masked_fill(g[0], mask, 0);
    if (lun_wants(n, 2)) dx[2] = lun_sum(lun_where(mask, g[0], lun_zeros_like(g[0])), 0, NULL, false);
}

lun_tensor *lun_masked_fill(lun_tensor *x, lun_tensor *mask, double value)
{
    return lun_call3(LUN_OP_masked_fill, x, mask, lun_number(value));
}

/* ---- positions of what is not zero ---- */

/* How many elements are not zero; -1 after lun_fail. */
static int64_t count_of(lun_tensor *x)
{
    lun_tensor *n = lun_sum(x && x->dtype != LUN_BOOL ? lun_ne(x, lun_tensor_integer(0)) : x, 0, NULL, false);
    return n ? lun_get_integer(n, 0) : -1;
}

static lun_tensor *positions(lun_tensor *x, bool flat)
{
    lun_call c;
    int64_t count = count_of(x);
    if (count < 0) return NULL;
    lun_call_begin(&c, lun_op_at(LUN_OP_nonzero_positions));
    lun_call_input(&c, x);
    lun_params_int(&c.params, count);
    lun_params_bool(&c.params, flat);
    return lun_apply1(&c);
}

bool lun_infer_nonzero_positions(lun_call *c)
{
    int64_t dims[2] = {lun_param_int(&c->params, 0, 0), c->in[0]->ndim};
    lun_result(c, 0, LUN_I64, lun_param_bool(&c->params, 1, false) ? 1 : 2, dims);
    return true;
}

bool lun_compose_nonzero(lun_call *c)
{
    if (lun_param_bool(&c->params, 0, false)) { /* a list, one vector for each dim; a number counts as a vector */
        lun_tensor *x = c->in[0]->ndim ? c->in[0] : lun_reshape(c->in[0], 1, (int64_t[]){1}), *all = positions(x, false);
        for (int d = 0; all && d < x->ndim; d++)
            if (!lun_call_output(c, lun_select(all, 1, d))) return false;
        return all != NULL;
    }
    return lun_composed(c, positions(c->in[0], false));
}

bool lun_compose_masked_select(lun_call *c)
{
    lun_tensor *x = c->in[0], *mask = c->in[1];
    int ndim;
    int64_t dims[LUN_MAX_DIMS];
    if (!check_mask(mask) || !lun_shape_broadcast(x->ndim, x->dims, mask->ndim, mask->dims, &ndim, dims)) return false;
    x = lun_expand(x, ndim, dims);
    mask = lun_expand(mask, ndim, dims);
    return lun_composed(c, x && mask ? lun_index_select(lun_flat(x), 0, positions(mask, true)) : NULL);
}

/* ---- reading by a key ---- */

static lun_tensor *by_mask(lun_tensor *x, lun_tensor *mask)
{
    int64_t dims[LUN_MAX_DIMS] = {mask->numel};
    int rest = x->ndim - mask->ndim;
    bool fits = rest >= 0;
    for (int d = 0; fits && d < mask->ndim; d++) fits = mask->dims[d] == x->dims[d];
    if (!fits) {
        char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, "x:masked_select(mask) broadcasts the mask",
                        "the mask %s must have the sizes of the first dims of %s", lun_tensor_text(mask, a),
                        lun_tensor_text(x, b));
    }
    for (int d = 0; d < rest; d++) dims[1 + d] = x->dims[mask->ndim + d];
    if (mask->ndim == 0) return lun_fail(LUN_E_SHAPE, NULL, "a 0-d mask has no positions to choose");
    return lun_index_select(lun_reshape(x, 1 + rest, dims), 0, positions(mask, true));
}

static lun_tensor *by_positions(lun_tensor *x, lun_tensor *key)
{
    int64_t dims[LUN_MAX_DIMS];
    int rest = x->ndim - 1;
    if (x->ndim == 0) return lun_fail(LUN_E_SHAPE, "x:item()", "a 0-d tensor cannot be indexed");
    if (key->ndim + rest > LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, NULL, "the result would have more than %d dims", LUN_MAX_DIMS);
    memcpy(dims, key->dims, sizeof dims);
    for (int d = 0; d < rest; d++) dims[key->ndim + d] = x->dims[1 + d];
    return lun_reshape(lun_index_select(x, 0, lun_flat(key)), key->ndim + rest, dims);
}

lun_tensor *lun_index(lun_tensor *x, lun_tensor *key)
{
    if (!x || !key) return NULL;
    return key->dtype == LUN_BOOL ? by_mask(x, key) : by_positions(x, key);
}
