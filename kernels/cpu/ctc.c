/* ctc.c - the two recursions of connectionist temporal classification, in logarithms
 *
 * A target of s labels has 2 s + 1 states: blank, label, blank, label, ... , blank. alpha[t][k] is the log-probability of all ways to be
 * in state k at step t, beta the same from the end. A way stays, moves on by one state, or by two past a blank between unlike labels.
 * Holds: a piece is a sequence; sums have one order. Computed in double. Read next: core/ops/loss_ctc.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

typedef struct job {
    bool wide, failed;
    int64_t steps, batch, classes, longest, states, blank; /* states: room per step */
    const void *x, *g, *loss, *alpha;
    void *to, *alpha_to;
    const int64_t *targets, *lengths, *sizes;
} job;

static int64_t label(const job *j, int64_t n, int64_t state) { return state % 2 ? j->targets[n * j->longest + state / 2] : j->blank; }

/* May a way go from state k - 2 to k? */
static bool skips(const job *j, int64_t n, int64_t k) { return k >= 2 && label(j, n, k) != j->blank && label(j, n, k) != label(j, n, k - 2); }

static double log_add(double a, double b)
{
    double top = a > b ? a : b;
    if (top == -(double)INFINITY) return top;
    return top + log1p(exp((a > b ? b : a) - top));
}

static double chance(const job *j, int64_t n, int64_t t, int64_t class)
{
    return lun_dense_get(j->wide, j->x, (t * j->batch + n) * j->classes + class);
}

/* One row of alpha from the one before (NULL: the first). */
static void alpha_row(const job *j, int64_t n, int64_t t, int64_t states, const double *before, double *row)
{
    for (int64_t k = 0; k < states; k++) {
        double sum = before ? before[k] : k < 2 ? 0 : -(double)INFINITY;
        if (before && k >= 1) sum = log_add(sum, before[k - 1]);
        if (before && skips(j, n, k)) sum = log_add(sum, before[k - 2]);
        row[k] = sum + chance(j, n, t, label(j, n, k));
    }
}

static void forward_piece(int64_t n, void *argument)
{
    job *j = argument;
    int64_t length = j->lengths[n], states = 2 * j->sizes[n] + 1;
    size_t bytes = (size_t)(2 * states) * sizeof(double);
    double *rows = lun_data_get(bytes), *now = rows, *before = NULL;
    if (!rows) {
        __atomic_store_n(&j->failed, true, __ATOMIC_RELAXED);
        return;
    }
    for (int64_t t = 0; t < length; t++) {
        alpha_row(j, n, t, states, before, now);
        for (int64_t k = 0; k < states; k++) lun_dense_set(j->wide, j->alpha_to, (n * j->steps + t) * j->states + k, now[k]);
        before = now;
        now = now == rows ? rows + states : rows;
    }
    double end = states == 1 ? 0 : -(double)INFINITY; /* no step spells only the empty target */
    if (length) end = states > 1 ? log_add(before[states - 1], before[states - 2]) : before[0];
    lun_dense_set(j->wide, j->to, n, -end);
    lun_data_put(rows, bytes);
}

static void begin(job *j, const lun_frame *f, int at)
{
    const lun_tensor *x = f->call->in[at], *t = f->call->in[at + 1];
    *j = (job){.wide = f->type == LUN_F64, .steps = x->dims[0], .batch = x->dims[1], .classes = x->dims[2], .longest = t->dims[1],
               .states = 2 * t->dims[1] + 1, .blank = lun_param_int(&f->call->params, 0, 0), .x = f->in[at].data,
               .targets = f->in[at + 1].data, .lengths = f->in[at + 2].data, .sizes = f->in[at + 3].data};
}

static double work(const job *j) { return 60 * (double)j->batch * (double)j->steps * (double)j->states; }

static bool run(job *j, lun_piece *piece) { return !j->batch || (lun_parallel(j->batch, piece, j, work(j)) && !j->failed); }

bool lun_cpu_ctc_alignment(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, 0);
    j.to = f.out[0].data;
    j.alpha_to = f.out[1].data;
    if (c->out[1]->numel) memset(j.alpha_to, 0, (size_t)c->out[1]->numel * lun_dtype_size(f.type));
    return lun_frame_close(&f, run(&j, forward_piece));
}

/* The gradient of step t: minus the share of all ways that pass through each class. */
static void gradient_row(const job *j, int64_t n, int64_t t, int64_t states, const double *beta, double g)
{
    double loss = lun_dense_get(j->wide, j->loss, n);
    for (int64_t k = 0; k < states; k++) {
        int64_t at = (t * j->batch + n) * j->classes + label(j, n, k);
        double both = lun_dense_get(j->wide, j->alpha, (n * j->steps + t) * j->states + k) + beta[k];
        if (both > -(double)INFINITY) lun_dense_set(j->wide, j->to, at, lun_dense_get(j->wide, j->to, at) - g * exp(both + loss));
    }
}

/* beta without the step's own chance, so that alpha + beta is the log-probability of all ways through a state. */
static void beta_row(const job *j, int64_t n, int64_t t, int64_t states, const double *after, double *row)
{
    for (int64_t k = 0; k < states; k++) {
        double sum = k >= states - 2 ? 0 : -(double)INFINITY;
        if (after) {
            sum = after[k] + chance(j, n, t + 1, label(j, n, k));
            if (k + 1 < states) sum = log_add(sum, after[k + 1] + chance(j, n, t + 1, label(j, n, k + 1)));
            if (k + 2 < states && skips(j, n, k + 2)) sum = log_add(sum, after[k + 2] + chance(j, n, t + 1, label(j, n, k + 2)));
        }
        row[k] = sum;
    }
}

static void backward_piece(int64_t n, void *argument)
{
    job *j = argument;
    int64_t states = 2 * j->sizes[n] + 1;
    double g = lun_dense_get(j->wide, j->g, n);
    if (lun_dense_get(j->wide, j->loss, n) == (double)INFINITY) { /* no way at all: no gradient either, but where nobody asks for one */
        for (int64_t t = 0; g != 0 && t < j->lengths[n]; t++)
            for (int64_t k = 0; k < j->classes; k++) lun_dense_set(j->wide, j->to, (t * j->batch + n) * j->classes + k, NAN);
        return;
    }
    size_t bytes = (size_t)(2 * states) * sizeof(double);
    double *rows = lun_data_get(bytes), *now = rows, *after = NULL;
    if (!rows) {
        __atomic_store_n(&j->failed, true, __ATOMIC_RELAXED);
        return;
    }
    for (int64_t t = j->lengths[n] - 1; t >= 0; t--) {
        beta_row(j, n, t, states, after, now);
        gradient_row(j, n, t, states, now, g);
        after = now;
        now = now == rows ? rows + states : rows;
    }
    lun_data_put(rows, bytes);
}

bool lun_cpu_ctc_gradient(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, 1);
    j.g = f.in[0].data;
    j.loss = f.in[5].data;
    j.alpha = f.in[6].data;
    j.to = f.out[0].data;
    if (c->out[0]->numel) memset(j.to, 0, (size_t)c->out[0]->numel * lun_dtype_size(f.type));
    return lun_frame_close(&f, run(&j, backward_piece));
}
