/* recurrent.c - one layer of a recurrent network over a packed batch, forward and back
 *
 * Sequences do not know each other, so a piece is a block of sequences and runs through all steps on its own: no thread waits for
 * another one between steps. Per step there is one product of the block's h with the weights, which are packed once for all steps, and one
 * loop over its gates.
 * Holds: blocks depend on the batch only. At any moment state[b] is the h (c, dh, dc) of sequence b as far as it has come; a
 * sequence that has not begun has its first one there, one that is over its last. Read next: kernels/cpu/recurrent_loops.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/recurrent.h"

#include "core/alloc.h"
#include "core/context.h"
#include "core/ops/recurrent.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/packed.h"
#include "kernels/threads.h"

#include <string.h>

/* k x n, elements `row` and `col` apart; packed if it is worth it. */
typedef struct matrix { const char *data; int64_t k, n, row, col; char *packed; } matrix;

typedef struct job {
    const lun_recurrent_loops *loops;
    const lun_packed_loops *packing;
    lun_dtype type;
    lun_recurrent_mode mode;
    bool reverse, stopped;
    int64_t size, hidden, result, gates, kept, block; /* gates, kept: numbers per row */
    lun_steps steps;
    const int64_t *sizes; /* NULL: all steps have the whole batch */
    matrix w, projection; /* as the direction multiplies with them; projection.data may be NULL */
    const char *x, *h0, *c0, *b, *g, *g_kept, *out, *kept_in;
    char *to, *kept_out, *dx, *dh0, *dc0, *other;
    char *h, *c, *scratch; /* states [batch, .]; scratch [batch, gates + hidden] */
} job;

static int64_t step_size(const job *j, int64_t t) { return j->sizes ? j->sizes[t] : j->steps.batch; }

static char *at(const job *j, const char *data, int64_t row, int64_t n) { return (char *)(uintptr_t)data + row * n * j->size; }

static void add_rows(const job *j, int64_t n, const char *from, char *to)
{
    if (j->type == LUN_F64)
        for (int64_t k = 0; k < n; k++) ((double *)to)[k] += ((const double *)from)[k];
    else
        for (int64_t k = 0; k < n; k++) ((float *)to)[k] += ((const float *)from)[k];
}

/* to = x m (+ start) (+ bias) for `rows` rows; those of `to` are `apart` numbers apart, the others lie side by side. */
static void times(const job *j, int64_t rows, const char *x, const matrix *m, const char *start, const char *bias, char *to, int64_t apart)
{
    if (m->packed) {
        j->packing->product(rows, m->k, m->n, x, m->packed, start, bias, to, apart);
        return;
    }
    lun_matrix b = {m->data, m->row, m->col};
    lun_blas_strides(m->k, m->n, &b.row, &b.col);
    for (int64_t r = 0; start && start != to && r < rows; r++) memcpy(at(j, to, r, apart), at(j, start, r, m->n), (size_t)(m->n * j->size));
    lun_gemm(j->type, rows, m->n, m->k, (lun_matrix){x, m->k, 1}, b, to, apart, start != NULL);
    for (int64_t r = 0; bias && r < rows; r++) add_rows(j, m->n, bias, at(j, to, r, apart));
}

/* ---- forward ---- */

/* Sequences first..first+rows at step t, whose rows begin at `offset`. */
typedef struct place { int64_t t, offset, first, rows; } place;

static void forward_step(job *j, const place *at_step)
{
    int64_t first = at_step->first, rows = at_step->rows, offset = at_step->offset;
    char *pre = j->scratch + first * (j->gates + j->hidden) * j->size, *full = pre + rows * j->gates * j->size;
    char *h = at(j, j->h, first, j->result), *kept = at(j, j->kept_out, offset + first, j->kept);
    const char *x = at(j, j->x, offset + first, j->gates);
    bool gru = j->mode == LUN_RECURRENT_GRU, lstm = j->mode == LUN_RECURRENT_LSTM; /* an lstm's gates are where they are kept */
    times(j, rows, h, &j->w, gru ? NULL : x, j->b, lstm ? kept : pre, lstm ? j->kept : j->gates);
    for (int64_t r = 0; r < rows; r++) {
        char *y = j->projection.data ? at(j, full, r, j->hidden) : at(j, h, r, j->result), *keep = at(j, kept, r, j->kept);
        const char *p = at(j, pre, r, j->gates);
        if (lstm) j->loops->lstm(j->hidden, keep, at(j, j->c, first + r, j->hidden), y);
        else if (gru) j->loops->gru(j->hidden, at(j, x, r, j->gates), p, keep, y);
        else j->loops->plain(j->hidden, j->mode == LUN_RECURRENT_RELU, p, y);
    }
    if (j->projection.data) times(j, rows, full, &j->projection, NULL, NULL, h, j->result);
    memcpy(at(j, j->to, offset + first, j->result), h, (size_t)(rows * j->result * j->size));
}

