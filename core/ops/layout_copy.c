/* layout_copy.c - rules of rows that copy: a part replaced, positions repeated, diagonals, powers, triangles' positions
 *
 * Read next: core/ops/index_write.c (set_slice), core/ops/index_diagonal.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/ops/layout.h"
#include "core/tape.h"

#include <string.h>

bool lun_compose_narrow_copy(lun_call *c)
{
    int64_t dim = lun_param_int(&c->params, 0, 0), start = lun_param_int(&c->params, 1, 0), length = lun_param_int(&c->params, 2, 0);
    return lun_composed(c, lun_clone(lun_narrow(c->in[0], dim, start, length)));
}

/* ---- diagonals ---- */

/* Zeros of these dims with x on a diagonal. */
static bool far_offset(int64_t offset)
{
    if (offset >= -INT32_MAX && offset <= INT32_MAX) return false;
    lun_fail(LUN_E_ARGUMENT, "an offset within the matrix", "a diagonal %lld away from the main one is too far", (long long)offset);
    return true;
}

bool lun_compose_diag_embed(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t offset = lun_param_int(&c->params, 0, 0), dims[LUN_MAX_DIMS];
    if (x->ndim == 0 || x->ndim == LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, "x:reshape(n)", "diag_embed takes 1 to %d dims, this has %d", LUN_MAX_DIMS - 1, x->ndim), false;
    int a = lun_param_dim(c, 1, x->ndim + 1), b = a < 0 ? -1 : lun_param_dim(c, 2, x->ndim + 1), next = 0;
    if (b < 0 || far_offset(offset)) return false;
    if (a == b) return lun_fail(LUN_E_ARGUMENT, "x:diag_embed(0, -2, -1)", "a diagonal runs through two different dims"), false;
    int64_t side = x->dims[x->ndim - 1] + (offset < 0 ? -offset : offset);
    for (int d = 0; d <= x->ndim; d++) dims[d] = d == a || d == b ? side : x->dims[next++];
    return lun_composed(c, lun_diagonal_embed(x, x->ndim + 1, dims, offset, a, b));
}

bool lun_compose_diagflat(lun_call *c)
{
    int64_t offset = lun_param_int(&c->params, 0, 0), n = c->in[0]->numel;
    if (far_offset(offset)) return false;
    n += offset < 0 ? -offset : offset;
    return lun_composed(c, lun_diagonal_embed(lun_flat(c->in[0]), 2, (int64_t[]){n, n}, offset, 0, 1));
}

static bool has_shape(const lun_tensor *src, const lun_tensor *place)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    if (!place) return false;
    if (lun_shape_same(src->ndim, src->dims, place->ndim, place->dims)) return true;
    return lun_fail(LUN_E_SHAPE, "src:expand_as(place)", "src %s must have the shape of its place, %s", lun_tensor_text(src, a),
                    lun_tensor_text(place, b)), false;
}

bool lun_compose_diagonal_scatter(lun_call *c)
{
    lun_tensor *x = c->in[0], *src = c->in[1];
    int64_t offset = lun_param_int(&c->params, 0, 0), a = lun_param_int(&c->params, 1, 0), b = lun_param_int(&c->params, 2, 1);
    lun_tensor *place = lun_diagonal(lun_detach(x), offset, a, b);
    if (!has_shape(src, place)) return false;
    src = lun_to_dtype(src, (lun_dtype)x->dtype);
    if (!src || !src->numel) return lun_composed(c, lun_clone(x));
    lun_tensor *ones = lun_full(src->ndim, src->dims, 1, LUN_BOOL, lun_tensor_device(x));
    lun_tensor *mask = lun_diagonal_embed(ones, x->ndim, x->dims, offset, a, b);
    return lun_composed(c, lun_where(mask, lun_diagonal_embed(src, x->ndim, x->dims, offset, a, b), x));
}

/* ---- a part replaced ---- */

