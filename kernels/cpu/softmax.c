/* softmax.c - softmax, log_softmax and their gradients along any dim, and logsumexp of rows
 *
 * A tensor is outer x n x inner around the dim. With inner = 1 a piece is a few rows, else up to 64 neighbouring columns.
 * Read next: kernels/cpu/rows.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"
#include "core/op_id.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <math.h>

typedef struct job {
    const lun_rows *rows;
    int64_t outer, n, inner, size, per_piece, blocks;
    const char *x, *y; /* forward: x; gradient: x is g */
    char *to;
    int op; /* lun_op_id */
} job;

static void one_row(const job *j, int64_t row)
{
    int64_t at = row * j->n * j->size;
    switch (j->op) {
    case LUN_OP_softmax: j->rows->softmax(j->n, j->x + at, j->to + at); return;
    case LUN_OP_log_softmax: j->rows->log_softmax(j->n, j->x + at, j->to + at); return;
    case LUN_OP_softmax_gradient: j->rows->softmax_gradient(j->n, j->x + at, j->y + at, j->to + at); return;
    default: j->rows->log_softmax_gradient(j->n, j->x + at, j->y + at, j->to + at); return;
    }
}

static void columns(const job *j, int64_t outer, int64_t column)
{
    int64_t at = (outer * j->n * j->inner + column) * j->size;
    int width = (int)(j->inner - column < LUN_COLUMNS ? j->inner - column : LUN_COLUMNS);
    switch (j->op) {
    case LUN_OP_softmax: j->rows->softmax_columns(j->n, j->inner, width, j->x + at, j->to + at); return;
    case LUN_OP_log_softmax: j->rows->log_softmax_columns(j->n, j->inner, width, j->x + at, j->to + at); return;
    case LUN_OP_softmax_gradient:
        j->rows->softmax_gradient_columns(j->n, j->inner, width, j->x + at, j->y + at, j->to + at);
        return;
    default: j->rows->log_softmax_gradient_columns(j->n, j->inner, width, j->x + at, j->y + at, j->to + at); return;
    }
}

static void piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t units = j->outer * j->blocks, last = (p + 1) * j->per_piece;
    for (int64_t u = p * j->per_piece; u < last && u < units; u++) {
        if (j->inner == 1) one_row(j, u);
        else columns(j, u / j->blocks, u % j->blocks * LUN_COLUMNS);
    }
}

bool lun_cpu_softmax(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    const lun_tensor *x = c->out[0];
    job j = {.rows = lun_rows_for(f.type), .outer = 1, .n = 1, .inner = 1, .size = (int64_t)lun_dtype_size(f.type),
             .x = f.in[0].data, .y = c->n_in > 1 ? f.in[1].data : NULL, .to = f.out[0].data, .op = c->op->id};
    int dim = lun_dim_normalize(lun_param_int(&c->params, 0, -1), x->ndim);
    for (int d = 0; d < x->ndim; d++) *(d < dim ? &j.outer : d == dim ? &j.n : &j.inner) *= x->dims[d];
    j.blocks = j.inner == 1 ? 1 : (j.inner + LUN_COLUMNS - 1) / LUN_COLUMNS;
    int64_t unit = j.n * (j.inner < LUN_COLUMNS ? j.inner : LUN_COLUMNS), units = j.outer * j.blocks;
    j.per_piece = unit > 8192 ? 1 : 8192 / unit;
    double ns = (double)x->numel * (f.type == LUN_F64 ? 6 : 0.8);
    return lun_frame_close(&f, lun_parallel((units + j.per_piece - 1) / j.per_piece, piece, &j, ns));
}

static void logsumexp_piece(int64_t row, void *argument)
{
    const job *j = argument;
    double most, sum = j->rows->peak(j->n, j->x + row * j->n * j->size, &most), y = most + log(sum);
    if (j->size == 8) ((double *)(void *)j->to)[row] = y;
    else ((float *)(void *)j->to)[row] = (float)y;
}

bool lun_cpu_row_logsumexp(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    const lun_tensor *x = c->in[0];
    job j = {.rows = lun_rows_for(f.type), .n = x->dims[x->ndim - 1], .size = (int64_t)lun_dtype_size(f.type), .x = f.in[0].data,
             .to = f.out[0].data};
    return lun_frame_close(&f, lun_parallel(c->out[0]->numel, logsumexp_piece, &j, (double)x->numel));
}
