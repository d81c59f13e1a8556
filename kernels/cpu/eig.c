/* eig.c - eigenvalues of matrices that need not be symmetric
 *
 * LAPACK gives the vectors of a real matrix as pairs of columns, real and imaginary parts, for each pair of conjugate values.
 * Holds: LAPACK never sees NaN or infinity here: such a matrix gets info -1 and NaN for results.
 * Read next: core/ops/decompose_eig.c, kernels/cpu/spectrum.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_lapack *la;
    lun_dtype type, real; /* of the matrices; of parts */
    size_t size, part, bytes; /* of an element of a matrix, of a part of a complex number, of a matrix */
    int n, lwork;
    bool vectors;
    const char *a;
    char *values, *out;
    int32_t *info;
} job;

static void put(const job *j, char *to, int64_t i, double re, double im)
{
    lun_float_put(j->real, to, 2 * i, re);
    lun_float_put(j->real, to, 2 * i + 1, im);
}

/* Column c of the vectors, as complex numbers in rows. */
static void take_column(const job *j, const char *vr, const char *wi, char *out, int c)
{
    double sign = lun_float_at(j->real, wi, c);
    int first = sign < 0 ? c - 1 : c; /* the second of a pair is the conjugate of the first */
    for (int64_t r = 0; r < j->n; r++) {
        double re = lun_float_at(j->real, vr, (int64_t)first * j->n + r);
        double im = sign == 0 ? 0 : lun_float_at(j->real, vr, (int64_t)(first + 1) * j->n + r);
        put(j, out, r * j->n + c, re, sign < 0 ? -im : im);
    }
}

static int real_one(const job *j, char *a, char *vr, char *work, char *parts, char *values, char *out)
{
    int info = 0, one = 1, lwork = j->lwork;
    char *wr = parts, *wi = parts + (size_t)j->n * j->part;
    j->la->geev("N", j->vectors ? "V" : "N", &j->n, a, &j->n, wr, wi, NULL, &one, vr, &j->n, work, &lwork, &info, 1, 1);
    for (int c = 0; c < j->n && !info; c++) {
        put(j, values, c, lun_float_at(j->real, wr, c), lun_float_at(j->real, wi, c));
        if (j->vectors) take_column(j, vr, wi, out, c);
    }
    return info;
}

static int complex_one(const job *j, char *a, char *vr, char *work, char *parts, char *values, char *out)
{
    int info = 0, one = 1, lwork = j->lwork;
    j->la->complex_geev("N", j->vectors ? "V" : "N", &j->n, a, &j->n, values, NULL, &one, vr, &j->n, work, &lwork, parts, &info, 1, 1);
    if (j->vectors) lun_transpose_matrix(j->size, j->n, j->n, vr, j->n, out, j->n);
    return info;
}

static void eig_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    size_t n = (size_t)j->n;
    char *values = j->values + (size_t)i * n * 2 * j->part, *out = j->out + (size_t)i * n * n * 2 * j->part;
    const char *x = j->a + (size_t)i * j->bytes;
    char *a = lun_scratch(&scratch, j->bytes), *vr = lun_scratch(&scratch, j->bytes), *parts = lun_scratch(&scratch, 2 * n * j->part);
    j->info[i] = 0;
    if (!n) return;
    if (lun_all_finite(j->type, x, n * n)) {
        lun_transpose_matrix(j->size, j->n, j->n, x, j->n, a, j->n);
        j->info[i] = (lun_dtype_is_complex(j->type) ? complex_one : real_one)(j, a, vr, scratch, parts, values, out);
    } else {
        j->info[i] = -1;
    }
    for (int64_t k = 0; j->info[i] && k < j->n; k++) put(j, values, k, NAN, NAN);
    for (int64_t k = 0; j->info[i] && j->vectors && k < (int64_t)j->n * j->n; k++) put(j, out, k, NAN, NAN);
}

static void ask(job *j)
{
    double answer[2] = {0, 0}, unused[2] = {0, 0};
    int query = -1, info, one = 1, lda = j->n > 1 ? j->n : 1;
    const char *v = j->vectors ? "V" : "N";
    if (lun_dtype_is_complex(j->type))
        j->la->complex_geev("N", v, &j->n, unused, &lda, unused, unused, &one, unused, &lda, answer, &query, unused, &info, 1, 1);
    else
        j->la->geev("N", v, &j->n, unused, &lda, unused, unused, unused, &one, unused, &lda, answer, &query, &info, 1, 1);
    j->lwork = lun_lapack_asked(j->real, answer);
}

/* eig_parts(x, vectors) -> values, vectors, info */
bool lun_cpu_eig(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    if (!lun_lapack_takes(x) || !lun_frame_open(&f, c)) return false;
    job j = {.type = (lun_dtype)x->dtype, .real = lun_dtype_real(f.type), .a = f.in[0].data, .values = f.out[0].data, .out = f.out[1].data,
             .info = f.out[2].data, .vectors = lun_param_bool(&c->params, 0, true), .n = (int)x->dims[x->ndim - 1]};
    j.la = lun_lapack_for(j.type);
    j.size = lun_dtype_size(j.type);
    j.part = lun_dtype_size(j.real);
    j.bytes = (size_t)j.n * (size_t)j.n * j.size;
    ask(&j);
    size_t scratch = 2 * lun_scratch_size(j.bytes) + lun_scratch_size(2 * (size_t)j.n * j.part) + (size_t)j.lwork * j.size;
    return lun_lapack_run(&f, x, scratch, 25.0 * j.n * j.n * j.n, eig_one, &j);
}