static lun_tensor *replaced(lun_tensor *x, lun_tensor *src, int dim, int64_t start, int64_t length, int64_t step, bool drop)
{
    int64_t region[3 * LUN_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) {
        region[3 * d] = d == dim ? start : 0;
        region[3 * d + 1] = d == dim ? length : x->dims[d];
        region[3 * d + 2] = d == dim ? step : 1;
    }
    return lun_set_slice(lun_clone(x), src, region, drop ? 1U << dim : 0);
}

bool lun_compose_select_scatter(lun_call *c)
{
    lun_tensor *x = c->in[0];
    int64_t at = lun_param_int(&c->params, 1, 0);
    if (!has_shape(c->in[1], lun_select(lun_detach(x), lun_param_int(&c->params, 0, 0), at))) return false;
    int dim = lun_param_dim(c, 0, x->ndim);
    return lun_composed(c, replaced(x, c->in[1], dim, at < 0 ? at + x->dims[dim] : at, 1, 1, true));
}

bool lun_compose_slice_scatter(lun_call *c)
{
    lun_tensor *x = c->in[0];
    lun_call slice;
    lun_call_begin(&slice, lun_op_at(LUN_OP_slice));
    lun_call_input(&slice, lun_detach(x));
    for (int k = 0; k < 4; k++) lun_params_int(&slice.params, lun_param_int(&c->params, k, 0));
    lun_tensor *place = lun_apply1(&slice);
    if (!has_shape(c->in[1], place)) return false;
    int dim = lun_param_dim(c, 0, x->ndim);
    int64_t start = lun_param_int(&c->params, 1, 0);
    if (!place->numel) return lun_composed(c, lun_clone(x));
    if (start < 0) start += x->dims[dim];
    return lun_composed(c, replaced(x, c->in[1], dim, start, place->dims[dim], lun_param_int(&c->params, 3, 1), false));
}

/* ---- repeat_interleave ---- */

static bool bad_repeats(const lun_tensor *repeats, int64_t n)
{
    char text[LUN_SHAPE_TEXT];
    if (!lun_dtype_is_int((lun_dtype)repeats->dtype))
        return lun_fail(LUN_E_DTYPE, "repeats:long()", "repeats must be whole numbers, got %s", lun_dtypes[repeats->dtype].name), true;
    if (repeats->ndim > 1 || (repeats->numel != 1 && repeats->numel != n))
        return lun_fail(LUN_E_SHAPE, "one number, or one for each position", "repeats %s do not fit %lld positions", lun_tensor_text(repeats, text),
                        (long long)n), true;
    if (!lun_needs_values(repeats)) return true;
    for (int64_t i = 0; i < repeats->numel; i++)
        if (lun_get_integer(repeats, i) < 0)
            return lun_fail(LUN_E_ARGUMENT, "0 or more", "repeats must not be negative, got %lld", (long long)lun_get_integer(repeats, i)), true;
    return false;
}

/* Positions 1..n, each as often as repeats say. */
static lun_tensor *repeated_positions(const lun_call *c, int64_t n)
{
    const lun_tensor *repeats = lun_on_host(c->in[1]);
    int64_t total = 0, given;
    if (!repeats || bad_repeats(repeats, n)) return NULL;
    for (int64_t i = 0; i < n; i++)
        if (__builtin_add_overflow(total, lun_get_integer(repeats, repeats->numel == 1 ? 0 : i), &total))
            return lun_fail(LUN_E_SHAPE, "smaller repeats", "the result has too many elements");
    given = lun_param_int(&c->params, 1, total);
    if (given != total)
        return lun_fail(LUN_E_SHAPE, "leave output_size out", "output_size is %lld, the repeats add up to %lld", (long long)given, (long long)total);
    lun_tensor *index = lun_integers(total);
    int64_t *to = index ? lun_data(index) : NULL;
    for (int64_t i = 0; to && i < n; i++)
        for (int64_t k = lun_get_integer(repeats, repeats->numel == 1 ? 0 : i); k > 0; k--) *to++ = i + 1;
    return index;
}

