/* attention.c - attention in tiles: scores of 64 queries and 256 keys at a time, never all of them
 *
 * The forward keeps for each query the largest score so far, the sum of exponentials and the weighted sum of values (in the result
 * itself), and corrects them when a larger score comes. The backward computes the scores again from the saved logsumexp.
 * Sources: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; Rabe and Staats, "Self-attention does not need
 * O(n^2) memory", 2021; Dao et al., "FlashAttention", 2022.
 * Holds: a piece is a run of queries (forward), or all of a set of keys (backward), by the shapes alone, so threads change no bit.
 * Queries of heads that share keys follow each other and count as rows of one set. Read next: kernels/cpu/attention_loops.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/attention.h"

#include "core/alloc.h"
#include "core/context.h"
#include "core/ops/attention.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/random.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

enum { QUERIES = LUN_ATTENTION_QUERIES, KEYS = LUN_ATTENTION_KEYS, TILE = QUERIES * KEYS };

typedef struct job {
    const lun_attention_loops *loops;
    lun_dtype type;
    int64_t size, sets, rows, length, keys, e, ev; /* sets of keys, each with `rows` queries, of heads of `length` */
    bool causal, by_query;
    double scale, dropout;
    lun_generator generator;
    const lun_tensor *mask; /* NULL: none */
    int64_t query_blocks, key_blocks;
    const char *q, *k, *v, *g, *out, *lse;
    char *to, *lse_to, *dq, *dk, *dv, *inner;
    bool stopped;
} job;

/* One tile: queries first..first+rows of a set, keys from..from+n. */
typedef struct tile { int64_t set, first, rows, from, n; int64_t reach[QUERIES]; } tile;

typedef struct scratch {
    _Alignas(64) double s[TILE], d[TILE], other[TILE]; /* of doubles or floats */
    double top[QUERIES], total[QUERIES], shrink[QUERIES];
} scratch;

static const char *row_of(const job *j, const char *data, int64_t set, int64_t rows, int64_t row, int64_t n)
{
    return data + (set * rows + row) * n * j->size;
}

/* How many keys of the tile each query may look at; false when there are none at all. */
static bool set_reach(const job *j, tile *t)
{
    bool any = false;
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t last = j->causal ? (t->first + r) % j->length + 1 : j->keys;
        int64_t n = last - t->from < t->n ? last - t->from : t->n;
        t->reach[r] = n < 0 ? 0 : n;
        any |= n > 0;
    }
    return any;
}

/* Address of the mask's row for a query of a set. */
static const char *mask_row(const job *j, int64_t set, int64_t row)
{
    const lun_tensor *m = j->mask;
    int64_t at = row % j->length * m->strides[m->ndim - 2], head = set * (j->rows / j->length) + row / j->length;
    for (int d = m->ndim - 3; d >= 0; d--) {
        at += head % m->dims[d] * m->strides[d];
        head /= m->dims[d];
    }
    return (const char *)lun_data(m) + at * (int64_t)lun_dtype_size((lun_dtype)m->dtype);
}

static void store(const job *j, void *to, int64_t at, double v)
{
    if (j->type == LUN_F64) ((double *)to)[at] = v;
    else ((float *)to)[at] = (float)v;
}

/* The tile of the mask as numbers to add; bool: 0 and -inf. */
static void read_mask(const job *j, const tile *t, char *to)
{
    const lun_tensor *m = j->mask;
    int64_t size = (int64_t)lun_dtype_size((lun_dtype)m->dtype), step = m->strides[m->ndim - 1] * size;
    for (int64_t r = 0; r < t->rows; r++) {
        const char *from = mask_row(j, t->set, t->first + r) + t->from * step;
        char *row = to + r * KEYS * j->size;
        if (m->dtype == LUN_BOOL) {
            for (int64_t k = 0; k < t->n; k++) store(j, row, k, from[k * step] ? 0 : -(double)INFINITY);
        } else if (step == size) {
            lun_convert(t->n, j->type, row, (lun_dtype)m->dtype, from);
        } else {
            for (int64_t k = 0; k < t->n; k++) lun_convert(1, j->type, row + k * j->size, (lun_dtype)m->dtype, from + k * step);
        }
    }
}

