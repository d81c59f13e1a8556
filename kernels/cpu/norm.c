/* norm.c - batch_norm by the batch's statistics (channel_norm), layer_norm, rms_norm, and their gradients
 *
 * layer_norm: a row is normalised on its own; the sums over rows for weight and bias are taken in up to 16 parts and added in order.
 * channel_norm: x is n x channels x size; with size > 1 a piece is a channel, with size = 1 a block of neighbouring channels.
 * Holds: variance in two passes around the mean; sums of long columns go through double. Read next: kernels/cpu/rows.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/op_id.h"
#include "core/ops/norm.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_rows *rows;
    bool wide;
    int64_t size, outer, n, inner, per_piece;
    double eps;
    bool affine;  /* backward: are the gradients of weight and bias wanted? */
    bool centred; /* layer_norm; rms_norm takes the mean as 0 */
    const char *g, *x, *w, *b;
    char *y, *mean, *invstd; /* y: result or dx */
    char *dw, *db, *parts;
} job;

static job new_job(const lun_frame *f)
{
    return (job){.rows = lun_rows_for(f->type), .wide = f->type == LUN_F64, .size = (int64_t)lun_dtype_size(f->type)};
}

static int64_t last_of(int64_t p, int64_t per_piece, int64_t all) { return (p + 1) * per_piece < all ? (p + 1) * per_piece : all; }

/* ---- layer_norm: outer rows of n ---- */

static void layer_forward(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t row = p * j->per_piece; row < last_of(p, j->per_piece, j->outer); row++) {
        const char *x = j->x + row * j->n * j->size;
        double mean = j->centred ? j->rows->sum(j->n, x) / (double)j->n : 0;
        double invstd = 1 / sqrt(j->rows->sum_squares(j->n, x, mean) / (double)j->n + j->eps);
        j->rows->normalise(j->n, x, mean, invstd, j->w, j->b, j->y + row * j->n * j->size);
        if (j->centred) lun_dense_set(j->wide, j->mean, row, mean);
        lun_dense_set(j->wide, j->invstd, row, invstd);
    }
}

bool lun_cpu_layer_norm(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = new_job(&f);
    j.centred = c->op->id == LUN_OP_layer_norm;
    j.outer = c->out[1]->numel;
    j.n = c->in[0]->numel / j.outer;
    j.eps = j.centred ? lun_param_float(&c->params, 1, 1e-5) : lun_rms_norm_eps(&c->params, c->in[0]);
    j.x = f.in[0].data;
    j.w = f.in[1].data;
    j.b = j.centred ? f.in[2].data : NULL;
    j.y = f.out[0].data;
    j.mean = f.out[1].data;
    j.invstd = f.out[j.centred ? 2 : 1].data;
    j.per_piece = j.n > 8192 ? 1 : 8192 / j.n;
    return lun_frame_close(&f, lun_parallel((j.outer + j.per_piece - 1) / j.per_piece, layer_forward, &j, 0.4 * (double)c->in[0]->numel));
}

static void layer_backward(int64_t p, void *argument)
{
    const job *j = argument;
    char *dw = j->parts + 2 * p * j->n * j->size, *db = dw + j->n * j->size;
    memset(dw, 0, (size_t)(2 * j->n * j->size));
    for (int64_t row = p * j->per_piece; row < last_of(p, j->per_piece, j->outer); row++) {
        int64_t at = row * j->n * j->size;
        double mean = j->centred ? lun_dense_get(j->wide, j->mean, row) : 0, invstd = lun_dense_get(j->wide, j->invstd, row), h, hx;
        j->rows->weigh(j->n, j->g + at, j->x + at, mean, invstd, j->w, &h, &hx);
        if (!j->centred) h = 0;
        j->rows->norm_gradient(j->n, j->g + at, j->x + at, mean, invstd, j->w, h / (double)j->n, hx * invstd / (double)j->n, j->y + at);
        if (j->affine) j->rows->add_products(j->n, j->g + at, j->x + at, mean, invstd, dw, db);
    }
}