bool lun_compose_repeat_interleave(lun_call *c)
{
    lun_tensor *x = c->in[0];
    bool flat = !lun_param_given(&c->params, 0) || x->ndim == 0;
    int dim = lun_param_given(&c->params, 0) ? lun_param_dim(c, 0, x->ndim) : 0;
    if (dim < 0) return false;
    if (flat) x = lun_flat(x);
    return lun_composed(c, x ? lun_index_select(x, flat ? 0 : dim, repeated_positions(c, x->dims[flat ? 0 : dim])) : NULL);
}

/* ---- borders, powers, positions ---- */

bool lun_compose_vander(lun_call *c)
{
    lun_tensor *x = c->in[0];
    if (x->ndim != 1) return lun_fail(LUN_E_SHAPE, "x:flatten()", "the powers are of a vector, this has %d dims", x->ndim), false;
    int64_t n = x->dims[0], columns = lun_param_int(&c->params, 0, n);
    if (columns < 0) return lun_fail(LUN_E_ARGUMENT, "0 or more", "%lld columns cannot be", (long long)columns), false;
    if (!lun_dtype_is_float((lun_dtype)x->dtype) && lun_dtypes[x->dtype].kind != LUN_KIND_COMPLEX) x = lun_to_dtype(x, LUN_I64);
    if (!x) return false;
    int64_t size[2] = {n, columns < 1 ? columns : 1};
    lun_tensor *powers = lun_full(2, size, 1, (lun_dtype)x->dtype, lun_tensor_device(x));
    if (columns > 1) {
        lun_tensor *wide = lun_expand(lun_unsqueeze(x, 1), 2, (int64_t[]){n, columns - 1});
        powers = lun_cat(2, (lun_tensor *[]){powers, lun_cumprod(wide, 1)}, 1);
    }
    return lun_composed(c, lun_param_bool(&c->params, 1, false) ? powers : lun_flip(powers, 1));
}

/* How many columns of row i lie in the triangle, and the first of them. */
static int64_t in_row(int64_t i, int64_t columns, int64_t offset, bool lower, int64_t *first)
{
    int64_t edge = lower ? i + offset + 1 : i + offset;
    edge = edge < 0 ? 0 : edge > columns ? columns : edge;
    *first = lower ? 0 : edge;
    return lower ? edge : columns - edge;
}

bool lun_compose_triangle_indices(lun_call *c)
{
    int64_t rows = lun_param_int(&c->params, 0, 0), columns = lun_param_int(&c->params, 1, 0), offset = lun_param_int(&c->params, 2, 0), first;
    lun_dtype t = lun_param_dtype(&c->params, 3, LUN_I64);
    bool lower = c->op->id == LUN_OP_tril_indices;
    if (far_offset(offset)) return false;
    if (rows < 0 || columns < 0 || rows > INT32_MAX || columns > INT32_MAX)
        return lun_fail(LUN_E_ARGUMENT, "0 or more rows and columns", "no triangle has %lld rows and %lld columns", (long long)rows,
                        (long long)columns), false;
    if (t != LUN_I64 && t != LUN_I32)
        return lun_fail(LUN_E_DTYPE, "leave dtype out for int64", "positions are int64 or int32, not %s", lun_dtypes[t].name), false;
    int64_t dims[2] = {2, 0}, at = 0;
    for (int64_t i = 0; i < rows; i++) dims[1] += in_row(i, columns, offset, lower, &first);
    lun_tensor *out = lun_tensor_empty(LUN_I64, 2, dims, (lun_device){LUN_CPU, 0});
    int64_t *to = out ? lun_data(out) : NULL;
    for (int64_t i = 0; to && i < rows; i++)
        for (int64_t k = in_row(i, columns, offset, lower, &first); k > 0; k--, at++) {
            to[at] = i + 1;
            to[dims[1] + at] = ++first;
        }
    return lun_composed(c, lun_to_dtype(out, t));
}