/* Walks the steps in one direction for a block of sequences. */
static void run_block(job *j, int64_t first, bool from_end, void (*step)(job *, const place *))
{
    int64_t offset = from_end ? j->steps.total : 0;
    for (int64_t k = 0; k < j->steps.steps && !lun_stopped(&j->stopped); k++) {
        int64_t t = from_end ? j->steps.steps - 1 - k : k, n = step_size(j, t), rows = n - first < j->block ? n - first : j->block;
        if (from_end) offset -= n;
        if (rows > 0) step(j, &(place){t, offset, first, rows});
        if (!from_end) offset += n;
    }
}

static void forward_piece(int64_t p, void *argument)
{
    job *j = argument;
    run_block(j, p * j->block, j->reverse, forward_step);
}

/* ---- what both directions need ---- */

typedef struct packing { const job *j; const matrix *m; } packing;

static void pack_panel(int64_t p, void *argument)
{
    const packing *k = argument;
    const matrix *m = k->m;
    int64_t panel = k->j->packing->panel, first = p * panel, n = m->n - first < panel ? m->n - first : panel;
    k->j->packing->pack(m->k, n, m->data + first * m->col * k->j->size, m->row, m->col, m->packed + first * m->k * k->j->size);
}

static size_t packed_bytes(const job *j, const matrix *m)
{
    int64_t panel = j->packing->panel;
    return (size_t)((m->n + panel - 1) / panel * panel * m->k * j->size);
}

/* Packs a matrix that many rows are multiplied with. False when there is no memory, or at an interrupt. */
static bool pack(const job *j, matrix *m)
{
    const int64_t worth = 64;
    int64_t panels = (m->n + j->packing->panel - 1) / j->packing->panel;
    if (!m->data || j->steps.total < worth || !m->k || !m->n) return true;
    m->packed = lun_data_get(packed_bytes(j, m));
    return m->packed && lun_parallel(panels, pack_panel, &(packing){j, m}, (double)m->k * (double)m->n);
}

static void unpack(const job *j, matrix *m)
{
    if (m->packed) lun_data_put(m->packed, packed_bytes(j, m));
}

/* The weights as a step of this direction multiplies with them: transposed on the way there. */
static void set_weights(job *j, const char *w, const char *projection, bool back)
{
    int64_t g = j->gates, r = j->result, h = j->hidden;
    j->w = back ? (matrix){w, g, r, r, 1, NULL} : (matrix){w, r, g, 1, r, NULL};
    j->projection = back ? (matrix){projection, r, h, h, 1, NULL} : (matrix){projection, h, r, 1, h, NULL};
}

/* Sizes and the rest that does not depend on the direction; false after lun_fail. */
static bool begin(job *j, const lun_frame *f, const lun_tensor *w, const lun_tensor *sizes, int64_t batch, int64_t total)
{
    const lun_params *p = &f->call->params;
    j->type = f->type;
    j->size = (int64_t)lun_dtype_size(f->type);
    j->packing = f->type == LUN_F64 ? &LUN_BY_ISA(lun_packed_f64) : &LUN_BY_ISA(lun_packed_f32);
    j->loops = f->type == LUN_F64 ? &LUN_BY_ISA(lun_recurrent_f64) : &LUN_BY_ISA(lun_recurrent_f32);
    j->mode = (lun_recurrent_mode)lun_param_int(p, 0, 0);
    j->reverse = lun_param_bool(p, 1, false);
    j->gates = w->dims[0];
    j->hidden = j->gates / lun_recurrent_gates(j->mode);
    j->kept = lun_recurrent_kept(j->mode) * j->hidden;
    j->result = w->dims[1];
    if (!lun_steps_read(&j->steps, sizes, batch, total)) return false;
    j->block = (j->steps.batch + 7) / 8 < 8 ? 8 : (j->steps.batch + 7) / 8;
    return lun_blas_fits(3, (int64_t[]){j->gates, j->result, j->steps.batch});
}

static double work(const job *j) { return (double)j->steps.total * ((double)j->gates * (double)j->result * 0.05 + 10 * (double)j->hidden); }

static bool run(job *j, lun_piece *piece)
{
    bool done = !j->steps.total || (pack(j, &j->w) && pack(j, &j->projection) &&
                                    lun_parallel((j->steps.batch + j->block - 1) / j->block, piece, j, work(j)) && !j->stopped);
    unpack(j, &j->w);
    unpack(j, &j->projection);
    return done;
}

/* The batch sizes as an array of int64. */
static bool read_sizes(job *j, lun_dense *d)
{
    *d = (lun_dense){0};
    if (lun_is_none(j->steps.sizes)) return true;
    if (!lun_dense_read(d, j->steps.sizes, LUN_I64)) return false;
    j->sizes = d->data;
    return true;
}