/* Scores of a tile before scale and mask. */
static void products(const job *j, const tile *t, const char *x, const char *y, int64_t n, void *to)
{
    lun_matrix a = {row_of(j, x, t->set, j->rows, t->first, n), n, 1};
    lun_matrix b = {row_of(j, y, t->set, j->keys, t->from, n), 1, n};
    lun_blas_strides(n, t->n, &b.row, &b.col);
    lun_gemm(j->type, t->rows, t->n, n, a, b, to, KEYS, false);
}

/* Dropout's factors for a tile: 0 or 1 / (1 - p). A row of scores begins at a new group of four numbers. */
static void draw(const job *j, const tile *t, char *to)
{
    _Alignas(64) uint32_t numbers[KEYS + 64];
    const double keep = j->dropout < 1 ? 1 / (1 - j->dropout) : 0;
    int64_t groups = (j->keys + 3) / 4;
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t row = t->set * j->rows + t->first + r;
        LUN_BY_ISA(lun_random).numbers(j->generator, row * groups + t->from / 4, (t->n + 3) / 4, numbers);
        for (int64_t k = 0; k < t->n; k++)
            store(j, to, r * KEYS + k, (double)(numbers[k] >> 8) * 0x1p-24 < j->dropout ? 0 : keep);
    }
}

static tile tile_at(const job *j, int64_t set, int64_t query_block, int64_t key_block)
{
    tile t = {.set = set, .first = query_block * QUERIES, .from = key_block * KEYS};
    t.rows = j->rows - t.first < QUERIES ? j->rows - t.first : QUERIES;
    t.n = j->keys - t.from < KEYS ? j->keys - t.from : KEYS;
    return t;
}

/* ---- forward ---- */

static void finish_rows(const job *j, const tile *t, scratch *w, char *to)
{
    for (int64_t r = 0; r < t->rows; r++) {
        bool wide = j->type == LUN_F64;
        double top = wide ? w->top[r] : (double)((float *)w->top)[r], total = wide ? w->total[r] : (double)((float *)w->total)[r];
        bool nothing = top == -(double)INFINITY; /* such a query gets zeros; its exponentials are 0 in the backward too */
        store(j, w->shrink, r, nothing ? 0 : 1 / total);
        store(j, j->lse_to, t->set * j->rows + t->first + r, nothing ? (double)INFINITY : top + log(total));
    }
    j->loops->scale_rows(t->rows, j->ev, w->shrink, to);
}

static void forward_piece(int64_t p, void *argument)
{
    job *j = argument;
    scratch w;
    int64_t set = p / j->query_blocks, block = p % j->query_blocks;
    tile t = tile_at(j, set, block, 0);
    char *to = j->to + (set * j->rows + t.first) * j->ev * j->size;
    bool begun = false;
    for (int64_t r = 0; r < t.rows; r++) {
        store(j, w.top, r, -(double)INFINITY);
        store(j, w.total, r, 0);
    }
    for (int64_t b = 0; b < j->key_blocks && !lun_stopped(&j->stopped); b++) {
        t = tile_at(j, set, block, b);
        if (!set_reach(j, &t)) continue;
        products(j, &t, j->q, j->k, j->e, w.s);
        if (j->mask) read_mask(j, &t, (char *)w.other);
        j->loops->step(t.rows, t.n, t.reach, j->scale, w.s, j->mask ? w.other : NULL, w.top, w.total, w.shrink);
        if (j->dropout > 0) {
            draw(j, &t, (char *)w.other);
            j->loops->multiply(t.rows, t.n, w.other, w.s);
        }
        if (begun) j->loops->scale_rows(t.rows, j->ev, w.shrink, to);
        lun_matrix a = {w.s, KEYS, 1}, v = {row_of(j, j->v, set, j->keys, t.from, j->ev), j->ev, 1};
        lun_gemm(j->type, t.rows, j->ev, t.n, a, v, to, j->ev, begun);
        begun = true;
    }
    if (!begun) memset(to, 0, (size_t)(t.rows * j->ev * j->size));
    finish_rows(j, &t, &w, to);
}

