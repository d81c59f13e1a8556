/* embedding_bag.c - rows of a table, folded per bag
 *
 * Rows are picked as embedding does and added to their bags in order; mean divides by how many rows count, max picks one by position,
 * so the gradients are those of the ops it is made of.
 * Read next: core/ops/embedding.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/embedding.h"
#include "core/ops/nn.h"
#include "core/tape.h"

#include <string.h>

typedef struct bags {
    int64_t count, rows;
    lun_tensor *first; /* where each begins, counted from 0, and where the last ends */
    lun_tensor *of;    /* the bag, from 1, of each row */
    lun_tensor *sizes; /* how many rows of it count, as floats */
} bags;

static bool read_first(const lun_call *c, bags *b)
{
    const lun_tensor *x = c->in[0], *offsets = c->in[2];
    bool closed = lun_param_bool(&c->params, 5, false);
    b->rows = x->numel;
    b->count = x->ndim == 2 ? x->dims[0] : offsets->numel - closed;
    int64_t n = b->count + 1, *to;
    if (!(b->first = lun_integers(n))) return false;
    to = lun_data(b->first);
    for (int64_t i = 0; i < b->count; i++) {
        to[i] = x->ndim == 2 ? i * x->dims[1] : lun_get_integer(offsets, i) - 1;
        if (to[i] < (i ? to[i - 1] : 0) || to[i] > b->rows || (!i && to[0]))
            return lun_fail(LUN_E_INDEX, "the first bag begins at 1, later ones not before it", "offset %lld of bag %lld is not a position of %lld",
                            (long long)to[i] + 1, (long long)i + 1, (long long)b->rows), false;
    }
    if (!b->count) b->rows = 0; /* no bag holds any */
    to[b->count] = closed && x->ndim == 1 ? lun_get_integer(offsets, b->count) - 1 : b->rows;
    if (to[b->count] < (b->count ? to[b->count - 1] : 0) || to[b->count] > b->rows)
        return lun_fail(LUN_E_INDEX, "the last offset is one after the last position", "the last offset %lld is outside the %lld positions",
                        (long long)to[b->count] + 1, (long long)b->rows), false;
    b->rows = to[b->count];
    return true;
}

static bool is_padding(const lun_call *c, int64_t value)
{
    if (!lun_param_given(&c->params, 6)) return false;
    int64_t rows = c->in[1]->dims[0], at = lun_param_int(&c->params, 6, 0);
    return (value < 0 ? value + rows : value - 1) == (at < 0 ? at + rows : at);
}

/* The bag of each row and the sizes; *counts (one factor per row) is 0 where the padding stands, LUN_NONE without padding. */
static bool read_members(const lun_call *c, bags *b, lun_dtype dtype, lun_tensor **counts)
{
    const int64_t *first = lun_data(b->first);
    lun_device cpu = {LUN_CPU, 0};
    b->of = lun_tensor_empty(LUN_I64, 1, &b->rows, cpu);
    b->sizes = lun_full(1, &b->count, 0, dtype, cpu);
    *counts = lun_param_given(&c->params, 6) ? lun_full(1, &b->rows, 1, dtype, cpu) : LUN_NONE;
    const lun_tensor *members = lun_on_host(c->in[0]);
    if (!b->of || !b->sizes || !*counts || !members) return false;
    for (int64_t i = 0; i < b->count; i++) {
        int64_t size = 0;
        for (int64_t k = first[i]; k < first[i + 1]; k++) {
            ((int64_t *)lun_data(b->of))[k] = i + 1;
            bool padding = is_padding(c, lun_get_integer(members, k));
            if (padding) lun_set_double(*counts, k, 0);
            size += !padding;
        }
        lun_set_double(b->sizes, i, (double)size);
    }
    return true;
}

