/* index_check.c - positions checked once, so that kernels never do
 *
 * Holds: release builds check too. Read next: core/apply.c. SPDX-License-Identifier: MIT
 */
#include "core/index_check.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/hollow.h"

static bool bad_value(const lun_call *c, int64_t value, int64_t at, bool labels)
{
    const char *what = labels ? "label" : "index";
    if (value == 0)
        lun_fail(LUN_E_INDEX, "values from a file that counts from 0 need + 1",
                 "%s 0 (element %lld): Lunette counts from 1, as Lua does; use 1..%lld", what, (long long)(at + 1), (long long)c->bound);
    else if (labels)
        lun_fail(LUN_E_INDEX, NULL, "label %lld (element %lld) is outside 1..%lld", (long long)value, (long long)(at + 1), (long long)c->bound);
    else
        lun_fail(LUN_E_INDEX, NULL, "index %lld (element %lld) is outside 1..%lld", (long long)value, (long long)(at + 1), (long long)c->bound);
    lun_hint("use 1..%lld%s", (long long)c->bound, labels ? "" : ", or negative numbers to count from the end");
    return false;
}

static bool convert(lun_call *c, int i, bool labels)
{
    lun_tensor *x = c->in[i];
    if (!lun_dtype_is_int((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "idx:long() converts to int64", "%s must be whole numbers (int64), got %s",
                        labels ? "labels" : "positions", lun_dtypes[x->dtype].name), false;
    if (x->flags & LUN_ZERO_BASED)
        return lun_fail(LUN_E_INDEX, "x:from_zero_based() adds 1 and clears the mark",
                        "this tensor came from a file that counts from 0; Lunette counts from 1"), false;
    lun_device device = lun_tensor_device(x);
    if (lun_is_hollow(x) || (device.type != LUN_CPU && lun_context_get()->dry)) return true; /* what they hold is not known */
    if (device.type != LUN_CPU) return (c->in[i] = lun_backends[device.type]->positions(c, i, labels)) != NULL;
    lun_tensor *y = lun_tensor_empty(LUN_I64, x->ndim, x->dims, device);
    if (!y) return false;
    int64_t *out = lun_data(y), bound = c->bound;
    const int64_t *fast = x->dtype == LUN_I64 && lun_is_contiguous(x) ? lun_data(x) : NULL;
    for (int64_t k = 0; k < x->numel; k++) {
        int64_t v = fast ? fast[k] : lun_get_integer(x, k);
        if (v >= 1 && v <= bound) out[k] = v - 1;
        else if (labels && c->ignore && v == c->ignore) out[k] = v;
        else if (!labels && v < 0 && v >= -bound) out[k] = v + bound;
        else return bad_value(c, v, k, labels);
    }
    c->in[i] = y;
    return true;
}

bool lun_check_indices(lun_call *c)
{
    for (int i = 0; (c->op->index_in | c->op->label_in) >> i && i < c->n_in; i++) {
        if (lun_is_none(c->in[i])) continue;
        bool labels = c->op->label_in >> i & 1;
        if ((labels || c->op->index_in >> i & 1) && !convert(c, i, labels)) return false;
    }
    return true;
}