/* q, k, v at inputs `at`..at + 2, mask and seed after them. */
static bool begin(job *j, const lun_frame *f, int at)
{
    const lun_call *c = f->call;
    const lun_tensor *q = c->in[at], *k = c->in[at + 1], *v = c->in[at + 2], *seed = c->in[at + 4];
    *j = (job){.type = f->type, .size = (int64_t)lun_dtype_size(f->type), .causal = lun_param_bool(&c->params, 0, false),
               .scale = lun_param_float(&c->params, 1, 1), .dropout = lun_is_none(seed) ? 0 : lun_param_float(&c->params, 2, 0)};
    j->loops = f->type == LUN_F64 ? &LUN_BY_ISA(lun_attention_f64) : &LUN_BY_ISA(lun_attention_f32);
    j->length = q->dims[q->ndim - 2];
    j->keys = k->dims[k->ndim - 2];
    j->e = q->dims[q->ndim - 1];
    j->ev = v->dims[v->ndim - 1];
    j->sets = 1;
    for (int d = 0; d < k->ndim - 2; d++) j->sets *= k->dims[d];
    int64_t heads = 1;
    for (int d = 0; d < q->ndim - 2; d++) heads *= q->dims[d];
    j->rows = j->sets ? heads / j->sets * j->length : 0;
    j->query_blocks = (j->rows + QUERIES - 1) / QUERIES;
    j->key_blocks = (j->keys + KEYS - 1) / KEYS;
    j->mask = lun_is_none(c->in[at + 3]) ? NULL : c->in[at + 3];
    if (!lun_is_none(seed)) j->generator = (lun_generator){(uint64_t)lun_get_integer(seed, 0), (uint64_t)lun_get_integer(seed, 1)};
    j->q = f->in[at].data;
    j->k = f->in[at + 1].data;
    j->v = f->in[at + 2].data;
    return lun_blas_fits(4, (int64_t[]){j->rows, j->keys, j->e, j->ev});
}

/* Nanoseconds per pair of a query and a key, about. */
static double pair_cost(const job *j) { return ((double)(j->e + j->ev) * 0.03 + 0.6) * (j->type == LUN_F64 ? 4 : 1) * (j->causal ? 0.6 : 1); }

bool lun_cpu_attention(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open_but(&f, c, 1U << 3 | 1U << 4)) return false;
    bool done = begin(&j, &f, 0);
    j.to = f.out[0].data;
    j.lse_to = f.out[1].data;
    if (done && j.rows && j.keys && j.ev && j.e) {
        double work = (double)j.sets * (double)j.rows * (double)j.keys * pair_cost(&j);
        done = lun_parallel(j.sets * j.query_blocks, forward_piece, &j, work) && !j.stopped;
    } else if (done) {
        if (c->out[0]->numel) memset(j.to, 0, (size_t)(c->out[0]->numel * j.size));
        if (c->out[1]->numel) memset(j.lse_to, 0, (size_t)(c->out[1]->numel * j.size));
    }
    return lun_frame_close(&f, done);
}

/* ---- backward ---- */

enum { DQ = 1, DKV = 2 };

/* One tile's part of the gradients asked for. */
static void backward_tile(job *j, tile *t, scratch *w, int what)
{
    int64_t row = t->set * j->rows + t->first;
    const char *q = j->q + row * j->e * j->size, *g = j->g + row * j->ev * j->size;
    const char *k = row_of(j, j->k, t->set, j->keys, t->from, j->e);
    products(j, t, j->q, j->k, j->e, w->s);
    if (j->mask) read_mask(j, t, (char *)w->other);
    j->loops->again(t->rows, t->n, t->reach, j->scale, w->s, j->mask ? w->other : NULL, j->lse + row * j->size);
    products(j, t, j->g, j->v, j->ev, w->d);
    const void *dropped = w->s;
    if (j->dropout > 0) {
        draw(j, t, (char *)w->other);
        j->loops->multiply(t->rows, t->n, w->other, w->d);
        j->loops->multiply(t->rows, t->n, w->s, w->other);
        dropped = w->other;
    }
    if (what & DKV) {
        char *dv = j->dv + (t->set * j->keys + t->from) * j->ev * j->size;
        lun_gemm(j->type, t->n, j->ev, t->rows, (lun_matrix){dropped, 1, KEYS}, (lun_matrix){g, j->ev, 1}, dv, j->ev, true);
    }
    j->loops->score_gradient(t->rows, t->n, w->s, w->d, j->inner + row * j->size, j->scale);
    if (what & DQ)
        lun_gemm(j->type, t->rows, j->e, t->n, (lun_matrix){w->s, KEYS, 1}, (lun_matrix){k, j->e, 1}, j->dq + row * j->e * j->size, j->e, true);
    if (what & DKV) {
        char *dk = j->dk + (t->set * j->keys + t->from) * j->e * j->size;
        lun_gemm(j->type, t->n, j->e, t->rows, (lun_matrix){w->s, 1, KEYS}, (lun_matrix){q, j->e, 1}, dk, j->e, true);
    }
}