bool lun_cpu_layer_norm_gradient(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = new_job(&f);
    j.centred = c->op->id == LUN_OP_layer_norm_gradient;
    j.affine = lun_param_bool(&c->params, 1, true);
    j.outer = c->in[2]->numel;
    j.n = c->in[1]->numel / j.outer;
    j.g = f.in[0].data;
    j.x = f.in[1].data;
    j.mean = f.in[2].data;
    j.invstd = f.in[j.centred ? 3 : 2].data;
    j.w = f.in[j.centred ? 4 : 3].data;
    j.y = f.out[0].data;
    int64_t pieces = j.outer < 16 ? j.outer : 16;
    j.per_piece = (j.outer + pieces - 1) / pieces;
    pieces = (j.outer + j.per_piece - 1) / j.per_piece;
    size_t bytes = (size_t)(2 * pieces * j.n * j.size);
    j.parts = lun_data_get(bytes);
    bool done = j.parts && lun_parallel(pieces, layer_backward, &j, (double)c->in[1]->numel);
    if (done) {
        memcpy(f.out[1].data, j.parts, (size_t)(j.n * j.size));
        if (j.centred) memcpy(f.out[2].data, j.parts + j.n * j.size, (size_t)(j.n * j.size));
        for (int64_t p = 1; p < pieces; p++) {
            j.rows->add(j.n, j.parts + 2 * p * j.n * j.size, f.out[1].data);
            if (j.centred) j.rows->add(j.n, j.parts + (2 * p + 1) * j.n * j.size, f.out[2].data);
        }
    }
    if (j.parts) lun_data_put(j.parts, bytes);
    return lun_frame_close(&f, done);
}

/* ---- channel_norm: outer x n channels x inner ---- */

static const char *run_at(const job *j, const char *data, int64_t outer, int64_t channel)
{
    return data + (outer * j->n + channel) * j->inner * j->size;
}

static void channel_forward(int64_t channel, void *argument)
{
    const job *j = argument;
    double count = (double)(j->outer * j->inner), mean = 0, var = 0;
    for (int64_t o = 0; o < j->outer; o++) mean += j->rows->sum(j->inner, run_at(j, j->x, o, channel));
    mean /= count;
    for (int64_t o = 0; o < j->outer; o++) var += j->rows->sum_squares(j->inner, run_at(j, j->x, o, channel), mean);
    double invstd = 1 / sqrt(var / count + j->eps);
    double scale = j->w ? invstd * lun_dense_get(j->wide, j->w, channel) : invstd, shift = j->b ? lun_dense_get(j->wide, j->b, channel) : 0;
    for (int64_t o = 0; o < j->outer; o++)
        j->rows->centre(j->inner, run_at(j, j->x, o, channel), mean, scale, shift, (char *)(uintptr_t)run_at(j, j->y, o, channel));
    lun_dense_set(j->wide, j->mean, channel, mean);
    lun_dense_set(j->wide, j->invstd, channel, invstd);
}

static void channel_backward(int64_t channel, void *argument)
{
    const job *j = argument;
    double count = (double)(j->outer * j->inner), mean = lun_dense_get(j->wide, j->mean, channel);
    double invstd = lun_dense_get(j->wide, j->invstd, channel);
    double sum = 0, product = 0, w = j->w ? lun_dense_get(j->wide, j->w, channel) : 1;
    for (int64_t o = 0; o < j->outer; o++) {
        sum += j->rows->sum(j->inner, run_at(j, j->g, o, channel));
        product += j->rows->dot_centred(j->inner, run_at(j, j->g, o, channel), run_at(j, j->x, o, channel), mean);
    }
    lun_dense_set(j->wide, j->dw, channel, product * invstd);
    lun_dense_set(j->wide, j->db, channel, sum);
    for (int64_t o = 0; o < j->outer; o++)
        j->rows->norm_gradient(j->inner, run_at(j, j->g, o, channel), run_at(j, j->x, o, channel), mean, invstd * w, NULL, sum / count,
                               product * invstd * invstd / count, (char *)(uintptr_t)run_at(j, j->y, o, channel));
}

