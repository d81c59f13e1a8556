/* pieces.c - rules of the rows that cut a tensor into a list of views
 *
 * Holds: a piece is made by narrow, slice or select through the door, so it is a view for autograd as they are.
 * Read next: core/ops/pieces_join.c, core/ops/pieces.def. SPDX-License-Identifier: MIT
 */
#include "core/ops/pieces.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"

#include <string.h>

enum { MOST_PIECES = 1 << 20 };

/* Attribute k as the dim to cut; -1 after lun_fail. */
static int cut_dim(const lun_call *c, int k)
{
    if (c->in[0]->ndim) return lun_param_dim(c, k, c->in[0]->ndim);
    lun_fail(LUN_E_SHAPE, "x:reshape(1) makes it a vector", "a 0-d tensor has no dim to be cut along");
    return -1;
}

static bool add(lun_call *c, int dim, int64_t start, int64_t length)
{
    return lun_call_output(c, lun_narrow(c->in[0], dim, start, length));
}

/* `count` pieces of `size` positions, the last with what is left. */
static bool cut_even(lun_call *c, int dim, int64_t size, int64_t count)
{
    int64_t length = c->in[0]->dims[dim];
    if (count > MOST_PIECES)
        return lun_fail(LUN_E_ARGUMENT, "larger pieces, or a loop over x:narrow", "this makes %lld tensors, at most %d are possible",
                        (long long)count, MOST_PIECES), false;
    for (int64_t i = 0, at = 0; i < count; i++, at += size)
        if (!add(c, dim, at, length - at < size ? length - at : size)) return false;
    return true;
}

static bool cut_sizes(lun_call *c, int dim, int n, const int64_t *sizes)
{
    int64_t at = 0, length = c->in[0]->dims[dim];
    for (int i = 0; i < n; i++) {
        if (sizes[i] < 0 || sizes[i] > length - at)
            return lun_fail(LUN_E_SHAPE, "sizes that add up to the dim's", "piece %d of %lld positions does not fit: dim %d has %lld, %lld are taken",
                            i + 1, (long long)sizes[i], dim + 1, (long long)length, (long long)at), false;
        if (!add(c, dim, at, sizes[i])) return false;
        at += sizes[i];
    }
    if (at == length) return true;
    return lun_fail(LUN_E_SHAPE, "sizes that add up to the dim's", "the sizes add up to %lld, dim %d has %lld positions", (long long)at, dim + 1,
                    (long long)length), false;
}

/* Is the ints attribute k a list, not a number? */
static bool is_list(const lun_call *c, int k) { return c->params.attr[k].kind == LUN_ATTR_INTS; }

bool lun_compose_split(lun_call *c)
{
    const int64_t *sizes;
    int n = lun_param_ints(&c->params, 0, &sizes), dim = cut_dim(c, 1);
    if (dim < 0) return false;
    if (is_list(c, 0) || c->op->id == LUN_OP_split_with_sizes) return cut_sizes(c, dim, n, sizes);
    int64_t size = sizes[0], length = c->in[0]->dims[dim];
    if (size < 1 && !(size == 0 && length == 0))
        return lun_fail(LUN_E_ARGUMENT, "1 or more positions in a piece", "pieces of %lld positions cannot be", (long long)size), false;
    return cut_even(c, dim, size, length ? (length - 1) / size + 1 : 1);
}

bool lun_compose_chunk(lun_call *c)
{
    int dim = cut_dim(c, 1);
    int64_t chunks = lun_param_int(&c->params, 0, 1), length = dim < 0 ? 0 : c->in[0]->dims[dim];
    if (dim < 0) return false;
    if (chunks < 1) return lun_fail(LUN_E_ARGUMENT, "1 or more chunks", "%lld chunks cannot be", (long long)chunks), false;
    if (!length) return cut_even(c, dim, 0, chunks); /* as many empty ones */
    int64_t size = (length - 1) / chunks + 1;
    return cut_even(c, dim, size, (length - 1) / size + 1);
}

/* So many pieces, the first ones one longer. */
static bool cut_sections(lun_call *c, int dim, int64_t sections)
{
    int64_t length = c->in[0]->dims[dim];
    if (sections < 1 || sections > MOST_PIECES)
        return lun_fail(LUN_E_ARGUMENT, "1 or more pieces", "%lld pieces cannot be (1..%d)", (long long)sections, MOST_PIECES), false;
    for (int64_t i = 0, at = 0; i < sections; i++) {
        int64_t size = length / sections + (i < length % sections);
        if (!add(c, dim, at, size)) return false;
        at += size;
    }
    return true;
}