/* All tiles of query blocks i..i_end and key blocks b..b_end. */
static void backward_tiles(job *j, int64_t set, const int64_t i[2], const int64_t b[2], int what)
{
    scratch w;
    for (int64_t y = i[0]; y < i[1]; y++)
        for (int64_t x = b[0]; x < b[1] && !lun_stopped(&j->stopped); x++) {
            tile t = tile_at(j, set, y, x);
            if (set_reach(j, &t)) backward_tile(j, &t, &w, what);
        }
}

static void whole_set(int64_t p, void *argument)
{
    job *j = argument;
    backward_tiles(j, p, (int64_t[]){0, j->query_blocks}, (int64_t[]){0, j->key_blocks}, DQ | DKV);
}

static void one_block(int64_t p, void *argument)
{
    job *j = argument;
    int64_t blocks = j->by_query ? j->query_blocks : j->key_blocks, at = p % blocks;
    if (j->by_query) backward_tiles(j, p / blocks, (int64_t[]){at, at + 1}, (int64_t[]){0, j->key_blocks}, DQ);
    else backward_tiles(j, p / blocks, (int64_t[]){0, j->query_blocks}, (int64_t[]){at, at + 1}, DKV);
}

/* inner[r] = sum of g out: what softmax's gradient takes off each row */
static void inner_piece(int64_t p, void *argument)
{
    job *j = argument;
    int64_t first = p * QUERIES, n = j->sets * j->rows - first < QUERIES ? j->sets * j->rows - first : QUERIES;
    j->loops->inner(n, j->ev, j->g + first * j->ev * j->size, j->out + first * j->ev * j->size, j->inner + first * j->size);
}

/* Sets in parallel when there are enough of them; else by queries and then by keys, which computes the scores twice. */
static bool backward(job *j)
{
    const int64_t enough = 8;
    int64_t queries = j->sets * j->rows;
    double work = (double)queries * (double)j->keys * pair_cost(j) * 2.5;
    bool done = lun_parallel((queries + QUERIES - 1) / QUERIES, inner_piece, j, (double)(queries * j->ev));
    if (j->sets >= enough) return done && lun_parallel(j->sets, whole_set, j, work) && !j->stopped;
    j->by_query = true;
    done = done && lun_parallel(j->sets * j->query_blocks, one_block, j, work * 0.6);
    j->by_query = false;
    return done && lun_parallel(j->sets * j->key_blocks, one_block, j, work * 0.8) && !j->stopped;
}

bool lun_cpu_attention_gradient(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open_but(&f, c, 1U << 4 | 1U << 5)) return false;
    bool done = begin(&j, &f, 1);
    j.g = f.in[0].data;
    j.out = f.in[6].data;
    j.lse = f.in[7].data;
    char *const to[3] = {f.out[0].data, f.out[1].data, f.out[2].data};
    for (int i = 0; i < 3; i++)
        if (c->out[i]->numel) memset(to[i], 0, (size_t)(c->out[i]->numel * j.size));
    j.dq = to[0];
    j.dk = to[1];
    j.dv = to[2];
    size_t bytes = (size_t)(j.sets * j.rows * j.size);
    if (done && bytes && j.keys && j.ev && j.e) {
        j.inner = lun_data_get(bytes);
        done = j.inner && backward(&j);
        if (j.inner) lun_data_put(j.inner, bytes);
    }
    return lun_frame_close(&f, done);
}

bool lun_cpu_attention_dropout(lun_call *c)
{
    lun_tensor *out = c->out[0];
    const lun_tensor *seed = c->in[0];
    const double p = lun_param_float(&c->params, 0, 0), keep = p < 1 ? 1 / (1 - p) : 0;
    lun_generator g = {(uint64_t)lun_get_integer(seed, 0), (uint64_t)lun_get_integer(seed, 1)};
    int64_t keys = out->dims[out->ndim - 1], groups = (keys + 3) / 4;
    for (int64_t row = 0; row < out->numel / keys; row++) {
        uint32_t numbers[4];
        for (int64_t k = 0; k < keys; k++) {
            if (k % 4 == 0) lun_philox(g.seed, g.offset + (uint64_t)(row * groups + k / 4), numbers);
            lun_set_double(out, row * keys + k, (double)(numbers[k % 4] >> 8) * 0x1p-24 < p ? 0 : keep);
        }
    }
    return true;
}