/* Sums over rows of a block of columns: 256 rows at a time in the type itself, then in double; once more, in double, where the type
 * has no room for them. */
typedef enum { SUM, SQUARES, PRODUCTS } column_sum;

static double sum_column(const job *j, column_sum what, int64_t column, double mean)
{
    double sum = 0;
    for (int64_t o = 0; o < j->outer; o++) {
        double x = lun_dense_get(j->wide, j->x, o * j->n + column);
        double g = j->g ? lun_dense_get(j->wide, j->g, o * j->n + column) : x;
        sum += what == SUM ? g : what == SQUARES ? (x - mean) * (x - mean) : g * (x - mean);
    }
    return sum;
}

static void sum_columns(const job *j, column_sum what, int64_t first, int width, const void *mean, double *sum)
{
    double part[LUN_COLUMNS];
    for (int i = 0; i < width; i++) sum[i] = 0;
    for (int64_t block = 0; block < j->outer; block += 256) {
        memset(part, 0, sizeof part);
        for (int64_t o = block; o < block + 256 && o < j->outer; o++) {
            int64_t at = (o * j->n + first) * j->size;
            if (what == SUM) j->rows->add(width, (j->g ? j->g : j->x) + at, part);
            else if (what == SQUARES) j->rows->add_squares(width, j->x + at, mean, part);
            else j->rows->add_products_columns(width, j->g + at, j->x + at, mean, part);
        }
        for (int i = 0; i < width; i++) sum[i] += lun_dense_get(j->wide, (const char *)part, i);
    }
    for (int i = 0; i < width; i++)
        if (!isfinite(sum[i])) sum[i] = sum_column(j, what, first + i, what == SUM ? 0 : lun_dense_get(j->wide, mean, i));
}

static void columns_forward(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t first = p * LUN_COLUMNS;
    int width = (int)(j->n - first < LUN_COLUMNS ? j->n - first : LUN_COLUMNS);
    double sum[LUN_COLUMNS], scale[LUN_COLUMNS], shift[LUN_COLUMNS], count = (double)j->outer;
    char *mean = j->mean + first * j->size;
    sum_columns(j, SUM, first, width, NULL, sum);
    for (int i = 0; i < width; i++) lun_dense_set(j->wide, mean, i, sum[i] / count);
    sum_columns(j, SQUARES, first, width, mean, sum);
    for (int i = 0; i < width; i++) {
        double invstd = 1 / sqrt(sum[i] / count + j->eps);
        lun_dense_set(j->wide, j->invstd, first + i, invstd);
        lun_dense_set(j->wide, (char *)scale, i, j->w ? invstd * lun_dense_get(j->wide, j->w, first + i) : invstd);
        lun_dense_set(j->wide, (char *)shift, i, j->b ? lun_dense_get(j->wide, j->b, first + i) : 0);
    }
    for (int64_t o = 0; o < j->outer; o++) {
        int64_t at = (o * j->n + first) * j->size;
        j->rows->centre_columns(width, j->x + at, mean, scale, shift, j->y + at);
    }
}

