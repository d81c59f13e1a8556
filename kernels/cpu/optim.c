/* optim.c - the optimisers' steps over parameters of any strides and float types
 *
 * A piece is a range of elements. Blocks of 1024 go through the loop; what does not lie side by side in the type of the
 * computation (f64, else f32) is gathered before and put back after.
 * Holds: an element's new value depends on its own old values only, so the split does not matter for the bits.
 * Read next: kernels/cpu/optim_loops.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/optim.h"

#include "core/error.h"
#include "core/touched.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/kernels.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

#include <math.h>

enum { BLOCK = 1024, PARTS = 4 };

typedef struct job {
    lun_iter it; /* parameter, gradient, state */
    bool flat[PARTS];
    lun_dtype type;
    int64_t piece;
    lun_step_loop *loop;
    const lun_step *step;
} job;

static void run_block(const job *j, int64_t at, int64_t n)
{
    _Alignas(64) double room[PARTS][BLOCK], raw[BLOCK];
    void *v[PARTS];
    for (int k = 0; k < j->it.count; k++) {
        const lun_operand *o = &j->it.operand[k];
        v[k] = j->flat[k] ? (void *)(o->data + at * o->size) : room[k];
        if (j->flat[k]) continue;
        lun_gather(&j->it, k, at, n, raw);
        lun_convert(n, j->type, room[k], o->dtype, raw);
    }
    j->loop(n, v, j->step);
    for (int k = 0; k < j->it.count; k++) {
        if (j->flat[k] || k == 1) continue;
        lun_convert(n, j->it.operand[k].dtype, raw, j->type, room[k]);
        lun_scatter(&j->it, k, at, n, raw);
    }
}

static void run_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t end = (p + 1) * j->piece < j->it.numel ? (p + 1) * j->piece : j->it.numel;
    for (int64_t at = p * j->piece; at < end; at += BLOCK) run_block(j, at, end - at < BLOCK ? end - at : BLOCK);
}

static bool run(lun_call *c, lun_step_loop *const *loops, const lun_step *s, double cost)
{
    job j = {.type = LUN_F32, .step = s};
    lun_iter_begin(&j.it, c->in[0]->ndim, c->in[0]->dims);
    for (int i = 0; i < c->n_in; i++) {
        if (lun_is_none(c->in[i])) continue;
        lun_iter_add(&j.it, c->in[i]);
        if (c->in[i]->dtype == LUN_F64) j.type = LUN_F64;
        if (i >= 2) c->in[i]->storage->version++; /* the door counts the write to x, the result */
    }
    lun_iter_merge(&j.it);
    for (int k = 0; k < j.it.count; k++) j.flat[k] = j.it.operand[k].dtype == j.type && lun_operand_flat(&j.it, k);
    j.loop = loops[j.type == LUN_F64];
    j.piece = (lun_piece_size(j.it.numel, cost) + BLOCK - 1) / BLOCK * BLOCK;
    int64_t pieces = (j.it.numel + j.piece - 1) / j.piece;
    return lun_parallel(pieces, run_piece, &j, cost * (double)j.it.numel);
}

/* The gradient's rows alone, where it knows them (core/touched.h): the others would stay as they are. */
typedef struct row_job { char *x, *g; const int64_t *rows; int64_t count, n, size; lun_step_loop *loop; const lun_step *step; } row_job;

enum { ROWS = 64 };

static void step_rows(int64_t p, void *argument)
{
    const row_job *j = argument;
    for (int64_t i = p * ROWS; i < (p + 1) * ROWS && i < j->count; i++) {
        int64_t at = j->rows[i] * j->n * j->size;
        j->loop(j->n, (void *[]){j->x + at, j->g + at}, j->step);
    }
}

static bool run_rows(lun_call *c, lun_step_loop *const *loops, const lun_step *s, bool *done)
{
    const lun_tensor *x = c->in[0], *g = c->in[1];
    row_job j = {.step = s, .loop = loops[x->dtype == LUN_F64], .n = g->ndim ? g->dims[g->ndim - 1] : 1,
                 .size = (int64_t)lun_dtype_size((lun_dtype)x->dtype)};
    j.rows = lun_touched_rows(g, &j.count);
    *done = j.rows && x->dtype == g->dtype && lun_is_contiguous(x) && s->weight_decay == 0 && isfinite(s->rate);
    if (!*done) return true;
    j.x = lun_data(x);
    j.g = lun_data(g);
    return lun_parallel((j.count + ROWS - 1) / ROWS, step_rows, &j, 0.5 * (double)j.count * (double)j.n);
}

bool lun_cpu_sgd_step(lun_call *c)
{
    const lun_params *p = &c->params;
    lun_step s = {.rate = lun_param_float(p, 0, 0), .momentum = lun_param_float(p, 1, 0), .dampening = lun_param_float(p, 2, 0),
                  .weight_decay = lun_param_float(p, 3, 0), .nesterov = lun_param_bool(p, 4, false), .first = lun_param_bool(p, 5, false)};
    const lun_step_table *t = &LUN_BY_ISA(lun_step_loops);
    bool done = false, whole = lun_is_none(c->in[2]) ? run_rows(c, t->sgd, &s, &done) : true;
    if (done) return whole;
    return lun_is_none(c->in[2]) ? run(c, t->sgd, &s, 0.3) : run(c, t->sgd_momentum, &s, 0.5);
}

bool lun_cpu_adam_step(lun_call *c)
{
    const lun_params *p = &c->params;
    double step = (double)lun_param_int(p, 0, 1), rate = lun_param_float(p, 1, 0), decay = lun_param_float(p, 5, 0);
    bool decoupled = lun_param_bool(p, 6, false);
    lun_step s = {.beta1 = lun_param_float(p, 2, 0), .beta2 = lun_param_float(p, 3, 0), .eps = lun_param_float(p, 4, 0),
                  .weight_decay = decoupled ? 0 : decay, .shrink = decoupled ? 1 - rate * decay : 1};
    s.rate = rate / (1 - pow(s.beta1, step));
    s.scale = sqrt(1 - pow(s.beta2, step));
    return run(c, LUN_BY_ISA(lun_step_loops).adam, &s, 1.0);
}
