/* running.c - cummax, cummin, logcumsumexp
 *
 * Elements are read as double or int64, which hold every other dtype exactly. Equal extremes give the later position and a NaN stays,
 * as in PyTorch. Holds: a line is never cut, so its bits do not depend on threads. Read next: kernels/cpu/scan.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>

typedef struct job {
    const char *x;
    char *out;
    int64_t *indices;
    int64_t n, inner, lines, per_piece;
    bool integers, least;
} job;

#define EXTREMES(name, T, after)                                                                 \
    static void name(const T *x, T *out, int64_t *at, int64_t n, int64_t step)                   \
    {                                                                                            \
        T best = x[0];                                                                           \
        int64_t place = 0;                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                        \
            const T v = x[i * step];                                                             \
            if (v != v || (best == best && v after best)) {                                      \
                best = v;                                                                        \
                place = i;                                                                       \
            }                                                                                    \
            out[i * step] = best;                                                                \
            at[i * step] = place;                                                                \
        }                                                                                        \
    }
EXTREMES(max_f64, double, >=)
EXTREMES(min_f64, double, <=)
EXTREMES(max_i64, int64_t, >=)
EXTREMES(min_i64, int64_t, <=)

/* log(exp(a) + exp(b)), also where one or both are infinite. */
static double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    if (isnan(a) || isnan(b)) return NAN;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

static void log_sums(const double *x, double *out, int64_t n, int64_t step)
{
    double sum = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        sum = log_add(sum, x[i * step]);
        out[i * step] = sum;
    }
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t from = piece * j->per_piece, to = from + j->per_piece;
    for (int64_t line = from; line < to && line < j->lines; line++) {
        int64_t at = line / j->inner * j->n * j->inner + line % j->inner;
        const void *x = j->x + at * 8;
        void *out = j->out + at * 8;
        if (!j->indices) log_sums(x, out, j->n, j->inner);
        else if (j->integers) (j->least ? min_i64 : max_i64)(x, out, j->indices + at, j->n, j->inner);
        else (j->least ? min_f64 : max_f64)(x, out, j->indices + at, j->n, j->inner);
    }
}

static void describe(job *j, const lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int dim = lun_dim_normalize(lun_param_int(&c->params, 0, 0), x->ndim);
    j->n = x->ndim ? x->dims[dim] : 1;
    j->inner = 1;
    for (int d = dim + 1; d < x->ndim; d++) j->inner *= x->dims[d];
    j->lines = x->numel / j->n;
    j->per_piece = 8192 / j->n + 1;
    j->indices = c->n_out > 1 ? lun_data(c->out[1]) : NULL;
    j->least = c->op->id == LUN_OP_cummin;
}

bool lun_cpu_running(lun_call *c)
{
    lun_tensor *out = c->out[0];
    lun_dtype t = (lun_dtype)out->dtype, wide = lun_dtype_is_float(t) ? LUN_F64 : LUN_I64;
    job j = {.out = lun_data(out), .integers = wide == LUN_I64};
    size_t bytes = (size_t)out->numel * 8;
    lun_dense dense;
    if (!lun_dense_read(&dense, c->in[0], wide)) return false;
    describe(&j, c);
    j.x = dense.data;
    bool own = wide != t, done = !own || (j.out = lun_data_get(bytes)) != NULL;
    if (done) {
        int64_t pieces = (j.lines + j.per_piece - 1) / j.per_piece;
        done = lun_parallel(pieces, run_piece, &j, (j.indices ? 2.0 : 20.0) * (double)out->numel) || lun_fail_interrupted();
        if (own && done) lun_convert(out->numel, t, lun_data(out), wide, j.out);
        if (own) lun_data_put(j.out, bytes);
    }
    lun_dense_end(&dense);
    return done;
}