static int64_t clamped(int64_t at, int64_t length)
{
    if (at < 0) at += length;
    return at < 0 ? 0 : at > length ? length : at;
}

/* Cut behind each of n positions; where they do not rise a piece is empty. */
static bool cut_behind(lun_call *c, int dim, int n, const int64_t *cuts)
{
    int64_t length = c->in[0]->dims[dim], from = 0;
    for (int i = 0; i <= n; i++) {
        int64_t to = i < n ? clamped(cuts[i], length) : length;
        if (!add(c, dim, from, to > from ? to - from : 0)) return false;
        from = to;
    }
    return true;
}

static bool tensor_split(lun_call *c, int dim)
{
    const int64_t *values;
    int n = lun_param_ints(&c->params, 0, &values);
    return is_list(c, 0) ? cut_behind(c, dim, n, values) : cut_sections(c, dim, values[0]);
}

bool lun_compose_tensor_split(lun_call *c)
{
    int dim = cut_dim(c, 1);
    return dim >= 0 && tensor_split(c, dim);
}

bool lun_compose_named_split(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    const int64_t *values;
    int id = c->op->id, least = id == LUN_OP_hsplit ? 1 : id == LUN_OP_vsplit ? 2 : 3;
    int dim = id == LUN_OP_hsplit ? x->ndim > 1 : id == LUN_OP_vsplit ? 0 : 2;
    lun_param_ints(&c->params, 0, &values);
    if (x->ndim < least)
        return lun_fail(LUN_E_SHAPE, "x:tensor_split(n, dim)", "%s needs %d or more dims, this has %d", c->op->name, least, x->ndim), false;
    if (!is_list(c, 0) && (values[0] < 1 || x->dims[dim] % values[0]))
        return lun_fail(LUN_E_ARGUMENT, "x:tensor_split(n, dim) makes unequal pieces",
                        "%lld positions of dim %d cannot be cut into %lld equal pieces",
                        (long long)x->dims[dim], dim + 1, (long long)values[0]), false;
    return tensor_split(c, dim);
}

bool lun_compose_unbind(lun_call *c)
{
    int dim = cut_dim(c, 0);
    int64_t n = dim < 0 ? 0 : c->in[0]->dims[dim];
    if (n > MOST_PIECES)
        return lun_fail(LUN_E_ARGUMENT, "a loop over x:select", "this makes %lld tensors, at most %d are possible", (long long)n,
                        MOST_PIECES), false;
    for (int64_t i = 0; i < n; i++)
        if (!lun_call_output(c, lun_select(c->in[0], dim, i))) return false;
    return dim >= 0;
}

/* ---- for C ---- */

static bool listed(lun_call *c, int max, lun_tensor **out, int *n)
{
    *n = 0;
    if (!lun_apply(c)) return false;
    if (c->n_out > max)
        return lun_fail(LUN_E_ARGUMENT, "larger pieces", "this makes %d tensors, at most %d are possible", c->n_out, max), false;
    *n = c->n_out;
    memcpy(out, c->out, (size_t)c->n_out * sizeof *out);
    return true;
}

static void begin(lun_call *c, lun_op_id id, lun_tensor *x)
{
    lun_call_begin(c, lun_op_at((int)id));
    lun_call_input(c, x);
}

bool lun_split(lun_tensor *x, int64_t size, int64_t dim, int max, lun_tensor **out, int *n)
{
    lun_call c;
    begin(&c, LUN_OP_split, x);
    lun_params_int(&c.params, size);
    lun_params_int(&c.params, dim);
    return listed(&c, max, out, n);
}

bool lun_split_sizes(lun_tensor *x, int pieces, const int64_t *sizes, int64_t dim, lun_tensor **out)
{
    lun_call c;
    int n;
    begin(&c, LUN_OP_split, x);
    lun_params_ints(&c.params, pieces, sizes);
    lun_params_int(&c.params, dim);
    return listed(&c, pieces, out, &n);
}

bool lun_chunk(lun_tensor *x, int64_t chunks, int64_t dim, int max, lun_tensor **out, int *n)
{
    lun_call c;
    begin(&c, LUN_OP_chunk, x);
    lun_params_int(&c.params, chunks);
    lun_params_int(&c.params, dim);
    return listed(&c, max, out, n);
}

bool lun_unbind(lun_tensor *x, int64_t dim, int max, lun_tensor **out, int *n)
{
    lun_call c;
    begin(&c, LUN_OP_unbind, x);
    lun_params_int(&c.params, dim);
    return listed(&c, max, out, n);
}
