/* matrix_exp.c - the exponential of matrices, by scaling, a Taylor polynomial and squaring
 *
 * exp(A) = exp(A / 2^s)^(2^s) with A / 2^s small enough for 8 or 16 terms, which take 4 or 6 products when powers up to A^4 are kept.
 * Holds: the number of terms and squarings depends on the norm of each matrix alone. Read next: core/ops/matrix_norm.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"

#include <math.h>
#include <string.h>

typedef struct job {
    lun_dtype type, real;
    size_t bytes;
    int64_t n, parts; /* real numbers in an element */
    const char *a;
    char *out;
    bool stopped;
} job;

/* The largest norm for which 8 and 16 terms are exact to the last bit. */
static const double few_terms[2] = {0.6, 0.07}, many_terms[2] = {2.4, 0.8};

static double norm(const job *j, const void *a)
{
    double largest = 0;
    for (int64_t r = 0; r < j->n; r++) {
        double sum = 0;
        for (int64_t c = 0; c < j->n * j->parts; c++) sum += fabs(lun_float_at(j->real, a, r * j->n * j->parts + c));
        if (!(sum <= largest)) largest = sum; /* NaN stays */
    }
    return largest;
}

static void multiply(job *j, const void *x, const void *y, void *to)
{
    lun_matrix a = {x, j->n, 1}, b = {y, j->n, 1};
    if (!lun_gemm(j->type, j->n, j->n, j->n, a, b, to, j->n, false)) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
}

/* to = x * scale */
#define SCALE(T)                                                                              \
    static void scale_##T(int64_t n, T *restrict to, const T *restrict x, double scale)       \
    {                                                                                         \
        for (int64_t i = 0; i < n; i++) to[i] = x[i] * (T)scale;                              \
    }                                                                                         \
    /* to += c[0] 1 + c[1] p1 + c[2] p2 + c[3] p3 */                                          \
    static void combine_##T(int64_t n, int64_t parts, T *restrict to, const T *p1, const T *p2, const T *p3, const double *c) \
    {                                                                                         \
        for (int64_t i = 0; i < n * n * parts; i++) to[i] += (T)c[1] * p1[i] + (T)c[2] * p2[i] + (T)c[3] * p3[i]; \
        for (int64_t i = 0; i < n; i++) to[(i * n + i) * parts] += (T)c[0];                   \
    }
SCALE(float)
SCALE(double)

static void scale(const job *j, void *to, const void *x, double by)
{
    if (j->real == LUN_F64) scale_double(j->n * j->n * j->parts, to, x, by);
    else scale_float(j->n * j->n * j->parts, to, x, by);
}

static void combine(const job *j, void *to, char *const *power, const double *c)
{
    void *p1 = power[1], *p2 = power[2], *p3 = power[3];
    if (j->real == LUN_F64) combine_double(j->n, j->parts, to, p1, p2, p3, c);
    else combine_float(j->n, j->parts, to, p1, p2, p3, c);
}

static void exp_one(int64_t i, char *scratch, void *argument)
{
    job *j = argument;
    char *power[5], *out = j->out + (size_t)i * j->bytes;
    const char *a = j->a + (size_t)i * j->bytes;
    for (int k = 1; k < 5; k++) power[k] = lun_scratch(&scratch, j->bytes);
    char *sum = lun_scratch(&scratch, j->bytes), *next = lun_scratch(&scratch, j->bytes);
    double size = norm(j, a), c[17] = {1};
    int wide = j->real == LUN_F64, terms = size <= few_terms[wide] ? 8 : 16, squarings = 0;
    if (!isfinite(size)) { /* a number has an exponential, infinity too */
        if (j->n == 1 && j->parts == 1) lun_float_put(j->type, out, 0, exp(lun_float_at(j->real, a, 0)));
        for (int64_t e = j->n * j->parts == 1; e < j->n * j->n; e++) lun_float_put(j->type, out, e, NAN);
        return;
    }
    if (size > many_terms[wide]) squarings = (int)ceil(log2(size / many_terms[wide]));
    for (int k = 1; k < 17; k++) c[k] = c[k - 1] / k;
    scale(j, power[1], a, ldexp(1, -squarings));
    multiply(j, power[1], power[1], power[2]);
    multiply(j, power[2], power[1], power[3]);
    multiply(j, power[2], power[2], power[4]);
    scale(j, sum, power[4], c[terms]);
    for (int k = terms - 4; k >= 0; k -= 4) {
        combine(j, sum, power, c + k);
        if (k) multiply(j, sum, power[4], next);
        char *keep = k ? sum : next;
        sum = k ? next : sum;
        next = keep;
    }
    for (int k = 0; k < squarings && !j->stopped; k++) {
        multiply(j, sum, sum, next);
        char *keep = sum;
        sum = next;
        next = keep;
    }
    memcpy(out, sum, j->bytes);
}

bool lun_cpu_matrix_exp(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    if (!lun_lapack_takes(x) || !lun_frame_open(&f, c)) return false;
    job j = {.type = f.type, .real = lun_dtype_real(f.type), .parts = lun_dtype_is_complex(f.type) ? 2 : 1,
             .n = x->dims[x->ndim - 1], .a = f.in[0].data, .out = f.out[0].data};
    j.bytes = (size_t)(j.n * j.n) * lun_dtype_size(f.type);
    lun_batch b = {.count = j.n ? lun_shape_numel(x->ndim - 2, x->dims) : 0, .scratch = 6 * lun_scratch_size(j.bytes),
                   .flops = 14.0 * (double)j.n * (double)j.n * (double)j.n, .one = exp_one, .job = &j};
    return lun_frame_close(&f, lun_batch_run(&b) && !j.stopped);
}