static void columns_backward(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t first = p * LUN_COLUMNS;
    int width = (int)(j->n - first < LUN_COLUMNS ? j->n - first : LUN_COLUMNS);
    double sum[LUN_COLUMNS], product[LUN_COLUMNS], s[LUN_COLUMNS], a[LUN_COLUMNS], b[LUN_COLUMNS], count = (double)j->outer;
    const char *mean = j->mean + first * j->size;
    sum_columns(j, SUM, first, width, NULL, sum);
    sum_columns(j, PRODUCTS, first, width, mean, product);
    for (int i = 0; i < width; i++) {
        double invstd = lun_dense_get(j->wide, j->invstd, first + i);
        lun_dense_set(j->wide, j->dw, first + i, product[i] * invstd);
        lun_dense_set(j->wide, j->db, first + i, sum[i]);
        lun_dense_set(j->wide, (char *)s, i, j->w ? invstd * lun_dense_get(j->wide, j->w, first + i) : invstd);
        lun_dense_set(j->wide, (char *)a, i, sum[i] / count);
        lun_dense_set(j->wide, (char *)b, i, product[i] * invstd * invstd / count);
    }
    for (int64_t o = 0; o < j->outer; o++) {
        int64_t at = (o * j->n + first) * j->size;
        j->rows->norm_gradient_columns(width, j->g + at, j->x + at, mean, s, a, b, j->y + at);
    }
}

static bool run_channels(const job *j, lun_piece *channel, lun_piece *columns, double ns)
{
    int64_t pieces = j->inner > 1 ? j->n : (j->n + LUN_COLUMNS - 1) / LUN_COLUMNS;
    return lun_parallel(pieces, j->inner > 1 ? channel : columns, (void *)(uintptr_t)j, ns * (double)(j->outer * j->n * j->inner));
}

static void shape_of(job *j, const lun_tensor *x)
{
    j->outer = x->dims[0];
    j->n = x->dims[1];
    j->inner = x->numel / (j->outer * j->n);
}

bool lun_cpu_channel_norm(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = new_job(&f);
    shape_of(&j, c->in[0]);
    j.eps = lun_param_float(&c->params, 0, 1e-5);
    j.x = f.in[0].data;
    j.w = f.in[1].data;
    j.b = f.in[2].data;
    j.y = f.out[0].data;
    j.mean = f.out[1].data;
    j.invstd = f.out[2].data;
    return lun_frame_close(&f, run_channels(&j, channel_forward, columns_forward, 0.5));
}

bool lun_cpu_channel_norm_gradient(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = new_job(&f);
    shape_of(&j, c->in[1]);
    j.g = f.in[0].data;
    j.x = f.in[1].data;
    j.mean = f.in[2].data;
    j.invstd = f.in[3].data;
    j.w = f.in[4].data;
    j.y = f.out[0].data;
    j.dw = f.out[1].data;
    j.db = f.out[2].data;
    return lun_frame_close(&f, run_channels(&j, channel_backward, columns_backward, 0.8));
}

/* ---- batch_norm by given statistics ---- */

static void affine_runs(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t run = p * j->per_piece; run < last_of(p, j->per_piece, j->outer * j->n); run++) {
        int64_t channel = run % j->n, at = run * j->inner * j->size;
        j->rows->centre(j->inner, j->x + at, lun_dense_get(j->wide, j->mean, channel), lun_dense_get(j->wide, j->w, channel),
                         j->b ? lun_dense_get(j->wide, j->b, channel) : 0, j->y + at);
    }
}

static void affine_columns(int64_t p, void *argument)
{
    const job *j = argument;
    for (int64_t row = p * j->per_piece; row < last_of(p, j->per_piece, j->outer); row++)
        j->rows->centre_columns(j->n, j->x + row * j->n * j->size, j->mean, j->w, j->b, j->y + row * j->n * j->size);
}

bool lun_cpu_channel_affine(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = new_job(&f);
    shape_of(&j, c->in[0]);
    j.x = f.in[0].data;
    j.mean = f.in[1].data;
    j.w = f.in[2].data;
    j.b = f.in[3].data;
    j.y = f.out[0].data;
    int64_t length = j.inner > 1 || !j.b ? j.inner : j.n, units = j.outer * j.n * j.inner / length;
    j.per_piece = length > 16384 ? 1 : 16384 / length;
    lun_piece *body = length == j.inner ? affine_runs : affine_columns;
    return lun_frame_close(&f, lun_parallel((units + j.per_piece - 1) / j.per_piece, body, &j, 0.3 * (double)c->in[0]->numel));
}