bool lun_cpu_recurrent(lun_call *c)
{
    lun_frame f;
    lun_dense sizes = {0};
    const lun_tensor *h0 = c->in[1], *c0 = c->in[2];
    if (!lun_frame_open_but(&f, c, 1U << 6)) return false;
    job j = {.x = f.in[0].data, .b = f.in[4].data, .to = f.out[0].data, .kept_out = f.out[1].data};
    bool done = begin(&j, &f, c->in[3], c->in[6], h0->dims[0], c->in[0]->dims[0]) && read_sizes(&j, &sizes);
    size_t h_bytes = (size_t)(h0->numel * j.size), c_bytes = lun_is_none(c0) ? 0 : (size_t)(c0->numel * j.size);
    size_t bytes = h_bytes + c_bytes + (size_t)(h0->dims[0] * (j.gates + j.hidden) * j.size);
    if (done) set_weights(&j, f.in[3].data, f.in[5].data, false);
    if (done && bytes) {
        char *memory = lun_data_get(bytes);
        done = memory != NULL;
        if (done) {
            j.h = memcpy(memory, f.in[1].data, h_bytes);
            j.c = memory + h_bytes;
            if (c_bytes) memcpy(j.c, f.in[2].data, c_bytes);
            j.scratch = j.c + c_bytes;
            done = run(&j, forward_piece);
            lun_data_put(memory, bytes);
        }
    }
    lun_dense_end(&sizes);
    return lun_frame_close(&f, done);
}

/* ---- backward: dh and dc of a sequence are in its states, and stay there as those of h0 and c0 ---- */

/* The h or c that row b of step t came from: of the step before in the order of the forward, or the first one. */
static const char *before(const job *j, const place *p, int64_t b, const char *first, const char *rows, int64_t row_size, int64_t skip, int64_t n)
{
    int64_t earlier = j->reverse ? p->t + 1 : p->t - 1, from;
    if (earlier < 0 || earlier >= j->steps.steps || b >= step_size(j, earlier)) return at(j, first, b, n);
    from = j->reverse ? p->offset + step_size(j, p->t) + b : p->offset - step_size(j, earlier) + b;
    return at(j, rows, from, row_size) + skip * j->size;
}

static void backward_step(job *j, const place *p)
{
    int64_t first = p->first, rows = p->rows, offset = p->offset;
    char *dh = at(j, j->h, first, j->result), *full = j->scratch + first * j->hidden * j->size;
    if (j->g) add_rows(j, rows * j->result, at(j, j->g, offset + first, j->result), dh);
    char *dpre = at(j, j->dx, offset + first, j->gates), *other = NULL;
    if (j->projection.data) {
        memcpy(at(j, j->other, offset + first, j->result), dh, (size_t)(rows * j->result * j->size));
        times(j, rows, dh, &j->projection, NULL, NULL, full, j->hidden);
    }
    for (int64_t r = 0; r < rows; r++) {
        int64_t row = offset + first + r;
        const char *keep = at(j, j->kept_in, row, j->kept), *more = j->g_kept ? at(j, j->g_kept, row, j->kept) : NULL;
        char *d = at(j, dpre, r, j->gates), *own = j->projection.data ? at(j, full, r, j->hidden) : at(j, dh, r, j->result);
        if (j->mode == LUN_RECURRENT_LSTM) {
            const char *m = before(j, p, first + r, j->c0, j->kept_in, j->kept, 4 * j->hidden, j->hidden);
            j->loops->lstm_gradient(j->hidden, keep, more, m, own, at(j, j->c, first + r, j->hidden), d);
        } else if (j->mode == LUN_RECURRENT_GRU) {
            const char *h = before(j, p, first + r, j->h0, j->out, j->result, 0, j->result);
            j->loops->gru_gradient(j->hidden, keep, more, h, own, d, at(j, j->other, row, j->gates));
        } else {
            j->loops->plain_gradient(j->hidden, j->mode == LUN_RECURRENT_RELU, at(j, j->out, row, j->result), own, d);
        }
    }
    if (j->mode == LUN_RECURRENT_GRU) other = at(j, j->other, offset + first, j->gates);
    times(j, rows, other ? other : dpre, &j->w, other ? dh : NULL, NULL, dh, j->result);
}

static void backward_piece(int64_t p, void *argument)
{
    job *j = argument;
    run_block(j, p * j->block, !j->reverse, backward_step);
}

bool lun_cpu_recurrent_gradient(lun_call *c)
{
    lun_frame f;
    lun_dense sizes = {0};
    const lun_tensor *h0 = c->in[4];
    if (!lun_frame_open_but(&f, c, 1U << 8)) return false;
    job j = {.g = f.in[0].data, .g_kept = f.in[1].data, .out = f.in[2].data, .kept_in = f.in[3].data, .h0 = f.in[4].data, .c0 = f.in[5].data,
             .dx = f.out[0].data, .h = f.out[1].data, .c = f.out[2].data, .other = f.out[3].data};
    bool done = begin(&j, &f, c->in[6], c->in[8], h0->dims[0], c->in[2]->dims[0]) && read_sizes(&j, &sizes);
    size_t bytes = (size_t)(h0->dims[0] * j.hidden * j.size);
    for (int i = 1; i < 3; i++)
        if (c->out[i]->numel) memset(f.out[i].data, 0, (size_t)(c->out[i]->numel * j.size));
    if (done) set_weights(&j, f.in[6].data, f.in[7].data, true);
    if (done && bytes) {
        j.scratch = lun_data_get(bytes);
        done = j.scratch && run(&j, backward_piece);
        if (j.scratch) lun_data_put(j.scratch, bytes);
    }
    lun_dense_end(&sizes);
    return lun_frame_close(&f, done);
}