static bool check(const lun_call *c, const char *mode)
{
    char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
    const lun_tensor *x = c->in[0], *w = c->in[1], *offsets = c->in[2], *scale = c->in[3];
    if (strcmp(mode, "mean") && strcmp(mode, "sum") && strcmp(mode, "max"))
        return lun_fail(LUN_E_ARGUMENT, NULL, "mode must be \"mean\", \"sum\" or \"max\", got \"%s\"", mode), false;
    if (!lun_check_taken(c->op, (lun_dtype)w->dtype)) return false;
    if (w->ndim != 2) return lun_fail(LUN_E_SHAPE, NULL, "weight must be [rows, size], got %s", lun_tensor_text(w, a)), false;
    if (!lun_dtype_is_int((lun_dtype)x->dtype) || (!lun_is_none(offsets) && !lun_dtype_is_int((lun_dtype)offsets->dtype)))
        return lun_fail(LUN_E_DTYPE, "x:long() converts to int64", "positions must be whole numbers"), false;
    if (x->ndim != 1 && x->ndim != 2) return lun_fail(LUN_E_SHAPE, NULL, "x must have 1 or 2 dims, got %s", lun_tensor_text(x, a)), false;
    if (x->ndim == 2 && !lun_is_none(offsets))
        return lun_fail(LUN_E_ARGUMENT, "leave offsets out", "each row of x %s is a bag already", lun_tensor_text(x, a)), false;
    if (x->ndim == 1 && (lun_is_none(offsets) || offsets->ndim != 1))
        return lun_fail(LUN_E_ARGUMENT, "{1} makes one bag of all", "x with one dim needs offsets: a list of where bags begin"), false;
    if (x->ndim == 1 && lun_param_bool(&c->params, 5, false) && !offsets->numel)
        return lun_fail(LUN_E_ARGUMENT, NULL, "with include_last_offset, offsets holds at least the last one"), false;
    if (lun_is_none(scale)) return true;
    if (strcmp(mode, "sum")) return lun_fail(LUN_E_ARGUMENT, "mode = \"sum\"", "per_sample_weights need mode \"sum\", got \"%s\"", mode), false;
    if (!lun_shape_same(x->ndim, x->dims, scale->ndim, scale->dims) || scale->dtype != w->dtype)
        return lun_fail(LUN_E_SHAPE, "one weight of weight's dtype for each position", "per_sample_weights %s do not fit x %s",
                        lun_tensor_text(scale, a), lun_tensor_text(x, b)), false;
    return true;
}

static lun_tensor *as_column(lun_tensor *x, int64_t n) { return lun_reshape(x, 2, (int64_t[]){n, 1}); }

static lun_tensor *fold(const bags *b, lun_tensor *rows, lun_tensor *counts, lun_tensor *scale, bool mean)
{
    int64_t dims[2] = {b->count, rows ? rows->dims[1] : 0};
    if (!lun_is_none(counts)) rows = lun_mul(rows, as_column(counts, b->rows));
    if (!lun_is_none(scale)) rows = lun_mul(rows, as_column(lun_narrow(lun_flat(scale), 0, 0, b->rows), b->rows));
    if (!rows) return NULL;
    lun_tensor *sum = lun_index_add(lun_full(2, dims, 0, (lun_dtype)rows->dtype, lun_tensor_device(rows)), 0, b->of, rows);
    if (!mean) return sum;
    return lun_div(sum, as_column(lun_maximum(b->sizes, lun_number(1)), b->count));
}

bool lun_infer_bag_argmax(lun_call *c)
{
    int64_t dims[2] = {c->in[1]->numel - 1, c->in[0]->dims[1]};
    lun_result(c, 0, LUN_I64, 2, dims);
    return true;
}

static lun_tensor *largest(const bags *b, lun_tensor *rows, lun_tensor *counts)
{
    int64_t dims[2] = {b->count, rows ? rows->dims[1] : 0};
    if (!rows) return NULL;
    if (!b->rows) return lun_full(2, dims, 0, (lun_dtype)rows->dtype, lun_tensor_device(rows));
    lun_tensor *at = lun_call3(LUN_OP_bag_argmax, lun_detach(rows), b->first, counts);
    lun_tensor *empty = lun_eq(at, lun_tensor_integer(0));
    return lun_masked_fill(lun_gather_along(rows, 0, lun_maximum(at, lun_tensor_integer(1))), empty, 0);
}

bool lun_compose_embedding_bag(lun_call *c)
{
    const char *mode = lun_param_string(&c->params, 3, "mean");
    lun_dtype dtype = (lun_dtype)c->in[1]->dtype;
    bags b;
    lun_tensor *counts;
    if (!check(c, mode) || !read_first(c, &b) || !read_members(c, &b, dtype == LUN_F64 ? LUN_F64 : LUN_F32, &counts)) return false;
    lun_tensor *x = lun_narrow(lun_flat(c->in[0]), 0, 0, b.rows);
    lun_tensor *rows = lun_embedding_rows(c, x, c->in[1], 6, 0, 2, 4);
    rows = lun_to_dtype(rows, dtype == LUN_F64 ? LUN_F64 : LUN_F32);
    lun_tensor *out = !strcmp(mode, "max") ? largest(&b, rows, counts) : fold(&b, rows, counts, c->in[3], !strcmp(mode, "mean"));
    return lun_composed(c, lun_to_dtype(out, dtype));
}
