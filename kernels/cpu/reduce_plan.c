/* reduce_plan.c - cuts a reduction into pieces, feeds the folds, joins the chunks
 *
 * Read next: kernels/cpu/reduce_plan.h, kernels/cpu/reduce.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/reduce_plan.h"
#include "core/alloc.h"
#include "core/error.h"
#include "kernels/cpu/convert.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

enum { BLOCK = 1024, WIDEST = 16, CELL = 8, GROUP = 256, COLUMNS = 512, PIECE = 32768, CHUNK = 32768, FEW = 64 };

/* The strides of the input in bytes, those of results as far apart as they lie. */
static void part_dims(lun_reduction *r, uint32_t folded, bool in_order)
{
    lun_axes *parts[] = {&r->kept, &r->folded};
    lun_axes_part(r->x, folded, in_order, &r->kept, &r->folded);
    for (int k = 0; k < 2; k++)
        for (int d = 0; d < parts[k]->n; d++) {
            parts[k]->in[d] *= (int64_t)lun_dtype_size((lun_dtype)r->x->dtype);
            parts[k]->out[d] *= r->spread ? r->spread : 1;
        }
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void cut(lun_reduction *r)
{
    const lun_axes *k = &r->kept, *f = &r->folded;
    int64_t inner_kept = k->n ? k->in[k->n - 1] : INT64_MAX, inner_folded = f->n ? f->in[f->n - 1] : 0;
    r->by_columns = inner_kept < inner_folded && inner_kept > 0;
    int64_t width = 1;
    if (r->by_columns) {
        width = least(k->dims[k->n - 1], COLUMNS);
        r->group = width;
        int64_t inner = k->dims[k->n - 1];
        r->groups = k->numel / inner * ((inner + width - 1) / width);
    } else {
        r->group = f->numel >= PIECE ? 1 : least(PIECE / f->numel, GROUP);
        r->groups = (k->numel + r->group - 1) / r->group;
    }
    r->chunks = 1;
    if (r->groups < FEW) {
        r->chunks = least(FEW, (f->numel * width + CHUNK - 1) / CHUNK);
        r->chunks = least(r->chunks, f->numel);
    }
    r->chunk = (f->numel + r->chunks - 1) / r->chunks;
    r->chunks = (f->numel + r->chunk - 1) / r->chunk;
}

static const char *seek(const lun_axes *x, int64_t at, const char *base, int64_t *index)
{
    for (int d = x->n - 1; d > 0; d--) {
        index[d] = at % x->dims[d];
        at /= x->dims[d];
        base += index[d] * x->in[d];
    }
    if (x->n) { /* what is left is inside the outermost; without a division, which a short row would feel */
        index[0] = at;
        base += at * x->in[0];
    }
    return base;
}

/* One run of a folded dim into one state, through a buffer where the fold cannot read it as it lies. */
static void feed_run(const lun_reduction *r, int64_t n, const char *from, int64_t step, int64_t index, int64_t before, void *a, void *b)
{
    lun_dtype given = (lun_dtype)r->x->dtype;
    int64_t size = (int64_t)lun_dtype_size(given);
    if (r->direct && (step == size || n == 1)) {
        r->fold->run(n, from, index, before, a, b);
        return;
    }
    _Alignas(64) char raw[BLOCK * WIDEST], made[BLOCK * WIDEST];
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t some = least(n - i, BLOCK);
        lun_move_run(some, size, raw, size, from + i * step, step);
        if (!r->direct) {
            lun_convert(some, r->reads, made, given, raw);
        }
        r->fold->run(some, r->direct ? raw : made, index + i, before + i, a, b);
    }
}

/* Rows of n columns into n states. */
static void feed_columns(const lun_reduction *r, int64_t rows, int64_t n, const char *from, int64_t row_bytes, int64_t index,
                         int64_t before, void *a, void *b)
{
    lun_dtype given = (lun_dtype)r->x->dtype;
    int64_t size = (int64_t)lun_dtype_size(given), step = r->kept.in[r->kept.n - 1];
    if (r->direct && step == size) {
        r->fold->columns(rows, n, from, row_bytes, index, before, a, b);
        return;
    }
    _Alignas(64) char raw[COLUMNS * WIDEST], made[COLUMNS * WIDEST];
    for (int64_t i = 0; i < rows; i++) {
        lun_move_run(n, size, raw, size, from + i * row_bytes, step);
        if (!r->direct) {
            lun_convert(n, r->reads, made, given, raw);
        }
        r->fold->columns(1, n, r->direct ? raw : made, 0, index + i, before + i, a, b);
    }
}

