/* multinomial.c - positions drawn by weight
 *
 * With replacement: a uniform number is looked up in the running sums. Without: each position waits an exponential time of rate
 * weight, and the first k to come are taken (which draws one after the other from what is left).
 * Holds: results count from 0 (the door adds 1). Read next: kernels/cpu/draw.h. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/apply.h"
#include "core/error.h"
#include "kernels/cpu/draw.h"
#include "kernels/cpu/frame.h"
#include "kernels/threads.h"

#include <math.h>
#include <stdlib.h>

typedef struct wait { double time; int64_t position; } wait;

typedef struct job {
    int64_t rows, n, count;
    bool again;
    const double *weight;
    int64_t *out;
    wait *waits;   /* without replacement: n for each row */
    double *sums;  /* with: n for each row */
    lun_generator generator;
} job;

static int sooner(const void *pa, const void *pb)
{
    const wait *a = pa, *b = pb;
    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }
    return a->position < b->position ? -1 : a->position > b->position;
}

static void without_replacement(const job *j, int64_t row)
{
    wait *w = j->waits + row * j->n;
    for (int64_t i = 0; i < j->n; i++) {
        lun_stream s = lun_stream_of(j->generator, (uint64_t)(row * j->n + i));
        double weight = j->weight[row * j->n + i];
        w[i] = (wait){weight > 0 ? -log(lun_stream_uniform(&s)) / weight : INFINITY, i};
    }
    qsort(w, (size_t)j->n, sizeof *w, sooner);
    for (int64_t k = 0; k < j->count; k++) {
        j->out[row * j->count + k] = w[k].position;
    }
}

static void with_replacement(const job *j, int64_t row)
{
    double *sum = j->sums + row * j->n, total = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < j->n; i++) {
        double weight = j->weight[row * j->n + i];
        last = weight > 0 ? i : last;
        sum[i] = total += weight;
    }
    for (int64_t k = 0; k < j->count; k++) {
        lun_stream s = lun_stream_of(j->generator, (uint64_t)(row * j->count + k));
        double u = lun_stream_uniform(&s) * total;
        int64_t low = 0, high = last; /* the first position whose sum is above u */
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (sum[middle] > u) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        j->out[row * j->count + k] = low;
    }
}

static void run_row(int64_t row, void *argument)
{
    const job *j = argument;
    if (j->again) {
        with_replacement(j, row);
    } else {
        without_replacement(j, row);
    }
}

static bool weights_fit(const job *j)
{
    for (int64_t row = 0; row < j->rows; row++) {
        int64_t able = 0;
        for (int64_t i = 0; i < j->n; i++) {
            double w = j->weight[row * j->n + i];
            if (!(w >= 0) || isinf(w)) {
                lun_fail(LUN_E_ARGUMENT, "lun.softmax(x, -1) makes weights of any numbers", "weights must be finite and not negative, got %g", w);
                return false;
            }
            able += w > 0;
        }
        if (able < (j->again ? 1 : j->count)) {
            lun_fail(LUN_E_ARGUMENT, "replacement=true draws one again", "row %lld has only %lld weights above 0, %lld are needed",
                     (long long)row + 1, (long long)able, (long long)(j->again ? 1 : j->count));
            return false;
        }
    }
    return true;
}

static bool draw(job *j)
{
    size_t bytes = (size_t)(j->rows * j->n) * (j->again ? sizeof *j->sums : sizeof *j->waits);
    void *scratch = lun_data_get(bytes);
    if (!scratch) {
        return false;
    }
    j->waits = scratch;
    j->sums = scratch;
    bool done = lun_parallel(j->rows, run_row, j, 100.0 * (double)(j->n + j->count) * (double)j->rows);
    lun_data_put(scratch, bytes);
    return done || lun_fail_interrupted();
}

bool lun_cpu_multinomial(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t n = x->dims[x->ndim - 1];
    job j = {.rows = x->numel / n, .n = n, .count = lun_param_int(&c->params, 0, 1), .again = lun_param_bool(&c->params, 1, false),
             .out = lun_data(c->out[0]), .generator = c->generator};
    lun_dense weights;
    if (!lun_dense_read(&weights, x, LUN_F64)) {
        return false;
    }
    j.weight = weights.data;
    bool done = weights_fit(&j) && draw(&j);
    lun_dense_end(&weights);
    return done;
}
