/* count_unique.c - the rule of unique and unique_consecutive
 *
 * In order (unless consecutive), an element that differs from the one before begins a group. Slices are put in order column by
 * column, the last first, with a stable sort. Everything is made of ordinary ops.
 * Holds: NaN differs from NaN, as in PyTorch. Read next: core/ops/count.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/count.h"
#include "core/tape.h"

#include <string.h>

typedef struct groups {
    lun_tensor *order;  /* positions (from 1) that put the rows in order; NULL: they are taken as they stand */
    lun_tensor *rows;   /* in order: a vector, or [n, columns] */
    lun_tensor *begins; /* bool: a group begins here */
} groups;

static lun_tensor *order_of(lun_tensor *x)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_sort));
    lun_call_input(&c, x);
    return lun_apply(&c) ? c.out[1] : NULL;
}

static lun_tensor *row_order(lun_tensor *rows)
{
    lun_tensor *order = NULL;
    if (rows->ndim == 1) return order_of(rows);
    for (int64_t k = rows->dims[1] - 1; k >= 0; k--) {
        size_t mark = lun_scope_mark();
        lun_tensor *column = lun_select(rows, 1, k), *next = order_of(order ? lun_index_select(column, 0, order) : column);
        lun_tensor *now = order && next ? lun_index_select(order, 0, next) : next;
        if (!now) return lun_drop(order), NULL;
        lun_keep(now);
        lun_drop(order);
        lun_scope_drain(mark);
        order = now;
    }
    return lun_scope_add(order);
}

static lun_tensor *beginnings(lun_tensor *rows)
{
    int64_t n = rows->dims[0], one = n ? 1 : 0;
    lun_tensor *first = lun_full(1, &one, 1, LUN_BOOL, lun_tensor_device(rows));
    if (n < 2) return first;
    lun_tensor *differ = lun_ne(lun_narrow(rows, 0, 1, n - 1), lun_narrow(rows, 0, 0, n - 1));
    if (differ && differ->ndim > 1) {
        lun_call any;
        lun_call_begin(&any, lun_op_at(LUN_OP_any));
        lun_call_input(&any, differ);
        lun_params_int(&any.params, 1);
        differ = lun_apply1(&any);
    }
    return lun_cat(2, (lun_tensor *[]){first, differ}, 0);
}

static bool grouped(lun_tensor *rows, bool sorts, groups *g)
{
    *g = (groups){.rows = rows};
    if (!rows) return false;
    if (sorts && rows->dims[0]) {
        g->order = row_order(rows);
        g->rows = g->order ? lun_index_select(rows, 0, g->order) : NULL;
    }
    g->begins = g->rows ? beginnings(g->rows) : NULL;
    return g->begins != NULL;
}

/* Which group each row belongs to, where it stood at first. */
static lun_tensor *inverse(const groups *g)
{
    lun_tensor *number = lun_cumsum(g->begins, 0);
    return g->order ? lun_scatter_along(lun_zeros_like(number), 0, g->order, number) : number;
}

static lun_tensor *counts(const groups *g)
{
    int64_t one = 1, n = g->rows->dims[0];
    lun_tensor *found = lun_call1(LUN_OP_nonzero, g->begins), *starts = lun_flat(found);
    if (!starts) return NULL;
    lun_tensor *end = lun_full(1, &one, (double)(n + 1), LUN_I64, lun_tensor_device(starts));
    lun_tensor *next = lun_cat(2, (lun_tensor *[]){lun_narrow(starts, 0, starts->numel ? 1 : 0, starts->numel ? starts->numel - 1 : 0), end}, 0);
    return starts->numel ? lun_sub(next, starts) : starts;
}

/* x with dim first, its other dims made one. */
static lun_tensor *slices(lun_tensor *x, int dim, int64_t *rest)
{
    int64_t order[LUN_MAX_DIMS] = {dim}, n = x->dims[dim], width = 1;
    for (int d = 0, k = 1; d < x->ndim; d++) {
        if (d == dim) continue;
        rest[k] = x->dims[d];
        order[k++] = d;
        width *= x->dims[d];
    }
    if (!width)
        return lun_fail(LUN_E_SHAPE, "x:numel() must not be 0", "slices of dim %d have no elements to tell them apart", dim + 1);
    return lun_reshape(lun_permute(x, x->ndim, order), 2, (int64_t[]){n, width});
}

static lun_tensor *back(lun_tensor *rows, int dim, int ndim, int64_t *rest)
{
    int64_t order[LUN_MAX_DIMS];
    if (!rows) return NULL;
    rest[0] = rows->dims[0];
    for (int d = 0; d < ndim; d++) order[d] = d == dim ? 0 : d < dim ? d + 1 : d;
    return lun_permute(lun_reshape(rows, ndim, rest), ndim, order);
}

bool lun_compose_unique(lun_call *c)
{
    lun_tensor *x = lun_detach(c->in[0]), *values;
    int k = c->op->id == LUN_OP_unique; /* its options stand one later */
    bool by_dim = lun_param_given(&c->params, k + 2) && x->ndim;
    int64_t rest[LUN_MAX_DIMS];
    int dim = lun_param_given(&c->params, k + 2) ? lun_param_dim(c, k + 2, x->ndim) : 0;
    groups g;
    if (dim < 0 || !grouped(by_dim ? slices(x, dim, rest) : lun_flat(x), k, &g)) return false;
    values = lun_index(g.rows, g.begins);
    c->out[c->n_out++] = by_dim ? back(values, dim, x->ndim, rest) : values;
    if (lun_param_bool(&c->params, k, false)) {
        lun_tensor *at = inverse(&g);
        c->out[c->n_out++] = by_dim || !at ? at : lun_reshape(at, x->ndim, x->dims);
    }
    if (lun_param_bool(&c->params, k + 1, false)) c->out[c->n_out++] = counts(&g);
    return c->out[c->n_out - 1] != NULL;
}
