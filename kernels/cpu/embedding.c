/* embedding.c - rows of a table picked by number, and added back for the gradient
 *
 * Holds: the gradient cuts the work into columns, never into tokens, so each sum has one order. Read next: kernels/cpu/rows.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

enum { TOKENS = 64 }; /* per piece of the forward */

typedef struct job {
    const lun_rows *rows;
    const int64_t *tokens;
    int64_t count, n, size, padding, block;
    const char *from;
    char *to;
} job;

static void pick_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t bytes = j->n * j->size;
    for (int64_t i = p * TOKENS; i < (p + 1) * TOKENS && i < j->count; i++)
        memcpy(j->to + i * bytes, j->from + j->tokens[i] * bytes, (size_t)bytes);
}

bool lun_cpu_embedding(lun_call *c)
{
    const lun_tensor *w = c->in[1];
    lun_dense table;
    if (!lun_dense_read(&table, w, (lun_dtype)w->dtype)) return false;
    job j = {.tokens = lun_data(c->in[0]), .count = c->in[0]->numel, .n = w->dims[1], .size = (int64_t)lun_dtype_size((lun_dtype)w->dtype),
             .from = table.data, .to = lun_data(c->out[0])};
    lun_frame f = {.call = c};
    f.in[1] = table;
    return lun_frame_close(&f, lun_parallel((j.count + TOKENS - 1) / TOKENS, pick_piece, &j, 0.3 * (double)c->out[0]->numel));
}

static void add_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t first = p * j->block, width = j->n - first < j->block ? j->n - first : j->block;
    for (int64_t i = 0; i < j->count; i++) {
        int64_t row = j->tokens[i];
        if (row != j->padding)
            j->rows->add(width, j->from + (i * j->n + first) * j->size, j->to + (row * j->n + first) * j->size);
    }
}

/* Adds the rows of g into those of `to` that the positions name. */
static bool add_rows(lun_call *c, lun_dtype type, const lun_tensor *g, const void *from, const int64_t *tokens, int64_t rows,
                     int padding_at, char *to)
{
    int64_t padding = lun_param_int(&c->params, padding_at, 0), n = g->dims[g->ndim - 1];
    job j = {.rows = lun_rows_for(type), .tokens = tokens, .count = n ? g->numel / n : 0, .n = n, .size = (int64_t)lun_dtype_size(type),
             .padding = -1, .from = from, .to = to};
    if (lun_param_given(&c->params, padding_at)) j.padding = padding < 0 ? padding + rows : padding;
    j.block = j.n <= 64 ? 16 : 64;
    int64_t pieces = (j.n + j.block - 1) / j.block;
    return lun_parallel(pieces, add_piece, &j, (double)g->numel + (double)j.count * 5 * (double)pieces);
}

bool lun_cpu_embedding_gradient(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    const lun_tensor *y = c->out[0];
    memset(f.out[0].data, 0, (size_t)y->numel * lun_dtype_size(f.type));
    return lun_frame_close(&f, add_rows(c, f.type, c->in[0], f.in[0].data, f.in[1].data, y->dims[0], 1, f.out[0].data));
}

bool lun_cpu_embedding_add(lun_call *c)
{
    const lun_tensor *y = c->out[0], *g = c->in[1];
    lun_dense rows;
    if (!lun_dense_read(&rows, g, (lun_dtype)y->dtype)) return false;
    lun_frame f = {.call = c};
    f.in[1] = rows;
    return lun_frame_close(&f, add_rows(c, (lun_dtype)y->dtype, g, rows.data, lun_data(c->in[2]), y->dims[0], 0, lun_data(y)));
}

/* The p-norm of a row; where powers for a huge p overflow or vanish, by sizes over the one that counts most. */
static double row_norm(const lun_tensor *w, int64_t row, double p)
{
    int64_t n = w->dims[1];
    double norm = 0, base = p < 0 ? HUGE_VAL : 0;
    for (int64_t k = 0; k < n; k++) {
        double v = fabs(lun_get_double(w, row * n + k));
        base = (p < 0 ? v < base : v > base) ? v : base;
        norm += p == 0 ? v != 0 : isinf(p) ? 0 : pow(v, p);
    }
    if (isinf(p) || p == 0) return p == 0 ? norm : base;
    norm = pow(norm, 1 / p);
    if (fabs(p) < 100 || (isfinite(norm) && norm > 0) || !isfinite(base) || base == 0) return norm;
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += pow(fabs(lun_get_double(w, row * n + k)) / base, p);
    return base * pow(sum, 1 / p);
}

/* Each row that is named once or more: longer than max_norm becomes max_norm long. Rows are seen once. */
bool lun_cpu_embedding_renorm(lun_call *c)
{
    lun_tensor *w = c->out[0];
    const int64_t *tokens = lun_data(c->in[1]);
    const double most = lun_param_float(&c->params, 0, 1), p = lun_param_float(&c->params, 1, 2);
    size_t bytes = (size_t)w->dims[0];
    char *seen = lun_data_get(bytes);
    if (!seen) return false;
    memset(seen, 0, bytes);
    for (int64_t i = 0; i < c->in[1]->numel; i++) {
        int64_t row = tokens[i], n = w->dims[1];
        if (seen[row]) continue;
        seen[row] = 1;
        double norm = row_norm(w, row, p);
        for (int64_t k = 0; norm > most && k < n; k++) lun_set_double(w, row * n + k, lun_get_double(w, row * n + k) * (most / (norm + 1e-7)));
    }
    lun_data_put(seen, bytes);
    return true;
}

bool lun_cpu_token_frequency(lun_call *c)
{
    const int64_t *tokens = lun_data(c->in[0]);
    size_t bytes = (size_t)c->bound * sizeof(int64_t);
    int64_t *count = lun_data_get(bytes);
    if (!count) return false;
    memset(count, 0, bytes);
    for (int64_t i = 0; i < c->in[0]->numel; i++) count[tokens[i]]++;
    for (int64_t i = 0; i < c->in[0]->numel; i++) lun_set_double(c->out[0], i, 1 / (double)count[tokens[i]]);
    lun_data_put(count, bytes);
    return true;
}

/* The first largest of each column, NaN counting as largest. */
bool lun_cpu_bag_argmax(lun_call *c)
{
    const lun_tensor *x = c->in[0], *counts = c->in[2];
    const int64_t *first = lun_data(c->in[1]);
    int64_t bags = c->out[0]->dims[0], n = c->out[0]->dims[1], *to = lun_data(c->out[0]);
    for (int64_t b = 0; b < bags; b++)
        for (int64_t k = 0; k < n; k++) {
            double best = 0;
            to[b * n + k] = 0;
            for (int64_t row = first[b]; row < first[b + 1]; row++) {
                double v = lun_get_double(x, row * n + k);
                if (!lun_is_none(counts) && lun_get_double(counts, row) == 0) continue;
                if (to[b * n + k] && !(v > best || (v != v && best == best))) continue;
                best = v;
                to[b * n + k] = row + 1;
            }
        }
    return true;
}
