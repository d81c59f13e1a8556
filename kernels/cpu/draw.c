/* draw.c - fills a tensor with numbers of a distribution, whose parameters are numbers or tensors
 *
 * Work is done in blocks of elements; the parameters of a block are gathered as doubles, the results rounded from double.
 * Holds: parameters are looked through before anything is drawn, so a call that fails has written nothing.
 * Read next: kernels/cpu/draw.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/draw.h"
#include "core/apply.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/convert.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

#include <math.h>

enum { BLOCK = 512, PER_PIECE = 8 * BLOCK };

typedef struct kind {
    lun_sampler *sample;
    bool (*valid)(double a, double b);
    const char *wants;
} kind;

static bool is_chance(double p, double b) { return (void)b, p >= 0 && p <= 1; }
static bool some_chance(double p, double b) { return (void)b, p > 0 && p <= 1; }
static bool is_positive(double a, double b) { return (void)b, a > 0; }
static bool not_negative(double a, double b) { return (void)b, a >= 0; }
static bool spread_positive(double a, double b) { return (void)a, b > 0; }
static bool spread_fits(double a, double b) { return (void)a, b >= 0; }
static bool is_count(double n, double p) { return n >= 0 && !isinf(n) && p >= 0 && p <= 1; }

static kind kind_of(int id)
{
    switch (id) {
    case LUN_OP_normal: return (kind){lun_sample_normal, spread_fits, "std must not be negative"};
    case LUN_OP_log_normal_: return (kind){lun_sample_log_normal, spread_positive, "std must be positive"};
    case LUN_OP_cauchy_: return (kind){lun_sample_cauchy, spread_positive, "sigma must be positive"};
    case LUN_OP_exponential_: return (kind){lun_sample_exponential, is_positive, "lambd must be positive"};
    case LUN_OP_geometric_: return (kind){lun_sample_geometric, some_chance, "p must be above 0 and at most 1"};
    case LUN_OP_poisson: return (kind){lun_sample_poisson, not_negative, "rates must not be negative"};
    case LUN_OP_binomial: return (kind){lun_sample_binomial, is_count, "count must not be negative, prob between 0 and 1"};
    case LUN_OP_standard_gamma: return (kind){lun_sample_gamma, is_positive, "shapes must be positive"};
    default: return (kind){lun_sample_bernoulli, is_chance, "p must be between 0 and 1"};
    }
}

typedef struct job {
    lun_iter it;
    kind kind;
    lun_generator generator;
    int operand[2];    /* of the iteration; 0: the number instead */
    double number[2];
} job;

static void bring(const job *j, int k, int64_t from, int64_t n, double *to)
{
    _Alignas(16) char raw[BLOCK * 8];
    if (!j->operand[k]) {
        for (int64_t i = 0; i < n; i++) {
            to[i] = j->number[k];
        }
        return;
    }
    lun_gather(&j->it, j->operand[k], from, n, raw);
    lun_convert(n, LUN_F64, to, j->it.operand[j->operand[k]].dtype, raw);
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t end = (piece + 1) * PER_PIECE < j->it.numel ? (piece + 1) * PER_PIECE : j->it.numel;
    _Alignas(16) char converted[BLOCK * 8];
    double a[BLOCK], b[BLOCK];
    for (int64_t from = piece * PER_PIECE; from < end; from += BLOCK) {
        int64_t n = end - from < BLOCK ? end - from : BLOCK;
        bring(j, 0, from, n, a);
        bring(j, 1, from, n, b);
        for (int64_t i = 0; i < n; i++) {
            lun_stream s = lun_stream_of(j->generator, (uint64_t)(from + i));
            a[i] = j->kind.sample(&s, a[i], b[i]);
        }
        lun_convert(n, j->it.operand[0].dtype, converted, LUN_F64, a);
        lun_scatter(&j->it, 0, from, n, converted);
    }
}

static bool all_valid(const job *j)
{
    double a[BLOCK], b[BLOCK];
    int64_t count = j->operand[0] || j->operand[1] ? j->it.numel : 1;
    for (int64_t from = 0; from < count; from += BLOCK) {
        int64_t n = count - from < BLOCK ? count - from : BLOCK;
        bring(j, 0, from, n, a);
        bring(j, 1, from, n, b);
        for (int64_t i = 0; i < n; i++) {
            if (!j->kind.valid(a[i], b[i])) {
                lun_fail(LUN_E_ARGUMENT, "x:clamp(least, most) keeps values in a range", "%s, got %g and %g", j->kind.wants, a[i], b[i]);
                return false;
            }
        }
    }
    return true;
}

/* The parameters are the tensors (but for a target that is only written) and then the attributes. */
static void set_parameters(job *j, const lun_call *c)
{
    int n = 0, first = (c->op->flags & LUN_OP_WRITES) ? 1 : 0;
    bool instead = c->op->id == LUN_OP_bernoulli && lun_param_given(&c->params, 0); /* a p for all */
    for (int i = first; i < c->n_in && n < 2 && !instead; i++) {
        if (lun_is_none(c->in[i])) {
            continue;
        }
        j->operand[n++] = j->it.count;
        lun_iter_add(&j->it, c->in[i]);
    }
    for (int k = 0; n < 2; k++) {
        j->number[n++] = k < c->params.count && c->params.attr[k].kind != LUN_ATTR_INTS ? lun_param_float(&c->params, k, 0) : 0;
    }
}

bool lun_cpu_draw(lun_call *c)
{
    job j = {.kind = kind_of(c->op->id), .generator = c->generator};
    lun_iter_begin(&j.it, c->out[0]->ndim, c->out[0]->dims);
    lun_iter_add(&j.it, c->out[0]);
    set_parameters(&j, c);
    if (!c->out[0]->ndim) {
        lun_iter_merge(&j.it); /* which would also put dims into memory's order: then a view would get other numbers than its copy */
    }
    if (!all_valid(&j)) {
        return false;
    }
    bool done = lun_parallel((j.it.numel + PER_PIECE - 1) / PER_PIECE, run_piece, &j, 80.0 * (double)j.it.numel);
    return done || lun_fail_interrupted();
}
