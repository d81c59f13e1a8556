/* index_pad.c - borders around tensors
 *
 * A constant border is a full tensor into which x is written; the others pick positions of x along one dim after the other, so both
 * have the gradients of what they are made of.
 * Holds: pad lists pairs (before, after) from the last dim on, as PyTorch has it; a negative number cuts off.
 * Read next: core/ops/index_write.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/number.h"
#include "core/ops/index.h"

#include <string.h>

typedef enum { CONSTANT, REFLECT, REPLICATE, CIRCULAR, MODES } pad_mode;
static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};

static lun_tensor *cut(lun_tensor *x, int d, int64_t before, int64_t after)
{
    int64_t n = x->dims[d], start = before < -n ? n : before < 0 ? -before : 0, stop = after < -n ? 0 : n + (after < 0 ? after : 0);
    if (before < -n || after < -n || start > stop)
        return lun_fail(LUN_E_SHAPE, NULL, "padding dim %d by %lld and %lld cuts off more than its %lld", d + 1, (long long)before,
                        (long long)after, (long long)n);
    return start == 0 && stop == x->dims[d] ? x : lun_narrow(x, d, start, stop - start);
}

/* Attribute k of p (NULL: 0) everywhere: not all whole numbers are doubles, and complex ones are two. */
static lun_tensor *filled(const lun_tensor *x, const int64_t *dims, const lun_params *p, int k)
{
    lun_tensor *out = lun_tensor_empty((lun_dtype)x->dtype, x->ndim, dims, lun_tensor_device(x));
    int kind = p && lun_param_given(p, k) ? p->attr[k].kind : LUN_ATTR_NONE;
    if (kind == LUN_ATTR_INT) return lun_copy_into(out, lun_tensor_integer(lun_param_int(p, k, 0)));
    if (kind == LUN_ATTR_COMPLEX) return lun_copy_into(out, lun_tensor_complex(lun_param_complex(p, k, 0)));
    return lun_fill_into(out, p ? lun_param_float(p, k, 0) : 0);
}

static lun_tensor *constant(lun_tensor *x, int pairs, const int64_t *pad, const lun_params *p, int k)
{
    int64_t dims[LUN_MAX_DIMS], region[3 * LUN_MAX_DIMS];
    for (int d = 0; x && d < x->ndim; d++) {
        int pair = x->ndim - 1 - d;
        int64_t before = pair < pairs ? pad[2 * pair] : 0, after = pair < pairs ? pad[2 * pair + 1] : 0;
        if (!(x = cut(x, d, before, after))) return NULL;
        region[3 * d] = before > 0 ? before : 0;
        region[3 * d + 1] = x->dims[d];
        region[3 * d + 2] = 1;
        if (__builtin_add_overflow(x->dims[d], region[3 * d], &dims[d]) ||
            __builtin_add_overflow(dims[d], after > 0 ? after : 0, &dims[d]))
            return lun_fail(LUN_E_SHAPE, NULL, "the result has too many elements");
    }
    if (!x) return NULL;
    lun_tensor *out = filled(x, dims, p, k);
    return x->numel ? lun_set_slice(out, x, region, 0) : out;
}

/* Which position (from 0) of n stands at position i, which may lie outside. */
static int64_t source_of(pad_mode mode, int64_t i, int64_t n)
{
    if (mode == REPLICATE) return i < 0 ? 0 : i >= n ? n - 1 : i;
    if (mode == CIRCULAR) return i < 0 ? i + n : i >= n ? i - n : i;
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

static bool border_fits(pad_mode mode, int d, int64_t n, int64_t before, int64_t after)
{
    int64_t most = mode == REFLECT ? n - 1 : mode == CIRCULAR ? n : n ? INT64_MAX / 4 : 0;
    if (before <= most && after <= most) return true;
    return lun_fail(LUN_E_SHAPE, "a smaller border, or \"replicate\"",
                    "dim %d has %lld positions: a \"%s\" border can be at most %lld wide there",
                    d + 1, (long long)n, modes[mode], (long long)(most < 0 ? 0 : most)), false;
}

static lun_tensor *picked(pad_mode mode, lun_tensor *x, int d, int64_t before, int64_t after)
{
    if (!border_fits(mode, d, x->dims[d], before, after)) return NULL;
    if (mode != REPLICATE) { /* what is cut off repeats nowhere; but the edge does, however much of it is cut off elsewhere */
        if (!(x = cut(x, d, before, after))) return NULL;
        before = before > 0 ? before : 0;
        after = after > 0 ? after : 0;
    }
    int64_t n = x->dims[d], total;
    if (!before && !after) return x;
    if (__builtin_add_overflow(n, before, &total) || __builtin_add_overflow(total, after, &total) || total < (n ? 1 : 0))
        return lun_fail(LUN_E_SHAPE, NULL, "a border of %lld and %lld leaves nothing of the %lld positions of dim %d", (long long)before,
                        (long long)after, (long long)n, d + 1);
    lun_tensor *index = lun_integers(total);
    if (!index) return NULL;
    int64_t *at = lun_data(index);
    for (int64_t i = 0; i < total; i++) at[i] = source_of(mode, i - before, n) + 1;
    return lun_index_select(x, d, index);
}

static bool any_border(int n, const int64_t *pad)
{
    for (int i = 0; i < n; i++)
        if (pad[i] > 0) return true;
    return false;
}

static bool in_pairs(const lun_tensor *x, int n)
{
    if (n % 2 == 0 && n / 2 <= x->ndim) return true;
    return lun_fail(LUN_E_ARGUMENT, "two numbers for each dim, the last dim first", "%d numbers do not fit a tensor with %d dims", n, x->ndim), false;
}

/* With the value of attribute k; one that is written nowhere need not fit. */
static bool pad_with(lun_call *c, int k)
{
    const int64_t *pad;
    int n = lun_param_ints(&c->params, 0, &pad);
    bool written = any_border(n, pad);
    if (!in_pairs(c->in[0], n) || (written && !lun_param_fits(&c->params, k, (lun_dtype)c->in[0]->dtype))) return false;
    return lun_composed(c, constant(c->in[0], n / 2, pad, written ? &c->params : NULL, k));
}

bool lun_compose_constant_pad(lun_call *c) { return pad_with(c, 1); }

bool lun_compose_pad(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const int64_t *pad;
    int n = lun_param_ints(&c->params, 0, &pad), mode = 0;
    const char *name = lun_param_string(&c->params, 1, "constant");
    while (mode < MODES && strcmp(name, modes[mode])) mode++;
    if (mode == MODES)
        return lun_fail(LUN_E_ARGUMENT, "\"constant\", \"reflect\", \"replicate\" or \"circular\"", "no pad mode \"%s\"", name),
            false;
    if (mode == CONSTANT) return pad_with(c, 2);
    if (!in_pairs(x, n)) return false;
    for (int pair = n / 2 - 1; pair >= 0 && x; pair--)
        x = picked((pad_mode)mode, x, x->ndim - 1 - pair, pad[2 * pair], pad[2 * pair + 1]);
    return lun_composed(c, x == c->in[0] ? lun_clone(x) : x);
}

lun_tensor *lun_pad(lun_tensor *x, int n, const int64_t *pad, double value)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_pad));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, n, pad);
    lun_params_string(&c.params, "constant");
    lun_params_float(&c.params, value);
    return lun_apply1(&c);
}