/* Walks the folded range [from, to) for n results that begin at `base`, feeding runs of its innermost dim. */
static void walk(const lun_reduction *r, const char *base, int64_t n, int64_t from, int64_t to, void *a, void *b)
{
    const lun_axes *f = &r->folded;
    int64_t index[LUN_MAX_DIMS] = {0}, begin = from;
    if (f->n == 0) {
        r->by_columns ? feed_columns(r, 1, n, base, 0, 0, 0, a, b) : feed_run(r, 1, base, 0, 0, 0, a, b);
        return;
    }
    int64_t inner = f->dims[f->n - 1], step = f->in[f->n - 1];
    while (from < to) {
        const char *at = seek(f, from, base, index);
        int64_t run = least(inner - index[f->n - 1], to - from);
        if (r->by_columns) {
            feed_columns(r, run, n, at, step, from, from - begin, a, b);
        } else {
            feed_run(r, run, at, step, from, from - begin, a, b);
        }
        from += run;
    }
}

/* Which results group `g` holds. */
static int64_t group_begin(const lun_reduction *r, int64_t g, int64_t *n)
{
    const lun_axes *k = &r->kept;
    if (!r->by_columns) {
        *n = least(r->group, k->numel - g * r->group);
        return g * r->group;
    }
    int64_t inner = k->dims[k->n - 1], blocks = (inner + r->group - 1) / r->group, column = g % blocks * r->group;
    *n = least(r->group, inner - column);
    return g / blocks * inner + column;
}

static void run_piece(int64_t piece, void *argument)
{
    const lun_reduction *r = argument;
    _Alignas(64) char cells[2][COLUMNS * CELL];
    char *a = cells[0], *b = cells[1];
    int64_t n, chunk = piece % r->chunks, start = group_begin(r, piece / r->chunks, &n), index[LUN_MAX_DIMS];
    int64_t from = chunk * r->chunk, to = least(from + r->chunk, r->folded.numel);
    if (r->partial) {
        a = r->partial + (chunk * r->kept.numel + start) * CELL;
        b = a + r->chunks * r->kept.numel * CELL;
    }
    r->fold->begin(n, a, b);
    if (r->by_columns) {
        walk(r, seek(&r->kept, start, lun_data(r->x), index), n, from, to, a, b);
    } else {
        for (int64_t i = 0; i < n; i++) {
            walk(r, seek(&r->kept, start + i, lun_data(r->x), index), 1, from, to, a + i * CELL, b + i * CELL);
        }
    }
    if (!r->partial) {
        r->finish(r, start, n, a, b);
    }
}

void lun_reduce_join(const lun_reduction *r)
{
    int64_t all = r->kept.numel, plane = r->chunks * all * CELL;
    for (int64_t c = 1; c < r->chunks; c++) {
        const char *later = r->partial + c * all * CELL;
        int64_t before = c * r->chunk, count = least(r->chunk, r->folded.numel - before);
        r->fold->join(all, r->partial, r->partial + plane, later, later + plane, before, count);
    }
    for (int64_t i = 0; i < all; i += COLUMNS) {
        r->finish(r, i, least(all - i, COLUMNS), r->partial + i * CELL, r->partial + plane + i * CELL);
    }
}

void lun_reduce_plan(lun_reduction *r, uint32_t folded, bool in_order)
{
    lun_dtype given = (lun_dtype)r->x->dtype;
    r->direct = given == r->reads || (given == LUN_BOOL && r->reads == LUN_U8);
    r->partial = NULL;
    part_dims(r, folded, in_order);
    cut(r);
}

bool lun_reduce(lun_reduction *r, uint32_t folded, bool in_order)
{
    lun_reduce_plan(r, folded, in_order);
    size_t bytes = (size_t)(2 * r->chunks * r->kept.numel * CELL);
    if (r->chunks > 1 && !(r->partial = lun_data_get(bytes))) {
        return false;
    }
    double cost = r->direct ? 0.15 : 0.5;
    bool done = lun_parallel(r->groups * r->chunks, run_piece, r, cost * (double)r->x->numel);
    if (done && r->partial) {
        lun_reduce_join(r);
    }
    if (r->partial) {
        lun_data_put(r->partial, bytes);
    }
    return done || lun_fail_interrupted();
}

void lun_reduce_store(const lun_reduction *r, int k, int64_t start, int64_t n, lun_dtype wide, const void *values)
{
    const lun_tensor *out = r->call->out[k];
    static const int64_t one[] = {1};
    char made[COLUMNS * WIDEST];
    lun_iter it;
    lun_iter_begin(&it, r->kept.n ? r->kept.n : 1, r->kept.n ? r->kept.dims : one);
    lun_iter_add_memory(&it, lun_data(out), (lun_dtype)out->dtype, r->kept.n ? r->kept.out : one);
    lun_convert(n, (lun_dtype)out->dtype, made, wide, values);
    lun_scatter(&it, 0, start, n, made);
}
