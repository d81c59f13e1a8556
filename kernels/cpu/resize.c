/* resize.c - resizing planes and its gradient, by a table of positions and weights for each dim
 *
 * An output row is the weighted sum of the input rows it is made of (long simple loops), read at the places and with the weights of
 * the last dim. The gradient is the same with the tables turned round.
 * Holds: a piece is a run of output rows, at most 256 runs. Read next: kernels/cpu/resize_taps.h. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/ops/spatial.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/resize_taps.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <string.h>

typedef struct job {
    const lun_rows *rows;
    bool wide;
    int64_t size, in[LUN_SPACE], out[LUN_SPACE], out_rows, planes, per_piece, pieces;
    const char *from;
    char *to, *scratch;
    size_t slot;
    lun_taps taps[LUN_SPACE];
    /* the last dim's table side by side: `most` positions and weights for each output */
    int64_t most;
    int32_t *at;
    void *weights; /* NULL: a single position of weight 1 everywhere */
    size_t bytes;
    void *memory;
} job;

static void put(const job *j, void *to, int64_t k, double v)
{
    if (j->wide) ((double *)to)[k] = v;
    else ((float *)to)[k] = (float)v;
}

static bool lay_out_last(job *j)
{
    const lun_taps *t = &j->taps[2];
    bool plain = true;
    j->most = 1;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t n = t->first[i + 1] - t->first[i];
        if (n > j->most) j->most = n;
        plain = plain && n == 1 && t->w[t->first[i]] == 1;
    }
    size_t entries, positions, weights;
    if (!lun_mul_sizes((size_t)j->most, (size_t)t->n, &entries) || !lun_mul_sizes(entries, sizeof *j->at, &positions) ||
        !lun_mul_sizes(entries, (size_t)j->size, &weights) || !lun_add_sizes(positions, weights, &j->bytes))
        return lun_fail(LUN_E_SHAPE, NULL, "resizing to %lld positions needs too large a table", (long long)t->n), false;
    if (!(j->memory = lun_data_get(j->bytes))) return false;
    j->at = (int32_t *)(void *)((char *)j->memory + weights);
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t k = 0, first = t->first[i], n = t->first[i + 1] - first; k < j->most; k++) {
            bool halves = n == 1 && j->most == 2; /* twice a half: a weight of 0 would make infinity NaN */
            j->at[k * t->n + i] = k < n ? t->at[first + k] : n ? t->at[first] : 0;
            put(j, j->memory, k * t->n + i, halves ? t->w[first] / 2 : k < n ? t->w[first + k] : 0);
        }
    j->weights = plain ? NULL : j->memory;
    return true;
}

/* The weighted sum of the rows of a plane that output row r is made of; a single row of weight 1 as it lies. */
static const char *blend_rows(const job *j, const char *plane, int64_t r, char *sum)
{
    const lun_taps *z = &j->taps[0], *y = &j->taps[1];
    int64_t oz = r / j->out[1], oy = r % j->out[1], n = j->in[2], row_bytes = n * j->size;
    bool first = true;
    for (int64_t a = z->first[oz]; a < z->first[oz + 1]; a++)
        for (int64_t b = y->first[oy]; b < y->first[oy + 1]; b++) {
            const char *row = plane + (z->at[a] * j->in[1] + y->at[b]) * row_bytes;
            double w = z->w[a] * y->w[b];
            bool alone = z->first[oz + 1] - z->first[oz] == 1 && y->first[oy + 1] - y->first[oy] == 1;
            if (alone && w == 1) return row;
            if (first) j->rows->centre(n, row, 0, w, 0, sum);
            else j->rows->axpy(n, w, row, 1, sum);
            first = false;
        }
    if (first) memset(sum, 0, (size_t)row_bytes);
    return sum;
}

static void piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t last = (p + 1) * j->per_piece, all = j->planes * j->out_rows;
    char *sum = j->scratch + (size_t)p * j->slot;
    for (int64_t i = p * j->per_piece; i < last && i < all; i++) {
        const char *plane = j->from + i / j->out_rows * j->in[0] * j->in[1] * j->in[2] * j->size;
        j->rows->blend(j->out[2], j->most, j->at, j->weights, blend_rows(j, plane, i % j->out_rows, sum), j->to + i * j->out[2] * j->size);
    }
}

static bool make_tables(job *j, const lun_resize_options *o, bool backward)
{
    for (int d = 0; d < LUN_SPACE; d++) {
        lun_taps forward = {.memory = NULL};
        if (!backward) {
            if (!lun_taps_make(&j->taps[d], o, d, j->wide, j->in[d], j->out[d])) return false;
            continue;
        }
        bool ok = lun_taps_make(&forward, o, d, j->wide, j->out[d], j->in[d]) && lun_taps_turn(&j->taps[d], &forward, j->out[d]);
        lun_taps_free(&forward);
        if (!ok) return false;
    }
    return lay_out_last(j);
}

static bool run(lun_call *c, bool backward)
{
    lun_frame f;
    lun_resize_options o;
    const lun_tensor *x = c->in[0], *y = c->out[0];
    int n = x->ndim - 2;
    if (!lun_frame_open(&f, c)) return false;
    job j = {.rows = lun_rows_for(f.type), .wide = f.type == LUN_F64, .size = (int64_t)lun_dtype_size(f.type), .planes = x->dims[0] * x->dims[1],
             .from = f.in[0].data, .to = f.out[0].data};
    lun_resize_read(&c->params, n, &o);
    lun_window_dims(n, x->dims + 2, j.in);
    lun_window_dims(n, y->dims + 2, j.out);
    j.out_rows = j.out[0] * j.out[1];
    int64_t rows = j.planes * j.out_rows, longest = j.in[2] > j.out[2] ? j.in[2] : j.out[2], least = 8192 / longest + 1;
    j.per_piece = (rows + 255) / 256 > least ? (rows + 255) / 256 : least;
    j.pieces = (rows + j.per_piece - 1) / j.per_piece;
    j.slot = ((size_t)(j.in[2] * j.size) + 63) / 64 * 64;
    bool done = make_tables(&j, &o, backward) && (j.scratch = lun_data_get(j.slot * (size_t)j.pieces)) &&
                lun_parallel(j.pieces, piece, &j, (double)rows * (double)longest * (double)(1 + j.most) / 2);
    if (j.scratch) lun_data_put(j.scratch, j.slot * (size_t)j.pieces);
    if (j.memory) lun_data_put(j.memory, j.bytes);
    for (int d = 0; d < LUN_SPACE; d++) lun_taps_free(&j.taps[d]);
    return lun_frame_close(&f, done);
}

bool lun_cpu_resize(lun_call *c) { return run(c, false); }
bool lun_cpu_resize_gradient(lun_call *c) { return run(c, true); }
